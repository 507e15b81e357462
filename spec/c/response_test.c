/*
 * What answers mean: each case is a status, a content type and a body, fed in pieces of every size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "client/response.h"
#include "recording_sink.h"

#define NAMESPACE "http://officepark/dotnetpanel/enterpriseserver"
#define ENVELOPE(content)                                       \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope " \
    "xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>" content "</soap:Body></soap:Envelope>"
#define RESPONSE(name, content) ENVELOPE("<" name "Response xmlns=\"" NAMESPACE "\">" content "</" name "Response>")
#define FAULT(code, text) \
    ENVELOPE("<soap:Fault><faultcode>" code "</faultcode><faultstring>" text "</faultstring><detail /></soap:Fault>")
#define XML "text/xml; charset=utf-8"
#define DOTNET "System.Web.Services.Protocols.SoapException: "
#define QUOTAS                                                                                                \
    "<ExceedingQuotas><xs:schema id=\"NewDataSet\" xmlns=\"\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">" \
    "<xs:element name=\"NewDataSet\"><xs:complexType><xs:choice><xs:element name=\"Table\"><xs:complexType>"  \
    "<xs:sequence><xs:element name=\"QuotaName\" type=\"xs:string\" minOccurs=\"0\" /></xs:sequence>"         \
    "</xs:complexType></xs:element></xs:choice></xs:complexType></xs:element></xs:schema>"                    \
    "<diffgr:diffgram xmlns:diffgr=\"urn:schemas-microsoft-com:xml-diffgram-v1\"><NewDataSet xmlns=\"\">"     \
    "<Table><QuotaName>OS.Bandwidth</QuotaName></Table></NewDataSet></diffgr:diffgram></ExceedingQuotas>"

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
    const char *remark;   /* of a good answer */
    const char *recorded; /* what the sink got; NULL: not looked at */
};

static const struct dnp_operation *find(const char *name)
{
    const struct dnp_operation *operation = dnp_find_operation(name, DNP_DOTNETPANEL);
    assert_non_null(operation);
    return operation;
}

static bool give(struct dnp_response *response, const struct expectation *expected, struct recording *recording,
                 size_t piece, struct dnp_error *error)
{
    struct dnp_sink sink = recording_sink(recording);
    size_t length = strlen(expected->body);
    struct dnp_response_head head = {.status = expected->status, .content_type = expected->content_type};
    if (!dnp_response_begin(response, find(expected->operation), dnp_find_dialect("dotnetpanel"), &head, &sink,
                            error)) {
        return false;
    }
    for (size_t at = 0; at < length; at += piece) {
        struct dnp_slice bytes = {expected->body + at, length - at < piece ? length - at : piece};
        if (!dnp_response_feed(response, bytes, error)) {
            return false;
        }
    }
    return dnp_response_finish(response, error);
}

static void check_error(const struct expectation *expected, const struct dnp_error *error)
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

static void check(const struct expectation *expected)
{
    static const size_t pieces[] = {1, 7, 100, 100000};
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

static void check_all(const struct expectation *expectations, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check(&expectations[i]);
    }
}

#define CHECK_ALL(expectations) check_all(expectations, sizeof(expectations) / sizeof((expectations)[0]))

static void test_values(void **state)
{
    static const struct expectation cases[] = {
        {.operation = "UserExists",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("UserExists", "<UserExistsResult>true</UserExistsResult>"),
         .recorded = "UserExistsResult=true;"},
        {.operation = "UserExists",
         .status = 200,
         .content_type = "Application/SOAP+XML",
         .body = RESPONSE("UserExists", "<UserExistsResult>false</UserExistsResult>"),
         .recorded = "UserExistsResult=false;"},
        {.operation = "AddUser",
         .status = 200,
         .content_type = "text/xml",
         .body = RESPONSE("AddUser", "<AddUserResult>7</AddUserResult>"),
         .recorded = "AddUserResult=7;"},
        {.operation = "UpdateUser",
         .status = 200,
         .content_type = " application/xml;charset=x",
         .body = RESPONSE("UpdateUser", "<UpdateUserResult>0</UpdateUserResult>"),
         .recorded = "UpdateUserResult=0;"},
        {.operation = "AddPackage",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("AddPackage", "<AddPackageResult><Result>3</Result></AddPackageResult>"),
         .recorded = "AddPackageResult{Result=3;}"},
        {.operation = "UpdatePackage",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("UpdatePackage", "<UpdatePackageResult><Result>0</Result></UpdatePackageResult>"),
         .recorded = "UpdatePackageResult{Result=0;}"},
        {.operation = "GetUsers",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("GetUsers", "<GetUsersResult><UserInfo><UserId>2</UserId></UserInfo></GetUsersResult>"),
         .recorded = "GetUsersResult{UserInfo{UserId=2;}}"},
        {.operation = "GetUsers", .status = 200, .content_type = XML, .body = RESPONSE("GetUsers", ""), .recorded = ""},
    };
    (void)state;
    CHECK_ALL(cases);
}

