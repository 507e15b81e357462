/*
 * From a decoded request to the named parameters of a script.
 *
 * A record's fields become parameters of their own (user_Username), a list becomes its JSON, and an alias (Role)
 * writes the field that it names (RoleId), so the later of the two wins as it does in the panel. An element that is
 * there twice counts the first time, as XmlSerializer reads it.
 */
#include "sandbox/http/request.h"

#include <inttypes.h>
#include <stdio.h>

#include "lookup/find.h"
#include "sandbox/store/json.h"
#include "value/calendar.h"

#define MAX_JSON ((size_t)16 * 1024 * 1024)
#define MAX_NAME 96

static struct dnp_parameter *parameter_of(const struct dnp_request_sink *request, const struct dnp_field *field)
{
    char name[MAX_NAME];
    if (request->record == NULL) {
        return dnp_parameters_add(request->parameters, field->name);
    }
    (void)snprintf(name, sizeof name, "%s_%s", request->record->name, field->name);
    struct dnp_parameter *parameter = dnp_parameters_add(request->parameters, name);
    if (parameter != NULL) {
        parameter->record = request->record;
    }
    return parameter;
}

static bool set_default(const struct dnp_request_sink *request, const struct dnp_field *field)
{
    struct dnp_parameter *parameter = parameter_of(request, field);
    if (parameter == NULL) {
        return false;
    }
    parameter->field = field;
    switch (field->type->kind) {
    case DNP_STRING:
    case DNP_ARRAY:
        return true;
    case DNP_DATETIME:
        return dnp_sql_value_set_text(&parameter->value, dnp_slice_of(DNP_NO_DATE));
    default:
        dnp_sql_value_set_integer(&parameter->value, 0);
        return true;
    }
}

static bool set_defaults(struct dnp_request_sink *request, const struct dnp_type *message)
{
    for (size_t i = 0; i < message->field_count; i++) {
        const struct dnp_field *field = &message->fields[i];
        if (!set_default(request, field)) {
            return false;
        }
        if (field->type->kind != DNP_RECORD) {
            continue;
        }
        request->record = field;
        for (size_t j = 0; j < field->type->field_count; j++) {
            const struct dnp_field *member = &field->type->fields[j];
            if (member->alias_of == NULL && !set_default(request, member)) {
                return false;
            }
        }
        request->record = NULL;
    }
    return true;
}

/* ---- values ---- */

static bool set_value(struct dnp_sql_value *target, const struct dnp_field *field, const struct dnp_value *value)
{
    char date[DNP_DATE_SIZE];
    struct dnp_sandbox_value number = {DNP_SQL_REAL, 0, value->number, {"", 0}};
    switch (field->type->kind) {
    case DNP_INT:
    case DNP_USHORT:
    case DNP_LONG:
    case DNP_ENUM:
        dnp_sql_value_set_integer(target, value->integer);
        return true;
    case DNP_BOOL:
        dnp_sql_value_set_integer(target, value->boolean ? 1 : 0);
        return true;
    case DNP_DOUBLE:
    case DNP_DECIMAL:
        return dnp_sql_value_copy(target, &number);
    case DNP_DATETIME:
        return dnp_date_read(value->text, date) && dnp_sql_value_set_text(target, dnp_slice_of(date));
    default:
        return dnp_sql_value_set_text(target, value->text);
    }
}

/* A comma unless something has just been opened. */
static void separate(struct dnp_buffer *json)
{
    char last = json->length > 0 ? json->data[json->length - 1] : '[';
    if (last != '[' && last != '{') {
        dnp_buffer_puts(json, ",");
    }
}

static void open_json(struct dnp_request_sink *request, const struct dnp_field *field)
{
    if (request->depth > 0) {
        separate(&request->json);
    }
    request->in_object = field->type->kind == DNP_RECORD;
    dnp_buffer_puts(&request->json, request->in_object ? "{" : "[");
    request->depth++;
}

