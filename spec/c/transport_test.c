/*
 * The transport over libcurl against a server that answers with canned bytes: what arrives, and what is refused.
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

static void check_body(const struct canned *response, const char *expected)
{
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = run_against(&call, response, &given);
    assert_int_equal(call.event, DNP_TRANSFER_DONE);
    assert_string_equal(call.body, expected);
    release(&call, server);
}

static void test_chunked(void **state)
{
    static const struct canned response = RESPONSE(
        OK_HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\n<an\r\n5;x=y\r\nswer \r\n2\r\n/>\r\n0\r\nTrailer: x\r\n\r\n",
        KEEP);
    (void)state;
    check_body(&response, "<answer />");
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
    (void)state;
    check_body(&response, "<answer>compressed</answer>");
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

/* ---- headers ---- */

static const char *header(const struct call *call, const char *name)
{
    return f->transfer_header(call->transfer, name);
}

/* Looks at the first piece of a response with these headers. */
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
        cmocka_unit_test(test_left_in_the_middle),
        cmocka_unit_test(test_headers_that_are_kept),
        cmocka_unit_test(test_a_header_that_is_too_long),
        cmocka_unit_test(test_headers_do_not_outlive_their_response),
        cmocka_unit_test(test_an_response_that_is_packed_twice),
        cmocka_unit_test(test_all_zero_options_are_safe),
        cmocka_unit_test(test_the_table_names_its_build),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
