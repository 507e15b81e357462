/*
 * The transport over libcurl against a server that answers with canned bytes: what arrives, what is refused, what is
 * sent how often, and what an error says about the request.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "canned_server.h"
#include "transport_call.h"

static void test_plain(void **state)
{
    static const struct canned response = RESPONSE(OK_RESPONSE, KEEP);
    struct dnp_transport_options given = options();
    struct call call;
    (void)state;
    struct server *server = run_against(&call, &response, &given);
    assert_int_equal(call.event, DNP_TRANSFER_DONE);
    assert_string_equal(call.body, "<answer />\n");
    assert_int_equal(call.status, 200);
    assert_string_equal(call.content_type, "text/xml; charset=utf-8");
    assert_memory_equal(server->last, "POST /es.asmx HTTP/1.1\r\n", 24);
    assert_non_null(strstr(server->last, "\r\nContent-Type: text/xml; charset=utf-8\r\n"));
    assert_non_null(strstr(server->last, "\r\nAuthorization: Basic c2VjcmV0\r\n"));
    assert_null(strstr(server->last, "User-Agent"));
    assert_non_null(strstr(server->last, "gzip"));
    assert_null(strstr(server->last, "Expect"));
    assert_non_null(strstr(server->last, "\r\n\r\n<question />"));
    release(&call, server);
}

/* More of them than the transport keeps in parsed form, each asked for more than once; libcurl begins one again. */
static void test_urls_are_told_apart(void **state)
{
    static const struct canned responses[] = {RESPONSE(OK_RESPONSE, KEEP), RESPONSE("", RESET),
                                              RESPONSE(OK_RESPONSE, KEEP)};
    struct dnp_transport_options given = options();
    struct call call;
    (void)state;
    struct server *server = serve(&call, responses, 3, &given);
    for (int i = 0; i < 20; i++) {
        char line[64];
        int service = i < 8 ? i % 2 : i % 6;
        (void)snprintf(call.url, sizeof call.url, "http://127.0.0.1:%d/panel/%d.asmx", server->port, service);
        assert_int_equal(run(&call), DNP_TRANSFER_DONE);
        (void)snprintf(line, sizeof line, "POST /panel/%d.asmx HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n", service,
                       server->port);
        assert_memory_equal(server->last, line, strlen(line));
    }
    assert_int_equal(server->requests, 21);
    server_stop(server);
    release(&call, server);
}

static void test_error_status_is_no_failure(void **state)
{
    static const struct canned response =
        RESPONSE("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", KEEP);
    struct dnp_transport_options given = options();
    struct call call;
    (void)state;
    struct server *server = run_against(&call, &response, &given);
    assert_int_equal(call.event, DNP_TRANSFER_DONE);
    assert_int_equal(call.status, 302);
    assert_string_equal(call.content_type, "");
    assert_int_equal(server->requests, 1);
    release(&call, server);
}

static void test_chunked(void **state)
{
    static const struct canned response = RESPONSE(
        OK_HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\n<an\r\n5;x=y\r\nswer \r\n2\r\n/>\r\n0\r\nTrailer: x\r\n\r\n",
        KEEP);
    struct dnp_transport_options given = options();
    struct call call;
    (void)state;
    struct server *server = run_against(&call, &response, &given);
    assert_int_equal(call.event, DNP_TRANSFER_DONE);
    assert_string_equal(call.body, "<answer />");
    release(&call, server);
}

/* A body of many times the buffer: all of it arrives, in order, in bounded pieces. */
static void test_large_body_in_bounded_pieces(void **state)
{
    enum { LENGTH = 3000000 };
    char *text = malloc(LENGTH + 200);
    assert_non_null(text);
    int head = snprintf(text, 200, OK_HEAD "Content-Length: %d\r\n\r\n", LENGTH);
    for (size_t i = 0; i < LENGTH; i++) {
        text[(size_t)head + i] = (char)('a' + (i * 7 + i / 1000) % 26);
    }
    struct canned response = {text, (size_t)head + LENGTH, KEEP};
    struct dnp_transport_options given = options();
    struct call call;
    (void)state;
    struct server *server = run_against(&call, &response, &given);
    assert_int_equal(call.event, DNP_TRANSFER_DONE);
    assert_int_equal(call.received, LENGTH);
    assert_memory_equal(call.body, text + head, LENGTH);
    assert_true(call.longest_piece <= 64 * 1024);
    free(text);
    release(&call, server);
}

static const unsigned char gzip_small[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xb3, 0x49, 0xcc, 0x2b,
    0x2e, 0x4f, 0x2d, 0xb2, 0x4b, 0xce, 0xcf, 0x2d, 0x28, 0x4a, 0x2d, 0x2e, 0x4e, 0x4d,
    0xb1, 0xd1, 0x87, 0x0a, 0x01, 0x00, 0x91, 0x1a, 0xfd, 0x53, 0x1b, 0x00, 0x00, 0x00,
};

/* 200,000 times the letter a. */
static const unsigned char gzip_many[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed, 0xc1, 0x31, 0x01, 0x00, 0x00, 0x00, 0xc2,
    0xa0, 0xac, 0xeb, 0x5f, 0xc2, 0x0c, 0xfe, 0x40, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0xaf, 0x01, 0x9b, 0x53, 0x69, 0xe0, 0x40, 0x0d, 0x03, 0x00,
};

static struct canned gzip_response(char *text, size_t size, const unsigned char *data, size_t length)
{
    int head = snprintf(text, size, OK_HEAD "Content-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", length);
    memcpy(text + head, data, length);
    struct canned response = {text, (size_t)head + length, KEEP};
    return response;
}

