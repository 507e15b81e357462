/*
 * A call: everything of one exchange. It is created from the arguments, gives its request, takes the head and the body
 * of the response in pieces of any size, and ends once. Does no I/O: whoever moves the bytes is an engine.
 *
 *     call = dnp_call_new(session, operation, &error);
 *     dnp_call_encode(call, source, &error);
 *     request = dnp_call_request(call);                     send it
 *     dnp_call_head(call, &head, &sink, &error);            status and headers have come
 *     dnp_call_feed(call, bytes, &error);                   again and again
 *     dnp_call_finish(call, &error);                        or dnp_call_break(call, &failure, &error)
 *     dnp_call_take_body(call, body, &error);               in place of both, where the whole body is there
 *     dnp_call_free(call);
 *
 * Nothing is held across a call into a source or sink, so either may leave by longjmp; then the call can only be freed.
 * Every error of the world begins with the operation's name; usage errors are the source's own.
 */
#ifndef DNP_CLIENT_CALL_H
#define DNP_CLIENT_CALL_H

#include "client/response.h"
#include "client/session.h"
#include "soap/codec.h"
#include "transport/failure.h"

struct dnp_call;

/* Content-Type, SOAPAction, those of authentication and user agent. */
#define DNP_CALL_MAX_HEADERS 5

/* Belongs to the call; valid until it is renewed or freed. */
struct dnp_call_request {
    const char *url;
    const char *path;                              /* within the url, from its first slash on */
    const struct dnp_address *address;             /* scheme, host, port */
    const char *headers[DNP_CALL_MAX_HEADERS + 1]; /* lines "Name: value", NULL-terminated */
    struct dnp_slice body;                         /* as it is sent */
    struct dnp_slice clear;                        /* the same, or what it was before it was encrypted */
};

/* NULL: the panel has no such operation (kind DNP_USAGE), or out of memory. Without a request the call can take a
 * response that was got elsewhere. */
struct dnp_call *dnp_call_new(struct dnp_session *session, const struct dnp_operation *operation,
                              struct dnp_error *error);
/* In any state; NULL does nothing. */
void dnp_call_free(struct dnp_call *call);
/* Makes the request, once. False: a usage error of the source, a limit, or out of memory. */
bool dnp_call_encode(struct dnp_call *call, const struct dnp_source *source, struct dnp_error *error);

/* What the call was created for; never NULL. */
const struct dnp_operation *dnp_call_operation(const struct dnp_call *call);
/* NULL when the call has none. */
const struct dnp_call_request *dnp_call_request(const struct dnp_call *call);
/* Whether the call can be freed, though the response to its request is still to come; a new one takes it then. `*kept`
 * are the secrets of the request, for dnp_call_take_up. False: authentication remembers more of it. */
bool dnp_call_leave(const struct dnp_call *call, struct dnp_slice *kept);
/* To a call without a request: the secrets of that whose response it will take. False: out of memory. */
bool dnp_call_take_up(struct dnp_call *call, struct dnp_slice kept);
/* Makes the request again, for one more exchange in place of one that failed. False: the call has no request
 * (DNP_USAGE), a limit, or out of memory. */
bool dnp_call_renew(struct dnp_call *call, struct dnp_error *error);

/* Each of these ends the call when it returns false, with `error` filled, outcome included. The sink is borrowed until
 * the call has ended; of `head` nothing is kept. */
bool dnp_call_head(struct dnp_call *call, const struct dnp_response_head *head, const struct dnp_sink *sink,
                   struct dnp_error *error);
bool dnp_call_feed(struct dnp_call *call, struct dnp_slice bytes, struct dnp_error *error);
/* True: the panel said yes and the sink has the whole value. */
bool dnp_call_finish(struct dnp_call *call, struct dnp_error *error);
/* Feeds and finishes: for who has the whole body, of which no copy is made. */
bool dnp_call_take_body(struct dnp_call *call, struct dnp_slice body, struct dnp_error *error);
/* The transport broke; always false. When the head has decided already, that is the better news. */
bool dnp_call_break(struct dnp_call *call, const struct dnp_error *broken, struct dnp_error *error);
/* The same from an engine's words. */
bool dnp_call_fail(struct dnp_call *call, const struct dnp_failure *failure, struct dnp_error *error);

/* After it failed: whether authentication wants a read to be made once more, with a renewed request. */
bool dnp_call_wants_again(const struct dnp_call *call);
/* What was received so far is no longer held; the limit counts from here. */
void dnp_call_consumed(struct dnp_call *call);
/* Whether the head has decided, so that the rest of the body does not matter. */
bool dnp_call_decided(const struct dnp_call *call);

/* The HTTP status of the response; 0 before its head has come. */
int dnp_call_status(const struct dnp_call *call);
/* Up to DNP_RESPONSE_EXCERPT bytes of the response's body for a trace, secrets still in it. */
struct dnp_slice dnp_call_excerpt(const struct dnp_call *call);
/* Of a fault the whole text and what its detail holds, secrets taken out; else empty. */
struct dnp_slice dnp_call_fault_text(const struct dnp_call *call);
struct dnp_slice dnp_call_fault_detail(const struct dnp_call *call);
/* After a good end: see dnp_response_remark. */
const char *dnp_call_remark(const struct dnp_call *call);
/* Appends `text` (of the request or the response) to `out` with every secret replaced: what the contract calls secret,
 * what the request brought as such, and what authentication uses. False: out of memory. */
bool dnp_call_redact(const struct dnp_call *call, struct dnp_buffer *out, struct dnp_slice text);

#endif
