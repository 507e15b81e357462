/*
 * What a session's trace is told: requests before they are sent, answers after they came, secrets replaced.
 */
#ifndef LDNP_TRACE_H
#define LDNP_TRACE_H

#include <time.h>

#include "lua/call.h"

struct ldnp_trace {
    struct timespec sent;
};

/* Both run inside the call's protection, with the session at index 1, and raise what the trace raises. */
void ldnp_trace_request(struct ldnp_trace *trace, lua_State *L, const struct ldnp_call *call);
void ldnp_trace_response(const struct ldnp_trace *trace, lua_State *L, const struct ldnp_call *call);

#endif
