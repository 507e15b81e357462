/*
 * SHA-1 and AES-256 from OpenSSL's libcrypto, random bytes from the system. HMAC is written over the digest (RFC 2104).
 *
 * A message takes some fifteen short digests. Through EVP each costs a thousand instructions of OpenSSL 3 beyond the
 * hashing itself, a fifth of the whole message; so SHA-1 is called by the functions of 1.1, which 3.x keeps. The
 * cipher's context is made once, since finding the algorithm is most of what a short message costs there.
 */
#define OPENSSL_API_COMPAT 0x10100000L

#include "crypto/openssl.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/random.h>
#endif

struct openssl {
    EVP_CIPHER_CTX *cipher;
    SHA_CTX inner; /* of HMAC, with the key taken in */
    SHA_CTX outer;
};

/* ---- digests ---- */

static void sha1(void *context, struct dnp_slice data, unsigned char digest[DNP_SHA1_SIZE])
{
    SHA_CTX hash;
    (void)context;
    (void)SHA1_Init(&hash);
    (void)SHA1_Update(&hash, data.data, data.length);
    (void)SHA1_Final(digest, &hash);
    OPENSSL_cleanse(&hash, sizeof hash); /* a long password may have been hashed */
}

static void start_with_pad(SHA_CTX *hash, const unsigned char block[SHA_CBLOCK], unsigned byte)
{
    unsigned char pad[SHA_CBLOCK];
    for (size_t i = 0; i < SHA_CBLOCK; i++) {
        pad[i] = (unsigned char)(block[i] ^ byte);
    }
    (void)SHA1_Init(hash);
    (void)SHA1_Update(hash, pad, sizeof pad);
    OPENSSL_cleanse(pad, sizeof pad);
}

/* The key as a block: as it is when it fits, its digest when it does not. */
static void hmac_sha1_key(void *context, struct dnp_slice key)
{
    struct openssl *openssl = context;
    unsigned char block[SHA_CBLOCK] = {0};
    if (key.length > sizeof block) {
        sha1(context, key, block);
    } else if (key.length > 0) {
        memcpy(block, key.data, key.length);
    }
    start_with_pad(&openssl->inner, block, 0x36);
    start_with_pad(&openssl->outer, block, 0x5C);
    OPENSSL_cleanse(block, sizeof block);
}

static void hmac_sha1(void *context, const struct dnp_slice *pieces, size_t count, unsigned char digest[DNP_SHA1_SIZE])
{
    const struct openssl *openssl = context;
    SHA_CTX hash = openssl->inner;
    unsigned char inner[DNP_SHA1_SIZE];
    for (size_t i = 0; i < count; i++) {
        (void)SHA1_Update(&hash, pieces[i].data, pieces[i].length);
    }
    (void)SHA1_Final(inner, &hash);
    hash = openssl->outer;
    (void)SHA1_Update(&hash, inner, sizeof inner);
    (void)SHA1_Final(digest, &hash);
    OPENSSL_cleanse(&hash, sizeof hash);
    OPENSSL_cleanse(inner, sizeof inner);
}

/* ---- the cipher ---- */

/* In pieces, since EVP counts in int. */
static bool run_cipher(EVP_CIPHER_CTX *cipher, unsigned char *data, size_t length)
{
    const size_t most = (size_t)(INT_MAX - INT_MAX % DNP_AES_BLOCK_SIZE);
    while (length > 0) {
        int written = 0;
        size_t piece = length < most ? length : most;
        if (EVP_CipherUpdate(cipher, data, &written, data, (int)piece) != 1 || (size_t)written != piece) {
            return false;
        }
        data += piece;
        length -= piece;
    }
    return true;
}

static bool aes256_cbc(const struct openssl *openssl, bool encrypt, const unsigned char *key, const unsigned char *iv,
                       unsigned char *data, size_t length)
{
    return EVP_CipherInit_ex(openssl->cipher, NULL, NULL, key, iv, encrypt ? 1 : 0) == 1 &&
           run_cipher(openssl->cipher, data, length);
}

static bool aes256_cbc_encrypt(void *context, const unsigned char *key, const unsigned char *iv, unsigned char *data,
                               size_t length)
{
    return aes256_cbc(context, true, key, iv, data, length);
}

static bool aes256_cbc_decrypt(void *context, const unsigned char *key, const unsigned char *iv, unsigned char *data,
                               size_t length)
{
    return aes256_cbc(context, false, key, iv, data, length);
}

/* ---- random bytes ---- */

static bool fill_with_random(void *context, unsigned char *bytes, size_t length)
{
    (void)context;
    return getentropy(bytes, length) == 0;
}

/* ---- life ---- */

/* The cipher's round keys are replaced by those of a key that everybody knows. */
static void forget(void *context)
{
    static const unsigned char no_key[DNP_AES256_KEY_SIZE];
    struct openssl *openssl = context;
    (void)EVP_CipherInit_ex(openssl->cipher, NULL, NULL, no_key, no_key, -1);
    OPENSSL_cleanse(&openssl->inner, sizeof openssl->inner);
    OPENSSL_cleanse(&openssl->outer, sizeof openssl->outer);
}

bool dnp_openssl_open(struct dnp_crypto *crypto)
{
    struct openssl *openssl = calloc(1, sizeof *openssl);
    memset(crypto, 0, sizeof *crypto);
    if (openssl == NULL) {
        return false;
    }
    openssl->cipher = EVP_CIPHER_CTX_new();
    /* Padding stays off for all that follows. */
    if (openssl->cipher == NULL || EVP_CipherInit_ex(openssl->cipher, EVP_aes_256_cbc(), NULL, NULL, NULL, 1) != 1 ||
        EVP_CIPHER_CTX_set_padding(openssl->cipher, 0) != 1) {
        EVP_CIPHER_CTX_free(openssl->cipher);
        free(openssl);
        return false;
    }
    *crypto = (struct dnp_crypto){
        openssl, sha1, hmac_sha1_key, hmac_sha1, aes256_cbc_encrypt, aes256_cbc_decrypt, fill_with_random, forget};
    return true;
}

void dnp_openssl_close(struct dnp_crypto *crypto)
{
    struct openssl *openssl = crypto->context;
    if (openssl != NULL) {
        EVP_CIPHER_CTX_free(openssl->cipher);
        OPENSSL_cleanse(openssl, sizeof *openssl);
        free(openssl);
    }
    memset(crypto, 0, sizeof *crypto);
}
