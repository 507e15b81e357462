/*
 * XML escaping.
 *
 * Never fails by itself: the buffer keeps the failure.
 */
#include "xml/writer.h"

#include <stdio.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* As dnp_buffer_extend, but for the call when there is room. */
static inline char *extend(struct dnp_buffer *out, size_t length)
{
    if (out->state != DNP_BUFFER_OK || length >= out->capacity - out->length || length > out->ceiling - out->length) {
        return dnp_buffer_extend(out, length);
    }
    char *added = out->data + out->length;
    out->length += length;
    added[length] = '\0';
    return added;
}

/* Names and most texts are short: two copies of known size, which may overlap, take less than the call of one. */
static inline char *put(char *at, const char *bytes, size_t length)
{
    if (length >= 8 && length <= 16) {
        memcpy(at, bytes, 8);
        memcpy(at + length - 8, bytes + length - 8, 8);
    } else if (length >= 4 && length <= 8) {
        memcpy(at, bytes, 4);
        memcpy(at + length - 4, bytes + length - 4, 4);
    } else {
        memcpy(at, bytes, length);
    }
    return at + length;
}

void dnp_xml_open(struct dnp_buffer *out, const char *name)
{
    size_t length = strlen(name);
    char *at = extend(out, length + 2);
    if (at != NULL) {
        *at++ = '<';
        *put(at, name, length) = '>';
    }
}

void dnp_xml_close(struct dnp_buffer *out, const char *name)
{
    size_t length = strlen(name);
    char *at = extend(out, length + 3);
    if (at != NULL) {
        at = put(at, "</", 2);
        *put(at, name, length) = '>';
    }
}

void dnp_xml_empty(struct dnp_buffer *out, const char *name)
{
    size_t length = strlen(name);
    char *at = extend(out, length + 4);
    if (at != NULL) {
        *at++ = '<';
        (void)put(put(at, name, length), " />", 3);
    }
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

/* Whether a text can be copied as it is, byte by byte. */
static bool is_plain_slowly(const char *text, size_t length)
{
    static const bool special[256] = {
        [0] = true,  [1] = true,  [2] = true,   [3] = true,   [4] = true,   [5] = true,    [6] = true,
        [7] = true,  [8] = true,  [11] = true,  [12] = true,  [13] = true,  [14] = true,   [15] = true,
        [16] = true, [17] = true, [18] = true,  [19] = true,  [20] = true,  [21] = true,   [22] = true,
        [23] = true, [24] = true, [25] = true,  [26] = true,  [27] = true,  [28] = true,   [29] = true,
        [30] = true, [31] = true, ['&'] = true, ['<'] = true, ['>'] = true, [0xED] = true, [0xEF] = true};
    for (size_t i = 0; i < length; i++) {
        if (special[(unsigned char)text[i]]) {
            return false;
        }
    }
    return true;
}

#ifdef __SSE2__
static inline bool is_plain_block(__m128i bytes)
{
    const __m128i two = _mm_or_si128(bytes, _mm_set1_epi8(2)); /* < becomes >, 0xED becomes 0xEF */
    const __m128i special = _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi8(two, _mm_set1_epi8('>')), _mm_cmpeq_epi8(two, _mm_set1_epi8((char)0xEF))),
        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('&')),
                     _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes)));
    return _mm_movemask_epi8(special) == 0;
}

static inline __m128i load_8(const char *text)
{
    return _mm_loadl_epi64((const __m128i *)(const void *)text);
}

static inline int load_4(const char *text)
{
    int word = 0;
    memcpy(&word, text, sizeof word);
    return word;
}

/* Sixteen bytes at once, the last ones perhaps twice. Where it finds a tab or a line feed, it need not know better. */
static inline bool is_plain(const char *text, size_t length)
{
    if (length < 4) {
        return is_plain_slowly(text, length);
    }
    if (length < 8) {
        int last = load_4(text + length - 4);
        return is_plain_block(_mm_set_epi32(last, last, last, load_4(text)));
    }
    if (length < 16) {
        return is_plain_block(_mm_unpacklo_epi64(load_8(text), load_8(text + length - 8)));
    }
    for (size_t i = 0; i + 16 < length; i += 16) {
        if (!is_plain_block(_mm_loadu_si128((const __m128i *)(const void *)(text + i)))) {
            return false;
        }
    }
    return is_plain_block(_mm_loadu_si128((const __m128i *)(const void *)(text + length - 16)));
}
#else
static inline bool is_plain(const char *text, size_t length)
{
    return is_plain_slowly(text, length);
}
#endif

void dnp_xml_plain_element(struct dnp_buffer *out, const char *name, struct dnp_slice text)
{
    size_t length = strlen(name);
    char *at = extend(out, strlen("<></>") + 2 * length + text.length);
    if (at != NULL) {
        *at++ = '<';
        at = put(at, name, length);
        *at++ = '>';
        at = put(put(at, text.data, text.length), "</", 2);
        *put(at, name, length) = '>';
    }
}

void dnp_xml_element(struct dnp_buffer *out, const char *name, struct dnp_slice text, enum dnp_text_mode mode)
{
    if (text.length > 0 && is_plain(text.data, text.length)) {
        dnp_xml_plain_element(out, name, text);
    } else {
        dnp_xml_open(out, name);
        dnp_xml_text(out, text, mode);
        dnp_xml_close(out, name);
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

/* As ASP.NET does. */
static void put_asmx_text(struct dnp_buffer *out, struct dnp_slice text)
{
    size_t copied = 0;
    size_t at = 0;
    while (at < text.length) {
        unsigned char byte = (unsigned char)text.data[at];
        char reference[16];
        const char *escape = markup_escape(text.data[at]);
        size_t length = 1;
        if (byte < 0x20 || byte == 0xED || byte == 0xEF) {
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

/* References that a client sends, by the byte that they stand for. */
struct reference {
    unsigned char length; /* 0: the byte stands for itself */
    char text[6];
};

static const struct reference references[256] = {
    ['&'] = {5, "&amp;"}, ['<'] = {4, "&lt;"}, ['>'] = {4, "&gt;"}, ['\r'] = {5, "&#13;"}};

/* Room for all of it is taken at once. */
static void put_client_text(struct dnp_buffer *out, struct dnp_slice text)
{
    size_t length = text.length;
    for (size_t i = 0; i < text.length; i++) {
        size_t reference = references[(unsigned char)text.data[i]].length;
        length += reference > 0 ? reference - 1 : 0;
    }
    char *at = extend(out, length);
    for (size_t i = 0; at != NULL && i < text.length; i++) {
        const struct reference *reference = &references[(unsigned char)text.data[i]];
        if (reference->length > 0) {
            at = put(at, reference->text, reference->length);
        } else {
            *at++ = text.data[i];
        }
    }
}

void dnp_xml_text(struct dnp_buffer *out, struct dnp_slice text, enum dnp_text_mode mode)
{
    if (mode == DNP_TEXT_CLIENT) {
        put_client_text(out, text);
    } else {
        put_asmx_text(out, text);
    }
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