static void test_gzip(void **state)
{
    char text[512];
    struct canned response = gzip_response(text, sizeof text, gzip_small, sizeof gzip_small);
    struct dnp_transport_options given = options();
    struct call call;
    (void)state;
    struct server *server = run_against(&call, &response, &given);
    assert_int_equal(call.event, DNP_TRANSFER_DONE);
    assert_string_equal(call.body, "<answer>compressed</answer>");
    release(&call, server);
}

/* What decompresses to more than the buffer while one piece is read. */
static void test_gzip_that_grows(void **state)
{
    char text[512];
    struct canned response = gzip_response(text, sizeof text, gzip_many, sizeof gzip_many);
    struct dnp_transport_options given = options();
    struct call call;
    (void)state;
    struct server *server = run_against(&call, &response, &given);
    assert_int_equal(call.event, DNP_TRANSFER_DONE);
    assert_int_equal(call.received, 200000);
    assert_true(call.longest_piece <= 64 * 1024);
    assert_int_equal(strspn(call.body, "a"), 200000);
    release(&call, server);
}

static void test_gzip_with_more_behind_it(void **state)
{
    char text[512];
    unsigned char twice[2 * sizeof gzip_small];
    memcpy(twice, gzip_small, sizeof gzip_small);
    memcpy(twice + sizeof gzip_small, gzip_small, sizeof gzip_small);
    struct canned response = gzip_response(text, sizeof text, twice, sizeof twice);
    struct dnp_transport_options given = options();
    struct call call;
    (void)state;
    struct server *server = run_against(&call, &response, &given);
    if (call.event == DNP_TRANSFER_FAILED) { /* newer versions of libcurl may take it */
        assert_int_equal(call.error.kind, DNP_PROTOCOL);
        assert_string_equal(call.error.name, "bad_encoding");
    }
    release(&call, server);
}

static void test_broken_gzip(void **state)
{
    static const struct canned response =
        RESPONSE(OK_HEAD "Content-Encoding: gzip\r\nContent-Length: 24\r\n\r\nthis is no gzip, surely.", KEEP);
    struct dnp_transport_options given = options();
    struct call call;
    (void)state;
    struct server *server = run_against(&call, &response, &given);
    check_failed(&call, DNP_PROTOCOL, "bad_encoding", DNP_UNKNOWN);
    release(&call, server);
}

static void test_http_1_0_until_close(void **state)
{
    static const struct canned response = RESPONSE("HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n<old />", CLOSE);
    struct dnp_transport_options given = options();
    struct call call;
    (void)state;
    struct server *server = run_against(&call, &response, &given);
    assert_int_equal(call.event, DNP_TRANSFER_DONE);
    assert_string_equal(call.body, "<old />");
    assert_string_equal(call.content_type, "text/xml");
    release(&call, server);
}

static void test_continue_first(void **state)
{
    static const struct canned response = RESPONSE("HTTP/1.1 100 Continue\r\n\r\n" OK_RESPONSE, KEEP);
    struct dnp_transport_options given = options();
    struct call call;
    (void)state;
    struct server *server = run_against(&call, &response, &given);
    assert_int_equal(call.event, DNP_TRANSFER_DONE);
    assert_int_equal(call.status, 200);
    assert_string_equal(call.body, "<answer />\n");
    release(&call, server);
}

static void check_lost(const struct call *call, int status)
{
    check_failed(call, DNP_TRANSPORT, "connection_lost", DNP_UNKNOWN);
    assert_int_equal(call->error.http_status, status);
    assert_int_not_equal(call->error.code, 0);
    assert_non_null(strstr(call->error.message, "127.0.0.1:"));
}

