/*
 * Responses that are remembered: what is taken from the memo is what parsing gives, and nothing else is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "client/response.h"
#include "lookup/find.h"
#include "recording_sink.h"

#define HEAD                                                                                                       \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">" \
    "<s:Body><UserExistsResponse xmlns=\"http://officepark/dotnetpanel/enterpriseserver\">"
#define TAIL "</UserExistsResponse></s:Body></s:Envelope>"
#define USER_BEFORE                                                                                                \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" " \
    "xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><s:Body>"                                               \
    "<GetUserByIdResponse xmlns=\"http://officepark/dotnetpanel/enterpriseserver\">"
#define USER_AFTER "</GetUserByIdResponse></s:Body></s:Envelope>"
#define USER(content) USER_BEFORE "<GetUserByIdResult>" content "</GetUserByIdResult>" USER_AFTER
#define EXISTS(text) HEAD "<UserExistsResult>" text "</UserExistsResult>" TAIL

/* What one response comes to, for comparison. */
struct outcome {
    bool good;
    struct dnp_error error;
    struct recording recording;
};

static void begin(struct dnp_response *response, struct dnp_memo *memo, const char *first, struct outcome *outcome)
{
    const char *name = first != NULL && strstr(first, "GetUserById") != NULL ? "GetUserById" : "UserExists";
    const struct dnp_operation *operation = dnp_find_operation(name, DNP_DOTNETPANEL);
    const struct dnp_response_head head = {.status = 200, .content_type = "text/xml"};
    memset(outcome, 0, sizeof *outcome);
    const struct dnp_sink sink = recording_sink(&outcome->recording);
    dnp_response_set_memo(response, memo);
    outcome->good = dnp_response_begin(response, operation, &dnp_dialects[0], &head, &sink, &outcome->error);
}

/* The memory is given back at once, so that whoever still reads in it is found. */
static void take_body(struct dnp_response *response, struct dnp_memo *memo, const char *document,
                      struct outcome *outcome)
{
    size_t length = strlen(document);
    char *body = malloc(length + 1);
    assert_non_null(body);
    memcpy(body, document, length);
    begin(response, memo, document, outcome);
    outcome->good =
        outcome->good && dnp_response_take_body(response, (struct dnp_slice){body, length}, &outcome->error);
    free(body);
}

static void take(struct dnp_response *response, struct dnp_memo *memo, const char *const *pieces,
                 struct outcome *outcome)
{
    begin(response, memo, *pieces, outcome);
    for (; outcome->good && *pieces != NULL; pieces++) {
        outcome->good = dnp_response_feed(response, dnp_slice_of(*pieces), &outcome->error);
    }
    outcome->good = outcome->good && dnp_response_finish(response, &outcome->error);
}

static void expect_equal(const struct outcome *with, const struct outcome *without)
{
    assert_int_equal(with->good, without->good);
    assert_string_equal(with->recording.text, without->recording.text);
    assert_int_equal(with->error.kind, without->error.kind);
    assert_string_equal(with->error.message, without->error.message);
}

static void learn(struct dnp_response *response, struct dnp_memo *memo, const char *document, bool whole)
{
    const char *const pieces[] = {document, NULL};
    struct outcome learnt;
    dnp_memo_init(memo);
    if (whole) {
        take_body(response, memo, document, &learnt);
    } else {
        take(response, memo, pieces, &learnt);
    }
    assert_true(learnt.good);
    assert_true(memo->document.length > 0);
}

/* With a memo that has learnt an ordinary response, and without one. */
static void expect_after(const char *document, const char *const *pieces, bool good)
{
    struct dnp_response *response = dnp_response_new(1 << 20);
    struct outcome with;
    struct outcome without;
    struct outcome whole;
    assert_non_null(response);
    take(response, NULL, pieces, &without);
    assert_int_equal(without.good, good);
    for (int learnt_whole = 0; learnt_whole < 2; learnt_whole++) {
        struct dnp_memo memo;
        learn(response, &memo, document, learnt_whole != 0);
        take(response, &memo, pieces, &with);
        expect_equal(&with, &without);
        if (pieces[0] != NULL && pieces[1] == NULL) {
            take_body(response, &memo, pieces[0], &whole);
            expect_equal(&whole, &without);
        }
        dnp_memo_free(&memo);
    }
    dnp_response_free(response);
}

static void expect_the_same(const char *const *pieces, bool good)
{
    expect_after(EXISTS("true"), pieces, good);
}

static void expect_user(const char *document, bool good)
{
    const char *const pieces[] = {document, NULL};
    expect_after(USER("<UserId>7</UserId><Comments>x</Comments>"), pieces, good);
}

static void expect_whole(const char *document, bool good)
{
    const char *const pieces[] = {document, NULL};
    expect_the_same(pieces, good);
}

static void test_whole_responses(void **state)
{
    (void)state;
    expect_whole(EXISTS("true"), true);
    expect_whole(EXISTS("false"), true);
    expect_whole(EXISTS("1"), true);
    expect_whole(EXISTS("maybe"), false);
    expect_whole(EXISTS("-1"), false);
    expect_whole(EXISTS(""), false);
    expect_whole(EXISTS(" true "), true);
    expect_whole(EXISTS("tr<!-- x -->ue"), true);
    expect_whole(EXISTS("tr&#117;e"), true);
    expect_whole(EXISTS("<![CDATA[true]]>"), true);
    expect_whole(EXISTS("<x/>"), false);
    expect_whole(EXISTS("true]]>"), false);
    expect_whole(EXISTS("\xC3\xA4"), false);
    expect_whole(EXISTS("truetruetruetruetruetruetruetruetrue"), false);
    expect_whole(EXISTS("true") "\n", true);
    expect_whole(EXISTS("true") "x", false);
    expect_whole(HEAD TAIL, false);
    expect_whole("", false);
}

