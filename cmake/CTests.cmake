# Each spec/c/*_test.c is one executable and one test of ctest. The target c_tests builds them all.
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
add_custom_target(c_tests)

# The messages of spec/wse as a header.
find_program(DNP_LUA_PROGRAM NAMES lua5.4 lua REQUIRED)
set(wse_vectors "${PROJECT_BINARY_DIR}/wse_vectors.h")
set(wse_tool "${PROJECT_SOURCE_DIR}/tools/wse_vectors.lua")
add_custom_command(
    OUTPUT "${wse_vectors}"
    COMMAND "${DNP_LUA_PROGRAM}" "${wse_tool}" "${PROJECT_SOURCE_DIR}/spec/wse/VECTORS.json" "${wse_vectors}"
    DEPENDS "${wse_tool}" spec/wse/VECTORS.json
    VERBATIM)

file(GLOB test_sources CONFIGURE_DEPENDS spec/c/*_test.c)
foreach(source IN LISTS test_sources)
    get_filename_component(name "${source}" NAME_WE)
    if(name MATCHES "^binding_" AND NOT LUA_LINK_LIBRARIES)
        continue()
    endif()
    add_executable(${name} EXCLUDE_FROM_ALL "${source}")
    add_dependencies(c_tests ${name})
    target_include_directories(${name} PRIVATE spec/c/support)
    target_link_libraries(${name} PRIVATE dnp_transport dnp_core PkgConfig::CMOCKA PkgConfig::LIBXML2
        PkgConfig::LIBCURL Threads::Threads)
    if(DNP_WITH_SANDBOX)
        target_link_libraries(${name} PRIVATE dnp_sandbox_server)
    endif()
    if(name MATCHES "^wse_")
        target_sources(${name} PRIVATE "${wse_vectors}")
        target_include_directories(${name} PRIVATE "${PROJECT_BINARY_DIR}")
        target_link_libraries(${name} PRIVATE dnp_crypto)
    endif()

    # The binding's own tests bring an interpreter along.
    if(name MATCHES "^binding_")
        target_sources(${name} PRIVATE $<TARGET_OBJECTS:dnp> $<TARGET_OBJECTS:dnp_curl>)
        target_link_libraries(${name} PRIVATE dnp_lua_common dnp_lua_headers ${LUA_LINK_LIBRARIES} m)
    endif()

    # A test that defines __wrap_malloc wants calls of malloc to come to it; the shared libraries keep theirs.
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
    file(STRINGS "${source}" wrappers REGEX "__wrap_[a-z_]+\\(")
    foreach(line IN LISTS wrappers)
        string(REGEX REPLACE ".*__wrap_([a-z_]+)\\(.*" "\\1" function "${line}")
        target_link_options(${name} PRIVATE "-Wl,--wrap=${function}")
    endforeach()

    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endforeach()

# What a module exports and needs is a promise too.
if(CMAKE_NM AND CMAKE_READELF)
    foreach(module IN LISTS modules)
        add_dependencies(c_tests ${module})
        add_test(NAME ${module}_is_tidy
            COMMAND "${CMAKE_COMMAND}" "-DMODULE=$<TARGET_FILE:${module}>" "-DNM=${CMAKE_NM}"
                "-DREADELF=${CMAKE_READELF}" -P "${CMAKE_CURRENT_LIST_DIR}/CheckModule.cmake")
    endforeach()
endif()

# So is what is installed: one header, with which a program compiles and links against the libraries.
if(DNP_INSTALL_LIBRARY AND NOT DNP_SANITIZE)
    add_dependencies(c_tests dnp_header dnp_core dnp_transport dnp_crypto)
    add_test(NAME installed_library
        COMMAND "${CMAKE_COMMAND}" "-DBUILD=${PROJECT_BINARY_DIR}" "-DCC=${CMAKE_C_COMPILER}"
            "-DFLAGS=${CMAKE_C_FLAGS}" "-DLIBDIR=${CMAKE_INSTALL_LIBDIR}" "-DPROGRAM=${PROJECT_SOURCE_DIR}/spec/c/installed/program.c"
            -P "${CMAKE_CURRENT_LIST_DIR}/CheckInstalled.cmake")
endif()
