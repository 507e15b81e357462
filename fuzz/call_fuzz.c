/*
 * Fuzz target for a call: any answer at all is taken while another call of the session is under way. The first bytes
 * pick the operation, the status, the content type, the size of the pieces and how it ends; the rest is the body, in
 * which the bytes 1 and 2 stand for the secrets of the request and of the session. Neither may be shown, errors are as
 * they should be, and the other call ends as if it were alone.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/call.h"
#include "lookup/find.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OF_REQUEST "S3cretOfTheRequest"
#define OF_SESSION "S3cretOfTheSession"
#define OF_OTHER "S3cretOfTheOther"
#define HEAD_BYTES 5

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static enum dnp_presence give(void *context, const struct dnp_field *field, size_t index, struct dnp_value *value,
                              struct dnp_error *error)
{
    (void)index, (void)error;
    value->text = dnp_slice_of(field->type->kind == DNP_DATETIME ? "2024-01-02T03:04:05" : context);
    value->integer = 1;
    value->count = 1;
    return field->type->kind == DNP_DATASET ? DNP_MISSING : DNP_PRESENT;
}

static bool pass_field(void *context, const struct dnp_field *field)
{
    (void)context, (void)field;
    return true;
}

static void leave(void *context, const struct dnp_field *field)
{
    (void)context, (void)field;
}

static bool pass_value(void *context, const struct dnp_field *field, const struct dnp_value *value)
{
    (void)context, (void)field, (void)value;
    return true;
}

static bool pass_table(void *context, const struct dnp_table *table, size_t index)
{
    (void)context, (void)table, (void)index;
    return true;
}

static const struct dnp_sink sink = {NULL,       pass_field, pass_field, pass_value,
                                     pass_table, pass_table, pass_table, NULL};

static struct dnp_call *prepare(struct dnp_session *session, const struct dnp_operation *operation, char *secret)
{
    const struct dnp_source source = {.context = secret, .get = give, .leave = leave};
    struct dnp_error error;
    struct dnp_call *call = dnp_call_new(session, operation, &error);
    require(call != NULL && dnp_call_encode(call, &source, &error));
    return call;
}

static void put(struct dnp_buffer *body, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (data[i] == 1 || data[i] == 2) {
            dnp_buffer_puts(body, data[i] == 1 ? OF_REQUEST : OF_SESSION);
        } else {
            dnp_buffer_append(body, &data[i], 1);
        }
    }
}

/* Takes the answer; how it ended. */
static bool take(struct dnp_call *call, const uint8_t *how, struct dnp_slice body, struct dnp_error *error)
{
    static const int statuses[] = {200, 500, 401, 302, 502, 200, 500, 100};
    static const char *const types[] = {"text/xml", "text/html", NULL, "application/soap+xml; charset=utf-16",
                                        "text/" OF_SESSION};
    const struct dnp_response_head head = {.status = statuses[how[1] % 8],
                                           .content_type = types[how[2] % 5],
                                           .content_encoding = how[2] > 250 ? "gzip" : NULL,
                                           .location = "/" OF_SESSION,
                                           .www_authenticate = "Basic realm=\"" OF_REQUEST "\"",
                                           .retry_after = how[2] > 200 ? "99999999999" : "7",
                                           .date = "Thu, 26 Nov 2026 07:00:00 GMT"};
    const struct dnp_failure failure = {.name = "connection_lost", .reason = "because of " OF_REQUEST};
    size_t piece = (size_t)how[3] + 1;
    if (!dnp_call_head(call, &head, &sink, error)) {
        return false;
    }
    if (how[4] % 4 == 1) {
        return dnp_call_take_body(call, body, error);
    }
    while (body.length > 0) {
        struct dnp_slice part = {body.data, body.length < piece ? body.length : piece};
        if (!dnp_call_feed(call, part, error)) {
            return false;
        }
        body.data += part.length;
        body.length -= part.length;
    }
    return how[4] % 4 == 0 ? dnp_call_fail(call, &failure, error) : dnp_call_finish(call, error);
}

