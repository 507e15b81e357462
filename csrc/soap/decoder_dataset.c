/*
 * A DataSet: a schema that declares tables, then a diffgram with their rows. dataset.c reads the schema.
 *
 * Rows may look different from one DataSet to the next, so the fast path learns them from the first row of a table.
 */
#include "soap/decoder_private.h"

#include <stdio.h>

#include "soap/names.h"

bool dnp_decoder_in_dataset(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    if (strcmp(token->name, "schema") == 0 && strcmp(token->xml_namespace, DNP_XSD_NAMESPACE) == 0) {
        decoder->schema_seen = true;
        dnp_dataset_clear(&decoder->dataset);
        return token->kind != DNP_TOKEN_START || dnp_decoder_push_frame(decoder, IN_SCHEMA, NULL, NULL);
    }
    if (strcmp(token->name, "diffgram") == 0 && strcmp(token->xml_namespace, DNP_DIFFGRAM_NAMESPACE) == 0) {
        decoder->diffgram_seen = true;
        return dnp_decoder_open_frame(decoder, IN_DIFFGRAM, NULL, NULL, token);
    }
    return dnp_decoder_unexpected_element(decoder, token);
}

/* Every element of the schema has a frame of its own, so that its end is seen too. */
bool dnp_decoder_in_schema(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    return dnp_dataset_schema_token(&decoder->dataset, token, decoder->error) &&
           (token->kind != DNP_TOKEN_START || dnp_decoder_push_frame(decoder, IN_SCHEMA, NULL, NULL));
}

/* Beside the instance there may be diffgr:before and diffgr:errors. */
bool dnp_decoder_in_diffgram(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    if (strcmp(token->xml_namespace, DNP_DIFFGRAM_NAMESPACE) == 0) {
        skip(decoder, token);
        return true;
    }
    decoder->row_table = NULL;
    decoder->named_tables = 0;
    return dnp_decoder_open_frame(decoder, IN_ROWS, NULL, NULL, token);
}

/* .NET's own attributes of a row have namespaces: diffgr:id, msdata:rowOrder, msdata:hiddenName. */
static bool check_row(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    for (size_t i = 0; i < token->attribute_count; i++) {
        if (token->attributes[i].xml_namespace[0] == '\0') {
            return dnp_fail(decoder->error, DNP_PROTOCOL,
                            "a DataSet has a row with the attribute %.64s, which its schema does not declare",
                            token->attributes[i].name);
        }
    }
    return true;
}

/* Whether a row's attributes can be looked for in the rows after it: their prefixes are declared outside. */
static bool learn_attributes(struct dnp_tag_attributes *attributes, const struct dnp_token *token)
{
    attributes->count = token->attribute_count;
    if (token->declares || token->attribute_count > DNP_TAG_ATTRIBUTES) {
        return false;
    }
    for (size_t i = 0; i < token->attribute_count; i++) {
        int length = snprintf(attributes->texts[i], DNP_TAG_ATTRIBUTE_SIZE, " %s:%s=\"", token->attributes[i].prefix,
                              token->attributes[i].name);
        if (length < 0 || length >= DNP_TAG_ATTRIBUTE_SIZE) {
            return false;
        }
    }
    return true;
}

/* Makes the fast path ready for more rows like this one. */
static void learn_row(struct dnp_soap_decoder *decoder, const struct dnp_token *token, size_t index)
{
    const struct dnp_table *table = &decoder->dataset.tables[index];
    bool known = table == decoder->row_table;
    decoder->row_table = NULL;
    if (!fast_path_is_open(decoder) || !learn_attributes(&decoder->row_form.attributes, token)) {
        return;
    }
    if (!known) {
        dnp_row_form_make(&decoder->row_form, table, token->name, decoder->dataset.column_elements[index]);
    }
    decoder->row_table = table;
}

/* Adds the names that the fast path may read, whether it does or not. */
static bool name_columns(struct dnp_soap_decoder *decoder, size_t index)
{
    uint64_t bit = UINT64_C(1) << index;
    size_t count = decoder->dataset.tables[index].column_count;
    if ((decoder->named_tables & bit) != 0) {
        return true;
    }
    decoder->named_tables |= bit;
    for (size_t i = 0; i < count && i < DNP_RECORD_MAX_MEMBERS; i++) {
        if (!dnp_xml_add_name(decoder->reader, decoder->dataset.column_elements[index][i])) {
            return dnp_fail_memory(decoder->error);
        }
    }
    return true;
}

bool dnp_decoder_in_rows(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    size_t index = 0;
    const struct dnp_table *table = dnp_dataset_find(&decoder->dataset, token->name, &index);
    if (table == NULL) {
        return dnp_fail(decoder->error, DNP_PROTOCOL, "a DataSet has a row of <%s>, which its schema does not declare",
                        token->name);
    }
    if (!check_row(decoder, token) ||
        !sink_ok(decoder, decoder->sink->row_begin(decoder->sink->context, table, index)) ||
        !dnp_decoder_push_frame(decoder, IN_ROW, NULL, NULL) || !name_columns(decoder, index)) {
        return false;
    }
    learn_row(decoder, token, index);
    top(decoder)->table = table;
    top(decoder)->columns = decoder->dataset.column_elements[index];
    return token->kind == DNP_TOKEN_START ||
           (dnp_decoder_take_text(decoder, token) && dnp_decoder_close_frame(decoder));
}

bool dnp_decoder_in_row(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    struct frame *frame = top(decoder);
    const struct dnp_table *table = frame->table;
    for (size_t tried = 0; tried < table->column_count; tried++) {
        size_t index = frame->next;
        frame->next = index + 1 == table->column_count ? 0 : index + 1;
        if (strcmp(frame->columns[index], token->name) == 0) {
            return dnp_decoder_take_cell(decoder, &table->columns[index], token);
        }
    }
    return dnp_decoder_unexpected_element(decoder, token);
}

static bool report_tables(struct dnp_soap_decoder *decoder)
{
    for (size_t i = 0; i < decoder->dataset.table_count; i++) {
        if (!sink_ok(decoder, decoder->sink->table(decoder->sink->context, &decoder->dataset.tables[i], i))) {
            return false;
        }
    }
    return true;
}

bool dnp_decoder_close_dataset(struct dnp_soap_decoder *decoder, const struct dnp_field *field)
{
    if (decoder->side == DNP_CLIENT_SIDE &&
        (!decoder->schema_seen || !decoder->dataset.declared || !decoder->diffgram_seen)) {
        return dnp_fail(decoder->error, DNP_PROTOCOL, "<%s> is not a DataSet: it has no %s", field->name,
                        !decoder->schema_seen        ? "schema"
                        : !decoder->dataset.declared ? "declaration in its schema"
                                                     : "diffgram");
    }
    return sink_ok(decoder, decoder->sink->end(decoder->sink->context, field));
}

bool dnp_decoder_close_schema(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    if (top(decoder)->state == IN_SCHEMA) {
        return dnp_dataset_schema_token(&decoder->dataset, token, decoder->error);
    }
    return report_tables(decoder);
}

bool dnp_decoder_close_row(struct dnp_soap_decoder *decoder, const struct dnp_table *table)
{
    size_t index = (size_t)(table - decoder->dataset.tables);
    return sink_ok(decoder, decoder->sink->row_end(decoder->sink->context, table, index));
}
