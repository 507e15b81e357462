/*
 * ignore_sigpipe(): a program that writes to a pipe whose reader has gone gets an error instead of its end.
 * is_terminal(descriptor): whether a person may sit at the other end.
 */
#ifndef LDNP_PROCESS_H
#define LDNP_PROCESS_H

#include "lua/common/compat.h"

int ldnp_ignore_sigpipe(lua_State *L);
int ldnp_is_terminal(lua_State *L);

#endif
