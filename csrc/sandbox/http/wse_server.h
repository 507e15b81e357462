/*
 * The receiving side of WSE 3.0: requests that are signed and encrypted with a username token are checked and
 * decrypted as a WSE 3.0 server with the panel's policy does it.
 */
#ifndef DNP_SANDBOX_WSE_SERVER_H
#define DNP_SANDBOX_WSE_SERVER_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/slice.h"
#include "crypto/crypto.h"

struct dnp_wse_server_rules {
    const struct dnp_crypto *crypto;
    int64_t now;         /* seconds since 1970 */
    const char *address; /* the url under which the server sees the request; NULL: whatever wsa:To says */
    /* Puts the user's password into `password`, `*found` false when there is none. False: out of memory. */
    bool (*find_password)(void *context, const char *username, struct dnp_buffer *password, bool *found);
    void *context;
};

enum dnp_wse_server_fault {
    DNP_WSE_SERVER_FAILED_CHECK,
    DNP_WSE_SERVER_FAILED_AUTHENTICATION,
    DNP_WSE_SERVER_INVALID_TOKEN,
    DNP_WSE_SERVER_INVALID_SECURITY,
    DNP_WSE_SERVER_EXPIRED,
    DNP_WSE_SERVER_TOKEN_UNAVAILABLE,
    DNP_WSE_SERVER_UNSUPPORTED_ALGORITHM,
    DNP_WSE_SERVER_POLICY, /* a required part is not signed, or the body not encrypted */
    DNP_WSE_SERVER_HEADER_REQUIRED,
    DNP_WSE_SERVER_UNREACHABLE,
    DNP_WSE_SERVER_UNREADABLE /* decrypted to what is not the content of a body: soap:Server */
};

enum dnp_wse_server_verdict {
    DNP_WSE_SERVER_ABSENT, /* no SOAP 1.1 with a wsse:Security header: a matter for HTTP Basic */
    DNP_WSE_SERVER_ACCEPTED,
    DNP_WSE_SERVER_REFUSED,
    DNP_WSE_SERVER_FAILED /* out of memory */
};

struct dnp_wse_server_received {
    enum dnp_wse_server_fault fault; /* of REFUSED */
    struct dnp_buffer username;      /* the token's; empty until one was read */
    struct dnp_buffer action;        /* wsa:Action */
    struct dnp_buffer message_id;    /* wsa:MessageID; empty when there is none */
    struct dnp_buffer clear;         /* of ACCEPTED: the request without its security header, the body decrypted */
};

void dnp_wse_server_received_init(struct dnp_wse_server_received *received);
void dnp_wse_server_received_free(struct dnp_wse_server_received *received);
enum dnp_wse_server_verdict dnp_wse_server_receive(struct dnp_slice request, const struct dnp_wse_server_rules *rules,
                                                   struct dnp_wse_server_received *received);

/* ---- responses ---- */

/* Gives a response's envelope its addressing headers. `message_id` is the response's own. False: out of memory. */
bool dnp_wse_server_address_response(struct dnp_buffer *body, const struct dnp_wse_server_received *received,
                                     const char *message_id, bool fault);
/* Replaces `body` by a fault, with addressing headers. `actor` is the server's address. */
bool dnp_wse_server_write_fault(struct dnp_buffer *body, const struct dnp_wse_server_received *received,
                                const char *message_id, const char *actor);

#endif
