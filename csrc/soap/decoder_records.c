/*
 * The message, its records and arrays: which field of the contract an element is, and what becomes of one that is none.
 *
 * A record carries the unknown elements of its own namespace along, for the request that will write it. What could
 * be a value that is lost is an error for a client; a server passes over it, as ASMX does.
 */
#include "soap/decoder_private.h"

#include <stdio.h>

#include "soap/fragment.h"
#include "soap/unexpected.h"

#define EXPECTED_SIZE 128

/* ---- what is not understood ---- */

/* The innermost element that has a name in the contract. */
static const char *holder(const struct dnp_soap_decoder *decoder)
{
    for (size_t i = decoder->depth; i > 0; i--) {
        const struct frame *frame = &decoder->frames[i - 1];
        if (frame->field != NULL || frame->type != NULL) {
            return frame->field != NULL ? frame->field->name : frame->type->name;
        }
    }
    return "Envelope";
}

/* What may stand in a frame; false where nobody minds what else does. */
static bool describe_expected(const struct frame *frame, char expected[EXPECTED_SIZE])
{
    switch (frame->state) {
    case IN_RECORD:
        (void)snprintf(expected, EXPECTED_SIZE, frame->field != NULL ? "a member of %s" : "<%s>",
                       frame->field != NULL ? frame->type->name : frame->type->fields[0].name);
        return true;
    case IN_ARRAY:
        (void)snprintf(expected, EXPECTED_SIZE, "<%s>", frame->type->fields[0].name);
        return true;
    case IN_DATASET:
        (void)snprintf(expected, EXPECTED_SIZE, "the schema or diffgram of a DataSet");
        return true;
    case IN_DIFFGRAM:
    case IN_ROWS:
        (void)snprintf(expected, EXPECTED_SIZE, "the row of a DataSet");
        return true;
    case IN_ROW:
        (void)snprintf(expected, EXPECTED_SIZE, "a column that the DataSet's schema declares");
        return true;
    default:
        return false;
    }
}

/* ASMX passes over what it does not know, and so does a server here; a client would take it for nothing. */
bool dnp_decoder_unexpected_element(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    char expected[EXPECTED_SIZE];
    if (decoder->side != DNP_CLIENT_SIDE || !describe_expected(top(decoder), expected)) {
        skip(decoder, token);
        return true;
    }
    return dnp_unexpected_element(decoder->error, holder(decoder), token->name, token->xml_namespace, expected);
}

bool dnp_decoder_take_text(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    char expected[EXPECTED_SIZE];
    if (decoder->side != DNP_CLIENT_SIDE || dnp_slice_trimmed(token->text).length == 0 ||
        !describe_expected(top(decoder), expected)) {
        return true;
    }
    return dnp_unexpected_text(decoder->error, holder(decoder), token->text, expected);
}

/* ---- records and arrays ---- */

bool dnp_decoder_open_frame(struct dnp_soap_decoder *decoder, enum state state, const struct dnp_field *field,
                            const struct dnp_type *type, const struct dnp_token *token)
{
    return dnp_decoder_push_frame(decoder, state, field, type) &&
           (token->kind == DNP_TOKEN_START ||
            (dnp_decoder_take_text(decoder, token) && dnp_decoder_close_frame(decoder)));
}

static bool open_composite(struct dnp_soap_decoder *decoder, const struct dnp_field *field,
                           const struct dnp_token *token)
{
    static const enum state states[] = {[DNP_RECORD] = IN_RECORD, [DNP_ARRAY] = IN_ARRAY, [DNP_DATASET] = IN_DATASET};
    /* ASMX takes a nil object for an empty one. */
    if (decoder->side == DNP_CLIENT_SIDE && dnp_decoder_is_nil(token)) {
        skip(decoder, token);
        return true;
    }
    if (decoder->side == DNP_CLIENT_SIDE && dnp_decoder_refers_elsewhere(token)) {
        return dnp_decoder_fail_reference(decoder, field);
    }
    if (field->type->kind == DNP_DATASET) {
        dnp_dataset_clear(&decoder->dataset);
        decoder->schema_seen = false;
        decoder->diffgram_seen = false;
    }
    return sink_ok(decoder, decoder->sink->begin(decoder->sink->context, field)) &&
           dnp_decoder_open_frame(decoder, states[field->type->kind], field, field->type, token);
}

static bool take_field(struct dnp_soap_decoder *decoder, const struct dnp_field *field, const struct dnp_token *token)
{
    return DNP_IS_SCALAR(field->type->kind) ? dnp_decoder_take_scalar(decoder, field, token)
                                            : open_composite(decoder, field, token);
}

/* Elements come in schema order, so the one at `first` is tried first; any order is understood. */
static inline const struct dnp_field *find_member(const struct dnp_soap_decoder *decoder, const struct dnp_type *type,
                                                  size_t first, const char *name)
{
    const struct dnp_field *field = &type->fields[first];
    for (size_t tried = 0; tried < type->field_count; tried++) {
        if (strcmp(field->name, name) == 0 && dnp_field_on_wire(field, decoder->dialect->dialect)) {
            return field;
        }
        field = field + 1 == type->fields + type->field_count ? type->fields : field + 1;
    }
    return NULL;
}

