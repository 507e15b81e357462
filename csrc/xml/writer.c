/*
 * XML escaping and the check of what XML can carry.
 *
 * Never fails by itself: the buffer keeps the failure.
 */
#include "xml/writer.h"

#include <stdint.h>
#include <stdio.h>

/* What XML 1.0 calls Char: the characters that a document can hold, references included. */
static bool is_xml_character(uint32_t code)
{
    if (code < 0x20) {
        return code == '\t' || code == '\n' || code == '\r';
    }
    if (code >= 0xD800 && code <= 0xDFFF) {
        return false;
    }
    return code != 0xFFFE && code != 0xFFFF && code <= 0x10FFFF;
}

/* Decodes the character at `at`; returns its length in bytes, or 0 when it is not UTF-8 (a surrogate decodes). */
static size_t decode(struct dnp_slice text, size_t at, uint32_t *code)
{
    const unsigned char *bytes = (const unsigned char *)text.data + at;
    size_t left = text.length - at;
    size_t length = 0;
    uint32_t minimum = 0;
    if (bytes[0] < 0x80) {
        *code = bytes[0];
        return 1;
    }
    if (bytes[0] >= 0xC2 && bytes[0] < 0xE0) {
        length = 2;
        minimum = 0x80;
        *code = bytes[0] & 0x1FU;
    } else if (bytes[0] >= 0xE0 && bytes[0] < 0xF0) {
        length = 3;
        minimum = 0x800;
        *code = bytes[0] & 0x0FU;
    } else if (bytes[0] >= 0xF0 && bytes[0] < 0xF5) {
        length = 4;
        minimum = 0x10000;
        *code = bytes[0] & 0x07U;
    }
    if (length == 0 || length > left) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0U) != 0x80U) {
            return 0;
        }
        *code = (*code << 6) | (bytes[i] & 0x3FU);
    }
    return *code >= minimum && *code <= 0x10FFFF ? length : 0;
}

size_t dnp_xml_text_check(struct dnp_slice text, const char **reason)
{
    size_t at = 0;
    while (at < text.length) {
        uint32_t code = 0;
        size_t length = decode(text, at, &code);
        if (length == 0 || (code >= 0xD800 && code <= 0xDFFF)) {
            *reason = "is not UTF-8";
            return at;
        }
        if (!is_xml_character(code)) {
            *reason = code < 0x20 ? "holds a control character, which XML cannot carry"
                                  : "holds U+FFFE or U+FFFF, which XML cannot carry";
            return at;
        }
        at += length;
    }
    return at;
}

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
    size_t length = decode(text, at, &code);
    if (length == 0 || is_xml_character(code)) {
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
