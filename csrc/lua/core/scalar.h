/*
 * One Lua value as the value of a field.
 */
#ifndef LDNP_SCALAR_H
#define LDNP_SCALAR_H

#include "lua/core/source.h"

/* What the value on top of the stack is to become. */
struct ldnp_place {
    struct ldnp_source *source;
    const struct dnp_field *field;
    const char *name; /* NULL: a whole argument */
    size_t index;     /* in the enclosing array */
};

/* Reads the value on top of the stack, which stays there. Text is borrowed from it, or from the source. */
enum dnp_presence ldnp_get_scalar(const struct ldnp_place *place, struct dnp_value *value);

#endif
