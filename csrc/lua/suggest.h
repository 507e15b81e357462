/*
 * "Did you mean ...?": the nearest of the names that would have been right.
 */
#ifndef LDNP_SUGGEST_H
#define LDNP_SUGGEST_H

#include <stddef.h>

struct ldnp_suggestion {
    const char *wanted;
    size_t wanted_length;
    const char *best; /* NULL: nothing is near */
    size_t distance;
};

void ldnp_suggest_start(struct ldnp_suggestion *suggestion, const char *wanted, size_t length);
void ldnp_suggest_consider(struct ldnp_suggestion *suggestion, const char *candidate);
/* Writes "; did you mean 'best'?", or nothing. */
void ldnp_suggest_format(const struct ldnp_suggestion *suggestion, char *text, size_t size);

#endif
