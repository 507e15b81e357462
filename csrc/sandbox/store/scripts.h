/*
 * The scripts of csrc/sandbox/sql, put into the program by the build (cmake/EmbedScripts.cmake).
 * A name is that of the file without ".sql"; the text ends with a NUL that is not part of it.
 */
#ifndef DNP_SANDBOX_SCRIPTS_H
#define DNP_SANDBOX_SCRIPTS_H

#include <stddef.h>

struct dnp_sandbox_script {
    const char *name;
    const char *text;
};

extern const struct dnp_sandbox_script dnp_sandbox_scripts[];
extern const size_t dnp_sandbox_script_count;

#endif
