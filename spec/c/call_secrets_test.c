/* What a call sent and received, and the credentials, never show in what people see of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client_calls.h"
#include "soap/redact.h"

#define ECHO_TEXT \
    "first t0p&amp;amp;secret and t0p&amp;secret by pa&amp;ss&lt;word&gt; for bob\n at second t0p&amp;secret"

static void test_faults_show_no_secrets(void **state)
{
    struct dnp_session *session = new_session();
    struct dnp_call *call = prepared_call(session, "AddUser");
    struct recording recording;
    struct dnp_error error;
    (void)state;
    assert_false(response(call, 500, FAULT("soap:Server", ECHO_TEXT), &recording, &error));
    assert_int_equal(error.kind, DNP_FAULT);
    assert_string_equal(error.message, "AddUser: first [redacted] and [redacted] by [redacted] for bob");
    assert_string_equal(dnp_call_fault_text(call).data,
                        "first [redacted] and [redacted] by [redacted] for bob\n at second [redacted]");
    dnp_call_free(call);
    dnp_session_free(session);
}

static void test_details_show_no_secrets(void **state)
{
    struct dnp_session *session = new_session();
    struct dnp_call *call = prepared_call(session, "AddUser");
    struct recording recording;
    struct dnp_error error;
    (void)state;
    assert_false(response(call, 500,
                          ENVELOPE("<soap:Fault><faultcode>soap:Server</faultcode><faultstring>no</faultstring>"
                                   "<detail><Password>other</Password><a>t0p&amp;secret</a></detail></soap:Fault>"),
                          &recording, &error));
    assert_string_equal(dnp_call_fault_detail(call).data, "<Password>[redacted]</Password><a>[redacted]</a>");
    dnp_call_free(call);
    dnp_session_free(session);
}

/* Messages may quote what a server sent, and that may be anything. */
static void test_messages_show_no_secrets(void **state)
{
    static const struct {
        int status;
        const char *content_type;
        const char *body;
    } responses[] = {
        {200, "text/xml", ENVELOPE("<t0pt0pt0p/>")},
        {200, "text/t0pt0pt0p; x", ""},
        {200, "text/xml", "<t0pt0pt0p></a>"},
        {500, "text/xml", FAULT("soap:Server", "t0pt0pt0p")},
    };
    struct dnp_session_options options = session_options();
    (void)state;
    options.password = "t0pt0pt0p";
    struct dnp_session *session = session_with(&options);
    for (size_t i = 0; i < sizeof responses / sizeof responses[0]; i++) {
        struct dnp_call *call = prepared_call(session, "AddUser");
        struct recording recording;
        struct dnp_error error;
        assert_false(response_in_pieces(call, responses[i].status, responses[i].content_type, responses[i].body,
                                        SIZE_MAX, &recording, &error));
        assert_memory_equal(error.message, "AddUser: ", 9);
        assert_non_null(strstr(error.message, DNP_REDACTED));
        assert_null(strstr(error.message, "t0pt0pt0p"));
        assert_int_equal(error.outcome, DNP_UNKNOWN);
        assert_int_equal(error.http_status, responses[i].status);
        dnp_call_free(call);
    }
    dnp_session_free(session);
}

static void test_engines_show_no_secrets(void **state)
{
    static const struct dnp_failure failure = {
        .name = "transport", .reason = "cannot send t0p&secret with Basic " AUTHORIZATION, .sent = DNP_NOT_SENT};
    struct dnp_session *session = new_session();
    struct dnp_call *call = prepared_call(session, "AddUser");
    struct dnp_error error;
    (void)state;
    assert_false(dnp_call_fail(call, &failure, &error));
    assert_string_equal(error.message, "AddUser: the transfer failed with host:9002 (cannot send [redacted] with Basic "
                                       "[redacted]=)");
    assert_int_equal(error.outcome, DNP_NOT_DONE);
    dnp_call_free(call);
    dnp_session_free(session);
}

