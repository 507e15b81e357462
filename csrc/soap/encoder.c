/*
 * From values to an envelope: walks a message's descriptor and asks the source for each value.
 *
 * Holds nothing but what is on the stack and in the caller's buffer, so a source may leave by longjmp.
 */
#include "soap/codec.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "soap/fragment.h"
#include "soap/names.h"
#include "xml/writer.h"

/* With a fault about the envelope: those that would be taken. */
#define UPGRADE_HEADER                                                                              \
    "<soap:Header><soap12:Upgrade xmlns:soap12=\"" DNP_SOAP12_NAMESPACE                             \
    "\"><soap12:SupportedEnvelope qname=\"soap:Envelope\" xmlns:soap=\"" DNP_SOAP11_NAMESPACE       \
    "\" /><soap12:SupportedEnvelope qname=\"soap12:Envelope\" xmlns:soap12=\"" DNP_SOAP12_NAMESPACE \
    "\" /></soap12:Upgrade></soap:Header>"

struct encoder {
    struct dnp_buffer *out;
    const struct dnp_dialect_info *dialect;
    enum dnp_side side;
    const struct dnp_source *source;
    struct dnp_secrets *secrets; /* NULL: nobody wants them */
    struct dnp_error *error;
};

static bool put_record(struct encoder *encoder, const struct dnp_field *field, const struct dnp_type *type);
static bool put_item(struct encoder *encoder, const struct dnp_field *field, size_t index);
static bool put_field(struct encoder *encoder, const struct dnp_field *field, size_t index);

/* Room for -9223372036854775808. */
#define INTEGER_SIZE 20

static struct dnp_slice integer_text(int64_t integer, char digits[INTEGER_SIZE])
{
    uint64_t rest = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
    char *at = digits + INTEGER_SIZE;
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (integer < 0) {
        *--at = '-';
    }
    return (struct dnp_slice){at, (size_t)(digits + INTEGER_SIZE - at)};
}

static void put_text(const struct encoder *encoder, const struct dnp_field *field, struct dnp_slice text)
{
    enum dnp_text_mode mode = encoder->side == DNP_CLIENT_SIDE ? DNP_TEXT_CLIENT : DNP_TEXT_ASMX;
    if (text.length == 0 && field->type->kind == DNP_STRING) {
        dnp_xml_empty(encoder->out, field->name);
    } else {
        dnp_xml_element(encoder->out, field->name, text, mode);
    }
}

static void put_scalar(const struct encoder *encoder, const struct dnp_field *field, const struct dnp_value *value)
{
    static const struct dnp_slice words[] = {{"false", 5}, {"true", 4}};
    char digits[DNP_NUMBER_SIZE];
    switch (field->type->kind) {
    case DNP_INT:
    case DNP_USHORT:
    case DNP_LONG:
        dnp_xml_plain_element(encoder->out, field->name, integer_text(value->integer, digits));
        break;
    case DNP_BOOL:
        dnp_xml_plain_element(encoder->out, field->name, words[value->boolean]);
        break;
    case DNP_DOUBLE:
        dnp_format_number(value->number, digits);
        dnp_xml_plain_element(encoder->out, field->name, dnp_slice_of(digits));
        break;
    default:
        put_text(encoder, field, value->text);
        break;
    }
}

static bool put_items(struct encoder *encoder, const struct dnp_type *type, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!put_item(encoder, &type->fields[0], i)) {
            return false;
        }
    }
    return true;
}

static void put_column_schema(struct encoder *encoder, const struct dnp_field *column)
{
    dnp_buffer_puts(encoder->out, "<xs:element name=\"");
    dnp_xml_attribute_text(encoder->out, dnp_slice_of(column->name));
    dnp_buffer_puts(encoder->out, "\" type=\"xs:");
    dnp_buffer_puts(encoder->out, column->type->name);
    dnp_buffer_puts(encoder->out, "\" minOccurs=\"0\" />");
}

