/*
 * What Lua asks about dates: there is one calendar, value/calendar.h.
 */
#include "lua/core/date.h"

#include "value/calendar.h"

/* Beyond the year 9999 by far, and exact as a double and as an integer. */
#define MOST_SECONDS 1e15

static bool read_date(lua_State *L, struct dnp_date *date)
{
    if (lua_type(L, 1) == LUA_TNUMBER) {
        double seconds = floor((double)lua_tonumber(L, 1));
        return seconds >= -MOST_SECONDS && seconds <= MOST_SECONDS && dnp_date_local((int64_t)seconds, date);
    }
    if (lua_type(L, 1) == LUA_TSTRING) {
        struct dnp_slice text = {NULL, 0};
        text.data = lua_tolstring(L, 1, &text.length);
        return dnp_date_parse(text, date) && date->zone != DNP_ZONE_OFFSET;
    }
    return false;
}

int ldnp_date_seconds(lua_State *L)
{
    struct dnp_date date;
    if (!read_date(L, &date)) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushnumber(L, (lua_Number)date.day * 86400 + (lua_Number)date.tenths / 1e7);
    return 1;
}

int ldnp_days_in_month(lua_State *L)
{
    lua_Integer month = luaL_checkinteger(L, 2);
    luaL_argcheck(L, month >= 1 && month <= 12, 2, "not a month");
    lua_pushinteger(L, dnp_days_in_month((int64_t)luaL_checkinteger(L, 1), (int)month));
    return 1;
}
