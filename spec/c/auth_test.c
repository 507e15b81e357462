/*
 * A call and a scheme of authentication that is neither Basic nor harmless: it puts an envelope of its own in place of
 * the clear one, remembers each request, and judges the responses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client_calls.h"

/* What the scheme got and what it does; one test at a time. */
struct script {
    enum dnp_auth_verdict verdict;
    const char *hint;
    bool leaves_in_clear;
    bool cannot_authenticate;
    size_t identities;
    size_t exchanges;
    size_t authenticated;
    size_t verified;
    char url[200];
    char action[200];
    bool envelope_was_clear;
    const struct dnp_auth_exchange *verified_exchange;
    struct dnp_auth_response response;
    char fault_text[100];
};

static struct script script;

struct dnp_auth_identity {
    char username[50];
};

struct dnp_auth_exchange {
    char header[50];
};

static struct dnp_auth_identity *identity_new(const struct dnp_auth_options *options, struct dnp_error *error)
{
    struct dnp_auth_identity *identity = calloc(1, sizeof *identity);
    (void)error;
    assert_non_null(identity);
    (void)snprintf(identity->username, sizeof identity->username, "%s", options->username);
    script.identities++;
    return identity;
}

static void identity_free(struct dnp_auth_identity *identity)
{
    script.identities--;
    free(identity);
}

static bool add_secrets(const struct dnp_auth_identity *identity, struct dnp_secrets *secrets)
{
    assert_string_equal(identity->username, USERNAME);
    return dnp_secrets_add(secrets, dnp_slice_of("key-of-all"));
}

static bool authenticate(const struct dnp_auth_identity *identity, const struct dnp_auth_request *request,
                         struct dnp_auth_result *result, struct dnp_error *error)
{
    assert_string_equal(identity->username, USERNAME);
    (void)snprintf(script.url, sizeof script.url, "%s", request->url);
    (void)snprintf(script.action, sizeof script.action, "%s", request->action);
    script.envelope_was_clear = strstr(request->envelope.data, "<username>bob</username>") != NULL;
    script.authenticated++;
    result->own = calloc(1, sizeof *result->own);
    assert_non_null(result->own);
    script.exchanges++;
    (void)snprintf(result->own->header, sizeof result->own->header, "Nonce: nonce-%zu", script.authenticated);
    result->header = result->own->header;
    if (script.cannot_authenticate) {
        return dnp_fail(error, DNP_TRANSPORT, "no random numbers");
    }
    if (!script.leaves_in_clear) {
        dnp_buffer_puts(result->sealed, "<sealed by='");
        dnp_buffer_puts(result->sealed, result->own->header);
        dnp_buffer_puts(result->sealed, "'/>");
    }
    return dnp_secrets_add(result->secrets, dnp_slice_of(result->own->header + strlen("Nonce: ")));
}

static enum dnp_auth_verdict verify(const struct dnp_auth_identity *identity, const struct dnp_auth_exchange *exchange,
                                    const struct dnp_auth_response *response, struct dnp_error *error)
{
    assert_string_equal(identity->username, USERNAME);
    script.verified++;
    script.verified_exchange = exchange;
    script.response = *response;
    (void)snprintf(script.fault_text, sizeof script.fault_text, "%s",
                   response->fault_text != NULL ? response->fault_text : "none");
    if (script.verdict == DNP_AUTH_REJECTED) {
        (void)dnp_fail(error, DNP_PROTOCOL, "the response is to another request, nonce-1");
    }
    return script.verdict;
}

static const char *hint(const struct dnp_auth_identity *identity, const struct dnp_auth_response *response,
                        char text[DNP_AUTH_HINT_SIZE])
{
    assert_string_equal(identity->username, USERNAME);
    (void)text;
    return response->status == 500 ? script.hint : NULL;
}

static void exchange_free(struct dnp_auth_exchange *exchange)
{
    script.exchanges--;
    free(exchange);
}

