/* The SQL functions of the scripts. */
#ifndef DNP_SANDBOX_FUNCTIONS_H
#define DNP_SANDBOX_FUNCTIONS_H

#include <locale.h>
#include <sqlite3.h>
#include <stdbool.h>

#include "sandbox/store/version.h"

/* What they work with; it must outlive the connection. Zeroed but for the version. */
struct dnp_functions {
    locale_t locale;
    dnp_panel_version version;
};

bool dnp_functions_add(sqlite3 *database, struct dnp_functions *functions);
/* Not before the connection was closed. */
void dnp_functions_free(struct dnp_functions *functions);

#endif
