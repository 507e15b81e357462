/*
 * The module dnp.wse seen from the core: a userdata with the table of crypto/crypto.h.
 */
#ifndef LDNP_WSE_H
#define LDNP_WSE_H

#include <lua.h>

#include "crypto/crypto.h"

/* Under which the Lua layer puts it into the settings of a session. */
#define LDNP_CRYPTO_SETTING "crypto"
#define LDNP_CRYPTO_METATABLE "dnp.crypto"

struct ldnp_crypto {
    const char *version; /* of the library that the module was built with */
    size_t size;         /* of this struct */
    struct dnp_crypto crypto;
};

/* The table of the userdata at `index`; raises unless it is one of the same build. */
const struct dnp_crypto *ldnp_check_crypto(lua_State *L, int index);

#endif
