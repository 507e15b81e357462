/*
 * The monotonic clock, and a sleep that a signal ends.
 *
 * A signal must reach the interpreter: lua's own handler for Ctrl-C only sets a hook, which runs when Lua code
 * runs again. So the sleep is not resumed here; it returns what is left of it, and its caller decides.
 */
#include "lua/core/clock.h"

#include <errno.h>
#include <time.h>

#define NANOSECONDS 1000000000.0
#define LONGEST_SLEEP 1e9 /* seconds; more than 31 years, and within every time_t */

static lua_Number to_seconds(const struct timespec *time)
{
    return (lua_Number)time->tv_sec + (lua_Number)time->tv_nsec / NANOSECONDS;
}

int ldnp_clock(lua_State *L)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        return luaL_error(L, "clock: the system has no monotonic clock");
    }
    lua_pushnumber(L, to_seconds(&now));
    return 1;
}

int ldnp_sleep(lua_State *L)
{
    struct timespec left = {0, 0};
    lua_Number seconds = lua_type(L, 1) == LUA_TNUMBER ? lua_tonumber(L, 1) : -1;
    if (!(seconds >= 0 && seconds <= LONGEST_SLEEP)) {
        return luaL_error(L, "sleep: argument 1 (seconds): expected number from 0 to 1e9, got %s",
                          lua_isnumber(L, 1) ? lua_tostring(L, 1) : luaL_typename(L, 1));
    }
    struct timespec wanted = {.tv_sec = (time_t)seconds};
    wanted.tv_nsec = (long)((seconds - (lua_Number)wanted.tv_sec) * NANOSECONDS);
    if (nanosleep(&wanted, &left) != 0 && errno != EINTR) {
        return luaL_error(L, "sleep: the system cannot sleep");
    }
    lua_pushnumber(L, to_seconds(&left));
    return 1;
}
