/*
 * require "dnp.core": what the Lua layer (lua/dnp/init.lua) is made on. Nothing global is set.
 */
#include "contract/contract.h"
#include "lua/common/compat.h"
#include "lua/core/call.h"
#include "lua/core/check.h"
#include "lua/core/clock.h"
#include "lua/core/contract.h"
#include "lua/core/date.h"
#include "lua/core/error.h"
#include "lua/core/loop.h"
#include "lua/core/operation.h"
#include "lua/core/process.h"
#include "lua/core/request.h"
#include "lua/core/session.h"
#include "lua/core/text.h"
#include "transport/failure.h"

__attribute__((visibility("default"))) int luaopen_dnp_core(lua_State *L);

static void set_enumeration(lua_State *L, const struct dnp_type *type)
{
    ldnp_push_enumeration(L, type);
    lua_setfield(L, -2, type->name);
}

/* The names of the dialects in a set. */
static void push_dialect_names(lua_State *L, unsigned dialects)
{
    int count = 0;
    lua_createtable(L, (int)dnp_dialect_count, 0);
    for (size_t i = 0; i < dnp_dialect_count; i++) {
        if ((dialects & (unsigned)dnp_dialects[i].dialect) != 0) {
            lua_pushstring(L, dnp_dialects[i].name);
            lua_rawseti(L, -2, ++count);
        }
    }
}

/* The same, made once for each set; the table at `sets` has those that were made. */
static void push_shared_names(lua_State *L, int sets, unsigned dialects)
{
    lua_rawgeti(L, sets, (int)dialects);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        push_dialect_names(L, dialects);
        lua_pushvalue(L, -1);
        lua_rawseti(L, sets, (int)dialects);
    }
}

/* dnp.codes[-100] = { name = "ERROR_USER_ALREADY_EXISTS", sentence = "...", dialects = { "dotnetpanel", ... } } */
static void push_codes(lua_State *L)
{
    lua_newtable(L);
    lua_newtable(L); /* the sets of dialects that were met, shared by the codes that have them */
    lua_insert(L, -2);
    for (size_t i = 0; i < dnp_business_code_count; i++) {
        const struct dnp_business_code *code = &dnp_business_codes[i];
        lua_createtable(L, 0, 4);
        lua_pushstring(L, code->name);
        lua_setfield(L, -2, "name");
        if (code->alias != NULL) {
            lua_pushstring(L, code->alias);
            lua_setfield(L, -2, "alias");
        }
        lua_pushstring(L, code->sentence);
        lua_setfield(L, -2, "sentence");
        push_shared_names(L, lua_gettop(L) - 2, code->dialects);
        lua_setfield(L, -2, "dialects");
        lua_rawseti(L, -2, code->code);
    }
    lua_remove(L, -2);
}

static void push_failure_names(lua_State *L)
{
    lua_newtable(L);
    for (int i = 0; dnp_failure_names[i] != NULL; i++) {
        lua_pushstring(L, dnp_failure_names[i]);
        lua_rawseti(L, -2, i + 1);
    }
}

static void push_kinds(lua_State *L)
{
    lua_newtable(L);
    for (int kind = DNP_TRANSPORT, i = 1; kind < DNP_KIND_COUNT; kind++, i++) {
        lua_pushstring(L, dnp_error_kind_name((enum dnp_error_kind)kind));
        lua_rawseti(L, -2, i);
    }
}

static const luaL_Reg functions[] = {
    {"session", ldnp_session_new},
    {"settings", ldnp_session_settings},
    {"contract", ldnp_contract},
    {"operations", ldnp_operations},
    {"did_you_mean", ldnp_did_you_mean},
    {"quote", ldnp_quote},
    {"fold", ldnp_fold},
    {"text_problem", ldnp_text_problem},
    {"characters", ldnp_characters},
    {"check_record", ldnp_check_record},
    {"check_field", ldnp_check_field},
    {"date_seconds", ldnp_date_seconds},
    {"days_in_month", ldnp_days_in_month},
    {"request_of", ldnp_request_fields},
    {"describe_request", ldnp_describe_request},
    {"describe_response", ldnp_describe_response},
    {"use_transport", ldnp_loop_use},
    {"wait", ldnp_loop_wait},
    {"ready", ldnp_loop_ready},
    {"error", ldnp_new_error},
    {"clock", ldnp_clock},
    {"sleep", ldnp_sleep},
    {"ignore_sigpipe", ldnp_ignore_sigpipe},
    {"is_terminal", ldnp_is_terminal},
    {NULL, NULL},
};

static void add_functions(lua_State *L)
{
    for (const luaL_Reg *function = functions; function->name != NULL; function++) {
        lua_pushcfunction(L, function->func);
        lua_setfield(L, -2, function->name);
    }
    ldnp_call_functions(L);
}

int luaopen_dnp_core(lua_State *L)
{
    ldnp_error_open(L);
    ldnp_session_open(L);
    ldnp_call_open(L);
    lua_newtable(L);
    add_functions(L);
    lua_pushliteral(L, DNP_VERSION);
    lua_setfield(L, -2, "version");
    ldnp_push_methods(L);
    lua_setfield(L, -2, "methods");
    ldnp_push_call_methods(L);
    lua_setfield(L, -2, "receiver_methods");
    push_codes(L);
    lua_setfield(L, -2, "codes");
    push_dialect_names(L, DNP_ALL_DIALECTS);
    lua_setfield(L, -2, "dialects");
    push_kinds(L);
    lua_setfield(L, -2, "error_kinds");
    push_failure_names(L);
    lua_setfield(L, -2, "failure_names");
    set_enumeration(L, &dnp_type_user_role);
    set_enumeration(L, &dnp_type_user_status);
    set_enumeration(L, &dnp_type_user_login_status);
    set_enumeration(L, &dnp_type_package_status);
    return 1;
}
