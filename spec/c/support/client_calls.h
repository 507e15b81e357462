/*
 * What tests of the client share: envelopes, a source with a few named values, sessions, and a response that is taken
 * whole. Whoever includes this has included cmocka.
 */
#ifndef CLIENT_CALLS_H
#define CLIENT_CALLS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/call.h"
#include "lookup/find.h"
#include "recording_sink.h"

#define NAMESPACE "http://officepark/dotnetpanel/enterpriseserver"
#define ENVELOPE(content)                                                                         \
    "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>" content \
    "</soap:Body></soap:Envelope>"
#define RESPONSE(name, content) ENVELOPE("<" name "Response xmlns=\"" NAMESPACE "\">" content "</" name "Response>")
#define FAULT(code, text) \
    ENVELOPE("<soap:Fault><faultcode>" code "</faultcode><faultstring>" text "</faultstring></soap:Fault>")
#define ADDED RESPONSE("AddUser", "<AddUserResult>7</AddUserResult>")
#define EXISTS RESPONSE("UserExists", "<UserExistsResult>true</UserExistsResult>")

#define USERNAME "serveradmin"
#define PASSWORD "pa&ss<word>"
#define AUTHORIZATION "c2VydmVyYWRtaW46cGEmc3M8d29yZD4="

/* ---- a source with a few named values; records are always there ---- */

struct pair {
    const char *name;
    const char *text;
};

static inline enum dnp_presence give_pair(void *context, const struct dnp_field *field, size_t index,
                                          struct dnp_value *value, struct dnp_error *error)
{
    (void)index;
    (void)error;
    if (field->type->kind == DNP_RECORD) {
        return DNP_PRESENT;
    }
    for (const struct pair *pair = context; pair->name != NULL; pair++) {
        if (strcmp(pair->name, field->name) == 0) {
            value->integer = strtol(pair->text, NULL, 10);
            value->boolean = strcmp(pair->text, "true") == 0;
            value->text = dnp_slice_of(pair->text);
            return DNP_PRESENT;
        }
    }
    return DNP_MISSING;
}

static inline void leave_pair(void *context, const struct dnp_field *field)
{
    (void)context;
    (void)field;
}

static inline struct dnp_source source_of(const struct pair *pairs)
{
    struct dnp_source source = {.context = (void *)(uintptr_t)pairs, .get = give_pair, .leave = leave_pair};
    return source;
}

#define SECRET "t0p&secret"
static const struct pair user[] = {{"Username", "bob"},    {"Password", SECRET}, {"OwnerId", "1"},
                                   {"sendLetter", "true"}, {"userId", "5"},      {"username", "bob"},
                                   {"password", SECRET},   {NULL, NULL}};

/* ---- sessions and calls ---- */

static inline const struct dnp_operation *find(const char *name)
{
    const struct dnp_operation *operation = dnp_find_operation(name, DNP_DOTNETPANEL);
    assert_non_null(operation);
    return operation;
}

static inline struct dnp_session_options session_options(void)
{
    struct dnp_session_options options = {.url = "http://host:9002/panel/",
                                          .username = USERNAME,
                                          .password = PASSWORD,
                                          .dialect = dnp_find_dialect("dotnetpanel")};
    return options;
}

static inline struct dnp_session *session_with(const struct dnp_session_options *options)
{
    struct dnp_error error;
    struct dnp_session *session = dnp_session_new(options, &error);
    if (session == NULL) {
        fail_msg("%s", error.message);
    }
    return session;
}

static inline struct dnp_session *new_session(void)
{
    const struct dnp_session_options options = session_options();
    return session_with(&options);
}

/* A call without a request. */
static inline struct dnp_call *new_call(struct dnp_session *session, const char *operation)
{
    struct dnp_error error;
    struct dnp_call *call = dnp_call_new(session, find(operation), &error);
    assert_non_null(call);
    assert_null(dnp_call_request(call));
    return call;
}

static inline struct dnp_call *call_with(struct dnp_session *session, const char *operation, const struct pair *pairs)
{
    struct dnp_call *call = new_call(session, operation);
    const struct dnp_source source = source_of(pairs);
    struct dnp_error error;
    if (!dnp_call_encode(call, &source, &error)) {
        fail_msg("%s", error.message);
    }
    return call;
}

static inline struct dnp_call *prepared_call(struct dnp_session *session, const char *operation)
{
    return call_with(session, operation, user);
}

/* ---- responses ---- */

static inline bool feed_in_pieces(struct dnp_call *call, struct dnp_slice body, size_t piece, struct dnp_error *error)
{
    while (body.length > 0) {
        struct dnp_slice part = {body.data, body.length < piece ? body.length : piece};
        if (!dnp_call_feed(call, part, error)) {
            return false;
        }
        body.data += part.length;
        body.length -= part.length;
    }
    return true;
}

/* Takes a whole response, in pieces of so many bytes. */
static inline bool response_in_pieces(struct dnp_call *call, int status, const char *content_type, const char *body,
                                      size_t piece, struct recording *recording, struct dnp_error *error)
{
    const struct dnp_response_head head = {.status = status, .content_type = content_type};
    const struct dnp_sink sink = recording_sink(recording);
    return dnp_call_head(call, &head, &sink, error) && feed_in_pieces(call, dnp_slice_of(body), piece, error) &&
           dnp_call_finish(call, error);
}

static inline bool response(struct dnp_call *call, int status, const char *body, struct recording *recording,
                            struct dnp_error *error)
{
    return response_in_pieces(call, status, "text/xml; charset=utf-8", body, SIZE_MAX, recording, error);
}

#endif
