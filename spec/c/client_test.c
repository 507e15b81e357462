/*
 * The client as a program uses it, over libcurl against canned servers: what arrives there, how often, and what is made
 * of what comes back. What a call and a transport do by themselves is in call_test.c and transport_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "canned_server.h"
#include "client_calls.h"
#include "network_call.h"

struct meeting {
    struct server *server;
    struct connected connected;
    struct recording recording;
    struct dnp_error error;
};

static void meet(struct meeting *meeting, int port, double timeout)
{
    char url[64];
    struct dnp_session_options options = session_options();
    const struct dnp_transport_options transport = {.timeout = timeout, .proxy = ""};
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/panel//", port);
    options.url = url;
    if (!connect_session(&meeting->connected, &options, &transport, &meeting->error)) {
        fail_msg("%s", meeting->error.message);
    }
}

static void begin(struct meeting *meeting, const struct canned *responses, size_t count)
{
    memset(meeting, 0, sizeof *meeting);
    meeting->server = server_start(responses, count);
    meet(meeting, meeting->server->port, 20);
}

/* What the server has counted can be looked at then. */
static void stop(struct meeting *meeting)
{
    disconnect(&meeting->connected);
    server_stop(meeting->server);
}

static bool perform(struct meeting *meeting, const char *operation)
{
    const struct dnp_source source = source_of(user);
    const struct dnp_sink sink = recording_sink(&meeting->recording);
    return make_call(&meeting->connected, operation, &source, &sink, &meeting->error);
}

#define CANNED(text, end) \
    {                     \
        text, 0, end      \
    }
#define XML_HEAD(status) "HTTP/1.0 " status "\r\nContent-Type: text/xml; charset=utf-8\r\n\r\n"

/* A response behind which the connection stays. */
static void keep_alive(char text[1000], const char *body)
{
    (void)snprintf(text, 1000, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %zu\r\n\r\n%s",
                   strlen(body), body);
}

static void test_calls(void **state)
{
    static const struct canned responses[] = {CANNED(XML_HEAD("200 OK") ADDED, CLOSE),
                                              CANNED(XML_HEAD("200 OK") EXISTS, CLOSE)};
    struct meeting meeting;
    (void)state;
    begin(&meeting, responses, 2);
    assert_true(perform(&meeting, "AddUser"));
    assert_string_equal(meeting.recording.text, "AddUserResult=7;");
    assert_int_equal(meeting.connected.status, 200);
    assert_true(perform(&meeting, "UserExists"));
    assert_string_equal(meeting.recording.text, "UserExistsResult=true;");
    stop(&meeting);
    const char *last = meeting.server->last;
    assert_int_equal(meeting.server->requests, 2);
    assert_memory_equal(last, "POST /panel/esUsers.asmx HTTP/1.1\r\n", 35);
    assert_non_null(strstr(last, "\r\nContent-Type: text/xml; charset=utf-8\r\n"));
    assert_non_null(strstr(last, "\r\nSOAPAction: \"" NAMESPACE "/UserExists\"\r\n"));
    assert_non_null(strstr(last, "\r\nAuthorization: Basic " AUTHORIZATION "\r\n"));
    assert_non_null(strstr(last, "\r\nUser-Agent: lua-dnp/" DNP_VERSION "\r\n"));
    assert_non_null(strstr(last, "<username>bob</username>"));
    free(meeting.server);
}

/* After a read, whose connection is still there, the server takes AddUser and drops the connection: one AddUser has
 * arrived, and it may have worked. */
static void test_a_change_is_never_sent_twice(void **state)
{
    char kept[1000];
    const struct canned responses[] = {CANNED(kept, KEEP), CANNED("", CLOSE), CANNED(XML_HEAD("200 OK") ADDED, CLOSE)};
    struct meeting meeting;
    (void)state;
    keep_alive(kept, EXISTS);
    begin(&meeting, responses, 3);
    assert_true(perform(&meeting, "UserExists"));
    assert_false(perform(&meeting, "AddUser"));
    stop(&meeting);
    assert_int_equal(meeting.server->requests, 2);
    assert_int_equal(meeting.error.kind, DNP_TRANSPORT);
    assert_int_equal(meeting.error.outcome, DNP_UNKNOWN);
    assert_string_equal(meeting.error.name, "connection_lost");
    assert_memory_equal(meeting.error.message, "AddUser: ", 9);
    assert_int_equal(meeting.connected.status, 0);
    free(meeting.server);
}

static void expect_broken(const struct canned *response, enum dnp_error_kind kind, int status)
{
    struct meeting meeting;
    begin(&meeting, response, 1);
    assert_false(perform(&meeting, "AddUser"));
    stop(&meeting);
    if (meeting.error.kind != kind) {
        fail_msg("%s", meeting.error.message);
    }
    assert_int_equal(meeting.error.outcome, DNP_UNKNOWN);
    assert_int_equal(meeting.error.http_status, status);
    assert_int_equal(meeting.connected.status, status);
    assert_int_equal(meeting.server->requests, 1);
    free(meeting.server);
}

static void test_broken_transfers(void **state)
{
    static const struct canned cut =
        CANNED("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 2000\r\n\r\n" ADDED, CLOSE);
    static const struct canned half = CANNED(XML_HEAD("200 OK") "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap"
                                                                ".org/soap/envelope/\"><soap:Body>",
                                             CLOSE);
    /* The status has said enough, whatever becomes of the page. */
    static const struct canned page =
        CANNED("HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 2000\r\n\r\n<html>", CLOSE);
    static const struct canned nothing = CANNED("", CLOSE);
    (void)state;
    expect_broken(&cut, DNP_TRANSPORT, 200);
    expect_broken(&half, DNP_PROTOCOL, 200);
    expect_broken(&page, DNP_HTTP, 502);
    expect_broken(&nothing, DNP_TRANSPORT, 0);
}

