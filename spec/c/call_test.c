/*
 * One call: what it sends, what it makes of what comes back, and what becomes of it when something breaks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client_calls.h"
#include "lookup/find.h"

/* ---- requests ---- */

static void test_request(void **state)
{
    struct dnp_session *session = new_session();
    struct dnp_call *call = prepared_call(session, "AddUser");
    const struct dnp_call_request *request = dnp_call_request(call);
    (void)state;
    assert_ptr_equal(dnp_call_operation(call), find("AddUser"));
    assert_string_equal(request->url, "http://host:9002/panel/esUsers.asmx");
    assert_string_equal(request->path, "/panel/esUsers.asmx");
    assert_ptr_equal(request->address, dnp_session_address(session));
    assert_string_equal(request->headers[0], "Content-Type: text/xml; charset=utf-8");
    assert_string_equal(request->headers[1], "SOAPAction: \"" NAMESPACE "/AddUser\"");
    assert_string_equal(request->headers[2], "Authorization: Basic " AUTHORIZATION);
    assert_string_equal(request->headers[3], "User-Agent: lua-dnp/" DNP_VERSION);
    assert_null(request->headers[4]);
    assert_int_equal(strlen(request->body.data), request->body.length);
    assert_non_null(strstr(request->body.data, "<Username>bob</Username>"));
    assert_non_null(strstr(request->body.data, "<Password>t0p&amp;secret</Password>"));
    assert_ptr_equal(request->clear.data, request->body.data);
    assert_int_equal(dnp_call_status(call), 0);
    assert_false(dnp_call_decided(call));
    dnp_call_free(call);
    dnp_session_free(session);
}

static void test_authentication_takes_no_credentials(void **state)
{
    struct dnp_session *session = new_session();
    struct dnp_call *call = prepared_call(session, "AuthenticateUser");
    const struct dnp_call_request *request = dnp_call_request(call);
    (void)state;
    assert_string_equal(request->url, "http://host:9002/panel/esAuthentication.asmx");
    assert_string_equal(request->headers[2], "User-Agent: lua-dnp/" DNP_VERSION);
    assert_null(request->headers[3]);
    dnp_call_free(call);
    dnp_session_free(session);
}

