/*
 * Every allocation of calls with WSE 3.0 fails once: each failure comes back as out of memory, nothing is sent half
 * sealed, and the session works again when memory is back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "client/call.h"
#include "openssl_library.h"
#include "recording_sink.h"

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

#include "failing_memory.h"
#include "lookup/find.h"

#define NAMESPACE "http://officepark/dotnetpanel/enterpriseserver"
#define WSA "http://schemas.xmlsoap.org/ws/2004/08/addressing"

static enum dnp_presence give(void *context, const struct dnp_field *field, size_t index, struct dnp_value *value,
                              struct dnp_error *error)
{
    (void)context, (void)field, (void)index, (void)error;
    value->text = dnp_slice_of("a\r\nb");
    value->integer = 1;
    return DNP_PRESENT;
}

static void leave(void *context, const struct dnp_field *field)
{
    (void)context, (void)field;
}

static struct dnp_session *new_session(struct dnp_error *error)
{
    const struct dnp_session_options options = {.url = "http://127.0.0.1:9002/panel/",
                                                .username = "serveradmin",
                                                .password = "a s3cret password",
                                                .dialect = &dnp_dialects[0],
                                                .auth = &dnp_auth_wse,
                                                .crypto = &openssl,
                                                .wse_to = "https://panel.internal/"};
    return dnp_session_new(&options, error);
}

/* The response to a request, with its MessageID. */
static const char *response_to(const struct dnp_call *call)
{
    static char response[2000];
    const char *id = strstr(dnp_call_request(call)->body.data, "urn:uuid:");
    (void)snprintf(response, sizeof response,
                   "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:a=\"" WSA "\"><s:Header>"
                   "<a:RelatesTo>%.45s</a:RelatesTo></s:Header><s:Body><%sResponse xmlns=\"" NAMESPACE "\"><%sResult>0"
                   "</%sResult></%sResponse></s:Body></s:Envelope>",
                   id, dnp_call_operation(call)->name, dnp_call_operation(call)->name, dnp_call_operation(call)->name,
                   dnp_call_operation(call)->name);
    return response;
}

static bool take_response(struct dnp_call *call, struct dnp_error *error)
{
    const struct dnp_response_head head = {.status = 200, .content_type = "text/xml; charset=utf-8"};
    struct recording recording;
    const struct dnp_sink sink = recording_sink(&recording);
    return dnp_call_head(call, &head, &sink, error) && dnp_call_feed(call, dnp_slice_of(response_to(call)), error) &&
           dnp_call_finish(call, error);
}

static bool perform(struct dnp_session *session, const char *name, struct dnp_error *error)
{
    const struct dnp_source source = {.get = give, .leave = leave};
    struct dnp_call *call = dnp_call_new(session, dnp_find_operation(name, DNP_DOTNETPANEL), error);
    bool good = call != NULL && dnp_call_encode(call, &source, error) && dnp_call_renew(call, error);
    if (good) {
        const struct dnp_call_request *request = dnp_call_request(call);
        assert_non_null(strstr(request->body.data, "</xenc:EncryptedData></soap:Body></soap:Envelope>"));
        assert_non_null(strstr(request->body.data, ">https://panel.internal/esUsers.asmx</wsa:To>"));
        good = take_response(call, error);
    }
    dnp_call_free(call);
    return good;
}

/* Operations that are met anew, and one that is known. */
static bool perform_some(struct dnp_session *session, struct dnp_error *error)
{
    return perform(session, "ChangeUserPassword", error) && perform(session, "ChangeUserStatus", error) &&
           perform(session, "ChangeUserPassword", error);
}

static void each_allocation_fails(void **state)
{
    long forgiven = 0;
    (void)state;
    for (long i = 0;; i++) {
        struct dnp_error error = {0};
        countdown = i;
        has_failed = false;
        struct dnp_session *session = new_session(&error);
        bool good = session != NULL && perform_some(session, &error);
        bool failed = has_failed;
        countdown = -1;
        has_failed = false;
        /* A response that cannot be remembered is parsed the next time. */
        forgiven += failed && good;
        if (failed && !good) {
            assert_int_equal(error.kind, DNP_MEMORY);
        }
        if (session != NULL) {
            assert_true(perform_some(session, &error));
        }
        dnp_session_free(session);
        if (!failed) {
            assert_true(good);
            assert_true(i > 30 && forgiven <= 4);
            return;
        }
    }
}

/* More operations than there is room for at once: the destinations of some are made again. */
static void all_operations_find_their_destination(void **state)
{
    struct dnp_error error = {0};
    struct dnp_session *session = new_session(&error);
    const struct dnp_source source = {.get = give, .leave = leave};
    (void)state;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < dnp_operation_count; i++) {
            const struct dnp_operation *operation = &dnp_operations[i];
            char action[256];
            if ((operation->dialects & (unsigned)DNP_DOTNETPANEL) == 0 ||
                !dnp_services[operation->service].authenticated) {
                continue;
            }
            struct dnp_call *call = dnp_call_new(session, operation, &error);
            assert_non_null(call);
            assert_true(dnp_call_encode(call, &source, &error));
            (void)snprintf(action, sizeof action, ">" NAMESPACE "/%s</wsa:Action>", operation->name);
            assert_non_null(strstr(dnp_call_request(call)->body.data, action));
            (void)snprintf(action, sizeof action, ">https://panel.internal/%s.asmx</wsa:To>",
                           dnp_services[operation->service].name);
            assert_non_null(strstr(dnp_call_request(call)->body.data, action));
            dnp_call_free(call);
        }
    }
    dnp_session_free(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(all_operations_find_their_destination),
    };
    return cmocka_run_group_tests(tests, open_library, close_library);
}