static bool put_schema(struct encoder *encoder, size_t table_count)
{
    dnp_buffer_puts(encoder->out, "<xs:schema id=\"NewDataSet\" xmlns=\"\" xmlns:xs=\"" DNP_XSD_NAMESPACE
                                  "\" xmlns:msdata=\"" DNP_MSDATA_NAMESPACE
                                  "\"><xs:element name=\"NewDataSet\" msdata:IsDataSet=\"true\" "
                                  "msdata:UseCurrentLocale=\"true\"><xs:complexType>"
                                  "<xs:choice minOccurs=\"0\" maxOccurs=\"unbounded\">");
    for (size_t i = 0; i < table_count; i++) {
        struct dnp_table table;
        if (!encoder->source->table(encoder->source->context, i, &table, encoder->error)) {
            return false;
        }
        dnp_buffer_puts(encoder->out, "<xs:element name=\"");
        dnp_xml_attribute_text(encoder->out, dnp_slice_of(table.name));
        dnp_buffer_puts(encoder->out, "\"><xs:complexType><xs:sequence>");
        for (size_t j = 0; j < table.column_count; j++) {
            put_column_schema(encoder, &table.columns[j]);
        }
        dnp_buffer_puts(encoder->out, "</xs:sequence></xs:complexType></xs:element>");
    }
    dnp_buffer_puts(encoder->out, "</xs:choice></xs:complexType></xs:element></xs:schema>");
    return true;
}

static bool put_row(struct encoder *encoder, const struct dnp_table *table, size_t row)
{
    char attributes[sizeof " diffgr:id=\"\" msdata:rowOrder=\"\">" + DNP_NAME_SIZE + 40];
    int length = snprintf(attributes, sizeof attributes, " diffgr:id=\"%.*s%zu\" msdata:rowOrder=\"%zu\">",
                          DNP_NAME_SIZE, table->name, row + 1, row);
    dnp_buffer_puts(encoder->out, "<");
    dnp_buffer_puts(encoder->out, table->name);
    dnp_buffer_append(encoder->out, attributes, (size_t)length);
    for (size_t i = 0; i < table->column_count; i++) {
        if (!put_field(encoder, &table->columns[i], i)) {
            return false;
        }
    }
    dnp_xml_close(encoder->out, table->name);
    return true;
}

/* Steps through a table's rows; `*any` tells whether the instance element was opened. */
static bool put_rows(struct encoder *encoder, size_t index, bool *any)
{
    const struct dnp_source *source = encoder->source;
    struct dnp_table table;
    if (!source->table(source->context, index, &table, encoder->error)) {
        return false;
    }
    for (size_t row = 0;; row++) {
        enum dnp_presence presence = source->row(source->context, index, encoder->error);
        if (presence != DNP_PRESENT) {
            return presence == DNP_MISSING;
        }
        if (!*any) {
            dnp_buffer_puts(encoder->out, "><NewDataSet xmlns=\"\">");
            *any = true;
        }
        if (!put_row(encoder, &table, row)) {
            return false;
        }
    }
}

static bool put_dataset(struct encoder *encoder, size_t table_count)
{
    bool any = false;
    if (!put_schema(encoder, table_count)) {
        return false;
    }
    dnp_buffer_puts(encoder->out, "<diffgr:diffgram xmlns:msdata=\"" DNP_MSDATA_NAMESPACE
                                  "\" xmlns:diffgr=\"" DNP_DIFFGRAM_NAMESPACE "\"");
    for (size_t i = 0; i < table_count; i++) {
        if (!put_rows(encoder, i, &any)) {
            return false;
        }
    }
    dnp_buffer_puts(encoder->out, any ? "</NewDataSet></diffgr:diffgram>" : " />");
    return true;
}

