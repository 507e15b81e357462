/*
 * The names of a dialect's fields as Lua strings, made once for a Lua state.
 *
 * One table for a dialect, from the address of a record type to a table that holds, for each field of its row
 * number i, [i + 1] = name, and for each field that the dialect has, [name] = i + 1; [0] is LDNP_UNKNOWN_NAME.
 */
#ifndef LDNP_FIELD_NAMES_H
#define LDNP_FIELD_NAMES_H

#include "contract/contract.h"
#include "lua/common/compat.h"

/* Where a record carries the elements that the contract does not know. */
#define LDNP_UNKNOWN_NAME "_unknown"

void ldnp_push_field_names(lua_State *L, const struct dnp_dialect_info *dialect);
/* Pushes the names of one record type; `names` is the index of the dialect's table. */
void ldnp_push_record_names(lua_State *L, int names, const struct dnp_type *type);

#endif
