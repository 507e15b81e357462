/*
 * dnp.clock() and dnp.sleep(): time for whoever waits and repeats.
 */
#ifndef LDNP_CLOCK_H
#define LDNP_CLOCK_H

#include "lua/common/compat.h"

/* dnp.clock() */
int ldnp_clock(lua_State *L);
/* dnp.sleep(seconds) */
int ldnp_sleep(lua_State *L);

#endif
