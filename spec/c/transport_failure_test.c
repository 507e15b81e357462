/*
 * The transport over libcurl: what is sent how often over connections that die, and what an error says when a server, a
 * proxy or a certificate is not as it should be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "canned_server.h"
#include "transport_call.h"

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

/* A call to https fails before the request is sent. */
static void check_tls(const struct canned *response, const struct dnp_transport_options *given, const char *name)
{
    struct call call;
    struct server *server = serve(&call, response, 1, given);
    set_url(&call, "https", server->port);
    (void)run(&call);
    server_stop(server);
    check_failed(&call, DNP_TRANSPORT, name, DNP_NOT_DONE);
    release(&call, server);
}

static void test_tls_with_a_plain_server(void **state)
{
    static const struct canned response = RESPONSE("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", CLOSE);
    const struct dnp_transport_options given = options();
    (void)state;
    check_tls(&response, &given, "tls");
}

static void test_ca_file_that_is_none(void **state)
{
    static const struct canned response = RESPONSE("", CLOSE);
    struct dnp_transport_options given = options();
    (void)state;
    given.ca_file = "/nonexistent/ca.pem";
    check_tls(&response, &given, "certificate");
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
static void test_proxy_password_is_not_shown(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
        cmocka_unit_test(test_tls_with_a_plain_server),
        cmocka_unit_test(test_ca_file_that_is_none),
        cmocka_unit_test(test_proxy_that_refuses),
        cmocka_unit_test(test_proxy_that_hangs_up),
        cmocka_unit_test(test_proxy_password_is_not_shown),
        cmocka_unit_test(test_plain_http_with_a_tls_server),
        cmocka_unit_test(test_a_server_that_hangs_up_may_want_tls),
        cmocka_unit_test(test_a_server_with_other_versions_of_tls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
