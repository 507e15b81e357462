/*
 * What was read becomes what a method returns.
 */
#include "lua/core/result.h"

#include "lua/core/error.h"

/* err.exceeding_quotas: the rows of the response's first table. The result is below the error object on the stack. */
static void add_exceeding_quotas(lua_State *L, int result)
{
    lua_getfield(L, result, "ExceedingQuotas");
    if (lua_istable(L, -1)) {
        lua_rawgeti(L, -1, 1);
        lua_remove(L, -2);
    }
    if (!lua_istable(L, -1)) {
        lua_pop(L, 1);
        return;
    }
    int rows = (int)lua_rawlen(L, -1);
    lua_createtable(L, rows, 0);
    for (int i = 1; i <= rows; i++) {
        lua_rawgeti(L, -2, i);
        lua_rawseti(L, -2, i);
    }
    lua_remove(L, -2);
    lua_setfield(L, -2, "exceeding_quotas");
}

static void add_text(lua_State *L, const char *key, struct dnp_slice text)
{
    if (text.length > 0) {
        lua_pushlstring(L, text.data, text.length);
        lua_setfield(L, -2, key);
    }
}

static int push_failure(lua_State *L, const struct ldnp_call *call)
{
    int result = lua_gettop(L);
    lua_pushnil(L);
    ldnp_push_error(L, &call->error, call->operation);
    if (call->error.kind == DNP_FAULT) {
        add_text(L, "fault_string", dnp_call_fault_text(call->call));
        add_text(L, "fault_detail", dnp_call_fault_detail(call->call));
    }
    if (call->error.kind == DNP_REFUSED && lua_istable(L, result)) {
        add_exceeding_quotas(L, result);
    }
    return 2;
}

int ldnp_push_results(lua_State *L, const struct ldnp_call *call)
{
    const char *remark = NULL;
    luaL_checkstack(L, 8, "result");
    if (!call->good) {
        return push_failure(L, call);
    }
    switch (call->operation->result_kind) {
    case DNP_RESULT_STATUS:
    case DNP_RESULT_PACKAGE_STATUS:
        lua_pushboolean(L, 1);
        break;
    case DNP_RESULT_PACKAGE_ID:
        lua_getfield(L, -1, "Result");
        break;
    case DNP_RESULT_VALUE:
    case DNP_RESULT_ID:
        if (lua_isnil(L, -1)) {
            lua_newtable(L); /* a list that the response leaves out */
        }
        break;
    }
    remark = dnp_call_remark(call->call);
    if (remark == NULL) {
        return 1;
    }
    lua_pushstring(L, remark);
    return 2;
}
