/*
 * Fuzz target for the decoder. The first byte picks the operation, the second the dialect, the third the size of the
 * pieces; the rest is the document. It is decoded by libxml2 alone, with leaves past it, and with leaves and records past
 * it, whole and in pieces, as a client and as a server: all ways must tell the sink the same and end alike.
 */
#include <stdint.h>
#include <stdlib.h>

#include "soap/codec.h"
#include "soap/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
    const struct dnp_sink sink = {&outcome.digest, on_begin,     on_end,     on_value,
                                  on_table,        on_row_begin, on_row_end, on_unknown};
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

static void redact(struct dnp_slice document)
{
    struct dnp_buffer out;
    dnp_buffer_init(&out, SIZE_MAX / 4);
    (void)dnp_redact_xml(&out, document);
    dnp_buffer_free(&out);
}

static bool same_error(const struct dnp_error *a, const struct dnp_error *b)
{
    return a->kind == b->kind && strcmp(a->name, b->name) == 0 && strcmp(a->message, b->message) == 0;
}

static void require_same_values(const struct outcome *a, const struct outcome *b)
{
    if (a->good != b->good || (a->good && a->digest.hash != b->digest.hash)) {
        abort();
    }
}

/* Of the same pieces everything must be the same, whoever reads them. */
static void require_alike(const struct outcome *a, const struct outcome *b)
{
    require_same_values(a, b);
    if (!a->good && !same_error(&a->error, &b->error)) {
        abort();
    }
}

static void check_side(struct dnp_soap_decoder *decoder, const struct dnp_type *message,
                       const struct dnp_dialect_info *dialect, enum dnp_side side, struct dnp_slice document,
                       size_t piece)
{
    struct outcome whole;
    struct outcome pieces;
    for (int way = 0; way <= (LEAVES | RECORDS); way++) {
        dnp_soap_decoder_scan_leaves(decoder, (way & LEAVES) != 0);
        dnp_soap_decoder_scan_records(decoder, (way & RECORDS) != 0);
        struct outcome other_whole = decode(decoder, message, dialect, side, document, document.length + 1);
        struct outcome other_pieces = decode(decoder, message, dialect, side, document, piece);
        if (way == 0) {
            whole = other_whole;
            pieces = other_pieces;
            require_same_values(&whole, &pieces);
        } else {
            require_alike(&whole, &other_whole);
            require_alike(&pieces, &other_pieces);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct dnp_soap_limits limits = {1024 * 1024};
    if (size < 3) {
        return 0;
    }
    const struct dnp_operation *operation = &dnp_operations[data[0] % dnp_operation_count];
    const struct dnp_dialect_info *dialect = &dnp_dialects[data[1] % dnp_dialect_count];
    size_t piece = (size_t)data[2] + 1;
    struct dnp_slice document = {(const char *)data + 3, size - 3};
    struct dnp_soap_decoder *decoder = dnp_soap_decoder_new(&limits);
    if (decoder == NULL) {
        return 0;
    }
    check_side(decoder, &operation->response, dialect, DNP_CLIENT_SIDE, document, piece);
    check_side(decoder, &operation->request, dialect, DNP_SERVER_SIDE, document, piece);
    dnp_soap_decoder_free(decoder);
    redact(document);
    return 0;
}