static void test_records(void **state)
{
    (void)state;
    expect_user(USER("<UserId>7</UserId><Comments>x</Comments>"), true);
    expect_user(
        USER("<RoleId>3</RoleId><Role>User</Role><UserId>8</UserId><Comments /><LastName>\xC3\xA4 &amp;</LastName>"),
        true);
    expect_user(USER("\n <UserId>7</UserId>\n <Comments>x</Comments>\n"), true);
    expect_user(USER("<UserId>x</UserId>"), false);
    expect_user(USER("<RoleId>3</RoleId><UserId>x</UserId>"), false);
    expect_user(USER("<UserId i:nil=\"true\" /><Comments>a&#65;</Comments>"), true);
    expect_user(USER("<Comments>x</Comments><UserId>7</UserId><New>1</New>"), true);
    expect_user(USER("<Comments>a\r\nb</Comments>"), true);
    expect_user(USER("<Comments>a]]>b</Comments>"), false);
    expect_user(USER("<Comments>\xC3</Comments>"), false);
    expect_user(USER("<Comments><![CDATA[x]]></Comments>"), true);
    expect_user(USER("<UserId>7</UserId></GetUserByIdResult><GetUserByIdResult><UserId>8</UserId>"), true);
    expect_user(USER("<UserId>7</Comments>"), false);
    expect_user(USER("x"), false);
    expect_user(USER(""), false);
    expect_user(USER_BEFORE "<GetUserByIdResult />" USER_AFTER, false);
}

/* What is held back until the end is given to the parser when more comes. */
static void test_pieces(void **state)
{
    static const char document[] = EXISTS("false");
    (void)state;
    for (size_t cut = 0; cut <= sizeof document - 1; cut++) {
        char first[sizeof document];
        (void)snprintf(first, sizeof first, "%.*s", (int)cut, document);
        const char *const pieces[] = {first, document + cut, NULL};
        expect_the_same(pieces, true);
    }
    const char *const longer[] = {document, " ", NULL};
    expect_the_same(longer, true);
    const char *const twice[] = {document, document, NULL};
    expect_the_same(twice, false);
    const char *const empty[] = {"", document, "", NULL};
    expect_the_same(empty, true);
}

static void expect_not_learnt(const char *document)
{
    const char *name = strstr(document, "GetUserById") != NULL ? "GetUserById" : "UserExists";
    const struct dnp_operation *operation = dnp_find_operation(name, DNP_DOTNETPANEL);
    struct dnp_memo memo;
    dnp_memo_init(&memo);
    dnp_memo_learn(&memo, operation, dnp_slice_of(document));
    assert_int_equal(memo.document.length, 0);
    dnp_memo_free(&memo);
}

static void test_what_is_not_learnt(void **state)
{
    (void)state;
    expect_not_learnt("<s:Header/>" EXISTS("true"));
    expect_not_learnt("<!-- x -->" EXISTS("true"));
    expect_not_learnt(EXISTS("true") EXISTS("true"));
    expect_not_learnt(EXISTS(" true"));
    expect_not_learnt("\x1B" EXISTS("true"));
    expect_not_learnt("\xC3\xA4" EXISTS("true"));
    expect_not_learnt(HEAD "<UserExistsResult a='b'>true</UserExistsResult>" TAIL);
    expect_not_learnt(HEAD "<a/><UserExistsResult>true</UserExistsResult>" TAIL);
    expect_not_learnt(HEAD "<UserExistsResult>true</UserExistsResult><a/>" TAIL);
    expect_not_learnt(HEAD "<?p <UserExistsResult>true</UserExistsResult>?>" TAIL);
    expect_not_learnt("<?xml version='1.0' encoding='utf-7'?>" USER("<UserId>7</UserId>"));
    expect_not_learnt(USER("<UserId>7</UserId>") "<!-- x -->");
}

static void test_responses_that_always_differ_are_soon_left_alone(void **state)
{
    struct dnp_response *response = dnp_response_new(1 << 20);
    struct dnp_memo memo;
    (void)state;
    assert_non_null(response);
    dnp_memo_init(&memo);
    for (int i = 0; i < 50; i++) {
        char document[1024];
        struct outcome outcome;
        const char *const pieces[] = {document, NULL};
        (void)snprintf(document, sizeof document,
                       HEAD "<Other>%d</Other><UserExistsResult>true</UserExistsResult>" TAIL, i);
        take(response, &memo, pieces, &outcome);
        assert_true(outcome.good);
    }
    assert_true(memo.misses < 20);
    dnp_memo_free(&memo);
    dnp_response_free(response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_responses),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_what_is_not_learnt),
        cmocka_unit_test(test_responses_that_always_differ_are_soon_left_alone),
    };
    return cmocka_run_group_tests_name("responses that are remembered", tests, NULL, NULL);
}