static void test_cut_responses(void **state)
{
    static const struct canned responses[] = {
        RESPONSE(OK_HEAD "Content-Length: 100\r\n\r\n<answer", CLOSE),
        RESPONSE(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n7\r\n<answer\r\n", CLOSE),
        RESPONSE(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n70\r\n<answer", CLOSE),
    };
    struct dnp_transport_options given = options();
    (void)state;
    for (size_t i = 0; i < sizeof responses / sizeof responses[0]; i++) {
        struct call call;
        struct server *server = run_against(&call, &responses[i], &given);
        assert_string_equal(call.body, "<answer");
        check_lost(&call, 200);
        release(&call, server);
    }
}

static void test_dropped_before_the_status(void **state)
{
    static const struct canned responses[] = {RESPONSE("", CLOSE), RESPONSE("HTTP/1.1 100 Continue\r\n\r\n", CLOSE)};
    struct dnp_transport_options given = options();
    (void)state;
    for (size_t i = 0; i < sizeof responses / sizeof responses[0]; i++) {
        struct call call;
        struct server *server = run_against(&call, &responses[i], &given);
        check_lost(&call, 0);
        assert_int_equal(server->requests, 1);
        release(&call, server);
    }
}

static void test_headers_without_end(void **state)
{
    enum { SIZE = 500000 };
    char *text = malloc(SIZE);
    (void)state;
    assert_non_null(text);
    memset(text, 'a', SIZE);
    memcpy(text, OK_HEAD "X: ", strlen(OK_HEAD "X: "));
    struct canned response = {text, SIZE, CLOSE};
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = run_against(&call, &response, &given);
    assert_int_equal(call.event, DNP_TRANSFER_FAILED);
    assert_int_not_equal(call.error.kind, DNP_MEMORY);
    assert_int_equal(call.error.outcome, DNP_UNKNOWN);
    free(text);
    release(&call, server);
}

/* `head`, then 100,000 times `piece`, as long as somebody reads. */
static void expect_too_many_headers(const char *head, const char *piece, int status)
{
    size_t size = strlen(head) + strlen(piece) * 100000 + 1;
    char *text = malloc(size);
    assert_non_null(text);
    char *end = stpcpy(text, head);
    for (int i = 0; i < 100000; i++) {
        end = stpcpy(end, piece);
    }
    struct canned response = {text, 0, CLOSE};
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = run_against(&call, &response, &given);
    assert_int_equal(call.event, DNP_TRANSFER_FAILED);
    assert_int_equal(call.error.kind, DNP_LIMIT);
    assert_int_equal(call.error.outcome, DNP_UNKNOWN);
    assert_non_null(strstr(call.error.message, "headers"));
    assert_int_equal(call.status, status);
    free(text);
    release(&call, server);
}

static void test_headers_beyond_the_limit(void **state)
{
    (void)state;
    expect_too_many_headers(OK_HEAD, "X-Endless: and a day\r\n", 0);
    expect_too_many_headers("", "HTTP/1.1 100 Continue\r\n\r\n", 0);
    expect_too_many_headers(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n7\r\n<answer\r\n0\r\n", "X-Endless: a\r\n", 200);
}

/* A success that has not shown all its headers says nothing yet; a failure says it by its status. */
static void test_headers_that_are_cut(void **state)
{
    static const struct canned responses[] = {RESPONSE("HTTP/1.1 200 OK\r\nContent-Ty", CLOSE),
                                              RESPONSE(OK_HEAD, CLOSE),
                                              RESPONSE("HTTP/1.1 100 Continue\r\n\r\n" OK_HEAD, CLOSE),
                                              RESPONSE("HTTP/1.1 404 Not Found\r\nContent-Ty", CLOSE)};
    static const int statuses[] = {0, 0, 0, 404};
    struct dnp_transport_options given = options();
    (void)state;
    for (size_t i = 0; i < sizeof responses / sizeof responses[0]; i++) {
        struct call call;
        struct server *server = run_against(&call, &responses[i], &given);
        check_lost(&call, statuses[i]);
        release(&call, server);
    }
}

static void test_headers_that_never_end(void **state)
{
    static const struct canned response = RESPONSE(OK_HEAD "X-Slow: ", HANG);
    struct dnp_transport_options given = options();
    struct call call;
    (void)state;
    given.timeout = 0.3;
    struct server *server = run_against(&call, &response, &given);
    assert_int_equal(call.event, DNP_TRANSFER_FAILED);
    assert_int_equal(call.error.kind, DNP_TIMEOUT);
    assert_int_equal(call.error.outcome, DNP_UNKNOWN);
    assert_int_equal(call.status, 0);
    release(&call, server);
}

static void test_no_http(void **state)
{
    static const struct canned response = RESPONSE("SSH-2.0-OpenSSH_9.2p1\r\n\r\n", CLOSE);
    struct dnp_transport_options given = options();
    struct call call;
    (void)state;
    struct server *server = run_against(&call, &response, &given);
    check_failed(&call, DNP_PROTOCOL, "no_http", DNP_UNKNOWN);
    release(&call, server);
}

static void test_reuse(void **state)
{
    static const struct canned response = RESPONSE(OK_RESPONSE, KEEP);
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = serve(&call, &response, 1, &given);
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(run(&call), DNP_TRANSFER_DONE);
    }
    server_stop(server);
    assert_int_equal(server->requests, 3);
    assert_int_equal(server->connection_count, 1);
    release(&call, server);
}

/* What may happen to a request on a connection that served before. */
static const struct canned losses[] = {RESPONSE("", CLOSE), RESPONSE("", RESET), RESPONSE("", UNREAD)};
enum { LOSSES = sizeof losses / sizeof losses[0] };

/* One read that goes well, then a request that is lost on the connection that was kept. */
static void run_lost_second(bool mutates, size_t loss, struct call *call, struct server **server)
{
    struct canned responses[] = {RESPONSE(OK_RESPONSE, KEEP), losses[loss], RESPONSE(OK_RESPONSE, KEEP)};
    struct dnp_transport_options given = options();
    *server = serve(call, responses, 3, &given);
    assert_int_equal(run(call), DNP_TRANSFER_DONE);
    call->mutates = mutates;
    (void)run(call);
    server_stop(*server);
}

/* The kept connection is good enough for a change that comes at once, and the change is sent once. */
static void test_a_change_is_sent_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOSSES; i++) {
        struct call call;
        struct server *server = NULL;
        run_lost_second(true, i, &call, &server);
        check_lost(&call, 0);
        assert_int_equal(server->requests, 2);
        assert_int_equal(server->connection_count, 1);
        release(&call, server);
    }
}

static void test_a_change_is_sent_once_on_a_connection_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOSSES; i++) {
        const struct canned responses[] = {losses[i], RESPONSE(OK_RESPONSE, KEEP)};
        struct dnp_transport_options given = options();
        struct call call;
        struct server *server = serve(&call, responses, 2, &given);
        call.mutates = true;
        (void)run(&call);
        server_stop(server);
        check_lost(&call, 0);
        assert_int_equal(server->requests, 1);
        release(&call, server);
    }
}

/* With several connections kept, none of the others gets it either. */
static void test_a_change_is_sent_once_among_many_connections(void **state)
{
    enum { MANY = 4 };
    struct canned responses[MANY + LOSSES + 1];
    struct dnp_transport_options given = options();
    struct call calls[MANY];
    for (size_t i = 0; i < MANY; i++) {
        responses[i] = (struct canned)RESPONSE(OK_RESPONSE, KEEP);
    }
    memcpy(responses + MANY, losses, sizeof losses);
    responses[MANY + LOSSES] = responses[0];
    struct server *server = serve(&calls[0], responses, MANY + LOSSES + 1, &given);
    (void)state;
    run_together(calls, MANY);
    for (size_t i = 0; i < LOSSES; i++) {
        calls[0].mutates = true;
        (void)run(&calls[0]);
        check_lost(&calls[0], 0);
    }
    assert_int_equal(run(&calls[0]), DNP_TRANSFER_DONE);
    server_stop(server);
    assert_int_equal(server->requests, MANY + LOSSES + 1);
    release_together(calls, MANY);
    free(server);
}

