/* Records and lists that SQL brings as JSON, made into rows by SQLite's own JSON functions. */
#ifndef DNP_SANDBOX_JSON_H
#define DNP_SANDBOX_JSON_H

#include "base/buffer.h"
#include "sandbox/store/sql_value.h"

/* The items of an array, or the one row of a record. NULL: not such JSON, or out of memory. */
struct dnp_rows *dnp_json_expand(sqlite3 *database, const struct dnp_type *type, const char *json);

/* Appends `text` as a JSON string. */
void dnp_json_string(struct dnp_buffer *out, struct dnp_slice text);

#endif
