/*
 * Fuzz target for the decoder. The first byte picks the operation, the second the dialect, the third the size of the
 * pieces; the rest is the document, which all ways of decoding must read alike, as a client's and as a server's.
 */
#include "decode_ways.h"
#include "soap/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void redact(struct dnp_slice document)
{
    struct dnp_buffer out;
    dnp_buffer_init(&out, SIZE_MAX / 4);
    (void)dnp_redact_xml(&out, document);
    dnp_buffer_free(&out);
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
    if (!decodes_alike(decoder, operation, dialect, DNP_CLIENT_SIDE, document, piece) ||
        !decodes_alike(decoder, operation, dialect, DNP_SERVER_SIDE, document, piece)) {
        abort();
    }
    dnp_soap_decoder_free(decoder);
    redact(document);
    return 0;
}