static void test_a_change_uses_a_connection_that_was_just_used(void **state)
{
    static const struct canned response = RESPONSE(OK_RESPONSE, KEEP);
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = serve(&call, &response, 1, &given);
    (void)state;
    for (int i = 0; i < 4; i++) {
        call.mutates = i % 2 == 1;
        assert_int_equal(run(&call), DNP_TRANSFER_DONE);
    }
    server_stop(server);
    assert_int_equal(server->requests, 4);
    assert_int_equal(server->connection_count, 1);
    release(&call, server);
}

/* After two seconds it gets one of its own, which the reads that follow use; a read does with the old one. */
static void test_a_change_does_not_use_one_that_lay_idle(void **state)
{
    static const struct canned response = RESPONSE(OK_RESPONSE, KEEP);
    const double idle = 2.05;
    struct dnp_transport_options given = options();
    struct call change;
    struct call read;
    struct server *server = serve(&change, &response, 1, &given);
    struct server *other = serve(&read, &response, 1, &given);
    (void)state;
    assert_int_equal(run(&change), DNP_TRANSFER_DONE);
    assert_int_equal(run(&read), DNP_TRANSFER_DONE);
    assert_true(f->loop_wait(change.loop, idle, &change.error));
    change.mutates = true;
    assert_int_equal(run(&change), DNP_TRANSFER_DONE);
    change.mutates = false;
    assert_int_equal(run(&change), DNP_TRANSFER_DONE);
    assert_int_equal(run(&read), DNP_TRANSFER_DONE);
    server_stop(server);
    server_stop(other);
    assert_int_equal(server->connection_count, 2);
    assert_int_equal(other->connection_count, 1);
    release(&change, server);
    release(&read, other);
}

static void test_reads_survive_a_stale_connection(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOSSES; i++) {
        struct call call;
        struct server *server = NULL;
        run_lost_second(false, i, &call, &server);
        assert_int_equal(call.event, DNP_TRANSFER_DONE);
        assert_int_equal(server->requests, 3);
        release(&call, server);
    }
}

static void test_connection_refused(void **state)
{
    struct dnp_transport_options given = options();
    struct call call;
    prepare(&call, &given);
    (void)state;
    set_url(&call, "http", server_closed_port());
    (void)run(&call);
    check_failed(&call, DNP_TRANSPORT, "connection_refused", DNP_NOT_DONE);
    assert_int_equal(call.status, 0);
    release(&call, NULL);
}

/* The system refuses a TCP connection to a multicast address without sending anything. */
static void test_unreachable(void **state)
{
    struct dnp_transport_options given = options();
    struct call call;
    (void)state;
    prepare(&call, &given);
    (void)snprintf(call.url, sizeof call.url, "http://224.0.0.1:9002/");
    (void)run(&call);
    check_failed(&call, DNP_TRANSPORT, "unreachable", DNP_NOT_DONE);
    release(&call, NULL);
}

/* A label of more than 63 letters is not a host name, which the resolver knows without asking anybody. */
static void test_host_not_found(void **state)
{
    struct dnp_transport_options given = options();
    struct call call;
    prepare(&call, &given);
    (void)state;
    (void)snprintf(call.url, sizeof call.url, "http://%070d.invalid/", 1);
    (void)run(&call);
    check_failed(&call, DNP_TRANSPORT, "host_not_found", DNP_NOT_DONE);
    release(&call, NULL);
}

static void test_timeout(void **state)
{
    static const struct canned responses[] = {
        RESPONSE("", HANG), RESPONSE(OK_HEAD "Content-Length: 9\r\n\r\n<an", HANG), RESPONSE(OK_RESPONSE, KEEP)};
    struct dnp_transport_options given = options();
    given.timeout = 0.5;
    struct call call;
    struct server *server = serve(&call, responses, 3, &given);
    (void)state;
    for (int i = 0; i < 2; i++) {
        (void)run(&call);
        check_failed(&call, DNP_TIMEOUT, "timeout", DNP_UNKNOWN);
        assert_int_equal(call.error.http_status, i == 0 ? 0 : 200);
    }
    assert_int_equal(run(&call), DNP_TRANSFER_DONE);
    server_stop(server);
    assert_int_equal(server->connection_count, 3);
    release(&call, server);
}

static void test_abort(void **state)
{
    static const struct canned responses[] = {RESPONSE(OK_HEAD "Content-Length: 9\r\n\r\n<an", HANG),
                                              RESPONSE(OK_RESPONSE, KEEP)};
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = serve(&call, responses, 2, &given);
    (void)state;
    start(&call);
    assert_ptr_equal(await(call.loop), &call);
    assert_int_equal(take(&call), DNP_TRANSFER_BYTES);
    abandon(&call);
    assert_int_equal(run(&call), DNP_TRANSFER_DONE);
    assert_string_equal(call.body, "<answer />\n");
    server_stop(server);
    assert_int_equal(server->connection_count, 2);
    release(&call, server);
}

/* Ended in the middle of a body that is larger than the buffer. */
static void test_left_in_the_middle(void **state)
{
    char text[512];
    struct canned response = gzip_response(text, sizeof text, gzip_many, sizeof gzip_many);
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = serve(&call, &response, 1, &given);
    (void)state;
    start(&call);
    assert_ptr_equal(await(call.loop), &call);
    assert_int_equal(take(&call), DNP_TRANSFER_BYTES);
    abandon(&call);
    assert_int_equal(run(&call), DNP_TRANSFER_DONE);
    assert_int_equal(call.received, 200000);
    start(&call);
    assert_ptr_equal(await(call.loop), &call);
    assert_int_equal(take(&call), DNP_TRANSFER_BYTES);
    abandon(&call);
    server_stop(server);
    release(&call, server);
}

