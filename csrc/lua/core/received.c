/*
 * Status and headers as engines give them: names in any case, a header that came several times as a list.
 */
#include "lua/core/received.h"

#include <string.h>
#include <strings.h>

#include "lua/common/raise.h"

/* What an engine that tells no headers is taken to have received. */
#define ASSUMED_CONTENT_TYPE "text/xml"
#define LONGEST_LIST 64

static int read_status(lua_State *L, const char *method, int index)
{
    int64_t status = 0;
    if (lua_type(L, index) != LUA_TNUMBER || !ldnp_to_integer(L, index, &status) || status < 100 || status > 999) {
        (void)ldnp_raise(L, 2, "%s: argument 2 (status): HTTP status expected, got %s", method,
                         lua_type(L, index) == LUA_TNUMBER ? "another number" : luaL_typename(L, index));
    }
    return (int)status;
}

/* Replaces the list on top by its texts, joined by commas; what is not a list of texts by nil. */
static void join_list(lua_State *L)
{
    int list = lua_gettop(L);
    int count = (int)lua_rawlen(L, list);
    int texts = 0;
    luaL_checkstack(L, 2 * LONGEST_LIST + 4, "headers");
    for (int i = 1; i <= count && i <= LONGEST_LIST; i++) {
        if (texts > 0) {
            lua_pushliteral(L, ", ");
        }
        lua_rawgeti(L, list, i);
        if (lua_type(L, -1) != LUA_TSTRING) {
            lua_settop(L, list + (texts > 0 ? 2 * texts - 1 : 0));
            break;
        }
        texts++;
    }
    if (texts == 0) {
        lua_pushnil(L);
    } else {
        lua_concat(L, 2 * texts - 1);
    }
    lua_replace(L, list);
}

/* Of several the first, but for WWW-Authenticate, where each offers another way. */
static void read_value(lua_State *L, bool joined)
{
    if (lua_istable(L, -1) && joined) {
        join_list(L);
    } else if (lua_istable(L, -1)) {
        lua_rawgeti(L, -1, 1);
        lua_replace(L, -2);
    }
}

/* The text of the value on top, which is kept on the stack when it was made here; else it is popped. */
static const char *keep_value(lua_State *L, bool joined)
{
    read_value(L, joined);
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    if (!joined || text == NULL) {
        lua_pop(L, 1);
    }
    return text;
}

/* The value of a header by its name in any case; NULL when there is none. */
static const char *find_header(lua_State *L, int headers, const char *name, bool joined)
{
    lua_pushnil(L);
    while (lua_next(L, headers) != 0) {
        if (lua_type(L, -2) == LUA_TSTRING && strcasecmp(lua_tostring(L, -2), name) == 0) {
            lua_remove(L, -2);
            return keep_value(L, joined);
        }
        lua_pop(L, 1);
    }
    return NULL;
}

void ldnp_read_head(lua_State *L, const char *method, int status, int headers, struct dnp_response_head *head)
{
    *head = (struct dnp_response_head){.status = read_status(L, method, status), .content_type = ASSUMED_CONTENT_TYPE};
    if (lua_isnil(L, headers)) {
        return;
    }
    if (!lua_istable(L, headers)) {
        (void)ldnp_raise(L, 2, "%s: argument 3 (headers): table expected, got %s", method, luaL_typename(L, headers));
    }
    head->content_type = find_header(L, headers, "Content-Type", false);
    head->content_encoding = find_header(L, headers, "Content-Encoding", true);
    head->location = find_header(L, headers, "Location", false);
    head->www_authenticate = find_header(L, headers, "WWW-Authenticate", true);
    head->retry_after = find_header(L, headers, "Retry-After", false);
    head->date = find_header(L, headers, "Date", false);
}

/* A text of the failure, which the table keeps; NULL when it has none. */
static const char *read_text(lua_State *L, int index, const char *key)
{
    lua_getfield(L, index, key);
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    lua_pop(L, 1);
    return text;
}

void ldnp_read_failure(lua_State *L, int index, struct dnp_failure *failure)
{
    if (!lua_istable(L, index)) {
        (void)luaL_error(L, "fail: argument 1 (failure): table expected, got %s", luaL_typename(L, index));
    }
    failure->name = read_text(L, index, "name");
    failure->reason = read_text(L, index, "reason");
    lua_getfield(L, index, "timeout");
    failure->timeout = lua_type(L, -1) == LUA_TNUMBER ? (double)lua_tonumber(L, -1) : 0;
    lua_getfield(L, index, "sent");
    failure->sent = lua_isnil(L, -1) ? DNP_SENT_UNKNOWN : lua_toboolean(L, -1) != 0 ? DNP_SENT : DNP_NOT_SENT;
    lua_pop(L, 2);
}
