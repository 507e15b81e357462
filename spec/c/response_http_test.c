/* What the status and the headers of a response mean, whatever its body is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "lookup/find.h"
#include "response_cases.h"

static void test_http(void **state)
{
    static const struct {
        int status;
        enum dnp_outcome outcome;
        const char *message;
    } cases[] = {
        {301, DNP_NOT_DONE, "redirect"},   {302, DNP_NOT_DONE, "redirect"},
        {400, DNP_NOT_DONE, "HTTP 400"},   {401, DNP_NOT_DONE, "did not accept user name and password"},
        {403, DNP_NOT_DONE, "forbidden"},  {404, DNP_NOT_DONE, "no esUsers.asmx at this address; is the url right?"},
        {405, DNP_NOT_DONE, "is the url"}, {407, DNP_NOT_DONE, "proxy"},
        {413, DNP_NOT_DONE, "too large"},  {415, DNP_NOT_DONE, "text/xml"},
        {418, DNP_NOT_DONE, "status 418"}, {500, DNP_UNKNOWN, "not SOAP"},
        {502, DNP_UNKNOWN, "HTTP 502"},    {503, DNP_UNKNOWN, "not available"},
        {504, DNP_UNKNOWN, "waited"},      {599, DNP_UNKNOWN, "status 599"},
        {101, DNP_UNKNOWN, "status 101"},
    };
    static const char *const bodies[][2] = {{"text/html", "<html><body>Oh.</body></html>"},
                                            {"", ""},
                                            {XML, ""},
                                            {XML, "<html><br></html>"},
                                            {XML, RESPONSE("AddUser", "<AddUserResult>5</AddUserResult>")}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t j = 0; j < sizeof bodies / sizeof bodies[0]; j++) {
            struct expectation expected = {.operation = "AddUser",
                                           .status = cases[i].status,
                                           .content_type = bodies[j][0],
                                           .body = bodies[j][1],
                                           .kind = DNP_HTTP,
                                           .outcome = cases[i].outcome,
                                           .message = cases[i].message};
            check(&expected);
        }
    }
}

static void check_head(const struct dnp_response_head *head, enum dnp_error_kind kind, enum dnp_outcome outcome,
                       int retry_after, const char *message)
{
    struct recording recording;
    const struct dnp_sink sink = recording_sink(&recording);
    struct dnp_response *response = dnp_response_new(100000);
    struct dnp_error error;
    bool good = dnp_response_begin(response, find("AddUser"), dnp_find_dialect("dotnetpanel"), head, &sink, &error) &&
                dnp_response_finish(response, &error);
    assert_false(good);
    if (strstr(error.message, message) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", message, error.message);
    }
    assert_int_equal(error.kind, kind);
    assert_int_equal(error.outcome, outcome);
    assert_int_equal(error.http_status, head->status);
    assert_int_equal(error.retry_after, retry_after);
    dnp_response_free(response);
}

static void test_redirects(void **state)
{
    static const struct {
        const char *location;
        enum dnp_outcome outcome;
        const char *message;
    } cases[] = {
        {NULL, DNP_NOT_DONE, "the address redirects to elsewhere, and"},
        {"", DNP_NOT_DONE, "the address redirects to elsewhere, and"},
        {"https://panel.example.com:9002/esUsers.asmx", DNP_NOT_DONE,
         "redirects to https://panel.example.com:9002/esUsers.asmx, and redirects are not followed"},
        {"https://admin:pa55@panel.example.com/a?b=c#d", DNP_NOT_DONE, "redirects to https://panel.example.com/a, and"},
        {"//admin@panel.example.com/a", DNP_NOT_DONE, "redirects to //panel.example.com/a, and"},
        {"http://a@b@c.example.com", DNP_NOT_DONE, "redirects to http://c.example.com, and"},
        {"/login.aspx?ReturnUrl=%2fesUsers.asmx", DNP_NOT_DONE, "redirects to /login.aspx, and"},
        {"login?a=http://b/c@d", DNP_NOT_DONE, "redirects to login, and"},
        {"/a\033[2J", DNP_NOT_DONE, "redirects to /a?[2J, and"},
        {"/aspxerrorpath=/x", DNP_NOT_DONE, "redirects to /aspxerrorpath=/x, and"},
        {"/error.aspx?aspxerrorpath=/esUsers.asmx", DNP_UNKNOWN,
         "the panel failed, and sends its page for errors (/error"},
        {"/error.aspx?a=b&ASPXErrorPath=/esUsers.asmx", DNP_UNKNOWN, "the panel failed"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct dnp_response_head head = {
            .status = 302, .content_type = "text/html", .location = cases[i].location};
        check_head(&head, DNP_HTTP, cases[i].outcome, 0, cases[i].message);
    }
}

static void test_authentication_that_is_wanted(void **state)
{
    static const char windows[] = "wants Windows authentication (Negotiate, NTLM)";
    static const char refused[] = "did not accept user name and password";
    static const struct {
        const char *header;
        const char *message;
    } cases[] = {
        {NULL, refused},
        {"", refused},
        {"Negotiate", windows},
        {"NTLM", windows},
        {"Negotiate, NTLM", windows},
        {"negotiate oYH1MIHyoAMKAQA=, ntlm", windows},
        {"Basic realm=\"DotNetPanel\"", refused},
        {"Negotiate, NTLM, Basic realm=\"x\"", refused},
        {"Basic realm=\"a, Negotiate\"", refused},
        {"Digest realm=\"x\", nonce=\"y, NTLM\", qop=auth, Negotiate", refused},
        {"Bearer", refused},
        {"Negotiation", refused},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct dnp_response_head head = {
            .status = 401, .content_type = "text/html", .www_authenticate = cases[i].header};
        check_head(&head, DNP_HTTP, DNP_NOT_DONE, 0, cases[i].message);
    }
}

static void test_waiting(void **state)
{
    static const char date[] = "Sun, 06 Nov 1994 08:49:37 GMT";
    static const struct {
        const char *text;
        const char *date;
        int seconds;
    } cases[] = {
        {"120", NULL, 120},
        {" 7 ", NULL, 7},
        {"0", NULL, 0},
        {"99999999999999999999", NULL, INT32_MAX},
        {"-5", NULL, 0},
        {"soon", NULL, 0},
        {"", NULL, 0},
        {"5 apples", NULL, 0},
        {"Sun, 06 Nov 1994 08:50:07 GMT", date, 30},
        {"Sunday, 06-Nov-94 08:50:37 GMT", date, 60},
        {"Sun Nov  6 09:49:37 1994", date, 3600},
        {"Mon, 07 Nov 1994 08:49:37 GMT", date, 86400},
        {"Wed, 01 Mar 1995 00:00:00 GMT", "Tue, 28 Feb 1995 23:59:59 GMT", 1},
        {"Fri, 01 Mar 2024 00:00:00 GMT", "Wed, 28 Feb 2024 23:59:59 GMT", 86401},
        {"Sun, 06 Nov 1994 08:49:07 GMT", date, 0},
        {"Sun, 06 Nov 1994 08:49:37 CET", date, 0},
        {"Sun, 06 Foo 1994 08:49:37 GMT", date, 0},
        {"Sun, 06 Nov 1994 08:49", date, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct dnp_response_head head = {
            .status = 503, .content_type = "text/html", .retry_after = cases[i].text, .date = cases[i].date};
        check_head(&head, DNP_HTTP, DNP_UNKNOWN, cases[i].seconds, "not available");
    }
}

/* Without a Date the machine's own clock has to do. */
static void test_waiting_until_a_date(void **state)
{
    char text[64];
    struct tm parts;
    time_t then = time(NULL) + 1000;
    struct dnp_response_head head = {.status = 429, .retry_after = text, .date = "no date"};
    struct recording recording;
    const struct dnp_sink sink = recording_sink(&recording);
    struct dnp_response *response = dnp_response_new(100000);
    struct dnp_error error;
    (void)state;
    assert_non_null(gmtime_r(&then, &parts));
    assert_true(strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts) > 0);
    assert_true(dnp_response_begin(response, find("AddUser"), dnp_find_dialect("dotnetpanel"), &head, &sink, &error));
    assert_false(dnp_response_finish(response, &error));
    assert_in_range(error.retry_after, 900, 1000);
    dnp_response_free(response);
}

