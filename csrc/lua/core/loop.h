/*
 * The transport that the Lua state uses: found when the first session connects, shared by all.
 */
#ifndef LDNP_LOOP_H
#define LDNP_LOOP_H

#include <sys/types.h>

#include "lua/common/compat.h"
#include "transport/transport.h"

/* One for a process and Lua state; freed when the state and all sessions have let go of it. */
struct ldnp_loop {
    const struct dnp_transport_functions *functions;
    struct dnp_loop *loop;
    pid_t owner;
    size_t references;
    bool cut; /* a transfer was ended that somebody may wait for */
};

/* core.use_transport(functions): `functions` is what require "dnp.curl" gives. */
int ldnp_loop_use(lua_State *L);
/* core.wait(seconds): waits until a transfer has something to take; nil, err when that is impossible. */
int ldnp_loop_wait(lua_State *L);
/* core.ready(): the number of a call that has something to take; -1 when a transfer was ended by somebody other than
 * who waits for it, so that everybody has to look; or nil. */
int ldnp_loop_ready(lua_State *L);

/* The loop of this process, made when there is none; with one more reference. NULL: `error` is filled. Raises when no
 * transport is in use. */
struct ldnp_loop *ldnp_loop_acquire(lua_State *L, struct dnp_error *error);
void ldnp_loop_release(struct ldnp_loop *loop);

#endif
