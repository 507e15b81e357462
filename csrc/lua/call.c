/*
 * One call: arguments become a request, the answer becomes results.
 *
 * All that can raise or run code of others (making values, a trace function, a finalizer) runs inside one protected
 * call, so that on any error the transfer is ended, the collector runs again and the session is free before the error
 * goes on. No frame of libcurl or libxml2 is ever on the way of that longjmp.
 */
#include "lua/call.h"

#include "lua/error.h"
#include "lua/keys.h"
#include "lua/source.h"
#include "lua/trace.h"

bool ldnp_encode(lua_State *L, struct ldnp_session *session, const struct dnp_operation *operation, int first,
                 struct dnp_request *request, struct dnp_error *error)
{
    struct ldnp_source source;
    ldnp_source_init(&source, L, operation, session->dialect, first);
    if (ldnp_source_check_count(&source, error) &&
        dnp_session_request(session->session, operation, &source.source, request, error)) {
        return true;
    }
    if (error->kind == DNP_PROTOCOL) {
        const struct dnp_error reason = *error;
        (void)dnp_fail(error, DNP_USAGE, "%s: a field '" LDNP_UNKNOWN_KEY "' is not XML (%s)", operation->method,
                       reason.message);
    }
    return false;
}

static bool transfer(struct ldnp_call *call)
{
    struct dnp_session *session = call->session->session;
    const struct ldnp_given *given = call->given;
    bool done = false;
    if (given != NULL) {
        return dnp_session_receive(session, call->operation, given->status, given->content_type, given->body,
                                   &call->sink.sink, &call->error);
    }
    if (!dnp_session_start(session, call->operation, &call->sink.sink, &call->error)) {
        return false;
    }
    while (!done) {
        if (!dnp_session_next(session, &done, &call->error)) {
            return false;
        }
    }
    return true;
}

/* err.exceeding_quotas: the rows of the answer's first table. The result is below the error object on the stack. */
static void add_exceeding_quotas(lua_State *L, int result)
{
    lua_getfield(L, result, "ExceedingQuotas");
    if (lua_istable(L, -1)) {
        lua_rawgeti(L, -1, 1);
        lua_remove(L, -2);
    }
    if (!lua_istable(L, -1)) {
        lua_pop(L, 1);
        return;
    }
    int rows = (int)lua_rawlen(L, -1);
    lua_createtable(L, rows, 0);
    for (int i = 1; i <= rows; i++) {
        lua_rawgeti(L, -2, i);
        lua_rawseti(L, -2, i);
    }
    lua_remove(L, -2);
    lua_setfield(L, -2, "exceeding_quotas");
}

int ldnp_push_failure(lua_State *L, const struct ldnp_call *call)
{
    int result = lua_gettop(L);
    struct dnp_slice fault = {"", 0};
    if (call->error.kind == DNP_FAULT) {
        fault = dnp_session_fault_text(call->session->session);
    }
    lua_pushnil(L);
    ldnp_push_error(L, &call->error, call->operation, fault);
    if (call->error.kind == DNP_REFUSED && lua_istable(L, result)) {
        add_exceeding_quotas(L, result);
    }
    return 2;
}

/* What was read is on top of the stack; what the method returns takes its place. Returns how many values. */
static int push_answer(lua_State *L, const struct dnp_operation *operation, const char *remark)
{
    switch (operation->answer) {
    case DNP_ANSWER_STATUS:
    case DNP_ANSWER_PACKAGE_STATUS:
        lua_pushboolean(L, 1);
        break;
    case DNP_ANSWER_PACKAGE_ID:
        lua_getfield(L, -1, "Result");
        break;
    case DNP_ANSWER_VALUE:
    case DNP_ANSWER_ID:
        if (lua_isnil(L, -1)) {
            lua_newtable(L); /* a list that the answer leaves out */
        }
        break;
    }
    if (remark == NULL) {
        return 1;
    }
    lua_pushstring(L, remark);
    return 2;
}

/* Protected; takes the session, returns what the method does. */
static int take_answer(lua_State *L)
{
    struct ldnp_session *session = lua_touserdata(L, 1);
    struct ldnp_call *call = session->call;
    struct ldnp_trace trace;
    bool traced = session->traced && call->given == NULL;
    if (traced) {
        ldnp_trace_request(&trace, L, call);
    }
    ldnp_push_keys(L, session->dialect);
    ldnp_sink_start(&call->sink, call->operation, lua_gettop(L));
    call->good = transfer(call);
    ldnp_sink_push_result(&call->sink);
    if (traced) {
        (void)ldnp_sink_finish(&call->sink); /* before code of others runs */
        ldnp_trace_response(&trace, L, call);
    }
    if (!call->good) {
        return ldnp_push_failure(L, call);
    }
    return push_answer(L, call->operation, dnp_session_remark(session->session));
}

/* Protected; takes the session and the arguments. */
static int perform(lua_State *L)
{
    struct ldnp_session *session = lua_touserdata(L, 1);
    struct ldnp_call *call = session->call;
    if (!ldnp_encode(L, session, call->operation, 2, &call->request, &call->error)) {
        return ldnp_push_failure(L, call);
    }
    lua_settop(L, 1);
    return take_answer(L);
}

int ldnp_run(lua_State *L, struct ldnp_call *call, lua_CFunction function)
{
    struct ldnp_session *session = call->session;
    session->call = call;
    int status = ldnp_occupy(L, session, call->operation->method, function);
    int kilobytes = ldnp_sink_finish(&call->sink);
    session->call = NULL;
    if (status != 0) {
        dnp_session_abort(session->session);
        return lua_error(L);
    }
    if (!call->good) {
        ldnp_raise_mistake(L, &call->error); /* here, where the error's position is the caller's */
    }
    if (kilobytes > 0) {
        /* What the collector has not done meanwhile; else a loop of long answers would outrun it. */
        lua_gc(L, LUA_GCSTEP, kilobytes);
    }
    return lua_gettop(L);
}

void ldnp_init_call(struct ldnp_call *call, lua_State *L, struct ldnp_session *session,
                    const struct dnp_operation *operation)
{
    call->session = session;
    call->operation = operation;
    call->given = NULL;
    call->good = false;
    ldnp_sink_init(&call->sink, L, session->dialect->dialect);
}

int ldnp_perform(lua_State *L, struct ldnp_session *session, const struct dnp_operation *operation)
{
    struct ldnp_call call;
    ldnp_init_call(&call, L, session, operation);
    return ldnp_run(L, &call, perform);
}

int ldnp_receive(lua_State *L, struct ldnp_session *session, const struct dnp_operation *operation,
                 const struct ldnp_given *given)
{
    struct ldnp_call call;
    ldnp_init_call(&call, L, session, operation);
    call.given = given;
    return ldnp_run(L, &call, take_answer);
}