static void test_paths(void **state)
{
    static const struct {
        const char *url;
        const char *request_url;
        const char *path;
    } cases[] = {
        {"http://host", "http://host/esUsers.asmx", "/esUsers.asmx"},
        {"http://host/", "http://host/esUsers.asmx", "/esUsers.asmx"},
        {"https://[::1]:9002/a/b//", "https://[::1]:9002/a/b/esUsers.asmx", "/a/b/esUsers.asmx"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dnp_session_options options = session_options();
        options.url = cases[i].url;
        struct dnp_session *session = session_with(&options);
        struct dnp_call *call = prepared_call(session, "UserExists");
        assert_string_equal(dnp_call_request(call)->url, cases[i].request_url);
        assert_string_equal(dnp_call_request(call)->path, cases[i].path);
        dnp_call_free(call);
        dnp_session_free(session);
    }
}

static void test_operation_of_another_dialect(void **state)
{
    struct dnp_session *session = new_session();
    struct dnp_operation foreign = *find("AddUser");
    struct dnp_error error;
    (void)state;
    foreign.dialects = DNP_SOLIDCP;
    assert_null(dnp_call_new(session, &foreign, &error));
    assert_int_equal(error.kind, DNP_USAGE);
    assert_string_equal(error.message, "AddUser is not an operation of DotNetPanel");
    dnp_session_free(session);
}

static char *long_text(size_t length, const char *beginning)
{
    char *text = malloc(length + 1);
    assert_non_null(text);
    memset(text, 'x', length);
    memcpy(text, beginning, strlen(beginning));
    text[length] = '\0';
    return text;
}

static void expect_too_large(struct dnp_session *session, const struct pair *pairs)
{
    const struct dnp_source source = source_of(pairs);
    struct dnp_call *call = new_call(session, "UserExists");
    struct dnp_error error;
    assert_false(dnp_call_encode(call, &source, &error));
    assert_int_equal(error.kind, DNP_LIMIT);
    assert_int_equal(error.outcome, DNP_NOT_DONE);
    assert_memory_equal(error.message, "UserExists: ", 12);
    assert_null(dnp_call_request(call));
    dnp_call_free(call);
}

static void test_request_that_is_too_large(void **state)
{
    struct dnp_session *session = new_session();
    char *text = long_text((size_t)9 << 20, "");
    const struct pair pairs[] = {{"username", text}, {NULL, NULL}};
    (void)state;
    expect_too_large(session, pairs);
    dnp_call_free(prepared_call(session, "UserExists"));
    free(text);
    dnp_session_free(session);
}

static void test_url_that_is_too_long(void **state)
{
    char *url = long_text((size_t)64 << 10, "http://host/");
    struct dnp_session_options options = session_options();
    (void)state;
    options.url = url;
    struct dnp_session *session = session_with(&options);
    expect_too_large(session, user);
    dnp_session_free(session);
    free(url);
}

static enum dnp_presence refuse(void *context, const struct dnp_field *field, size_t index, struct dnp_value *value,
                                struct dnp_error *error)
{
    (void)context, (void)index, (void)value;
    (void)dnp_fail(error, DNP_USAGE, "%s is wrong", field->name);
    return DNP_INVALID;
}

static void test_source_that_refuses(void **state)
{
    struct dnp_session *session = new_session();
    const struct dnp_source source = {.get = refuse, .leave = leave_pair};
    struct dnp_call *call = new_call(session, "UserExists");
    struct dnp_error error;
    (void)state;
    assert_false(dnp_call_encode(call, &source, &error));
    assert_int_equal(error.kind, DNP_USAGE);
    assert_string_equal(error.message, "username is wrong");
    assert_null(dnp_call_request(call));
    dnp_call_free(call);
    dnp_session_free(session);
}

static jmp_buf escape;

static enum dnp_presence escape_from_source(void *context, const struct dnp_field *field, size_t index,
                                            struct dnp_value *value, struct dnp_error *error)
{
    (void)context, (void)field, (void)index, (void)value, (void)error;
    longjmp(escape, 1);
}

static void test_source_that_leaves(void **state)
{
    struct dnp_session *session = new_session();
    const struct dnp_source source = {.get = escape_from_source, .leave = leave_pair};
    struct dnp_call *call = new_call(session, "UserExists");
    struct dnp_error error;
    (void)state;
    if (setjmp(escape) == 0) {
        (void)dnp_call_encode(call, &source, &error);
        fail();
    }
    assert_null(dnp_call_request(call));
    dnp_call_free(call);
    dnp_call_free(prepared_call(session, "UserExists"));
    dnp_session_free(session);
}

/* ---- responses ---- */

static void test_responses(void **state)
{
    struct dnp_session *session = new_session();
    struct recording recording;
    struct dnp_error error;
    (void)state;
    for (size_t piece = 1; piece < 80; piece++) {
        struct dnp_call *call = prepared_call(session, "AddUser");
        if (!response_in_pieces(call, 200, "text/xml", ADDED, piece, &recording, &error)) {
            fail_msg("%s", error.message);
        }
        assert_string_equal(recording.text, "AddUserResult=7;");
        assert_int_equal(dnp_call_status(call), 200);
        assert_int_equal(dnp_call_excerpt(call).length, 0);
        assert_int_equal(dnp_call_fault_text(call).length, 0);
        assert_int_equal(dnp_call_fault_detail(call).length, 0);
        assert_null(dnp_call_remark(call));
        assert_false(dnp_call_wants_again(call));
        dnp_call_free(call);
    }
    dnp_session_free(session);
}

static void test_responses_got_elsewhere(void **state)
{
    struct dnp_session *session = new_session();
    struct dnp_call *call = new_call(session, "AddUser");
    struct recording recording;
    struct dnp_error error;
    (void)state;
    assert_true(response(call, 200, ADDED, &recording, &error));
    assert_string_equal(recording.text, "AddUserResult=7;");
    dnp_call_free(call);
    call = new_call(session, "AddUser");
    assert_false(response(call, 500, FAULT("soap:Server", "by pa&amp;ss&lt;word>"), &recording, &error));
    assert_string_equal(error.message, "AddUser: by [redacted]");
    assert_false(dnp_call_renew(call, &error));
    assert_int_equal(error.kind, DNP_USAGE);
    dnp_call_free(call);
    dnp_session_free(session);
}

static void test_remarks_belong_to_one_call(void **state)
{
    struct dnp_session *session = new_session();
    const struct dnp_failure failure = {.name = "connection_lost"};
    const struct dnp_operation *operation = find("AuthenticateUser");
    struct recording recording;
    struct dnp_error error;
    char body[1000];
    (void)state;
    assert_non_null(operation->positive);
    (void)snprintf(body, sizeof body,
                   RESPONSE("AuthenticateUser", "<AuthenticateUserResult>%d</AuthenticateUserResult>"),
                   (int)operation->positive[0]);
    struct dnp_call *call = prepared_call(session, "AuthenticateUser");
    bool good = response(call, 200, body, &recording, &error);
    const struct dnp_business_code *code = dnp_find_business_code(operation->positive[0]);
    assert_int_equal(good, code->done);
    assert_string_equal(good ? dnp_call_remark(call) : error.name, code->name);
    dnp_call_free(call);
    call = prepared_call(session, "AuthenticateUser");
    assert_null(dnp_call_remark(call));
    assert_false(dnp_call_fail(call, &failure, &error));
    assert_null(dnp_call_remark(call));
    dnp_call_free(call);
    dnp_session_free(session);
}

static void test_failed_responses(void **state)
{
    static const struct {
        const char *operation;
        int status;
        const char *content_type;
        const char *body;
        enum dnp_error_kind kind;
        enum dnp_outcome outcome;
        const char *name;
    } cases[] = {
        {"AddUser", 500, "text/xml", FAULT("soap:Server", "no"), DNP_FAULT, DNP_UNKNOWN, "Server"},
        {"AddUser", 500, "text/xml", FAULT("soap:Client", "no"), DNP_FAULT, DNP_NOT_DONE, "Client"},
        {"AddUser", 200, "text/xml", RESPONSE("AddUser", "<AddUserResult>-100</AddUserResult>"), DNP_REFUSED,
         DNP_NOT_DONE, "ERROR_USER_ALREADY_EXISTS"},
        {"AddUser", 200, "text/xml", "<soap:Envelope", DNP_PROTOCOL, DNP_UNKNOWN, ""},
        {"AddUser", 200, "text/html", "<html>", DNP_PROTOCOL, DNP_UNKNOWN, ""},
        {"AddUser", 502, "text/html", "<html>", DNP_HTTP, DNP_UNKNOWN, ""},
        {"AddUser", 404, "text/html", "<html>", DNP_HTTP, DNP_NOT_DONE, ""},
        {"UserExists", 500, "text/xml", FAULT("soap:Server", "no"), DNP_FAULT, DNP_NOT_DONE, "Server"},
        {"UserExists", 200, "text/html", "", DNP_PROTOCOL, DNP_NOT_DONE, ""},
        {"UserExists", 200, NULL, "", DNP_PROTOCOL, DNP_NOT_DONE, ""},
        {"UserExists", 502, "text/html", "", DNP_HTTP, DNP_NOT_DONE, ""},
        {"GetUserById", 200, "text/xml", RESPONSE("GetUserById", ""), DNP_ABSENT, DNP_NOT_DONE, ""},
    };
    struct dnp_session *session = new_session();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dnp_call *call = prepared_call(session, cases[i].operation);
        struct recording recording;
        struct dnp_error error;
        size_t length = strlen(cases[i].operation);
        assert_false(
            response_in_pieces(call, cases[i].status, cases[i].content_type, cases[i].body, 7, &recording, &error));
        if (error.kind != cases[i].kind || error.outcome != cases[i].outcome) {
            fail_msg("case %zu: kind %d, outcome %d: %s", i, (int)error.kind, (int)error.outcome, error.message);
        }
        assert_string_equal(error.name, cases[i].name);
        assert_int_equal(error.http_status, cases[i].status);
        assert_memory_equal(error.message, cases[i].operation, length);
        assert_memory_equal(error.message + length, ": ", 2);
        dnp_call_free(call);
    }
    dnp_session_free(session);
}

