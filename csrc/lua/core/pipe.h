/*
 * ignore_sigpipe(): a program that writes to a pipe whose reader has gone gets an error instead of its end.
 */
#ifndef LDNP_PIPE_H
#define LDNP_PIPE_H

#include "lua/common/compat.h"

int ldnp_ignore_sigpipe(lua_State *L);

#endif
