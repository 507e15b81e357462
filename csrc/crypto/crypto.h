/*
 * The primitives of message security, as a table of functions: the core calls them without linking the library that
 * has them, and a test puts known bytes in place of random ones.
 *
 * A table is for one thread at a time. Keys stay in it until they are forgotten.
 */
#ifndef DNP_CRYPTO_H
#define DNP_CRYPTO_H

#include <stdbool.h>

#include "base/slice.h"

#define DNP_SHA1_SIZE 20
#define DNP_AES256_KEY_SIZE 32
#define DNP_AES_BLOCK_SIZE 16

struct dnp_crypto {
    void *context;
    void (*sha1)(void *context, struct dnp_slice data, unsigned char digest[DNP_SHA1_SIZE]);
    /* The key of the next digests. */
    void (*hmac_sha1_key)(void *context, struct dnp_slice key);
    /* Over the pieces as if they were one. */
    void (*hmac_sha1)(void *context, const struct dnp_slice *pieces, size_t count, unsigned char digest[DNP_SHA1_SIZE]);
    /* In place. `length` is a multiple of the block; padding is the caller's. False: the library failed. */
    bool (*aes256_cbc_encrypt)(void *context, const unsigned char key[DNP_AES256_KEY_SIZE],
                               const unsigned char iv[DNP_AES_BLOCK_SIZE], unsigned char *data, size_t length);
    bool (*aes256_cbc_decrypt)(void *context, const unsigned char key[DNP_AES256_KEY_SIZE],
                               const unsigned char iv[DNP_AES_BLOCK_SIZE], unsigned char *data, size_t length);
    /* At most 256 bytes that nobody can guess. False: the system has none to give. */
    bool (*random)(void *context, unsigned char *bytes, size_t length);
    /* Overwrites the keys that are still in the context. */
    void (*forget)(void *context);
};

#endif
