# cmake -P EmbedScripts.cmake OUTPUT.c [SCRIPT.sql...]
# Writes the table that csrc/sandbox/store/scripts.h declares. The text goes into arrays of characters because
# C limits the length of a string literal.
if(CMAKE_ARGC LESS 4)
    message(FATAL_ERROR "usage: cmake -P EmbedScripts.cmake OUTPUT.c [SCRIPT.sql...]")
endif()

set(arrays "")
set(rows "")
set(count 0)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE 4 ${last})
    if(i GREATER last)
        break()
    endif()
    get_filename_component(name "${CMAKE_ARGV${i}}" NAME_WE)
    file(READ "${CMAKE_ARGV${i}}" hex HEX)
    string(REGEX REPLACE "(..)" "'\\\\x\\1', " characters "${hex}")
    # Every line of the script is a line here: the compiler's messages and diffs stay bearable.
    string(REPLACE "'\\x0a', " "'\\x0a',\n    " characters "${characters}")
    string(APPEND arrays "static const char script_${count}[] = {\n    ${characters}'\\0'};\n\n")
    string(APPEND rows "    {\"${name}\", script_${count}},\n")
    math(EXPR count "${count} + 1")
endforeach()
if(count EQUAL 0)
    set(rows "    {NULL, NULL},\n")
endif()

file(WRITE "${CMAKE_ARGV3}" "/* Made from csrc/sandbox/sql by cmake/EmbedScripts.cmake. */
#include \"sandbox/store/scripts.h\"

${arrays}const struct dnp_sandbox_script dnp_sandbox_scripts[] = {
${rows}};
const size_t dnp_sandbox_script_count = ${count};
")