/* 0 means done; above it is only what the contract knows of the operation. */
static void test_status_above_zero(void **state)
{
    static const struct expectation cases[] = {
        {.operation = "AuthenticateUser",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("AuthenticateUser", "<AuthenticateUserResult>100</AuthenticateUserResult>"),
         .remark = "SUCCESS_USER_ONETIMEPASSWORD",
         .recorded = "AuthenticateUserResult=100;"},
        {.operation = "AuthenticateUser",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("AuthenticateUser", "<AuthenticateUserResult>101</AuthenticateUserResult>"),
         .kind = DNP_REFUSED,
         .code = 101,
         .name = "SUCCESS_USER_MFA_ACTIVE",
         .message = "refused with 101 SUCCESS_USER_MFA_ACTIVE: the password is right"},
        {.operation = "AuthenticateUser",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("AuthenticateUser", "<AuthenticateUserResult>11</AuthenticateUserResult>"),
         .kind = DNP_PROTOCOL,
         .message = "the response is 11 where 0 means done"},
        {.operation = "ChangeUserStatus",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("ChangeUserStatus", "<ChangeUserStatusResult>100</ChangeUserStatusResult>"),
         .kind = DNP_PROTOCOL,
         .outcome = DNP_UNKNOWN,
         .message = "the response is 100 where 0 means done"},
        {.operation = "UpdatePackage",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("UpdatePackage", "<UpdatePackageResult><Result>7</Result></UpdatePackageResult>"),
         .kind = DNP_PROTOCOL,
         .outcome = DNP_UNKNOWN,
         .message = "the response is 7 where 0 means done"},
    };
    (void)state;
    CHECK_ALL(cases);
}

static void test_refusals(void **state)
{
    static const struct expectation cases[] = {
        {.operation = "AddUser",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("AddUser", "<AddUserResult>-100</AddUserResult>"),
         .kind = DNP_REFUSED,
         .code = -100,
         .name = "ERROR_USER_ALREADY_EXISTS",
         .message = "AddUser: refused with -100 ERROR_USER_ALREADY_EXISTS: "},
        {.operation = "AddUser",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("AddUser", "<AddUserResult>-4711</AddUserResult>"),
         .kind = DNP_REFUSED,
         .code = -4711,
         .message = "AddUser: refused with -4711"},
        {.operation = "AddUser",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("AddUser", "<AddUserResult>-999</AddUserResult>"),
         .kind = DNP_REFUSED,
         .outcome = DNP_UNKNOWN,
         .code = -999,
         .name = "FAILED_EXECUTE_SERVICE_OPERATION",
         .message = "AddUser: refused with -999"},
        {.operation = "AuthenticateUser",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("AuthenticateUser", "<AuthenticateUserResult>-109</AuthenticateUserResult>"),
         .kind = DNP_REFUSED,
         .code = -109,
         .name = "ERROR_USER_WRONG_USERNAME",
         .message = "-109"},
        {.operation = "AddPackage",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("AddPackage", "<AddPackageResult><Result>-305</Result>" QUOTAS "</AddPackageResult>"),
         .kind = DNP_REFUSED,
         .code = -305,
         .name = "ERROR_PACKAGE_QUOTA_EXCEED",
         .message = "-305",
         .recorded = "AddPackageResult{Result=-305;ExceedingQuotas{table Table;(QuotaName=OS.Bandwidth;)}}"},
        {.operation = "UpdatePackage",
         .status = 200,
         .content_type = XML,
         .body =
             RESPONSE("UpdatePackage", "<UpdatePackageResult>" QUOTAS "<Result>-300</Result></UpdatePackageResult>"),
         .kind = DNP_REFUSED,
         .code = -300,
         .name = "ERROR_PACKAGE_NOT_FOUND",
         .message = "-300"},
    };
    (void)state;
    CHECK_ALL(cases);
}

