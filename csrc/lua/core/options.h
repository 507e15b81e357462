/*
 * The options of a session.
 */
#ifndef LDNP_OPTIONS_H
#define LDNP_OPTIONS_H

#include "lua/core/session.h"

struct ldnp_options {
    struct dnp_session_options session;
    struct dnp_transport_options transport;
};

/* Reads the table at `index`; text in what it fills is valid as long as that table is, and that of the transport's as
 * long as the one at `settings`, to which the options of the Lua layer are copied: engine, trace, and those for
 * engines. Raises on unknown names, wrong types and values, two functions up. */
void ldnp_read_options(lua_State *L, int index, int settings, struct ldnp_options *options);

/* Pushes an array of the names. */
void ldnp_push_option_names(lua_State *L);

#endif
