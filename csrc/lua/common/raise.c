/*
 * Errors that are raised.
 */
#include "lua/common/raise.h"

#include <stdarg.h>

int ldnp_raise(lua_State *L, int level, const char *format, ...)
{
    va_list arguments;
    luaL_where(L, level);
    va_start(arguments, format);
    lua_pushvfstring(L, format, arguments);
    va_end(arguments);
    lua_concat(L, 2);
    return lua_error(L);
}

void ldnp_raise_usage(lua_State *L, const struct dnp_error *error, int level)
{
    if (error->kind == DNP_MEMORY) {
        lua_pushliteral(L, "not enough memory");
        (void)lua_error(L);
    }
    if (error->kind == DNP_USAGE) {
        (void)ldnp_raise(L, level, "%s", error->message);
    }
}
