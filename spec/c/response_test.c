/* What responses mean: results, refusals, what is not a response, and what ends one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lookup/find.h"
#include "response_cases.h"

#define QUOTAS                                                                                                \
    "<ExceedingQuotas><xs:schema id=\"NewDataSet\" xmlns=\"\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">" \
    "<xs:element name=\"NewDataSet\"><xs:complexType><xs:choice><xs:element name=\"Table\"><xs:complexType>"  \
    "<xs:sequence><xs:element name=\"QuotaName\" type=\"xs:string\" minOccurs=\"0\" /></xs:sequence>"         \
    "</xs:complexType></xs:element></xs:choice></xs:complexType></xs:element></xs:schema>"                    \
    "<diffgr:diffgram xmlns:diffgr=\"urn:schemas-microsoft-com:xml-diffgram-v1\"><NewDataSet xmlns=\"\">"     \
    "<Table><QuotaName>OS.Bandwidth</QuotaName></Table></NewDataSet></diffgr:diffgram></ExceedingQuotas>"

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
        cmocka_unit_test(test_values),          cmocka_unit_test(test_status_above_zero),
        cmocka_unit_test(test_refusals),        cmocka_unit_test(test_responses_without_a_result),
        cmocka_unit_test(test_no_panel),        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_sink_that_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
