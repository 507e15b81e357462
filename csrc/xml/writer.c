/*
 * XML escaping.
 *
 * Never fails by itself: the buffer keeps the failure.
 */
#include "xml/writer.h"

#include <stdio.h>

static void tag(struct dnp_buffer *out, const char *before, const char *name, const char *after)
{
    dnp_buffer_puts(out, before);
    dnp_buffer_puts(out, name);
    dnp_buffer_puts(out, after);
}

void dnp_xml_open(struct dnp_buffer *out, const char *name)
{
    tag(out, "<", name, ">");
}

void dnp_xml_close(struct dnp_buffer *out, const char *name)
{
    tag(out, "</", name, ">");
}

void dnp_xml_empty(struct dnp_buffer *out, const char *name)
{
    tag(out, "<", name, " />");
}

/* What stands for `byte`, or NULL when it stands for itself. */
static const char *markup_escape(char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    default:
        return NULL;
    }
}

/* A reference for a character that XML forbids, as ASMX writes it; returns how many bytes it stands for, or 0. */
static size_t asmx_reference(struct dnp_slice text, size_t at, char *reference, size_t size)
{
    uint32_t code = 0;
    struct dnp_slice rest = {text.data + at, text.length - at};
    size_t length = dnp_utf8_decode(rest, &code);
    if (length == 0 || dnp_is_xml_character(code)) {
        return 0;
    }
    (void)snprintf(reference, size, "&#x%X;", (unsigned)code);
    return length;
}

void dnp_xml_text(struct dnp_buffer *out, struct dnp_slice text, enum dnp_text_mode mode)
{
    size_t copied = 0;
    size_t at = 0;
    while (at < text.length) {
        unsigned char byte = (unsigned char)text.data[at];
        char reference[16];
        const char *escape = markup_escape(text.data[at]);
        size_t length = 1;
        if (byte == '\r' && mode == DNP_TEXT_CLIENT) {
            escape = "&#13;";
        } else if (mode == DNP_TEXT_ASMX && (byte < 0x20 || byte == 0xED || byte == 0xEF)) {
            size_t forbidden = asmx_reference(text, at, reference, sizeof reference);
            escape = forbidden > 0 ? reference : NULL;
            length = forbidden > 0 ? forbidden : 1;
        }
        if (escape != NULL) {
            dnp_buffer_append(out, text.data + copied, at - copied);
            dnp_buffer_puts(out, escape);
            copied = at + length;
        }
        at += length;
    }
    dnp_buffer_append(out, text.data + copied, text.length - copied);
}

void dnp_xml_attribute_text(struct dnp_buffer *out, struct dnp_slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        const char *escape = text.data[i] == '"' ? "&quot;" : markup_escape(text.data[i]);
        if (escape != NULL) {
            dnp_buffer_puts(out, escape);
        } else {
            dnp_buffer_append(out, text.data + i, 1);
        }
    }
}
