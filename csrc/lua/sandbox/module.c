/*
 * The module `dnp.sandbox_core`: the embedded server as a userdata. lua/dnp/sandbox.lua is what people use.
 *
 * The userdata comes first and the server into it, so that whatever raises leaves something __gc can stop. What the
 * server shows under its lock is first copied to a list without Lua, then made into tables. Making a value can run a
 * finalizer that stops the server: so it is asked for last, and nothing is made between that and its use.
 */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "lookup/find.h"
#include "lua/common/compat.h"
#include "lua/sandbox/value_list.h"
#include "sandbox/sandbox.h"

#define SANDBOX_TYPE "dnp.sandbox.server"
#define STATE_TYPE "dnp.sandbox.state"

__attribute__((visibility("default"))) int luaopen_dnp_sandbox_core(lua_State *L);

struct server {
    struct dnp_sandbox *sandbox; /* NULL once it was stopped */
    pid_t owner;                 /* the process that has its threads */
};

static struct dnp_sandbox *check_sandbox(lua_State *L)
{
    const struct server *server = luaL_checkudata(L, 1, SANDBOX_TYPE);
    if (server->sandbox == NULL) {
        luaL_error(L, "this sandbox was stopped");
    }
    if (server->owner != getpid()) {
        luaL_error(L, "this sandbox belongs to the process that started it");
    }
    return server->sandbox;
}

/* nil, a message, and whether it is a usage error */
static int push_failure(lua_State *L, const struct dnp_error *error)
{
    lua_pushnil(L);
    lua_pushstring(L, error->kind == DNP_MEMORY ? "out of memory" : error->message);
    lua_pushboolean(L, error->kind == DNP_USAGE);
    return 3;
}

/* ---- options ---- */

static const char *option_text(lua_State *L, int table, const char *name)
{
    lua_getfield(L, table, name);
    const char *text = lua_isnil(L, -1) ? NULL : luaL_checkstring(L, -1);
    lua_pop(L, 1); /* the table keeps it alive */
    return text;
}

static double option_number(lua_State *L, int table, const char *name, double otherwise)
{
    lua_getfield(L, table, name);
    double number = lua_isnil(L, -1) ? otherwise : luaL_checknumber(L, -1);
    lua_pop(L, 1);
    return number;
}

static bool option_boolean(lua_State *L, int table, const char *name, bool otherwise)
{
    lua_getfield(L, table, name);
    bool value = lua_isnil(L, -1) ? otherwise : lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
    return value;
}

static const char *const auth_names[] = {
    [DNP_SANDBOX_BOTH] = "both", [DNP_SANDBOX_BASIC] = "basic", [DNP_SANDBOX_WSE] = "wse"};
#define AUTH_COUNT (sizeof auth_names / sizeof auth_names[0])

/* Which of these names an option has; the first when it was not given. */
static size_t option_choice(lua_State *L, int table, const char *name, const char *const *names, size_t count)
{
    const char *text = option_text(L, table, name);
    size_t choice = 0;
    while (text != NULL && choice + 1 < count && strcmp(names[choice], text) != 0) {
        choice++;
    }
    return choice;
}

static const struct dnp_dialect_info *option_dialect(lua_State *L, int table)
{
    const char *name = option_text(L, table, "dialect");
    return name != NULL ? dnp_find_dialect(name) : NULL;
}

static void read_options(lua_State *L, struct dnp_sandbox_options *options)
{
    dnp_sandbox_options_init(options);
    options->port = (uint16_t)option_number(L, 1, "port", 0);
    options->database = option_text(L, 1, "database");
    options->seed = option_boolean(L, 1, "seed", true);
    options->delete_delay = option_number(L, 1, "delete_delay", 0);
    options->version = option_text(L, 1, "version");
    options->panel_quotas = option_boolean(L, 1, "panel_quotas", false);
    options->certificate = option_text(L, 1, "certificate");
    options->private_key = option_text(L, 1, "private_key");
    options->clock_offset = option_number(L, 1, "clock_offset", 0);
    options->address = option_text(L, 1, "address");
    options->max_request_bytes = (size_t)option_number(L, 1, "max_request_bytes", 0);
    options->auth = (enum dnp_sandbox_auth)option_choice(L, 1, "auth", auth_names, AUTH_COUNT);
    options->dialect = option_dialect(L, 1);
}

/* start(options): a server; or nil, a message, and whether it is a usage error. Whoever calls has checked the names of
 * the options, their types, ranges and choices. */
static int start(lua_State *L)
{
    struct dnp_sandbox_options options;
    struct dnp_error error = {0};
    luaL_checktype(L, 1, LUA_TTABLE);
    read_options(L, &options);
    struct server *server = lua_newuserdata(L, sizeof *server);
    server->sandbox = NULL;
    server->owner = getpid();
    luaL_getmetatable(L, SANDBOX_TYPE);
    lua_setmetatable(L, -2);
    server->sandbox = dnp_sandbox_start(&options, &error);
    return server->sandbox != NULL ? 1 : push_failure(L, &error);
}