static void test_decided_by_the_head(void **state)
{
    struct dnp_session *session = new_session();
    struct dnp_call *call = prepared_call(session, "AddUser");
    struct recording recording;
    const struct dnp_sink sink = recording_sink(&recording);
    const struct dnp_response_head head = {.status = 503, .content_type = "text/html"};
    struct dnp_error error;
    (void)state;
    assert_true(dnp_call_head(call, &head, &sink, &error));
    assert_true(dnp_call_decided(call));
    assert_false(dnp_call_finish(call, &error));
    assert_int_equal(error.kind, DNP_HTTP);
    dnp_call_free(call);
    dnp_session_free(session);
}

static void test_sink_that_stops(void **state)
{
    struct dnp_session *session = new_session();
    struct dnp_call *call = prepared_call(session, "AddUser");
    const struct dnp_response_head head = {.status = 200, .content_type = "text/xml"};
    struct recording recording;
    const struct dnp_sink sink = recording_sink(&recording);
    struct dnp_error error;
    (void)state;
    recording.stop_at = 1;
    assert_true(dnp_call_head(call, &head, &sink, &error));
    assert_false(dnp_call_decided(call));
    assert_false(dnp_call_feed(call, dnp_slice_of(ADDED), &error));
    assert_int_equal(error.outcome, DNP_UNKNOWN);
    dnp_call_free(call);
    dnp_session_free(session);
}

