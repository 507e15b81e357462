/*
 * Responses as cases of a table: a status, a content type and a body, taken whole and in pieces of every size, and what
 * has to come of it. Whoever includes this has included cmocka.
 */
#ifndef RESPONSE_CASES_H
#define RESPONSE_CASES_H

#include <string.h>

#include "client/response.h"
#include "lookup/find.h"
#include "recording_sink.h"

#define NAMESPACE "http://officepark/dotnetpanel/enterpriseserver"
#define ENVELOPE(content)                                       \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope " \
    "xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>" content "</soap:Body></soap:Envelope>"
#define RESPONSE(name, content) ENVELOPE("<" name "Response xmlns=\"" NAMESPACE "\">" content "</" name "Response>")
#define FAULT(code, text) \
    ENVELOPE("<soap:Fault><faultcode>" code "</faultcode><faultstring>" text "</faultstring><detail /></soap:Fault>")
#define XML "text/xml; charset=utf-8"

struct expectation {
    const char *operation;
    int status;
    const char *content_type;
    const char *body;
    enum dnp_error_kind kind; /* DNP_OK: the panel said yes */
    enum dnp_outcome outcome;
    int code;
    const char *name;
    const char *message;  /* a part of it */
    const char *remark;   /* of a good response */
    const char *recorded; /* what the sink got; NULL: not looked at */
};

static inline const struct dnp_operation *find(const char *name)
{
    const struct dnp_operation *operation = dnp_find_operation(name, DNP_DOTNETPANEL);
    assert_non_null(operation);
    return operation;
}

#define WHOLE 0

/* `piece` is how many bytes at a time, or WHOLE. */
static inline bool give(struct dnp_response *response, const struct expectation *expected, struct recording *recording,
                        size_t piece, struct dnp_error *error)
{
    struct dnp_sink sink = recording_sink(recording);
    size_t length = strlen(expected->body);
    struct dnp_response_head head = {.status = expected->status, .content_type = expected->content_type};
    if (!dnp_response_begin(response, find(expected->operation), dnp_find_dialect("dotnetpanel"), &head, &sink,
                            error)) {
        return false;
    }
    if (piece == WHOLE) {
        return dnp_response_take_body(response, dnp_slice_of(expected->body), error);
    }
    for (size_t at = 0; at < length; at += piece) {
        struct dnp_slice bytes = {expected->body + at, length - at < piece ? length - at : piece};
        if (!dnp_response_feed(response, bytes, error)) {
            return false;
        }
    }
    return dnp_response_finish(response, error);
}

static inline void check_error(const struct expectation *expected, const struct dnp_error *error)
{
    size_t length = strlen(expected->operation);
    if (strstr(error->message, expected->message) == NULL) {
        assert_string_equal(error->message, expected->message);
    }
    assert_int_equal(error->kind, expected->kind);
    assert_int_equal(error->outcome, expected->outcome);
    assert_int_equal(error->code, expected->code);
    assert_int_equal(error->http_status, expected->status);
    assert_string_equal(error->name, expected->name != NULL ? expected->name : "");
    assert_memory_equal(error->message, expected->operation, length);
    assert_memory_equal(error->message + length, ": ", 2);
}

static inline void check(const struct expectation *expected)
{
    static const size_t pieces[] = {1, 7, 100, 100000, WHOLE};
    struct dnp_response *response = dnp_response_new(100000);
    assert_non_null(response);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct recording recording;
        struct dnp_error error;
        bool good = give(response, expected, &recording, pieces[i], &error);
        if (good != (expected->kind == DNP_OK)) {
            fail_msg("%s: %s", expected->operation, good ? "unexpectedly good" : error.message);
        }
        if (!good) {
            check_error(expected, &error);
        } else {
            assert_string_equal(dnp_response_remark(response) != NULL ? dnp_response_remark(response) : "",
                                expected->remark != NULL ? expected->remark : "");
        }
        if (expected->recorded != NULL) {
            assert_string_equal(recording.text, expected->recorded);
        }
    }
    dnp_response_free(response);
}

static inline void check_all(const struct expectation *expectations, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check(&expectations[i]);
    }
}

#define CHECK_ALL(expectations) check_all(expectations, sizeof(expectations) / sizeof((expectations)[0]))

#endif
