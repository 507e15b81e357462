/*
 * One call: arguments become a request, the response becomes results, whoever moves the bytes.
 *
 * All that can raise while a response is read runs protected on the call's own thread, whose stack holds the unfinished
 * values between two pieces. So the stack of whoever feeds is free, a coroutine may yield between two pieces, and on
 * any error the transfer is ended and the collector runs again before the error goes on. No frame of libcurl or libxml2
 * is ever on the way of that longjmp.
 */
#include "lua/core/call.h"

#include <string.h>
#include <time.h>

#include "lua/common/raise.h"
#include "lua/core/error.h"
#include "lua/core/field_names.h"
#include "lua/core/loop.h"
#include "lua/core/operation.h"
#include "lua/core/received.h"
#include "lua/core/request.h"
#include "lua/core/result.h"
#include "lua/core/source.h"

#define METATABLE "dnp.call"
#define MAX_IDLE_CALLS 64

/* Its address marks a call, and is the metatable's in the registry. */
static const char mark = 0;
/* Likewise of a function that Lua 5.1 would make anew each time. */
static const char protected_function = 0;
/* And of tables from requests that somebody else sends: to what stands for them, and to their secrets. */
static const char pending = 0;
static const char secrets = 0;

/* ---- life ---- */

static struct ldnp_call *to_call(lua_State *L, int index)
{
    struct ldnp_call *call = ldnp_to_userdata(L, index, sizeof *call);
    return call != NULL && call->mark == &mark ? call : NULL;
}

struct ldnp_call *ldnp_check_call(lua_State *L, int index, const char *method, int level)
{
    struct ldnp_call *call = to_call(L, index);
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

static void link_call(struct ldnp_call *call)
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
    struct ldnp_call *call = to_call(L, 1);
    if (call != NULL && !call->busy) {
        let_go(call);
    }
    return 0;
}

