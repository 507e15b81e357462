/*
 * Reads the options of a session. The Lua layer (lua/dnp/session_options.lua) has validated them and filled in
 * defaults; what only the client can say, such as whether the url is one, it says itself.
 */
#include "lua/core/options.h"

#include "lookup/find.h"
#include "lua/common/wse.h"

/* NULL where it was not given. The table keeps the text alive. */
static const char *get_text(lua_State *L, int index, const char *name)
{
    lua_getfield(L, index, name);
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    lua_pop(L, 1);
    return text;
}

static double get_number(lua_State *L, int index, const char *name)
{
    lua_getfield(L, index, name);
    double number = (double)lua_tonumber(L, -1);
    lua_pop(L, 1);
    return number;
}

/* A count of bytes that may be more than there can be. */
static size_t get_size(lua_State *L, int index, const char *name)
{
    double number = get_number(L, index, name);
    return number < (double)PTRDIFF_MAX ? (size_t)number : (size_t)PTRDIFF_MAX;
}

static bool get_boolean(lua_State *L, int index, const char *name)
{
    lua_getfield(L, index, name);
    bool value = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
    return value;
}

/* What the Lua layer got from require "dnp.wse", and keeps in the settings as long as the session lives. */
static const struct dnp_crypto *get_crypto(lua_State *L, int settings, const struct dnp_auth_scheme *scheme)
{
    if (scheme == NULL || !scheme->needs_crypto) {
        return NULL;
    }
    lua_getfield(L, settings, LDNP_CRYPTO_SETTING);
    const struct dnp_crypto *crypto = ldnp_check_crypto(L, lua_gettop(L));
    lua_pop(L, 1);
    return crypto;
}

void ldnp_read_options(lua_State *L, int index, int settings, struct ldnp_options *options)
{
    luaL_checkstack(L, 4, "options");
    const char *dialect = get_text(L, index, "dialect");
    const char *auth = get_text(L, index, "auth");
    const struct dnp_auth_scheme *scheme = auth != NULL ? dnp_find_auth_scheme(auth) : NULL;
    options->session = (struct dnp_session_options){
        .url = get_text(L, index, "url"),
        .username = get_text(L, index, "username"),
        .password = get_text(L, index, "password"),
        .dialect = dialect != NULL ? dnp_find_dialect(dialect) : NULL,
        .auth = scheme,
        .crypto = get_crypto(L, settings, scheme),
        .wse_to = get_text(L, index, "wse_to"),
        .wse_clock_offset = (int64_t)get_number(L, index, "wse_clock_offset"),
        .user_agent = get_text(L, index, "user_agent"),
        .max_response_bytes = get_size(L, index, "max_response_bytes"),
    };
    lua_getfield(L, settings, "trace");
    options->session.keep_excerpts = !lua_isnil(L, -1);
    lua_pop(L, 1);
    options->transport = (struct dnp_transport_options){
        .timeout = get_number(L, index, "timeout"),
        .connect_timeout = get_number(L, index, "connect_timeout"),
        .ca_file = get_text(L, settings, "ca_file"),
        .proxy = get_text(L, settings, "proxy"),
        .max_connections = get_size(L, index, "max_connections"),
        .insecure = !get_boolean(L, index, "verify"),
    };
}
