/*
 * Takes what require "dnp.wse" gives.
 */
#include "lua/common/wse.h"

#include <lauxlib.h>
#include <string.h>

const struct dnp_crypto *ldnp_check_crypto(lua_State *L, int index)
{
    const struct ldnp_crypto *library = lua_touserdata(L, index);
    bool same = false;
    if (library != NULL && lua_getmetatable(L, index)) {
        luaL_getmetatable(L, LDNP_CRYPTO_METATABLE);
        same = lua_rawequal(L, -1, -2) != 0;
        lua_pop(L, 2);
    }
    if (!same) {
        (void)luaL_error(L, "expected what require \"dnp.wse\" gives, got %s", luaL_typename(L, index));
        return NULL;
    }
    if (strcmp(library->version, DNP_VERSION) != 0 || library->size != sizeof *library) {
        (void)luaL_error(L, "dnp.wse is of version %s, dnp.core of " DNP_VERSION "; install one of both",
                         library->version);
    }
    return &library->crypto;
}
