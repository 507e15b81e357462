# LuaRocks passes INST_LIBDIR and INST_LUADIR; a plain `cmake --install` takes the usual places of that Lua version.
set(INST_LIBDIR "${CMAKE_INSTALL_LIBDIR}/lua/${DNP_LUA_VERSION}" CACHE STRING "Where C modules of Lua go")
set(INST_LUADIR "${CMAKE_INSTALL_DATAROOTDIR}/lua/${DNP_LUA_VERSION}" CACHE STRING "Where Lua modules of Lua go")

install(TARGETS dnp LIBRARY DESTINATION "${INST_LIBDIR}" COMPONENT lua)
install(TARGETS dnp_curl LIBRARY DESTINATION "${INST_LIBDIR}/dnp" COMPONENT lua)
if(DNP_WITH_SANDBOX)
    install(TARGETS dnp_sandbox LIBRARY DESTINATION "${INST_LIBDIR}/dnp" COMPONENT lua)
endif()
install(DIRECTORY lua/ DESTINATION "${INST_LUADIR}" COMPONENT lua FILES_MATCHING PATTERN "*.lua")

if(DNP_INSTALL_LIBRARY)
    configure_file(cmake/libdnp.pc.in libdnp.pc @ONLY)
    install(TARGETS dnp_core ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT library)
    install(FILES "${PROJECT_BINARY_DIR}/libdnp.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT library)
    install(DIRECTORY csrc/ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/dnp" COMPONENT library
        FILES_MATCHING PATTERN "*.h"
        PATTERN lua EXCLUDE
        PATTERN sandbox EXCLUDE)
endif()
