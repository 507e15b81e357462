/*
 * Makes every allocation of a call fail, one after another: ours by the linker's wrapping, libxml2's and libcurl's
 * through their own hooks. Each failure must come back as an error, and the session must work again when memory is
 * back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <curl/curl.h>
#include <libxml/xmlmemory.h>

#include "canned_server.h"
#include "client/call.h"
#include "network_call.h"
#include "recording_sink.h"

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

#include "failing_memory.h"
#include "lookup/find.h"

#define NAMESPACE "http://officepark/dotnetpanel/enterpriseserver"
#define XML_DECLARATION "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
#define ENVELOPE(body)                                                                   \
    XML_DECLARATION "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">" \
                    "<s:Body>" body "</s:Body></s:Envelope>"

static char *duplicate(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = __wrap_malloc(size);
    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

struct scenario {
    const char *operation;
    int status;
    const char *body;
    enum dnp_error_kind kind; /* with enough memory */
};

static enum dnp_presence give(void *context, const struct dnp_field *field, size_t index, struct dnp_value *value,
                              struct dnp_error *error)
{
    (void)context, (void)index, (void)error;
    value->text = dnp_slice_of(field->type->kind == DNP_DATETIME ? "2024-01-02T03:04:05" : "a text of some length");
    value->integer = 1;
    value->count = 2;
    return field->type->kind == DNP_DATASET ? DNP_MISSING : DNP_PRESENT;
}

static void leave(void *context, const struct dnp_field *field)
{
    (void)context, (void)field;
}

static enum dnp_presence give_unknown(void *context, const struct dnp_field *field, struct dnp_slice *xml,
                                      struct dnp_error *error)
{
    (void)context, (void)field, (void)error;
    *xml = dnp_slice_of("<Newer><Field>1 &amp; 2</Field></Newer>");
    return DNP_PRESENT;
}

static struct dnp_session_options session_options(void)
{
    const struct dnp_session_options options = {.url = "http://127.0.0.1:9002/panel/",
                                                .username = "serveradmin",
                                                .password = "a s3cret password",
                                                .dialect = &dnp_dialects[0]};
    return options;
}

static bool feed(struct dnp_call *call, const char *body, struct dnp_error *error)
{
    const size_t most = 4096;
    struct dnp_slice left = dnp_slice_of(body);
    while (left.length > 0) {
        struct dnp_slice piece = {left.data, left.length < most ? left.length : most};
        if (!dnp_call_feed(call, piece, error)) {
            return false;
        }
        left.data += piece.length;
        left.length -= piece.length;
    }
    return true;
}

/* What of a call is shown in a trace. */
static bool show(const struct dnp_call *call, struct dnp_slice text, struct dnp_error *error)
{
    struct dnp_buffer out;
    dnp_buffer_init(&out, 1 << 20);
    bool good = dnp_call_redact(call, &out, text) || dnp_fail_memory(error);
    dnp_buffer_free(&out);
    return good;
}

static bool prepare(struct dnp_call *call, struct dnp_error *error)
{
    const struct dnp_source source = {NULL, give, leave, NULL, NULL, give_unknown};
    return dnp_call_encode(call, &source, error) && show(call, dnp_call_request(call)->clear, error) &&
           dnp_call_renew(call, error);
}

static bool take(struct dnp_call *call, const struct scenario *scenario, bool whole, struct dnp_error *error)
{
    const struct dnp_response_head head = {.status = scenario->status, .content_type = "text/xml; charset=utf-8"};
    struct recording recording;
    const struct dnp_sink sink = recording_sink(&recording);
    bool good = dnp_call_head(call, &head, &sink, error) &&
                (whole ? dnp_call_take_body(call, dnp_slice_of(scenario->body), error)
                       : feed(call, scenario->body, error) && dnp_call_finish(call, error));
    /* What is not known to have been done may have been. */
    if (!good && error->kind == DNP_MEMORY) {
        assert_int_equal(error->outcome == DNP_UNKNOWN, dnp_call_operation(call)->mutates);
    }
    return good && show(call, dnp_slice_of("a s3cret password"), error);
}

