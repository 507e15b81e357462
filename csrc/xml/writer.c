/*
 * XML escaping.
 *
 * Never fails by itself: the buffer keeps the failure.
 */
#include "xml/writer.h"

#include <stdio.h>
#include <string.h>

/* Copies a name and what follows it; returns where that ends. */
static char *put_tag(char *at, const char *before, struct dnp_slice name, const char *after)
{
    while (*before != '\0') {
        *at++ = *before++;
    }
    memcpy(at, name.data, name.length);
    at += name.length;
    while (*after != '\0') {
        *at++ = *after++;
    }
    return at;
}

static void tag(struct dnp_buffer *out, const char *before, const char *text, const char *after)
{
    struct dnp_slice name = dnp_slice_of(text);
    char *at = dnp_buffer_extend(out, strlen(before) + name.length + strlen(after));
    if (at != NULL) {
        (void)put_tag(at, before, name, after);
    }
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

/* Whether a text can be copied as it is. */
static bool is_plain(struct dnp_slice text)
{
    static const bool special[256] = {
        [0] = true,  [1] = true,  [2] = true,   [3] = true,   [4] = true,   [5] = true,    [6] = true,
        [7] = true,  [8] = true,  [11] = true,  [12] = true,  [13] = true,  [14] = true,   [15] = true,
        [16] = true, [17] = true, [18] = true,  [19] = true,  [20] = true,  [21] = true,   [22] = true,
        [23] = true, [24] = true, [25] = true,  [26] = true,  [27] = true,  [28] = true,   [29] = true,
        [30] = true, [31] = true, ['&'] = true, ['<'] = true, ['>'] = true, [0xED] = true, [0xEF] = true};
    for (size_t i = 0; i < text.length; i++) {
        if (special[(unsigned char)text.data[i]]) {
            return false;
        }
    }
    return true;
}

void dnp_xml_element(struct dnp_buffer *out, const char *name, struct dnp_slice text, enum dnp_text_mode mode)
{
    if (!is_plain(text)) {
        dnp_xml_open(out, name);
        dnp_xml_text(out, text, mode);
        dnp_xml_close(out, name);
        return;
    }
    struct dnp_slice element = dnp_slice_of(name);
    char *at = dnp_buffer_extend(out, strlen("<></>") + 2 * element.length + text.length);
    if (at != NULL) {
        at = put_tag(at, "<", element, ">");
        if (text.length > 0) {
            memcpy(at, text.data, text.length);
        }
        (void)put_tag(at + text.length, "</", element, ">");
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
