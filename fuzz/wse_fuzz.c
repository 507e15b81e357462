/*
 * Fuzz target for the receiving side of message security. The first byte chooses the library: the real one, which
 * refuses nearly everything early, or one that decrypts nothing and whose digests are all zero, so that a message gets
 * as far as its elements allow. The rest is the request.
 */
#include <stdint.h>
#include <stdlib.h>

#include "crypto/openssl.h"
#include "sandbox/http/wse_server.h"

#define NOW INT64_C(1276603205) /* 2010-06-15T12:00:05Z */
#define MESSAGE_ID "urn:uuid:00000000-0000-4000-8000-000000000002"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void no_sha1(void *context, struct dnp_slice text, unsigned char digest[DNP_SHA1_SIZE])
{
    (void)context, (void)text;
    memset(digest, 0, DNP_SHA1_SIZE);
}

static void no_hmac(void *context, const struct dnp_slice *pieces, size_t count, unsigned char digest[DNP_SHA1_SIZE])
{
    (void)context, (void)pieces, (void)count;
    memset(digest, 0, DNP_SHA1_SIZE);
}

static bool no_decrypt(void *context, const unsigned char *key, const unsigned char *iv, unsigned char *text,
                       size_t length)
{
    (void)context, (void)key, (void)iv, (void)text, (void)length;
    return true;
}

static bool find_password(void *context, const char *username, struct dnp_buffer *password, bool *found)
{
    (void)context;
    *found = strcmp(username, "nobody") != 0;
    return dnp_buffer_puts(password, strcmp(username, "empty") == 0 ? "" : "serveradmin");
}

/* Whatever came of it can be answered. */
static void response(enum dnp_wse_server_verdict verdict, const struct dnp_wse_server_received *received)
{
    struct dnp_buffer body;
    dnp_buffer_init(&body, SIZE_MAX / 4);
    if (verdict == DNP_WSE_SERVER_ACCEPTED) {
        dnp_buffer_puts(&body, "<soap:Envelope><soap:Body></soap:Body></soap:Envelope>");
        (void)dnp_wse_server_address_response(&body, received, MESSAGE_ID, false);
    } else if (verdict == DNP_WSE_SERVER_REFUSED && received->fault != DNP_WSE_SERVER_UNREADABLE) {
        (void)dnp_wse_server_write_fault(&body, received, MESSAGE_ID, "http://panel.example.com:9002/esUsers.asmx");
    }
    dnp_buffer_free(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dnp_crypto crypto;
    struct dnp_wse_server_received received;
    if (size == 0 || !dnp_openssl_open(&crypto)) {
        return 0;
    }
    bool real = (data[0] & 1) != 0;
    if (!real) {
        crypto.sha1 = no_sha1;
        crypto.hmac_sha1 = no_hmac;
        crypto.aes256_cbc_decrypt = no_decrypt;
    }
    const struct dnp_wse_server_rules rules = {
        .crypto = &crypto,
        .now = NOW,
        .address = (data[0] & 2) != 0 ? "http://panel.example.com:9002/esUsers.asmx" : NULL,
        .find_password = find_password};
    dnp_wse_server_received_init(&received);
    enum dnp_wse_server_verdict verdict =
        dnp_wse_server_receive((struct dnp_slice){(const char *)data + 1, size - 1}, &rules, &received);
    response(verdict, &received);
    dnp_wse_server_received_free(&received);
    dnp_openssl_close(&crypto);
    return 0;
}
