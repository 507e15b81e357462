/*
 * The contract as Lua tables, for annotations, references and tests.
 */
#ifndef LDNP_CONTRACT_H
#define LDNP_CONTRACT_H

#include "lua/common/compat.h"

/* core.contract(dialect): a dialect's name, as validated. */
int ldnp_contract(lua_State *L);

/* Pushes { name = number, ... } of an enumeration. */
struct dnp_type;
void ldnp_push_enumeration(lua_State *L, const struct dnp_type *type);

#endif
