/*
 * The session userdata: its life, and a method for each row of the contract.
 *
 * The userdata exists before the C session does, so that whatever raises leaves something that __gc can free. A
 * method knows its operation by number: light userdata cannot hold every address on LuaJIT.
 */
#include "lua/session.h"

#include <unistd.h>

#include "lua/call.h"
#include "lua/engine.h"
#include "lua/error.h"
#include "lua/options.h"

#define METATABLE "dnp.session"
/* A trace's text is at most a request, or the excerpt of an answer, a little longer for its replacements. */
#define MAX_TRACE_TEXT ((size_t)64 * 1024 * 1024)

static struct ldnp_session *to_session(lua_State *L, const char *method)
{
    struct ldnp_session *session = lua_touserdata(L, 1);
    if (session != NULL && lua_getmetatable(L, 1)) {
        luaL_getmetatable(L, METATABLE);
        bool same = lua_rawequal(L, -1, -2) != 0;
        lua_pop(L, 2);
        if (same) {
            return session;
        }
    }
    (void)luaL_error(L, "%s: session expected, got %s; it is called with a colon, session:%s(...)", method,
                     luaL_typename(L, 1), method);
    return NULL;
}

static void refuse_closed(lua_State *L, const struct ldnp_session *session, const char *method)
{
    if (session->session == NULL) {
        (void)luaL_error(L, "%s: the session is closed", method);
    }
}

static void refuse_busy(lua_State *L, const struct ldnp_session *session, const char *method)
{
    if (session->busy) {
        (void)luaL_error(L, "%s: the session is in the middle of a call; its trace must not use it", method);
    }
}

struct ldnp_session *ldnp_use_session(lua_State *L, const char *method)
{
    struct ldnp_session *session = to_session(L, method);
    refuse_closed(L, session, method);
    refuse_busy(L, session, method);
    if (session->owner != getpid()) {
        (void)luaL_error(L, "%s: the session belongs to the process that made it; make a new one after a fork", method);
    }
    return session;
}

/* On 5.1 the function is a value that is made, which can run a finalizer, and that can close the session. */
int ldnp_occupy(lua_State *L, struct ldnp_session *session, const char *method, lua_CFunction function)
{
    bool before = session->busy;
    lua_pushcfunction(L, function);
    lua_insert(L, 1);
    refuse_closed(L, session, method);
    session->busy = true;
    int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    session->busy = before;
    return status;
}

/* In a forked child the connection is the parent's: closing it there would end the parent's TLS session. */
static void release(struct ldnp_session *session)
{
    if (session->session != NULL && session->owner == getpid()) {
        dnp_session_free(session->session);
    }
    session->session = NULL;
    dnp_buffer_free(&session->scratch);
}

/* A session in the middle of a call is never garbage; a trace that calls this, or closes the state, finds it in use. */
static int session_gc(lua_State *L)
{
    struct ldnp_session *session = to_session(L, "__gc");
    if (!session->busy) {
        release(session);
    }
    return 0;
}

static int session_close(lua_State *L)
{
    struct ldnp_session *session = to_session(L, "close");
    refuse_busy(L, session, "close");
    release(session);
    return 0;
}

static int push_description(lua_State *L)
{
    const struct ldnp_session *session = lua_touserdata(L, 1);
    lua_pushfstring(L, METATABLE " (%s, %s, user %s)", dnp_session_url(session->session), session->dialect->name,
                    dnp_session_username(session->session));
    return 1;
}

static int session_tostring(lua_State *L)
{
    struct ldnp_session *session = to_session(L, "__tostring");
    if (session->session == NULL) {
        lua_pushliteral(L, METATABLE " (closed)");
        return 1;
    }
    return ldnp_occupy(L, session, "__tostring", push_description) == 0 ? 1 : lua_error(L);
}

static int push_info(lua_State *L)
{
    const struct ldnp_session *session = lua_touserdata(L, 1);
    lua_createtable(L, 0, 3);
    lua_pushstring(L, dnp_session_url(session->session));
    lua_setfield(L, -2, "url");
    lua_pushstring(L, dnp_session_username(session->session));
    lua_setfield(L, -2, "username");
    lua_pushstring(L, session->dialect->name);
    lua_setfield(L, -2, "dialect");
    return 1;
}

/* What a session was made for; never the password. */
static int session_info(lua_State *L)
{
    struct ldnp_session *session = ldnp_use_session(L, "info");
    return ldnp_occupy(L, session, "info", push_info) == 0 ? 1 : lua_error(L);
}

static int call_operation(lua_State *L)
{
    const struct dnp_operation *operation = &dnp_operations[lua_tointeger(L, lua_upvalueindex(1))];
    struct ldnp_session *session = ldnp_use_session(L, operation->method);
    return ldnp_perform(L, session, operation);
}

int ldnp_session_new(lua_State *L)
{
    struct dnp_session_options options;
    struct dnp_error error;
    if (!lua_istable(L, 1) || lua_gettop(L) > 1) {
        return luaL_error(L, "session: one table of options expected, got %s",
                          lua_gettop(L) > 1 ? "more arguments" : luaL_typename(L, 1));
    }
    struct ldnp_session *session = ldnp_new_userdata(L, sizeof *session);
    *session = (struct ldnp_session){.owner = getpid()};
    dnp_buffer_init(&session->scratch, MAX_TRACE_TEXT);
    luaL_getmetatable(L, METATABLE);
    lua_setmetatable(L, 2);
    session->traced = ldnp_read_options(L, 1, &options);
    if (session->traced) {
        lua_createtable(L, 1, 0);
        lua_insert(L, -2);
        lua_rawseti(L, -2, LDNP_TRACE);
        ldnp_set_companion(L, 2);
    }
    session->dialect = options.dialect;
    session->session = dnp_session_new(&options, &error);
    if (session->session == NULL) {
        if (error.kind == DNP_USAGE) {
            return luaL_error(L, "session: option %s", error.message);
        }
        ldnp_raise_mistake(L, &error);
        lua_pushnil(L);
        ldnp_push_error(L, &error, NULL, dnp_slice_of(""));
        return 2;
    }
    dnp_session_keep_excerpt(session->session, session->traced);
    lua_settop(L, 2);
    return 1;
}

static void add_function(lua_State *L, const char *name, lua_CFunction function)
{
    lua_pushcfunction(L, function);
    lua_setfield(L, -2, name);
}

static void push_methods(lua_State *L)
{
    lua_createtable(L, 0, (int)dnp_operation_count + 4);
    for (size_t i = 0; i < dnp_operation_count; i++) {
        lua_pushinteger(L, (lua_Integer)i);
        lua_pushcclosure(L, call_operation, 1);
        lua_setfield(L, -2, dnp_operations[i].method);
    }
    add_function(L, "close", session_close);
    add_function(L, "info", session_info);
    add_function(L, "request", ldnp_engine_request);
    add_function(L, "response", ldnp_engine_response);
}

void ldnp_session_open(lua_State *L)
{
    luaL_newmetatable(L, METATABLE);
    lua_pushliteral(L, METATABLE);
    lua_setfield(L, -2, "__name");
    add_function(L, "__gc", session_gc);
    add_function(L, "__close", session_close);
    add_function(L, "__tostring", session_tostring);
    push_methods(L);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
