/* Characters: as UTF-8, and which of them XML and terminals take. */
#ifndef DNP_UTF8_H
#define DNP_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define DNP_UTF8_LONGEST 4

/* Returns how many bytes it takes. A surrogate is encoded like any other number. */
static inline size_t dnp_utf8_encode(uint32_t code, char bytes[DNP_UTF8_LONGEST])
{
    static const unsigned char leads[] = {0, 0, 0xC0U, 0xE0U, 0xF0U};
    size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        bytes[i] = (char)(unsigned char)(0x80U | (code & 0x3FU));
        code >>= 6;
    }
    bytes[0] = (char)(unsigned char)(leads[length] | code);
    return length;
}

/* Takes one character off the front of a text that is not empty; a byte that is not UTF-8 is one by itself. */
static inline uint32_t dnp_utf8_take(struct dnp_slice *text)
{
    unsigned char first = (unsigned char)text->data[0];
    size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint32_t character = length == 1 ? first : first & (0xFFU >> (length + 1));
    if (length > text->length) {
        length = 1;
        character = first;
    }
    for (size_t i = 1; i < length; i++) {
        character = character << 6 | ((unsigned char)text->data[i] & 0x3FU);
    }
    text->data += length;
    text->length -= length;
    return character;
}

/* Reads the character at the front of a text that is not empty; returns its length in bytes, 0 when it is not UTF-8.
 * Surrogates are read. */
size_t dnp_utf8_decode(struct dnp_slice text, uint32_t *code);

static inline bool dnp_is_surrogate(uint32_t code)
{
    return code >= 0xD800 && code <= 0xDFFF;
}

/* The character that two halves of a surrogate pair stand for. */
static inline uint32_t dnp_utf16_join(uint32_t high, uint32_t low)
{
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

/* What XML 1.0 calls Char: the characters that a document can hold, references included. */
bool dnp_is_xml_character(uint32_t code);

/*
 * Where `text` first holds something that an XML 1.0 document cannot carry: bytes that are not UTF-8, a control
 * character, U+FFFE, U+FFFF, a surrogate. Returns `text.length` when it is clean; else `*reason` is a phrase
 * such as "is not UTF-8".
 */
size_t dnp_utf8_check(struct dnp_slice text, const char **reason);

/* A control character of ASCII: none may stand in a header or a path. */
static inline bool dnp_is_control(char byte)
{
    return (unsigned char)byte < 0x20 || byte == 0x7F;
}

/* Puts question marks in place of all that a terminal may obey: control characters, U+0080 to U+009F. */
void dnp_mask_controls(char *text, size_t length);

#endif
