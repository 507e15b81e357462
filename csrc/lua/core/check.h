/*
 * Values checked against the contract without a call: those that are to be stored, and read back as they were given.
 */
#ifndef LDNP_CHECK_H
#define LDNP_CHECK_H

#include "lua/common/compat.h"
#include "lua/core/usage_error.h"

/* What a check of a value adds to the source that reads it. */
struct ldnp_check {
    char path[LDNP_PATH_SIZE]; /* of what was rejected: "Vlans[2].Comment" */
};

/*
 * core.check_record(dialect, type, value), core.check_field(dialect, type, field, value): the value as the panel keeps
 * it, members of enumerations as numbers; or nil, the path to what is wrong and the reason. The path begins with what
 * joins it to the value's own: ".Vlans[2].Comment", "[2]", or "".
 */
int ldnp_check_record(lua_State *L);
int ldnp_check_field(lua_State *L);

#endif