static bool escape_from_sink(void *context, const struct dnp_field *field, const struct dnp_value *value)
{
    (void)context, (void)field, (void)value;
    longjmp(escape, 1);
}

static void test_sink_that_leaves(void **state)
{
    struct dnp_session *session = new_session();
    struct dnp_call *call = prepared_call(session, "AddUser");
    const struct dnp_response_head head = {.status = 200, .content_type = "text/xml"};
    struct recording recording;
    struct dnp_sink sink = recording_sink(&recording);
    struct dnp_error error;
    (void)state;
    sink.value = escape_from_sink;
    assert_true(dnp_call_head(call, &head, &sink, &error));
    if (setjmp(escape) == 0) {
        (void)dnp_call_feed(call, dnp_slice_of(ADDED), &error);
        fail();
    }
    dnp_call_free(call);
    call = prepared_call(session, "AddUser"); /* with the same decoder */
    assert_true(response(call, 200, ADDED, &recording, &error));
    assert_string_equal(recording.text, "AddUserResult=7;");
    dnp_call_free(call);
    dnp_session_free(session);
}

/* ---- what breaks ---- */

static const struct dnp_failure lost = {.name = "connection_lost", .reason = "reset by peer", .sent = DNP_SENT};

static void test_broken_before_the_head(void **state)
{
    static const struct dnp_failure refused = {.name = "connection_refused", .sent = DNP_NOT_SENT};
    struct dnp_session *session = new_session();
    struct dnp_call *call = prepared_call(session, "AddUser");
    struct dnp_error error;
    (void)state;
    assert_false(dnp_call_fail(call, &refused, &error));
    assert_int_equal(error.kind, DNP_TRANSPORT);
    assert_int_equal(error.outcome, DNP_NOT_DONE);
    assert_int_equal(error.http_status, 0);
    assert_string_equal(error.name, "connection_refused");
    assert_string_equal(error.message, "AddUser: cannot connect to host:9002");
    assert_int_equal(dnp_call_status(call), 0);
    dnp_call_free(call);
    call = prepared_call(session, "AddUser");
    assert_false(dnp_call_fail(call, &lost, &error));
    assert_int_equal(error.outcome, DNP_UNKNOWN);
    assert_string_equal(error.message, "AddUser: the connection was lost while waiting for host:9002 (reset by peer)");
    dnp_call_free(call);
    call = prepared_call(session, "UserExists");
    assert_false(dnp_call_fail(call, &lost, &error));
    assert_int_equal(error.outcome, DNP_NOT_DONE);
    dnp_call_free(call);
    dnp_session_free(session);
}

static bool begin_and_break(struct dnp_session *session, int status, const char *content_type, const char *body,
                            struct dnp_error *error)
{
    struct dnp_call *call = prepared_call(session, "AddUser");
    const struct dnp_response_head head = {.status = status, .content_type = content_type};
    struct recording recording;
    const struct dnp_sink sink = recording_sink(&recording);
    assert_true(dnp_call_head(call, &head, &sink, error));
    assert_true(dnp_call_feed(call, dnp_slice_of(body), error));
    bool good = dnp_call_fail(call, &lost, error);
    assert_int_equal(dnp_call_status(call), status);
    dnp_call_free(call);
    return good;
}

