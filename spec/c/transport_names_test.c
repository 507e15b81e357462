/* Names: who is looked up, how often, and that a name server that never answers holds nobody up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netdb.h>
#include <time.h>

int __wrap_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **list);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __real_clock_gettime(clockid_t clock, struct timespec *now);

#include "name_server.h"

/* ---- a clock ---- */

static time_t later; /* seconds that have passed beyond the real ones */

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = __real_clock_gettime(clock, now);
    now->tv_sec += clock == CLOCK_MONOTONIC ? later : 0;
    return result;
}

static double seconds_now(void)
{
    struct timespec now;
    (void)__real_clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int reset_all(void **state)
{
    (void)state;
    later = 0;
    reset_names();
    return 0;
}

/* ---- calls ---- */

static const struct canned closing =
    RESPONSE(OK_HEAD "Connection: close\r\nContent-Length: 11\r\n\r\n<answer />\n", CLOSE);

static struct server *serve_name(struct call *call, const char *host, const struct canned *response,
                                 const struct dnp_transport_options *given)
{
    struct server *server = serve(call, response, 1, given);
    set_host(call, host, server->port);
    return server;
}

static void test_a_name_is_looked_up_once(void **state)
{
    static const struct canned *const responses[] = {&good, &closing};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct dnp_transport_options given = options();
        struct call call;
        struct server *server = serve_name(&call, "Panel.example.com", responses[i], &given);
        lookups = 0;
        for (int n = 0; n < 5; n++) {
            assert_int_equal(run(&call), DNP_TRANSFER_DONE);
        }
        server_stop(server);
        assert_int_equal(server->connection_count, i == 0 ? 1 : 5);
        assert_int_equal(count_lookups(), 1);
        assert_string_equal(last_name, "Panel.example.com");
        assert_true(signals_were_blocked);
        assert_non_null(strstr(server->last, "\r\nHost: Panel.example.com:"));
        release(&call, server);
    }
}

/* After a minute a new connection asks again; one that was kept needs no name. */
static void test_an_address_is_kept_for_a_minute(void **state)
{
    struct dnp_transport_options given = options();
    struct call fresh;
    struct call kept;
    struct server *server = serve_name(&fresh, "panel.example.com", &closing, &given);
    struct server *keeper = serve_name(&kept, "panel.example.com", &good, &given);
    (void)state;
    assert_int_equal(run(&fresh), DNP_TRANSFER_DONE);
    assert_int_equal(run(&kept), DNP_TRANSFER_DONE);
    later = 59;
    assert_int_equal(run(&fresh), DNP_TRANSFER_DONE);
    assert_int_equal(count_lookups(), 2);
    later = 61;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(run(&fresh), DNP_TRANSFER_DONE);
        assert_int_equal(run(&kept), DNP_TRANSFER_DONE);
    }
    assert_int_equal(count_lookups(), 3);
    server_stop(server);
    server_stop(keeper);
    assert_int_equal(keeper->connection_count, 1);
    release(&fresh, server);
    release(&kept, keeper);
}

static void test_transfers_share_a_lookup(void **state)
{
    enum { MANY = 10 };
    struct dnp_transport_options given = options();
    struct call calls[MANY];
    struct server *server = serve_name(&calls[0], "panel.example.com", &good, &given);
    (void)state;
    run_together(calls, MANY);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(calls[i].event, DNP_TRANSFER_DONE);
    }
    assert_int_equal(count_lookups(), 1);
    server_stop(server);
    release_together(calls, MANY);
    free(server);
}

static void test_addresses_are_tried_in_turn(void **state)
{
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = serve_name(&call, "two.example.com", &good, &given);
    (void)state;
    assert_int_equal(run(&call), DNP_TRANSFER_DONE);
    server_stop(server);
    release(&call, server);
}

