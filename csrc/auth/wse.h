/*
 * Requests as a WSE 3.0 client sends them with a username token: the headers and the body are signed, the body is
 * encrypted, both with a key made from the password, which itself is not sent.
 */
#ifndef DNP_AUTH_WSE_H
#define DNP_AUTH_WSE_H

#include <stdint.h>

#include "contract/error.h"
#include "crypto/crypto.h"
#include "xml/buffer.h"

#define DNP_WSE_NONCE_SIZE 16
#define DNP_WSE_TIME_SIZE 21 /* "2010-06-15T12:00:00Z" */
#define DNP_WSE_MESSAGE_ID_SIZE 64
#define DNP_WSE_LIFETIME 300 /* seconds from Created to Expires */

/* The elements that carry an id; the first six are signed, in this order. */
enum dnp_wse_part {
    DNP_WSE_ACTION,
    DNP_WSE_MESSAGE_ID,
    DNP_WSE_REPLY_TO,
    DNP_WSE_TO,
    DNP_WSE_TIMESTAMP,
    DNP_WSE_BODY,
    DNP_WSE_TOKEN,
    DNP_WSE_ENCRYPTED_DATA,
    DNP_WSE_PART_COUNT
};

/* All that a sender chooses anew for each message. Equal choices give equal messages. */
struct dnp_wse_choices {
    unsigned char nonce[DNP_WSE_NONCE_SIZE];
    unsigned char iv[DNP_AES_BLOCK_SIZE];
    char created[DNP_WSE_TIME_SIZE]; /* of the token and of the timestamp */
    char expires[DNP_WSE_TIME_SIZE];
    char message_id[DNP_WSE_MESSAGE_ID_SIZE]; /* "urn:uuid:..." */
    const char *ids[DNP_WSE_PART_COUNT];
};

struct dnp_wse_message {
    const char *username;
    const char *password;  /* not empty: no key can be made from that */
    const char *action;    /* as in SOAPAction, without its quotes */
    const char *to;        /* the url under which the panel sees the request */
    struct dnp_slice body; /* the content of soap:Body, as the client's encoder writes it */
};

/* Random nonce, IV and message id; times from `now`, in seconds since 1970. */
bool dnp_wse_choose(struct dnp_wse_choices *choices, const struct dnp_crypto *crypto, int64_t now,
                    struct dnp_error *error);

/* Writes the whole signed and encrypted envelope to `out`, which is empty before, and again after a failure. */
bool dnp_wse_write(struct dnp_buffer *out, const struct dnp_wse_message *message, const struct dnp_wse_choices *choices,
                   const struct dnp_crypto *crypto, struct dnp_error *error);

/* The key of signature and encryption: P_SHA-1 of the password over "WS-Security", the nonce and the token's Created. */
void dnp_wse_derive_key(const struct dnp_crypto *crypto, struct dnp_slice password, struct dnp_slice nonce,
                        const char *created, unsigned char key[DNP_AES256_KEY_SIZE]);

/*
 * From a body as the client's encoder writes it, appends to `plain` what is encrypted (a carriage return as the byte
 * itself) and to `canonical` what is signed (exclusive canonical XML, every end of line a line feed). False without
 * a failure of a buffer: the text holds what the encoder never writes, such as comments or prefixed attributes.
 */
bool dnp_wse_canonical(struct dnp_buffer *canonical, struct dnp_buffer *plain, struct dnp_slice body);

/* Whole seconds of universal time. */
void dnp_wse_format_time(int64_t seconds, char text[DNP_WSE_TIME_SIZE]);

#endif