static void test_responses_without_a_result(void **state)
{
    static const struct expectation cases[] = {
        {.operation = "GetUserById",
         .status = 200,
         .content_type = XML,
         .body = ENVELOPE("<GetUserByIdResponse xmlns=\"" NAMESPACE "\" />"),
         .kind = DNP_ABSENT,
         .message = "GetUserById: there is no such UserInfo"},
        {.operation = "UserExists",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("UserExists", ""),
         .kind = DNP_PROTOCOL,
         .message = "holds no result"},
        {.operation = "AddUser",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("AddUser", ""),
         .kind = DNP_PROTOCOL,
         .outcome = DNP_UNKNOWN,
         .message = "holds no result"},
        {.operation = "AddPackage",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("AddPackage", "<AddPackageResult />"),
         .kind = DNP_PROTOCOL,
         .outcome = DNP_UNKNOWN,
         .message = "<AddPackageResult> is empty where a member of PackageResult was expected"},
        {.operation = "AddUser",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("AddUser", "<AddUserResult>0</AddUserResult>"),
         .kind = DNP_PROTOCOL,
         .outcome = DNP_UNKNOWN,
         .message = "holds 0"},
        {.operation = "AddPackage",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("AddPackage", "<AddPackageResult><Result>0</Result></AddPackageResult>"),
         .kind = DNP_PROTOCOL,
         .outcome = DNP_UNKNOWN,
         .message = "holds 0"},
    };
    (void)state;
    CHECK_ALL(cases);
}

static void test_faults(void **state)
{
    static const struct expectation cases[] = {
        {.operation = "UpdateUser",
         .status = 500,
         .content_type = XML,
         .body =
             FAULT("soap:Server", DOTNET "Server was unable to process request. ---&gt; System.NullReferenceException"
                                         ": Object reference not set.\n  at X.Y () [0x0]\n  at Z"),
         .kind = DNP_FAULT,
         .outcome = DNP_UNKNOWN,
         .name = "Server",
         .message = "UpdateUser: Server was unable to process request. ---> System.NullReferenceException: Object "
                    "reference not set."},
        {.operation = "UpdateUser",
         .status = 500,
         .content_type = XML,
         .body = FAULT("soap:Client", DOTNET DOTNET "Server was unable to read request."),
         .kind = DNP_FAULT,
         .name = "Client",
         .message = "UpdateUser: Server was unable to read request."},
        {.operation = "UpdateUser",
         .status = 500,
         .content_type = XML,
         .body =
             FAULT("soap:Client", "SOAPAction http://officepark/dotnetpanel/enterpriseserver/UpdateUser unbekannt."),
         .kind = DNP_FAULT,
         .name = "Client",
         .message = "UpdateUser: SOAPAction http://officepark/dotnetpanel/enterpriseserver/UpdateUser unbekannt. "
                    "(is the panel's dialect another than dotnetpanel?)"},
        {.operation = "UpdateUser",
         .status = 200,
         .content_type = XML,
         .body = FAULT("soap:Client.Authentication", "no"),
         .kind = DNP_FAULT,
         .name = "Client.Authentication",
         .message = "UpdateUser: no"},
        {.operation = "UpdateUser",
         .status = 500,
         .content_type = XML,
         .body = FAULT("soap:Clientele", "no"),
         .kind = DNP_FAULT,
         .outcome = DNP_UNKNOWN,
         .name = "Clientele",
         .message = "UpdateUser: no"},
        {.operation = "UpdateUser",
         .status = 500,
         .content_type = XML,
         .body = FAULT("soap:Server", ""),
         .kind = DNP_FAULT,
         .outcome = DNP_UNKNOWN,
         .name = "Server",
         .message = "a fault that has no text"},
        {.operation = "GetUserById",
         .status = 500,
         .content_type = XML,
         .body = FAULT("soap:Server", "it broke   \r\nhere"),
         .kind = DNP_FAULT,
         .name = "Server",
         .message = "GetUserById: it broke"},
    };
    (void)state;
    CHECK_ALL(cases);
}

