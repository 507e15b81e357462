/*
 * "Did you mean ...?": the nearest of the names that would have been right.
 */
#ifndef DNP_SUGGEST_H
#define DNP_SUGGEST_H

#include <stddef.h>

struct dnp_suggestion {
    const char *wanted;
    size_t wanted_length;
    const char *best; /* NULL: nothing is near */
    size_t distance;
};

void dnp_suggest_start(struct dnp_suggestion *suggestion, const char *wanted, size_t length);
/* Of several that are as near, the first of the alphabet is the best. */
void dnp_suggest_consider(struct dnp_suggestion *suggestion, const char *candidate);
/* Writes "; did you mean 'best'?", or nothing. */
void dnp_suggest_format(const struct dnp_suggestion *suggestion, char *text, size_t size);

#endif
