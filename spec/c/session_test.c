/*
 * Sessions: which options are refused, what the others become, and that a session outlives its owner for its calls.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client_calls.h"

static void expect_refused(const struct dnp_session_options *options, const char *message)
{
    struct dnp_error error;
    assert_null(dnp_session_new(options, &error));
    assert_int_equal(error.kind, DNP_USAGE);
    assert_string_equal(error.message, message);
}

static void test_options_that_are_refused(void **state)
{
    struct dnp_session_options options = session_options();
    (void)state;
    options.url = NULL;
    expect_refused(&options, "url is missing");
    options = session_options();
    options.username = "two\r\nlines";
    expect_refused(&options, "username holds a control character");
    options.username = "del\x7f";
    expect_refused(&options, "username holds a control character");
    options.username = NULL;
    expect_refused(&options, "username is missing");
    options = session_options();
    options.password = NULL;
    expect_refused(&options, "password is missing");
    options = session_options();
    options.dialect = NULL;
    expect_refused(&options, "dialect is missing");
    options = session_options();
    options.user_agent = "x\n";
    expect_refused(&options, "user_agent holds a control character");
}

static void test_credentials_that_are_too_long(void **state)
{
    enum { SIZE = 70000 };
    struct dnp_session_options options = session_options();
    char *text = malloc(SIZE);
    (void)state;
    assert_non_null(text);
    memset(text, 'x', SIZE - 1);
    text[SIZE - 1] = '\0';
    options.password = text;
    expect_refused(&options, "username or password is too long");
    free(text);
}

static void test_what_was_given(void **state)
{
    struct dnp_session_options options = session_options();
    char url[] = "https://host:9002/panel//";
    char username[] = "admin";
    char user_agent[] = "billing/1.0";
    (void)state;
    options.url = url;
    options.username = username;
    options.user_agent = user_agent;
    struct dnp_session *session = session_with(&options);
    memset(url, 'x', strlen(url));
    memset(username, 'x', strlen(username));
    memset(user_agent, 'x', strlen(user_agent));
    assert_string_equal(dnp_session_address(session)->url, "https://host:9002/panel");
    assert_string_equal(dnp_session_username(session), "admin");
    assert_ptr_equal(dnp_session_dialect(session), options.dialect);
    assert_string_equal(dnp_session_auth_name(session), "basic");
    struct dnp_call *call = prepared_call(session, "UserExists");
    assert_string_equal(dnp_call_request(call)->headers[3], "User-Agent: billing/1.0");
    dnp_call_free(call);
    dnp_session_free(session);
    dnp_session_free(NULL);
}

static void test_schemes_by_name(void **state)
{
    (void)state;
    assert_ptr_equal(dnp_find_auth_scheme("basic"), &dnp_auth_basic);
    assert_null(dnp_find_auth_scheme("Basic"));
    assert_null(dnp_find_auth_scheme(""));
}

/* The bytes themselves are not looked at when there are too many of them. */
static void expect_limit(size_t given, size_t limit)
{
    struct dnp_session_options options = session_options();
    struct recording recording;
    const struct dnp_sink sink = recording_sink(&recording);
    const struct dnp_response_head head = {.status = 200, .content_type = "text/xml"};
    const struct dnp_slice most = {"", limit + 1};
    struct dnp_error error;
    char message[100];
    options.max_response_bytes = given;
    struct dnp_session *session = session_with(&options);
    struct dnp_call *call = prepared_call(session, "UserExists");
    assert_true(dnp_call_head(call, &head, &sink, &error));
    assert_false(dnp_call_feed(call, most, &error));
    assert_int_equal(error.kind, DNP_LIMIT);
    (void)snprintf(message, sizeof message,
                   "UserExists: the response is larger than the limit of %zu bytes (max_response_bytes)", limit);
    assert_string_equal(error.message, message);
    dnp_call_free(call);
    dnp_session_free(session);
}

static void test_limit_of_responses(void **state)
{
    (void)state;
    expect_limit(0, DNP_DEFAULT_MAX_RESPONSE_BYTES);
    expect_limit(1, 1);
    expect_limit((size_t)1 << 30, (size_t)1 << 30);
}

static void test_closed_with_calls_under_way(void **state)
{
    enum { COUNT = 5 };
    struct dnp_session *session = new_session();
    struct dnp_call *calls[COUNT];
    struct recording recording;
    const struct dnp_sink sink = recording_sink(&recording);
    const struct dnp_response_head head = {.status = 200, .content_type = "text/xml"};
    struct dnp_error error;
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        calls[i] = prepared_call(session, "AddUser");
    }
    assert_true(dnp_call_head(calls[1], &head, &sink, &error));
    dnp_call_free(calls[0]);
    dnp_session_free(session);
    assert_true(dnp_call_feed(calls[1], dnp_slice_of(ADDED), &error));
    assert_true(dnp_call_finish(calls[1], &error));
    assert_string_equal(recording.text, "AddUserResult=7;");
    assert_false(response(calls[2], 500, FAULT("soap:Server", "pa&amp;ss&lt;word>"), &recording, &error));
    assert_string_equal(error.message, "AddUser: [redacted]");
    assert_true(dnp_call_renew(calls[3], &error));
    assert_string_equal(dnp_call_request(calls[3])->url, "http://host:9002/panel/esUsers.asmx");
    for (size_t i = 1; i < COUNT; i++) {
        dnp_call_free(calls[i]);
    }
}

static void test_closed_with_idle_calls(void **state)
{
    struct dnp_session *session = new_session();
    (void)state;
    dnp_call_free(prepared_call(session, "AddUser"));
    dnp_call_free(prepared_call(session, "UserExists"));
    dnp_session_free(session);
    dnp_call_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_that_are_refused), cmocka_unit_test(test_credentials_that_are_too_long),
        cmocka_unit_test(test_what_was_given),           cmocka_unit_test(test_schemes_by_name),
        cmocka_unit_test(test_limit_of_responses),       cmocka_unit_test(test_closed_with_calls_under_way),
        cmocka_unit_test(test_closed_with_idle_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
