/*
 * One document decoded in every way there is: by libxml2 alone, with leaves past it, with records past it, with both;
 * whole and in pieces; and by what is remembered of a document like it. All must tell the sink the same and fail alike.
 */
#ifndef DECODE_WAYS_H
#define DECODE_WAYS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "soap/codec.h"
#include "soap/memo.h"

/* What may pass libxml2 by. */
enum { LEAVES = 1, RECORDS = 2 };

/* What the sink got, folded into one number. */
struct digest {
    uint64_t hash;
};

static void fold(struct digest *digest, const void *bytes, size_t length)
{
    const uint8_t *byte = bytes;
    for (size_t i = 0; i < length; i++) {
        digest->hash = (digest->hash ^ byte[i]) * UINT64_C(1099511628211);
    }
}

static bool on_begin(void *context, const struct dnp_field *field)
{
    fold(context, "b", 1);
    fold(context, field->name, strlen(field->name));
    return true;
}

static bool on_end(void *context, const struct dnp_field *field)
{
    fold(context, "e", 1);
    fold(context, field->name, strlen(field->name));
    return true;
}

static bool on_value(void *context, const struct dnp_field *field, const struct dnp_value *value)
{
    fold(context, field->name, strlen(field->name));
    fold(context, &value->text.length, sizeof value->text.length);
    fold(context, value->text.data, value->text.length);
    return true;
}

static bool on_table(void *context, const struct dnp_table *table, size_t index)
{
    fold(context, table->name, strlen(table->name));
    fold(context, &index, sizeof index);
    for (size_t i = 0; i < table->column_count; i++) {
        fold(context, table->columns[i].name, strlen(table->columns[i].name));
        fold(context, table->columns[i].type->name, strlen(table->columns[i].type->name));
    }
    return true;
}

static bool on_row_begin(void *context, const struct dnp_table *table, size_t index)
{
    fold(context, "r", 1);
    fold(context, table->name, strlen(table->name));
    fold(context, &index, sizeof index);
    return true;
}

static bool on_row_end(void *context, const struct dnp_table *table, size_t index)
{
    fold(context, "R", 1);
    fold(context, table->name, strlen(table->name));
    fold(context, &index, sizeof index);
    return true;
}

static bool on_unknown(void *context, struct dnp_slice xml)
{
    fold(context, xml.data, xml.length);
    return true;
}

static struct dnp_sink digest_sink(struct digest *digest)
{
    const struct dnp_sink sink = {digest, on_begin, on_end, on_value, on_table, on_row_begin, on_row_end, on_unknown};
    return sink;
}

struct outcome {
    struct digest digest;
    bool good;
    struct dnp_error error;
};

static bool feed_in_pieces(struct dnp_soap_decoder *decoder, struct dnp_slice document, size_t piece,
                           struct dnp_error *error)
{
    while (document.length > 0) {
        struct dnp_slice part = {document.data, document.length < piece ? document.length : piece};
        if (!dnp_soap_decoder_feed(decoder, part, error)) {
            return false;
        }
        document.data += part.length;
        document.length -= part.length;
    }
    return dnp_soap_decoder_finish(decoder, error);
}

static struct outcome decode(struct dnp_soap_decoder *decoder, const struct dnp_type *message,
                             const struct dnp_dialect_info *dialect, enum dnp_side side, struct dnp_slice document,
                             size_t piece)
{
    struct outcome outcome = {.digest = {UINT64_C(14695981039346656037)}};
    const struct dnp_sink sink = digest_sink(&outcome.digest);
    if (!dnp_soap_decoder_start(decoder, message, dialect, side, &sink, &outcome.error) ||
        !feed_in_pieces(decoder, document, piece, &outcome.error)) {
        return outcome;
    }
    outcome.good = true;
    const struct dnp_soap_fault *fault = dnp_soap_decoder_fault(decoder);
    if (fault != NULL) {
        fold(&outcome.digest, fault->code, strlen(fault->code));
        fold(&outcome.digest, fault->text.data, fault->text.length);
        fold(&outcome.digest, fault->detail.data, fault->detail.length);
    }
    return outcome;
}

static bool same_error(const struct dnp_error *a, const struct dnp_error *b)
{
    return a->kind == b->kind && strcmp(a->name, b->name) == 0 && strcmp(a->message, b->message) == 0;
}

static bool same_values(const struct outcome *a, const struct outcome *b)
{
    return a->good == b->good && (!a->good || a->digest.hash == b->digest.hash);
}

/* Of the same pieces everything must be the same, whoever reads them. */
static bool same_outcome(const struct outcome *a, const struct outcome *b)
{
    return same_values(a, b) && (a->good || same_error(&a->error, &b->error));
}

/* Where the last `word` is in `text`; NULL when it is not there. */
static const char *find_last(struct dnp_slice text, const char *word)
{
    size_t length = strlen(word);
    for (size_t i = text.length; i >= length; i--) {
        if (memcmp(text.data + i - length, word, length) == 0) {
            return text.data + i - length;
        }
    }
    return NULL;
}

