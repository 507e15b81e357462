/*
 * From the rows of a script to what the encoder asks for.
 *
 * A null is .NET's default where the type has no null: ints, bools and dates are always written, strings and lists
 * are left out; in a DataSet every null is left out.
 */
#include "sandbox/http/outcome_source.h"

#include <stdio.h>

#include "lookup/find.h"
#include "value/calendar.h"

static struct dnp_slice slice(const char *text)
{
    return dnp_slice_of(text);
}

static enum dnp_presence get_enum(struct dnp_outcome_source *source, const struct dnp_field *field, int64_t number,
                                  struct dnp_value *value, struct dnp_error *error)
{
    const struct dnp_enum_value *member = dnp_find_enum_number(field->type, number, source->dialect);
    if (member == NULL) {
        dnp_fail(error, DNP_FAULT,
                 "There was an error generating the XML document. ---> Instance validation error: '%lld' is not a "
                 "valid value for EnterpriseServer.%s.",
                 (long long)number, field->type->name);
        return DNP_INVALID;
    }
    value->integer = number;
    value->text = slice(member->name);
    return DNP_PRESENT;
}

static int64_t as_integer(const struct dnp_sql_value *stored)
{
    return stored == NULL || stored->kind == DNP_SQL_NULL ? 0
           : stored->kind == DNP_SQL_REAL                 ? (int64_t)stored->number
                                                          : stored->integer;
}

static double as_number(const struct dnp_sql_value *stored)
{
    return stored != NULL && stored->kind == DNP_SQL_REAL ? stored->number : (double)as_integer(stored);
}

static struct dnp_slice as_text(struct dnp_outcome_source *source, const struct dnp_sql_value *stored)
{
    if (stored->kind == DNP_SQL_TEXT) {
        struct dnp_slice text = {stored->text, stored->length};
        return text;
    }
    if (stored->kind == DNP_SQL_REAL) {
        dnp_format_number(stored->number, source->scratch);
    } else {
        (void)snprintf(source->scratch, sizeof source->scratch, "%lld", (long long)stored->integer);
    }
    return slice(source->scratch);
}

static struct dnp_slice as_date(struct dnp_outcome_source *source, const struct dnp_sql_value *stored, bool dataset)
{
    if (stored == NULL || stored->kind != DNP_SQL_TEXT) {
        return slice(DNP_NO_DATE);
    }
    if (dataset || !dnp_date_trim(stored->text, source->scratch)) {
        return as_text(source, stored);
    }
    return slice(source->scratch);
}

static enum dnp_presence get_scalar(struct dnp_outcome_source *source, const struct dnp_field *field,
                                    const struct dnp_sql_value *stored, bool dataset, struct dnp_value *value,
                                    struct dnp_error *error)
{
    bool null = stored == NULL || stored->kind == DNP_SQL_NULL;
    if (null && (dataset || field->type->kind == DNP_STRING)) {
        return DNP_MISSING;
    }
    switch (field->type->kind) {
    case DNP_BOOL:
        value->boolean = as_integer(stored) != 0;
        return DNP_PRESENT;
    case DNP_DOUBLE:
        value->number = as_number(stored);
        return DNP_PRESENT;
    case DNP_DECIMAL:
        value->number = as_number(stored);
        dnp_format_decimal(value->number, 4, source->scratch);
        value->text = slice(source->scratch);
        return DNP_PRESENT;
    case DNP_STRING:
        value->text = as_text(source, stored);
        return DNP_PRESENT;
    case DNP_DATETIME:
        value->text = as_date(source, stored, dataset);
        return DNP_PRESENT;
    case DNP_ENUM:
        return get_enum(source, field, as_integer(stored), value, error);
    default:
        value->integer = as_integer(stored);
        return DNP_PRESENT;
    }
}

/* ---- composites ---- */

static enum dnp_presence enter(struct dnp_outcome_source *source, const struct dnp_rows *rows, size_t row,
                               struct dnp_error *error)
{
    if (source->depth == DNP_OUTCOME_DEPTH) {
        dnp_fail(error, DNP_LIMIT, "the response is nested too deeply");
        return DNP_INVALID;
    }
    struct dnp_outcome_frame frame = {rows, row, false};
    source->frames[source->depth++] = frame;
    return DNP_PRESENT;
}

static enum dnp_presence enter_dataset(struct dnp_outcome_source *source, struct dnp_value *value,
                                       struct dnp_error *error)
{
    value->count = source->outcome->table_count;
    enum dnp_presence presence = enter(source, NULL, 0, error);
    if (presence == DNP_PRESENT) {
        source->frames[source->depth - 1].dataset = true;
    }
    return presence;
}

/* A record or list that stands in `rows`; NULL is null. */
static enum dnp_presence enter_rows(struct dnp_outcome_source *source, const struct dnp_field *field,
                                    const struct dnp_rows *rows, struct dnp_value *value, struct dnp_error *error)
{
    if (rows == NULL || (field->type->kind == DNP_RECORD && rows->row_count == 0)) {
        return DNP_MISSING;
    }
    value->count = rows->row_count;
    return enter(source, rows, 0, error);
}

