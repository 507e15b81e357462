/*
 * What Lua asks about dates.
 */
#ifndef LDNP_DATE_H
#define LDNP_DATE_H

#include "lua/common/compat.h"

/* core.date_seconds(date): the seconds that a date stands for on a clock without zones, with their fraction: of a text
 * as panels write it, without an offset, or of a number of os.time(), taken as local time; nil when it is neither. Z is
 * dropped, as the panel does. */
int ldnp_date_seconds(lua_State *L);
/* core.days_in_month(year, month) */
int ldnp_days_in_month(lua_State *L);

#endif
