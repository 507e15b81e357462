/* Requests of methods, and their way over libcurl. */
#include "lua/core/call_private.h"

#include <time.h>

#include "lua/common/raise.h"
#include "lua/core/error.h"
#include "lua/core/field_names.h"
#include "lua/core/loop.h"
#include "lua/core/operation.h"
#include "lua/core/source.h"

/* ---- requests ---- */

bool ldnp_encode_call(lua_State *L, const struct ldnp_session *session, struct dnp_call *call, int first, int last,
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

int ldnp_refuse_call(lua_State *L, const struct dnp_error *error, const struct dnp_operation *operation)
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
    if (!ldnp_make_call(call, &error) ||
        !ldnp_encode_call(L, call->session, call->call, session + 2, top - 1, &error)) {
        return ldnp_refuse_call(L, &error, operation);
    }
    ldnp_push_uservalue(L, session);
    return 2;
}

int ldnp_call_begin(lua_State *L)
{
    const struct dnp_operation *operation = &dnp_operations[lua_tointeger(L, 2)];
    ldnp_check_session(L, 1, operation->method, 2);
    return begin(L, 1, operation, ldnp_push_recycled_call(L, 1, operation));
}

int ldnp_call_begin_named(lua_State *L)
{
    const char *method = luaL_checkstring(L, 1);
    ldnp_check_session(L, 2, method, 2);
    const struct dnp_operation *operation = ldnp_check_operation(L, 3, method, 2);
    return begin(L, 2, operation, ldnp_push_call(L, 2, operation));
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
        ldnp_run_step(L, 1, call, &step);
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

void ldnp_transfer_functions(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"begin", ldnp_call_begin},
        {"begin_named", ldnp_call_begin_named},
        {"start", ldnp_call_start},
        {"step", ldnp_call_step},
        {"stream", call_stream},
        {"records", ldnp_call_records},
        {"again", ldnp_call_again},
        {"renew", ldnp_call_renew},
        {NULL, NULL},
    };
    ldnp_add_finders(L, functions);
}
