/*
 * The transport over libcurl with many transfers at once, and with responses that are read at their reader's pace.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "canned_server.h"
#include "transport_call.h"

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

/* ---- a response that is read at its reader's pace ---- */

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
    const char *within = strstr(call.error.message, "within ");
    assert_non_null(within);
    assert_in_range(strtod(within + strlen("within "), NULL) * 10, 2, 200); /* a busy machine notices late */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_connections_are_limited),
        cmocka_unit_test(test_waiting_for_a_connection),
        cmocka_unit_test(test_one_does_not_hold_up_another),
        cmocka_unit_test(test_transports_of_one_loop),
        cmocka_unit_test(test_a_piece_is_held),
        cmocka_unit_test(test_waiting_for_a_piece_has_an_end),
        cmocka_unit_test(test_a_whole_call_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
