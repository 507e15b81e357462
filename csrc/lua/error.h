/*
 * Failures of the world as Lua values.
 */
#ifndef LDNP_ERROR_H
#define LDNP_ERROR_H

#include "contract/contract.h"
#include "contract/error.h"
#include "contract/slice.h"
#include "lua/compat.h"

/* Makes the metatable of error objects; once for a Lua state. */
void ldnp_error_open(lua_State *L);

/* Pushes an error object. `operation` may be NULL; `fault` is the whole text of a fault, or empty. */
void ldnp_push_error(lua_State *L, const struct dnp_error *error, const struct dnp_operation *operation,
                     struct dnp_slice fault);

/* Raises what must not be returned: the caller's mistakes, and want of memory. Returns for all else. */
void ldnp_raise_mistake(lua_State *L, const struct dnp_error *error);

#endif
