/*
 * The userdata of a call: its life, its thread, its results. call_transfer.c makes requests and sends them by libcurl;
 * call_engine.c is for whoever else moves the bytes.
 *
 * All that can raise while a response is read runs protected on the call's own thread, whose stack holds the unfinished
 * values between two pieces. So the stack of whoever feeds is free, a coroutine may yield between two pieces, and on
 * any error the transfer is ended and the collector runs again before the error goes on. No frame of libcurl or libxml2
 * is ever on the way of that longjmp.
 */
#include "lua/core/call_private.h"

#include "lua/common/raise.h"
#include "lua/core/error.h"
#include "lua/core/loop.h"
#include "lua/core/result.h"

#define METATABLE "dnp.call"
#define MAX_IDLE_CALLS 64

/* Its address marks a call, and is the metatable's in the registry. */
static const char mark = 0;

/* ---- life ---- */

struct ldnp_call *ldnp_to_call(lua_State *L, int index)
{
    struct ldnp_call *call = ldnp_to_userdata(L, index, sizeof *call);
    return call != NULL && call->mark == &mark ? call : NULL;
}

struct ldnp_call *ldnp_check_call(lua_State *L, int index, const char *method, int level)
{
    struct ldnp_call *call = ldnp_to_call(L, index);
    if (call == NULL) {
        (void)ldnp_raise(L, level, "%s: expected receiver, got %s; it is called with a colon, receiver:%s(...)", method,
                         luaL_typename(L, index), method);
    } else if (call->call == NULL) {
        (void)ldnp_raise(L, level, "%s: the call is closed", method);
    } else if (call->busy) {
        (void)ldnp_raise(L, level, "%s: the call is in use; a finalizer or hook must not use it", method);
    }
    return call;
}

static void unlink_call(struct ldnp_call *call)
{
    if (call->link != NULL) {
        *call->link = call->next;
        if (call->next != NULL) {
            call->next->link = call->link;
        }
        call->link = NULL;
    }
}

void ldnp_link_call(struct ldnp_call *call)
{
    call->next = call->session->calls;
    call->link = &call->session->calls;
    if (call->next != NULL) {
        call->next->link = &call->next;
    }
    call->session->calls = call;
}

/* What was sent may have arrived; the result says so. */
static void cut_off(struct ldnp_call *call)
{
    const struct dnp_failure closed = {.name = "closed", .sent = DNP_SENT_UNKNOWN};
    if (call->exchange.transfer != NULL) {
        dnp_exchange_end(&call->exchange);
        call->session->loop->cut = true;
        call->good = dnp_call_fail(call->call, &closed, &call->error);
        call->state = LDNP_ENDED;
    }
}

void ldnp_call_end_all(struct ldnp_session *session)
{
    for (struct ldnp_call *call = session->calls; call != NULL; call = call->next) {
        cut_off(call);
    }
}

static void let_go(struct ldnp_call *call)
{
    if (call->call != NULL) {
        dnp_exchange_end(&call->exchange);
        dnp_call_free(call->call);
        call->call = NULL;
        unlink_call(call);
    }
}

static int call_gc(lua_State *L)
{
    struct ldnp_call *call = ldnp_to_call(L, 1);
    if (call != NULL && !call->busy) {
        let_go(call);
    }
    return 0;
}

static int call_tostring(lua_State *L)
{
    const struct ldnp_call *call = ldnp_to_call(L, 1);
    lua_pushfstring(L, METATABLE " (%s)", call != NULL ? call->operation->name : "?");
    return 1;
}

static void reset_call(struct ldnp_call *call, const struct dnp_operation *operation)
{
    call->call = NULL;
    call->operation = operation;
    call->link = NULL;
    call->next = NULL;
    call->exchange.transfer = NULL;
    call->state = LDNP_PREPARED;
    call->good = false;
    call->busy = false;
    call->recycled = false;
    call->streams = false;
    call->step = NULL;
    call->pinned = 0;
}

