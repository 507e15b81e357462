/*
 * The Lua module dnp.curl: the transport's table of functions, for the core that loads it.
 *
 * It is a module of its own so that a program gets libcurl, and the TLS library behind it, only when a call waits.
 */
#include <lauxlib.h>
#include <lua.h>

#include "transport/curl.h"

__attribute__((visibility("default"))) int luaopen_dnp_curl(lua_State *L);

struct box {
    const struct dnp_transport_functions *functions;
};

/* Pushes a userdata that holds a pointer to the table; see transport/transport.h. */
int luaopen_dnp_curl(lua_State *L)
{
    struct box *box = lua_newuserdata(L, sizeof *box);
    box->functions = &dnp_curl_functions;
    (void)luaL_newmetatable(L, DNP_TRANSPORT_FUNCTIONS);
    (void)lua_setmetatable(L, -2);
    return 1;
}
