/*
 * The marks for Lua: bench_mark.start(), bench_mark.stop(), bench_mark.print(count, sum).
 */
#include <lauxlib.h>
#include <lua.h>

#include "mark.h"

static int start(lua_State *L)
{
    (void)L;
    bench_start();
    return 0;
}

static int stop(lua_State *L)
{
    (void)L;
    bench_stop();
    return 0;
}

static int print(lua_State *L)
{
    bench_print((double)luaL_checknumber(L, 1), (double)luaL_checknumber(L, 2));
    return 0;
}

int luaopen_bench_mark(lua_State *L);

int luaopen_bench_mark(lua_State *L)
{
    lua_newtable(L);
    lua_pushcfunction(L, start);
    lua_setfield(L, -2, "start");
    lua_pushcfunction(L, stop);
    lua_setfield(L, -2, "stop");
    lua_pushcfunction(L, print);
    lua_setfield(L, -2, "print");
    return 1;
}
