/*
 * Makes every allocation of the transport fail, one after another: ours by the linker's wrapping, libcurl's through its
 * own hooks. Each failure ends the transfer with an error whose outcome is true, and the next one works.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "canned_server.h"
#include "transport_call.h"

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

#include "failing_memory.h"

static char *duplicate(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = __wrap_malloc(size);
    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

static enum dnp_transfer_event take_with_memory(struct call *call)
{
    struct dnp_slice bytes;
    enum dnp_transfer_event event = f->transfer_take(call->transfer, &bytes, &call->error);
    if (event == DNP_TRANSFER_BYTES) {
        call->received += bytes.length;
    }
    return event;
}

/* Runs `call`, whose loop and transport may be missing; false when something failed, as its error says. */
static bool run_failing(struct call *call)
{
    struct dnp_error error;
    call->received = 0;
    if (call->transport == NULL || try_start(call) == NULL) {
        return false;
    }
    enum dnp_transfer_event event = DNP_TRANSFER_WAITING;
    while (event == DNP_TRANSFER_WAITING || event == DNP_TRANSFER_BYTES) {
        if (f->loop_ready(call->loop) == NULL && !f->loop_wait(call->loop, 5, &error)) {
            fail_msg("cannot wait: %s", error.message);
        }
        event = take_with_memory(call);
    }
    f->transfer_end(call->transfer);
    call->transfer = NULL;
    return event == DNP_TRANSFER_DONE;
}

static void prepare_failing(struct call *call, const struct dnp_transport_options *given)
{
    call->loop = f->loop_new(&call->error);
    call->transport = call->loop != NULL ? f->transport_new(call->loop, given, &call->error) : NULL;
}

/* A change with memory that ends at allocation `n`, then once more with enough of it. Returns false when `n` is beyond
 * the last one. `host` is a name, or the address itself. */
static bool fails_at(long n, const char *host, const struct canned *response)
{
    struct dnp_transport_options given = options();
    struct server *server = server_start(response, 1);
    struct call call = {.mutates = true};
    (void)snprintf(call.url, sizeof call.url, "http://%s:%d/es.asmx", host, server->port);
    given.timeout = 5;
    given.ca_file = "/nonexistent/ca.pem";
    countdown = n;
    has_failed = false;
    prepare_failing(&call, &given);
    bool good = run_failing(&call);
    bool failed = has_failed;
    struct dnp_error failure = call.error;
    countdown = -1;
    has_failed = false;
    assert_true(good || failed); /* libcurl does without some of its memory */
    if (!good && failure.kind == DNP_MEMORY) {
        assert_int_equal(failure.outcome, DNP_NOT_DONE);
    }
    if (call.transport != NULL && !run_failing(&call)) {
        fail_msg("allocation %ld: afterwards %s", n, call.error.message);
    }
    bool second = call.transport != NULL;
    f->transport_free(call.transport);
    f->loop_free(call.loop);
    server_stop(server);
    /* What is said not to have been done is not among the requests that came. */
    size_t most = (good || failure.outcome == DNP_UNKNOWN ? 1U : 0U) + (second ? 1U : 0U);
    if (server->requests > most) {
        fail_msg("allocation %ld: sent, but %s", n, failure.message);
    }
    free(server);
    return failed;
}

static void fail_everywhere(const char *host, const struct canned *response)
{
    for (int i = 0; i < 2; i++) {
        long n = 0;
        for_good = i > 0;
        while (fails_at(n, host, response)) {
            n++;
        }
        assert_true(n > 50);
    }
}

static void every_allocation_may_fail(void **state)
{
    static const struct canned response = RESPONSE(OK_RESPONSE, KEEP);
    (void)state;
    fail_everywhere("127.0.0.1", &response);
}

static void every_allocation_may_fail_with_a_name(void **state)
{
    static const struct canned response = RESPONSE(OK_RESPONSE, KEEP);
    (void)state;
    fail_everywhere("localhost", &response);
}

static void every_allocation_of_a_long_response_may_fail(void **state)
{
    enum { LENGTH = 100000 };
    char *text = calloc(1, LENGTH + 200);
    assert_non_null(text);
    int head = snprintf(text, 200, OK_HEAD "Content-Length: %d\r\n\r\n", LENGTH);
    const struct canned response = {text, (size_t)head + LENGTH, KEEP};
    (void)state;
    fail_everywhere("127.0.0.1", &response);
    free(text);
}

int main(void)
{
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, __wrap_malloc, free, __wrap_realloc, duplicate, __wrap_calloc) != 0) {
        return 1;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail),
                                       cmocka_unit_test(every_allocation_may_fail_with_a_name),
                                       cmocka_unit_test(every_allocation_of_a_long_response_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