/* Calls without a network, those after the first with its memory; the last takes its response whole. */
static bool call(const struct scenario *scenario, struct dnp_error *error)
{
    const struct dnp_session_options options = session_options();
    const struct dnp_operation *operation = dnp_find_operation(scenario->operation, DNP_DOTNETPANEL);
    struct dnp_session *session = dnp_session_new(&options, error);
    bool good = session != NULL;
    for (int i = 0; good && i < 3; i++) {
        struct dnp_call *made = dnp_call_new(session, operation, error);
        good = made != NULL && prepare(made, error) && take(made, scenario, i == 2, error);
        dnp_call_free(made);
    }
    dnp_session_free(session);
    return good;
}

/* So many names that libxml2's dictionary is made anew before the next response. */
static char many_names[64 * 1024];

static void make_many_names(void)
{
    size_t used = (size_t)snprintf(
        many_names, sizeof many_names,
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><GetUserByIdResponse "
        "xmlns=\"" NAMESPACE "\"><GetUserByIdResult><UserId>5</UserId>");
    for (int i = 0; i < 2000; i++) {
        used += (size_t)snprintf(many_names + used, sizeof many_names - used, "<x xmlns=''><n%d/></x>", i);
    }
    (void)snprintf(many_names + used, sizeof many_names - used,
                   "</GetUserByIdResult></GetUserByIdResponse></s:Body></s:Envelope>");
}

static const struct scenario scenarios[] = {
    {"AddUser", 200,
     ENVELOPE("<AddUserResponse xmlns=\"" NAMESPACE "\"><AddUserResult>5</AddUserResult></AddUserResponse>"), DNP_OK},
    {"GetUsers", 200,
     ENVELOPE("<GetUsersResponse xmlns=\"" NAMESPACE
              "\"><GetUsersResult><UserInfo><UserId>5</UserId><Comments>a &amp; b"
              "</Comments><Newer><Field>1</Field></Newer></UserInfo><UserInfo x='y'><UserId>6</UserId></UserInfo>"
              "</GetUsersResult></GetUsersResponse>"),
     DNP_OK},
    {"AddPackage", 200,
     ENVELOPE("<AddPackageResponse xmlns=\"" NAMESPACE "\"><AddPackageResult><Result>-305</Result><ExceedingQuotas>"
              "<xs:schema id=\"NewDataSet\" xmlns=\"\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><xs:element "
              "name=\"NewDataSet\"><xs:complexType><xs:choice><xs:element name=\"Table\"><xs:complexType><xs:sequence>"
              "<xs:element name=\"QuotaID\" type=\"xs:int\"/><xs:element name=\"QuotaName\" type=\"xs:string\"/>"
              "</xs:sequence></xs:complexType></xs:element></xs:choice></xs:complexType></xs:element></xs:schema>"
              "<d:diffgram xmlns:d=\"urn:schemas-microsoft-com:xml-diffgram-v1\"><NewDataSet xmlns=\"\"><Table "
              "d:id=\"Table1\"><QuotaID>11</QuotaID><QuotaName>OS.Diskspace</QuotaName></Table></NewDataSet>"
              "</d:diffgram></ExceedingQuotas></AddPackageResult></AddPackageResponse>"),
     DNP_REFUSED},
    {"UpdateUser", 500,
     ENVELOPE("<s:Fault><faultcode>s:Server</faultcode><faultstring>Object reference not set: a s3cret password"
              "</faultstring><detail><error>1</error></detail></s:Fault>"),
     DNP_FAULT},
    {"GetUserById", 200, "<html><body>not a panel</body></html>", DNP_PROTOCOL},
    {"GetUserById", 200, many_names, DNP_OK},
};

static long forgiven;

