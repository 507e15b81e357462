/*
 * The same calls with somebody else moving the bytes. Does no I/O.
 */
#include "lua/engine.h"

#include <string.h>
#include <strings.h>

#include "lua/call.h"
#include "lua/mistake.h"
#include "lua/suggest.h"

/* What an engine that tells no headers is taken to have received. */
#define ASSUMED_CONTENT_TYPE "text/xml"

/* By the API's name or the method's; NULL when there is none. */
static const struct dnp_operation *find_operation(struct dnp_slice name)
{
    bool whole = strlen(name.data) == name.length;
    for (size_t i = 0; whole && i < dnp_operation_count; i++) {
        if (strcmp(dnp_operations[i].name, name.data) == 0 || strcmp(dnp_operations[i].method, name.data) == 0) {
            return &dnp_operations[i];
        }
    }
    return NULL;
}

static const struct dnp_operation *check_operation(lua_State *L, const char *method)
{
    struct ldnp_suggestion suggestion;
    char hint[DNP_NAME_SIZE + 32];
    char buffer[LDNP_SHOWN_SIZE];
    struct dnp_slice name = {NULL, 0};
    if (lua_type(L, 2) != LUA_TSTRING) {
        luaL_error(L, "%s: argument 1 (operation): string expected, got %s", method, luaL_typename(L, 2));
    }
    name.data = lua_tolstring(L, 2, &name.length);
    const struct dnp_operation *operation = find_operation(name);
    if (operation == NULL) {
        ldnp_suggest_start(&suggestion, name.data, name.length);
        for (size_t i = 0; i < dnp_operation_count; i++) {
            ldnp_suggest_consider(&suggestion, dnp_operations[i].name);
        }
        ldnp_suggest_format(&suggestion, hint, sizeof hint);
        luaL_error(L, "%s: argument 1 (operation): '%s' is no operation%s", method, ldnp_shown(name, buffer), hint);
    }
    return operation;
}

static void set_string(lua_State *L, const char *key, const char *text)
{
    lua_pushstring(L, text);
    lua_setfield(L, -2, key);
}

static void push_request(lua_State *L, const struct dnp_request *request)
{
    lua_createtable(L, 0, 4);
    set_string(L, "url", request->url);
    set_string(L, "method", "POST");
    lua_newtable(L);
    for (size_t i = 0; request->header_names[i] != NULL; i++) {
        set_string(L, request->header_names[i], request->header_values[i]);
    }
    lua_setfield(L, -2, "headers");
    lua_pushlstring(L, request->body.data, request->body.length);
    lua_setfield(L, -2, "body");
}

/* Protected; takes the session, the operation's name and the arguments. */
static int make_request(lua_State *L)
{
    struct ldnp_session *session = lua_touserdata(L, 1);
    struct ldnp_call *call = session->call;
    if (!ldnp_encode(L, session, call->operation, 3, &call->request, &call->error)) {
        return ldnp_push_failure(L, call);
    }
    push_request(L, &call->request);
    call->good = true;
    return 1;
}

int ldnp_engine_request(lua_State *L)
{
    struct ldnp_session *session = ldnp_use_session(L, "request");
    struct ldnp_call call;
    ldnp_init_call(&call, L, session, check_operation(L, "request"));
    return ldnp_run(L, &call, make_request);
}

/* The value of the header Content-Type, which stays anchored in the table; of several the first. */
static const char *content_type(lua_State *L, int headers)
{
    const char *found = "";
    if (lua_isnoneornil(L, headers)) {
        return ASSUMED_CONTENT_TYPE;
    }
    if (!lua_istable(L, headers)) {
        luaL_error(L, "response: argument 3 (headers): table expected, got %s", luaL_typename(L, headers));
    }
    lua_pushnil(L);
    while (lua_next(L, headers) != 0) {
        if (lua_type(L, -2) == LUA_TSTRING && strcasecmp(lua_tostring(L, -2), "Content-Type") == 0) {
            if (lua_istable(L, -1)) {
                lua_rawgeti(L, -1, 1);
                lua_remove(L, -2);
            }
            found = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : found;
        }
        lua_pop(L, 1);
    }
    return found;
}

static int check_status(lua_State *L, int index)
{
    int64_t status = 0;
    if (lua_type(L, index) != LUA_TNUMBER || !ldnp_to_integer(L, index, &status) || status < 100 || status > 999) {
        luaL_error(L, "response: argument 2 (status): HTTP status expected, got %s",
                   lua_type(L, index) == LUA_TNUMBER ? "another number" : luaL_typename(L, index));
    }
    return (int)status;
}

int ldnp_engine_response(lua_State *L)
{
    struct ldnp_session *session = ldnp_use_session(L, "response");
    const struct dnp_operation *operation = check_operation(L, "response");
    struct ldnp_given given = {.status = check_status(L, 3), .content_type = content_type(L, 4)};
    if (lua_type(L, 5) != LUA_TSTRING || lua_gettop(L) > 5) {
        return luaL_error(L, "response: argument 4 (body): string expected, got %s",
                          lua_gettop(L) > 5 ? "more arguments" : luaL_typename(L, 5));
    }
    given.body.data = lua_tolstring(L, 5, &given.body.length);
    return ldnp_receive(L, session, operation, &given);
}
