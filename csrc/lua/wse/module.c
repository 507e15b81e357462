/*
 * The Lua module dnp.wse: the table of crypto/crypto.h over OpenSSL, for the core that loads it.
 *
 * It is a module of its own so that a program gets libcrypto only when a session asks for auth = "wse". The table is
 * closed with the Lua state; sessions are younger than it, so they are gone by then.
 */
#include <lauxlib.h>
#include <lua.h>

#include "crypto/openssl.h"
#include "lua/common/compat.h"
#include "lua/common/wse.h"

__attribute__((visibility("default"))) int luaopen_dnp_wse(lua_State *L);

static int collect(lua_State *L)
{
    struct ldnp_crypto *library = lua_touserdata(L, 1);
    dnp_openssl_close(&library->crypto);
    return 0;
}

int luaopen_dnp_wse(lua_State *L)
{
    struct ldnp_crypto *library = ldnp_new_userdata(L, sizeof *library);
    memset(library, 0, sizeof *library);
    library->version = DNP_VERSION;
    library->size = sizeof *library;
    (void)luaL_newmetatable(L, LDNP_CRYPTO_METATABLE);
    lua_pushcfunction(L, collect);
    lua_setfield(L, -2, "__gc");
    (void)lua_setmetatable(L, -2);
    if (!dnp_openssl_open(&library->crypto)) {
        return luaL_error(L, "dnp.wse: OpenSSL has no AES-256, or is out of memory");
    }
    return 1;
}
