/* libcrypto for a group of tests: opened before the first, closed after the last. */
#ifndef OPENSSL_LIBRARY_H
#define OPENSSL_LIBRARY_H

#include "crypto/openssl.h"

static struct dnp_crypto openssl;

static inline int open_library(void **state)
{
    (void)state;
    return dnp_openssl_open(&openssl) ? 0 : 1;
}

static inline int close_library(void **state)
{
    (void)state;
    dnp_openssl_close(&openssl);
    return 0;
}

#endif
