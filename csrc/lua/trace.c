/*
 * Tells a function or an open file what goes over the wire.
 *
 * Runs outside libcurl, between the steps of a call. Text is taken out of the session through one function that
 * replaces secrets; nothing else of a body or header reaches Lua from here.
 */
#include "lua/trace.h"

#include <strings.h>

#include "lua/error.h"
#include "soap/redact.h"

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void push_redacted(lua_State *L, struct ldnp_session *session, struct dnp_slice text)
{
    struct dnp_buffer *scratch = &session->scratch;
    dnp_buffer_wipe(scratch);
    if (text.length > 0 && !dnp_session_redact(session->session, scratch, text)) {
        struct dnp_error error;
        (void)dnp_fail_memory(&error);
        ldnp_raise_mistake(L, &error);
    }
    lua_pushlstring(L, scratch->length > 0 ? scratch->data : "", scratch->length);
}

/* A header's value as a trace may show it. */
static const char *shown_value(const struct dnp_request *request, size_t header)
{
    bool secret = strcasecmp(request->header_names[header], "Authorization") == 0;
    return secret ? DNP_REDACTED : request->header_values[header];
}

static void push_headers(lua_State *L, const struct dnp_request *request)
{
    lua_newtable(L);
    for (size_t i = 0; request->header_names[i] != NULL; i++) {
        lua_pushstring(L, shown_value(request, i));
        lua_setfield(L, -2, request->header_names[i]);
    }
}

static void set_event(lua_State *L, const char *event, const struct ldnp_call *call)
{
    lua_pushstring(L, event);
    lua_setfield(L, -2, "event");
    lua_pushstring(L, call->operation->name);
    lua_setfield(L, -2, "operation");
}

static void push_request_event(lua_State *L, const struct ldnp_call *call)
{
    lua_createtable(L, 0, 5);
    set_event(L, "request", call);
    lua_pushstring(L, call->request.url);
    lua_setfield(L, -2, "url");
    push_headers(L, &call->request);
    lua_setfield(L, -2, "headers");
    push_redacted(L, call->session, call->request.body);
    lua_setfield(L, -2, "body");
}

static void push_response_event(lua_State *L, const struct ldnp_call *call, double seconds)
{
    int status = dnp_session_status(call->session->session);
    lua_createtable(L, 0, 6);
    set_event(L, "response", call);
    if (status != 0) {
        lua_pushinteger(L, status);
        lua_setfield(L, -2, "status");
    }
    push_redacted(L, call->session, dnp_session_excerpt(call->session->session));
    lua_setfield(L, -2, "body");
    lua_pushnumber(L, seconds);
    lua_setfield(L, -2, "seconds");
    if (!call->good) {
        lua_pushstring(L, call->error.message);
        lua_setfield(L, -2, "error");
    }
}

static void push_header_lines(lua_State *L, const struct dnp_request *request)
{
    lua_pushliteral(L, "");
    for (size_t i = 0; request->header_names[i] != NULL; i++) {
        lua_pushfstring(L, "> %s: %s\n", request->header_names[i], shown_value(request, i));
        lua_concat(L, 2);
    }
}

static void push_request_text(lua_State *L, const struct ldnp_call *call)
{
    lua_pushfstring(L, "> POST %s\n", call->request.url);
    push_header_lines(L, &call->request);
    lua_pushliteral(L, ">\n");
    push_redacted(L, call->session, call->request.body);
    lua_pushliteral(L, "\n\n");
    lua_concat(L, 5);
}

static void push_response_text(lua_State *L, const struct ldnp_call *call, double seconds)
{
    lua_pushfstring(L, "< %d after %f s", dnp_session_status(call->session->session), (lua_Number)seconds);
    lua_pushfstring(L, "%s%s\n<\n", call->good ? "" : ": ", call->good ? "" : call->error.message);
    push_redacted(L, call->session, dnp_session_excerpt(call->session->session));
    lua_pushliteral(L, "\n\n");
    lua_concat(L, 4);
}

/* Pushes the trace; a file's is its write method and itself. Returns whether it is a function. */
static bool push_trace(lua_State *L)
{
    ldnp_push_companion(L, 1);
    lua_rawgeti(L, -1, LDNP_TRACE);
    lua_remove(L, -2);
    if (lua_isfunction(L, -1)) {
        return true;
    }
    lua_getfield(L, -1, "write");
    lua_insert(L, -2);
    return false;
}

void ldnp_trace_request(struct ldnp_trace *trace, lua_State *L, const struct ldnp_call *call)
{
    luaL_checkstack(L, 12, "trace");
    if (push_trace(L)) {
        push_request_event(L, call);
        lua_call(L, 1, 0);
    } else {
        push_request_text(L, call);
        lua_call(L, 2, 0);
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &trace->sent);
}

void ldnp_trace_response(const struct ldnp_trace *trace, lua_State *L, const struct ldnp_call *call)
{
    double seconds = seconds_since(&trace->sent);
    luaL_checkstack(L, 12, "trace");
    if (push_trace(L)) {
        push_response_event(L, call, seconds);
        lua_call(L, 1, 0);
    } else {
        push_response_text(L, call, seconds);
        lua_call(L, 2, 0);
    }
}