static const struct dnp_auth_scheme scheme = {
    .name = "scripted",
    .identity_new = identity_new,
    .identity_free = identity_free,
    .secrets = add_secrets,
    .authenticate = authenticate,
    .verify = verify,
    .hint = hint,
    .exchange_free = exchange_free,
};

static int begin(void **state)
{
    struct dnp_session_options options = session_options();
    memset(&script, 0, sizeof script);
    options.auth = &scheme;
    *state = session_with(&options);
    return 0;
}

static int end(void **state)
{
    dnp_session_free(*state);
    assert_int_equal(script.identities, 0);
    assert_int_equal(script.exchanges, 0);
    return 0;
}

static void test_sealed(void **state)
{
    struct dnp_call *call = prepared_call(*state, "UserExists");
    const struct dnp_call_request *request = dnp_call_request(call);
    assert_string_equal(dnp_session_auth_name(*state), "scripted");
    assert_string_equal(script.url, request->url);
    assert_string_equal(script.action, NAMESPACE "/UserExists");
    assert_true(script.envelope_was_clear);
    assert_string_equal(request->headers[2], "Nonce: nonce-1");
    assert_string_equal(request->body.data, "<sealed by='Nonce: nonce-1'/>");
    assert_non_null(strstr(request->clear.data, "<username>bob</username>"));
    assert_int_equal(script.exchanges, 1);
    dnp_call_free(call);
    assert_int_equal(script.exchanges, 0);
    call = prepared_call(*state, "UserExists");
    assert_string_equal(dnp_call_request(call)->body.data, "<sealed by='Nonce: nonce-2'/>");
    dnp_call_free(call);
}

static void test_left_in_clear(void **state)
{
    script.leaves_in_clear = true;
    struct dnp_call *call = prepared_call(*state, "UserExists");
    assert_ptr_equal(dnp_call_request(call)->body.data, dnp_call_request(call)->clear.data);
    dnp_call_free(call);
}

static void test_not_asked_for_the_authentication_service(void **state)
{
    struct dnp_call *call = prepared_call(*state, "AuthenticateUser");
    struct recording recording;
    struct dnp_error error;
    script.hint = "not this";
    assert_int_equal(script.authenticated, 0);
    assert_ptr_equal(dnp_call_request(call)->body.data, dnp_call_request(call)->clear.data);
    assert_false(response(call, 500, FAULT("soap:Server", "oh"), &recording, &error));
    assert_string_equal(error.message, "AuthenticateUser: oh");
    assert_int_equal(script.verified, 0);
    dnp_call_free(call);
}

static void test_that_cannot_authenticate(void **state)
{
    const struct dnp_source source = source_of(user);
    struct dnp_call *call = new_call(*state, "AddUser");
    struct dnp_error error;
    script.cannot_authenticate = true;
    assert_false(dnp_call_encode(call, &source, &error));
    assert_string_equal(error.message, "AddUser: no random numbers");
    assert_int_equal(error.outcome, DNP_NOT_DONE);
    assert_null(dnp_call_request(call));
    dnp_call_free(call);
}

static void test_secrets(void **state)
{
    static const char text[] = "key-of-all nonce-1 nonce-2";
    struct dnp_call *first = prepared_call(*state, "UserExists");
    struct dnp_call *second = prepared_call(*state, "UserExists");
    struct dnp_call *third = new_call(*state, "UserExists");
    struct dnp_buffer out;
    dnp_buffer_init(&out, 1000);
    assert_true(dnp_call_redact(first, &out, dnp_slice_of(text)));
    assert_string_equal(out.data, "[redacted] [redacted] nonce-2");
    dnp_buffer_clear(&out);
    assert_true(dnp_call_redact(second, &out, dnp_slice_of(text)));
    assert_string_equal(out.data, "[redacted] nonce-1 [redacted]");
    dnp_buffer_clear(&out);
    assert_true(dnp_call_redact(third, &out, dnp_slice_of(text)));
    assert_string_equal(out.data, "[redacted] nonce-1 nonce-2");
    dnp_buffer_free(&out);
    dnp_call_free(first);
    dnp_call_free(second);
    dnp_call_free(third);
}

