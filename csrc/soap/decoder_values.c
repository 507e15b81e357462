/*
 * Scalars: members of records, items of arrays and cells of rows, from tokens or as the fast path has scanned them.
 *
 * A client takes names of enumerations that it does not know and does not look into dates; a server refuses both.
 */
#include "lookup/find.h"
#include "soap/decoder_private.h"
#include "soap/names.h"

/* "-04:00" */
#define ZONE_LENGTH 6

const struct dnp_slice *dnp_decoder_attribute(const struct dnp_token *token, const char *xml_namespace,
                                              const char *name)
{
    for (size_t i = 0; i < token->attribute_count; i++) {
        const struct dnp_attribute *candidate = &token->attributes[i];
        if (strcmp(candidate->name, name) == 0 && strcmp(candidate->xml_namespace, xml_namespace) == 0) {
            return &candidate->value;
        }
    }
    return NULL;
}

bool dnp_decoder_is_nil(const struct dnp_token *token)
{
    bool nil = false;
    const struct dnp_slice *value =
        token->attribute_count > 0 ? dnp_decoder_attribute(token, DNP_XSI_NAMESPACE, "nil") : NULL;
    return value != NULL && dnp_parse_boolean(*value, &nil) && nil;
}

bool dnp_decoder_fail_value(struct dnp_soap_decoder *decoder, const struct dnp_field *field)
{
    static const char *const names[] = {
        [DNP_INT] = "a 32-bit integer",     [DNP_USHORT] = "an unsigned 16-bit integer",
        [DNP_LONG] = "a 64-bit integer",    [DNP_DOUBLE] = "a number",
        [DNP_DECIMAL] = "a number",         [DNP_BOOL] = "a boolean",
        [DNP_DATETIME] = "a date and time",
    };
    if (field->type->kind == DNP_ENUM) {
        return dnp_fail(decoder->error, DNP_PROTOCOL, "<%s> does not hold a %s", field->name, field->type->name);
    }
    return dnp_fail(decoder->error, DNP_PROTOCOL, "<%s> does not hold %s", field->name, names[field->type->kind]);
}

static bool read_enum(const struct dnp_soap_decoder *decoder, const struct dnp_field *field, struct dnp_value *value)
{
    if (decoder->side == DNP_CLIENT_SIDE) {
        value->text = dnp_slice_trimmed(value->text); /* ASMX takes no blanks here */
    }
    const struct dnp_enum_value *member =
        dnp_find_enum_name(field->type, value->text.data, value->text.length, decoder->dialect->dialect);
    value->integer = member != NULL ? member->number : 0;
    /* A newer panel may have more members than we know; a server refuses them. */
    return member != NULL || decoder->side == DNP_CLIENT_SIDE;
}

static bool read_scalar(const struct dnp_soap_decoder *decoder, const struct dnp_field *field, struct dnp_value *value)
{
    switch (field->type->kind) {
    case DNP_INT:
        return dnp_parse_integer(value->text, INT32_MIN, INT32_MAX, &value->integer);
    case DNP_USHORT:
        return dnp_parse_integer(value->text, 0, UINT16_MAX, &value->integer);
    case DNP_LONG:
        return dnp_parse_integer(value->text, INT64_MIN, INT64_MAX, &value->integer);
    case DNP_BOOL:
        return dnp_parse_boolean(value->text, &value->boolean);
    case DNP_DOUBLE:
    case DNP_DECIMAL:
        value->text = dnp_slice_trimmed(value->text);
        return dnp_parse_number(value->text, &value->number);
    case DNP_ENUM:
        return read_enum(decoder, field, value);
    case DNP_DATETIME:
        value->text = dnp_slice_trimmed(value->text);
        return decoder->side == DNP_CLIENT_SIDE || dnp_check_datetime(value->text);
    default:
        return true;
    }
}

/* What SOAP encoding writes in place of a value that stands elsewhere. */
bool dnp_decoder_refers_elsewhere(const struct dnp_token *token)
{
    return token->attribute_count > 0 && (dnp_decoder_attribute(token, "", "href") != NULL ||
                                          dnp_decoder_attribute(token, DNP_SOAP12_ENCODING, "ref") != NULL);
}

bool dnp_decoder_fail_reference(struct dnp_soap_decoder *decoder, const struct dnp_field *field)
{
    return dnp_fail(decoder->error, DNP_PROTOCOL,
                    "<%s> refers to another element (href, as SOAP encoding does), which is not understood",
                    field->name);
}

