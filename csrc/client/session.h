/*
 * A session: one panel, one pair of credentials, one connection. contract + soap + auth + http = one call.
 *
 * Not for two threads at once. Nothing here blocks but dnp_session_next.
 */
#ifndef DNP_CLIENT_SESSION_H
#define DNP_CLIENT_SESSION_H

#include "client/answer.h"
#include "http/http.h"
#include "soap/codec.h"

struct dnp_session_options {
    const char *url; /* "http://host:9002", may have a path; no trailing /esUsers.asmx */
    const char *username;
    const char *password;
    const struct dnp_dialect_info *dialect;
    struct dnp_http_options http;
};

struct dnp_session;

/* A request that is ready to be sent, by us or by another engine. All memory belongs to the session and is valid
 * until its next request. */
struct dnp_request {
    const char *url;
    const char *const *header_names; /* NULL-terminated */
    const char *const *header_values;
    struct dnp_slice body;
};

struct dnp_session *dnp_session_new(const struct dnp_session_options *options, struct dnp_error *error);
/* Wipes the password. */
void dnp_session_free(struct dnp_session *session);

const struct dnp_dialect_info *dnp_session_dialect(const struct dnp_session *session);
const char *dnp_session_url(const struct dnp_session *session);
const char *dnp_session_username(const struct dnp_session *session);

/* Encodes a call without sending anything. Usage errors come from the source. */
bool dnp_session_request(struct dnp_session *session, const struct dnp_operation *operation,
                         const struct dnp_source *source, struct dnp_request *request, struct dnp_error *error);

/* Sends what dnp_session_request made last. */
bool dnp_session_start(struct dnp_session *session, const struct dnp_operation *operation, const struct dnp_sink *sink,
                       struct dnp_error *error);
/* Waits for the next piece of the answer and decodes it into the sink. `*done` tells that the answer is complete
 * and good; false means that the call has failed. */
bool dnp_session_next(struct dnp_session *session, bool *done, struct dnp_error *error);
/* After a longjmp out of dnp_session_next. */
void dnp_session_abort(struct dnp_session *session);

/* Takes a response that another engine brought: whole status, content type, then the body in one or more pieces. */
bool dnp_session_receive(struct dnp_session *session, const struct dnp_operation *operation, int status,
                         const char *content_type, struct dnp_slice body, const struct dnp_sink *sink,
                         struct dnp_error *error);

/* Of the answer received last: up to DNP_ANSWER_EXCERPT bytes of its body for a trace, secrets still in it. */
struct dnp_slice dnp_session_excerpt(const struct dnp_session *session);
int dnp_session_status(const struct dnp_session *session);
/* Appends `text` (a body of the request or answer handled last) to `out` with every secret replaced: what the contract
 * calls secret, what the request brought as such, and the session's password. */
bool dnp_session_redact(const struct dnp_session *session, struct dnp_buffer *out, struct dnp_slice text);
/* Keep an excerpt of each answer (for tracing); off by default. */
void dnp_session_keep_excerpt(struct dnp_session *session, bool keep);
/* The name of the positive number that the last call answered instead of 0; see dnp_answer_remark. */
const char *dnp_session_remark(const struct dnp_session *session);
/* The whole text of the last fault, secrets taken out; empty when there was none. */
struct dnp_slice dnp_session_fault_text(const struct dnp_session *session);

#endif
