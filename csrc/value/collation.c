/*
 * How SQL Server compares text under Latin1_General_CI_AS and its like, which the panels' columns have (WebsitePanel,
 * install_db.sql:40331): case and width make no difference, accents do. Blanks at the end make none either; whoever
 * compares names leaves them out.
 *
 * Latin, Greek, Cyrillic and Armenian letters have a case here; nobody has met others in a user name. Ligatures that SQL
 * Server expands (ss for a sharp s) are not expanded. Nothing depends on the process's locale.
 */
#include "value/collation.h"

#include "base/utf8.h"

/* Capital letters whose small ones are at one distance: each of them, or every second from the first on. */
struct capitals {
    uint16_t first;
    uint16_t last;
    uint16_t step;
    int16_t distance;
};

/* In the order of their numbers. */
static const struct capitals capitals[] = {
    {'A', 'Z', 1, 32},       {0x00C0, 0x00D6, 1, 32}, {0x00D8, 0x00DE, 1, 32}, {0x0100, 0x012E, 2, 1},
    {0x0132, 0x0136, 2, 1},  {0x0139, 0x0147, 2, 1},  {0x014A, 0x0176, 2, 1},  {0x0178, 0x0178, 1, -121},
    {0x0179, 0x017D, 2, 1},  {0x0386, 0x0386, 1, 38}, {0x0388, 0x038A, 1, 37}, {0x038C, 0x038C, 1, 64},
    {0x038E, 0x038F, 1, 63}, {0x0391, 0x03A1, 1, 32}, {0x03A3, 0x03AB, 1, 32}, {0x0400, 0x040F, 1, 80},
    {0x0410, 0x042F, 1, 32}, {0x0460, 0x0480, 2, 1},  {0x048A, 0x04BE, 2, 1},  {0x04C1, 0x04CD, 2, 1},
    {0x04D0, 0x052E, 2, 1},  {0x0531, 0x0556, 1, 48}, {0x1E00, 0x1E94, 2, 1},  {0x1EA0, 0x1EFE, 2, 1},
};

static uint32_t to_small(uint32_t character)
{
    for (size_t i = 0; i < sizeof capitals / sizeof capitals[0] && character >= capitals[i].first; i++) {
        const struct capitals *row = &capitals[i];
        if (character <= row->last && (character - row->first) % row->step == 0) {
            return (uint32_t)((int32_t)character + row->distance);
        }
    }
    return character;
}

/* The usual form of a fullwidth one. */
static uint32_t to_narrow(uint32_t character)
{
    if (character >= 0xFF01 && character <= 0xFF5E) {
        return character - 0xFEE0;
    }
    return character == 0x3000 ? ' ' : character;
}

uint32_t dnp_collation_fold(uint32_t character)
{
    return to_small(to_narrow(character));
}

size_t dnp_collation_fold_text(struct dnp_slice text, char *out)
{
    size_t length = 0;
    while (text.length > 0) {
        length += dnp_utf8_encode(dnp_collation_fold(dnp_utf8_take(&text)), out + length);
    }
    return length;
}
