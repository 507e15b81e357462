/*
 * JSON is how a list fits into one SQL value, on its way in and on its way out.
 *
 * Reading is left to SQLite (json_each, json_extract); writing needs no more than the escaping of strings.
 */
#include "sandbox/store/json.h"

#include <stdio.h>
#include <string.h>

#define MAX_SQL ((size_t)16 * 1024)

/* SELECT json_extract(value, '$.A'), ... for the fields of a record, value itself for any other item. */
static void write_query(struct dnp_buffer *sql, const struct dnp_type *type)
{
    const struct dnp_type *item = type->kind == DNP_ARRAY ? type->fields[0].type : type;
    const char *value = type->kind == DNP_ARRAY ? "value" : "?1";
    dnp_buffer_puts(sql, "SELECT ");
    if (item->kind != DNP_RECORD) {
        dnp_buffer_puts(sql, value);
    }
    for (size_t i = 0; item->kind == DNP_RECORD && i < item->field_count; i++) {
        dnp_buffer_puts(sql, i > 0 ? ", json_extract(" : "json_extract(");
        dnp_buffer_puts(sql, value);
        dnp_buffer_puts(sql, ", '$.");
        dnp_buffer_puts(sql, item->fields[i].name);
        dnp_buffer_puts(sql, "')");
    }
    if (type->kind == DNP_ARRAY) {
        dnp_buffer_puts(sql, " FROM json_each(?1)");
    }
}

static bool describe(struct dnp_rows *rows, const struct dnp_type *type)
{
    const struct dnp_type *item = type->kind == DNP_ARRAY ? type->fields[0].type : type;
    if (item->kind != DNP_RECORD) {
        return dnp_rows_add_column(rows, dnp_slice_of("value"), item);
    }
    for (size_t i = 0; i < item->field_count; i++) {
        if (!dnp_rows_add_column(rows, dnp_slice_of(item->fields[i].name), item->fields[i].type)) {
            return false;
        }
    }
    return dnp_rows_map(rows, item);
}

static bool take_row(sqlite3 *database, sqlite3_stmt *statement, struct dnp_rows *rows)
{
    struct dnp_sql_value *row = dnp_rows_add(rows);
    for (size_t i = 0; row != NULL && i < rows->column_count; i++) {
        if (!dnp_sql_value_read(&row[i], statement, (int)i)) {
            return false;
        }
        if (!DNP_IS_SCALAR(rows->columns[i].type->kind) && row[i].kind == DNP_SQL_TEXT) {
            row[i].rows = dnp_json_expand(database, rows->columns[i].type, row[i].text);
            if (row[i].rows == NULL) {
                return false;
            }
        }
    }
    return row != NULL;
}

static bool take_rows(sqlite3 *database, struct dnp_rows *rows, const char *sql, const char *json)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_bind_text(statement, 1, json, -1, SQLITE_STATIC) != SQLITE_OK) {
        sqlite3_finalize(statement);
        return false;
    }
    int code = sqlite3_step(statement);
    while (code == SQLITE_ROW && take_row(database, statement, rows)) {
        code = sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    return code == SQLITE_DONE;
}

struct dnp_rows *dnp_json_expand(sqlite3 *database, const struct dnp_type *type, const char *json)
{
    struct dnp_buffer sql;
    struct dnp_rows *rows = dnp_rows_new();
    if (rows == NULL) {
        return NULL;
    }
    dnp_buffer_init(&sql, MAX_SQL);
    write_query(&sql, type);
    /* Most lists are empty, and a query costs more than all the rest. */
    bool empty = type->kind == DNP_ARRAY && strcmp(json, "[]") == 0;
    bool taken =
        sql.state == DNP_BUFFER_OK && describe(rows, type) && (empty || take_rows(database, rows, sql.data, json));
    dnp_buffer_free(&sql);
    if (!taken) {
        dnp_rows_free(rows);
        return NULL;
    }
    return rows;
}

void dnp_json_string(struct dnp_buffer *out, struct dnp_slice text)
{
    dnp_buffer_puts(out, "\"");
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte == '"' || byte == '\\') {
            dnp_buffer_puts(out, "\\");
        }
        if (byte < 0x20) {
            char escape[8];
            (void)snprintf(escape, sizeof escape, "\\u%04x", byte);
            dnp_buffer_puts(out, escape);
        } else {
            dnp_buffer_append(out, text.data + i, 1);
        }
    }
    dnp_buffer_puts(out, "\"");
}
