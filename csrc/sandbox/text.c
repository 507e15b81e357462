/*
 * Text as SQL Server sees it under its usual collation (Latin1_General_CI_AS and its like): case and width make no
 * difference, accents do, blanks at the end are not there.
 *
 * Case is that of the C library's Unicode locale. Ligatures that SQL Server expands (ss for a sharp s) are not: nobody
 * has met them in a user name, and they would need tables.
 */
#include "sandbox/text.h"

#include <wctype.h>

/* What code page 1252 has between 0x80 and 0x9F. */
static const uint16_t windows_1252[] = {0x20AC, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030,
                                        0x0160, 0x2039, 0x0152, 0x017D, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
                                        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x017E, 0x0178};

uint32_t dnp_text_take(struct dnp_slice *text)
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

size_t dnp_text_put(uint32_t character, char *out)
{
    if (character < 0x80) {
        out[0] = (char)character;
        return 1;
    }
    size_t length = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80U | (character & 0x3FU));
        character >>= 6;
    }
    out[0] = (char)(((0xF00U >> length) & 0xFFU) | character);
    return length;
}

uint32_t dnp_text_fold(locale_t locale, uint32_t character)
{
    if (character >= 0xFF01 && character <= 0xFF5E) {
        character -= 0xFEE0; /* fullwidth forms of ASCII */
    } else if (character == 0x3000) {
        character = ' ';
    }
    if (character < 0x80) {
        return character >= 'A' && character <= 'Z' ? character + ('a' - 'A') : character;
    }
    return locale != (locale_t)0 ? (uint32_t)towlower_l((wint_t)character, locale) : character;
}

/* The bytes of the character at the front, 0 when they are not UTF-8. */
static size_t valid_length(struct dnp_slice text)
{
    unsigned char first = (unsigned char)text.data[0];
    size_t length = first < 0x80 ? 1 : first >= 0xC2 && first < 0xE0 ? 2 : first >= 0xE0 && first < 0xF0 ? 3 : 4;
    if (first >= 0x80 && (first < 0xC2 || first > 0xF4 || length > text.length)) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if (((unsigned char)text.data[i] & 0xC0U) != 0x80U) {
            return 0;
        }
    }
    text.length = length;
    uint32_t character = dnp_text_take(&text);
    bool overlong = (length == 3 && character < 0x800) || (length == 4 && character < 0x10000);
    return overlong || (character >= 0xD800 && character <= 0xDFFF) || character > 0x10FFFF ? 0 : length;
}

bool dnp_text_repair(struct dnp_slice text, struct dnp_buffer *out)
{
    while (text.length > 0) {
        size_t good = 0;
        struct dnp_slice rest = text;
        for (size_t length = 1; length > 0 && rest.length > 0; good += length) {
            length = valid_length(rest);
            rest.data += length;
            rest.length -= length;
        }
        dnp_buffer_append(out, text.data, good);
        text = rest;
        if (text.length > 0) {
            dnp_buffer_puts(out, "\xEF\xBF\xBD");
            text.data++;
            text.length--;
        }
    }
    return out->state == DNP_BUFFER_OK;
}

size_t dnp_text_key(locale_t locale, struct dnp_slice text, char *out)
{
    size_t length = 0;
    while (text.length > 0) {
        length += dnp_text_put(dnp_text_fold(locale, dnp_text_take(&text)), out + length);
    }
    while (length > 0 && out[length - 1] == ' ') {
        length--;
    }
    return length;
}

struct dnp_slice dnp_text_cut(struct dnp_slice text, size_t units)
{
    struct dnp_slice rest = text;
    while (rest.length > 0) {
        struct dnp_slice before = rest;
        size_t needed = dnp_text_take(&rest) >= 0x10000 ? 2 : 1;
        if (needed > units) {
            text.length -= before.length;
            break;
        }
        units -= needed;
    }
    return text;
}

static bool is_narrow(uint32_t character)
{
    for (size_t i = 0; i < sizeof windows_1252 / sizeof windows_1252[0]; i++) {
        if (windows_1252[i] == character) {
            return true;
        }
    }
    return character < 0x80 || (character >= 0xA0 && character <= 0xFF);
}

size_t dnp_text_narrow(struct dnp_slice text, size_t most, char *out)
{
    size_t length = 0;
    for (; text.length > 0 && most > 0; most--) {
        uint32_t character = dnp_text_take(&text);
        length += dnp_text_put(is_narrow(character) ? character : '?', out + length);
    }
    return length;
}
