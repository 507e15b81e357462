/*
 * The contract as Lua tables, for annotations, references and tests.
 */
#ifndef LDNP_DESCRIBE_H
#define LDNP_DESCRIBE_H

#include "lua/common/compat.h"

/* dnp.contract(dialect) */
int ldnp_describe_contract(lua_State *L);

/* Pushes { name = number, ... } of an enumeration. */
struct dnp_type;
void ldnp_push_enumeration(lua_State *L, const struct dnp_type *type);

#endif
