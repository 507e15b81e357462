/*
 * What differs between Lua 5.4, 5.3, 5.2, LuaJIT and 5.1, as far as this binding meets it.
 */
#ifndef LDNP_COMPAT_H
#define LDNP_COMPAT_H

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <lauxlib.h>
#include <lua.h>

#if LUA_VERSION_NUM < 502
#define lua_rawlen lua_objlen
#endif

/* Of the registry, by an address, which is cheaper to look up than a name. */
static inline void ldnp_push_registered(lua_State *L, const void *address)
{
#if LUA_VERSION_NUM >= 502
    lua_rawgetp(L, LUA_REGISTRYINDEX, address);
#else
    lua_pushlightuserdata(L, (void *)(uintptr_t)address);
    lua_rawget(L, LUA_REGISTRYINDEX);
#endif
}

/* Pops the value. */
static inline void ldnp_register(lua_State *L, const void *address)
{
    lua_pushlightuserdata(L, (void *)(uintptr_t)address);
    lua_insert(L, -2);
    lua_rawset(L, LUA_REGISTRYINDEX);
}

/* The userdata at `index` if it is one of this size, else NULL. With a mark at its beginning that nobody else has, an
 * address within this module, it is known for one of ours in less time than by its metatable. */
static inline void *ldnp_to_userdata(lua_State *L, int index, size_t size)
{
    void *userdata = lua_touserdata(L, index);
    return userdata != NULL && lua_rawlen(L, index) == size ? userdata : NULL;
}

/* The uservalue of a userdata: one table that lives as long as it. */
static inline void *ldnp_new_userdata(lua_State *L, size_t size)
{
#if LUA_VERSION_NUM >= 504
    return lua_newuserdatauv(L, size, 1);
#else
    return lua_newuserdata(L, size);
#endif
}

/* Pops the table and makes it the uservalue. */
static inline void ldnp_set_uservalue(lua_State *L, int index)
{
#if LUA_VERSION_NUM >= 504
    lua_setiuservalue(L, index, 1);
#elif LUA_VERSION_NUM >= 502
    lua_setuservalue(L, index);
#else
    lua_setfenv(L, index);
#endif
}

static inline void ldnp_push_uservalue(lua_State *L, int index)
{
#if LUA_VERSION_NUM >= 504
    lua_getiuservalue(L, index, 1);
#elif LUA_VERSION_NUM >= 502
    lua_getuservalue(L, index);
#else
    lua_getfenv(L, index);
#endif
}

/* Whether the number at `index` is integral, and which. The value there must be a number. */
static inline bool ldnp_to_integer(lua_State *L, int index, int64_t *value)
{
#if LUA_VERSION_NUM >= 503
    int exact = 0;
    *value = lua_tointegerx(L, index, &exact);
    return exact != 0;
#else
    lua_Number number = lua_tonumber(L, index);
    if (!(number >= -9223372036854775808.0 && number < 9223372036854775808.0) || floor(number) < number) {
        return false;
    }
    *value = (int64_t)number;
    return true;
#endif
}

/* Where numbers are doubles, an integer that a double cannot hold is pushed as its exact text. */
static inline void ldnp_push_integer(lua_State *L, int64_t value)
{
#if LUA_VERSION_NUM >= 503
    lua_pushinteger(L, value);
#else
    const int64_t exact = INT64_C(1) << 53;
    if (value >= -exact && value <= exact) {
        lua_pushnumber(L, (lua_Number)value);
    } else {
        char text[24];
        lua_pushlstring(L, text, (size_t)snprintf(text, sizeof text, "%" PRId64, value));
    }
#endif
}

/* False where Lua cannot tell (5.1): then the collector is left alone. */
static inline bool ldnp_collector_runs(lua_State *L)
{
#ifdef LUA_GCISRUNNING
    return lua_gc(L, LUA_GCISRUNNING, 0) != 0;
#else
    (void)L;
    return false;
#endif
}

#endif