/* Whether the request had a secret of its own. */
static bool had_secret(const struct dnp_call *call)
{
    return strstr(dnp_call_request(call)->clear.data, "assword>" OF_REQUEST) != NULL;
}

static void require_clean(const struct dnp_call *call, struct dnp_slice text)
{
    struct dnp_buffer copy;
    dnp_buffer_init(&copy, SIZE_MAX / 4);
    for (size_t i = 0; i < text.length; i++) {
        dnp_buffer_append(&copy, text.data[i] != '\0' ? &text.data[i] : " ", 1);
    }
    require(copy.length == 0 || strstr(copy.data, OF_SESSION) == NULL);
    require(copy.length == 0 || !had_secret(call) || strstr(copy.data, OF_REQUEST) == NULL);
    dnp_buffer_free(&copy);
}

static void check(const struct dnp_call *call, bool good, const struct dnp_error *error)
{
    const struct dnp_operation *operation = dnp_call_operation(call);
    size_t length = strlen(operation->name);
    struct dnp_buffer out;
    dnp_buffer_init(&out, SIZE_MAX / 4);
    require(dnp_call_redact(call, &out, dnp_call_excerpt(call)));
    require_clean(call, (struct dnp_slice){out.data, out.length});
    dnp_buffer_free(&out);
    require_clean(call, dnp_call_fault_text(call));
    require_clean(call, dnp_call_fault_detail(call));
    if (!good) {
        require(error->kind > DNP_MEMORY && error->kind < DNP_CONFLICT);
        require(operation->mutates || error->outcome == DNP_NOT_DONE);
        require(memcmp(error->message, operation->name, length) == 0 && error->message[length] == ':');
        require_clean(call, dnp_slice_of(error->message));
    }
}

/* The call beside it, in two pieces. */
static void end_other(struct dnp_call *other)
{
    static const char body[] = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault>"
                               "<faultcode>s:Server</faultcode><faultstring>not " OF_OTHER " or " OF_REQUEST
                               "</faultstring></s:Fault></s:Body></s:Envelope>";
    struct dnp_error error;
    require(dnp_call_feed(other, dnp_slice_of(body), &error));
    require(!dnp_call_finish(other, &error));
    require(strcmp(error.message, "ChangeUserPassword: not [redacted] or " OF_REQUEST) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char of_request[] = OF_REQUEST;
    static char of_other[] = OF_OTHER;
    const struct dnp_session_options options = {.url = "http://host",
                                                .username = "admin",
                                                .password = OF_SESSION,
                                                .dialect = dnp_find_dialect("dotnetpanel"),
                                                .keep_excerpts = true};
    const struct dnp_response_head head = {.status = 500, .content_type = "text/xml"};
    struct dnp_buffer body;
    struct dnp_error error;
    if (size < HEAD_BYTES) {
        return 0;
    }
    const struct dnp_operation *operation = &dnp_operations[data[0] % dnp_operation_count];
    if ((operation->dialects & (unsigned)DNP_DOTNETPANEL) == 0) {
        return 0;
    }
    struct dnp_session *session = dnp_session_new(&options, &error);
    require(session != NULL);
    dnp_buffer_init(&body, SIZE_MAX / 4);
    put(&body, data + HEAD_BYTES, size - HEAD_BYTES);
    struct dnp_call *other = prepare(session, dnp_find_operation("ChangeUserPassword", DNP_DOTNETPANEL), of_other);
    struct dnp_call *call = prepare(session, operation, of_request);
    require(dnp_call_head(other, &head, &sink, &error));
    bool good = take(call, data, (struct dnp_slice){body.data, body.length}, &error);
    check(call, good, &error);
    end_other(other);
    dnp_call_free(call);
    dnp_session_free(session);
    dnp_call_free(other);
    dnp_buffer_free(&body);
    return 0;
}
