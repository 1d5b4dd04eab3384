# find_package(fanfare-sdk 1.0): target fanfare::sdk and fanfare_add_plugin(). The version is that of the plugin ABI.
include(${CMAKE_CURRENT_LIST_DIR}/fanfare-sdk-targets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/FanfarePlugin.cmake)
