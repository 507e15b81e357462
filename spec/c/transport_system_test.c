/*
 * What the transport has to do with the rest of the process: signals and descriptors. libcurl's functions are replaced
 * by ones that raise SIGPIPE first, as a TLS library does that writes to a closed connection.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

#include "canned_server.h"
#include "transport_call.h"

CURLMcode __wrap_curl_multi_socket_action(CURLM *multi, curl_socket_t fd, int events, int *running);
CURLMcode __real_curl_multi_socket_action(CURLM *multi, curl_socket_t fd, int events, int *running);
CURLMcode __wrap_curl_multi_remove_handle(CURLM *multi, CURL *easy);
CURLMcode __real_curl_multi_remove_handle(CURLM *multi, CURL *easy);
CURLMcode __wrap_curl_multi_cleanup(CURLM *multi);
CURLMcode __real_curl_multi_cleanup(CURLM *multi);
CURLcode __wrap_curl_easy_pause(CURL *easy, int what);
CURLcode __real_curl_easy_pause(CURL *easy, int what);

/* ---- signals ---- */

static bool pipes_break;
static size_t breaks;

static void break_pipe(void)
{
    if (pipes_break) {
        breaks++;
        (void)pthread_kill(pthread_self(), SIGPIPE);
    }
}

CURLMcode __wrap_curl_multi_socket_action(CURLM *multi, curl_socket_t fd, int events, int *running)
{
    break_pipe();
    return __real_curl_multi_socket_action(multi, fd, events, running);
}

CURLMcode __wrap_curl_multi_remove_handle(CURLM *multi, CURL *easy)
{
    break_pipe();
    return __real_curl_multi_remove_handle(multi, easy);
}

CURLMcode __wrap_curl_multi_cleanup(CURLM *multi)
{
    break_pipe();
    return __real_curl_multi_cleanup(multi);
}

CURLcode __wrap_curl_easy_pause(CURL *easy, int what)
{
    break_pipe();
    return __real_curl_easy_pause(easy, what);
}

static bool is_pending(int number)
{
    sigset_t pending;
    return sigpending(&pending) == 0 && sigismember(&pending, number) == 1;
}

static bool is_blocked(int number)
{
    sigset_t mask;
    return pthread_sigmask(SIG_BLOCK, NULL, &mask) == 0 && sigismember(&mask, number) == 1;
}

/* A body of many pieces, taken whole, then one that is left in the middle. */
static void use_everything(void)
{
    enum { LENGTH = 300000 };
    char *text = calloc(1, LENGTH + 200);
    assert_non_null(text);
    int head = snprintf(text, 200, OK_HEAD "Content-Length: %d\r\n\r\n", LENGTH);
    const struct canned response = {text, (size_t)head + LENGTH, KEEP};
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = serve(&call, &response, 1, &given);
    breaks = 0;
    pipes_break = true;
    assert_int_equal(run(&call), DNP_TRANSFER_DONE);
    start(&call);
    assert_ptr_equal(await(call.loop), &call);
    abandon(&call);
    server_stop(server);
    release(&call, server);
    pipes_break = false;
    assert_true(breaks > 5);
    free(text);
}

/* The test's process would be dead otherwise. */
static void test_a_broken_pipe_does_not_kill(void **state)
{
    (void)state;
    use_everything();
    assert_false(is_pending(SIGPIPE));
    assert_false(is_blocked(SIGPIPE));
}

static volatile sig_atomic_t handled;

static void handle(int number)
{
    (void)number;
    handled++;
}

/* The script's own handler neither sees ours nor is lost. */
static void test_a_handler_is_left_alone(void **state)
{
    struct sigaction ours = {.sa_handler = handle};
    struct sigaction before;
    struct sigaction after;
    (void)state;
    handled = 0;
    assert_int_equal(sigaction(SIGPIPE, &ours, &before), 0);
    use_everything();
    assert_int_equal(handled, 0);
    (void)raise(SIGPIPE);
    assert_int_equal(handled, 1);
    assert_int_equal(sigaction(SIGPIPE, &before, &after), 0);
    assert_ptr_equal(after.sa_handler, handle);
}

