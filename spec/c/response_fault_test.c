/* What faults become: kind, outcome, and a message of one line that a terminal can show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "response_cases.h"

#define DOTNET "System.Web.Services.Protocols.SoapException: "

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_fault_message_is_one_line),
        cmocka_unit_test(test_fault_message_is_harmless),
        cmocka_unit_test(test_names_are_cut_at_characters),
        cmocka_unit_test(test_fault_text_is_cleaned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