static void test_fault_message_is_one_line(void **state)
{
    static const struct expectation expected = {.operation = "UpdateUser",
                                                .status = 500,
                                                .content_type = XML,
                                                .body = FAULT("soap:Server", DOTNET "first  \r\nsecond\n third")};
    struct dnp_response *response = dnp_response_new(100000);
    struct recording recording;
    struct dnp_error error;
    (void)state;
    assert_false(give(response, &expected, &recording, 1000, &error));
    assert_string_equal(error.message, "UpdateUser: first");
    struct dnp_slice text = dnp_response_fault_text(response);
    assert_non_null(strstr(text.data, "third"));
    dnp_response_free(response);
}

/* A server's text goes to people's terminals. */
static void test_fault_message_is_harmless(void **state)
{
    static const struct expectation expected = {
        .operation = "UpdateUser",
        .status = 500,
        .content_type = XML,
        .body = FAULT("soap:Ser&#x1b;ver", "a\tb &#x1b;[31mred &#x7;&#x9b;1m p\xc3\xa4ss")};
    struct dnp_response *response = dnp_response_new(100000);
    struct recording recording;
    struct dnp_error error;
    (void)state;
    assert_false(give(response, &expected, &recording, 1000, &error));
    assert_string_equal(error.message, "UpdateUser: a b ?[31mred ???1m p\xc3\xa4ss");
    assert_string_equal(error.name, "Ser?ver");
    dnp_response_free(response);
}

static void test_names_are_cut_at_characters(void **state)
{
    struct dnp_error error;
    char name[200] = "";
    (void)state;
    for (size_t i = 0; i < 40; i++) {
        strcat(name, "\xc3\xa4");
    }
    (void)dnp_fail(&error, DNP_FAULT, "x%s", name);
    assert_string_equal(error.message + 1, name);
    dnp_error_set_name(&error, name);
    assert_int_equal(strlen(error.name) % 2, 0);
    assert_memory_equal(error.name, name, strlen(error.name));
    dnp_error_set_name(&error, name + 1);
    assert_int_equal((unsigned char)error.name[strlen(error.name) - 1], 0xa4);
}

static bool shout(void *context, struct dnp_buffer *out, struct dnp_slice text)
{
    (void)text;
    return *(bool *)context && dnp_buffer_puts(out, "clean");
}

static void test_fault_text_is_cleaned(void **state)
{
    static const struct expectation expected = {
        .operation = "UpdateUser", .status = 500, .content_type = XML, .body = FAULT("soap:Server", "dirty")};
    bool can = true;
    struct dnp_response *response = dnp_response_new(100000);
    struct recording recording;
    struct dnp_error error;
    (void)state;
    dnp_response_set_clean(response, shout, &can);
    assert_false(give(response, &expected, &recording, 1000, &error));
    assert_string_equal(error.message, "UpdateUser: clean");
    assert_string_equal(dnp_response_fault_text(response).data, "clean");
    can = false;
    assert_false(give(response, &expected, &recording, 1000, &error));
    assert_int_equal(error.kind, DNP_MEMORY);
    assert_int_equal(error.outcome, DNP_UNKNOWN);
    assert_null(strstr(error.message, "dirty"));
    assert_int_equal(dnp_response_fault_text(response).length, 0);
    dnp_response_free(response);
}

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

