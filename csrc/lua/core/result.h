/*
 * What a method returns.
 */
#ifndef LDNP_RESULT_H
#define LDNP_RESULT_H

#include "lua/core/call.h"

/* What was read is on top of the stack; what the method returns takes its place: a value, or nil and an error object.
 * Returns how many. */
int ldnp_push_results(lua_State *L, const struct ldnp_call *call);

#endif