struct ldnp_call *ldnp_push_call(lua_State *L, int session, const struct dnp_operation *operation)
{
    struct ldnp_call *call = ldnp_new_userdata(L, sizeof *call);
    call->mark = &mark;
    reset_call(call, operation);
    call->session = lua_touserdata(L, session);
    call->thread = NULL;
    ldnp_push_registered(L, &mark);
    lua_setmetatable(L, -2);
    lua_createtable(L, 2, 0);
    lua_pushvalue(L, session);
    lua_rawseti(L, -2, LDNP_CALL_SESSION);
    ldnp_set_uservalue(L, -2);
    return call;
}

struct ldnp_call *ldnp_push_recycled_call(lua_State *L, int index, const struct dnp_operation *operation)
{
    struct ldnp_session *session = lua_touserdata(L, index);
    struct ldnp_call *call = NULL;
    if (session->idle_calls > 0) {
        ldnp_push_uservalue(L, index);
        lua_rawgeti(L, -1, session->idle_calls);
        lua_pushboolean(L, 0); /* or one that is given up in the middle would never be collected */
        lua_rawseti(L, -3, session->idle_calls--);
        lua_remove(L, -2);
        call = lua_touserdata(L, -1);
        reset_call(call, operation);
    } else {
        call = ldnp_push_call(L, index, operation);
    }
    call->recycled = true;
    return call;
}

/* The call, which has ended, is at `index`, and its session at `session`. */
static void recycle_call(lua_State *L, int index, int session, struct ldnp_call *call)
{
    struct ldnp_session *owner = call->session;
    if (owner->closed || owner->idle_calls == MAX_IDLE_CALLS) {
        return;
    }
    if (call->thread != NULL) {
        ldnp_sink_clear(&call->sink);
    }
    call->recycled = false;
    ldnp_push_uservalue(L, session);
    lua_pushvalue(L, index);
    lua_rawseti(L, -2, owner->idle_calls + 1); /* may raise for lack of memory */
    owner->idle_calls++;
    lua_pop(L, 1);
}

bool ldnp_make_call(struct ldnp_call *call, struct dnp_error *error)
{
    call->call = dnp_call_new(call->session->session, call->operation, error);
    if (call->call != NULL) {
        ldnp_link_call(call);
    }
    return call->call != NULL;
}

/* ---- running on the call's thread ---- */

/* Runs protected, with the call on top of the stack. What lies below is the sink's, and stays. */
static int run_protected(lua_State *T)
{
    struct ldnp_call *call = lua_touserdata(T, -1);
    lua_pop(T, 1);
    ldnp_sink_enter(&call->sink);
    call->step->run(call, call->step);
    luaL_checkstack(T, LUA_MINSTACK, "response");
    return lua_gettop(T);
}

static void make_thread(lua_State *L, int index, struct ldnp_call *call)
{
    ldnp_push_uservalue(L, index);
    call->thread = lua_newthread(L);
    lua_rawseti(L, -2, LDNP_CALL_THREAD);
    lua_pop(L, 1);
    ldnp_sink_init(&call->sink, call->thread);
    call->sink.lets_collector_run = call->streams;
}

/* A step has raised what is on top of the call's thread: everything of the call ends, and the error goes on. */
static void raise_from(lua_State *L, struct ldnp_call *call)
{
    dnp_exchange_end(&call->exchange);
    end_call(call, false);
    call->state = LDNP_TAKEN;
    lua_xmove(call->thread, L, 1);
    (void)lua_error(L);
}

void ldnp_run_step(lua_State *L, int index, struct ldnp_call *call, struct ldnp_step *step)
{
    const int before = (int)call->state;
    if (call->thread == NULL) {
        make_thread(L, index, call);
    }
    lua_State *T = call->thread;
    if (!lua_checkstack(T, 4)) {
        luaL_error(L, "not enough memory");
    }
    lua_pushvalue(L, index);
    ldnp_sink_push_function(L, call->operation, call->session->dialect, run_protected);
    if (call->call == NULL || (int)call->state != before) {
        lua_pop(L, 2); /* what was made here has run a finalizer that ended the call */
        return;
    }
    lua_xmove(L, T, 1);
    lua_insert(T, 1);
    lua_xmove(L, T, 1);
    call->step = step;
    call->busy = true;
    call->session->busy++;
    ldnp_sink_resume(&call->sink);
    int status = lua_pcall(T, lua_gettop(T) - 1, LUA_MULTRET, 0);
    int kilobytes = ldnp_sink_pause(&call->sink);
    call->session->busy--;
    call->busy = false;
    call->step = NULL;
    if (status != 0) {
        raise_from(L, call);
    }
    if (kilobytes > 0) {
        ldnp_sink_owe(L, kilobytes);
    }
}

