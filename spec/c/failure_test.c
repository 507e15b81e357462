/*
 * What an exchange failed with becomes the same error whoever moved the bytes: kind, name, sentence, outcome.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/failure.h"

static struct dnp_error describe(const char *name, const char *reason, double timeout, enum dnp_sent sent)
{
    const struct dnp_failure failure = {.name = name, .reason = reason, .timeout = timeout, .sent = sent};
    struct dnp_error error;
    memset(&error, 0xA5, sizeof error);
    dnp_failure_describe(&failure, "panel.example.com:9002", &error);
    return error;
}

static void test_each_name_has_its_kind(void **state)
{
    static const struct {
        const char *name;
        enum dnp_error_kind kind;
    } expected[] = {
        {"host_not_found", DNP_TRANSPORT},
        {"connection_refused", DNP_TRANSPORT},
        {"unreachable", DNP_TRANSPORT},
        {"connect_timeout", DNP_TIMEOUT},
        {"proxy", DNP_TRANSPORT},
        {"certificate", DNP_TRANSPORT},
        {"tls", DNP_TRANSPORT},
        {"sending_failed", DNP_TRANSPORT},
        {"connection_lost", DNP_TRANSPORT},
        {"timeout", DNP_TIMEOUT},
        {"no_http", DNP_PROTOCOL},
        {"bad_encoding", DNP_PROTOCOL},
        {"too_large", DNP_LIMIT},
        {"no_descriptors", DNP_TRANSPORT},
        {"phase", DNP_TRANSPORT},
        {"deadline", DNP_TIMEOUT},
        {"closed", DNP_TRANSPORT},
        {"transport", DNP_TRANSPORT},
    };
    const size_t count = sizeof expected / sizeof expected[0];
    (void)state;
    for (size_t i = 0; i < count; i++) {
        struct dnp_error error = describe(expected[i].name, NULL, 0, DNP_SENT);
        assert_string_equal(dnp_failure_names[i], expected[i].name);
        assert_string_equal(error.name, expected[i].name);
        assert_int_equal(error.kind, expected[i].kind);
        assert_int_equal(error.outcome, DNP_UNKNOWN);
        assert_int_equal(error.code, 0);
        assert_int_equal(error.http_status, 0);
        assert_non_null(strstr(error.message, " panel.example.com:9002"));
    }
    assert_null(dnp_failure_names[count]);
}

static void test_the_outcome_is_known_only_of_what_was_not_sent(void **state)
{
    (void)state;
    assert_int_equal(describe("certificate", NULL, 0, DNP_NOT_SENT).outcome, DNP_NOT_DONE);
    assert_int_equal(describe("certificate", NULL, 0, DNP_SENT_UNKNOWN).outcome, DNP_UNKNOWN);
    assert_int_equal(describe("certificate", NULL, 0, DNP_SENT).outcome, DNP_UNKNOWN);
}

static void test_a_name_outside_the_list(void **state)
{
    static const char *const names[] = {NULL, "", "Connection_Refused", "connection_refused ", "timed out"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct dnp_error error = describe(names[i], "the reason", 0, DNP_SENT);
        assert_int_equal(error.kind, DNP_TRANSPORT);
        assert_string_equal(error.name, "transport");
        assert_string_equal(error.message, "the transfer failed with panel.example.com:9002 (the reason)");
    }
}

static void test_sentences(void **state)
{
    (void)state;
    assert_string_equal(describe("connection_refused", "Connection refused", 0, DNP_NOT_SENT).message,
                        "cannot connect to panel.example.com:9002 (Connection refused)");
    assert_string_equal(describe("connection_refused", "", 0, DNP_NOT_SENT).message,
                        "cannot connect to panel.example.com:9002");
    assert_string_equal(describe("timeout", NULL, 0.25, DNP_SENT).message,
                        "no response from panel.example.com:9002 within 0.3 s");
    assert_string_equal(describe("connect_timeout", "SYN sent", 10, DNP_NOT_SENT).message,
                        "no connection to panel.example.com:9002 within 10.0 s (SYN sent)");
    assert_string_equal(describe("timeout", NULL, 0, DNP_SENT).message, "no response from panel.example.com:9002");
    assert_string_equal(describe("tls", NULL, 7, DNP_NOT_SENT).message,
                        "cannot agree on TLS with panel.example.com:9002");
}

static void test_a_reason_with_credentials_is_left_out(void **state)
{
    static const char *const reasons[] = {"Unsupported proxy syntax in 'http://user:pass word@proxy:1'", "pass word@"};
    (void)state;
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        assert_string_equal(describe("proxy", reasons[i], 0, DNP_NOT_SENT).message,
                            "the proxy does not connect to panel.example.com:9002");
    }
}

static void test_a_reason_of_any_length_and_bytes(void **state)
{
    char reason[4096];
    (void)state;
    memset(reason, 'r', sizeof reason);
    reason[0] = '\x1b';
    reason[sizeof reason - 1] = '\0';
    struct dnp_error error = describe("proxy", reason, 0, DNP_NOT_SENT);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    assert_null(strchr(error.message, '\x1b'));
    assert_string_equal(error.name, "proxy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_name_has_its_kind),
        cmocka_unit_test(test_the_outcome_is_known_only_of_what_was_not_sent),
        cmocka_unit_test(test_a_name_outside_the_list),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_a_reason_with_credentials_is_left_out),
        cmocka_unit_test(test_a_reason_of_any_length_and_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
