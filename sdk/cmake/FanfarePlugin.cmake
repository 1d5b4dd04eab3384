# fanfare_add_plugin(name SOURCES ... [LIBRARIES ...]): the shared library <name>.so and how it is installed.
#
# Target fanfare_plugin_<name>. Built into FANFARE_PLUGIN_OUTPUT_DIRECTORY (default ${CMAKE_BINARY_DIR}/plugins), installed
# into FANFARE_PLUGIN_INSTALL_DIR (default lib/fanfare/plugins) as component plugin-<name>. Sources see
# FANFARE_PLUGIN_NAME and FANFARE_PLUGIN_VERSION as string literals. The same function in fanfare's tree and outside.
include_guard(GLOBAL)

if(EXISTS ${CMAKE_CURRENT_LIST_DIR}/plugin.map)
    set(FANFARE_PLUGIN_MAP ${CMAKE_CURRENT_LIST_DIR}/plugin.map CACHE INTERNAL "")
else()
    cmake_path(SET FANFARE_PLUGIN_MAP NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/../abi/plugin.map)
    set(FANFARE_PLUGIN_MAP ${FANFARE_PLUGIN_MAP} CACHE INTERNAL "")
endif()

function(fanfare_add_plugin name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
    if(NOT ARG_SOURCES OR ARG_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "fanfare_add_plugin(${name}): say SOURCES ... [LIBRARIES ...]; got '${ARGN}'")
    endif()
    set_property(GLOBAL APPEND PROPERTY FANFARE_PLUGINS ${name})
    set(target fanfare_plugin_${name})
    add_library(${target} MODULE ${ARG_SOURCES})
    target_link_libraries(${target} PRIVATE fanfare::sdk ${ARG_LIBRARIES})
    target_compile_features(${target} PRIVATE c_std_11 cxx_std_17)
    _fanfare_plugin_properties(${target} ${name})
    _fanfare_plugin_link(${target})
    if(NOT DEFINED FANFARE_PLUGIN_INSTALL_DIR)
        set(FANFARE_PLUGIN_INSTALL_DIR lib/fanfare/plugins)
    endif()
    if(FANFARE_PLUGIN_INSTALL_DIR)
        install(TARGETS ${target} LIBRARY DESTINATION ${FANFARE_PLUGIN_INSTALL_DIR} COMPONENT plugin-${name})
    endif()
endfunction()

function(_fanfare_plugin_properties target name)
    if(NOT FANFARE_PLUGIN_OUTPUT_DIRECTORY)
        set(FANFARE_PLUGIN_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
    endif()
    set(version ${PROJECT_VERSION})
    if(NOT version)
        set(version 0.0.0)
    endif()
    target_compile_definitions(${target} PRIVATE
        FANFARE_PLUGIN_NAME="${name}" FANFARE_PLUGIN_VERSION="${version}")
    set_target_properties(${target} PROPERTIES
        PREFIX "" OUTPUT_NAME ${name} SUFFIX .so
        LIBRARY_OUTPUT_DIRECTORY ${FANFARE_PLUGIN_OUTPUT_DIRECTORY}
        POSITION_INDEPENDENT_CODE ON
        C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
        LINK_DEPENDS ${FANFARE_PLUGIN_MAP})
endfunction()

function(_fanfare_plugin_link target)
    target_link_options(${target} PRIVATE "LINKER:--version-script=${FANFARE_PLUGIN_MAP}")
    # A sanitized library takes its runtime from the program that loads it: symbols stay open on purpose.
    if(NOT FANFARE_SANITIZE AND NOT "${CMAKE_CXX_FLAGS} ${CMAKE_C_FLAGS}" MATCHES "-fsanitize")
        target_link_options(${target} PRIVATE LINKER:-z,defs)
    endif()
    # The warnings of fanfare's own tree.
    if(TARGET fanfare_flags)
        target_link_libraries(${target} PRIVATE fanfare_flags)
    endif()
endfunction()