static void test_what_it_sees_of_an_response(void **state)
{
    struct dnp_call *call = prepared_call(*state, "UserExists");
    struct recording recording;
    const struct dnp_sink sink = recording_sink(&recording);
    const struct dnp_response_head head = {
        .status = 500, .content_type = "text/xml", .date = "Thu, 26 Nov 2026 12:00:00 GMT"};
    struct dnp_error error;
    assert_true(dnp_call_head(call, &head, &sink, &error));
    assert_true(dnp_call_feed(call, dnp_slice_of(FAULT("soap:Client.Authentication", "not bob")), &error));
    assert_false(dnp_call_finish(call, &error));
    assert_int_equal(script.response.status, 500);
    assert_string_equal(script.fault_text, "not bob");
    assert_int_equal(script.response.date, 1795694400);
    dnp_call_free(call);
    call = prepared_call(*state, "UserExists");
    assert_true(response(call, 200, EXISTS, &recording, &error));
    assert_int_equal(script.response.status, 200);
    assert_string_equal(script.fault_text, "none");
    assert_int_equal(script.response.date, 0);
    dnp_call_free(call);
}

static void test_of_two_requests_each_has_its_exchange(void **state)
{
    struct dnp_call *first = prepared_call(*state, "UserExists");
    struct dnp_call *second = prepared_call(*state, "UserExists");
    struct recording recording;
    struct dnp_error error;
    assert_true(response(second, 200, EXISTS, &recording, &error));
    const struct dnp_auth_exchange *exchange = script.verified_exchange;
    assert_string_equal(exchange->header, "Nonce: nonce-2");
    assert_true(response(first, 200, EXISTS, &recording, &error));
    assert_string_equal(script.verified_exchange->header, "Nonce: nonce-1");
    dnp_call_free(first);
    dnp_call_free(second);
}

/* Nobody sent a request for it, so there is nothing that it could be compared with. */
static void test_responses_got_elsewhere_are_not_verified(void **state)
{
    struct dnp_call *call = new_call(*state, "UserExists");
    struct recording recording;
    struct dnp_error error;
    script.verdict = DNP_AUTH_REJECTED;
    assert_true(response(call, 200, EXISTS, &recording, &error));
    assert_int_equal(script.verified, 0);
    dnp_call_free(call);
}

static void test_rejected(void **state)
{
    static const char *const operations[] = {"AddUser", "UserExists"};
    struct recording recording;
    struct dnp_error error;
    script.verdict = DNP_AUTH_REJECTED;
    for (size_t i = 0; i < 2; i++) {
        char message[200];
        struct dnp_call *call = prepared_call(*state, operations[i]);
        assert_false(response(call, 200, i == 0 ? ADDED : EXISTS, &recording, &error));
        assert_int_equal(error.kind, DNP_PROTOCOL);
        assert_int_equal(error.outcome, i == 0 ? DNP_UNKNOWN : DNP_NOT_DONE);
        assert_int_equal(error.http_status, 200);
        (void)snprintf(message, sizeof message, "%s: the response is to another request, %s", operations[i],
                       i == 0 ? "[redacted]" : "nonce-1");
        assert_string_equal(error.message, message);
        assert_false(dnp_call_wants_again(call));
        dnp_call_free(call);
    }
}

