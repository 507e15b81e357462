/*
 * How a session proves who it is: a table of functions for each scheme. Nothing outside this folder knows which is in
 * use.
 *
 * An identity is the credentials of a session, constant after it was made. What a scheme has to remember between one
 * request and its response (a nonce, a message id) is an exchange.
 */
#ifndef DNP_AUTH_H
#define DNP_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"
#include "crypto/crypto.h"
#include "soap/secrets.h"

struct dnp_auth_identity; /* each scheme's own */
struct dnp_auth_exchange; /* likewise; NULL for schemes that remember nothing */

struct dnp_auth_options {
    const char *username;
    const char *password;
    const struct dnp_crypto *crypto; /* for schemes that need it; outlives the identity */
    const char *to;                  /* url under which the panel sees itself; NULL: the session's */
    int64_t clock_offset;            /* seconds that the panel's clock is ahead */
};

/* A request that is complete but for its authentication. */
struct dnp_auth_request {
    const char *url;
    const char *action;        /* the SOAPAction, without quotes */
    struct dnp_slice envelope; /* in clear */
};

/* What a scheme adds to it. */
struct dnp_auth_result {
    const char *header;          /* a line "Authorization: ..." for the HTTP head, the same each time; or NULL */
    struct dnp_buffer *sealed;   /* the envelope to send in place of the clear one; left empty: the clear one is sent */
    struct dnp_secrets *secrets; /* what is secret of this exchange alone is added to it */
    struct dnp_auth_exchange *own; /* freed with exchange_free */
};

/* What is known of a response before anybody sees its value. */
struct dnp_auth_response {
    int status;
    const char *fault_code; /* local name, or NULL */
    const char *fault_text; /* or NULL */
    int64_t date;           /* the header Date, in seconds since 1970; 0: not known */
    const char *relates_to; /* wsa:RelatesTo, or NULL */
    bool renewed;           /* the request was made again once */
};

enum dnp_auth_verdict {
    DNP_AUTH_ACCEPTED, /* the response counts, good or bad */
    DNP_AUTH_REJECTED, /* it is not the response to this request: `error` is filled */
    DNP_AUTH_AGAIN     /* a read may be made once more, with a new request */
};

/* Room for a clause that a hint has to make. */
#define DNP_AUTH_HINT_SIZE 256

struct dnp_auth_scheme {
    const char *name; /* "basic" */
    bool needs_crypto;
    /* NULL: the options are refused (DNP_USAGE), or out of memory. */
    struct dnp_auth_identity *(*identity_new)(const struct dnp_auth_options *options, struct dnp_error *error);
    /* Wipes the credentials. */
    void (*identity_free)(struct dnp_auth_identity *identity);
    /* Adds what must not be shown, in whatever form it travels. False: out of memory. */
    bool (*secrets)(const struct dnp_auth_identity *identity, struct dnp_secrets *secrets);
    /* Authenticates one request; each call makes a new exchange. */
    bool (*authenticate)(const struct dnp_auth_identity *identity, const struct dnp_auth_request *request,
                         struct dnp_auth_result *result, struct dnp_error *error);
    enum dnp_auth_verdict (*verify)(const struct dnp_auth_identity *identity, const struct dnp_auth_exchange *exchange,
                                    const struct dnp_auth_response *response, struct dnp_error *error);
    /* Why the panel may have refused credentials that are right; a clause for the end of a sentence, or NULL. */
    const char *(*hint)(const struct dnp_auth_identity *identity, const struct dnp_auth_response *response,
                        char text[DNP_AUTH_HINT_SIZE]);
    void (*exchange_free)(struct dnp_auth_exchange *exchange);
};

extern const struct dnp_auth_scheme dnp_auth_basic;
extern const struct dnp_auth_scheme dnp_auth_wse;

/* NULL when there is no such scheme. */
const struct dnp_auth_scheme *dnp_find_auth_scheme(const char *name);

#endif