/* Returns false when the scenario allocates fewer than `n` + 1 times. */
static bool fail_at(const struct scenario *scenario, long n)
{
    struct dnp_error failure = {0};
    countdown = n;
    has_failed = false;
    bool good = call(scenario, &failure);
    bool failed = has_failed;
    countdown = -1;
    has_failed = false;
    if (failed && (good || failure.kind == scenario->kind)) {
        forgiven++; /* a response that cannot be remembered is parsed the next time */
    } else if (failed) {
        /* libxml2 takes some names that it could not copy for missing, and says that the XML is wrong. */
        if (failure.kind != DNP_MEMORY && failure.kind != DNP_PROTOCOL) {
            fail_msg("%s, allocation %ld: %s", scenario->operation, n, failure.message);
        }
    }
    return failed;
}

static void fail_everywhere(const struct scenario *scenario)
{
    struct dnp_error error = {0};
    assert_int_equal(call(scenario, &error), scenario->kind == DNP_OK);
    assert_true(scenario->kind == DNP_OK || error.kind == scenario->kind);
    long n = 0;
    forgiven = 0;
    while (fail_at(scenario, n)) {
        n++;
    }
    assert_true(forgiven <= 4 && n > 10 * forgiven);
    assert_true(n > 5);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        for_good = false;
        fail_everywhere(&scenarios[i]);
        for_good = true;
        fail_everywhere(&scenarios[i]);
    }
}

/* What cannot be known to be clean is not shown. */
static void secrets_that_were_lost_show_nothing(void **state)
{
    struct dnp_secrets secrets;
    struct dnp_buffer out;
    (void)state;
    dnp_secrets_init(&secrets);
    dnp_buffer_init(&out, 1000);
    for_good = false;
    countdown = 0;
    assert_false(dnp_secrets_add(&secrets, dnp_slice_of("a s3cret password")));
    countdown = -1;
    has_failed = false;
    assert_false(dnp_secrets_redact(&secrets, &out, dnp_slice_of("a s3cret password")));
    assert_int_equal(out.length, 0);
    dnp_secrets_clear(&secrets);
    assert_true(dnp_secrets_add(&secrets, dnp_slice_of("a s3cret password")));
    assert_true(dnp_secrets_redact(&secrets, &out, dnp_slice_of("a s3cret password")));
    assert_string_equal(out.data, "[redacted]");
    dnp_buffer_free(&out);
    dnp_secrets_free(&secrets);
}

/* An excerpt for a trace is not worth failing a call for. */
static void excerpts_may_be_lost(void **state)
{
    struct dnp_session_options options = session_options();
    struct dnp_error error = {0};
    struct recording recording;
    const struct dnp_sink sink = recording_sink(&recording);
    const struct dnp_response_head head = {.status = 200, .content_type = "text/xml"};
    (void)state;
    options.keep_excerpts = true;
    struct dnp_session *session = dnp_session_new(&options, &error);
    assert_non_null(session);
    struct dnp_call *made = dnp_call_new(session, dnp_find_operation("AddUser", DNP_DOTNETPANEL), &error);
    assert_non_null(made);
    assert_true(dnp_call_head(made, &head, &sink, &error));
    for_good = false;
    countdown = 0;
    bool good = dnp_call_feed(made, dnp_slice_of(" "), &error);
    assert_true(has_failed);
    countdown = -1;
    has_failed = false;
    assert_true(good);
    assert_true(feed(made, scenarios[0].body + strlen(XML_DECLARATION), &error));
    assert_true(dnp_call_finish(made, &error));
    assert_int_equal(dnp_call_excerpt(made).length, 0);
    dnp_call_free(made);
    dnp_session_free(session);
}

/* ---- what an engine says ---- */

