/*
 * The session userdata: its options, its connections, its end. What a call does is in call.c.
 *
 * The userdata exists before the C session does, so that whatever raises leaves something that __gc can free. It has no
 * connection before the first call of libcurl's, so that one made in nginx's master can be used by all workers.
 */
#include "lua/core/session.h"

#include <string.h>
#include <unistd.h>

#include "lua/common/raise.h"
#include "lua/core/call.h"
#include "lua/core/error.h"
#include "lua/core/field_names.h"
#include "lua/core/loop.h"
#include "lua/core/options.h"
#include "transport/failure.h"

#define METATABLE "dnp.session"

/* Its address marks a session. */
static const char mark = 0;

static struct ldnp_session *to_session(lua_State *L, int index, const char *method, int level)
{
    struct ldnp_session *session = ldnp_to_userdata(L, index, sizeof *session);
    if (session != NULL && session->mark == &mark) {
        return session;
    }
    (void)ldnp_raise(L, level, "%s: expected session, got %s; it is called with a colon, session:%s(...)", method,
                     luaL_typename(L, index), method);
    return NULL;
}

struct ldnp_session *ldnp_check_session(lua_State *L, int index, const char *method, int level)
{
    struct ldnp_session *session = to_session(L, index, method, level);
    if (session->closed) {
        (void)ldnp_raise(L, level, "%s: the session is closed", method);
    }
    return session;
}

/* ---- connections ---- */

struct dnp_transport *ldnp_session_transport(lua_State *L, struct ldnp_session *session, struct dnp_error *error)
{
    if (session->closed) {
        const struct dnp_failure closed = {.name = "closed", .sent = DNP_NOT_SENT};
        dnp_failure_describe(&closed, "the panel", error);
        return NULL;
    }
    if (session->transport != NULL) {
        if (session->owner != getpid()) {
            luaL_error(L, "the session belongs to the process that made it; make a new one after a fork");
        }
        return session->transport;
    }
    session->loop = ldnp_loop_acquire(L, error);
    if (session->loop == NULL) {
        return NULL;
    }
    if (session->closed) {
        ldnp_loop_release(session->loop);
        session->loop = NULL;
        return ldnp_session_transport(L, session, error);
    }
    session->owner = session->loop->owner;
    session->transport = session->loop->functions->transport_new(session->loop->loop, &session->options, error);
    if (session->transport == NULL) {
        ldnp_loop_release(session->loop);
        session->loop = NULL;
    }
    return session->transport;
}

/* In a forked child the connections are the parent's: closing them there would end the parent's TLS sessions. */
static void disconnect(struct ldnp_session *session)
{
    if (session->transport != NULL && session->owner == getpid()) {
        ldnp_call_end_all(session);
        session->loop->functions->transport_free(session->transport);
    }
    session->transport = NULL;
    ldnp_loop_release(session->loop);
    session->loop = NULL;
}

/* ---- life ---- */

static void let_go(struct ldnp_session *session)
{
    dnp_session_free(session->session);
    session->session = NULL;
}

static void close_session(struct ldnp_session *session)
{
    disconnect(session);
    session->closed = true;
    if (session->pinned == 0) {
        let_go(session);
    }
}

/* A session whose call is being stepped is not garbage; code that closes the state from a sink finds it in use. */
static int session_gc(lua_State *L)
{
    struct ldnp_session *session = to_session(L, 1, "__gc", 1);
    if (session->busy == 0) {
        close_session(session);
        let_go(session);
        dnp_call_free(session->draft);
        session->draft = NULL;
    }
    return 0;
}

static int session_close(lua_State *L)
{
    struct ldnp_session *session = to_session(L, 1, "close", 1);
    if (session->busy > 0) {
        return luaL_error(L, "close: the session is in the middle of a call; a finalizer or hook must not close it");
    }
    close_session(session);
    return 0;
}

static int session_tostring(lua_State *L)
{
    struct ldnp_session *session = to_session(L, 1, "__tostring", 1);
    if (session->closed) {
        lua_pushliteral(L, METATABLE " (closed)");
        return 1;
    }
    session->pinned++;
    lua_pushfstring(L, METATABLE " (%s, %s, user %s)", dnp_session_address(session->session)->url,
                    session->dialect->name, dnp_session_username(session->session));
    session->pinned--;
    return 1;
}

static void set_string(lua_State *L, const char *key, const char *text)
{
    lua_pushstring(L, text);
    lua_setfield(L, -2, key);
}

/* What a session was made for; never the password. */
static int session_info(lua_State *L)
{
    struct ldnp_session *session = ldnp_check_session(L, 1, "info", 1);
    session->pinned++; /* where an error leaves it so, the session is let go of when it is collected */
    lua_createtable(L, 0, 5);
    set_string(L, "url", dnp_session_address(session->session)->url);
    set_string(L, "username", dnp_session_username(session->session));
    set_string(L, "dialect", session->dialect->name);
    set_string(L, "auth", dnp_session_auth_name(session->session));
    lua_pushnumber(L, session->options.timeout);
    lua_setfield(L, -2, "timeout");
    session->pinned--;
    return 1;
}

int ldnp_session_settings(lua_State *L)
{
    (void)to_session(L, 1, "settings", 1);
    ldnp_push_uservalue(L, 1);
    return 1;
}

/* What the client says of an option begins with its name: "url has no host". */
static int raise_option(lua_State *L, const char *message)
{
    size_t length = strcspn(message, " :'");
    if (length == 0) {
        return ldnp_raise(L, 2, "session: option %s", message);
    }
    lua_pushlstring(L, message, length);
    return ldnp_raise(L, 2, "session: option '%s'%s", lua_tostring(L, -1), message + length);
}

int ldnp_session_new(lua_State *L)
{
    struct ldnp_options options;
    struct dnp_error error;
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    struct ldnp_session *session = ldnp_new_userdata(L, sizeof *session);
    *session = (struct ldnp_session){.mark = &mark, .owner = getpid(), .closed = true};
    luaL_getmetatable(L, METATABLE);
    lua_setmetatable(L, 3);
    lua_pushvalue(L, 2);
    ldnp_set_uservalue(L, 3);
    ldnp_read_options(L, 1, 2, &options);
    lua_getfield(L, 2, "trace");
    session->traced = lua_toboolean(L, -1) != 0;
    session->dialect = options.session.dialect;
    session->names = ldnp_dialect_names(L, session->dialect);
    session->options = options.transport;
    session->session = dnp_session_new(&options.session, &error);
    if (session->session == NULL) {
        if (error.kind == DNP_USAGE) {
            return raise_option(L, error.message);
        }
        ldnp_raise_usage(L, &error, 2);
        lua_pushnil(L);
        ldnp_push_error(L, &error, NULL);
        return 2;
    }
    session->closed = false;
    lua_settop(L, 3);
    return 1;
}

static void add_function(lua_State *L, const char *name, lua_CFunction function)
{
    lua_pushcfunction(L, function);
    lua_setfield(L, -2, name);
}

void ldnp_push_methods(lua_State *L)
{
    luaL_getmetatable(L, METATABLE);
    lua_getfield(L, -1, "__index");
    lua_remove(L, -2);
}

void ldnp_session_open(lua_State *L)
{
    luaL_newmetatable(L, METATABLE);
    lua_pushliteral(L, METATABLE);
    lua_setfield(L, -2, "__name");
    add_function(L, "__gc", session_gc);
    add_function(L, "__close", session_close);
    add_function(L, "__tostring", session_tostring);
    lua_newtable(L);
    add_function(L, "close", session_close);
    add_function(L, "info", session_info);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