static void test_a_signal_that_was_pending_stays(void **state)
{
    sigset_t only;
    sigset_t before;
    const struct timespec at_once = {0, 0};
    (void)state;
    (void)sigemptyset(&only);
    (void)sigaddset(&only, SIGPIPE);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &only, &before), 0);
    use_everything();
    assert_false(is_pending(SIGPIPE));
    (void)pthread_kill(pthread_self(), SIGPIPE);
    use_everything();
    assert_true(is_pending(SIGPIPE));
    assert_true(is_blocked(SIGPIPE));
    assert_int_equal(sigtimedwait(&only, NULL, &at_once), SIGPIPE);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
}

static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* So that an interpreter can look at its Ctrl-C. */
static void test_a_signal_ends_the_waiting(void **state)
{
    static const struct canned response = RESPONSE("", HANG);
    const struct itimerval soon = {.it_value = {.tv_usec = 50000}};
    struct sigaction ours = {.sa_handler = handle};
    struct sigaction before;
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = serve(&call, &response, 1, &given);
    (void)state;
    handled = 0;
    assert_int_equal(sigaction(SIGALRM, &ours, &before), 0);
    start(&call);
    double begun = seconds_now();
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    while (handled == 0) {
        assert_true(f->loop_wait(call.loop, 10, &call.error));
        assert_null(f->loop_ready(call.loop));
    }
    assert_true(seconds_now() - begun < 5);
    server_stop(server);
    release(&call, server);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
}

/* ---- descriptors ---- */

/* Calls `look` for each descriptor of the process; returns how many there are. */
static size_t each_descriptor(void (*look)(int fd))
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *entry = NULL;
    if (folder == NULL) {
        return 0; /* there is no such folder on this system */
    }
    while ((entry = readdir(folder)) != NULL) {
        int fd = (int)strtol(entry->d_name, NULL, 10);
        if (entry->d_name[0] != '.' && fd != dirfd(folder)) {
            count++;
            if (look != NULL) {
                look(fd);
            }
        }
    }
    (void)closedir(folder);
    return count;
}

static int server_port;
static size_t connections;

/* Those that are connected to the server; the server's own ends have its port on the other side. */
static void look_at_connection(int fd)
{
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    if (getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && peer.sin_family == AF_INET &&
        ntohs(peer.sin_port) == server_port) {
        connections++;
        assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    }
}

static void test_connections_are_not_inherited(void **state)
{
    static const struct canned response = RESPONSE(OK_RESPONSE, KEEP);
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = serve(&call, &response, 1, &given);
    (void)state;
    assert_int_equal(run(&call), DNP_TRANSFER_DONE);
    server_port = server->port;
    connections = 0;
    if (each_descriptor(look_at_connection) > 0) {
        assert_int_equal(connections, 1);
    }
    server_stop(server);
    release(&call, server);
}

/* Whatever became of the transfers: done, ended in the middle, failed, waiting for a turn. */
static void test_no_descriptor_stays(void **state)
{
    static const struct canned responses[] = {RESPONSE(OK_RESPONSE, KEEP), RESPONSE(OK_RESPONSE, KEEP),
                                              RESPONSE("", HANG), RESPONSE("", CLOSE), RESPONSE("", HANG)};
    struct dnp_transport_options given = options();
    struct call calls[8];
    (void)state;
    given.max_connections = 4;
    for (int round = 0; round < 3; round++) {
        size_t before = each_descriptor(NULL);
        struct server *server = serve(&calls[0], responses, 5, &given);
        assert_int_equal(run(&calls[0]), DNP_TRANSFER_DONE);
        for (size_t i = 1; i < 8; i++) {
            calls[i] = calls[0];
            calls[i].body = NULL;
        }
        for (size_t i = 0; i < 8; i++) {
            start(&calls[i]);
        }
        for (int looks = 0; looks < 5; looks++) {
            assert_true(f->loop_wait(calls[0].loop, 0.01, &calls[0].error));
        }
        server_stop(server);
        for (size_t i = 0; i < 8; i++) {
            abandon(&calls[i]);
        }
        release_together(calls, 8);
        free(server);
        assert_int_equal(each_descriptor(NULL), before);
    }
}

