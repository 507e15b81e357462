/*
 * Errors that are raised.
 */
#include "lua/common/raise.h"

#include <stdarg.h>

/* The level of a function, where Lua 5.1 counts each tail call as one, too. */
static int real_level(lua_State *L, int level)
{
#if LUA_VERSION_NUM == 501
    lua_Debug frame;
    int found = 0;
    for (int real = 1; lua_getstack(L, real, &frame) != 0; real++) {
        (void)lua_getinfo(L, "S", &frame);
        if (frame.what[0] != 't' && ++found == level) {
            return real;
        }
    }
#else
    (void)L;
#endif
    return level;
}

int ldnp_raise(lua_State *L, int level, const char *format, ...)
{
    va_list arguments;
    luaL_where(L, real_level(L, level));
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