bool dnp_decoder_keep_unknown(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    dnp_fragment_write(&decoder->unknown, token);
    return dnp_buffer_check(&decoder->unknown, "what the contract does not know", decoder->error);
}

/* What is not a member of the record. A member's name in another namespace is not something newer but another kind of
 * response, whose values would be lost. */
static bool take_unknown(struct dnp_soap_decoder *decoder, struct frame *frame, const struct dnp_token *token)
{
    bool own = in_contract_namespace(decoder, token);
    if (!own && decoder->side == DNP_CLIENT_SIDE && find_member(decoder, frame->type, 0, token->name) != NULL) {
        return dnp_unexpected_element(decoder->error, holder(decoder), token->name, token->xml_namespace,
                                      "the namespace of the contract");
    }
    if (frame->stranger == NULL) {
        frame->stranger = token->name;
        frame->stranger_namespace = token->xml_namespace;
    }
    bool keep = decoder->sink->unknown != NULL && own && !dnp_decoder_is_nil(token);
    skip(decoder, token);
    if (!keep) {
        return true;
    }
    decoder->keeping = token->kind == DNP_TOKEN_START ? KEEP_UNKNOWN : KEEP_NOTHING;
    return dnp_decoder_keep_unknown(decoder, token);
}

bool dnp_decoder_in_record(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    struct frame *frame = top(decoder);
    const struct dnp_field *field =
        in_contract_namespace(decoder, token) ? find_member(decoder, frame->type, frame->next, token->name) : NULL;
    if (field == NULL) {
        return take_unknown(decoder, frame, token);
    }
    note_member(frame, field);
    if (frame->field == NULL && !dnp_decoder_is_nil(token)) {
        decoder->has_result = true;
    }
    return take_field(decoder, field, token);
}

bool dnp_decoder_in_array(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    const struct dnp_field *item = &top(decoder)->type->fields[0];
    if (!in_contract_namespace(decoder, token) || strcmp(item->name, token->name) != 0) {
        return dnp_decoder_unexpected_element(decoder, token);
    }
    return take_field(decoder, item, token);
}

/* XmlSerializer always writes some members of a record: those that cannot be null. */
static bool check_record(struct dnp_soap_decoder *decoder, const struct frame *frame)
{
    char expected[EXPECTED_SIZE];
    if (frame->known || decoder->side != DNP_CLIENT_SIDE || (frame->field == NULL && frame->stranger == NULL)) {
        return true;
    }
    const char *name = frame->field != NULL ? frame->field->name : frame->type->name;
    (void)describe_expected(frame, expected);
    return frame->stranger != NULL
               ? dnp_unexpected_element(decoder->error, name, frame->stranger, frame->stranger_namespace, expected)
               : dnp_fail(decoder->error, DNP_PROTOCOL, "<%s> is empty where %s was expected", name, expected);
}

bool dnp_decoder_close_record(struct dnp_soap_decoder *decoder, const struct frame *frame)
{
    const struct dnp_sink *sink = decoder->sink;
    if (!check_record(decoder, frame)) {
        return false;
    }
    if (decoder->unknown.length > frame->unknown_start) {
        struct dnp_slice xml = {decoder->unknown.data + frame->unknown_start,
                                decoder->unknown.length - frame->unknown_start};
        if (frame->field != NULL && !sink_ok(decoder, sink->unknown(sink->context, xml))) {
            return false;
        }
        decoder->unknown.length = frame->unknown_start;
    }
    return frame->field == NULL || sink_ok(decoder, sink->end(sink->context, frame->field));
}

/* What an element is in the contract; NULL when that is not known, or does not matter. */
static const struct dnp_field *find_field(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    const struct frame *frame = top(decoder);
    size_t next = 0;
    if (frame->state == IN_ROW) {
        while (next < frame->table->column_count && strcmp(frame->columns[next], token->name) != 0) {
            next++;
        }
        return next < frame->table->column_count ? &frame->table->columns[next] : NULL;
    }
    bool member = (frame->state == IN_RECORD || frame->state == IN_ARRAY) && in_contract_namespace(decoder, token);
    return member ? find_member(decoder, frame->type, 0, token->name) : NULL;
}

void dnp_decoder_limit_unfinished(struct dnp_soap_decoder *decoder)
{
    struct dnp_token token;
    if (decoder->skipping > 0 || decoder->depth == 0 || !dnp_xml_unfinished(decoder->reader, &token) ||
        token.text.length <= MAX_SCALAR) {
        return;
    }
    const struct dnp_field *field = find_field(decoder, &token);
    if (field != NULL && is_too_long(field, token.text)) {
        dnp_xml_keep_no_more(decoder->reader);
    }
}
