/* What the files of a call share: call.c, call_transfer.c and call_engine.c. */
#ifndef LDNP_CALL_PRIVATE_H
#define LDNP_CALL_PRIVATE_H

#include "lua/core/call.h"

/* What a step does, and with what. */
struct ldnp_step {
    void (*run)(struct ldnp_call *call, struct ldnp_step *step);
    const struct dnp_response_head *head;
    struct dnp_slice bytes;
    double until; /* on the monotonic clock */
    enum ldnp_progress progress;
};

static inline void end_call(struct ldnp_call *call, bool good)
{
    call->state = LDNP_ENDED;
    call->good = good;
}

/* ---- call.c ---- */

/* The call at `index`, in whatever state; NULL when that is not one. */
struct ldnp_call *ldnp_to_call(lua_State *L, int index);
/* Pushes a userdata with no call in it yet; the session is at `session`. */
struct ldnp_call *ldnp_push_call(lua_State *L, int session, const struct dnp_operation *operation);
/* The same, with one that has served before if there is one. */
struct ldnp_call *ldnp_push_recycled_call(lua_State *L, int index, const struct dnp_operation *operation);
/* Fills it. False: `error` is filled. */
bool ldnp_make_call(struct ldnp_call *call, struct dnp_error *error);
/* Adds it to those of its session. */
void ldnp_link_call(struct ldnp_call *call);
/* Runs a step; the call is at `index`. */
void ldnp_run_step(lua_State *L, int index, struct ldnp_call *call, struct ldnp_step *step);
/* The results of the method, once; the call is at `index`. `level` is where usage errors raise. */
int ldnp_take_results(lua_State *L, int index, struct ldnp_call *call, int level);

/* ---- call_transfer.c ---- */

/* Adds its functions of core to the table on top. */
void ldnp_transfer_functions(lua_State *L);
/* The arguments are from `first` up to `last`. */
bool ldnp_encode_call(lua_State *L, const struct ldnp_session *session, struct dnp_call *call, int first, int last,
                      struct dnp_error *error);
/* Pushes nil and the error, or raises it two functions up. */
int ldnp_refuse_call(lua_State *L, const struct dnp_error *error, const struct dnp_operation *operation);

/* ---- call_engine.c ---- */

/* Makes the tables of requests; once for a Lua state. */
void ldnp_engine_open(lua_State *L);
void ldnp_engine_functions(lua_State *L);
/* receiver:feed(piece, first, last): true, or nil when the call has ended. */
int ldnp_call_feed(lua_State *L);

#endif
