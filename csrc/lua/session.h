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
    bool busy;                 /* in use further down the C stack: see ldnp_occupy */
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

/* Calls `function`, protected, with all that is on the stack; the session at index 1 is busy until it returns, so
 * that code of others that runs meanwhile (a trace, a finalizer) can neither use nor close it. Returns what lua_pcall
 * does and leaves what it leaves. Raises when the session is closed. */
int ldnp_occupy(lua_State *L, struct ldnp_session *session, const char *method, lua_CFunction function);

#endif