/* The error of a call that broke is one in any case, and shows no secret. */
static bool break_at(struct dnp_session *session, long n)
{
    const struct dnp_failure failure = {
        .name = "connection_lost", .reason = "sent a s3cret password", .sent = DNP_SENT};
    struct dnp_error error = {0};
    struct dnp_call *made = dnp_call_new(session, dnp_find_operation("AddUser", DNP_DOTNETPANEL), &error);
    assert_non_null(made);
    assert_true(prepare(made, &error));
    countdown = n;
    has_failed = false;
    assert_false(dnp_call_fail(made, &failure, &error));
    bool failed = has_failed;
    countdown = -1;
    has_failed = false;
    assert_int_equal(error.kind, DNP_TRANSPORT);
    assert_int_equal(error.outcome, DNP_UNKNOWN);
    assert_string_equal(error.name, "connection_lost");
    assert_true(strlen(error.message) > 0);
    assert_null(strstr(error.message, "s3cret"));
    dnp_call_free(made);
    return failed;
}

static void every_allocation_of_a_broken_call_may_fail(void **state)
{
    const struct dnp_session_options options = session_options();
    struct dnp_error error;
    struct dnp_session *session = dnp_session_new(&options, &error);
    long n = 0;
    (void)state;
    assert_non_null(session);
    for_good = true;
    while (break_at(session, n)) {
        n++;
    }
    assert_true(n > 0);
    dnp_session_free(session);
}

/* ---- with a network ---- */

#define ADDED ENVELOPE("<AddUserResponse xmlns=\"" NAMESPACE "\"><AddUserResult>5</AddUserResult></AddUserResponse>")

static bool send_and_read(struct connected *connected, struct dnp_error *error)
{
    const struct dnp_source source = {NULL, give, leave, NULL, NULL, give_unknown};
    struct recording recording;
    const struct dnp_sink sink = recording_sink(&recording);
    return make_call(connected, "AddUser", &source, &sink, error);
}

/* A change over a new connection, with memory that ends at allocation `n`, then once more with enough of it. Returns
 * false when `n` is beyond the last one. */
static bool transfer_fails_at(long n)
{
    char url[64];
    char response[1024];
    (void)snprintf(response, sizeof response,
                   "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %zu\r\n\r\n%s", strlen(ADDED), ADDED);
    const struct canned canned = {.bytes = response};
    const struct dnp_transport_options transport = {.timeout = 5, .connect_timeout = 5, .proxy = ""};
    struct dnp_session_options options = session_options();
    struct dnp_error failure = {0};
    struct dnp_error error = {0};
    struct connected connected;
    struct server *server = server_start(&canned, 1);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", server->port);
    options.url = url;
    countdown = n;
    has_failed = false;
    bool made = connect_session(&connected, &options, &transport, &failure);
    bool good = made && send_and_read(&connected, &failure);
    bool failed = has_failed;
    countdown = -1;
    has_failed = false;
    assert_true(good || failed); /* libcurl does without some of its memory */
    if (made && !send_and_read(&connected, &error)) {
        fail_msg("allocation %ld: afterwards %s", n, error.message);
    }
    disconnect(&connected);
    server_stop(server);
    /* What is said not to have been done is not among the requests that came. */
    size_t most = (good || failure.outcome == DNP_UNKNOWN ? 1U : 0U) + (made ? 1U : 0U);
    if (server->requests > most) {
        fail_msg("allocation %ld: sent, but %s", n, failure.message);
    }
    free(server);
    return failed;
}

static void every_allocation_of_a_transfer_may_fail(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        long n = 0;
        for_good = i > 0;
        while (transfer_fails_at(n)) {
            n++;
        }
        assert_true(n > 50);
    }
}

int main(void)
{
    if (xmlMemSetup(free, __wrap_malloc, __wrap_realloc, duplicate) != 0 ||
        curl_global_init_mem(CURL_GLOBAL_DEFAULT, __wrap_malloc, free, __wrap_realloc, duplicate, __wrap_calloc) != 0) {
        return 1;
    }
    make_many_names();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(secrets_that_were_lost_show_nothing),
        cmocka_unit_test(excerpts_may_be_lost),
        cmocka_unit_test(every_allocation_of_a_broken_call_may_fail),
        cmocka_unit_test(every_allocation_of_a_transfer_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
