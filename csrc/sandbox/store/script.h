/* Runs the scripts of csrc/sandbox/sql. script.c says what the columns of their SELECTs mean. */
#ifndef DNP_SANDBOX_SCRIPT_H
#define DNP_SANDBOX_SCRIPT_H

#include "sandbox/store/sql_value.h"
#include "sandbox/store/version.h"

#define DNP_MAX_TABLES 4
#define DNP_FAULT_SIZE 512
/* What .NET says when it is out of memory. */
#define DNP_FAULT_OUT_OF_MEMORY "Insufficient memory to continue the execution of the program."

enum dnp_ending {
    DNP_SCRIPT_ENDED,
    DNP_SCRIPT_REFUSED, /* `result` is the code */
    DNP_SCRIPT_FAULTED  /* `fault` says why */
};

struct dnp_script_outcome {
    enum dnp_ending ending;
    struct dnp_sql_value result;
    struct dnp_rows *tables[DNP_MAX_TABLES];
    size_t table_count;
    char fault[DNP_FAULT_SIZE];
    bool raised; /* the script went on, but a fault is the response; `fault` says which */
};

void dnp_script_outcome_free(struct dnp_script_outcome *outcome);

/* All scripts over one connection, compiled when they are first run. */
struct dnp_scripts;

struct dnp_scripts *dnp_scripts_new(sqlite3 *database, dnp_panel_version version); /* NULL: out of memory */
void dnp_scripts_free(struct dnp_scripts *scripts);

/*
 * Runs one script. Starts and ends no transaction: whoever calls rolls back unless it DNP_SCRIPT_ENDED. `result` is the
 * type of the response, or NULL; rows are made ready for it.
 */
void dnp_scripts_run(struct dnp_scripts *scripts, const char *name, struct dnp_parameters *parameters,
                     const struct dnp_type *result, struct dnp_script_outcome *outcome);

#endif