static void test_tls_with_a_plain_server(void **state)
{
    static const struct canned response = RESPONSE("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", CLOSE);
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = serve(&call, &response, 1, &given);
    (void)state;
    set_url(&call, "https", server->port);
    (void)run(&call);
    server_stop(server);
    check_failed(&call, DNP_TRANSPORT, "tls", DNP_NOT_DONE);
    release(&call, server);
}

static void test_ca_file_that_is_none(void **state)
{
    static const struct canned response = RESPONSE("", CLOSE);
    struct dnp_transport_options given = options();
    given.ca_file = "/nonexistent/ca.pem";
    struct call call;
    struct server *server = serve(&call, &response, 1, &given);
    (void)state;
    set_url(&call, "https", server->port);
    (void)run(&call);
    server_stop(server);
    check_failed(&call, DNP_TRANSPORT, "certificate", DNP_NOT_DONE);
    release(&call, server);
}

static void test_proxy_that_refuses(void **state)
{
    static const struct canned response =
        RESPONSE("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", CLOSE);
    struct dnp_transport_options given = options();
    char proxy[URL_SIZE];
    struct server *server = server_start(&response, 1);
    (void)state;
    (void)snprintf(proxy, sizeof proxy, "http://user:pr0xypass@127.0.0.1:%d", server->port);
    given.proxy = proxy;
    struct call call;
    prepare(&call, &given);
    (void)snprintf(call.url, sizeof call.url, "%s", "https://panel.invalid/es.asmx");
    (void)run(&call);
    server_stop(server);
    check_failed(&call, DNP_TRANSPORT, "proxy", DNP_NOT_DONE);
    assert_non_null(strstr(call.error.message, "panel.invalid:443"));
    assert_null(strstr(call.error.message, "pr0xypass"));
    assert_memory_equal(server->last, "CONNECT panel.invalid:443", 25);
    release(&call, server);
}

static void test_proxy_that_hangs_up(void **state)
{
    static const struct canned responses[] = {RESPONSE("", CLOSE), RESPONSE("", RESET)};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct dnp_transport_options given = options();
        char proxy[URL_SIZE];
        struct call call;
        struct server *server = server_start(&responses[i], 1);
        (void)snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", server->port);
        given.proxy = proxy;
        prepare(&call, &given);
        (void)snprintf(call.url, sizeof call.url, "https://panel.invalid/es.asmx");
        (void)run(&call);
        server_stop(server);
        check_failed(&call, DNP_TRANSPORT, "proxy", DNP_NOT_DONE);
        release(&call, server);
    }
}

/* libcurl's own message quotes such an address whole. */
static void test_proxy_password_is_not_told(void **state)
{
    static const char *const proxies[] = {"gopher://user:pr0xypass@127.0.0.1:1", "http://user:pr0xypass@[::1:1",
                                          "http://user:pr0xypass@127.0.0.1:1"};
    (void)state;
    for (size_t i = 0; i < sizeof proxies / sizeof proxies[0]; i++) {
        struct dnp_transport_options given = options();
        given.proxy = proxies[i];
        struct call call;
        prepare(&call, &given);
        (void)snprintf(call.url, sizeof call.url, "%s", "http://panel.invalid/es.asmx");
        assert_int_equal(run(&call), DNP_TRANSFER_FAILED);
        assert_int_equal(call.error.outcome, DNP_NOT_DONE);
        assert_null(strstr(call.error.message, "pr0xypass"));
        release(&call, NULL);
    }
}

/* ---- headers ---- */

static const char *header(const struct call *call, const char *name)
{
    return f->transfer_header(call->transfer, name);
}

/* Looks at the first piece of an answer with these headers. */
static struct server *begin_response(struct call *call, const struct canned *response)
{
    struct dnp_transport_options given = options();
    struct server *server = serve(call, response, 1, &given);
    start(call);
    assert_ptr_equal(await(call->loop), call);
    assert_int_equal(take(call), DNP_TRANSFER_BYTES);
    return server;
}

static void finish_response(struct call *call, struct server *server)
{
    server_stop(server);
    release(call, server);
}

static void test_headers_that_are_kept(void **state)
{
    static const struct canned response =
        RESPONSE("HTTP/1.1 100 Continue\r\nDate: of the interim answer\r\nLocation: /interim\r\n\r\n"
                 "HTTP/1.1 401 Unauthorized\r\ncontent-TYPE:text/html \r\nRetry-After:\t 120\r\nX-Other: 1\r\n"
                 "Date: Thu, 26 Nov 2026 06:00:00 GMT\r\nDate: second\r\nContent-Encoding: \r\n"
                 "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\nWww-Authenticate: Basic realm=\"a, b\"\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nLocation: /trailer\r\n\r\n",
                 KEEP);
    struct call call;
    struct server *server = begin_response(&call, &response);
    (void)state;
    assert_int_equal(call.status, 401);
    for (int i = 0; i < 2; i++) { /* with the body, and when all of it has come */
        assert_string_equal(header(&call, "Content-Type"), "text/html");
        assert_string_equal(header(&call, "retry-after"), "120");
        assert_string_equal(header(&call, "DATE"), "Thu, 26 Nov 2026 06:00:00 GMT");
        assert_string_equal(header(&call, "WWW-Authenticate"), "Negotiate, NTLM, Basic realm=\"a, b\"");
        assert_null(header(&call, "Location"));
        assert_null(header(&call, "X-Other"));
        assert_null(header(&call, ""));
        assert_true(f->loop_wait(call.loop, 0.01, &call.error));
    }
    finish_response(&call, server);
}