static bool write_json(struct dnp_request_sink *request, const struct dnp_field *field, const struct dnp_value *value)
{
    char number[DNP_NUMBER_SIZE];
    struct dnp_buffer *json = &request->json;
    separate(json);
    if (request->in_object) {
        dnp_json_string(json, dnp_slice_of(field->name));
        dnp_buffer_puts(json, ":");
    }
    switch (field->type->kind) {
    case DNP_STRING:
    case DNP_DATETIME:
    case DNP_DECIMAL:
        dnp_json_string(json, value->text);
        break;
    case DNP_BOOL:
        dnp_buffer_puts(json, value->boolean ? "true" : "false");
        break;
    case DNP_DOUBLE:
        dnp_format_number(value->number, number);
        dnp_buffer_puts(json, number);
        break;
    default:
        (void)snprintf(number, sizeof number, "%" PRId64, value->integer);
        dnp_buffer_puts(json, number);
        break;
    }
    return json->state == DNP_BUFFER_OK;
}

/* Whether a parameter or a member of the record was there before; says so from now on. */
static bool is_repeated(struct dnp_request_sink *request, const struct dnp_field *field)
{
    const struct dnp_type *holder = request->record != NULL ? request->record->type : request->message;
    uint64_t *seen = &request->seen[request->record != NULL ? 1 : 0];
    uint64_t bit = UINT64_C(1) << (size_t)(field - holder->fields);
    bool repeated = (*seen & bit) != 0;
    *seen |= bit;
    return repeated;
}

static bool take_value(void *context, const struct dnp_field *field, const struct dnp_value *value)
{
    struct dnp_request_sink *request = context;
    if (request->ignoring > 0) {
        return true;
    }
    if (request->list != NULL) {
        return write_json(request, field, value);
    }
    if (is_repeated(request, field)) {
        return true;
    }
    const struct dnp_field *target =
        field->alias_of == NULL ? field : dnp_find_field(request->record->type, field->alias_of, DNP_ALL_DIALECTS);
    struct dnp_parameter *parameter = parameter_of(request, target);
    if (parameter == NULL) {
        return false;
    }
    parameter->field = target;
    parameter->sent = true;
    return set_value(&parameter->value, field, value);
}

static bool take_begin(void *context, const struct dnp_field *field)
{
    struct dnp_request_sink *request = context;
    if (request->ignoring > 0 || (request->list == NULL && is_repeated(request, field))) {
        request->ignoring++;
        return true;
    }
    if (request->list == NULL && field->type->kind == DNP_RECORD) {
        struct dnp_parameter *parameter = dnp_parameters_add(request->parameters, field->name);
        if (parameter == NULL) {
            return false;
        }
        dnp_sql_value_set_integer(&parameter->value, 1);
        request->record = field;
        request->seen[1] = 0;
        return true;
    }
    if (request->list == NULL) {
        request->list = field;
        dnp_buffer_clear(&request->json);
    }
    open_json(request, field);
    return request->json.state == DNP_BUFFER_OK;
}

static bool end_list(struct dnp_request_sink *request)
{
    struct dnp_parameter *parameter = parameter_of(request, request->list);
    struct dnp_slice json = {request->json.data, request->json.length};
    if (parameter == NULL || request->json.state != DNP_BUFFER_OK) {
        return false;
    }
    parameter->field = request->list;
    parameter->sent = true;
    request->list = NULL;
    return dnp_sql_value_set_text(&parameter->value, json);
}

static bool take_end(void *context, const struct dnp_field *field)
{
    struct dnp_request_sink *request = context;
    if (request->ignoring > 0) {
        request->ignoring--;
        return true;
    }
    if (request->list == NULL) {
        request->record = NULL;
        return true;
    }
    dnp_buffer_puts(&request->json, field->type->kind == DNP_ARRAY ? "]" : "}");
    request->in_object = false; /* the contract has no record within a record of a list */
    request->depth--;
    return request->depth > 0 || end_list(request);
}

bool dnp_request_sink_init(struct dnp_request_sink *request, const struct dnp_operation *operation,
                           struct dnp_parameters *parameters)
{
    request->message = &operation->request;
    request->parameters = parameters;
    request->seen[0] = 0;
    request->ignoring = 0;
    request->record = NULL;
    request->list = NULL;
    request->depth = 0;
    request->in_object = false;
    dnp_buffer_init(&request->json, MAX_JSON);
    struct dnp_sink sink = {.context = request, .begin = take_begin, .end = take_end, .value = take_value};
    request->sink = sink;
    return set_defaults(request, &operation->request);
}

void dnp_request_sink_free(struct dnp_request_sink *request)
{
    dnp_buffer_free(&request->json);
}
