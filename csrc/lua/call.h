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
    struct dnp_error error; /* when it is not */
};

/* Encodes the arguments from stack index `first` on; raises on the caller's mistakes. Otherwise false is a failure
 * that `error` tells. */
bool ldnp_encode(lua_State *L, struct ldnp_session *session, const struct dnp_operation *operation, int first,
                 struct dnp_request *request, struct dnp_error *error);

/* Encodes, sends, waits, decodes. The session is at index 1, arguments follow. Returns the number of results. */
int ldnp_perform(lua_State *L, struct ldnp_session *session, const struct dnp_operation *operation);

/* Decodes an answer. The session is at index 1; what `given` borrows must stay on the stack. */
int ldnp_receive(lua_State *L, struct ldnp_session *session, const struct dnp_operation *operation,
                 const struct ldnp_given *given);

#endif
