/*
 * Failures of the world as Lua values.
 */
#ifndef LDNP_ERROR_H
#define LDNP_ERROR_H

#include "base/error.h"
#include "base/slice.h"
#include "contract/contract.h"
#include "lua/common/compat.h"

/* Makes the metatable of error objects; once for a Lua state. */
void ldnp_error_open(lua_State *L);

/* Pushes an error object. `operation` may be NULL. */
void ldnp_push_error(lua_State *L, const struct dnp_error *error, const struct dnp_operation *operation);

/* core.error(fields): makes the table an error object. */
int ldnp_new_error(lua_State *L);

#endif
