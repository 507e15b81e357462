# cmake -DMODULE=file.so -DNM=nm -DREADELF=readelf -P CheckModule.cmake
# Fails unless the module exports its luaopen_ function alone and needs no library that is another module's.
get_filename_component(name "${MODULE}" NAME_WE)
execute_process(COMMAND "${NM}" -D --defined-only "${MODULE}" OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL " [A-Z] [^\n]+" symbols "${symbols}")
if(NOT symbols STREQUAL " T luaopen_dnp_${name}")
    message(FATAL_ERROR "${MODULE} should export luaopen_dnp_${name} alone; it exports:${symbols}")
endif()

set(sandbox "microhttpd|sqlite3")
set(network "curl|ssl|crypto|gnutls|nss3|z")
set(foreign_to_core "${sandbox}|${network}")
set(foreign_to_curl "${sandbox}|xml2")
set(foreign_to_wse "${sandbox}|curl|xml2")
set(foreign_to_sandbox_core "curl")
execute_process(COMMAND "${READELF}" -d "${MODULE}" OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
if(dynamic MATCHES "NEEDED[^\n]*\\[lib((${foreign_to_${name}})[-.][^\n]*)\\]")
    message(FATAL_ERROR "${MODULE} should not need lib${CMAKE_MATCH_1}")
endif()
