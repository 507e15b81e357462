/*
 * The table that dnp.session takes.
 */
#ifndef LDNP_OPTIONS_H
#define LDNP_OPTIONS_H

#include "client/session.h"
#include "lua/compat.h"

/* Fills `options` from the table at `index` and raises on any mistake. Texts are borrowed from the table. Returns
 * whether there is a trace, which is pushed then. */
bool ldnp_read_options(lua_State *L, int index, struct dnp_session_options *options);

/* Pushes the names of all options, for annotations. */
void ldnp_push_option_names(lua_State *L);

#endif
