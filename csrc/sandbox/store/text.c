/*
 * Text as SQL Server keeps it, and the key by which it finds names equal: value/collation.h, without blanks at the end.
 */
#include "sandbox/store/text.h"

#include "base/utf8.h"
#include "value/column.h"

/* The bytes of the character at the front, 0 when they are not UTF-8. */
static size_t valid_length(struct dnp_slice text)
{
    uint32_t character = 0;
    size_t length = dnp_utf8_decode(text, &character);
    return dnp_is_surrogate(character) ? 0 : length;
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

size_t dnp_text_key(struct dnp_slice text, char *out)
{
    size_t length = dnp_collation_fold_text(text, out);
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
        size_t needed = dnp_utf8_take(&rest) >= 0x10000 ? 2 : 1;
        if (needed > units) {
            text.length -= before.length;
            break;
        }
        units -= needed;
    }
    return text;
}

size_t dnp_text_narrow(struct dnp_slice text, size_t most, char *out)
{
    size_t length = 0;
    for (; text.length > 0 && most > 0; most--) {
        uint32_t character = dnp_utf8_take(&text);
        length += dnp_utf8_encode(dnp_column_is_narrow(character) ? character : '?', out + length);
    }
    return length;
}
