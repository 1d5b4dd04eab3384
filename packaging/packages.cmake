# Which packages there are, what is in them and what each says of itself; read by CPack, through its groups.
set(FANFARE_MAINTAINER "Fanfare maintainers <maintainers@fanfare.example>")

# Plugins that come with package fanfare; each of the others in plugins/ has a package fanfare-plugin-NAME of its own.
set(FANFARE_BUNDLED_PLUGINS webhook file mattermost dockerhub)
get_property(names GLOBAL PROPERTY FANFARE_PLUGINS)
foreach(name ${names})
    get_target_property(folder fanfare_plugin_${name} SOURCE_DIR)
    if(folder STREQUAL "${CMAKE_SOURCE_DIR}/plugins/${name}")
        list(APPEND FANFARE_SHIPPED_PLUGINS ${name})
    endif()
endforeach()

macro(_setting generator group key value)
    string(TOUPPER "CPACK_${generator}_${group}_${key}" setting)
    set(${setting} "${value}")
endmacro()

# _package(NAME SUMMARY <one line> TEXT <sentences> COMPONENTS ... [RPM_NAME ...] [GROUP <CPack's, if not NAME>])
# The first component holds its licence and its changes.
macro(_package name)
    cmake_parse_arguments(ARG "" "SUMMARY;TEXT;RPM_NAME;GROUP" "COMPONENTS" ${ARGN})
    if(NOT ARG_GROUP)
        set(ARG_GROUP ${name})
    endif()
    if(NOT ARG_RPM_NAME)
        set(ARG_RPM_NAME ${name})
    endif()
    list(APPEND FANFARE_PACKAGES ${name})
    list(GET ARG_COMPONENTS 0 FANFARE_COMPONENT_OF_${name})
    foreach(component ${ARG_COMPONENTS})
        string(TOUPPER "CPACK_COMPONENT_${component}_GROUP" setting)
        set(${setting} ${ARG_GROUP})
    endforeach()
    list(APPEND CPACK_COMPONENTS_ALL ${ARG_COMPONENTS})
    _setting(DEBIAN ${ARG_GROUP} PACKAGE_NAME ${name})
    _setting(DEBIAN ${ARG_GROUP} DESCRIPTION "${ARG_SUMMARY}\n${ARG_TEXT}")
    _setting(RPM ${ARG_GROUP} PACKAGE_NAME ${ARG_RPM_NAME})
    _setting(RPM ${ARG_GROUP} FILE_NAME RPM-DEFAULT)
    string(SUBSTRING "${ARG_SUMMARY}" 0 1 initial)
    string(TOUPPER "${initial}" initial)
    string(REGEX REPLACE "^." "${initial}" summary "${ARG_SUMMARY}")
    _setting(RPM ${ARG_GROUP} PACKAGE_SUMMARY "${summary}")
    _setting(RPM ${ARG_GROUP} PACKAGE_DESCRIPTION "${ARG_TEXT}")
endmacro()

set(CPACK_PACKAGE_NAME fanfare)
set(CPACK_PACKAGE_VENDOR "Fanfare maintainers")
set(CPACK_PACKAGE_CONTACT "${FANFARE_MAINTAINER}")
set(CPACK_PACKAGE_HOMEPAGE_URL "")
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_SOURCE_DIR}/lib/set-dates.cmake)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_RPM_COMPONENT_INSTALL ON)
set(CPACK_RPM_PACKAGE_LICENSE Apache-2.0)
set(CPACK_RPM_PACKAGE_GROUP System/Daemons)
set(CPACK_RPM_PACKAGE_RELOCATABLE OFF)
set(CPACK_RPM_COMPRESSION_TYPE xz)
set(CPACK_RPM_CHANGELOG_FILE ${CMAKE_CURRENT_BINARY_DIR}/changelog.rpm)
# rpm packs what CPack gives it: nothing stripped, compressed or linked once more, and no time or name of this machine.
set(CPACK_RPM_SPEC_INSTALL_POST "%{nil}")
set(CPACK_RPM_SPEC_MORE_DEFINE "%define _build_id_links none
%define _buildhost localhost
%define packager ${FANFARE_MAINTAINER}
%define use_source_date_epoch_as_buildtime 1
%define clamp_mtime_to_source_date_epoch 1")
# Folders that belong to the system.
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
    /usr/lib/systemd /usr/lib/systemd/system /usr/lib/sysusers.d /usr/lib/tmpfiles.d /usr/lib/debug /usr/lib/debug/.build-id
    /usr/share/bash-completion /usr/share/bash-completion/completions /usr/share/zsh /usr/share/zsh/vendor-completions
    /usr/share/man /usr/share/man/man1 /usr/share/licenses /usr/share/lintian /usr/share/lintian/overrides
    /usr/share/cmake /usr/share/pkgconfig)

string(REGEX MATCH "^[0-9]+" abi_major ${FANFARE_ABI_VERSION})
set(abi fanfare-plugin-abi-${abi_major})

