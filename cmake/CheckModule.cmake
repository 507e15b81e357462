# cmake -DMODULE=file.so -DNM=nm -DREADELF=readelf -P CheckModule.cmake
# Fails unless the module exports its luaopen_ function alone, and, if it is dnp.so, needs no library of the sandbox.
execute_process(COMMAND "${NM}" -D --defined-only "${MODULE}" OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL " [A-Z] [^\n]+" symbols "${symbols}")
if(NOT symbols MATCHES "^ T luaopen_dnp(_sandbox_core|_curl)?$")
    message(FATAL_ERROR "${MODULE} should export its luaopen_ function alone; it exports:${symbols}")
endif()

execute_process(COMMAND "${READELF}" -d "${MODULE}" OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
get_filename_component(name "${MODULE}" NAME)
if(name STREQUAL "dnp.so" AND dynamic MATCHES "lib(microhttpd|sqlite3)[^\n]*")
    message(FATAL_ERROR "dnp.so should not need ${CMAKE_MATCH_0}")
endif()