/* One that is too long is left out as a whole; those behind it are kept. */
static void test_a_header_that_is_too_long(void **state)
{
    char text[20000];
    size_t head = (size_t)snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nDate: now\r\nLocation: ");
    memset(text + head, 'x', 9000);
    (void)snprintf(text + head + 9000, sizeof text - head - 9000,
                   "\r\nContent-Type: text/xml\r\nContent-Length: 3\r\n\r\nabc");
    const struct canned response = {text, 0, KEEP};
    struct call call;
    struct server *server = begin_response(&call, &response);
    (void)state;
    assert_null(header(&call, "Location"));
    assert_string_equal(header(&call, "Date"), "now");
    assert_string_equal(header(&call, "Content-Type"), "text/xml");
    finish_response(&call, server);
}

static void test_headers_do_not_outlive_their_response(void **state)
{
    static const struct canned responses[] = {
        RESPONSE("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 3\r\n\r\nabc", KEEP),
        RESPONSE("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", KEEP)};
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = serve(&call, responses, 2, &given);
    (void)state;
    assert_int_equal(run(&call), DNP_TRANSFER_DONE);
    start(&call);
    assert_int_equal(f->transfer_status(call.transfer), 0);
    assert_null(header(&call, "Location"));
    assert_ptr_equal(await(call.loop), &call);
    (void)take(&call);
    assert_null(header(&call, "Location"));
    assert_null(header(&call, "Content-Type"));
    finish_response(&call, server);
}

static void test_an_response_that_is_packed_twice(void **state)
{
    static const struct canned responses[] = {
        RESPONSE(OK_HEAD "Content-Encoding: gzip, gzip\r\nContent-Length: 3\r\n\r\nabc", KEEP),
        RESPONSE(OK_HEAD "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", KEEP),
        RESPONSE(OK_HEAD "Content-Encoding: deflate\r\ncontent-encoding: identity\r\nContent-Length: 0\r\n\r\n", KEEP),
        RESPONSE(OK_HEAD "Content-Encoding: rot13\r\nContent-Length: 3\r\n\r\nabc", KEEP)};
    struct dnp_transport_options given = options();
    (void)state;
    for (size_t i = 0; i < sizeof responses / sizeof responses[0]; i++) {
        struct call call;
        struct server *server = run_against(&call, &responses[i], &given);
        check_failed(&call, DNP_PROTOCOL, "bad_encoding", DNP_UNKNOWN);
        release(&call, server);
    }
}

/* ---- many at once ---- */

static void test_many_at_once(void **state)
{
    enum { MANY = 12 };
    static const struct canned response = RESPONSE(OK_RESPONSE, KEEP);
    struct dnp_transport_options given = options();
    struct call calls[MANY];
    struct server *server = serve(&calls[0], &response, 1, &given);
    (void)state;
    for (int round = 0; round < 3; round++) {
        run_together(calls, MANY);
        for (size_t i = 0; i < MANY; i++) {
            assert_int_equal(calls[i].event, DNP_TRANSFER_DONE);
            assert_string_equal(calls[i].body, "<answer />\n");
            free(calls[i].body);
            calls[i].body = NULL;
        }
    }
    server_stop(server);
    assert_int_equal(server->requests, 3 * MANY);
    assert_true(server->connection_count <= MANY);
    release_together(calls, MANY);
    free(server);
}

static void test_connections_are_limited(void **state)
{
    enum { MANY = 12, LIMIT = 3 };
    static const struct canned response = RESPONSE(OK_RESPONSE, KEEP);
    struct dnp_transport_options given = options();
    struct call calls[MANY];
    (void)state;
    given.max_connections = LIMIT;
    struct server *server = serve(&calls[0], &response, 1, &given);
    run_together(calls, MANY);
    server_stop(server);
    assert_int_equal(server->requests, MANY);
    assert_int_equal(server->connection_count, LIMIT);
    release_together(calls, MANY);
    free(server);
}

/* Those that wait for a connection end in time, too, and leave no hole in the queue. */
static void test_waiting_for_a_connection(void **state)
{
    enum { MANY = 4 };
    static const struct canned responses[] = {RESPONSE("", HANG), RESPONSE(OK_RESPONSE, KEEP)};
    struct dnp_transport_options given = options();
    struct call calls[MANY];
    (void)state;
    given.max_connections = 1;
    given.timeout = 5;
    struct server *server = serve(&calls[0], responses, 2, &given);
    for (size_t i = 0; i < MANY; i++) {
        calls[i] = calls[0];
        calls[i].transfer = NULL;
        calls[i].timeout = i == 1 ? 0.1 : 0;
        start(&calls[i]);
    }
    assert_ptr_equal(await(calls[0].loop), &calls[1]);
    (void)take(&calls[1]);
    check_failed(&calls[1], DNP_TIMEOUT, "connect_timeout", DNP_NOT_DONE);
    abandon(&calls[3]);
    abandon(&calls[0]);
    while (calls[2].transfer != NULL) {
        assert_ptr_equal(await(calls[0].loop), &calls[2]);
        (void)take(&calls[2]);
    }
    assert_int_equal(calls[2].event, DNP_TRANSFER_DONE);
    server_stop(server);
    assert_int_equal(server->requests, 2);
    release_together(calls, MANY);
    free(server);
}

/* A slow, a broken and a good one: each has its own end, and the good one does not wait. */
static void test_one_does_not_hold_up_another(void **state)
{
    static const struct canned responses[] = {RESPONSE("", HANG), RESPONSE("", CLOSE), RESPONSE(OK_RESPONSE, KEEP)};
    struct dnp_transport_options given = options();
    struct call slow;
    struct call broken;
    struct call good;
    struct server *servers[] = {serve(&slow, &responses[0], 1, &given), server_start(&responses[1], 1),
                                server_start(&responses[2], 1)};
    (void)state;
    broken = slow;
    good = slow;
    set_url(&broken, "http", servers[1]->port);
    set_url(&good, "http", servers[2]->port);
    slow.timeout = 0.4;
    start(&slow);
    start(&broken);
    for (int i = 0; i < 5; i++) {
        start(&good);
        while (good.transfer != NULL) {
            (void)take(await(slow.loop));
        }
        assert_int_equal(good.event, DNP_TRANSFER_DONE);
    }
    assert_non_null(slow.transfer);
    while (slow.transfer != NULL || broken.transfer != NULL) {
        (void)take(await(slow.loop));
    }
    check_failed(&slow, DNP_TIMEOUT, "timeout", DNP_UNKNOWN);
    check_failed(&broken, DNP_TRANSPORT, "connection_lost", DNP_UNKNOWN);
    free(good.body);
    free(broken.body);
    for (size_t i = 0; i < 3; i++) {
        server_stop(servers[i]);
        free(i > 0 ? servers[i] : NULL);
    }
    release(&slow, servers[0]);
}