static void test_no_panel(void **state)
{
    static const struct expectation cases[] = {
        {.operation = "AddUser",
         .status = 200,
         .content_type = "Text/HTML; charset=x",
         .body = "<html></html>",
         .kind = DNP_PROTOCOL,
         .outcome = DNP_UNKNOWN,
         .message = "a response of type text/html instead of XML; is this a panel?"},
        {.operation = "AddUser",
         .status = 204,
         .content_type = "",
         .body = "",
         .kind = DNP_PROTOCOL,
         .outcome = DNP_UNKNOWN,
         .message = "without a content type"},
        {.operation = "AddUser",
         .status = 200,
         .content_type = "application/xhtml+xml",
         .body = "<html />",
         .kind = DNP_PROTOCOL,
         .outcome = DNP_UNKNOWN,
         .message = "is this a panel?"},
        {.operation = "GetUsers",
         .status = 200,
         .content_type = "text/plain\r\nX: y",
         .body = "",
         .kind = DNP_PROTOCOL,
         .message = "text/plain instead"},
        {.operation = "AddUser",
         .status = 200,
         .content_type = XML,
         .body = "<html></html>",
         .kind = DNP_PROTOCOL,
         .outcome = DNP_UNKNOWN,
         .name = "VersionMismatch",
         .message = "<html>"},
        {.operation = "AddUser",
         .status = 200,
         .content_type = XML,
         .body = "",
         .kind = DNP_PROTOCOL,
         .outcome = DNP_UNKNOWN,
         .message = "AddUser: "},
        {.operation = "GetUsers",
         .status = 200,
         .content_type = XML,
         .body = "<a",
         .kind = DNP_PROTOCOL,
         .message = "GetUsers: "},
        {.operation = "AddUser",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("DeleteUser", "<DeleteUserResult>0</DeleteUserResult>"),
         .kind = DNP_PROTOCOL,
         .outcome = DNP_UNKNOWN,
         .message = "DeleteUserResponse"},
        {.operation = "AddUser",
         .status = 200,
         .content_type = XML,
         .body = RESPONSE("AddUser", "<AddUserResult>many</AddUserResult>"),
         .kind = DNP_PROTOCOL,
         .outcome = DNP_UNKNOWN,
         .message = "AddUserResult"},
    };
    (void)state;
    CHECK_ALL(cases);
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

static void test_limit(void **state)
{
    static const struct expectation base = {.operation = "AddUser",
                                            .content_type = XML,
                                            .body = RESPONSE("AddUser", "<AddUserResult>5</AddUserResult>"),
                                            .kind = DNP_LIMIT,
                                            .outcome = DNP_UNKNOWN,
                                            .status = 200,
                                            .message = "max_response_bytes"};
    struct recording recording;
    struct dnp_error error;
    size_t length = strlen(base.body);
    (void)state;
    for (size_t piece = 1; piece <= length; piece += 50) {
        struct dnp_response *response = dnp_response_new(length);
        assert_true(give(response, &base, &recording, piece, &error));
        dnp_response_free(response);
        response = dnp_response_new(length - 1);
        assert_false(give(response, &base, &recording, piece, &error));
        check_error(&base, &error);
        dnp_response_free(response);
    }
}

/* A sink that stops ends the call, whatever it got. */
static void test_sink_that_stops(void **state)
{
    struct expectation expected = {
        .operation = "AddPackage",
        .status = 200,
        .content_type = XML,
        .body = RESPONSE("AddPackage", "<AddPackageResult><Result>-305</Result>" QUOTAS "</AddPackageResult>")};
    const struct dnp_response_head head = {.status = expected.status, .content_type = expected.content_type};
    struct dnp_response *response = dnp_response_new(100000);
    struct dnp_error error;
    (void)state;
    for (size_t stop_at = 1; stop_at <= 8; stop_at++) {
        struct recording recording;
        struct dnp_sink sink = recording_sink(&recording);
        struct dnp_slice body = dnp_slice_of(expected.body);
        recording.stop_at = stop_at;
        assert_true(
            dnp_response_begin(response, find("AddPackage"), dnp_find_dialect("dotnetpanel"), &head, &sink, &error));
        assert_false(dnp_response_feed(response, body, &error));
        assert_int_equal(recording.events, stop_at);
        assert_int_equal(error.outcome, DNP_UNKNOWN);
    }
    dnp_response_free(response);
    dnp_response_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_status_above_zero),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_responses_without_a_result),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_fault_message_is_one_line),
        cmocka_unit_test(test_fault_message_is_harmless),
        cmocka_unit_test(test_names_are_cut_at_characters),
        cmocka_unit_test(test_fault_text_is_cleaned),
        cmocka_unit_test(test_http),
        cmocka_unit_test(test_redirects),
        cmocka_unit_test(test_authentication_that_is_wanted),
        cmocka_unit_test(test_waiting),
        cmocka_unit_test(test_waiting_until_a_date),
        cmocka_unit_test(test_packed_responses),
        cmocka_unit_test(test_401_is_never_a_fault),
        cmocka_unit_test(test_no_panel),
        cmocka_unit_test(test_endless_error_page),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_sink_that_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