/* Our own sentences are not searched: what is missing in them would show the password. */
static void test_sentences_show_no_secrets(void **state)
{
    static const struct dnp_failure failure = {
        .name = "connection_refused", .reason = "connect failed", .sent = DNP_NOT_SENT};
    struct dnp_session_options options = session_options();
    struct dnp_error error;
    (void)state;
    options.password = "connect";
    struct dnp_session *session = session_with(&options);
    struct dnp_call *call = prepared_call(session, "AddUser");
    assert_false(dnp_call_fail(call, &failure, &error));
    assert_string_equal(error.message, "AddUser: cannot connect to host:9002 ([redacted] failed)");
    dnp_call_free(call);
    dnp_session_free(session);
}

static void expect_redacted(const struct dnp_call *call, const char *text, const char *expected)
{
    struct dnp_buffer out;
    dnp_buffer_init(&out, 100000);
    assert_true(dnp_call_redact(call, &out, dnp_slice_of(text)));
    assert_string_equal(out.data, expected);
    dnp_buffer_free(&out);
}

static void test_redact(void **state)
{
    struct dnp_session *session = new_session();
    struct dnp_call *call = prepared_call(session, "AddUser");
    struct dnp_buffer out;
    (void)state;
    dnp_buffer_init(&out, 100000);
    assert_true(dnp_call_redact(call, &out, dnp_call_request(call)->clear));
    assert_null(strstr(out.data, "secret"));
    assert_non_null(strstr(out.data, "<Password>" DNP_REDACTED "</Password>"));
    assert_non_null(strstr(out.data, "<Username>bob</Username>"));
    dnp_buffer_free(&out);
    expect_redacted(call, "<a>pa&amp;ss&lt;word></a><oldPassword>x</oldPassword>",
                    "<a>[redacted]</a><oldPassword>[redacted]</oldPassword>");
    expect_redacted(call, "Authorization: Basic " AUTHORIZATION " Password=t0p%26secret by pa%26ss%3cword%3E",
                    "Authorization: Basic [redacted]= Password=[redacted] by [redacted]");
    expect_redacted(call, "", "");
    dnp_call_free(call);
    dnp_session_free(session);
}

static void test_401_names_mangled_credentials(void **state)
{
    static const struct {
        const char *username;
        const char *password;
        const char *operation;
        const char *reason;
    } cases[] = {
        {"admin", "pass:w0rd", "UserExists", "the password holds a colon"},
        {"admin", "p\xc3\xa4ssw0rd", "UserExists", "the password is not plain ASCII"},
        {"ad:min", "passw0rd", "UserExists", "the user name holds a colon"},
        {"admin", "passw0rd", "UserExists", NULL},
        {"admin", "pass:w0rd", "AuthenticateUser", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dnp_session_options options = session_options();
        struct recording recording;
        struct dnp_error error;
        options.username = cases[i].username;
        options.password = cases[i].password;
        struct dnp_session *session = session_with(&options);
        struct dnp_call *call = new_call(session, cases[i].operation);
        assert_false(response_in_pieces(call, 401, "text/html", "401 Access Denied", SIZE_MAX, &recording, &error));
        assert_int_equal(error.kind, DNP_HTTP);
        assert_non_null(strstr(error.message, "did not accept user name and password"));
        assert_null(strstr(error.message, cases[i].password));
        if (cases[i].reason != NULL) {
            assert_non_null(strstr(error.message, cases[i].reason));
        } else {
            assert_null(strchr(error.message, '('));
        }
        dnp_call_free(call);
        /* What was let in was understood. */
        call = new_call(session, cases[i].operation);
        assert_false(response(call, 500, FAULT("soap:Server", "no"), &recording, &error));
        assert_null(strchr(error.message, '('));
        dnp_call_free(call);
        dnp_session_free(session);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults_show_no_secrets),        cmocka_unit_test(test_details_show_no_secrets),
        cmocka_unit_test(test_messages_show_no_secrets),      cmocka_unit_test(test_engines_show_no_secrets),
        cmocka_unit_test(test_sentences_show_no_secrets),     cmocka_unit_test(test_redact),
        cmocka_unit_test(test_401_names_mangled_credentials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
