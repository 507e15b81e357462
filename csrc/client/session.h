/*
 * A session: one panel, one pair of credentials, limits. Constant after it was made, so any number of its calls
 * (client/call.h) can be under way at once. Does no I/O.
 *
 * Not for two threads at once.
 */
#ifndef DNP_CLIENT_SESSION_H
#define DNP_CLIENT_SESSION_H

#include "auth/auth.h"
#include "base/error.h"
#include "client/address.h"
#include "contract/contract.h"

#define DNP_DEFAULT_MAX_RESPONSE_BYTES ((size_t)256 * 1024 * 1024)

/* What is zero has a default, but for url, username, password and dialect. */
struct dnp_session_options {
    const char *url; /* "http://host:9002", may have a path; no trailing /esUsers.asmx */
    const char *username;
    const char *password;
    const struct dnp_dialect_info *dialect;
    const struct dnp_auth_scheme *auth; /* NULL: dnp_auth_basic */
    const struct dnp_crypto *crypto;    /* for schemes that need it; outlives the session */
    const char *wse_to;                 /* url under which the panel sees itself, as `url`; NULL: that */
    int64_t wse_clock_offset;           /* seconds that the panel's clock is ahead */
    const char *user_agent;             /* NULL: lua-dnp/<version> */
    size_t max_response_bytes;          /* held of one response, after decompression; 0: 256 MiB */
    bool keep_excerpts;                 /* of each response, for traces */
};

struct dnp_session;

/* NULL: an option is wrong (kind DNP_USAGE), or out of memory. The options are copied. */
struct dnp_session *dnp_session_new(const struct dnp_session_options *options, struct dnp_error *error);
/* Wipes the credentials, at the latest when the last call is freed. NULL does nothing. */
void dnp_session_free(struct dnp_session *session);

/* What the session was made with; borrowed, valid as long as it is. The password is not among it. */
const struct dnp_dialect_info *dnp_session_dialect(const struct dnp_session *session);
const struct dnp_address *dnp_session_address(const struct dnp_session *session);
const char *dnp_session_username(const struct dnp_session *session);
const char *dnp_session_auth_name(const struct dnp_session *session);

#endif
