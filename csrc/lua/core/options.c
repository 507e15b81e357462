/*
 * Reads the options of a session: known names only, each of its type, defaults for the rest.
 */
#include "lua/core/options.h"

#include <string.h>

#include "base/suggest.h"
#include "base/utf8.h"
#include "lua/common/raise.h"
#include "lua/common/wse.h"
#include "lua/core/usage_error.h"

#define DEFAULT_DIALECT "dotnetpanel"
#define DEFAULT_TIMEOUT 30.0
#define DEFAULT_CONNECT_TIMEOUT 10.0
#define DEFAULT_MAX_CONNECTIONS 64
#define MOST_CONNECTIONS 10000
#define LONGEST_TIMEOUT 1000000
#define MOST_CLOCK_OFFSET 1000000000 /* some thirty years */
/* The caller of dnp.session, seen from here: core.session is called by it. */
#define CALLER 2

enum option {
    URL,
    USERNAME,
    PASSWORD,
    DIALECT,
    TIMEOUT,
    CONNECT_TIMEOUT,
    CA_FILE,
    VERIFY,
    PROXY,
    USER_AGENT,
    MAX_RESPONSE_BYTES,
    MAX_CONNECTIONS,
    AUTH,
    WSE_TO,
    WSE_CLOCK_OFFSET,
    ENGINE,
    TRACE,
    OPTION_COUNT
};

static const char *const option_names[OPTION_COUNT] = {
    "url",
    "username",
    "password",
    "dialect",
    "timeout",
    "connect_timeout",
    "ca_file",
    "verify",
    "proxy",
    "user_agent",
    "max_response_bytes",
    "max_connections",
    "auth",
    "wse_to",
    "wse_clock_offset",
    "engine",
    "trace",
};

static bool is_known(struct dnp_slice name)
{
    int i = 0;
    while (i < OPTION_COUNT && (strlen(option_names[i]) != name.length || strcmp(option_names[i], name.data) != 0)) {
        i++;
    }
    return i < OPTION_COUNT;
}

static void refuse_unknown(lua_State *L, int key)
{
    struct dnp_suggestion suggestion;
    char hint[64];
    char buffer[LDNP_SHOWN_SIZE];
    struct dnp_slice name = {NULL, 0};
    if (lua_type(L, key) != LUA_TSTRING) {
        ldnp_raise(L, CALLER, "session: expected names of options as keys, got a %s", luaL_typename(L, key));
    }
    name.data = lua_tolstring(L, key, &name.length);
    if (is_known(name)) {
        return;
    }
    dnp_suggest_start(&suggestion, name.data, name.length);
    for (int i = 0; i < OPTION_COUNT; i++) {
        dnp_suggest_consider(&suggestion, option_names[i]);
    }
    dnp_suggest_format(&suggestion, hint, sizeof hint);
    ldnp_raise(L, CALLER, "session: option '%s' is unknown%s", ldnp_shown(name, buffer), hint);
}

static void check_names(lua_State *L, int index)
{
    lua_pushnil(L);
    while (lua_next(L, index) != 0) {
        lua_pop(L, 1);
        refuse_unknown(L, lua_gettop(L));
    }
}

/* Pushes an option's value; false, with nothing pushed, when it was not given. */
static bool push_option(lua_State *L, int index, enum option option)
{
    lua_pushstring(L, option_names[option]);
    lua_rawget(L, index);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        return false;
    }
    return true;
}

static void wrong_type(lua_State *L, enum option option, const char *expected)
{
    ldnp_raise(L, CALLER, "session: option '%s': expected %s, got %s", option_names[option], expected,
               luaL_typename(L, -1));
}

/* What goes into a header or a path must not end its line. */
static const char *get_text(lua_State *L, int index, enum option option, const char *fallback)
{
    size_t length = 0;
    if (!push_option(L, index, option)) {
        return fallback;
    }
    if (lua_type(L, -1) != LUA_TSTRING) {
        wrong_type(L, option, "string");
    }
    const char *text = lua_tolstring(L, -1, &length);
    for (size_t i = 0; i < length; i++) {
        if (dnp_is_control(text[i])) {
            ldnp_raise(L, CALLER, "session: option '%s' holds a control character (byte %d)", option_names[option],
                       (int)i + 1);
        }
    }
    lua_pop(L, 1);
    return text;
}

