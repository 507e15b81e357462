/* One character to UTF-8 and back. Surrogates are encoded like any other number. */
#ifndef DNP_UTF8_H
#define DNP_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define DNP_UTF8_LONGEST 4

/* Returns how many bytes it takes. */
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

/* The character that two halves of a surrogate pair stand for. */
static inline uint32_t dnp_utf16_join(uint32_t high, uint32_t low)
{
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

#endif
