# LuaRocks passes INST_LIBDIR and INST_LUADIR; a plain `cmake --install` takes the usual places of that Lua version.
set(INST_LIBDIR "${CMAKE_INSTALL_LIBDIR}/lua/${DNP_LUA_VERSION}" CACHE STRING "Where C modules of Lua go")
set(INST_LUADIR "${CMAKE_INSTALL_DATAROOTDIR}/lua/${DNP_LUA_VERSION}" CACHE STRING "Where Lua modules of Lua go")

install(TARGETS ${modules} LIBRARY DESTINATION "${INST_LIBDIR}/dnp" COMPONENT lua)
install(DIRECTORY lua/ DESTINATION "${INST_LUADIR}" COMPONENT lua FILES_MATCHING PATTERN "*.lua")

# The command runs in the Lua that the modules are built for.
if(DNP_INSTALL_COMMAND)
    file(READ bin/dnp command)
    string(REGEX REPLACE "^#![^\n]*" "#!/usr/bin/env ${DNP_LUA}" command "${command}")
    file(GENERATE OUTPUT "${PROJECT_BINARY_DIR}/bin/dnp" CONTENT "${command}")
    install(PROGRAMS "${PROJECT_BINARY_DIR}/bin/dnp" DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT lua)
    install(FILES man/dnp.1 DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT lua)

    # The command writes what a shell needs to complete its lines; shells ask it when they complete the first one.
    set(zsh_functions zsh/site-functions)
    if(CMAKE_INSTALL_PREFIX STREQUAL "/usr" AND EXISTS /etc/debian_version)
        set(zsh_functions zsh/vendor-completions)
    endif()
    foreach(completion
            "bash|bash-completion/completions|dnp|eval \"$(dnp completion bash)\""
            "zsh|${zsh_functions}|_dnp|#compdef dnp\neval \"$(dnp completion zsh)\""
            "fish|fish/vendor_completions.d|dnp.fish|dnp completion fish | source")
        string(REGEX MATCH "^([^|]+)[|]([^|]+)[|]([^|]+)[|](.*)$" matched "${completion}")
        set(file "${PROJECT_BINARY_DIR}/completion/${CMAKE_MATCH_1}/${CMAKE_MATCH_3}")
        set(folder "${CMAKE_INSTALL_DATAROOTDIR}/${CMAKE_MATCH_2}")
        file(WRITE "${file}" "${CMAKE_MATCH_4}\n")
        install(FILES "${file}" DESTINATION "${folder}" COMPONENT lua)
    endforeach()
endif()

# Packages for several Luas can be installed beside each other.
set(DNP_PACKAGE "lua${DNP_LUA_VERSION}-dnp")
if(DNP_INSTALL_DOCS)
    set(documentation "${CMAKE_INSTALL_DATAROOTDIR}/doc/${DNP_PACKAGE}")
    install(FILES README.md CHANGELOG.md SECURITY.md DESTINATION "${documentation}" COMPONENT doc)
    install(FILES LICENSE DESTINATION "${documentation}" RENAME copyright COMPONENT doc)
    install(DIRECTORY docs examples DESTINATION "${documentation}" COMPONENT doc)
endif()

if(DNP_INSTALL_LIBRARY)
    configure_file(cmake/libdnp.pc.in libdnp.pc @ONLY)
    configure_file(cmake/libdnp-curl.pc.in libdnp-curl.pc @ONLY)
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS csrc/*.h)
    set(header "${PROJECT_BINARY_DIR}/include/dnp.h")
    add_custom_command(
        OUTPUT "${header}"
        COMMAND "${CMAKE_COMMAND}" -P "${CMAKE_CURRENT_LIST_DIR}/OneHeader.cmake"
            "${PROJECT_SOURCE_DIR}/csrc" "${header}" "${PROJECT_VERSION}"
        DEPENDS ${headers} "${CMAKE_CURRENT_LIST_DIR}/OneHeader.cmake"
        COMMENT "Putting the headers of libdnp into one"
        VERBATIM)
    if(DNP_WITH_CRYPTO)
        configure_file(cmake/libdnp-openssl.pc.in libdnp-openssl.pc @ONLY)
        install(TARGETS dnp_crypto ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT library)
        install(FILES "${PROJECT_BINARY_DIR}/libdnp-openssl.pc"
            DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT library)
    endif()
    add_custom_target(dnp_header ALL DEPENDS "${header}")
    install(TARGETS dnp_core dnp_transport ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT library)
    install(FILES "${PROJECT_BINARY_DIR}/libdnp.pc" "${PROJECT_BINARY_DIR}/libdnp-curl.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT library)
    install(FILES "${header}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/dnp" COMPONENT library)
endif()
