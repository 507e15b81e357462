/*
 * Decoding _xHHHH_ and _xHHHHHHHH_, each one UTF-16 unit or a whole character.
 */
#include "xml/element_name.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

static int hex_digit(char letter)
{
    if (letter >= '0' && letter <= '9') {
        return letter - '0';
    }
    if ((letter >= 'a' && letter <= 'f') || (letter >= 'A' && letter <= 'F')) {
        return (letter | 0x20) - 'a' + 10;
    }
    return -1;
}

/* The number at `at`; returns how many bytes it takes, 0 when there is none. */
static size_t read_escape(const char *at, uint32_t *code)
{
    size_t digits = 0;
    if (at[0] != '_' || (at[1] != 'x' && at[1] != 'X')) {
        return 0;
    }
    *code = 0;
    while (digits < 8 && hex_digit(at[2 + digits]) >= 0) {
        *code = *code * 16 + (uint32_t)hex_digit(at[2 + digits]);
        digits++;
    }
    return (digits == 4 || digits == 8) && at[2 + digits] == '_' ? digits + 3 : 0;
}

/* The same with two halves of a surrogate pair as one. */
static size_t read_character(const char *at, uint32_t *code)
{
    size_t length = read_escape(at, code);
    if (length > 0 && *code >= 0xD800 && *code < 0xDC00) {
        uint32_t low = 0;
        size_t more = read_escape(at + length, &low);
        if (more > 0 && low >= 0xDC00 && low <= 0xDFFF) {
            *code = dnp_utf16_join(*code, low);
            return length + more;
        }
    }
    return length > 0 && *code >= 0x20 && dnp_is_xml_character(*code) ? length : 0;
}

void dnp_xml_decode_name(char *name)
{
    const char *from = name;
    char *to = name;
    while (*from != '\0') {
        uint32_t code = 0;
        size_t length = read_character(from, &code);
        if (length == 0) {
            *to++ = *from++;
        } else {
            to += dnp_utf8_encode(code, to);
            from += length;
        }
    }
    *to = '\0';
}