static void test_headers_that_matter(void **state)
{
    static const struct canned response =
        CANNED("HTTP/1.1 302 Found\r\nlocation: /errors/500.htm?aspxerrorpath=/esUsers.asmx\r\n"
               "CONTENT-TYPE: text/html\r\nContent-Length: 0\r\n\r\n",
               KEEP);
    struct meeting meeting;
    (void)state;
    begin(&meeting, &response, 1);
    assert_false(perform(&meeting, "AddUser"));
    stop(&meeting);
    assert_int_equal(meeting.error.kind, DNP_HTTP);
    assert_int_equal(meeting.error.http_status, 302);
    assert_int_equal(meeting.server->requests, 1);
    free(meeting.server);
}

static void test_timeout(void **state)
{
    static const struct canned responses[] = {CANNED("", HANG), CANNED(XML_HEAD("200 OK") ADDED, CLOSE)};
    struct meeting meeting = {.server = server_start(responses, 2)};
    (void)state;
    meet(&meeting, meeting.server->port, 0.5);
    assert_false(perform(&meeting, "AddUser"));
    assert_int_equal(meeting.error.kind, DNP_TIMEOUT);
    assert_int_equal(meeting.error.outcome, DNP_UNKNOWN);
    assert_true(perform(&meeting, "AddUser"));
    stop(&meeting);
    assert_int_equal(meeting.server->requests, 2);
    free(meeting.server);
}

static void test_not_connected(void **state)
{
    struct meeting meeting;
    (void)state;
    memset(&meeting, 0, sizeof meeting);
    meet(&meeting, server_closed_port(), 20);
    assert_false(perform(&meeting, "AddUser"));
    assert_int_equal(meeting.error.kind, DNP_TRANSPORT);
    assert_int_equal(meeting.error.outcome, DNP_NOT_DONE);
    assert_memory_equal(meeting.error.message, "AddUser: cannot connect to 127.0.0.1:", 37);
    disconnect(&meeting.connected);
}

/* ---- many at once over one loop ---- */

struct passenger {
    struct dnp_call *call;
    struct dnp_exchange exchange;
    struct recording recording;
    struct dnp_sink sink;
};

static void board(struct passenger *passenger, struct meeting *meeting)
{
    const struct dnp_exchange_options options = {.user = passenger};
    passenger->call = prepared_call(meeting->connected.session, "UserExists");
    passenger->sink = recording_sink(&passenger->recording);
    if (!dnp_exchange_start(&passenger->exchange, &dnp_curl_functions, meeting->connected.transport, passenger->call,
                            &options, &meeting->error)) {
        fail_msg("%s", meeting->error.message);
    }
}

static void test_many_at_once(void **state)
{
    enum { COUNT = 12 };
    static struct passenger passengers[COUNT];
    char kept[1000];
    const struct canned response = CANNED(kept, KEEP);
    struct meeting meeting;
    size_t left = COUNT;
    (void)state;
    keep_alive(kept, EXISTS);
    begin(&meeting, &response, 1);
    for (size_t i = 0; i < COUNT; i++) {
        board(&passengers[i], &meeting);
    }
    while (left > 0) {
        struct dnp_transfer *transfer = dnp_curl_functions.loop_ready(meeting.connected.loop);
        if (transfer == NULL) {
            assert_true(dnp_curl_functions.loop_wait(meeting.connected.loop, 5, &meeting.error));
            continue;
        }
        struct passenger *passenger = dnp_curl_functions.transfer_user(transfer);
        enum dnp_exchange_state progress = dnp_exchange_step(&passenger->exchange, &passenger->sink, &meeting.error);
        assert_int_not_equal(progress, DNP_EXCHANGE_FAILED);
        left -= progress == DNP_EXCHANGE_GOOD;
    }
    for (size_t i = 0; i < COUNT; i++) {
        assert_string_equal(passengers[i].recording.text, "UserExistsResult=true;");
        dnp_call_free(passengers[i].call);
    }
    stop(&meeting);
    assert_int_equal(meeting.server->requests, COUNT);
    free(meeting.server);
}

/* Sessions are closed with transfers under way, in the order that their owner has to keep. */
static void test_ended_in_the_middle(void **state)
{
    static const struct canned response = CANNED("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n" ADDED, HANG);
    struct meeting meeting;
    struct passenger passengers[2];
    (void)state;
    begin(&meeting, &response, 1);
    board(&passengers[0], &meeting);
    board(&passengers[1], &meeting);
    for (size_t i = 0; i < 2; i++) {
        assert_true(dnp_curl_functions.loop_wait(meeting.connected.loop, 0.05, &meeting.error));
    }
    dnp_session_free(meeting.connected.session);
    meeting.connected.session = NULL;
    for (size_t i = 0; i < 2; i++) {
        dnp_exchange_end(&passengers[i].exchange);
        dnp_exchange_end(&passengers[i].exchange);
        dnp_call_free(passengers[i].call);
    }
    stop(&meeting);
    free(meeting.server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_a_change_is_never_sent_twice),
        cmocka_unit_test(test_broken_transfers),
        cmocka_unit_test(test_headers_that_matter),
        cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_not_connected),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_ended_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