list(JOIN FANFARE_BUNDLED_PLUGINS ", " bundled)
set(components host)
foreach(name ${FANFARE_BUNDLED_PLUGINS})
    if(name IN_LIST FANFARE_SHIPPED_PLUGINS)
        list(APPEND components plugin-${name})
    endif()
endforeach()
_package(fanfare COMPONENTS ${components}
    SUMMARY "takes events over HTTP, routes them and delivers them durably"
    TEXT "Fanfare takes events in over HTTP, makes them durable, decides by realm and by
rules in TOML where each must go, and delivers it there through plugins, again
and again until it has arrived or is given up and listed.
This package holds the daemon, its command and the plugins
${bundled}.")
set(CPACK_DEBIAN_FANFARE_PACKAGE_DEPENDS
    "debconf (>= 0.5) | debconf-2.0, systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles")
set(CPACK_DEBIAN_FANFARE_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_FANFARE_PACKAGE_PROVIDES "${abi} (= ${FANFARE_ABI_VERSION})")
foreach(file config templates postinst prerm postrm)
    list(APPEND CPACK_DEBIAN_FANFARE_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_SOURCE_DIR}/deb/${file})
endforeach()
set(CPACK_RPM_FANFARE_PACKAGE_PROVIDES "${abi} = ${FANFARE_ABI_VERSION}")
set(CPACK_RPM_FANFARE_PACKAGE_REQUIRES_POST
    "(systemd or systemd-standalone-sysusers), (systemd or systemd-standalone-tmpfiles)")
set(CPACK_RPM_FANFARE_POST_INSTALL_SCRIPT_FILE ${CMAKE_CURRENT_SOURCE_DIR}/rpm/post)
set(CPACK_RPM_FANFARE_PRE_UNINSTALL_SCRIPT_FILE ${CMAKE_CURRENT_SOURCE_DIR}/rpm/preun)
set(CPACK_RPM_FANFARE_POST_UNINSTALL_SCRIPT_FILE ${CMAKE_CURRENT_SOURCE_DIR}/rpm/postun)
# What the administrator changed in them is kept.
file(GLOB_RECURSE config_files RELATIVE ${CMAKE_SOURCE_DIR}/etc ${CMAKE_SOURCE_DIR}/etc/fanfare/*)
list(TRANSFORM config_files PREPEND /etc/)
list(JOIN config_files "\n" conffiles)
file(CONFIGURE OUTPUT conffiles CONTENT "${conffiles}\n")
list(APPEND CPACK_DEBIAN_FANFARE_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_BINARY_DIR}/conffiles)
list(TRANSFORM config_files PREPEND "%config(noreplace) " OUTPUT_VARIABLE CPACK_RPM_FANFARE_USER_FILELIST)

foreach(name ${FANFARE_SHIPPED_PLUGINS})
    if(NOT name IN_LIST FANFARE_BUNDLED_PLUGINS)
        set(package fanfare-plugin-${name})
        _package(${package} COMPONENTS plugin-${name}
            SUMMARY "plugin ${name} for Fanfare"
            TEXT "Lets Fanfare deliver events through its plugin ${name}.
The options of the plugin, and what becomes of every answer of the far side,
stand in
/usr/share/doc/${package}/README.md.")
        _setting(DEBIAN ${package} PACKAGE_DEPENDS "${abi} (>= ${FANFARE_ABI_VERSION})")
        _setting(RPM ${package} PACKAGE_REQUIRES "${abi} >= ${FANFARE_ABI_VERSION}")
    endif()
endforeach()

_package(fanfare-dev COMPONENTS sdk RPM_NAME fanfare-devel
    SUMMARY "headers and build files for plugins of Fanfare"
    TEXT "The C ABI of Fanfare's plugins and a C++ layer over it, a package for CMake, a
file for pkg-config and examples in C++, C and Rust. A plugin needs nothing
else to be built.")
set(CPACK_DEBIAN_FANFARE-DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_FANFARE-DEV_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_FANFARE-DEV_PACKAGE_SUGGESTS "cmake, pkg-config")
set(CPACK_RPM_FANFARE-DEV_PACKAGE_ARCHITECTURE noarch)
set(CPACK_RPM_FANFARE-DEV_PACKAGE_GROUP Development/Libraries)

# CPack takes the folder of a group GROUP-dbgsym for its own.
_package(fanfare-dbgsym GROUP fanfare-symbols COMPONENTS debug RPM_NAME fanfare-debuginfo
    SUMMARY "debug symbols of Fanfare and its plugins"
    TEXT "What gdb needs to name functions and lines of the daemon and of all of its
plugins.")
set(CPACK_DEBIAN_FANFARE-SYMBOLS_PACKAGE_SECTION debug)
set(CPACK_DEBIAN_FANFARE-SYMBOLS_PACKAGE_SHLIBDEPS OFF)
set(CPACK_RPM_FANFARE-SYMBOLS_PACKAGE_AUTOREQPROV no)
set(CPACK_RPM_FANFARE-SYMBOLS_PACKAGE_GROUP Development/Debug)

include(CPack)