/* In a forked child there are no threads to end, and a lock that one of them held then is held for good. */
static int stop(lua_State *L)
{
    struct server *server = luaL_checkudata(L, 1, SANDBOX_TYPE);
    struct dnp_sandbox *sandbox = server->sandbox;
    server->sandbox = NULL;
    if (server->owner == getpid()) {
        dnp_sandbox_stop(sandbox);
    }
    return 0;
}

static int url(lua_State *L)
{
    lua_pushstring(L, dnp_sandbox_url(check_sandbox(L)));
    return 1;
}

static int port(lua_State *L)
{
    lua_pushinteger(L, dnp_sandbox_port(check_sandbox(L)));
    return 1;
}

/* ---- state ---- */

static int freeze(lua_State *L)
{
    struct dnp_error error = {0};
    struct dnp_sandbox_state *state = lua_newuserdata(L, sizeof *state);
    memset(state, 0, sizeof *state);
    luaL_getmetatable(L, STATE_TYPE);
    lua_setmetatable(L, -2);
    return dnp_sandbox_freeze(check_sandbox(L), state, &error) ? 1 : luaL_error(L, "%s", error.message);
}

static int collect_state(lua_State *L)
{
    dnp_sandbox_state_free(luaL_checkudata(L, 1, STATE_TYPE));
    return 0;
}

static int restore(lua_State *L)
{
    struct dnp_error error = {0};
    const struct dnp_sandbox_state *state = luaL_checkudata(L, 2, STATE_TYPE);
    return dnp_sandbox_restore(check_sandbox(L), state, &error) ? 0 : luaL_error(L, "%s", error.message);
}

static void read_value(lua_State *L, int index, struct dnp_sandbox_value *value)
{
    memset(value, 0, sizeof *value);
    value->text.data = "";
    switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL:
        value->kind = DNP_SQL_NULL;
        break;
    case LUA_TBOOLEAN:
        value->kind = DNP_SQL_INTEGER;
        value->integer = lua_toboolean(L, index);
        break;
    case LUA_TNUMBER:
        value->kind = ldnp_to_integer(L, index, &value->integer) ? DNP_SQL_INTEGER : DNP_SQL_REAL;
        value->number = (double)lua_tonumber(L, index);
        break;
    case LUA_TSTRING:
        value->kind = DNP_SQL_TEXT;
        value->text.data = lua_tolstring(L, index, &value->text.length);
        break;
    default:
        luaL_error(L, "a %s cannot be stored in a database", luaL_typename(L, index));
    }
}

/* The statement { sql, n = count of values, value... } on top of the stack; values go to `values`. */
static void read_statement(lua_State *L, struct dnp_sandbox_statement *statement, struct dnp_sandbox_value *values)
{
    lua_rawgeti(L, -1, 1);
    statement->sql = luaL_checkstring(L, -1);
    lua_pop(L, 1);
    statement->values = values;
    for (size_t i = 0; i < statement->value_count; i++) {
        lua_rawgeti(L, -1, (int)i + 2);
        read_value(L, lua_gettop(L), &values[i]);
        lua_pop(L, 1); /* the statement keeps a string alive */
    }
}

static size_t count_values(lua_State *L, int list, size_t count)
{
    size_t values = 0;
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(L, list, (int)i);
        luaL_checktype(L, -1, LUA_TTABLE);
        values += (size_t)option_number(L, lua_gettop(L), "n", 0);
        lua_pop(L, 1);
    }
    return values;
}

/* server:execute{ { sql, value..., n = count of values }, ... }: all of them in one transaction, or nil and a
 * message */
static int execute(lua_State *L)
{
    struct dnp_error error = {0};
    (void)check_sandbox(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    size_t count = (size_t)lua_rawlen(L, 2);
    size_t value_count = count_values(L, 2, count);
    struct dnp_sandbox_statement *statements = lua_newuserdata(L, (count + 1) * sizeof *statements);
    struct dnp_sandbox_value *values = lua_newuserdata(L, (value_count + 1) * sizeof *values);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, 2, (int)i + 1);
        statements[i].value_count = (size_t)option_number(L, lua_gettop(L), "n", 0);
        read_statement(L, &statements[i], values);
        values += statements[i].value_count;
        lua_pop(L, 1);
    }
    if (!dnp_sandbox_execute(check_sandbox(L), statements, count, &error)) {
        return push_failure(L, &error);
    }
    lua_pushboolean(L, 1);
    return 1;
}

