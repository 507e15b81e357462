/* Values on their way between requests, SQL and responses. They own their texts. */
#ifndef DNP_SANDBOX_SQL_VALUE_H
#define DNP_SANDBOX_SQL_VALUE_H

#include <sqlite3.h>

#include "sandbox/sandbox.h"

struct dnp_rows;

struct dnp_sql_value {
    enum dnp_sql_kind kind;
    int64_t integer;
    double number;
    char *text; /* NUL-terminated */
    size_t length;
    struct dnp_rows *rows; /* of a field that is a record or an array; else NULL */
};

void dnp_sql_value_free(struct dnp_sql_value *value);
/* Each replaces what was there; false: out of memory. */
bool dnp_sql_value_set_text(struct dnp_sql_value *value, struct dnp_slice text);
void dnp_sql_value_set_integer(struct dnp_sql_value *value, int64_t integer);
bool dnp_sql_value_copy(struct dnp_sql_value *value, const struct dnp_sandbox_value *from);
/* From the current row of a statement. */
bool dnp_sql_value_read(struct dnp_sql_value *value, sqlite3_stmt *statement, int column);
bool dnp_sql_value_bind(const struct dnp_sql_value *value, sqlite3_stmt *statement, int index);
struct dnp_sandbox_value dnp_sql_value_borrow(const struct dnp_sql_value *value);

/* The parameters of a script: those of the request and the variables it sets itself. */
struct dnp_parameter {
    char *name; /* as in SQL, without the colon: "userId", "user_Username" */
    const struct dnp_field *record;
    const struct dnp_field *field; /* NULL for a variable */
    bool sent;                     /* the request held it */
    struct dnp_sql_value value;
};

struct dnp_parameters {
    struct dnp_parameter *items;
    size_t count;
    size_t capacity;
};

void dnp_parameters_free(struct dnp_parameters *parameters);
struct dnp_parameter *dnp_parameters_find(const struct dnp_parameters *parameters, const char *name);
/* The parameter of that name, made when it is not there; NULL: out of memory. */
struct dnp_parameter *dnp_parameters_add(struct dnp_parameters *parameters, const char *name);
bool dnp_parameters_set_text(struct dnp_parameters *parameters, const char *name, const char *text);
bool dnp_parameters_set_integer(struct dnp_parameters *parameters, const char *name, int64_t integer);

/* The result of a SELECT. */
struct dnp_rows {
    struct dnp_field *columns; /* names are owned */
    size_t column_count;
    struct dnp_sql_value *values; /* row after row */
    size_t row_count;
    size_t row_capacity;
    const struct dnp_type *type; /* for which `member_columns` holds each field's column, or -1 */
    int *member_columns;
};

struct dnp_rows *dnp_rows_new(void);
void dnp_rows_free(struct dnp_rows *rows);
bool dnp_rows_add_column(struct dnp_rows *rows, struct dnp_slice name, const struct dnp_type *type);
/* A new row of nulls, or NULL: out of memory. */
struct dnp_sql_value *dnp_rows_add(struct dnp_rows *rows);
/* Finds the columns of a record's fields. SQL's names match without regard to case: UserID is UserId. */
bool dnp_rows_map(struct dnp_rows *rows, const struct dnp_type *type);

#endif
