/*
 * Status and headers as engines give them: names in any case, a header that came several times as a list.
 */
#include "lua/core/received.h"

#include <string.h>

#include "base/ascii.h"
#include "lua/common/raise.h"

/* What an engine that gives no headers is taken to have received. */
#define ASSUMED_CONTENT_TYPE "text/xml"
#define LONGEST_LIST 64

static int read_status(lua_State *L, const struct ldnp_reading *reading, int index)
{
    int64_t status = 0;
    if (lua_type(L, index) != LUA_TNUMBER || !ldnp_to_integer(L, index, &status) || status < 100 || status > 999) {
        (void)ldnp_raise(L, reading->level, "%s: argument 2 (status): expected HTTP status, got %s", reading->method,
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

/* What is wanted of the headers. */
enum header {
    CONTENT_TYPE,
    LOCATION,
    RETRY_AFTER,
    DATE,
    CONTENT_ENCODING, /* from here on all of several values count, not the first */
    WWW_AUTHENTICATE,
    HEADER_COUNT
};

static const struct dnp_slice names[HEADER_COUNT] = {
    [CONTENT_TYPE] = {"Content-Type", 12},         [LOCATION] = {"Location", 8},
    [RETRY_AFTER] = {"Retry-After", 11},           [DATE] = {"Date", 4},
    [CONTENT_ENCODING] = {"Content-Encoding", 16}, [WWW_AUTHENTICATE] = {"WWW-Authenticate", 16}};

/* Most engines write it alike. */
static bool is_name(struct dnp_slice wanted, struct dnp_slice name)
{
    return name.length == wanted.length &&
           (memcmp(name.data, wanted.data, name.length) == 0 || dnp_ascii_equal(wanted.data, name.data));
}

/* By its name in any case; HEADER_COUNT when it is another. */
static enum header which_header(lua_State *L, int index)
{
    struct dnp_slice name = {NULL, 0};
    size_t header = 0;
    if (lua_type(L, index) != LUA_TSTRING) {
        return HEADER_COUNT;
    }
    name.data = lua_tolstring(L, index, &name.length);
    while (header < HEADER_COUNT && !is_name(names[header], name)) {
        header++;
    }
    return (enum header)header;
}

/* Puts the value of each header that is wanted on the stack; `places` says where, 0: there is none. Only what makes no
 * string is done while the table is looked through: making one can run code of the caller's. */
static void find_headers(lua_State *L, int headers, int places[HEADER_COUNT])
{
    lua_pushnil(L);
    while (lua_next(L, headers) != 0) {
        enum header header = which_header(L, -2);
        if (header == HEADER_COUNT || places[header] != 0) {
            lua_pop(L, 1);
        } else {
            lua_insert(L, -2);
            places[header] = lua_gettop(L) - 1;
        }
    }
}

/* Its text, which stays on the stack; NULL: it has none. */
static const char *read_value(lua_State *L, int at, enum header header)
{
    int type = lua_type(L, at);
    if (type == LUA_TTABLE) {
        lua_pushvalue(L, at);
        if (header >= CONTENT_ENCODING) {
            join_list(L);
        } else {
            lua_rawgeti(L, -1, 1);
            lua_remove(L, -2);
        }
        lua_replace(L, at);
        type = lua_type(L, at);
    }
    return type == LUA_TSTRING ? lua_tostring(L, at) : NULL;
}

void ldnp_read_head(lua_State *L, const struct ldnp_reading *reading, int status, int headers,
                    struct dnp_response_head *head)
{
    int places[HEADER_COUNT] = {0};
    const char *texts[HEADER_COUNT] = {NULL};
    *head = (struct dnp_response_head){.status = read_status(L, reading, status), .content_type = ASSUMED_CONTENT_TYPE};
    if (lua_isnil(L, headers)) {
        return;
    }
    if (!lua_istable(L, headers)) {
        (void)ldnp_raise(L, reading->level, "%s: argument 3 (headers): expected table, got %s", reading->method,
                         luaL_typename(L, headers));
    }
    luaL_checkstack(L, HEADER_COUNT + LUA_MINSTACK, "headers");
    find_headers(L, headers, places);
    for (int i = 0; i < HEADER_COUNT; i++) {
        texts[i] = places[i] != 0 ? read_value(L, places[i], (enum header)i) : NULL;
    }
    head->content_type = texts[CONTENT_TYPE];
    head->content_encoding = texts[CONTENT_ENCODING];
    head->location = texts[LOCATION];
    head->www_authenticate = texts[WWW_AUTHENTICATE];
    head->retry_after = texts[RETRY_AFTER];
    head->date = texts[DATE];
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
        (void)luaL_error(L, "fail: argument 1 (failure): expected table, got %s", luaL_typename(L, index));
    }
    failure->name = read_text(L, index, "name");
    failure->reason = read_text(L, index, "reason");
    lua_getfield(L, index, "timeout");
    failure->timeout = lua_type(L, -1) == LUA_TNUMBER ? (double)lua_tonumber(L, -1) : 0;
    lua_getfield(L, index, "sent");
    failure->sent = lua_isnil(L, -1) ? DNP_SENT_UNKNOWN : lua_toboolean(L, -1) != 0 ? DNP_SENT : DNP_NOT_SENT;
    lua_pop(L, 2);
}
