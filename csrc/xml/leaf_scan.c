/*
 * Scanning for one leaf, byte by byte, with a table of what each byte may be.
 */
#include "xml/leaf_scan.h"

#include <stdbool.h>

#include "base/utf8.h"

enum {
    NAME_START = 1,
    NAME = 2,
    TEXT = 4,
    HIGH = 8 /* part of a character beyond ASCII: valid text only if the whole is valid UTF-8 */
};

#define LETTER (NAME_START | NAME | TEXT)
#define DIGIT (NAME | TEXT)
#define L LETTER
#define D DIGIT
#define T TEXT
#define H (TEXT | HIGH)

/* clang-format off */
/* A carriage return is no TEXT: libxml2 turns it into a line feed. */
static const unsigned char classes[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, T, T, 0, 0, 0, 0, 0, /* tab, line feed */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* */
    T, T, T, T, T, T, 0, T, T, T, T, T, T, D, D, T, /* not & */
    D, D, D, D, D, D, D, D, D, D, T, T, 0, T, T, T, /* not < */
    T, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, /* */
    L, L, L, L, L, L, L, L, L, L, L, T, T, 0, T, L, /* not ] */
    T, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, /* */
    L, L, L, L, L, L, L, L, L, L, L, T, T, T, T, T, /* */
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* 0x80 */
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* */
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* */
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* */
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* */
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* */
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* */
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* */
};
/* clang-format on */

static unsigned class_of(const char *at)
{
    return classes[(unsigned char)*at];
}

static bool is_clean(struct dnp_slice text)
{
    const char *reason = NULL;
    return dnp_utf8_check(text, &reason) == text.length;
}

/* The text at `at` up to the next "<"; NULL when the parser has to look at it. */
static const char *read_text(const char *at, const char *end, struct dnp_slice *text)
{
    unsigned seen = 0;
    text->data = at;
    while (at < end && (class_of(at) & TEXT) != 0) {
        seen |= class_of(at);
        at++;
    }
    text->length = (size_t)(at - text->data);
    if (at == end || *at != '<' || ((seen & HIGH) != 0 && !is_clean(*text))) {
        return NULL;
    }
    return at;
}

/* "</Name>" at `at`; returns the byte after it, or NULL. */
static const char *read_close(const char *at, const char *end, struct dnp_slice name)
{
    if ((size_t)(end - at) < name.length + 3 || at[1] != '/' || memcmp(at + 2, name.data, name.length) != 0 ||
        at[2 + name.length] != '>') {
        return NULL;
    }
    return at + name.length + 3;
}

/* "/>" or " />" at `at`; returns the byte after it, or NULL. */
static const char *read_empty(const char *at, const char *end)
{
    if (at < end && *at == ' ') {
        at++;
    }
    return end - at >= 2 && at[0] == '/' && at[1] == '>' ? at + 2 : NULL;
}

size_t dnp_leaf_scan(struct dnp_slice bytes, struct dnp_scanned_leaf *leaf)
{
    const char *at = bytes.data;
    const char *end = bytes.data + bytes.length;
    while (at < end && dnp_is_blank(*at)) {
        at++;
    }
    if (end - at < 2 || at[0] != '<' || (class_of(at + 1) & NAME_START) == 0) {
        return 0;
    }
    leaf->name.data = ++at;
    while (at < end && (class_of(at) & NAME) != 0) {
        at++;
    }
    leaf->name.length = (size_t)(at - leaf->name.data);
    const char *after = NULL;
    if (at < end && *at == '>') {
        at = read_text(at + 1, end, &leaf->text);
        after = at != NULL ? read_close(at, end, leaf->name) : NULL;
    } else {
        leaf->text.data = "";
        leaf->text.length = 0;
        after = read_empty(at, end);
    }
    return after != NULL ? (size_t)(after - bytes.data) : 0;
}
