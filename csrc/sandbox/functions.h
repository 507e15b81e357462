/* What SQL Server has and SQLite has not: sql_like(text, pattern) and sql_date(date). */
#ifndef DNP_SANDBOX_FUNCTIONS_H
#define DNP_SANDBOX_FUNCTIONS_H

#include <sqlite3.h>
#include <stdbool.h>

bool dnp_functions_add(sqlite3 *database);

#endif
