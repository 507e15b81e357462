/*
 * Raising usage errors at the caller's line. The methods of `dnp` are Lua functions that call C, so the caller
 * is often two functions up.
 */
#ifndef LDNP_RAISE_H
#define LDNP_RAISE_H

#include "base/error.h"
#include "lua/common/compat.h"

/* As luaL_error, with the position `level` functions up (1: whoever called the C function). Does not return. */
int ldnp_raise(lua_State *L, int level, const char *format, ...);

/* Raises what must not be returned: usage errors, and out of memory. Returns for all else. */
void ldnp_raise_usage(lua_State *L, const struct dnp_error *error, int level);

#endif
