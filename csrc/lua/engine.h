/*
 * A session without its own transport: requests for another engine, and that engine's answers.
 */
#ifndef LDNP_ENGINE_H
#define LDNP_ENGINE_H

#include "lua/compat.h"

/* session:request(operation, ...) */
int ldnp_engine_request(lua_State *L);
/* session:response(operation, status, headers, body) */
int ldnp_engine_response(lua_State *L);

#endif