static bool add_row(void *context, size_t column_count, const char *const *names,
                    const struct dnp_sandbox_value *values)
{
    struct ldnp_value_list *list = context;
    bool good = ldnp_value_list_add_integer(list, (int64_t)column_count);
    for (size_t i = 0; good && i < column_count; i++) {
        good = ldnp_value_list_add_text(list, names[i]) && ldnp_value_list_add_value(list, &values[i], false);
    }
    return good;
}

static void push_rows(lua_State *L, struct ldnp_value_list *list)
{
    lua_newtable(L);
    for (int row = 1; ldnp_value_list_has_next(list); row++) {
        int64_t columns = ldnp_value_list_next_integer(list);
        lua_newtable(L);
        for (int64_t i = 0; i < columns; i++) {
            ldnp_value_list_push_next(L, list);
            ldnp_value_list_push_next(L, list);
            lua_settable(L, -3);
        }
        lua_rawseti(L, -2, row);
    }
}

/* server:query(sql, value...): rows as tables by column name, or nil and a message */
static int query(lua_State *L)
{
    struct dnp_error error = {0};
    (void)check_sandbox(L);
    struct dnp_sandbox_statement statement = {luaL_checkstring(L, 2), NULL, (size_t)lua_gettop(L) - 2};
    struct dnp_sandbox_value *values = lua_newuserdata(L, (statement.value_count + 1) * sizeof *values);
    for (size_t i = 0; i < statement.value_count; i++) {
        read_value(L, (int)i + 3, &values[i]);
    }
    statement.values = values;
    struct ldnp_value_list *list = ldnp_value_list_new(L);
    if (!dnp_sandbox_query(check_sandbox(L), &statement, add_row, list, &error)) {
        return push_failure(L, &error);
    }
    if (list->failed) {
        return luaL_error(L, "out of memory");
    }
    push_rows(L, list);
    return 1;
}

/* ---- misbehaviour ---- */

/* server:misbehave(rule): the rule's number, or nil and a message; as for start, its fields were checked. */
static int misbehave(lua_State *L)
{
    struct dnp_error error = {0};
    (void)check_sandbox(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    struct dnp_sandbox_rule rule = {
        .operation = option_text(L, 2, "operation"),
        .injection = (enum dnp_injection)option_choice(L, 2, "action", dnp_injection_names, DNP_INJECT_COUNT),
        .after = option_boolean(L, 2, "after", false),
        .nth = (unsigned)option_number(L, 2, "nth", 1),
        .times = (unsigned)option_number(L, 2, "times", 0),
        .rate = option_number(L, 2, "rate", 0),
        .seed = (uint64_t)option_number(L, 2, "seed", 0),
        .seconds = option_number(L, 2, "seconds", 0),
        .status = (int)option_number(L, 2, "status", 0),
        .code = (int)option_number(L, 2, "code", 0),
        .bytes = (size_t)option_number(L, 2, "bytes", 0),
        .text = option_text(L, 2, "text"),
    };
    unsigned number = dnp_sandbox_misbehave(check_sandbox(L), &rule, &error);
    if (number == 0) {
        return push_failure(L, &error);
    }
    lua_pushinteger(L, (lua_Integer)number);
    return 1;
}

static int behave(lua_State *L)
{
    dnp_sandbox_behave(check_sandbox(L));
    return 0;
}

/* server:misbehaved([rule]) */
static int misbehaved(lua_State *L)
{
    unsigned rule = (unsigned)luaL_optinteger(L, 2, 0);
    lua_pushinteger(L, (lua_Integer)dnp_sandbox_misbehaved(check_sandbox(L), rule));
    return 1;
}

/* ---- calls ---- */

/* The operation named at index 2, or NULL for all; a name that does not exist raises. */
static const struct dnp_operation *check_operation(lua_State *L, const struct dnp_sandbox *sandbox)
{
    if (lua_isnoneornil(L, 2)) {
        return NULL;
    }
    const char *name = luaL_checkstring(L, 2);
    const struct dnp_operation *operation = dnp_find_operation(name, dnp_sandbox_dialect(sandbox)->dialect);
    if (operation == NULL) {
        luaL_error(L, "the panel has no operation '%s'", name);
    }
    return operation;
}

static bool add_call(void *context, const struct dnp_sandbox_call *call)
{
    struct ldnp_value_list *list = context;
    bool good = ldnp_value_list_add_integer(list, (int64_t)call->number) &&
                ldnp_value_list_add_text(list, call->operation != NULL ? call->operation->name : NULL) &&
                ldnp_value_list_add_text(list, call->caller[0] != '\0' ? call->caller : NULL) &&
                ldnp_value_list_add_integer(list, call->code) && ldnp_value_list_add_integer(list, call->http_status) &&
                ldnp_value_list_add_text(list, call->injection) &&
                ldnp_value_list_add_integer(list, (int64_t)call->argument_count);
    for (size_t i = 0; good && i < call->argument_count; i++) {
        const struct dnp_sandbox_argument *argument = &call->arguments[i];
        good = ldnp_value_list_add_text(list, argument->record != NULL ? argument->record->name : NULL) &&
               ldnp_value_list_add_text(list, argument->field->name) &&
               ldnp_value_list_add_value(list, &argument->value, argument->field->type->kind == DNP_BOOL);
    }
    return good;
}

/* The next value names a record among the parameters, whose table is left on top; nil is the table of them all. */
static void push_argument_table(lua_State *L, struct ldnp_value_list *list)
{
    ldnp_value_list_push_next(L, list);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        return;
    }
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -2);
        lua_pushvalue(L, -2);
        lua_rawset(L, -5);
    }
    lua_remove(L, -2);
}

