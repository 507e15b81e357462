/*
 * Requests and responses as tables. Of a header or body nothing gets into a description but through dnp_call_redact.
 */
#include "lua/core/request.h"

#include <string.h>

#include "base/ascii.h"
#include "lua/core/call.h"
#include "soap/redact.h"

#define AUTHORIZATION "Authorization"
#define MAX_DESCRIPTION ((size_t)64 * 1024 * 1024)

static void set_string(lua_State *L, const char *key, const char *text)
{
    lua_pushstring(L, text);
    lua_setfield(L, -2, key);
}

/* Pushes the headers as a table. */
static void push_headers(lua_State *L, const struct dnp_call_request *request, bool redacted)
{
    lua_createtable(L, 0, DNP_CALL_MAX_HEADERS);
    for (size_t i = 0; request->headers[i] != NULL; i++) {
        const char *line = request->headers[i];
        size_t name = strcspn(line, ":");
        bool secret = redacted && name == strlen(AUTHORIZATION) && dnp_ascii_equal_start(line, AUTHORIZATION, name);
        lua_pushlstring(L, line, name);
        lua_pushstring(L, secret ? DNP_REDACTED : line + name + strlen(": "));
        lua_rawset(L, -3);
    }
}

/* What all requests of an operation in a session have in common. */
static void make_form(lua_State *L, int session, const struct dnp_call *call)
{
    const struct dnp_operation *operation = dnp_call_operation(call);
    const struct dnp_call_request *request = dnp_call_request(call);
    lua_createtable(L, 2, 10);
    lua_pushvalue(L, session);
    lua_rawseti(L, -2, LDNP_FORM_SESSION);
    lua_pushinteger(L, (lua_Integer)(operation - dnp_operations));
    lua_rawseti(L, -2, LDNP_FORM_OPERATION);
    set_string(L, "operation", operation->name);
    set_string(L, "url", request->url);
    set_string(L, "scheme", request->address->scheme);
    set_string(L, "host", request->address->host);
    lua_pushinteger(L, (lua_Integer)request->address->port);
    lua_setfield(L, -2, "port");
    set_string(L, "path", request->path);
    lua_pushboolean(L, operation->mutates);
    lua_setfield(L, -2, "mutates");
    push_headers(L, request, false);
    lua_setfield(L, -2, "headers");
}

void ldnp_push_request(lua_State *L, int session, const struct dnp_call *call)
{
    const struct dnp_slice body = dnp_call_request(call)->body;
    /* Forms are beside the idle calls in the session's uservalue. */
    const int place = -1 - (int)(dnp_call_operation(call) - dnp_operations);
    ldnp_push_uservalue(L, session);
    lua_rawgeti(L, -1, place);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        make_form(L, session, call);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, place);
    }
    lua_replace(L, -2);
    lua_pushlstring(L, body.data, body.length);
}

int ldnp_request_fields(lua_State *L)
{
    struct ldnp_call *call = ldnp_check_call(L, 1, "request", 1);
    ldnp_push_uservalue(L, 1);
    lua_rawgeti(L, -1, LDNP_CALL_SESSION);
    call->pinned++; /* where an error leaves it so, the call is let go of when it is collected */
    ldnp_push_request(L, lua_gettop(L), call->call);
    call->pinned--;
    return 2;
}

/* ---- for traces ---- */

/* The text is in a userdata's buffer meanwhile, so that nothing is lost when Lua has no memory for the string. */
static int buffer_gc(lua_State *L)
{
    dnp_buffer_free(lua_touserdata(L, 1));
    return 0;
}

static struct dnp_buffer *push_buffer(lua_State *L)
{
    struct dnp_buffer *buffer = lua_newuserdata(L, sizeof *buffer);
    dnp_buffer_init(buffer, MAX_DESCRIPTION);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, buffer_gc);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    return buffer;
}

static void push_redacted(lua_State *L, const struct ldnp_call *call, struct dnp_slice text)
{
    struct dnp_buffer *buffer = push_buffer(L);
    if (text.length > 0 && !dnp_call_redact(call->call, buffer, text)) {
        (void)luaL_error(L, "not enough memory");
    }
    lua_pushlstring(L, buffer->length > 0 ? buffer->data : "", buffer->length);
    dnp_buffer_free(buffer);
    lua_remove(L, -2);
}

int ldnp_describe_request(lua_State *L)
{
    struct ldnp_call *call = ldnp_check_call(L, 1, "trace", 1);
    const struct dnp_call_request *request = dnp_call_request(call->call);
    call->pinned++;
    lua_createtable(L, 0, 6);
    set_string(L, "event", "request");
    set_string(L, "operation", call->operation->name);
    set_string(L, "url", request->url);
    push_headers(L, request, true);
    lua_setfield(L, -2, "headers");
    push_redacted(L, call, request->clear);
    lua_setfield(L, -2, "body");
    if (request->clear.data != request->body.data) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, "encrypted");
    }
    call->pinned--;
    return 1;
}

int ldnp_describe_response(lua_State *L)
{
    struct ldnp_call *call = ldnp_check_call(L, 1, "trace", 1);
    int status = dnp_call_status(call->call);
    call->pinned++;
    lua_createtable(L, 0, 6);
    set_string(L, "event", "response");
    set_string(L, "operation", call->operation->name);
    if (status != 0) {
        lua_pushinteger(L, status);
        lua_setfield(L, -2, "status");
    }
    push_redacted(L, call, dnp_call_excerpt(call->call));
    lua_setfield(L, -2, "body");
    lua_pushnumber(L, luaL_checknumber(L, 2));
    lua_setfield(L, -2, "seconds");
    if (!call->good) {
        set_string(L, "error", call->error.message);
    }
    call->pinned--;
    return 1;
}
