/*
 * Unknown elements: names and text only. Attributes and namespaces are dropped, since XmlSerializer's records have
 * none; the default namespace of the message applies when they are sent back.
 */
#include "soap/fragment.h"

#include "soap/codec.h"
#include "xml/writer.h"

void dnp_fragment_write(struct dnp_buffer *out, const struct dnp_token *token)
{
    switch (token->kind) {
    case DNP_TOKEN_START:
        dnp_xml_open(out, token->name);
        break;
    case DNP_TOKEN_LEAF:
        dnp_xml_open(out, token->name);
        dnp_xml_text(out, token->text, DNP_TEXT_CLIENT);
        dnp_xml_close(out, token->name);
        break;
    case DNP_TOKEN_END:
        dnp_xml_close(out, token->name);
        break;
    case DNP_TOKEN_TEXT:
        dnp_xml_text(out, token->text, DNP_TEXT_CLIENT);
        break;
    case DNP_TOKEN_NONE:
        break;
    }
}

/* Writes all tokens that are ready but those of the wrapping element, and text that is right inside it. */
static void write_ready(struct dnp_buffer *out, struct dnp_xml_reader *reader, size_t *depth)
{
    struct dnp_token token;
    for (dnp_xml_next(reader, &token); token.kind != DNP_TOKEN_NONE; dnp_xml_next(reader, &token)) {
        if (token.kind == DNP_TOKEN_END) {
            (*depth)--;
        }
        if (*depth > (token.kind == DNP_TOKEN_TEXT ? 1U : 0U)) {
            dnp_fragment_write(out, &token);
        }
        if (token.kind == DNP_TOKEN_START) {
            (*depth)++;
        }
    }
}

static bool copy_with(struct dnp_xml_reader *reader, struct dnp_buffer *out, struct dnp_slice xml,
                      struct dnp_error *error)
{
    const struct dnp_slice pieces[] = {dnp_slice_of("<f>"), xml, dnp_slice_of("</f>")};
    size_t depth = 0;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        if (!dnp_xml_feed(reader, pieces[i], error)) {
            return false;
        }
        write_ready(out, reader, &depth);
    }
    bool complete = dnp_xml_finish(reader, error);
    write_ready(out, reader, &depth);
    return complete;
}

bool dnp_fragment_copy(struct dnp_buffer *out, struct dnp_slice xml, struct dnp_error *error)
{
    struct dnp_xml_reader *reader = dnp_xml_reader_new(DNP_SOAP_MAX_TEXT);
    if (reader == NULL) {
        return dnp_fail_memory(error);
    }
    bool copied = copy_with(reader, out, xml, error);
    dnp_xml_reader_free(reader);
    return copied;
}
