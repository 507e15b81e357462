/*
 * Requests that somebody else sends, an engine or a script, and responses that they hand back.
 *
 * A request is a table of the caller's. What stands for it until its response comes is in a table of ours whose keys
 * are weak: a call; or its form alone, where nothing else has to be known.
 */
#include "lua/core/call_private.h"

#include "lua/common/raise.h"
#include "lua/core/error.h"
#include "lua/core/operation.h"
#include "lua/core/received.h"
#include "lua/core/request.h"

/* Their addresses are those of tables from requests in the registry: to what stands for them, and to their secrets. */
static const char pending = 0;
static const char secrets = 0;

/* ---- requests ---- */

/* Where the call of a request is while the request is made, so that it is freed whatever happens: in its session; or in
 * a userdata, which is pushed, when there is one. An error may have left that; or this is a finalizer in the middle of
 * it. */
static struct dnp_call **push_draft(lua_State *L, struct ldnp_session *session, const struct dnp_operation *operation)
{
    return session->draft == NULL ? &session->draft : &ldnp_push_call(L, 1, operation)->call;
}

static void end_draft(struct dnp_call **draft)
{
    dnp_call_free(*draft);
    *draft = NULL;
}

/* Pushes the call for whoever needs more than a draft. */
static void push_call_of_draft(lua_State *L, struct dnp_call **draft)
{
    struct ldnp_call *call = ldnp_push_call(L, 1, dnp_call_operation(*draft));
    call->call = *draft;
    *draft = NULL;
    ldnp_link_call(call);
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
    if (*draft == NULL || !ldnp_encode_call(L, session, *draft, 3, last, &error)) {
        end_draft(draft);
        return ldnp_refuse_call(L, &error, operation);
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
    struct ldnp_call *call =
        recycled ? ldnp_push_recycled_call(L, session, operation) : ldnp_push_call(L, session, operation);
    if (call->session->closed) {
        ldnp_check_session(L, session, reading->method, reading->level);
    }
    if (!ldnp_make_call(call, &error)) {
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
    if (operation != NULL) {
        return push_expecting(L, session, operation, reading, recycled);
    }
    struct ldnp_call *call = ldnp_to_call(L, left);
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

/* ---- responses ---- */

static void run_head(struct ldnp_call *call, struct ldnp_step *step)
{
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

/* core.receive(method, call, status, headers): takes the head; true, or nil when the call has ended. */
static int call_receive(lua_State *L)
{
    const struct ldnp_reading reading = {luaL_checkstring(L, 1), 2};
    struct ldnp_call *call = ldnp_to_call(L, 2);
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
    ldnp_run_step(L, 2, call, &step);
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

int ldnp_call_feed(lua_State *L)
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
        ldnp_run_step(L, 1, call, &step);
    }
    if (call->state == LDNP_RECEIVING) {
        lua_pushboolean(L, 1);
    } else {
        lua_pushnil(L);
    }
    return 1;
}

static void run_whole(struct ldnp_call *call, struct ldnp_step *step)
{
    run_head(call, step);
    if (call->state == LDNP_RECEIVING) {
        end_call(call, dnp_call_take_body(call->call, step->bytes, &call->error));
    }
}

/* session, request, status, headers, body: takes the whole response. Pushes the call, which has ended. */
static struct ldnp_call *take_response(lua_State *L, bool recycled)
{
    const int level = 2;
    const struct ldnp_reading reading = {"response", level};
    const bool more = !lua_isnoneornil(L, 6);
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
    ldnp_run_step(L, index, call, &step);
    lua_pushvalue(L, index);
    return call;
}

/* core.respond(session, request, status, headers, body): what the method returns. Raises two functions up. */
static int call_respond(lua_State *L)
{
    struct ldnp_call *call = take_response(L, true);
    return ldnp_take_results(L, lua_gettop(L), call, 2);
}

/* core.take_response(session, request, status, headers, body): the call, whose results can be taken. Raises two
 * functions up. */
static int call_take_response(lua_State *L)
{
    (void)take_response(L, false);
    return 1;
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
        ldnp_run_step(L, 1, call, &step);
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

/* ---- opening ---- */

static void register_weak_table(lua_State *L, const void *address)
{
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    ldnp_register(L, address);
}

void ldnp_engine_open(lua_State *L)
{
    register_weak_table(L, &pending);
    register_weak_table(L, &secrets);
}

void ldnp_engine_functions(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"request", ldnp_call_request},
        {"expect", call_expect},
        {"respond", call_respond},
        {"take_response", call_take_response},
        {"receive", call_receive},
        {"feed", ldnp_call_feed},
        {"finish", call_finish},
        {"fail", call_fail},
        {NULL, NULL},
    };
    ldnp_add_finders(L, functions);
    ldnp_push_registered(L, &pending);
    lua_setfield(L, -2, "pending");
    ldnp_push_registered(L, &secrets);
    lua_setfield(L, -2, "secrets");
}
