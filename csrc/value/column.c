/*
 * How SQL Server measures and narrows text. The panels' columns have the collation Latin1_General_CI_AS (WebsitePanel,
 * install_db.sql:40331) or the server's own, of which code page 1252 is the usual one.
 */
#include "value/column.h"

#include "base/utf8.h"

/* What code page 1252 has between 0x80 and 0x9F. */
static const uint16_t windows_1252[] = {0x20AC, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030,
                                        0x0160, 0x2039, 0x0152, 0x017D, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
                                        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x017E, 0x0178};

size_t dnp_column_units(struct dnp_slice text)
{
    size_t units = 0;
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        units += (byte & 0xC0U) == 0x80U ? 0 : byte >= 0xF0 ? 2 : 1;
    }
    return units;
}

bool dnp_column_is_narrow(uint32_t character)
{
    if (character <= 0xFF) {
        return character < 0x80 || character >= 0xA0;
    }
    for (size_t i = 0; i < sizeof windows_1252 / sizeof windows_1252[0]; i++) {
        if (windows_1252[i] == character) {
            return true;
        }
    }
    return false;
}

size_t dnp_column_find_wide(struct dnp_slice text)
{
    struct dnp_slice rest = text;
    while (rest.length > 0) {
        size_t at = text.length - rest.length;
        if (!dnp_column_is_narrow(dnp_utf8_take(&rest))) {
            return at;
        }
    }
    return text.length;
}

static bool is_space(uint32_t character)
{
    return character == ' ' || (character >= 0x09 && character <= 0x0D) || character == 0x85 || character == 0xA0 ||
           character == 0x1680 || (character >= 0x2000 && character <= 0x200A) || character == 0x2028 ||
           character == 0x2029 || character == 0x202F || character == 0x205F || character == 0x3000;
}

bool dnp_column_trims(struct dnp_slice text)
{
    bool first = true;
    bool space = false;
    while (text.length > 0) {
        space = is_space(dnp_utf8_take(&text));
        if (first && space) {
            return true;
        }
        first = false;
    }
    return space;
}
