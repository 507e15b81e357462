/*
 * The session userdata.
 */
#ifndef LDNP_SESSION_H
#define LDNP_SESSION_H

#include <sys/types.h>

#include "client/session.h"
#include "lua/compat.h"

struct ldnp_call;

struct ldnp_session {
    struct dnp_session *session; /* NULL: closed */
    const struct dnp_dialect_info *dialect;
    pid_t owner;               /* the process whose connection it is */
    bool busy;                 /* a call is under way: a trace function must not start another */
    bool traced;               /* the companion table holds the trace at LDNP_TRACE */
    struct dnp_buffer scratch; /* a trace's text before it is a Lua string */
    struct ldnp_call *call;    /* the one under way */
};

#define LDNP_TRACE 1

/* Makes the metatable with a method for each operation; once for a Lua state. */
void ldnp_session_open(lua_State *L);

/* dnp.session{...} */
int ldnp_session_new(lua_State *L);

/* The session at index 1, if it can be used by `method` now; else raises. */
struct ldnp_session *ldnp_use_session(lua_State *L, const char *method);

#endif
