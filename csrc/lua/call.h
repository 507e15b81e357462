/*
 * One call, from arguments to results.
 */
#ifndef LDNP_CALL_H
#define LDNP_CALL_H

#include "lua/session.h"
#include "lua/sink.h"

/* An answer that another engine brought. */
struct ldnp_given {
    int status;
    const char *content_type;
    struct dnp_slice body;
};

/* A call under way; lives on the C stack of the method. */
struct ldnp_call {
    struct ldnp_session *session;
    const struct dnp_operation *operation;
    const struct ldnp_given *given; /* NULL: the request is sent */
    struct dnp_request request;
    struct ldnp_sink sink;
    bool good;
    struct dnp_error error; /* when it is not, and nothing was raised */
};

/* Encodes the arguments from stack index `first` on. False is a failure that `error` tells, mistakes of the caller
 * among them. */
bool ldnp_encode(lua_State *L, struct ldnp_session *session, const struct dnp_operation *operation, int first,
                 struct dnp_request *request, struct dnp_error *error);

/* Calls `function` for the call, with all that is on the stack: the session at index 1, whose `call` it is, then the
 * rest. It is protected, and nothing else can use the session meanwhile. Returns the number of its results, or raises
 * what it raised, or the mistake of the caller that made the call no good. */
int ldnp_run(lua_State *L, struct ldnp_call *call, lua_CFunction function);

/* Pushes nil and the call's error; the result, as far as there is one, is on top of the stack. Returns how many. */
int ldnp_push_failure(lua_State *L, const struct ldnp_call *call);

void ldnp_init_call(struct ldnp_call *call, lua_State *L, struct ldnp_session *session,
                    const struct dnp_operation *operation);

/* Encodes, sends, waits, decodes. The session is at index 1, arguments follow. Returns the number of results. */
int ldnp_perform(lua_State *L, struct ldnp_session *session, const struct dnp_operation *operation);

/* Decodes an answer. The session is at index 1; what `given` borrows must stay on the stack. */
int ldnp_receive(lua_State *L, struct ldnp_session *session, const struct dnp_operation *operation,
                 const struct ldnp_given *given);

#endif