static const char *need_text(lua_State *L, int index, enum option option)
{
    const char *text = get_text(L, index, option, NULL);
    if (text == NULL) {
        ldnp_raise(L, CALLER, "session: option '%s' is missing", option_names[option]);
    }
    return text;
}

/* The number on top of the stack breaks a limit: "at least", "at most" or "above". */
static void out_of_range(lua_State *L, enum option option, const char *side, int64_t limit)
{
    lua_pushvalue(L, -1);
    ldnp_raise(L, CALLER, "session: option '%s' must be %s %d, got %s", option_names[option], side, (int)limit,
               lua_tostring(L, -1));
}

static double get_seconds(lua_State *L, int index, enum option option, double fallback)
{
    if (!push_option(L, index, option)) {
        return fallback;
    }
    if (lua_type(L, -1) != LUA_TNUMBER) {
        wrong_type(L, option, "number");
    }
    double number = (double)lua_tonumber(L, -1);
    if (!(number > 0)) {
        out_of_range(L, option, "above", 0);
    }
    if (number > LONGEST_TIMEOUT) {
        out_of_range(L, option, "at most", LONGEST_TIMEOUT);
    }
    lua_pop(L, 1);
    return number;
}

/* An integer from `least` on; what is beyond `most` is refused when that fits into an int, else cut. */
static int64_t get_integer(lua_State *L, int index, enum option option, int64_t fallback, int64_t least, int64_t most)
{
    int64_t integer = 0;
    if (!push_option(L, index, option)) {
        return fallback;
    }
    if (lua_type(L, -1) != LUA_TNUMBER) {
        wrong_type(L, option, "integer");
    }
    if (!ldnp_to_integer(L, -1, &integer)) {
        ldnp_raise(L, CALLER, "session: option '%s': expected integer, got %s", option_names[option],
                   lua_tostring(L, -1));
    }
    if (integer < least) {
        out_of_range(L, option, "at least", least);
    }
    if (integer > most && most <= INT32_MAX) {
        out_of_range(L, option, "at most", most);
    }
    lua_pop(L, 1);
    return integer < most ? integer : most;
}

static bool get_boolean(lua_State *L, int index, enum option option, bool fallback)
{
    if (!push_option(L, index, option)) {
        return fallback;
    }
    if (!lua_isboolean(L, -1)) {
        wrong_type(L, option, "boolean");
    }
    bool value = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
    return value;
}

static const struct dnp_dialect_info *get_dialect(lua_State *L, int index)
{
    const char *name = get_text(L, index, DIALECT, DEFAULT_DIALECT);
    const struct dnp_dialect_info *dialect = dnp_find_dialect(name);
    if (dialect == NULL) {
        ldnp_refuse_dialect(L, CALLER, "session: option 'dialect'", name);
    }
    return dialect;
}

static const struct dnp_auth_scheme *get_auth(lua_State *L, int index)
{
    const char *name = get_text(L, index, AUTH, dnp_auth_basic.name);
    const struct dnp_auth_scheme *scheme = dnp_find_auth_scheme(name);
    char buffer[LDNP_SHOWN_SIZE];
    if (scheme == NULL) {
        ldnp_raise(L, CALLER, "session: option 'auth': expected one of 'basic', 'wse', got '%s'",
                   ldnp_shown(dnp_slice_of(name), buffer));
        return &dnp_auth_basic; /* never: raising does not return */
    }
    return scheme;
}

/* What the Lua layer got from require "dnp.wse", and keeps in the settings as long as the session lives. */
static const struct dnp_crypto *get_crypto(lua_State *L, int settings, const struct dnp_auth_scheme *scheme)
{
    if (!scheme->needs_crypto) {
        return NULL;
    }
    lua_getfield(L, settings, LDNP_CRYPTO_SETTING);
    const struct dnp_crypto *crypto = ldnp_check_crypto(L, lua_gettop(L));
    lua_pop(L, 1);
    return crypto;
}

