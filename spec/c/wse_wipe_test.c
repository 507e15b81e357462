/*
 * What WSE 3.0 works with does not stay: no memory that is given back, and none of a call that waits for the next one,
 * holds the password, a derived key, or what was encrypted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "client/call.h"
#include "crypto/openssl.h"

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

#include "counted_memory.h"
#include "lookup/find.h"

#define OLD_PASSWORD "correct horse battery"
#define NEW_PASSWORD "staple of staples"
#define MOST_BLOCKS 5000

static struct dnp_crypto openssl;
static unsigned char key[DNP_AES256_KEY_SIZE]; /* of the last message */
static size_t keys;
static bool forgotten;

static const char *in_use[MOST_BLOCKS];
static size_t sizes[MOST_BLOCKS];
static size_t in_use_count;
static size_t found;

static bool holds(const char *block, size_t size, const void *secret, size_t length)
{
    for (size_t at = 0; at + length <= size; at++) {
        if (memcmp(block + at, secret, length) == 0) {
            return true;
        }
    }
    return false;
}

/* What belongs to a call, not to its session. */
static bool holds_secret_of_call(const char *block, size_t size)
{
    return holds(block, size, NEW_PASSWORD, strlen(NEW_PASSWORD)) || (keys > 0 && holds(block, size, key, sizeof key));
}

static void note_new(const char *block, size_t size)
{
    assert_true(in_use_count < MOST_BLOCKS);
    in_use[in_use_count] = block;
    sizes[in_use_count++] = size;
}

static void note_old(const char *block, size_t size)
{
    found += holds_secret_of_call(block, size) || holds(block, size, OLD_PASSWORD, strlen(OLD_PASSWORD)) ? 1 : 0;
    for (size_t i = 0; i < in_use_count; i++) {
        if (in_use[i] == block) {
            in_use[i] = in_use[--in_use_count];
            sizes[i] = sizes[in_use_count];
            return;
        }
    }
}

static size_t secrets_in_use(void)
{
    size_t count = 0;
    for (size_t i = 0; i < in_use_count; i++) {
        count += holds_secret_of_call(in_use[i], sizes[i]) ? 1 : 0;
    }
    return count;
}

static bool encrypt(void *context, const unsigned char *with, const unsigned char *iv, unsigned char *data,
                    size_t length)
{
    memcpy(key, with, sizeof key);
    keys++;
    forgotten = false;
    assert_true(holds((const char *)data, length, NEW_PASSWORD, strlen(NEW_PASSWORD)));
    return openssl.aes256_cbc_encrypt(context, with, iv, data, length);
}

static void forget(void *context)
{
    forgotten = true;
    openssl.forget(context);
}

static enum dnp_presence give(void *context, const struct dnp_field *field, size_t index, struct dnp_value *value,
                              struct dnp_error *error)
{
    (void)context, (void)field, (void)index, (void)error;
    value->integer = 7;
    value->text = dnp_slice_of(NEW_PASSWORD);
    return DNP_PRESENT;
}

static void leave(void *context, const struct dnp_field *field)
{
    (void)context, (void)field;
}

static void nothing_is_left(void **state)
{
    const struct dnp_source source = {.get = give, .leave = leave};
    struct dnp_error error = {0};
    struct dnp_crypto watched = openssl;
    (void)state;
    watched.aes256_cbc_encrypt = encrypt;
    watched.forget = forget;
    look = note_old;
    look_at_new = note_new;
    const struct dnp_session_options options = {.url = "http://host",
                                                .username = "admin",
                                                .password = OLD_PASSWORD,
                                                .dialect = &dnp_dialects[0],
                                                .auth = &dnp_auth_wse,
                                                .crypto = &watched};
    struct dnp_session *session = dnp_session_new(&options, &error);
    assert_non_null(session);
    for (size_t i = 1; i <= 3; i++) {
        struct dnp_call *call =
            dnp_call_new(session, dnp_find_operation("ChangeUserPassword", DNP_DOTNETPANEL), &error);
        assert_non_null(call);
        assert_true(dnp_call_encode(call, &source, &error));
        assert_int_equal(keys, i);
        assert_true(forgotten);
        assert_true(secrets_in_use() > 0); /* the request in clear, for traces */
        assert_false(holds(dnp_call_request(call)->body.data, dnp_call_request(call)->body.length, NEW_PASSWORD,
                           strlen(NEW_PASSWORD)));
        dnp_call_free(call);
        assert_int_equal(secrets_in_use(), 0);
    }
    dnp_session_free(session);
    look = NULL;
    look_at_new = NULL;
    assert_int_equal(found, 0);
    assert_int_equal(in_use_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_left)};
    if (!dnp_openssl_open(&openssl)) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    dnp_openssl_close(&openssl);
    return failed;
}
