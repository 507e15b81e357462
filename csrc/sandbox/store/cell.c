/*
 * Cells, parameters, rows: plain containers of values.
 *
 * They know neither a statement's meaning nor the wire; whoever adds to them frees them once.
 */
#include "sandbox/store/cell.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"

void dnp_cell_free(struct dnp_cell *cell)
{
    free(cell->text);
    dnp_rows_free(cell->rows);
    memset(cell, 0, sizeof *cell);
}

bool dnp_cell_set_text(struct dnp_cell *cell, struct dnp_slice text)
{
    char *copy = dnp_copy_text(text);
    if (copy == NULL) {
        return false;
    }
    dnp_cell_free(cell);
    cell->kind = DNP_CELL_TEXT;
    cell->text = copy;
    cell->length = text.length;
    return true;
}

void dnp_cell_set_integer(struct dnp_cell *cell, int64_t integer)
{
    dnp_cell_free(cell);
    cell->kind = DNP_CELL_INTEGER;
    cell->integer = integer;
}

bool dnp_cell_set_value(struct dnp_cell *cell, const struct dnp_sandbox_value *value)
{
    if (value->kind == DNP_CELL_TEXT) {
        return dnp_cell_set_text(cell, value->text);
    }
    dnp_cell_free(cell);
    cell->kind = value->kind;
    cell->integer = value->integer;
    cell->number = value->number;
    return true;
}

bool dnp_cell_read(struct dnp_cell *cell, sqlite3_stmt *statement, int column)
{
    struct dnp_slice text;
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        dnp_cell_set_integer(cell, sqlite3_column_int64(statement, column));
        return true;
    case SQLITE_FLOAT:
        dnp_cell_free(cell);
        cell->kind = DNP_CELL_REAL;
        cell->number = sqlite3_column_double(statement, column);
        return true;
    case SQLITE_NULL:
        dnp_cell_free(cell);
        return true;
    default:
        text.data = (const char *)sqlite3_column_text(statement, column);
        text.length = (size_t)sqlite3_column_bytes(statement, column);
        return text.data != NULL && dnp_cell_set_text(cell, text);
    }
}

bool dnp_cell_bind(const struct dnp_cell *cell, sqlite3_stmt *statement, int index)
{
    switch (cell->kind) {
    case DNP_CELL_INTEGER:
        return sqlite3_bind_int64(statement, index, cell->integer) == SQLITE_OK;
    case DNP_CELL_REAL:
        return sqlite3_bind_double(statement, index, cell->number) == SQLITE_OK;
    case DNP_CELL_TEXT:
        return sqlite3_bind_text64(statement, index, cell->text, cell->length, SQLITE_TRANSIENT, SQLITE_UTF8) ==
               SQLITE_OK;
    default:
        return sqlite3_bind_null(statement, index) == SQLITE_OK;
    }
}

struct dnp_sandbox_value dnp_cell_value(const struct dnp_cell *cell)
{
    struct dnp_sandbox_value value = {
        cell->kind, cell->integer, cell->number, {cell->text != NULL ? cell->text : "", cell->length}};
    return value;
}

void dnp_parameters_free(struct dnp_parameters *parameters)
{
    for (size_t i = 0; i < parameters->count; i++) {
        free(parameters->items[i].name);
        dnp_cell_free(&parameters->items[i].value);
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
    return parameter != NULL && dnp_cell_set_text(&parameter->value, dnp_slice_of(text));
}

bool dnp_parameters_set_integer(struct dnp_parameters *parameters, const char *name, int64_t integer)
{
    struct dnp_parameter *parameter = dnp_parameters_add(parameters, name);
    if (parameter == NULL) {
        return false;
    }
    dnp_cell_set_integer(&parameter->value, integer);
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
        dnp_cell_free(&rows->cells[i]);
    }
    for (size_t i = 0; i < rows->column_count; i++) {
        free((void *)rows->columns[i].name);
    }
    free(rows->columns);
    free(rows->cells);
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

struct dnp_cell *dnp_rows_add(struct dnp_rows *rows)
{
    if (rows->row_count == rows->row_capacity) {
        size_t capacity = rows->row_capacity == 0 ? 8 : rows->row_capacity * 2;
        struct dnp_cell *cells = realloc(rows->cells, capacity * rows->column_count * sizeof *cells);
        if (cells == NULL) {
            return NULL;
        }
        rows->cells = cells;
        rows->row_capacity = capacity;
    }
    struct dnp_cell *row = rows->cells + rows->row_count * rows->column_count;
    memset(row, 0, rows->column_count * sizeof *row);
    rows->row_count++;
    return row;
}

static int column_of(const struct dnp_rows *rows, const char *name)
{
    for (size_t i = 0; i < rows->column_count; i++) {
        if (strcasecmp(rows->columns[i].name, name) == 0) {
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