/* Each transport of a loop has its own connections. */
static void test_transports_of_one_loop(void **state)
{
    static const struct canned response = RESPONSE(OK_RESPONSE, KEEP);
    struct dnp_transport_options given = options();
    struct call first;
    struct call second;
    struct server *server = serve(&first, &response, 1, &given);
    (void)state;
    second = first;
    second.transport = f->transport_new(first.loop, &given, &second.error);
    assert_non_null(second.transport);
    for (int i = 0; i < 3; i++) {
        start(&first);
        start(&second);
        while (first.transfer != NULL || second.transfer != NULL) {
            (void)take(await(first.loop));
        }
        assert_int_equal(first.event, DNP_TRANSFER_DONE);
        assert_int_equal(second.event, DNP_TRANSFER_DONE);
    }
    f->transport_free(second.transport);
    free(second.body);
    assert_int_equal(run(&first), DNP_TRANSFER_DONE);
    server_stop(server);
    assert_int_equal(server->connection_count, 2);
    release(&first, server);
}

/* ---- an answer that is read at its reader's pace ---- */

static char *long_response(size_t length, struct canned *response)
{
    char *text = malloc(length + 200);
    assert_non_null(text);
    int head = snprintf(text, 200, OK_HEAD "Content-Length: %zu\r\n\r\n", length);
    for (size_t i = 0; i < length; i++) {
        text[(size_t)head + i] = (char)('a' + (i * 7 + i / 1000) % 26);
    }
    response->bytes = text;
    response->length = (size_t)head + length;
    response->end = KEEP;
    return text + head;
}

/* While the caller holds a piece, other transfers go on, the piece stays as it is, and no time counts. */
static void test_a_piece_is_held(void **state)
{
    enum { LENGTH = 200000 };
    static const struct canned small = RESPONSE(OK_RESPONSE, KEEP);
    struct dnp_transport_options given = options();
    struct canned response;
    const char *body = long_response(LENGTH, &response);
    struct call slow;
    struct call other;
    struct dnp_slice piece;
    struct server *server = serve(&slow, &response, 1, &given);
    struct server *second = server_start(&small, 1);
    (void)state;
    other = slow;
    set_url(&other, "http", second->port);
    slow.streams = true;
    slow.timeout = 1;
    start(&slow);
    assert_ptr_equal(await(slow.loop), &slow);
    assert_int_equal(f->transfer_take(slow.transfer, &piece, &slow.error), DNP_TRANSFER_BYTES);
    note_bytes(&slow, piece);
    assert_ptr_equal(f->loop_ready(slow.loop), slow.transfer);
    assert_null(f->loop_ready(slow.loop));
    assert_true(f->loop_wait(slow.loop, 1.2, &slow.error));
    assert_int_equal(run(&other), DNP_TRANSFER_DONE);
    assert_memory_equal(piece.data, body, piece.length);
    while (take(&slow) != DNP_TRANSFER_DONE) {
        assert_int_not_equal(slow.event, DNP_TRANSFER_FAILED);
        if (slow.event == DNP_TRANSFER_WAITING) {
            assert_true(f->loop_wait(slow.loop, 1, &slow.error));
        }
    }
    assert_int_equal(slow.received, LENGTH);
    assert_memory_equal(slow.body, body, LENGTH);
    server_stop(server);
    server_stop(second);
    free(second);
    free(other.body);
    free((char *)(uintptr_t)response.bytes);
    release(&slow, server);
}

static void test_waiting_for_a_piece_has_an_end(void **state)
{
    static const struct canned response = RESPONSE(OK_HEAD "Content-Length: 9\r\n\r\n<an", HANG);
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = serve(&call, &response, 1, &given);
    (void)state;
    call.streams = true;
    call.timeout = 0.2;
    assert_int_equal(run(&call), DNP_TRANSFER_FAILED);
    check_failed(&call, DNP_TIMEOUT, "timeout", DNP_UNKNOWN);
    assert_string_equal(call.body, "<an");
    assert_non_null(strstr(call.error.message, "within 0.2 s"));
    server_stop(server);
    release(&call, server);
}

/* A limit on the whole call counts the reader's time, too. */
static void test_a_whole_call_has_an_end(void **state)
{
    enum { LENGTH = 200000 };
    struct dnp_transport_options given = options();
    struct canned response;
    (void)long_response(LENGTH, &response);
    struct call call;
    struct server *server = serve(&call, &response, 1, &given);
    (void)state;
    call.timeout = 0.1;
    start(&call);
    assert_ptr_equal(await(call.loop), &call);
    assert_int_equal(take(&call), DNP_TRANSFER_BYTES);
    assert_ptr_equal(f->loop_ready(call.loop), call.transfer);
    assert_true(f->loop_wait(call.loop, 0.15, &call.error));
    while (take(&call) == DNP_TRANSFER_BYTES) {
    }
    check_failed(&call, DNP_TIMEOUT, "timeout", DNP_UNKNOWN);
    server_stop(server);
    free((char *)(uintptr_t)response.bytes);
    release(&call, server);
}

