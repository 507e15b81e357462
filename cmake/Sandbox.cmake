# Defines dnp_sandbox_server and DNP_WITH_SANDBOX when the sandbox is wanted and its libraries are there.
set(DNP_WITH_SANDBOX OFF)
if(NOT DNP_SANDBOX)
    return()
endif()

set(required "")
if(NOT DNP_SANDBOX STREQUAL "AUTO")
    set(required REQUIRED)
endif()
dnp_find_library(MICROHTTPD libmicrohttpd ${required})
dnp_find_library(SQLITE3 sqlite3 ${required})
if(NOT (MICROHTTPD_FOUND AND SQLITE3_FOUND AND DNP_WITH_CRYPTO))
    if(required)
        message(FATAL_ERROR "The sandbox needs libmicrohttpd, sqlite3 and libcrypto")
    endif()
    message(STATUS "No sandbox: it needs libmicrohttpd, sqlite3 and libcrypto")
    return()
endif()
set(DNP_WITH_SANDBOX ON)

file(GLOB sandbox_sources CONFIGURE_DEPENDS
    csrc/sandbox/*.c csrc/sandbox/http/*.c csrc/sandbox/store/*.c)
file(GLOB sandbox_scripts CONFIGURE_DEPENDS csrc/sandbox/sql/*.sql)
set(scripts_c "${PROJECT_BINARY_DIR}/sandbox_scripts.c")
add_custom_command(
    OUTPUT "${scripts_c}"
    COMMAND "${CMAKE_COMMAND}" -P "${CMAKE_CURRENT_LIST_DIR}/EmbedScripts.cmake" "${scripts_c}" ${sandbox_scripts}
    DEPENDS ${sandbox_scripts} "${CMAKE_CURRENT_LIST_DIR}/EmbedScripts.cmake"
    COMMENT "Embedding the sandbox's SQL"
    VERBATIM)

add_library(dnp_sandbox_server STATIC ${sandbox_sources} "${scripts_c}")
target_link_libraries(dnp_sandbox_server
    PUBLIC dnp_core
    PRIVATE dnp_crypto PkgConfig::MICROHTTPD PkgConfig::SQLITE3 Threads::Threads)