/* Puts a document into `out` that is like this one, but for a result which can be read. */
static bool make_predecessor(struct dnp_buffer *out, const struct dnp_field *result, struct dnp_slice document)
{
    char tag[DNP_NAME_SIZE + 4];
    char content[2 * DNP_NAME_SIZE + 8];
    if (result->type->kind != DNP_RECORD) {
        return false;
    }
    const struct dnp_field *field = result->type->fields;
    const struct dnp_field *end = field + result->type->field_count;
    (void)snprintf(tag, sizeof tag, "<%s>", result->name);
    const char *opening = find_last(document, tag);
    (void)snprintf(tag, sizeof tag, "</%s>", result->name);
    const char *closing = find_last(document, tag);
    while (field < end && field->type->kind != DNP_STRING && field->type->kind != DNP_INT) {
        field++;
    }
    if (opening == NULL || closing < opening || field == end) {
        return false;
    }
    size_t before = (size_t)(opening - document.data) + strlen(result->name) + 2;
    (void)snprintf(content, sizeof content, "<%s>1</%s>", field->name, field->name);
    return dnp_buffer_append(out, document.data, before) && dnp_buffer_append(out, content, strlen(content)) &&
           dnp_buffer_append(out, closing, (size_t)(document.data + document.length - closing));
}

static struct outcome take_result(struct dnp_soap_decoder *decoder, const struct dnp_operation *operation,
                                  const struct dnp_dialect_info *dialect, struct dnp_slice content, bool *taken)
{
    struct outcome outcome = {.digest = {UINT64_C(14695981039346656037)}};
    const struct dnp_sink sink = digest_sink(&outcome.digest);
    outcome.good =
        dnp_soap_decoder_take_result(decoder, &operation->response, dialect, &sink, content, taken, &outcome.error);
    return outcome;
}

/* Whether the memo of a document that is like this one gives what decoding it does. */
static bool remembers_alike(struct dnp_soap_decoder *decoder, const struct dnp_operation *operation,
                            const struct dnp_dialect_info *dialect, struct dnp_slice document,
                            const struct outcome *plain)
{
    bool same = true;
    bool taken = false;
    struct dnp_memo memo;
    struct dnp_slice content;
    struct dnp_buffer other;
    dnp_memo_init(&memo);
    dnp_buffer_init(&other, SIZE_MAX / 4);
    if (make_predecessor(&other, &operation->response.fields[0], document)) {
        struct dnp_slice text = {other.data, other.length};
        if (decode(decoder, &operation->response, dialect, DNP_CLIENT_SIDE, text, text.length).good) {
            dnp_memo_learn(&memo, operation, text);
        }
        if (dnp_memo_match(&memo, document, &content)) {
            struct outcome outcome = take_result(decoder, operation, dialect, content, &taken);
            same = !taken || same_outcome(plain, &outcome);
        }
    }
    dnp_buffer_free(&other);
    dnp_memo_free(&memo);
    return same;
}

/* Whether a document is decoded alike in all ways. */
static bool decodes_alike(struct dnp_soap_decoder *decoder, const struct dnp_operation *operation,
                          const struct dnp_dialect_info *dialect, enum dnp_side side, struct dnp_slice document,
                          size_t piece)
{
    const struct dnp_type *message = side == DNP_CLIENT_SIDE ? &operation->response : &operation->request;
    struct outcome whole;
    struct outcome pieces;
    bool same = true;
    for (int way = 0; way <= (LEAVES | RECORDS); way++) {
        dnp_soap_decoder_scan_leaves(decoder, (way & LEAVES) != 0);
        dnp_soap_decoder_scan_records(decoder, (way & RECORDS) != 0);
        struct outcome other_whole = decode(decoder, message, dialect, side, document, document.length + 1);
        struct outcome other_pieces = decode(decoder, message, dialect, side, document, piece);
        if (way == 0) {
            whole = other_whole;
            pieces = other_pieces;
        }
        same = same && same_outcome(&whole, &other_whole) && same_outcome(&pieces, &other_pieces);
    }
    return same && same_values(&whole, &pieces) &&
           (side == DNP_SERVER_SIDE || remembers_alike(decoder, operation, dialect, document, &whole));
}

/* The same of an input of the fuzz target: bytes for the operation, the dialect and the size of pieces, a document. */
static inline bool input_decodes_alike(struct dnp_soap_decoder *decoder, struct dnp_slice input)
{
    if (input.length < 3) {
        return true;
    }
    const unsigned char *bytes = (const unsigned char *)input.data;
    const struct dnp_operation *operation = &dnp_operations[bytes[0] % dnp_operation_count];
    const struct dnp_dialect_info *dialect = &dnp_dialects[bytes[1] % dnp_dialect_count];
    size_t piece = (size_t)bytes[2] + 1;
    struct dnp_slice document = {input.data + 3, input.length - 3};
    return decodes_alike(decoder, operation, dialect, DNP_CLIENT_SIDE, document, piece) &&
           decodes_alike(decoder, operation, dialect, DNP_SERVER_SIDE, document, piece);
}

#endif