/* ---- what people get wrong ---- */

static void test_plain_http_with_a_tls_server(void **state)
{
    static const struct canned responses[] = {{"\x15\x03\x01\x00\x02\x02\x46", 7, CLOSE},
                                              {"\x16\x03\x03\x00\x02\x02\x0a", 7, CLOSE}};
    struct dnp_transport_options given = options();
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct call call;
        struct server *server = run_against(&call, &responses[i], &given);
        check_failed(&call, DNP_PROTOCOL, "no_http", DNP_UNKNOWN);
        assert_non_null(strstr(call.error.message, "begin with https:"));
        assert_int_equal(call.error.http_status, 0);
        release(&call, server);
    }
}

/* Only while it has not been seen to speak HTTP. */
static void test_a_server_that_hangs_up_may_want_tls(void **state)
{
    static const struct canned responses[] = {RESPONSE("", CLOSE), RESPONSE("", RESET), RESPONSE(OK_RESPONSE, CLOSE),
                                              RESPONSE("", CLOSE)};
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = serve(&call, responses, 4, &given);
    (void)state;
    for (int i = 0; i < 4; i++) {
        if (run(&call) == DNP_TRANSFER_FAILED) {
            check_failed(&call, DNP_TRANSPORT, "connection_lost", DNP_UNKNOWN);
            assert_int_equal(strstr(call.error.message, "begin with https:") != NULL, i < 2);
        }
        assert_int_equal(call.event == DNP_TRANSFER_DONE, i == 2);
    }
    server_stop(server);
    release(&call, server);
}

/* The alert "protocol_version" is what a server sends that knows no version of the client's. */
static void test_a_server_with_other_versions_of_tls(void **state)
{
    static const struct canned response = {"\x15\x03\x01\x00\x02\x02\x46", 7, CLOSE};
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = serve(&call, &response, 1, &given);
    (void)state;
    set_url(&call, "https", server->port);
    (void)run(&call);
    server_stop(server);
    check_failed(&call, DNP_TRANSPORT, "tls", DNP_NOT_DONE);
    assert_non_null(strstr(call.error.message, "version of TLS"));
    release(&call, server);
}

static void test_all_zero_options_are_safe(void **state)
{
    static const struct dnp_transport_options given;
    static const struct canned response = RESPONSE(OK_RESPONSE, KEEP);
    struct call call;
    struct server *server = serve(&call, &response, 1, &given);
    (void)state;
    assert_int_equal(setenv("no_proxy", "127.0.0.1", 1), 0);
    assert_int_equal(run(&call), DNP_TRANSFER_DONE);
    server_stop(server);
    release(&call, server);
    f->transport_free(NULL);
    f->loop_free(NULL);
}

static void test_the_table_names_its_build(void **state)
{
    (void)state;
    assert_string_equal(f->version, DNP_VERSION);
    assert_int_equal(f->size, sizeof *f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_urls_are_told_apart),
        cmocka_unit_test(test_error_status_is_no_failure),
        cmocka_unit_test(test_chunked),
        cmocka_unit_test(test_large_body_in_bounded_pieces),
        cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_gzip_that_grows),
        cmocka_unit_test(test_gzip_with_more_behind_it),
        cmocka_unit_test(test_broken_gzip),
        cmocka_unit_test(test_http_1_0_until_close),
        cmocka_unit_test(test_continue_first),
        cmocka_unit_test(test_cut_responses),
        cmocka_unit_test(test_dropped_before_the_status),
        cmocka_unit_test(test_headers_without_end),
        cmocka_unit_test(test_headers_beyond_the_limit),
        cmocka_unit_test(test_headers_that_are_cut),
        cmocka_unit_test(test_headers_that_never_end),
        cmocka_unit_test(test_no_http),
        cmocka_unit_test(test_reuse),
        cmocka_unit_test(test_a_change_is_sent_once),
        cmocka_unit_test(test_a_change_is_sent_once_on_a_connection_of_its_own),
        cmocka_unit_test(test_a_change_is_sent_once_among_many_connections),
        cmocka_unit_test(test_a_change_uses_a_connection_that_was_just_used),
        cmocka_unit_test(test_a_change_does_not_use_one_that_lay_idle),
        cmocka_unit_test(test_reads_survive_a_stale_connection),
        cmocka_unit_test(test_connection_refused),
        cmocka_unit_test(test_unreachable),
        cmocka_unit_test(test_host_not_found),
        cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_abort),
        cmocka_unit_test(test_left_in_the_middle),
        cmocka_unit_test(test_tls_with_a_plain_server),
        cmocka_unit_test(test_ca_file_that_is_none),
        cmocka_unit_test(test_proxy_that_refuses),
        cmocka_unit_test(test_proxy_that_hangs_up),
        cmocka_unit_test(test_proxy_password_is_not_told),
        cmocka_unit_test(test_headers_that_are_kept),
        cmocka_unit_test(test_a_header_that_is_too_long),
        cmocka_unit_test(test_headers_do_not_outlive_their_response),
        cmocka_unit_test(test_an_response_that_is_packed_twice),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_connections_are_limited),
        cmocka_unit_test(test_waiting_for_a_connection),
        cmocka_unit_test(test_one_does_not_hold_up_another),
        cmocka_unit_test(test_transports_of_one_loop),
        cmocka_unit_test(test_a_piece_is_held),
        cmocka_unit_test(test_waiting_for_a_piece_has_an_end),
        cmocka_unit_test(test_a_whole_call_has_an_end),
        cmocka_unit_test(test_plain_http_with_a_tls_server),
        cmocka_unit_test(test_a_server_that_hangs_up_may_want_tls),
        cmocka_unit_test(test_a_server_with_other_versions_of_tls),
        cmocka_unit_test(test_all_zero_options_are_safe),
        cmocka_unit_test(test_the_table_names_its_build),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
