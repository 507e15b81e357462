/*
 * Cells, parameters, rows: plain containers of values.
 *
 * They know neither a statement's meaning nor the wire; whoever adds to them frees them once.
 */
#include "sandbox/store/sql_value.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buffer.h"

void dnp_sql_value_free(struct dnp_sql_value *value)
{
    free(value->text);
    dnp_rows_free(value->rows);
    memset(value, 0, sizeof *value);
}

bool dnp_sql_value_set_text(struct dnp_sql_value *value, struct dnp_slice text)
{
    char *copy = dnp_copy_text(text);
    if (copy == NULL) {
        return false;
    }
    dnp_sql_value_free(value);
    value->kind = DNP_SQL_TEXT;
    value->text = copy;
    value->length = text.length;
    return true;
}

void dnp_sql_value_set_integer(struct dnp_sql_value *value, int64_t integer)
{
    dnp_sql_value_free(value);
    value->kind = DNP_SQL_INTEGER;
    value->integer = integer;
}

bool dnp_sql_value_copy(struct dnp_sql_value *value, const struct dnp_sandbox_value *from)
{
    if (from->kind == DNP_SQL_TEXT) {
        return dnp_sql_value_set_text(value, from->text);
    }
    dnp_sql_value_free(value);
    value->kind = from->kind;
    value->integer = from->integer;
    value->number = from->number;
    return true;
}

bool dnp_sql_value_read(struct dnp_sql_value *value, sqlite3_stmt *statement, int column)
{
    struct dnp_slice text;
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        dnp_sql_value_set_integer(value, sqlite3_column_int64(statement, column));
        return true;
    case SQLITE_FLOAT:
        dnp_sql_value_free(value);
        value->kind = DNP_SQL_REAL;
        value->number = sqlite3_column_double(statement, column);
        return true;
    case SQLITE_NULL:
        dnp_sql_value_free(value);
        return true;
    default:
        text.data = (const char *)sqlite3_column_text(statement, column);
        text.length = (size_t)sqlite3_column_bytes(statement, column);
        return text.data != NULL && dnp_sql_value_set_text(value, text);
    }
}

bool dnp_sql_value_bind(const struct dnp_sql_value *value, sqlite3_stmt *statement, int index)
{
    switch (value->kind) {
    case DNP_SQL_INTEGER:
        return sqlite3_bind_int64(statement, index, value->integer) == SQLITE_OK;
    case DNP_SQL_REAL:
        return sqlite3_bind_double(statement, index, value->number) == SQLITE_OK;
    case DNP_SQL_TEXT:
        return sqlite3_bind_text64(statement, index, value->text, value->length, SQLITE_TRANSIENT, SQLITE_UTF8) ==
               SQLITE_OK;
    default:
        return sqlite3_bind_null(statement, index) == SQLITE_OK;
    }
}

struct dnp_sandbox_value dnp_sql_value_borrow(const struct dnp_sql_value *value)
{
    return (struct dnp_sandbox_value){.kind = value->kind,
                                      .integer = value->integer,
                                      .number = value->number,
                                      .text = {value->text != NULL ? value->text : "", value->length}};
}

void dnp_parameters_free(struct dnp_parameters *parameters)
{
    for (size_t i = 0; i < parameters->count; i++) {
        free(parameters->items[i].name);
        dnp_sql_value_free(&parameters->items[i].value);
    }
    free(parameters->items);
    memset(parameters, 0, sizeof *parameters);
}

struct dnp_parameter *dnp_parameters_find(const struct dnp_parameters *parameters, const char *name)
{
    for (size_t i = 0; i < parameters->count; i++) {
        if (strcmp(parameters->items[i].name, name) == 0) {
            return &parameters->items[i];
        }
    }
    return NULL;
}

