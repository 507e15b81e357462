/* Borrowed bytes: never owned, valid as long as what they were taken from. */
#ifndef DNP_SLICE_H
#define DNP_SLICE_H

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

#endif
