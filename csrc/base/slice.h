/* Borrowed bytes: never owned, valid as long as what they were taken from. */
#ifndef DNP_SLICE_H
#define DNP_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct dnp_slice {
    const char *data;
    size_t length;
};

static inline struct dnp_slice dnp_slice_of(const char *text)
{
    struct dnp_slice slice = {text, strlen(text)};
    return slice;
}

/* The first `most` bytes at most, and no half character of UTF-8 at their end. */
struct dnp_slice dnp_slice_cut(struct dnp_slice text, size_t most);

/* White space as XML knows it. */
static inline bool dnp_is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Without the white space at its ends. */
static inline struct dnp_slice dnp_slice_trimmed(struct dnp_slice text)
{
    while (text.length > 0 && dnp_is_blank(text.data[0])) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && dnp_is_blank(text.data[text.length - 1])) {
        text.length--;
    }
    return text;
}

#endif