static void test_what_is_not_a_name_is_not_looked_up(void **state)
{
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = serve_name(&call, "127.0.0.1", &good, &given);
    (void)state;
    given.proxy = NULL;
    assert_int_equal(run(&call), DNP_TRANSFER_DONE);
    set_host(&call, "[::1]", server_closed_port());
    (void)run(&call);
    assert_true(call.event == DNP_TRANSFER_FAILED);
    assert_non_null(strstr(call.error.message, " [::1]:"));
    assert_int_equal(call.error.outcome, DNP_NOT_DONE);
    server_stop(server);
    assert_int_equal(count_lookups(), 0);
    release(&call, server);
}

static void test_localhost(void **state)
{
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = serve_name(&call, "localhost", &good, &given);
    (void)state;
    assert_int_equal(run(&call), DNP_TRANSFER_DONE);
    server_stop(server);
    release(&call, server);
}

static void test_a_name_that_nobody_has(void **state)
{
    struct dnp_transport_options given = options();
    struct call call;
    (void)state;
    prepare(&call, &given);
    for (size_t i = 1; i <= 2; i++) {
        set_host(&call, "none.example.com", 9002);
        call.mutates = i == 2;
        (void)run(&call);
        check_failed(&call, DNP_TRANSPORT, "host_not_found", DNP_NOT_DONE);
        assert_non_null(strstr(call.error.message, "none.example.com:9002 ("));
        assert_int_equal(count_lookups(), i);
    }
    release(&call, NULL);
}

static void test_no_descriptor_for_a_lookup(void **state)
{
    struct dnp_transport_options given = options();
    struct call call;
    (void)state;
    prepare(&call, &given);
    set_host(&call, "full.example.com", 9002);
    (void)run(&call);
    check_failed(&call, DNP_TRANSPORT, "no_descriptors", DNP_NOT_DONE);
    release(&call, NULL);
}

/* ---- a name server that does not answer ---- */

/* It ends in time, another call of the loop does not wait for it, and neither does the end of it all. */
static void test_a_mute_name_server(void **state)
{
    struct dnp_transport_options given = options();
    struct call mute;
    struct call other;
    struct server *server = serve(&other, &good, 1, &given);
    double begun = seconds_now();
    (void)state;
    set_mute(true);
    mute = other;
    set_host(&mute, "mute.example.com", server->port);
    mute.timeout = 3;
    start(&mute);
    assert_true(f->loop_wait(mute.loop, 0, &mute.error));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(run(&other), DNP_TRANSFER_DONE);
    }
    assert_true(seconds_now() - begun < 3);
    while (mute.transfer != NULL) {
        assert_ptr_equal(await(mute.loop), &mute);
        (void)take(&mute);
    }
    check_failed(&mute, DNP_TIMEOUT, "connect_timeout", DNP_NOT_DONE);
    assert_true(seconds_now() - begun < 20);
    await_waiting(1);
    server_stop(server);
    begun = seconds_now();
    release(&other, server);
    assert_true(seconds_now() - begun < 5);
    set_mute(false);
    await_waiting(0);
}

static void test_connect_timeout_bounds_a_lookup(void **state)
{
    struct dnp_transport_options given = options();
    struct call call;
    (void)state;
    given.connect_timeout = 0.2;
    prepare(&call, &given);
    set_mute(true);
    set_host(&call, "mute.example.com", 9002);
    (void)run(&call);
    check_failed(&call, DNP_TIMEOUT, "connect_timeout", DNP_NOT_DONE);
    const char *within = strstr(call.error.message, "within ");
    assert_non_null(within);
    assert_in_range(strtod(within + strlen("within "), NULL) * 10, 2, 200); /* a busy machine notices late */
    set_mute(false);
    release(&call, NULL);
    await_waiting(0);
}