/* Connections are closed with their transport, while the loop goes on. */
static void test_a_transport_closes_its_connections(void **state)
{
    static const struct canned response = RESPONSE(OK_RESPONSE, KEEP);
    struct dnp_transport_options given = options();
    struct call call;
    struct server *server = serve(&call, &response, 1, &given);
    (void)state;
    assert_int_equal(run(&call), DNP_TRANSFER_DONE);
    f->transport_free(call.transport);
    server_port = server->port;
    connections = 0;
    (void)each_descriptor(look_at_connection);
    assert_int_equal(connections, 0);
    call.transport = f->transport_new(call.loop, &given, &call.error);
    assert_non_null(call.transport);
    assert_int_equal(run(&call), DNP_TRANSFER_DONE);
    server_stop(server);
    assert_int_equal(server->connection_count, 2);
    release(&call, server);
}

static void limit_descriptors(rlim_t most, struct rlimit *before)
{
    assert_int_equal(getrlimit(RLIMIT_NOFILE, before), 0);
    struct rlimit limit = *before;
    limit.rlim_cur = most;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static int lowest_free(void)
{
    int fd = dup(0);
    (void)close(fd);
    return fd;
}

static void test_no_descriptor_is_left(void **state)
{
    static const struct canned response = RESPONSE(OK_RESPONSE, KEEP);
    struct dnp_transport_options given = options();
    struct rlimit before;
    struct call call;
    struct server *server = serve(&call, &response, 1, &given);
    (void)state;
    for (int i = 0; i < 2; i++) {
        limit_descriptors((rlim_t)lowest_free(), &before);
        call.mutates = i == 1;
        (void)run(&call);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        check_failed(&call, DNP_TRANSPORT, "no_descriptors", DNP_NOT_DONE);
        assert_non_null(strstr(call.error.message, "127.0.0.1:"));
    }
    assert_int_equal(run(&call), DNP_TRANSFER_DONE);
    server_stop(server);
    assert_int_equal(server->requests, 1);
    release(&call, server);
}

static void test_no_descriptor_is_left_for_a_loop(void **state)
{
    struct rlimit before;
    struct dnp_error error;
    (void)state;
    limit_descriptors((rlim_t)lowest_free(), &before);
    struct dnp_loop *loop = f->loop_new(&error);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    if (loop == NULL) { /* one over poll needs none */
        assert_string_equal(error.name, "no_descriptors");
        assert_int_equal(error.outcome, DNP_NOT_DONE);
    }
    f->loop_free(loop);
}

/* A lookup needs descriptors, too: for its thread's message, for the hosts file. */
static void test_no_descriptor_is_left_for_a_name(void **state)
{
    struct dnp_transport_options given = options();
    struct rlimit before;
    struct call call;
    (void)state;
    prepare(&call, &given);
    (void)snprintf(call.url, sizeof call.url, "http://localhost:%d/", server_closed_port());
    limit_descriptors((rlim_t)lowest_free(), &before);
    (void)run(&call);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    check_failed(&call, DNP_TRANSPORT, "no_descriptors", DNP_NOT_DONE);
    release(&call, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_broken_pipe_does_not_kill),
        cmocka_unit_test(test_a_handler_is_left_alone),
        cmocka_unit_test(test_a_signal_that_was_pending_stays),
        cmocka_unit_test(test_a_signal_ends_the_waiting),
        cmocka_unit_test(test_connections_are_not_inherited),
        cmocka_unit_test(test_no_descriptor_stays),
        cmocka_unit_test(test_a_transport_closes_its_connections),
        cmocka_unit_test(test_no_descriptor_is_left),
        cmocka_unit_test(test_no_descriptor_is_left_for_a_loop),
        cmocka_unit_test(test_no_descriptor_is_left_for_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