/* A function, or anything with a write method: an open file. */
static void check_trace(lua_State *L, int index)
{
    if (!push_option(L, index, TRACE)) {
        return;
    }
    bool usable = lua_isfunction(L, -1) != 0;
    if (!usable && (lua_isuserdata(L, -1) || lua_istable(L, -1))) {
        lua_getfield(L, -1, "write");
        usable = !lua_isnil(L, -1);
        lua_pop(L, 1);
    }
    if (!usable) {
        wrong_type(L, TRACE, "function or open file");
    }
    lua_pop(L, 1);
}

static void copy_option(lua_State *L, int index, int settings, enum option option)
{
    if (push_option(L, index, option)) {
        lua_setfield(L, settings, option_names[option]);
    }
}

/* What engines other than libcurl learn of it, and what the Lua layer decides by. */
static void copy_to_settings(lua_State *L, int index, int settings, const struct ldnp_options *options)
{
    static const enum option copied[] = {CA_FILE, PROXY, ENGINE, TRACE};
    for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++) {
        copy_option(L, index, settings, copied[i]);
    }
    lua_pushstring(L, options->session.auth->name);
    lua_setfield(L, settings, option_names[AUTH]);
    lua_pushboolean(L, !options->transport.insecure);
    lua_setfield(L, settings, option_names[VERIFY]);
    lua_pushnumber(L, options->transport.timeout);
    lua_setfield(L, settings, option_names[TIMEOUT]);
    lua_pushnumber(L, options->transport.connect_timeout);
    lua_setfield(L, settings, option_names[CONNECT_TIMEOUT]);
    lua_pushnumber(L, (lua_Number)options->session.max_response_bytes);
    lua_setfield(L, settings, option_names[MAX_RESPONSE_BYTES]);
}

void ldnp_read_options(lua_State *L, int index, int settings, struct ldnp_options *options)
{
    luaL_checkstack(L, 8, "options");
    check_names(L, index);
    options->session = (struct dnp_session_options){
        .url = need_text(L, index, URL),
        .username = need_text(L, index, USERNAME),
        .password = need_text(L, index, PASSWORD),
        .dialect = get_dialect(L, index),
        .auth = get_auth(L, index),
        .wse_to = get_text(L, index, WSE_TO, NULL),
        .wse_clock_offset = get_integer(L, index, WSE_CLOCK_OFFSET, 0, -MOST_CLOCK_OFFSET, MOST_CLOCK_OFFSET),
        .user_agent = get_text(L, index, USER_AGENT, NULL),
        .max_response_bytes =
            (size_t)get_integer(L, index, MAX_RESPONSE_BYTES, DNP_DEFAULT_MAX_RESPONSE_BYTES, 1, PTRDIFF_MAX),
    };
    options->session.crypto = get_crypto(L, settings, options->session.auth);
    if (!options->session.auth->needs_crypto &&
        (options->session.wse_to != NULL || options->session.wse_clock_offset != 0)) {
        ldnp_raise(L, CALLER, "session: options 'wse_to' and 'wse_clock_offset' are for auth = 'wse'");
    }
    options->transport = (struct dnp_transport_options){
        .timeout = get_seconds(L, index, TIMEOUT, DEFAULT_TIMEOUT),
        .connect_timeout = get_seconds(L, index, CONNECT_TIMEOUT, DEFAULT_CONNECT_TIMEOUT),
        .ca_file = get_text(L, index, CA_FILE, NULL),
        .proxy = get_text(L, index, PROXY, NULL),
        .max_connections = (size_t)get_integer(L, index, MAX_CONNECTIONS, DEFAULT_MAX_CONNECTIONS, 1, MOST_CONNECTIONS),
        .insecure = !get_boolean(L, index, VERIFY, true),
    };
    check_trace(L, index);
    lua_getfield(L, index, option_names[TRACE]);
    options->session.keep_excerpts = !lua_isnil(L, -1);
    lua_pop(L, 1);
    copy_to_settings(L, index, settings, options);
}

void ldnp_push_option_names(lua_State *L)
{
    lua_createtable(L, OPTION_COUNT, 0);
    for (int i = 0; i < OPTION_COUNT; i++) {
        lua_pushstring(L, option_names[i]);
        lua_rawseti(L, -2, i + 1);
    }
}