/* ---- the end ---- */

int ldnp_take_results(lua_State *L, int index, struct ldnp_call *call, int level)
{
    if (!call->good) {
        ldnp_raise_usage(L, &call->error, level);
    }
    call->state = LDNP_TAKEN;
    if (call->thread != NULL) {
        ldnp_sink_push_result(&call->sink);
        lua_xmove(call->thread, L, 1);
    } else {
        lua_pushnil(L);
    }
    call->pinned++; /* where an error leaves it so, the call is let go of when it is collected */
    int results = ldnp_push_results(L, call);
    call->pinned--;
    if (call->pinned == 0) {
        let_go(call);
        if (call->recycled) {
            ldnp_push_uservalue(L, index);
            lua_rawgeti(L, -1, LDNP_CALL_SESSION);
            recycle_call(L, index, lua_gettop(L), call);
            lua_pop(L, 2);
        }
    }
    return results;
}

/* core.results(call): what the method returns, once the call has ended; usage errors raise three functions up. */
static int call_results(lua_State *L)
{
    struct ldnp_call *call = ldnp_check_call(L, 1, "results", 1);
    return ldnp_take_results(L, 1, call, 3);
}

/* core.settings_of(call): those of its session. */
static int call_settings(lua_State *L)
{
    (void)ldnp_check_call(L, 1, "settings_of", 1);
    ldnp_push_uservalue(L, 1);
    lua_rawgeti(L, -1, LDNP_CALL_SESSION);
    lua_replace(L, 1);
    lua_settop(L, 1);
    ldnp_push_uservalue(L, 1);
    return 1;
}

/* core.check_session(method, session): raises three functions up when it cannot be used. */
static int check_session(lua_State *L)
{
    const char *method = luaL_checkstring(L, 1);
    ldnp_check_session(L, 2, method, 3);
    return 0;
}

/* core.cancel(call): frees it, whatever state it is in. */
static int call_cancel(lua_State *L)
{
    struct ldnp_call *call = ldnp_to_call(L, 1);
    if (call != NULL && call->busy) {
        return luaL_error(L, "the call is in use; a finalizer or hook must not use it");
    }
    if (call != NULL && call->pinned > 0) {
        cut_off(call); /* the rest when it is collected; who has pinned it may have been left by an error */
        return 0;
    }
    return call_gc(L);
}

/* core.cut(call): ends its transfer; who waits for it finds that the call has ended. */
static int call_cut(lua_State *L)
{
    cut_off(ldnp_check_call(L, 1, "close", 1));
    return 0;
}

/* ---- opening ---- */

void ldnp_call_open(lua_State *L)
{
    ldnp_engine_open(L);
    luaL_newmetatable(L, METATABLE);
    lua_pushvalue(L, -1);
    ldnp_register(L, &mark);
    lua_pushliteral(L, METATABLE);
    lua_setfield(L, -2, "__name");
    lua_pushcfunction(L, call_gc);
    lua_setfield(L, -2, "__gc");
    lua_pushcfunction(L, call_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_newtable(L);
    lua_pushcfunction(L, ldnp_call_feed);
    lua_setfield(L, -2, "feed");
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

void ldnp_push_call_methods(lua_State *L)
{
    luaL_getmetatable(L, METATABLE);
    lua_getfield(L, -1, "__index");
    lua_remove(L, -2);
}

void ldnp_call_functions(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"check_session", check_session},
        {"settings_of", call_settings},
        {"results", call_results},
        {"cancel", call_cancel},
        {"cut", call_cut},
        {NULL, NULL},
    };
    for (const luaL_Reg *function = functions; function->name != NULL; function++) {
        lua_pushcfunction(L, function->func);
        lua_setfield(L, -2, function->name);
    }
    ldnp_transfer_functions(L);
    ldnp_engine_functions(L);
}