static int call_tostring(lua_State *L)
{
    const struct ldnp_call *call = to_call(L, 1);
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

/* Pushes a userdata with no call in it yet; the session is at `session`. */
static struct ldnp_call *push_call(lua_State *L, int session, const struct dnp_operation *operation)
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

/* The same, with one that has served before if there is one. */
static struct ldnp_call *push_recycled_call(lua_State *L, int index, const struct dnp_operation *operation)
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
        call = push_call(L, index, operation);
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

/* Fills it. False: `error` is filled. */
static bool make_call(struct ldnp_call *call, struct dnp_error *error)
{
    call->call = dnp_call_new(call->session->session, call->operation, error);
    if (call->call != NULL) {
        link_call(call);
    }
    return call->call != NULL;
}

/* ---- requests ---- */

/* The arguments are from `first` up to `last`. */
static bool encode(lua_State *L, const struct ldnp_session *session, struct dnp_call *call, int first, int last,
                   struct dnp_error *error)
{
    struct ldnp_source source;
    const struct dnp_operation *operation = dnp_call_operation(call);
    ldnp_source_init(&source, L, operation, session->dialect, session->names, first, last);
    if (ldnp_source_check_count(&source, error) && dnp_call_encode(call, &source.source, error)) {
        return true; /* what was read is popped */
    }
    if (error->kind == DNP_PROTOCOL) {
        const struct dnp_error reason = *error;
        (void)dnp_fail(error, DNP_USAGE, "%s: a field '" LDNP_UNKNOWN_NAME "' is not XML (%s)", operation->method,
                       reason.message);
    }
    return false;
}

/* Pushes nil and the error, or raises it two functions up. */
static int refuse(lua_State *L, const struct dnp_error *error, const struct dnp_operation *operation)
{
    ldnp_raise_usage(L, error, 2);
    lua_pushnil(L);
    ldnp_push_error(L, error, operation);
    return 2;
}

/* The session is at `session`, arguments are from the place after next up to the call, which is on top. Pushes the
 * settings, or nil and the error. */
static int begin(lua_State *L, int session, const struct dnp_operation *operation, struct ldnp_call *call)
{
    struct dnp_error error;
    const int top = lua_gettop(L);
    if (call->session->closed) { /* by a finalizer that making the userdata has run */
        ldnp_check_session(L, session, operation->method, 2);
    }
    if (!make_call(call, &error) || !encode(L, call->session, call->call, session + 2, top - 1, &error)) {
        return refuse(L, &error, operation);
    }
    ldnp_push_uservalue(L, session);
    return 2;
}

int ldnp_call_begin(lua_State *L)
{
    const struct dnp_operation *operation = &dnp_operations[lua_tointeger(L, 2)];
    ldnp_check_session(L, 1, operation->method, 2);
    return begin(L, 1, operation, push_recycled_call(L, 1, operation));
}

int ldnp_call_begin_named(lua_State *L)
{
    const char *method = luaL_checkstring(L, 1);
    ldnp_check_session(L, 2, method, 2);
    const struct dnp_operation *operation = ldnp_check_operation(L, 3, method, 2);
    return begin(L, 2, operation, push_call(L, 2, operation));
}

/* ---- requests that somebody else sends ---- */

/* Where the call of a request is while the request is made, so that it is freed whatever happens: in its session; or in a
 * userdata, which is pushed, when there is one. An error may have left that; or this is a finalizer in the middle of it. */
static struct dnp_call **push_draft(lua_State *L, struct ldnp_session *session, const struct dnp_operation *operation)
{
    return session->draft == NULL ? &session->draft : &push_call(L, 1, operation)->call;
}

static void end_draft(struct dnp_call **draft)
{
    dnp_call_free(*draft);
    *draft = NULL;
}

/* Pushes the call for whoever needs more than a draft. */
static void push_call_of_draft(lua_State *L, struct dnp_call **draft)
{
    struct ldnp_call *call = push_call(L, 1, dnp_call_operation(*draft));
    call->call = *draft;
    *draft = NULL;
    link_call(call);
}

int ldnp_call_request(lua_State *L)
{
    struct dnp_error error;
    struct dnp_slice kept = {NULL, 0};
    struct ldnp_session *session = ldnp_check_session(L, 1, "request", 2);
    const struct dnp_operation *operation = ldnp_check_operation(L, 2, "request", 2);
    const int last = lua_gettop(L);
    struct dnp_call **draft = push_draft(L, session, operation);
    if (session->closed) {
        ldnp_check_session(L, 1, "request", 2);
    }
    *draft = dnp_call_new(session->session, operation, &error);
    if (*draft == NULL || !encode(L, session, *draft, 3, last, &error)) {
        end_draft(draft);
        return refuse(L, &error, operation);
    }
    ldnp_push_request(L, 1, *draft);
    if (session->traced || !dnp_call_leave(*draft, &kept)) {
        lua_pushnil(L);
        push_call_of_draft(L, draft);
        lua_pushboolean(L, session->traced);
        return 5;
    }
    if (kept.length > 0) {
        lua_pushlstring(L, kept.data, kept.length);
    } else {
        lua_pushnil(L);
    }
    end_draft(draft);
    return 3;
}

/* Pushes what stands for the request at `request`: a call, a form, false when it has had its response, nil for an
 * operation's name, which is looked up. */
static const struct dnp_operation *push_pending(lua_State *L, int request, const char *method, int level)
{
    const struct dnp_operation *operation = NULL;
    if (lua_type(L, request) == LUA_TSTRING) {
        operation = ldnp_check_operation(L, request, method, level);
        lua_pushnil(L);
        return operation;
    }
    ldnp_push_registered(L, &pending);
    lua_pushvalue(L, request);
    lua_rawget(L, -2);
    lua_remove(L, -2);
    if (lua_isnil(L, -1)) {
        (void)ldnp_raise(L, level,
                         "%s: argument 1 (request): expected what session:request gave, or the name of an operation, "
                         "got %s",
                         method, luaL_typename(L, request));
    }
    return operation;
}

/* What stands for a request from now on is on top, and popped. */
static void set_pending(lua_State *L, int request)
{
    ldnp_push_registered(L, &pending);
    lua_pushvalue(L, request);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_pop(L, 2);
}

/* Pushes a call that has no request; the session is at `session`. */
static struct ldnp_call *push_expecting(lua_State *L, int session, const struct dnp_operation *operation,
                                        const struct ldnp_reading *reading, bool recycled)
{
    struct dnp_error error;
    struct ldnp_call *call = recycled ? push_recycled_call(L, session, operation) : push_call(L, session, operation);
    if (call->session->closed) {
        ldnp_check_session(L, session, reading->method, reading->level);
    }
    if (!make_call(call, &error)) {
        ldnp_raise_usage(L, &error, reading->level);
    }
    return call;
}

/* Pushes a call in place of that of the request at `request`, whose form is at `form`. */
static struct ldnp_call *push_left_call(lua_State *L, int request, int form, const struct ldnp_reading *reading,
                                        bool recycled)
{
    struct dnp_slice kept = {NULL, 0};
    ldnp_push_registered(L, &secrets);
    lua_pushvalue(L, request);
    lua_rawget(L, -2);
    kept.data = lua_tolstring(L, -1, &kept.length);
    lua_rawgeti(L, form, LDNP_FORM_OPERATION);
    const struct dnp_operation *operation = &dnp_operations[lua_tointeger(L, -1)];
    lua_rawgeti(L, form, LDNP_FORM_SESSION);
    struct ldnp_call *call = push_expecting(L, lua_gettop(L), operation, reading, recycled);
    if (kept.data != NULL && !dnp_call_take_up(call->call, kept)) {
        (void)luaL_error(L, "not enough memory");
    }
    return call;
}

static int raise_answered(lua_State *L, const struct ldnp_reading *reading)
{
    return ldnp_raise(L, reading->level, "%s: argument 1 (request): it has had its response", reading->method);
}

/* Pushes the call that takes the response to the request at `request`; the session is at `session`, and on top what
 * push_pending has found there. */
static struct ldnp_call *push_answered(lua_State *L, int session, int request, const struct dnp_operation *operation,
                                       const struct ldnp_reading *reading, bool recycled)
{
    const int left = lua_gettop(L);
    struct ldnp_call *call = to_call(L, left);
    if (operation != NULL) {
        return push_expecting(L, session, operation, reading, recycled);
    }
    if (lua_istable(L, left)) {
        call = push_left_call(L, request, left, reading, recycled);
        if (recycled) {
            lua_pushboolean(L, 0);
        } else {
            lua_pushvalue(L, -1);
        }
        set_pending(L, request);
        return call;
    }
    if (call == NULL || call->call == NULL || call->state != LDNP_PREPARED) {
        (void)raise_answered(L, reading);
    }
    lua_pushvalue(L, left);
    return ldnp_check_call(L, left, reading->method, reading->level);
}

int ldnp_call_renew(lua_State *L)
{
    struct ldnp_call *call = ldnp_check_call(L, 1, "renew", 1);
    call->state = LDNP_PREPARED;
    if (!dnp_call_renew(call->call, &call->error)) {
        ldnp_raise_usage(L, &call->error, 2);
        call->state = LDNP_ENDED;
        call->good = false;
    }
    lua_pushboolean(L, call->state == LDNP_PREPARED);
    return 1;
}

int ldnp_call_again(lua_State *L)
{
    const struct ldnp_call *call = ldnp_check_call(L, 1, "again", 1);
    if (call->state == LDNP_ENDED && !call->good && dnp_call_wants_again(call->call)) {
        return ldnp_call_renew(L);
    }
    lua_pushboolean(L, 0);
    return 1;
}

/* ---- running on the call's thread ---- */

/* What a step does, and with what. */
struct ldnp_step {
    void (*run)(struct ldnp_call *call, struct ldnp_step *step);
    const struct dnp_response_head *head;
    struct dnp_slice bytes;
    double until; /* on the monotonic clock */
    enum ldnp_progress progress;
};

static void end_call(struct ldnp_call *call, bool good)
{
    call->state = LDNP_ENDED;
    call->good = good;
}

/* Runs protected, with the call on top of the stack. What lies below is the sink's, and stays. */
static int run_protected(lua_State *T)
{
    struct ldnp_call *call = lua_touserdata(T, -1);
    lua_pop(T, 1);
    luaL_checkstack(T, LUA_MINSTACK, "response");
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

/* Runs a step; the call is at `index`. */
static void run(lua_State *L, int index, struct ldnp_call *call, struct ldnp_step *step)
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
    ldnp_push_registered(L, &protected_function);
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

static void prepare_sink(struct ldnp_call *call)
{
    if (!call->sink.started) {
        ldnp_sink_start(&call->sink, call->operation, call->session->dialect);
    }
}

static void run_head(struct ldnp_call *call, struct ldnp_step *step)
{
    prepare_sink(call);
    if (!dnp_call_head(call->call, step->head, &call->sink.sink, &call->error)) {
        end_call(call, false);
    }
}

static void run_feed(struct ldnp_call *call, struct ldnp_step *step)
{
    if (!dnp_call_feed(call->call, step->bytes, &call->error)) {
        end_call(call, false);
    }
}

static void run_finish(struct ldnp_call *call, struct ldnp_step *step)
{
    (void)step;
    end_call(call, dnp_call_finish(call->call, &call->error));
}

/* ---- libcurl ---- */

static double now(void)
{
    struct timespec time = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int ldnp_call_start(lua_State *L)
{
    struct ldnp_call *call = ldnp_check_call(L, 1, "start", 1);
    const struct dnp_exchange_options how = {.timeout = (double)luaL_checknumber(L, 2),
                                             .user = (void *)(uintptr_t)luaL_checknumber(L, 3),
                                             .streams = call->streams};
    struct dnp_error broken;
    struct dnp_transport *transport = ldnp_session_transport(L, call->session, &broken);
    if (call->call == NULL) {
        return luaL_error(L, "start: a finalizer or hook has ended the call");
    }
    bool started = transport != NULL ? dnp_exchange_start(&call->exchange, call->session->loop->functions, transport,
                                                          call->call, &how, &call->error)
                                     : dnp_call_break(call->call, &broken, &call->error);
    if (!started) {
        end_call(call, false);
    } else {
        call->state = LDNP_RECEIVING;
    }
    lua_pushboolean(L, started);
    return 1;
}

/* Waits for whatever comes next on any transfer; false when that is impossible. */
static bool wait_for_loop(struct ldnp_call *call, double seconds)
{
    struct dnp_error broken;
    const struct ldnp_loop *loop = call->session->loop;
    if (loop->functions->loop_wait(loop->loop, seconds, &broken)) {
        return true;
    }
    dnp_exchange_end(&call->exchange);
    end_call(call, dnp_call_break(call->call, &broken, &call->error));
    return false;
}

static void run_exchange(struct ldnp_call *call, struct ldnp_step *step)
{
    prepare_sink(call);
    for (;;) {
        switch (dnp_exchange_step(&call->exchange, &call->sink.sink, &call->error)) {
        case DNP_EXCHANGE_GOOD:
            end_call(call, true);
            return;
        case DNP_EXCHANGE_FAILED:
            end_call(call, false);
            return;
        case DNP_EXCHANGE_FED:
            if (call->streams) {
                step->progress = LDNP_RECORDS;
                return;
            }
            break;
        case DNP_EXCHANGE_WAITING: {
            double left = step->until - now();
            if (left <= 0 || !wait_for_loop(call, left)) {
                return;
            }
            break;
        }
        }
    }
}

int ldnp_call_step(lua_State *L)
{
    struct ldnp_call *call = ldnp_check_call(L, 1, "step", 1);
    double seconds = (double)luaL_checknumber(L, 2);
    struct ldnp_step step = {.run = run_exchange, .progress = LDNP_WAITING};
    if (call->exchange.transfer != NULL) {
        step.until = seconds > 0 ? now() + seconds : 0;
        run(L, 1, call, &step);
    }
    lua_pushinteger(L, call->state == LDNP_ENDED ? LDNP_OVER : step.progress);
    return 1;
}

int ldnp_call_records(lua_State *L)
{
    struct ldnp_call *call = ldnp_check_call(L, 1, "records", 1);
    int length = 0;
    luaL_checktype(L, 2, LUA_TTABLE);
    if (call->thread != NULL) {
        length = ldnp_sink_drain(&call->sink, L, 2, (int)luaL_checkinteger(L, 3));
        if (call->call != NULL) { /* a finalizer may have ended it meanwhile */
            dnp_call_consumed(call->call);
        }
    }
    lua_pushinteger(L, length);
    return 1;
}

/* core.stream(call): its records will be taken as they come: "records", "rows"; nil: its result is not a list. */
static int call_stream(lua_State *L)
{
    struct ldnp_call *call = ldnp_check_call(L, 1, "stream", 1);
    switch (call->operation->response.fields[0].type->kind) {
    case DNP_ARRAY:
        lua_pushliteral(L, "records");
        break;
    case DNP_DATASET:
        lua_pushliteral(L, "rows");
        break;
    default:
        lua_pushnil(L);
        return 1;
    }
    call->streams = true; /* before the response, since the sink has to know */
    return 1;
}

/* core.check_session(method, session): raises three functions up when it cannot be used. */
static int check_session(lua_State *L)
{
    const char *method = luaL_checkstring(L, 1);
    ldnp_check_session(L, 2, method, 3);
    return 0;
}

/* ---- responses that somebody else moves ---- */

/* core.receive(method, call, status, headers): takes the head; true, or nil when the call has ended. */
static int call_receive(lua_State *L)
{
    const struct ldnp_reading reading = {luaL_checkstring(L, 1), 2};
    struct ldnp_call *call = to_call(L, 2);
    struct dnp_response_head head;
    if (call != NULL && (call->call == NULL || call->state != LDNP_PREPARED)) {
        return raise_answered(L, &reading);
    }
    call = ldnp_check_call(L, 2, reading.method, 2);
    call->state = LDNP_RECEIVING;
    if (lua_isnoneornil(L, 3)) {
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_settop(L, 4);
    ldnp_read_head(L, &reading, 3, 4, &head);
    struct ldnp_step step = {.run = run_head, .head = &head};
    run(L, 2, call, &step);
    lua_pushboolean(L, call->state == LDNP_RECEIVING);
    return 1;
}

/* core.expect(session, request): the call that takes the response to it. Raises two functions up. */
static int call_expect(lua_State *L)
{
    const struct ldnp_reading reading = {"receive", 2};
    ldnp_check_session(L, 1, reading.method, reading.level);
    lua_settop(L, 2);
    const struct dnp_operation *operation = push_pending(L, 2, reading.method, reading.level);
    (void)push_answered(L, 1, 2, operation, &reading, false);
    return 1;
}

/* As string.sub has it, but for numbers below 1. */
static struct dnp_slice part_of(struct dnp_slice text, double first, double last)
{
    if (!(first >= 1 && last >= first && first <= (double)text.length)) {
        text.length = 0;
        return text;
    }
    size_t before = (size_t)first - 1;
    text.data += before;
    text.length = (last < (double)text.length ? (size_t)last : text.length) - before;
    return text;
}

/* receiver:feed(piece, first, last): true, or nil when the call has ended. */
static int call_feed(lua_State *L)
{
    struct ldnp_call *call = ldnp_check_call(L, 1, "feed", 1);
    struct ldnp_step step = {.run = run_feed};
    if (lua_type(L, 2) != LUA_TSTRING) {
        return luaL_error(L, "feed: argument 1 (piece): expected string, got %s", luaL_typename(L, 2));
    }
    step.bytes.data = lua_tolstring(L, 2, &step.bytes.length);
    if (lua_gettop(L) >= 4) {
        step.bytes = part_of(step.bytes, (double)luaL_checknumber(L, 3), (double)luaL_checknumber(L, 4));
    }
    if (call->state == LDNP_RECEIVING && call->thread == NULL) {
        return luaL_error(L, "feed: the call has no head; session:receive was given no status");
    }
    if (call->state == LDNP_PREPARED) {
        return luaL_error(L, "feed: the call has no response yet; see session:receive");
    }
    if (call->state == LDNP_RECEIVING) {
        run(L, 1, call, &step);
    }
    if (call->state == LDNP_RECEIVING) {
        lua_pushboolean(L, 1);
    } else {
        lua_pushnil(L);
    }
    return 1;
}

/* The results of the method, once; the call is at `index`. `level` is where usage errors raise. */
static int take_results(lua_State *L, int index, struct ldnp_call *call, int level)
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

static void run_whole(struct ldnp_call *call, struct ldnp_step *step)
{
    run_head(call, step);
    if (call->state == LDNP_RECEIVING) {
        run_feed(call, step);
    }
    if (call->state == LDNP_RECEIVING) {
        run_finish(call, step);
    }
}

/* session, request, status, headers, body: takes the whole response. Pushes the call, which has ended. */
static struct ldnp_call *take_response(lua_State *L, bool recycled)
{
    const int level = 2;
    const struct ldnp_reading reading = {"response", level};
    const bool more = lua_gettop(L) > 5;
    struct ldnp_step step = {.run = run_whole};
    struct dnp_response_head head;
    ldnp_check_session(L, 1, reading.method, level);
    lua_settop(L, 5);
    const struct dnp_operation *operation = push_pending(L, 2, reading.method, level);
    if (more || lua_type(L, 5) != LUA_TSTRING) {
        (void)ldnp_raise(L, level, "response: argument 4 (body): expected string, got %s",
                         more ? "more arguments" : luaL_typename(L, 5));
    }
    if (lua_isnil(L, 3)) {
        (void)ldnp_raise(L, level, "response: argument 2 (status): expected HTTP status, got nil");
    }
    struct ldnp_call *call = push_answered(L, 1, 2, operation, &reading, recycled);
    const int index = lua_gettop(L);
    call->state = LDNP_RECEIVING;
    ldnp_read_head(L, &reading, 3, 4, &head);
    step.head = &head;
    step.bytes.data = lua_tolstring(L, 5, &step.bytes.length);
    run(L, index, call, &step);
    lua_pushvalue(L, index);
    return call;
}

/* core.respond(session, request, status, headers, body): what the method returns. Raises two functions up. */
static int call_respond(lua_State *L)
{
    struct ldnp_call *call = take_response(L, true);
    return take_results(L, lua_gettop(L), call, 2);
}

/* core.take_response(session, request, status, headers, body): the call, whose results can be taken. Raises two functions up. */
static int call_take_response(lua_State *L)
{
    (void)take_response(L, false);
    return 1;
}

/* core.results(call): what the method returns, once the call has ended; usage errors raise three functions up. */
static int call_results(lua_State *L)
{
    struct ldnp_call *call = ldnp_check_call(L, 1, "results", 1);
    return take_results(L, 1, call, 3);
}

/* core.finish(call): the response is complete. */
static int call_finish(lua_State *L)
{
    struct ldnp_call *call = ldnp_check_call(L, 1, "finish", 2);
    if (call->state == LDNP_RECEIVING) {
        struct ldnp_step step = {.run = run_finish};
        if (call->thread == NULL) {
            return ldnp_raise(L, 2, "finish: no response has begun; receiver:fail says why");
        }
        run(L, 1, call, &step);
    } else if (call->state != LDNP_ENDED) {
        return ldnp_raise(L, 2, "finish: the call has no response yet; see session:receive");
    }
    return 0;
}

/* core.fail(call, failure): the transport broke. */
static int call_fail(lua_State *L)
{
    struct ldnp_call *call = ldnp_check_call(L, 1, "fail", 2);
    struct dnp_failure failure;
    if (!lua_istable(L, 2)) {
        return ldnp_raise(L, 2, "fail: argument 1 (failure): expected table, got %s", luaL_typename(L, 2));
    }
    ldnp_read_failure(L, 2, &failure);
    if (call->state == LDNP_PREPARED || call->state == LDNP_RECEIVING) {
        end_call(call, dnp_call_fail(call->call, &failure, &call->error));
    }
    return 0;
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

/* core.cancel(call): frees it, whatever state it is in. */
static int call_cancel(lua_State *L)
{
    struct ldnp_call *call = to_call(L, 1);
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

static void register_weak_table(lua_State *L, const void *address)
{
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    ldnp_register(L, address);
}

void ldnp_call_open(lua_State *L)
{
    lua_pushcfunction(L, run_protected);
    ldnp_register(L, &protected_function);
    register_weak_table(L, &pending);
    register_weak_table(L, &secrets);
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
    lua_pushcfunction(L, call_feed);
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
        {"begin", ldnp_call_begin},
        {"begin_named", ldnp_call_begin_named},
        {"request", ldnp_call_request},
        {"expect", call_expect},
        {"respond", call_respond},
        {"take_response", call_take_response},
        {"check_session", check_session},
        {"settings_of", call_settings},
        {"start", ldnp_call_start},
        {"step", ldnp_call_step},
        {"stream", call_stream},
        {"records", ldnp_call_records},
        {"receive", call_receive},
        {"feed", call_feed},
        {"finish", call_finish},
        {"fail", call_fail},
        {"again", ldnp_call_again},
        {"renew", ldnp_call_renew},
        {"results", call_results},
        {"cancel", call_cancel},
        {"cut", call_cut},
        {NULL, NULL},
    };
    for (const luaL_Reg *function = functions; function->name != NULL; function++) {
        lua_pushcfunction(L, function->func);
        lua_setfield(L, -2, function->name);
    }
    ldnp_push_registered(L, &pending);
    lua_setfield(L, -2, "pending");
    ldnp_push_registered(L, &secrets);
    lua_setfield(L, -2, "secrets");
}