static void test_packed_responses(void **state)
{
    struct dnp_response_head head = {.status = 200, .content_type = XML, .content_encoding = "gzip"};
    (void)state;
    check_head(&head, DNP_PROTOCOL, DNP_UNKNOWN, 0, "the response is packed (gzip), and whoever received it");
    head.status = 500;
    check_head(&head, DNP_HTTP, DNP_UNKNOWN, 0, "HTTP 500");
    head.status = 200;
    head.content_encoding = "Identity";
    check_head(&head, DNP_PROTOCOL, DNP_UNKNOWN, 0, "there is no XML document");
    head.content_encoding = "br";
    head.content_type = "text/html";
    check_head(&head, DNP_PROTOCOL, DNP_UNKNOWN, 0, "text/html instead of XML");
}

static void test_401_is_never_a_fault(void **state)
{
    static const struct expectation expected = {.operation = "GetUsers",
                                                .status = 401,
                                                .content_type = XML,
                                                .body = FAULT("soap:Client", "who are you?"),
                                                .kind = DNP_HTTP,
                                                .message = "did not accept"};
    (void)state;
    check(&expected);
}

/* A page that is not a response is read for a while, so that the connection may be kept, but not forever. */
static void test_endless_error_page(void **state)
{
    static char page[1000];
    struct recording recording;
    struct dnp_error error;
    struct dnp_response *response = dnp_response_new((size_t)1 << 30);
    struct dnp_sink sink = recording_sink(&recording);
    struct dnp_slice bytes = {page, sizeof page};
    const struct dnp_response_head head = {.status = 502, .content_type = "text/html"};
    size_t fed = 0;
    (void)state;
    assert_true(dnp_response_begin(response, find("AddUser"), dnp_find_dialect("dotnetpanel"), &head, &sink, &error));
    assert_true(dnp_response_decided(response));
    while (dnp_response_feed(response, bytes, &error)) {
        fed += sizeof page;
        assert_true(fed <= DNP_RESPONSE_EXCERPT);
    }
    assert_int_equal(error.kind, DNP_HTTP);
    assert_int_equal(error.http_status, 502);
    dnp_response_free(response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http),
        cmocka_unit_test(test_redirects),
        cmocka_unit_test(test_authentication_that_is_wanted),
        cmocka_unit_test(test_waiting),
        cmocka_unit_test(test_waiting_until_a_date),
        cmocka_unit_test(test_packed_responses),
        cmocka_unit_test(test_401_is_never_a_fault),
        cmocka_unit_test(test_endless_error_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
