/*
 * The call userdata: one exchange, from arguments to results. See client/call.h for what it does without Lua.
 */
#ifndef LDNP_CALL_H
#define LDNP_CALL_H

#include "client/exchange.h"
#include "lua/core/session.h"
#include "lua/core/sink.h"

/* Its uservalue holds what it needs alive. */
struct ldnp_call {
    const void *mark; /* that it is one */
    struct ldnp_session *session;
    struct dnp_call *call; /* NULL: freed */
    const struct dnp_operation *operation;
    struct ldnp_call *next; /* among those of its session */
    struct ldnp_call **link;
    lua_State *thread; /* its stack is the sink's between the pieces of a response; NULL before the response */
    struct ldnp_sink sink;
    struct dnp_exchange exchange;
    struct ldnp_step *step; /* while it is busy */
    int pinned;             /* whoever reads it while making values, which can run a finalizer that ends it */
    enum { LDNP_PREPARED, LDNP_RECEIVING, LDNP_ENDED, LDNP_TAKEN } state; /* ENDED: the result was not taken yet */
    bool good;                                                            /* of one that has ended */
    bool busy;                                                            /* further down the C stack */
    bool recycled;          /* nobody but the methods sees it: it serves again when it has ended */
    bool streams;           /* records are handed over as they come */
    struct dnp_error error; /* of one that ended badly */
};

/* Places in a form, see ldnp_push_request. */
#define LDNP_FORM_SESSION 1
#define LDNP_FORM_OPERATION 2

/* Places in the uservalue. */
#define LDNP_CALL_SESSION 1
#define LDNP_CALL_THREAD 2

/* Makes the metatable; once for a Lua state. */
void ldnp_call_open(lua_State *L);
/* Adds the functions of core that take a call to the table on top. */
void ldnp_call_functions(lua_State *L);
/* Pushes the table in which a receiver's methods are looked up. */
void ldnp_push_call_methods(lua_State *L);

/* The call at `index`; raises, `level` functions up, when it is not one, or was freed. */
struct ldnp_call *ldnp_check_call(lua_State *L, int index, const char *method, int level);

/* Ends the transfers of all calls of a session. */
void ldnp_call_end_all(struct ldnp_session *session);

/*
 * core.begin(session, index, ...): a call of operation number `index` with these arguments and the session's settings,
 * or nil, err. Usage errors raise two functions up.
 */
int ldnp_call_begin(lua_State *L);
/* core.begin_named(method, session, operation, ...): likewise, for a method that is given the operation's name. */
int ldnp_call_begin_named(lua_State *L);
/*
 * core.request(session, operation, ...): a request that somebody else sends: its form and body, see ldnp_push_request,
 * and its secrets for core.secrets, nil where it has none. The form stands for it in core.pending until it has its
 * response; or a call, which comes next, where more has to be known of it, and whether the session has a trace. Or nil,
 * err. Usage errors raise two functions up.
 */
int ldnp_call_request(lua_State *L);
/* core.start(call, timeout, number): starts to send with libcurl; false when the call has ended. core.ready() gives the
 * number when there is something to take. */
int ldnp_call_start(lua_State *L);
/* core.step(call, seconds): takes what has arrived and waits for more, so long. Returns a number, ldnp_progress. */
int ldnp_call_step(lua_State *L);
/* core.again(call): makes the request again when authentication wants the call to be repeated; whether it did. */
int ldnp_call_again(lua_State *L);
/* core.renew(call): makes the request again, for an exchange in place of one that failed. False: the call has ended. */
int ldnp_call_renew(lua_State *L);
/* core.records(call, array): moves the records that have come to the end of `array`; returns its length. */
int ldnp_call_records(lua_State *L);

enum ldnp_progress { LDNP_WAITING, LDNP_RECORDS, LDNP_OVER };

#endif
