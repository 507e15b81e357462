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

/* Reads the table at `index`, which was validated; text in what it fills is valid as long as that table is, and that of
 * the transport's as long as the one at `settings`, which are those that the session keeps. */
void ldnp_read_options(lua_State *L, int index, int settings, struct ldnp_options *options);

#endif