static bool put_composite(struct encoder *encoder, const struct dnp_field *field, const struct dnp_value *value)
{
    const struct dnp_type *type = field->type;
    if (type->kind == DNP_ARRAY && value->count == 0) {
        dnp_xml_empty(encoder->out, field->name);
        return true;
    }
    dnp_xml_open(encoder->out, field->name);
    bool put = type->kind == DNP_RECORD  ? put_record(encoder, field, type)
               : type->kind == DNP_ARRAY ? put_items(encoder, type, value->count)
                                         : put_dataset(encoder, value->count);
    dnp_xml_close(encoder->out, field->name);
    return put;
}

/* What is sent as a secret must be found again wherever the panel echoes it. */
static bool note_secret(struct encoder *encoder, const struct dnp_field *field, const struct dnp_value *value)
{
    if ((field->flags & DNP_SECRET) == 0 || encoder->secrets == NULL) {
        return true;
    }
    return dnp_secrets_add(encoder->secrets, value->text) || dnp_fail_memory(encoder->error);
}

/* A value that is there, or cannot be sent. */
static bool put_value(struct encoder *encoder, const struct dnp_field *field, enum dnp_presence presence,
                      const struct dnp_value *value)
{
    if (presence == DNP_INVALID) {
        return false;
    }
    if (DNP_IS_SCALAR(field->type->kind)) {
        put_scalar(encoder, field, value);
        return note_secret(encoder, field, value);
    }
    bool put = put_composite(encoder, field, value);
    encoder->source->leave(encoder->source->context, field);
    return put;
}

static bool put_item(struct encoder *encoder, const struct dnp_field *field, size_t index)
{
    const struct dnp_source *source = encoder->source;
    struct dnp_value value = {0};
    enum dnp_presence presence = source->get(source->context, field, index, &value, encoder->error);
    return presence != DNP_MISSING
               ? put_value(encoder, field, presence, &value)
               : dnp_fail(encoder->error, DNP_USAGE, "item %zu of a list of %s is missing", index + 1, field->name);
}

/* A member of a record, or a cell, which is column `index` of its row. */
static inline bool put_field(struct encoder *encoder, const struct dnp_field *field, size_t index)
{
    const struct dnp_source *source = encoder->source;
    struct dnp_value value = {0};
    enum dnp_presence presence = source->get(source->context, field, index, &value, encoder->error);
    return presence == DNP_MISSING || put_value(encoder, field, presence, &value);
}

static bool put_unknown(struct encoder *encoder, const struct dnp_field *field)
{
    const struct dnp_source *source = encoder->source;
    struct dnp_slice xml = {"", 0};
    if (source->unknown == NULL || field == NULL) {
        return true;
    }
    enum dnp_presence presence = source->unknown(source->context, field, &xml, encoder->error);
    if (presence != DNP_PRESENT) {
        return presence == DNP_MISSING;
    }
    return dnp_fragment_copy(encoder->out, xml, encoder->error);
}

static bool put_record(struct encoder *encoder, const struct dnp_field *field, const struct dnp_type *type)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const struct dnp_field *member = &type->fields[i];
        bool sent = dnp_field_on_wire(member, encoder->dialect->dialect) &&
                    (encoder->side == DNP_SERVER_SIDE || member->alias_of == NULL);
        if (sent && !put_field(encoder, member, 0)) {
            return false;
        }
    }
    return put_unknown(encoder, field);
}

/* Up to where a header or the body may begin. */
#define OPEN_ENVELOPE(soap_namespace)                                                       \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"" soap_namespace \
    "\" xmlns:xsi=\"" DNP_XSI_NAMESPACE "\" xmlns:xsd=\"" DNP_XSD_NAMESPACE "\">"
#define OPEN_11 OPEN_ENVELOPE(DNP_SOAP11_NAMESPACE)
#define OPEN_12 OPEN_ENVELOPE(DNP_SOAP12_NAMESPACE)
#define OPEN_BODY "<soap:Body>"

static const struct dnp_slice openings[] = {{OPEN_11, sizeof OPEN_11 - 1}, {OPEN_12, sizeof OPEN_12 - 1}};
/* The same, and the body, up to the message's name. */
static const struct dnp_slice message_openings[] = {{OPEN_11 OPEN_BODY "<", sizeof OPEN_11 OPEN_BODY "<" - 1},
                                                    {OPEN_12 OPEN_BODY "<", sizeof OPEN_12 OPEN_BODY "<" - 1}};

