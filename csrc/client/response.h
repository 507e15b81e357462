/*
 * What an HTTP response means: a value, a refusal, an absent record, a fault, an HTTP failure.
 *
 * Fed like the decoder it wraps: begin with status and content type, feed bytes, finish. Does no I/O.
 */
#ifndef DNP_CLIENT_RESPONSE_H
#define DNP_CLIENT_RESPONSE_H

#include "soap/codec.h"
#include "soap/memo.h"

/* How much of a body is kept for a message or a trace. */
#define DNP_RESPONSE_EXCERPT ((size_t)64 * 1024)

struct dnp_response;

/* What the HTTP head of a response says. A text is NULL where there was no such header. Needed during begin only. */
struct dnp_response_head {
    int status;
    const char *content_type;
    const char *content_encoding; /* what the body is packed with still, when it is handed over */
    const char *location;
    const char *www_authenticate; /* all of them, joined by commas */
    const char *retry_after;
    const char *date;
};

/* Appends `text`, which the server wrote, to `out` without the secrets in it. */
typedef bool dnp_response_clean(void *context, struct dnp_buffer *out, struct dnp_slice text);

/* `max_response_bytes` bounds what is held of one response, after decompression. NULL: out of memory. */
struct dnp_response *dnp_response_new(size_t max_response_bytes);
/* Wipes what it holds; NULL does nothing. */
void dnp_response_free(struct dnp_response *response);
/* Fault texts pass through it before anybody sees them. Without one they are shown as they came. */
void dnp_response_set_clean(struct dnp_response *response, dnp_response_clean *clean, void *context);

/* Where responses to one operation in one dialect are remembered; borrowed from then on, NULL for none. To be set
 * before each begin. */
void dnp_response_set_memo(struct dnp_response *response, struct dnp_memo *memo);

/* Starts a response, in place of one that it held. The operation, the dialect and what the sink points to are borrowed
 * until finish. False: out of memory. */
bool dnp_response_begin(struct dnp_response *response, const struct dnp_operation *operation,
                        const struct dnp_dialect_info *dialect, const struct dnp_response_head *head,
                        const struct dnp_sink *sink, struct dnp_error *error);
/* The next bytes of the body, any number of them. False: no more is wanted, and `error` says why. */
bool dnp_response_feed(struct dnp_response *response, struct dnp_slice bytes, struct dnp_error *error);
/* True: the panel said yes and the sink has the whole value. False: `error` says what else, outcome included. */
bool dnp_response_finish(struct dnp_response *response, struct dnp_error *error);
/* Feeds and finishes: for who has the whole body, of which no copy is made. */
bool dnp_response_take_body(struct dnp_response *response, struct dnp_slice body, struct dnp_error *error);

/* Wipes what is kept of the last response. */
void dnp_response_forget(struct dnp_response *response);
/* What was received so far is no longer held; the limit counts from here. */
void dnp_response_consumed(struct dnp_response *response);

/* Whether status and content type have decided already, so that the rest of the body does not matter. */
bool dnp_response_decided(const struct dnp_response *response);
/* Whether it was refused by a web server that takes Windows authentication alone, and never came to the panel. */
bool dnp_response_wants_windows(const struct dnp_response *response);
/* The whole text of the fault, cleaned; empty when the response was none. */
struct dnp_slice dnp_response_fault_text(const struct dnp_response *response);
/* The header wsa:RelatesTo, or NULL: there was none, or the body was not read. */
const char *dnp_response_relates_to(const struct dnp_response *response);
/* What the fault's <detail> holds, cleaned; empty when it was empty or there was none. */
struct dnp_slice dnp_response_fault_detail(const struct dnp_response *response);
/* After a finish that was good: the name of the positive number that was answered where 0 means done, such as
 * "SUCCESS_USER_ONETIMEPASSWORD"; NULL when it was 0. */
const char *dnp_response_remark(const struct dnp_response *response);

/* Puts the operation's name before the message. What only reads leaves nothing done, so its outcome is known. */
void dnp_response_prefix_error(struct dnp_error *error, const struct dnp_operation *operation);

#endif
