/* The primitives from OpenSSL's libcrypto. */
#ifndef DNP_CRYPTO_OPENSSL_H
#define DNP_CRYPTO_OPENSSL_H

#include "crypto/crypto.h"

/* False: out of memory, or a build of OpenSSL without SHA-1 or AES. */
bool dnp_openssl_open(struct dnp_crypto *crypto);
/* Takes a table that is all zero, too. */
void dnp_openssl_close(struct dnp_crypto *crypto);

#endif
