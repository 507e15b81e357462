/*
 * Operations by the names that callers give them.
 */
#ifndef LDNP_OPERATION_H
#define LDNP_OPERATION_H

#include "contract/contract.h"
#include "lua/common/compat.h"

/* Adds functions that look for operations to the table on top. */
void ldnp_add_finders(lua_State *L, const luaL_Reg *functions);
/* For those functions: the operation that the string at `index` names, as the API does ("GetUsers") or as the method is
 * called ("get_users"). Raises, `level` functions up, when there is none. */
const struct dnp_operation *ldnp_check_operation(lua_State *L, int index, const char *method, int level);

/* core.operations(): { { name =, method =, mutates = }, ... }; what core.begin takes is the place less one. */
int ldnp_operations(lua_State *L);
/* core.quote(text): a text between quotes for a line of a message, short and without what a terminal would obey. */
int ldnp_quote(lua_State *L);
/* core.did_you_mean(wanted, names): "; did you mean 'best'?", or "" when no name is near. `names` are in an array, or
 * the keys of a table; `wanted` may be anything. */
int ldnp_did_you_mean(lua_State *L);

#endif
