# cmake -DBUILD=... -DWORK=... -DNM=... -DGENERATOR=... -P check_package.cmake: what an author does with the installed SDK.
file(REMOVE_RECURSE ${WORK})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --component sdk --prefix ${WORK}/prefix
    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE lists ${WORK}/prefix/share/CMakeLists.txt)
if(NOT lists)
    message(FATAL_ERROR "the package holds no examples")
endif()
foreach(list ${lists})
    cmake_path(GET list PARENT_PATH source)
    cmake_path(GET source FILENAME name)
    execute_process(COMMAND ${CMAKE_COMMAND} -G ${GENERATOR} -S ${source} -B ${WORK}/${name}
        -DCMAKE_PREFIX_PATH=${WORK}/prefix OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK}/${name} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND ${CMAKE_COMMAND} --install ${WORK}/${name} --prefix ${WORK}/prefix
        OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
    file(GLOB_RECURSE installed ${WORK}/prefix/lib/${name}.so)
    if(NOT installed)
        message(FATAL_ERROR "${name}.so was not installed")
    endif()
    execute_process(COMMAND ${CMAKE_COMMAND} -DNM=${NM} -DFILES=${installed}
        -P ${CMAKE_CURRENT_LIST_DIR}/check_exports.cmake COMMAND_ERROR_IS_FATAL ANY)
endforeach()