static inline bool report_scalar(struct dnp_soap_decoder *decoder, const struct dnp_field *field, struct dnp_slice text)
{
    struct dnp_value value;
    value.text = text;
    if (!read_scalar(decoder, field, &value)) {
        return dnp_decoder_fail_value(decoder, field);
    }
    return sink_ok(decoder, decoder->sink->value(decoder->sink->context, field, &value));
}

bool dnp_decoder_take_scalar(struct dnp_soap_decoder *decoder, const struct dnp_field *field,
                             const struct dnp_token *token)
{
    if (token->kind == DNP_TOKEN_START) {
        return dnp_fail(decoder->error, DNP_PROTOCOL, "<%s> holds elements where a value was expected", field->name);
    }
    if (is_too_long(field, token->text)) {
        return dnp_decoder_fail_value(decoder, field);
    }
    if (token->attribute_count > 0) {
        /* ASMX takes nil for an empty string and stumbles over it where a value type is wanted. */
        if (dnp_decoder_is_nil(token) && decoder->side == DNP_CLIENT_SIDE) {
            return true;
        }
        if (decoder->side == DNP_CLIENT_SIDE && dnp_decoder_refers_elsewhere(token)) {
            return dnp_decoder_fail_reference(decoder, field);
        }
    }
    return report_scalar(decoder, field, token->text);
}

/*
 * The same dates have an offset in DataSets and none in records: it is that of the panel's own clock (DataSet's
 * UnspecifiedLocal), by which its records are written too.
 */
static struct dnp_slice without_zone(struct dnp_slice date)
{
    if (date.length == 0 || memchr(date.data, 'T', date.length) == NULL) {
        return date;
    }
    const char *end = date.data + date.length;
    if (end[-1] == 'Z') {
        date.length--;
    } else if (date.length > ZONE_LENGTH && (end[-ZONE_LENGTH] == '-' || end[-ZONE_LENGTH] == '+') && end[-3] == ':') {
        date.length -= ZONE_LENGTH;
    }
    return date;
}

static struct dnp_slice cell_text(const struct dnp_field *column, struct dnp_slice text)
{
    return column->type->kind == DNP_DATETIME ? without_zone(dnp_slice_trimmed(text)) : text;
}

bool dnp_decoder_take_cell(struct dnp_soap_decoder *decoder, const struct dnp_field *column,
                           const struct dnp_token *token)
{
    struct dnp_token cell = *token;
    if (token->kind == DNP_TOKEN_LEAF && is_too_long(column, token->text)) {
        return dnp_decoder_fail_value(decoder, column); /* blanks count, as while they come */
    }
    cell.text = cell_text(column, token->text);
    return dnp_decoder_take_scalar(decoder, column, &cell);
}

/* A value that is not simply the bytes that were read. */
static bool take_odd_value(struct dnp_soap_decoder *decoder, const struct dnp_scanned_value *value, bool is_cell)
{
    const struct dnp_field *field = value->field;
    struct dnp_slice text = value->text;
    if (!DNP_IS_SCALAR(field->type->kind)) {
        return sink_ok(decoder, decoder->sink->begin(decoder->sink->context, field)) &&
               sink_ok(decoder, decoder->sink->end(decoder->sink->context, field));
    }
    if (value->has_references) {
        if (!dnp_record_unescape(&decoder->unescaped, text)) {
            return dnp_fail_memory(decoder->error);
        }
        text = (struct dnp_slice){decoder->unescaped.data, decoder->unescaped.length};
    }
    if (is_too_long(field, text)) {
        return dnp_decoder_fail_value(decoder, field);
    }
    return report_scalar(decoder, field, is_cell ? cell_text(field, text) : text);
}

bool dnp_decoder_take_scanned_values(struct dnp_soap_decoder *decoder, bool are_cells)
{
    const struct dnp_sink *sink = decoder->sink;
    const struct dnp_scanned_value *end = decoder->scanned.values + decoder->scanned.count;
    struct dnp_value reported;
    for (const struct dnp_scanned_value *value = decoder->scanned.values; value < end; value++) {
        bool plain = value->field->type->kind == DNP_STRING && !value->has_references;
        reported.text = value->text;
        if (plain ? !sink_ok(decoder, sink->value(sink->context, value->field, &reported))
                  : !take_odd_value(decoder, value, are_cells)) {
            return false;
        }
    }
    return true;
}