static void test_broken_after_the_head(void **state)
{
    struct dnp_session *session = new_session();
    struct dnp_error error;
    (void)state;
    /* Even a whole envelope: what was to come behind it is not known. */
    assert_false(begin_and_break(session, 200, "text/xml", ADDED, &error));
    assert_int_equal(error.kind, DNP_TRANSPORT);
    assert_int_equal(error.outcome, DNP_UNKNOWN);
    assert_int_equal(error.http_status, 200);
    assert_memory_equal(error.message, "AddUser: the connection was lost", 32);
    assert_false(begin_and_break(session, 200, "text/xml", "<soap:Env", &error));
    assert_int_equal(error.kind, DNP_TRANSPORT);
    /* The status has said enough, whatever becomes of the page. */
    assert_false(begin_and_break(session, 502, "text/html", "<html>", &error));
    assert_int_equal(error.kind, DNP_HTTP);
    assert_int_equal(error.http_status, 502);
    assert_int_equal(error.outcome, DNP_UNKNOWN);
    assert_false(begin_and_break(session, 401, "text/xml", "", &error));
    assert_int_equal(error.kind, DNP_HTTP);
    assert_int_equal(error.outcome, DNP_NOT_DONE);
    dnp_session_free(session);
}

/* ---- once more ---- */

static void test_renewed(void **state)
{
    struct dnp_session_options options = session_options();
    options.keep_excerpts = true;
    struct dnp_session *session = session_with(&options);
    struct dnp_call *call = prepared_call(session, "UserExists");
    struct dnp_error error;
    struct recording recording;
    char *before = strdup(dnp_call_request(call)->body.data);
    (void)state;
    assert_non_null(before);
    assert_false(response(call, 500, FAULT("soap:Server", "busy"), &recording, &error));
    assert_string_equal(dnp_call_fault_text(call).data, "busy");
    assert_true(dnp_call_renew(call, &error));
    assert_string_equal(dnp_call_request(call)->body.data, before);
    assert_string_equal(dnp_call_request(call)->headers[2], "Authorization: Basic " AUTHORIZATION);
    assert_int_equal(dnp_call_status(call), 0);
    assert_int_equal(dnp_call_fault_text(call).length, 0);
    assert_int_equal(dnp_call_excerpt(call).length, 0);
    assert_false(dnp_call_decided(call));
    assert_true(response(call, 200, EXISTS, &recording, &error));
    assert_string_equal(recording.text, "UserExistsResult=true;");
    assert_string_equal(dnp_call_excerpt(call).data, EXISTS);
    free(before);
    dnp_call_free(call);
    dnp_session_free(session);
}

static void test_renewed_after_it_broke(void **state)
{
    struct dnp_session *session = new_session();
    struct dnp_call *call = prepared_call(session, "UserExists");
    struct dnp_error error;
    struct recording recording;
    (void)state;
    assert_false(dnp_call_fail(call, &lost, &error));
    assert_true(dnp_call_renew(call, &error));
    assert_true(response(call, 200, EXISTS, &recording, &error));
    assert_string_equal(recording.text, "UserExistsResult=true;");
    dnp_call_free(call);
    dnp_session_free(session);
}

/* Whatever state one was left in, the next call begins at the beginning. */
static void test_given_up(void **state)
{
    struct dnp_session *session = new_session();
    struct dnp_call *call = prepared_call(session, "AddUser");
    const struct dnp_response_head head = {.status = 502, .content_type = "text/html"};
    struct recording recording;
    const struct dnp_sink sink = recording_sink(&recording);
    struct dnp_error error;
    (void)state;
    assert_true(dnp_call_head(call, &head, &sink, &error));
    assert_true(dnp_call_decided(call));
    dnp_call_free(call);
    call = prepared_call(session, "AddUser");
    assert_false(dnp_call_decided(call));
    assert_int_equal(dnp_call_status(call), 0);
    assert_false(dnp_call_fail(call, &lost, &error));
    assert_int_equal(error.kind, DNP_TRANSPORT);
    assert_int_equal(error.http_status, 0);
    dnp_call_free(call);
    dnp_session_free(session);
}

