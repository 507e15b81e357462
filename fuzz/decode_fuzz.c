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
    struct dnp_slice input = {(const char *)data, size};
    struct dnp_soap_decoder *decoder = dnp_soap_decoder_new(&limits);
    if (decoder == NULL) {
        return 0;
    }
    if (!input_decodes_alike(decoder, input)) {
        abort();
    }
    dnp_soap_decoder_free(decoder);
    redact(input);
    return 0;
}
