/*
 * Operations by the names that callers give them, and which name they may have meant.
 */
#include "lua/core/operation.h"

#include <string.h>

#include "base/suggest.h"
#include "lua/common/raise.h"
#include "lua/core/usage_error.h"

/* Its address is that of a table from both names of each operation to its place, from 1, in the registry. */
static const char by_name = 0;

static void push_places(lua_State *L)
{
    ldnp_push_registered(L, &by_name);
    if (!lua_isnil(L, -1)) {
        return;
    }
    lua_pop(L, 1);
    lua_createtable(L, 0, 2 * (int)dnp_operation_count);
    for (size_t i = 0; i < dnp_operation_count; i++) {
        lua_pushinteger(L, (lua_Integer)i + 1);
        lua_setfield(L, -2, dnp_operations[i].name);
        lua_pushinteger(L, (lua_Integer)i + 1);
        lua_setfield(L, -2, dnp_operations[i].method);
    }
    lua_pushvalue(L, -1);
    ldnp_register(L, &by_name);
}

void ldnp_add_finders(lua_State *L, const luaL_Reg *functions)
{
    push_places(L);
    for (const luaL_Reg *function = functions; function->name != NULL; function++) {
        lua_pushvalue(L, -1);
        lua_pushcclosure(L, function->func, 1);
        lua_setfield(L, -3, function->name);
    }
    lua_pop(L, 1);
}

/* By the string at `index`; NULL when there is none. */
static const struct dnp_operation *find_operation(lua_State *L, int index)
{
    lua_pushvalue(L, index);
    lua_rawget(L, lua_upvalueindex(1));
    lua_Integer place = lua_tointeger(L, -1);
    lua_pop(L, 1);
    return place > 0 ? &dnp_operations[place - 1] : NULL;
}

const struct dnp_operation *ldnp_check_operation(lua_State *L, int index, const char *method, int level)
{
    struct dnp_suggestion suggestion;
    char hint[DNP_NAME_SIZE + 32];
    char buffer[LDNP_SHOWN_SIZE];
    struct dnp_slice name = {NULL, 0};
    if (lua_type(L, index) != LUA_TSTRING) {
        (void)ldnp_raise(L, level, "%s: argument 1 (operation): expected string, got %s", method,
                         luaL_typename(L, index));
    }
    const struct dnp_operation *operation = find_operation(L, index);
    if (operation == NULL) {
        name.data = lua_tolstring(L, index, &name.length);
        dnp_suggest_start(&suggestion, name.data, name.length);
        for (size_t i = 0; i < dnp_operation_count; i++) {
            dnp_suggest_consider(&suggestion, dnp_operations[i].name);
        }
        dnp_suggest_format(&suggestion, hint, sizeof hint);
        (void)ldnp_raise(L, level, "%s: argument 1 (operation): '%s' is not an operation%s", method,
                         ldnp_shown(name, buffer), hint);
    }
    return operation;
}

int ldnp_operations(lua_State *L)
{
    lua_createtable(L, (int)dnp_operation_count, 0);
    for (size_t i = 0; i < dnp_operation_count; i++) {
        lua_createtable(L, 0, 3);
        lua_pushstring(L, dnp_operations[i].name);
        lua_setfield(L, -2, "name");
        lua_pushstring(L, dnp_operations[i].method);
        lua_setfield(L, -2, "method");
        lua_pushboolean(L, dnp_operations[i].mutates);
        lua_setfield(L, -2, "mutates");
        lua_rawseti(L, -2, (int)i + 1);
    }
    return 1;
}

int ldnp_did_you_mean(lua_State *L)
{
    struct dnp_suggestion suggestion;
    struct dnp_slice wanted = {"", 0};
    char hint[DNP_NAME_SIZE + 32];
    if (lua_type(L, 1) == LUA_TSTRING) {
        wanted.data = lua_tolstring(L, 1, &wanted.length);
    }
    luaL_checktype(L, 2, LUA_TTABLE);
    dnp_suggest_start(&suggestion, wanted.data, wanted.length);
    lua_pushnil(L);
    while (wanted.length > 0 && lua_next(L, 2) != 0) {
        int name = lua_type(L, -2) == LUA_TSTRING ? -2 : -1;
        if (lua_type(L, name) == LUA_TSTRING) {
            dnp_suggest_consider(&suggestion, lua_tostring(L, name)); /* which stays in the table */
        }
        lua_pop(L, 1);
    }
    dnp_suggest_format(&suggestion, hint, sizeof hint);
    lua_pushstring(L, hint);
    return 1;
}

int ldnp_quote(lua_State *L)
{
    char buffer[LDNP_SHOWN_SIZE];
    struct dnp_slice text = {NULL, 0};
    text.data = luaL_checklstring(L, 1, &text.length);
    lua_pushfstring(L, "'%s'", ldnp_shown(text, buffer));
    return 1;
}
