/*
 * Characters: the one place that knows how UTF-8 is read, and which characters XML and terminals take.
 */
#include "base/utf8.h"

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0U) == 0x80U;
}

/* By the first byte; 0 for one that begins no character. The bits that it has of the character go to `*code`. */
static size_t length_by_first(unsigned char first, uint32_t *code)
{
    size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    *code = length <= 1 ? first : first & (0xFFU >> (length + 1));
    return length;
}

size_t dnp_utf8_decode(struct dnp_slice text, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = length_by_first((unsigned char)text.data[0], code);
    if (length > text.length) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if (!is_continuation(text.data[i])) {
            return 0;
        }
        *code = (*code << 6) | ((unsigned char)text.data[i] & 0x3FU);
    }
    return *code >= least[length] && *code <= 0x10FFFF ? length : 0;
}

struct dnp_slice dnp_slice_cut(struct dnp_slice text, size_t most)
{
    if (text.length > most) {
        text.length = most;
        while (text.length > 0 && is_continuation(text.data[text.length])) {
            text.length--;
        }
    }
    return text;
}

bool dnp_is_xml_character(uint32_t code)
{
    if (code < 0x20) {
        return code == '\t' || code == '\n' || code == '\r';
    }
    return !dnp_is_surrogate(code) && code != 0xFFFE && code != 0xFFFF && code <= 0x10FFFF;
}

/* Most of most texts; the rest is looked at by the character. */
static bool is_plain(char byte)
{
    return (unsigned char)byte >= 0x20 && (unsigned char)byte < 0x80;
}

size_t dnp_utf8_check(struct dnp_slice text, const char **reason)
{
    size_t at = 0;
    while (at < text.length) {
        uint32_t code = 0;
        if (is_plain(text.data[at])) {
            at++;
            continue;
        }
        struct dnp_slice rest = {text.data + at, text.length - at};
        size_t length = dnp_utf8_decode(rest, &code);
        if (length == 0 || dnp_is_surrogate(code)) {
            *reason = "is not UTF-8";
            break;
        }
        if (!dnp_is_xml_character(code)) {
            *reason = code < 0x20 ? "holds a control character, which XML cannot carry"
                                  : "holds U+FFFE or U+FFFF, which XML cannot carry";
            break;
        }
        at += length;
    }
    return at;
}

void dnp_mask_controls(char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char next = (unsigned char)(i + 1 < length ? text[i + 1] : 0);
        if (dnp_is_control(text[i])) {
            text[i] = '?';
        } else if ((unsigned char)text[i] == 0xC2 && next >= 0x80 && next < 0xA0) {
            text[i] = '?';
            text[i + 1] = '?';
        }
    }
}