static void push_call(lua_State *L, struct ldnp_value_list *list)
{
    lua_newtable(L);
    ldnp_value_list_set_next(L, list, "number");
    ldnp_value_list_set_next(L, list, "operation");
    ldnp_value_list_set_next(L, list, "caller");
    ldnp_value_list_set_next(L, list, "code");
    ldnp_value_list_set_next(L, list, "http_status");
    ldnp_value_list_set_next(L, list, "misbehaviour");
    int64_t count = ldnp_value_list_next_integer(list);
    lua_newtable(L);
    for (int64_t i = 0; i < count; i++) {
        push_argument_table(L, list);
        ldnp_value_list_push_next(L, list);
        ldnp_value_list_push_next(L, list);
        lua_settable(L, -3);
        lua_pop(L, 1);
    }
    lua_setfield(L, -2, "parameters");
}

/* server:calls([operation]) */
static int calls(lua_State *L)
{
    const struct dnp_operation *operation = check_operation(L, check_sandbox(L));
    struct ldnp_value_list *list = ldnp_value_list_new(L);
    dnp_sandbox_calls(check_sandbox(L), operation, add_call, list);
    if (list->failed) {
        return luaL_error(L, "out of memory");
    }
    lua_newtable(L);
    for (int i = 1; ldnp_value_list_has_next(list); i++) {
        push_call(L, list);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

static int call_count(lua_State *L)
{
    struct dnp_sandbox *sandbox = check_sandbox(L);
    lua_pushinteger(L, (lua_Integer)dnp_sandbox_call_count(sandbox, check_operation(L, sandbox)));
    return 1;
}

static int clear_calls(lua_State *L)
{
    dnp_sandbox_clear_calls(check_sandbox(L));
    return 0;
}

/* ---- signals, for the sandbox that runs by itself ---- */

static void ending_signals(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGINT);
    (void)sigaddset(set, SIGTERM);
}

/* hold_signals(): from now on SIGINT and SIGTERM wait for await_signal */
static int hold_signals(lua_State *L)
{
    sigset_t set;
    (void)L;
    ending_signals(&set);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    return 0;
}

/* await_signal(): blocks until one of them arrives; its number */
static int await_signal(lua_State *L)
{
    sigset_t set;
    int number = 0;
    ending_signals(&set);
    (void)sigwait(&set, &number);
    lua_pushinteger(L, number);
    return 1;
}

static void set_functions(lua_State *L, const luaL_Reg *functions)
{
    for (; functions->name != NULL; functions++) {
        lua_pushcfunction(L, functions->func);
        lua_setfield(L, -2, functions->name);
    }
}

/* Sets a list of the names in the table on top. */
static void set_names(lua_State *L, const char *key, const char *const *names, size_t count)
{
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushstring(L, names[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, key);
}

static void open_types(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"stop", stop},
        {"url", url},
        {"port", port},
        {"freeze", freeze},
        {"restore", restore},
        {"execute", execute},
        {"query", query},
        {"misbehave", misbehave},
        {"behave", behave},
        {"misbehaved", misbehaved},
        {"calls", calls},
        {"call_count", call_count},
        {"clear_calls", clear_calls},
        {NULL, NULL},
    };
    luaL_newmetatable(L, STATE_TYPE);
    lua_pushcfunction(L, collect_state);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
    ldnp_value_list_open(L);
    luaL_newmetatable(L, SANDBOX_TYPE);
    lua_newtable(L);
    set_functions(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, stop);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
}

int luaopen_dnp_sandbox_core(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"start", start},
        {"hold_signals", hold_signals},
        {"await_signal", await_signal},
        {NULL, NULL},
    };
    open_types(L);
    lua_newtable(L);
    set_functions(L, functions);
    set_names(L, "actions", dnp_injection_names, DNP_INJECT_COUNT);
    set_names(L, "auths", auth_names, AUTH_COUNT);
    return 1;
}
