/* The SQL functions of the scripts. */
#ifndef DNP_SANDBOX_FUNCTIONS_H
#define DNP_SANDBOX_FUNCTIONS_H

#include <sqlite3.h>
#include <stdbool.h>

#include "sandbox/store/version.h"

/* `panel` is the version that `since` compares with; it must outlive the connection. */
bool dnp_functions_add(sqlite3 *database, dnp_panel_version *panel);

#endif