/* The thread that is there is asked, so they do not become more with each call; its result is for those that wait. */
static void test_a_late_response_is_used(void **state)
{
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = serve_name(&call, "mute.example.com", &good, &given);
    (void)state;
    set_mute(true);
    for (int i = 0; i < 3; i++) {
        call.timeout = 0.05;
        (void)run(&call);
        check_failed(&call, DNP_TIMEOUT, "connect_timeout", DNP_NOT_DONE);
    }
    call.timeout = 0;
    start(&call);
    assert_true(f->loop_wait(call.loop, 0, &call.error));
    set_mute(false);
    while (call.transfer != NULL) {
        assert_ptr_equal(await(call.loop), &call);
        (void)take(&call);
    }
    assert_int_equal(call.event, DNP_TRANSFER_DONE);
    assert_int_equal(count_lookups(), 1);
    server_stop(server);
    release(&call, server);
}

/* An ended transfer leaves at once; whoever waits with it does not notice. */
static void test_ending_one_of_those_that_wait(void **state)
{
    struct dnp_transport_options given = options();
    struct call calls[3];
    struct server *server = serve_name(&calls[0], "mute.example.com", &good, &given);
    (void)state;
    set_mute(true);
    for (size_t i = 0; i < 3; i++) {
        calls[i] = calls[0];
        calls[i].body = NULL;
        calls[i].transfer = NULL;
    }
    for (size_t i = 0; i < 3; i++) {
        start(&calls[i]);
    }
    assert_true(f->loop_wait(calls[0].loop, 0, &calls[0].error));
    abandon(&calls[1]);
    set_mute(false);
    while (calls[0].transfer != NULL || calls[2].transfer != NULL) {
        (void)take(await(calls[0].loop));
    }
    assert_int_equal(calls[0].event, DNP_TRANSFER_DONE);
    assert_int_equal(calls[2].event, DNP_TRANSFER_DONE);
    server_stop(server);
    release_together(calls, 3);
    free(server);
}

static void test_threads_are_bounded(void **state)
{
    enum { MANY = 20, THREADS = 8 };
    struct dnp_transport_options given = options();
    struct call calls[MANY];
    (void)state;
    set_mute(true);
    prepare(&calls[0], &given);
    for (size_t i = 0; i < MANY; i++) {
        if (i > 0) {
            calls[i] = calls[0];
            calls[i].body = NULL;
            calls[i].transport = f->transport_new(calls[0].loop, &given, &calls[0].error);
            assert_non_null(calls[i].transport);
        }
    }
    for (int i = 0; i < MANY; i++) {
        char host[64];
        (void)snprintf(host, sizeof host, "mute%d.example.com", i);
        set_host(&calls[i], host, server_closed_port());
        start(&calls[i]);
    }
    assert_true(f->loop_wait(calls[0].loop, 0, &calls[0].error));
    await_waiting(THREADS);
    set_mute(false);
    for (size_t left = MANY; left > 0;) {
        struct call *call = await(calls[0].loop);
        (void)take(call);
        left -= call->transfer == NULL;
    }
    for (size_t i = 0; i < MANY; i++) {
        check_failed(&calls[i], DNP_TRANSPORT, "connection_refused", DNP_NOT_DONE);
        if (i > 0) {
            f->transport_free(calls[i].transport);
        }
    }
    assert_int_equal(count_lookups(), MANY);
    assert_true(most_waiting <= THREADS);
    release(&calls[0], NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, reset_all)
    const struct CMUnitTest tests[] = {
        TEST(test_a_name_is_looked_up_once),
        TEST(test_an_address_is_kept_for_a_minute),
        TEST(test_transfers_share_a_lookup),
        TEST(test_addresses_are_tried_in_turn),
        TEST(test_what_is_not_a_name_is_not_looked_up),
        TEST(test_localhost),
        TEST(test_a_name_that_nobody_has),
        TEST(test_no_descriptor_for_a_lookup),
        TEST(test_a_mute_name_server),
        TEST(test_connect_timeout_bounds_a_lookup),
        TEST(test_a_late_response_is_used),
        TEST(test_ending_one_of_those_that_wait),
        TEST(test_threads_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
