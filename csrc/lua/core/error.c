/*
 * Error objects: plain tables that say which kind of failure, with a __tostring that a person can act on.
 *
 * The message comes from below, where secrets are taken out; all that is added here is that the outcome is unknown.
 */
#include "lua/core/error.h"

#include <stdbool.h>
#include <string.h>

#define METATABLE "dnp.error"

static void set_text(lua_State *L, const char *key, const char *text)
{
    if (text[0] != '\0') {
        lua_pushstring(L, text);
        lua_setfield(L, -2, key);
    }
}

static void set_number(lua_State *L, const char *key, int number)
{
    if (number != 0) {
        lua_pushinteger(L, number);
        lua_setfield(L, -2, key);
    }
}

static bool is_unknown(lua_State *L)
{
    lua_getfield(L, 1, "outcome");
    bool unknown = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "unknown") == 0;
    lua_pop(L, 1);
    return unknown;
}

/* The message is a sentence that begins with the operation's name. Whoever only prints it must not take it for no. */
static int error_tostring(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_getfield(L, 1, "message");
    if (lua_type(L, -1) != LUA_TSTRING) {
        lua_pushliteral(L, "unknown error");
    } else if (is_unknown(L)) {
        lua_pushliteral(L, "; the panel may have done it all the same");
        lua_concat(L, 2);
    }
    return 1;
}

void ldnp_error_open(lua_State *L)
{
    luaL_newmetatable(L, METATABLE);
    lua_pushliteral(L, METATABLE);
    lua_setfield(L, -2, "__name");
    lua_pushcfunction(L, error_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_pop(L, 1);
}

void ldnp_push_error(lua_State *L, const struct dnp_error *error, const struct dnp_operation *operation)
{
    luaL_checkstack(L, 4, "error");
    lua_createtable(L, 0, 10);
    set_text(L, "kind", dnp_error_kind_name(error->kind));
    set_number(L, "code", error->code);
    set_text(L, "name", error->name);
    set_text(L, "message", error->message);
    set_text(L, "operation", operation != NULL ? operation->name : "");
    set_text(L, "service", operation != NULL ? dnp_services[operation->service].name : "");
    set_number(L, "http_status", error->http_status);
    set_number(L, "retry_after", error->retry_after);
    set_text(L, "outcome", error->outcome == DNP_UNKNOWN ? "unknown" : "not_done");
    lua_pushboolean(L, dnp_error_is_retryable(error));
    lua_setfield(L, -2, "retryable");
    luaL_getmetatable(L, METATABLE);
    lua_setmetatable(L, -2);
}

int ldnp_new_error(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    luaL_getmetatable(L, METATABLE);
    lua_setmetatable(L, 1);
    return 1;
}