static void test_again(void **state)
{
    struct dnp_call *call = prepared_call(*state, "UserExists");
    struct recording recording;
    struct dnp_error error;
    script.verdict = DNP_AUTH_AGAIN;
    assert_false(dnp_call_wants_again(call));
    assert_false(response(call, 500, FAULT("soap:Server", "clock"), &recording, &error));
    assert_string_equal(error.message, "UserExists: clock");
    assert_true(dnp_call_wants_again(call));
    assert_true(dnp_call_renew(call, &error));
    assert_false(dnp_call_wants_again(call));
    assert_string_equal(dnp_call_request(call)->body.data, "<sealed by='Nonce: nonce-2'/>");
    assert_string_equal(dnp_call_request(call)->headers[2], "Nonce: nonce-2");
    assert_int_equal(script.exchanges, 1);
    /* Once is enough. */
    assert_false(response(call, 500, FAULT("soap:Server", "clock"), &recording, &error));
    assert_false(dnp_call_wants_again(call));
    dnp_call_free(call);
    call = prepared_call(*state, "UserExists");
    assert_false(response(call, 500, FAULT("soap:Server", "clock"), &recording, &error));
    assert_true(dnp_call_wants_again(call));
    dnp_call_free(call);
    call = prepared_call(*state, "UserExists");
    assert_false(dnp_call_wants_again(call));
    dnp_call_free(call);
}

/* It is asked about responses that cannot be read to their end too. */
static void test_again_after_a_bad_response(void **state)
{
    struct dnp_call *call = prepared_call(*state, "UserExists");
    struct recording recording;
    struct dnp_error error;
    script.verdict = DNP_AUTH_AGAIN;
    assert_false(response(call, 500, "<a/><b/>", &recording, &error));
    assert_int_equal(script.verified, 1);
    assert_int_equal(script.response.status, 500);
    assert_true(dnp_call_wants_again(call));
    dnp_call_free(call);
}

static void test_changes_are_not_made_again(void **state)
{
    struct dnp_call *call = prepared_call(*state, "AddUser");
    struct recording recording;
    struct dnp_error error;
    script.verdict = DNP_AUTH_AGAIN;
    assert_false(response(call, 500, FAULT("soap:Server", "clock"), &recording, &error));
    assert_false(dnp_call_wants_again(call));
    dnp_call_free(call);
}

static void test_what_went_well_is_not_made_again(void **state)
{
    struct dnp_call *call = prepared_call(*state, "UserExists");
    struct recording recording;
    struct dnp_error error;
    script.verdict = DNP_AUTH_AGAIN;
    assert_true(response(call, 200, EXISTS, &recording, &error));
    assert_false(dnp_call_wants_again(call));
    dnp_call_free(call);
}

static void test_hint(void **state)
{
    struct dnp_call *call = prepared_call(*state, "UserExists");
    struct recording recording;
    struct dnp_error error;
    script.hint = "the clocks differ by 7 minutes";
    assert_false(response(call, 500, FAULT("soap:Server", "no"), &recording, &error));
    assert_string_equal(error.message, "UserExists: no (the clocks differ by 7 minutes)");
    dnp_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sealed, begin, end),
        cmocka_unit_test_setup_teardown(test_left_in_clear, begin, end),
        cmocka_unit_test_setup_teardown(test_not_asked_for_the_authentication_service, begin, end),
        cmocka_unit_test_setup_teardown(test_that_cannot_authenticate, begin, end),
        cmocka_unit_test_setup_teardown(test_secrets, begin, end),
        cmocka_unit_test_setup_teardown(test_what_it_sees_of_an_response, begin, end),
        cmocka_unit_test_setup_teardown(test_of_two_requests_each_has_its_exchange, begin, end),
        cmocka_unit_test_setup_teardown(test_responses_got_elsewhere_are_not_verified, begin, end),
        cmocka_unit_test_setup_teardown(test_rejected, begin, end),
        cmocka_unit_test_setup_teardown(test_again, begin, end),
        cmocka_unit_test_setup_teardown(test_again_after_a_bad_response, begin, end),
        cmocka_unit_test_setup_teardown(test_changes_are_not_made_again, begin, end),
        cmocka_unit_test_setup_teardown(test_what_went_well_is_not_made_again, begin, end),
        cmocka_unit_test_setup_teardown(test_hint, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
