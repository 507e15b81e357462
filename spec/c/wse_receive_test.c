/*
 * The receiving side of message security when our memory runs out at any point: nothing is leaked, and nothing is
 * accepted that is not the whole request. libxml2's own allocations do not fail here: version 2.9 goes down by itself
 * when xmlParseInNodeContext finds no memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "crypto/openssl.h"
#include "sandbox/http/wse_server.h"
#include "value/calendar.h"
#include "wse_vectors.h"

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

#include "failing_memory.h"

static bool find_password(void *context, const char *username, struct dnp_buffer *password, bool *found)
{
    const struct wse_vector *vector = context;
    *found = strcmp(username, vector->username) == 0;
    return dnp_buffer_puts(password, vector->password);
}

static enum dnp_wse_server_verdict receive(const struct wse_vector *vector, struct dnp_wse_server_received *received)
{
    struct dnp_crypto crypto;
    int64_t now = 0;
    assert_true(dnp_date_read_universal(dnp_slice_of(vector->created), &now));
    if (!dnp_openssl_open(&crypto)) {
        return DNP_WSE_SERVER_FAILED;
    }
    const struct dnp_wse_server_rules rules = {&crypto, now, vector->to, find_password, (void *)vector};
    enum dnp_wse_server_verdict verdict = dnp_wse_server_receive(dnp_slice_of(vector->request), &rules, received);
    dnp_openssl_close(&crypto);
    return verdict;
}

static void assert_whole(const struct dnp_wse_server_received *received, const struct wse_vector *vector)
{
    struct dnp_buffer body;
    dnp_buffer_init(&body, SIZE_MAX / 4);
    dnp_buffer_puts(&body, ">");
    dnp_buffer_puts(&body, vector->body);
    assert_true(dnp_buffer_puts(&body, "</soap:Body></soap:Envelope>"));
    assert_non_null(strstr(received->clear.data, body.data));
    assert_string_equal(received->message_id.data, vector->message_id);
    assert_string_equal(received->username.data, vector->username);
    dnp_buffer_free(&body);
}

/* One allocation fails, or all from one on. */
static void fail_each(const struct wse_vector *vector, bool all)
{
    for (long i = 0;; i++) {
        struct dnp_wse_server_received received;
        dnp_wse_server_received_init(&received);
        for_good = all;
        has_failed = false;
        countdown = i;
        enum dnp_wse_server_verdict verdict = receive(vector, &received);
        bool failed = has_failed;
        countdown = -1;
        for_good = false;
        has_failed = false;
        if (verdict == DNP_WSE_SERVER_ACCEPTED) {
            assert_whole(&received, vector);
        }
        dnp_wse_server_received_free(&received);
        if (!failed) {
            assert_int_equal(verdict, DNP_WSE_SERVER_ACCEPTED);
            assert_true(i > 20);
            return;
        }
    }
}

static void each_allocation_fails(void **state)
{
    (void)state;
    fail_each(&wse_vectors[0], false);
    fail_each(&wse_vectors[1], false); /* text that is escaped */
}

static void memory_stays_away(void **state)
{
    (void)state;
    fail_each(&wse_vectors[0], true);
    fail_each(&wse_vectors[1], true);
}

/* Every allocation of a response's addressing. */
static void responses_need_memory(void **state)
{
    static const char envelope[] = "<soap:Envelope><soap:Body>x</soap:Body></soap:Envelope>";
    (void)state;
    for (long i = 0;; i++) {
        struct dnp_wse_server_received received;
        struct dnp_buffer body;
        dnp_wse_server_received_init(&received);
        dnp_buffer_init(&body, SIZE_MAX / 4);
        assert_int_equal(receive(&wse_vectors[0], &received), DNP_WSE_SERVER_ACCEPTED);
        assert_true(dnp_buffer_puts(&body, envelope));
        countdown = i;
        has_failed = false;
        bool addressed = dnp_wse_server_address_response(&body, &received, "urn:uuid:1", false);
        countdown = -1;
        assert_int_equal(addressed, !has_failed);
        if (!addressed) {
            assert_string_equal(body.data, envelope);
        }
        dnp_buffer_free(&body);
        dnp_wse_server_received_free(&received);
        if (addressed) {
            assert_true(i > 0);
            return;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(memory_stays_away),
        cmocka_unit_test(responses_need_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