static void open_envelope(struct dnp_buffer *out, enum dnp_soap_version version)
{
    dnp_buffer_append(out, openings[version].data, openings[version].length);
}

/* Up to where the message's fields begin. */
static void open_message(struct dnp_buffer *out, enum dnp_soap_version version, const char *name,
                         const char *xml_namespace)
{
    static const struct dnp_slice between = {" xmlns=\"", 8};
    const struct dnp_slice opening = message_openings[version];
    const struct dnp_slice words[] = {dnp_slice_of(name), between, dnp_slice_of(xml_namespace), {"\">", 2}};
    char *at = dnp_buffer_extend(out, opening.length + words[0].length + between.length + words[2].length + 2);
    if (at != NULL) {
        memcpy(at, opening.data, opening.length);
        at += opening.length;
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
            memcpy(at, words[i].data, words[i].length);
            at += words[i].length;
        }
    }
}

static bool close_envelope(struct dnp_buffer *out, struct dnp_error *error)
{
    static const struct dnp_slice closing = {"</soap:Body></soap:Envelope>", 28};
    dnp_buffer_append(out, closing.data, closing.length);
    return dnp_buffer_check(out, "the message", error);
}

bool dnp_soap_encode(struct dnp_buffer *out, const struct dnp_type *message, const struct dnp_dialect_info *dialect,
                     enum dnp_side side, enum dnp_soap_version version, const struct dnp_source *source,
                     struct dnp_secrets *secrets, struct dnp_error *error)
{
    struct encoder encoder = {out, dialect, side, source, secrets, error};
    open_message(out, version, message->name, dialect->xml_namespace);
    size_t start = out->length;
    if (!put_record(&encoder, NULL, message)) {
        return false;
    }
    if (out->state == DNP_BUFFER_OK && out->length == start) {
        out->length--; /* as ASMX writes an element without content */
        dnp_buffer_puts(out, " />");
    } else {
        dnp_xml_close(out, message->name);
    }
    return close_envelope(out, error);
}

/* SOAP 1.2 has other names for the two common codes. */
static const char *soap12_code(const char *code)
{
    if (strcmp(code, "Client") == 0) {
        return "Sender";
    }
    return strcmp(code, "Server") == 0 ? "Receiver" : code;
}

bool dnp_soap_encode_fault(struct dnp_buffer *out, enum dnp_soap_version version, const char *code,
                           const char *fault_string, struct dnp_error *error)
{
    open_envelope(out, version);
    if (strcmp(code, "VersionMismatch") == 0) {
        dnp_buffer_puts(out, UPGRADE_HEADER);
    }
    dnp_buffer_puts(out, OPEN_BODY);
    if (version == DNP_SOAP_11) {
        dnp_buffer_puts(out, "<soap:Fault><faultcode>soap:");
        dnp_buffer_puts(out, code);
        dnp_buffer_puts(out, "</faultcode><faultstring>");
        dnp_xml_text(out, dnp_slice_of(fault_string), DNP_TEXT_ASMX);
        /* A fault about a header has no detail: SOAP keeps that for the body. */
        dnp_buffer_puts(out, strcmp(code, "MustUnderstand") == 0 ? "</faultstring></soap:Fault>"
                                                                 : "</faultstring><detail /></soap:Fault>");
    } else {
        dnp_buffer_puts(out, "<soap:Fault><soap:Code><soap:Value>soap:");
        dnp_buffer_puts(out, soap12_code(code));
        dnp_buffer_puts(out, "</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang=\"en\">");
        dnp_xml_text(out, dnp_slice_of(fault_string), DNP_TEXT_ASMX);
        dnp_buffer_puts(out, "</soap:Text></soap:Reason><soap:Detail /></soap:Fault>");
    }
    return close_envelope(out, error);
}
