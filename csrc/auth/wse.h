/*
 * Requests as a WSE 3.0 client sends them with a username token: the headers and the body are signed, the body is
 * encrypted, both with a key made from the password, which itself is not sent.
 */
#ifndef DNP_AUTH_WSE_H
#define DNP_AUTH_WSE_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "crypto/crypto.h"

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

#define DNP_WSE_SIGNED_COUNT (DNP_WSE_BODY + 1)
#define DNP_WSE_DIGEST_SIZE 29 /* of SHA-1, in Base64 */

/* All that a sender chooses for each message. Equal choices give equal messages. */
struct dnp_wse_choices {
    unsigned char nonce[DNP_WSE_NONCE_SIZE];
    unsigned char iv[DNP_AES_BLOCK_SIZE];
    char created[DNP_WSE_TIME_SIZE]; /* of the token and of the timestamp */
    char expires[DNP_WSE_TIME_SIZE];
    char message_id[DNP_WSE_MESSAGE_ID_SIZE]; /* "urn:uuid:..." */
};

/* Random nonce, IV and message id; times from `now`, in seconds since 1970. */
bool dnp_wse_choose(struct dnp_wse_choices *choices, const struct dnp_crypto *crypto, int64_t now,
                    struct dnp_error *error);

/*
 * What all messages of one user have in common: texts with gaps, at which values go in. Each signed part is there
 * twice, as it stands in the message and in canonical form.
 */
struct dnp_wse_form {
    struct dnp_buffer message;
    struct dnp_buffer signed_info;
    struct dnp_buffer parts[DNP_WSE_SIGNED_COUNT]; /* canonical; of the body only its start tag */
    char reply_to_digest[DNP_WSE_DIGEST_SIZE];
};

/* Unique within a message, which is all that ids have to be. */
extern const char *const dnp_wse_ids[DNP_WSE_PART_COUNT];

/* Where calls of one operation go, and what follows from that for all of them. */
struct dnp_wse_destination {
    struct dnp_buffer action; /* as in SOAPAction, without its quotes; escaped */
    struct dnp_buffer to;     /* the url under which the panel sees the request; escaped */
    char action_digest[DNP_WSE_DIGEST_SIZE];
    char to_digest[DNP_WSE_DIGEST_SIZE];
};

/* False: out of memory. What was made is freed with the next function, whether all of it or not. */
bool dnp_wse_form_init(struct dnp_wse_form *form, const char *username, const char *const ids[DNP_WSE_PART_COUNT],
                       const struct dnp_crypto *crypto);
void dnp_wse_form_free(struct dnp_wse_form *form);
bool dnp_wse_destination_init(struct dnp_wse_destination *destination, const struct dnp_wse_form *form,
                              const char *action, const char *to, const struct dnp_crypto *crypto);
void dnp_wse_destination_free(struct dnp_wse_destination *destination);

/* Room to work in, kept from message to message, and wiped after each. */
struct dnp_wse_room {
    struct dnp_buffer scratch; /* canonical texts, one after the other */
    struct dnp_buffer plain;   /* IV, text, padding; encrypted in place */
    struct dnp_buffer cipher;  /* the same in Base64 */
};

void dnp_wse_room_init(struct dnp_wse_room *room, size_t ceiling);
void dnp_wse_room_free(struct dnp_wse_room *room);

struct dnp_wse_message {
    struct dnp_wse_room *room;
    const struct dnp_wse_form *form;
    const struct dnp_wse_destination *destination;
    const char *password;  /* not empty: no key can be made from that */
    struct dnp_slice body; /* the content of soap:Body, as the client's encoder writes it */
};

/* Writes the whole signed and encrypted envelope to `out`, which is empty before, and again after a failure. */
bool dnp_wse_write(struct dnp_buffer *out, const struct dnp_wse_message *message, const struct dnp_wse_choices *choices,
                   const struct dnp_crypto *crypto, struct dnp_error *error);

/* ---- the parts of it ---- */

/* What goes into the gaps of a form. */
enum dnp_wse_gap {
    DNP_WSE_GAP_ACTION,
    DNP_WSE_GAP_MESSAGE_ID,
    DNP_WSE_GAP_TO,
    DNP_WSE_GAP_CREATED,
    DNP_WSE_GAP_EXPIRES,
    DNP_WSE_GAP_NONCE,
    DNP_WSE_GAP_ACTION_DIGEST, /* the digests in the order of their parts */
    DNP_WSE_GAP_MESSAGE_ID_DIGEST,
    DNP_WSE_GAP_REPLY_TO_DIGEST,
    DNP_WSE_GAP_TO_DIGEST,
    DNP_WSE_GAP_TIMESTAMP_DIGEST,
    DNP_WSE_GAP_BODY_DIGEST,
    DNP_WSE_GAP_SIGNATURE,
    DNP_WSE_GAP_CIPHER_VALUE,
    DNP_WSE_GAP_COUNT
};

/* Appends a form's text with the values in its gaps. */
bool dnp_wse_fill(struct dnp_buffer *out, const struct dnp_buffer *text,
                  const struct dnp_slice values[DNP_WSE_GAP_COUNT]);
/* SHA-1 of a canonical text, in Base64. */
void dnp_wse_digest(const struct dnp_crypto *crypto, const struct dnp_buffer *canonical,
                    char digest[DNP_WSE_DIGEST_SIZE]);

/* The key of signature and encryption: P_SHA-1 of the password over "WS-Security", the nonce and the token's
 * Created. */
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