struct dnp_parameter *dnp_parameters_add(struct dnp_parameters *parameters, const char *name)
{
    struct dnp_parameter *found = dnp_parameters_find(parameters, name);
    if (found != NULL) {
        return found;
    }
    if (parameters->count == parameters->capacity) {
        size_t capacity = parameters->capacity == 0 ? 64 : parameters->capacity * 2;
        struct dnp_parameter *items = realloc(parameters->items, capacity * sizeof *items);
        if (items == NULL) {
            return NULL;
        }
        parameters->items = items;
        parameters->capacity = capacity;
    }
    struct dnp_parameter *added = &parameters->items[parameters->count];
    memset(added, 0, sizeof *added);
    added->name = dnp_copy_text(dnp_slice_of(name));
    if (added->name == NULL) {
        return NULL;
    }
    parameters->count++;
    return added;
}

bool dnp_parameters_set_text(struct dnp_parameters *parameters, const char *name, const char *text)
{
    struct dnp_parameter *parameter = dnp_parameters_add(parameters, name);
    return parameter != NULL && dnp_sql_value_set_text(&parameter->value, dnp_slice_of(text));
}

bool dnp_parameters_set_integer(struct dnp_parameters *parameters, const char *name, int64_t integer)
{
    struct dnp_parameter *parameter = dnp_parameters_add(parameters, name);
    if (parameter == NULL) {
        return false;
    }
    dnp_sql_value_set_integer(&parameter->value, integer);
    return true;
}

struct dnp_rows *dnp_rows_new(void)
{
    return calloc(1, sizeof(struct dnp_rows));
}

void dnp_rows_free(struct dnp_rows *rows)
{
    if (rows == NULL) {
        return;
    }
    for (size_t i = 0; i < rows->row_count * rows->column_count; i++) {
        dnp_sql_value_free(&rows->values[i]);
    }
    for (size_t i = 0; i < rows->column_count; i++) {
        free((void *)rows->columns[i].name);
    }
    free(rows->columns);
    free(rows->values);
    free(rows->member_columns);
    free(rows);
}

bool dnp_rows_add_column(struct dnp_rows *rows, struct dnp_slice name, const struct dnp_type *type)
{
    struct dnp_field *columns = realloc(rows->columns, (rows->column_count + 1) * sizeof *columns);
    if (columns == NULL) {
        return false;
    }
    rows->columns = columns;
    char *copy = dnp_copy_text(name);
    if (copy == NULL) {
        return false;
    }
    struct dnp_field column = {.name = copy, .type = type, .dialects = DNP_ALL_DIALECTS};
    columns[rows->column_count++] = column;
    return true;
}

struct dnp_sql_value *dnp_rows_add(struct dnp_rows *rows)
{
    if (rows->row_count == rows->row_capacity) {
        size_t capacity = rows->row_capacity == 0 ? 8 : rows->row_capacity * 2;
        struct dnp_sql_value *values = realloc(rows->values, capacity * rows->column_count * sizeof *values);
        if (values == NULL) {
            return NULL;
        }
        rows->values = values;
        rows->row_capacity = capacity;
    }
    struct dnp_sql_value *row = rows->values + rows->row_count * rows->column_count;
    memset(row, 0, rows->column_count * sizeof *row);
    rows->row_count++;
    return row;
}

static int column_of(const struct dnp_rows *rows, const char *name)
{
    for (size_t i = 0; i < rows->column_count; i++) {
        if (dnp_ascii_equal(rows->columns[i].name, name)) {
            return (int)i;
        }
    }
    return -1;
}

bool dnp_rows_map(struct dnp_rows *rows, const struct dnp_type *type)
{
    int *member_columns = malloc(type->field_count * sizeof *member_columns);
    if (member_columns == NULL) {
        return false;
    }
    for (size_t i = 0; i < type->field_count; i++) {
        /* An alias has no column of its own. */
        const struct dnp_field *field = &type->fields[i];
        member_columns[i] = column_of(rows, field->alias_of != NULL ? field->alias_of : field->name);
    }
    free(rows->member_columns);
    rows->member_columns = member_columns;
    rows->type = type;
    return true;
}
