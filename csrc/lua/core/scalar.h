/*
 * One Lua value as the value of a field.
 */
#ifndef LDNP_SCALAR_H
#define LDNP_SCALAR_H

#include "lua/core/source.h"

/* Reads the value at its place, where it stays. Text is borrowed from it, or from the source. */
enum dnp_presence ldnp_get_scalar(const struct ldnp_place *place, struct dnp_value *value);

#endif
