/*
 * The session userdata.
 */
#ifndef LDNP_SESSION_H
#define LDNP_SESSION_H

#include <sys/types.h>

#include "client/session.h"
#include "lua/common/compat.h"
#include "transport/transport.h"

struct ldnp_call;
struct ldnp_dialect_names;
struct ldnp_loop;

/* Its uservalue is a table of settings: options that the Lua layer reads, and that keep the text of `options` alive. */
struct ldnp_session {
    const void *mark;            /* that it is one */
    struct dnp_session *session; /* NULL: closed, and let go of */
    bool closed;
    bool traced;
    const struct dnp_dialect_info *dialect;
    const struct ldnp_dialect_names *names; /* of its fields */
    struct dnp_transport_options options;
    struct ldnp_loop *loop; /* NULL: it has no connection */
    struct dnp_transport *transport;
    pid_t owner;             /* the process that the connections belong to */
    struct ldnp_call *calls; /* those that have not been freed */
    int busy;                /* steps of its calls that are further down the C stack */
    int idle_calls;         /* userdata of calls that have ended, for the next ones: the first items of the uservalue */
    struct dnp_call *draft; /* of a request that is being made, or was left by an error */
    int pinned;             /* whoever reads it while making values, which can run a finalizer that closes it */
};

/* Makes the metatable; once for a Lua state. */
void ldnp_session_open(lua_State *L);
/* Pushes the table in which methods are looked up. */
void ldnp_push_methods(lua_State *L);

/* core.session(options, settings): both as validated; `settings` becomes the uservalue. */
int ldnp_session_new(lua_State *L);
/* core.settings(session): the uservalue. */
int ldnp_session_settings(lua_State *L);

/* The session at `index`, if it can be used by `method` now; else raises, `level` functions up. */
struct ldnp_session *ldnp_check_session(lua_State *L, int index, const char *method, int level);

/* The transport of a session, made when there is none. NULL: `error` is filled. Raises after a fork. */
struct dnp_transport *ldnp_session_transport(lua_State *L, struct ldnp_session *session, struct dnp_error *error);

#endif