static bool holds_dataset(const struct dnp_type *type)
{
    for (size_t i = 0; i < type->field_count; i++) {
        if (type->fields[i].type->kind == DNP_DATASET) {
            return true;
        }
    }
    return false;
}

/* <Operation>Result itself. */
static enum dnp_presence get_result(struct dnp_outcome_source *source, const struct dnp_field *field,
                                    struct dnp_value *value, struct dnp_error *error)
{
    const struct dnp_script_outcome *outcome = source->outcome;
    const struct dnp_rows *first = outcome->table_count > 0 ? outcome->tables[0] : NULL;
    switch (field->type->kind) {
    case DNP_DATASET:
        return enter_dataset(source, value, error);
    case DNP_ARRAY:
        return enter_rows(source, field, first, value, error);
    case DNP_RECORD:
        return holds_dataset(field->type) ? enter(source, NULL, 0, error)
                                          : enter_rows(source, field, first, value, error);
    default:
        return get_scalar(source, field, &outcome->result, false, value, error);
    }
}

/* A member of PackageResult. */
static enum dnp_presence get_outcome(struct dnp_outcome_source *source, const struct dnp_field *field,
                                     struct dnp_value *value, struct dnp_error *error)
{
    if (field->type->kind == DNP_DATASET) {
        return source->outcome->table_count > 0 ? enter_dataset(source, value, error) : DNP_MISSING;
    }
    return get_scalar(source, field, &source->outcome->result, false, value, error);
}

static const struct dnp_sql_value *value_at(const struct dnp_rows *rows, size_t row, size_t column)
{
    return &rows->values[row * rows->column_count + column];
}

/* The value of a record's field, or NULL when its rows have no such column. */
static const struct dnp_sql_value *member_value(const struct dnp_outcome_frame *frame, const struct dnp_field *field)
{
    const struct dnp_rows *rows = frame->rows;
    int column = rows->member_columns[field - rows->type->fields];
    return column < 0 ? NULL : value_at(rows, frame->row, (size_t)column);
}

/* Whether `field` is a member of the record that the frame is in; otherwise it is an item. */
static bool is_member(const struct dnp_rows *rows, const struct dnp_field *field)
{
    return rows->type != NULL && field >= rows->type->fields && field < rows->type->fields + rows->type->field_count;
}

static enum dnp_presence get_from_rows(struct dnp_outcome_source *source, const struct dnp_field *field, size_t index,
                                       struct dnp_value *value, struct dnp_error *error)
{
    const struct dnp_outcome_frame *frame = &source->frames[source->depth - 1];
    if (!is_member(frame->rows, field) && field->type->kind == DNP_RECORD) {
        return enter(source, frame->rows, index, error);
    }
    const struct dnp_sql_value *stored =
        is_member(frame->rows, field) ? member_value(frame, field) : value_at(frame->rows, index, 0);
    if (DNP_IS_SCALAR(field->type->kind)) {
        return get_scalar(source, field, stored, false, value, error);
    }
    return enter_rows(source, field, stored != NULL ? stored->rows : NULL, value, error);
}

/* ---- what the encoder calls ---- */

static enum dnp_presence get(void *context, const struct dnp_field *field, size_t index, struct dnp_value *value,
                             struct dnp_error *error)
{
    struct dnp_outcome_source *source = context;
    if (source->depth == 0) {
        return get_result(source, field, value, error);
    }
    const struct dnp_outcome_frame *frame = &source->frames[source->depth - 1];
    if (frame->dataset) {
        return get_scalar(source, field, value_at(frame->rows, frame->row, index), true, value, error);
    }
    if (frame->rows == NULL) {
        return get_outcome(source, field, value, error);
    }
    return get_from_rows(source, field, index, value, error);
}

static void leave(void *context, const struct dnp_field *field)
{
    struct dnp_outcome_source *source = context;
    (void)field;
    source->depth--;
}

static bool table(void *context, size_t index, struct dnp_table *described, struct dnp_error *error)
{
    static const char *const names[DNP_MAX_TABLES] = {"Table", "Table1", "Table2", "Table3"};
    struct dnp_outcome_source *source = context;
    (void)error;
    described->name = names[index];
    described->columns = source->outcome->tables[index]->columns;
    described->column_count = source->outcome->tables[index]->column_count;
    source->next_row = 0;
    return true;
}

static enum dnp_presence row(void *context, size_t table_index, struct dnp_error *error)
{
    struct dnp_outcome_source *source = context;
    const struct dnp_rows *rows = source->outcome->tables[table_index];
    (void)error;
    if (source->next_row == rows->row_count) {
        return DNP_MISSING;
    }
    struct dnp_outcome_frame *frame = &source->frames[source->depth - 1];
    frame->rows = rows;
    frame->row = source->next_row++;
    return DNP_PRESENT;
}

void dnp_outcome_source_init(struct dnp_outcome_source *source, const struct dnp_script_outcome *outcome,
                             enum dnp_dialect dialect)
{
    source->outcome = outcome;
    source->dialect = dialect;
    source->depth = 0;
    source->next_row = 0;
    source->source =
        (struct dnp_source){.context = source, .get = get, .leave = leave, .table = table, .row = row, .unknown = NULL};
}
