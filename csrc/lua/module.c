/*
 * require "dnp": the constructor of sessions, constants and the contract. Nothing global is set.
 */
#include "contract/contract.h"
#include "lua/clock.h"
#include "lua/compat.h"
#include "lua/describe.h"
#include "lua/error.h"
#include "lua/options.h"
#include "lua/session.h"

__attribute__((visibility("default"))) int luaopen_dnp(lua_State *L);

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

/* dnp.codes[-100] = { name = "ERROR_USER_ALREADY_EXISTS", sentence = "...", dialects = { "dotnetpanel", ... } } */
static void push_codes(lua_State *L)
{
    lua_newtable(L);
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
        push_dialect_names(L, code->dialects);
        lua_setfield(L, -2, "dialects");
        lua_rawseti(L, -2, code->code);
    }
}

int luaopen_dnp(lua_State *L)
{
    ldnp_error_open(L);
    ldnp_session_open(L);
    lua_newtable(L);
    lua_pushliteral(L, "lua-dnp " DNP_VERSION);
    lua_setfield(L, -2, "_VERSION");
    lua_pushcfunction(L, ldnp_session_new);
    lua_setfield(L, -2, "session");
    lua_pushcfunction(L, ldnp_describe_contract);
    lua_setfield(L, -2, "contract");
    lua_pushcfunction(L, ldnp_clock);
    lua_setfield(L, -2, "clock");
    lua_pushcfunction(L, ldnp_sleep);
    lua_setfield(L, -2, "sleep");
    push_codes(L);
    lua_setfield(L, -2, "codes");
    push_dialect_names(L, DNP_ALL_DIALECTS);
    lua_setfield(L, -2, "dialects");
    ldnp_push_option_names(L);
    lua_setfield(L, -2, "options");
    set_enumeration(L, &dnp_type_user_role);
    set_enumeration(L, &dnp_type_user_status);
    set_enumeration(L, &dnp_type_user_login_status);
    set_enumeration(L, &dnp_type_package_status);
    return 1;
}