/* ---- what is held ---- */

#define LIST_HEAD "<GetUsersResponse xmlns=\"" NAMESPACE "\"><GetUsersResult>"
#define LIST_ITEM "<UserInfo><UserId>5</UserId><Username>somebody</Username></UserInfo>"

/* Feeds a list of so many items to a call that may hold 4,000 bytes. */
static bool feed_list(size_t items, bool consumed, struct dnp_error *error)
{
    static const struct pair owner[] = {{"ownerId", "1"}, {"recursive", "true"}, {NULL, NULL}};
    struct dnp_session_options options = session_options();
    options.max_response_bytes = 4000;
    struct dnp_session *session = session_with(&options);
    struct dnp_call *call = call_with(session, "GetUsers", owner);
    const struct dnp_response_head head = {.status = 200, .content_type = "text/xml"};
    struct recording recording;
    const struct dnp_sink sink = recording_sink(&recording);
    bool good = dnp_call_head(call, &head, &sink, error) &&
                dnp_call_feed(call,
                              dnp_slice_of("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">"
                                           "<s:Body>" LIST_HEAD),
                              error);
    for (size_t i = 0; good && i < items; i++) {
        good = dnp_call_feed(call, dnp_slice_of(LIST_ITEM), error);
        if (consumed) {
            dnp_call_consumed(call);
        }
    }
    good = good &&
           dnp_call_feed(call, dnp_slice_of("</GetUsersResult></GetUsersResponse></s:Body></s:Envelope>"), error) &&
           dnp_call_finish(call, error);
    assert_true(!good || recording.events > items);
    dnp_call_free(call);
    dnp_session_free(session);
    return good;
}

static void test_consumed(void **state)
{
    struct dnp_error error;
    (void)state;
    assert_true(feed_list(10, false, &error));
    assert_false(feed_list(1000, false, &error));
    assert_int_equal(error.kind, DNP_LIMIT);
    if (!feed_list(1000, true, &error)) {
        fail_msg("%s", error.message);
    }
}

static void test_excerpts(void **state)
{
    struct dnp_session_options options = session_options();
    options.keep_excerpts = true;
    struct dnp_session *session = session_with(&options);
    struct dnp_call *call = prepared_call(session, "AddUser");
    struct recording recording;
    struct dnp_error error;
    char *page = long_text(200000, ADDED);
    (void)state;
    memset(page + strlen(ADDED), ' ', 200000 - strlen(ADDED));
    assert_true(response_in_pieces(call, 200, "text/xml", page, 1000, &recording, &error));
    assert_int_equal(dnp_call_excerpt(call).length, DNP_RESPONSE_EXCERPT);
    assert_memory_equal(dnp_call_excerpt(call).data, ADDED, strlen(ADDED));
    dnp_call_free(call);
    call = prepared_call(session, "AddUser");
    assert_int_equal(dnp_call_excerpt(call).length, 0);
    dnp_call_free(call);
    free(page);
    dnp_session_free(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_authentication_takes_no_credentials),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_operation_of_another_dialect),
        cmocka_unit_test(test_request_that_is_too_large),
        cmocka_unit_test(test_url_that_is_too_long),
        cmocka_unit_test(test_source_that_refuses),
        cmocka_unit_test(test_source_that_leaves),
        cmocka_unit_test(test_responses),
        cmocka_unit_test(test_responses_got_elsewhere),
        cmocka_unit_test(test_remarks_belong_to_one_call),
        cmocka_unit_test(test_failed_responses),
        cmocka_unit_test(test_decided_by_the_head),
        cmocka_unit_test(test_sink_that_stops),
        cmocka_unit_test(test_sink_that_leaves),
        cmocka_unit_test(test_broken_before_the_head),
        cmocka_unit_test(test_broken_after_the_head),
        cmocka_unit_test(test_renewed),
        cmocka_unit_test(test_renewed_after_it_broke),
        cmocka_unit_test(test_given_up),
        cmocka_unit_test(test_consumed),
        cmocka_unit_test(test_excerpts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
