/*
 * Messages of WSE 3.0 against those of its own client (spec/wse): with the same choices every value between the
 * password and the message is the same, and so is the message. With every allocation failing, and with a crypto
 * library that refuses, nothing of the message is left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "auth/wse.h"
#include "base/base64.h"
#include "openssl_library.h"
#include "wse_vectors.h"

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

#include "failing_memory.h"

#define VECTOR_COUNT (sizeof wse_vectors / sizeof wse_vectors[0])
#define CEILING ((size_t)1024 * 1024)

/* What a message asked of the crypto library, as it was asked; and the point at which the library refuses. */
struct witness {
    struct dnp_crypto real;
    const struct wse_vector *vector;
    size_t digested[DNP_WSE_SIGNED_COUNT]; /* how often each part was */
    size_t keys;                           /* of HMAC */
    bool forgotten;
    long refuse; /* the call from 0 on that fails; below zero: none */
};

static void read_hex(const char *hex, unsigned char *bytes, size_t size)
{
    assert_int_equal(strlen(hex), 2 * size);
    for (size_t i = 0; i < size; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        bytes[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
}

static struct dnp_wse_choices choices_of(const struct wse_vector *vector)
{
    struct dnp_wse_choices choices = {0};
    read_hex(vector->nonce, choices.nonce, sizeof choices.nonce);
    read_hex(vector->iv, choices.iv, sizeof choices.iv);
    (void)snprintf(choices.created, sizeof choices.created, "%s", vector->created);
    (void)snprintf(choices.expires, sizeof choices.expires, "%s", vector->expires);
    (void)snprintf(choices.message_id, sizeof choices.message_id, "%s", vector->message_id);
    return choices;
}

/* Everything that a vector's message is made from. */
struct prepared {
    struct dnp_wse_room room;
    struct dnp_wse_form form;
    struct dnp_wse_destination destination;
    struct dnp_wse_message message;
};

static bool prepare(struct prepared *prepared, const struct wse_vector *vector, const struct dnp_crypto *crypto)
{
    memset(prepared, 0, sizeof *prepared);
    dnp_wse_room_init(&prepared->room, CEILING);
    prepared->message = (struct dnp_wse_message){&prepared->room, &prepared->form, &prepared->destination,
                                                 vector->password, dnp_slice_of(vector->body)};
    return dnp_wse_form_init(&prepared->form, vector->username, vector->ids, crypto) &&
           dnp_wse_destination_init(&prepared->destination, &prepared->form, vector->action, vector->to, crypto);
}

static void unprepare(struct prepared *prepared)
{
    dnp_wse_room_free(&prepared->room);
    dnp_wse_form_free(&prepared->form);
    dnp_wse_destination_free(&prepared->destination);
}

static void assert_base64(const char *expected, const unsigned char *bytes, size_t length)
{
    struct dnp_buffer digits;
    dnp_buffer_init(&digits, CEILING);
    assert_true(dnp_base64_append(&digits, bytes, length));
    assert_string_equal(digits.data, expected);
    dnp_buffer_free(&digits);
}

/* ---- the witness ---- */

static bool refuses(struct witness *witness)
{
    return witness->refuse >= 0 && witness->refuse-- == 0;
}

static void witness_sha1(void *context, struct dnp_slice data, unsigned char digest[DNP_SHA1_SIZE])
{
    struct witness *witness = context;
    witness->real.sha1(witness->real.context, data, digest);
    for (size_t i = 0; witness->vector != NULL && i < DNP_WSE_SIGNED_COUNT; i++) {
        const char *canonical = witness->vector->canonicals[i];
        if (data.length == strlen(canonical) && memcmp(data.data, canonical, data.length) == 0) {
            assert_base64(witness->vector->digests[i], digest, DNP_SHA1_SIZE);
            witness->digested[i]++;
        }
    }
}

/* The second key is the derived one. */
static void witness_hmac_sha1_key(void *context, struct dnp_slice key)
{
    struct witness *witness = context;
    if (++witness->keys == 2 && witness->vector != NULL) {
        unsigned char expected[DNP_AES256_KEY_SIZE];
        read_hex(witness->vector->key, expected, sizeof expected);
        assert_int_equal(key.length, sizeof expected);
        assert_memory_equal(key.data, expected, sizeof expected);
    }
    witness->real.hmac_sha1_key(witness->real.context, key);
}

static void witness_hmac_sha1(void *context, const struct dnp_slice *pieces, size_t count,
                              unsigned char digest[DNP_SHA1_SIZE])
{
    struct witness *witness = context;
    witness->real.hmac_sha1(witness->real.context, pieces, count, digest);
    if (witness->vector != NULL && witness->keys == 2) {
        assert_int_equal(pieces[0].length, strlen(witness->vector->signed_info));
        assert_memory_equal(pieces[0].data, witness->vector->signed_info, pieces[0].length);
        assert_base64(witness->vector->signature, digest, DNP_SHA1_SIZE);
    }
}

static bool witness_encrypt(void *context, const unsigned char key[DNP_AES256_KEY_SIZE],
                            const unsigned char iv[DNP_AES_BLOCK_SIZE], unsigned char *data, size_t length)
{
    struct witness *witness = context;
    if (refuses(witness) || !witness->real.aes256_cbc_encrypt(witness->real.context, key, iv, data, length)) {
        return false;
    }
    if (witness->vector != NULL) {
        assert_ptr_equal(iv + DNP_AES_BLOCK_SIZE, data);
        assert_base64(witness->vector->cipher_value, iv, length + DNP_AES_BLOCK_SIZE);
    }
    return true;
}

static bool witness_random(void *context, unsigned char *bytes, size_t length)
{
    struct witness *witness = context;
    return !refuses(witness) && witness->real.random(witness->real.context, bytes, length);
}

static void witness_forget(void *context)
{
    struct witness *witness = context;
    witness->real.forget(witness->real.context);
    witness->forgotten = true;
}

static struct dnp_crypto watched(struct witness *witness, const struct wse_vector *vector)
{
    *witness = (struct witness){.real = openssl, .vector = vector, .refuse = -1};
    return (struct dnp_crypto){.context = witness,
                               .sha1 = witness_sha1,
                               .hmac_sha1_key = witness_hmac_sha1_key,
                               .hmac_sha1 = witness_hmac_sha1,
                               .forget = witness_forget,
                               .aes256_cbc_encrypt = witness_encrypt,
                               .random = witness_random};
}

/* ---- the tests ---- */

static void each_vector_is_reproduced(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        struct witness witness;
        struct prepared prepared;
        struct dnp_crypto crypto = watched(&witness, &wse_vectors[i]);
        struct dnp_wse_choices choices = choices_of(&wse_vectors[i]);
        struct dnp_error error = {0};
        struct dnp_buffer out;
        dnp_buffer_init(&out, CEILING);
        assert_true(prepare(&prepared, &wse_vectors[i], &crypto));
        assert_true(dnp_wse_write(&out, &prepared.message, &choices, &crypto, &error));
        for (size_t part = 0; part < DNP_WSE_SIGNED_COUNT; part++) {
            assert_int_equal(witness.digested[part], 1);
        }
        assert_int_equal(witness.keys, 2);
        assert_true(witness.forgotten);
        assert_string_equal(out.data, wse_vectors[i].request);
        dnp_buffer_free(&out);
        unprepare(&prepared);
    }
}

static void what_the_encoder_never_writes_is_refused(void **state)
{
    static const char *const bodies[] = {
        "<a><!-- --></a>",
        "<a><?b?></a>",
        "<a><![CDATA[b]]></a>",
        "<p:a/>",
        "<a b=\"c\"/>",
        "<a xmlns:b=\"c\"/>",
        "<a><b xmlns=\"c\"/></a>",
        "<a",
        "<>",
        "<a xmlns=\"b\" c=\"d\"/>",
        "<a b:nil=\"true\"/>",
        "<a xsi:nil=\"1\"/>",
    };
    struct dnp_wse_choices choices = choices_of(&wse_vectors[0]);
    struct prepared prepared;
    (void)state;
    assert_true(prepare(&prepared, &wse_vectors[0], &openssl));
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct dnp_error error = {0};
        struct dnp_buffer out;
        dnp_buffer_init(&out, CEILING);
        prepared.message.body = dnp_slice_of(bodies[i]);
        assert_false(dnp_wse_write(&out, &prepared.message, &choices, &openssl, &error));
        assert_int_equal(error.kind, DNP_USAGE);
        assert_int_equal(out.length, 0);
        dnp_buffer_free(&out);
    }
    unprepare(&prepared);
}

/* A carriage return goes as the byte itself and is signed as a line feed, however the encoder wrote it. */
static void carriage_returns_are_signed_as_line_feeds(void **state)
{
    static const char body[] = "<a>1&#13;2&#13;\n3\r\n4\r5&#13;&#13;&amp;#13;</a>";
    struct dnp_buffer canonical;
    struct dnp_buffer plain;
    (void)state;
    dnp_buffer_init(&canonical, CEILING);
    dnp_buffer_init(&plain, CEILING);
    assert_true(dnp_wse_canonical(&canonical, &plain, dnp_slice_of(body)));
    assert_string_equal(plain.data, "<a>1\r2\r\n3\r\n4\r5\r\r&amp;#13;</a>");
    assert_string_equal(canonical.data, "<a>1\n2\n3\n4\n5\n\n&amp;#13;</a>");
    dnp_buffer_free(&canonical);
    dnp_buffer_free(&plain);
}

static void choices_differ_and_times_are_those_of_the_clock(void **state)
{
    struct dnp_wse_choices first;
    struct dnp_wse_choices second;
    struct dnp_error error = {0};
    (void)state;
    assert_true(dnp_wse_choose(&first, &openssl, INT64_C(1276603200), &error));
    assert_true(dnp_wse_choose(&second, &openssl, INT64_C(1276603200), &error));
    assert_string_equal(first.created, "2010-06-15T12:00:00Z");
    assert_string_equal(first.expires, "2010-06-15T12:05:00Z");
    assert_memory_not_equal(first.nonce, second.nonce, sizeof first.nonce);
    assert_memory_not_equal(first.iv, second.iv, sizeof first.iv);
    assert_string_not_equal(first.message_id, second.message_id);
    for (size_t i = 0; i < DNP_WSE_PART_COUNT; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(dnp_wse_ids[i], dnp_wse_ids[j]);
        }
    }
    assert_int_equal(strlen(first.message_id), strlen("urn:uuid:") + 36);
    assert_int_equal(first.message_id[strlen("urn:uuid:") + 14], '4');
}

/* Writes the first vector with whatever goes wrong on the way; nothing of it may be left then. */
static bool write_one(const struct dnp_crypto *crypto, struct dnp_error *error)
{
    struct dnp_wse_choices choices;
    struct prepared prepared;
    struct dnp_buffer out;
    dnp_buffer_init(&out, CEILING);
    bool written = (prepare(&prepared, &wse_vectors[0], crypto) || dnp_fail_memory(error)) &&
                   dnp_wse_choose(&choices, crypto, 0, error) &&
                   dnp_wse_write(&out, &prepared.message, &choices, crypto, error);
    assert_true(written || out.length == 0);
    dnp_buffer_free(&out);
    unprepare(&prepared);
    return written;
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    for (long i = 0;; i++) {
        struct dnp_error error = {0};
        countdown = i;
        has_failed = false;
        bool written = write_one(&openssl, &error);
        countdown = -1;
        if (!has_failed) {
            assert_true(written);
            assert_true(i > 5);
            return;
        }
        assert_false(written);
        assert_int_equal(error.kind, DNP_MEMORY);
    }
}

static void every_refusal_of_the_library_is_reported(void **state)
{
    (void)state;
    for (long i = 0;; i++) {
        struct witness witness;
        struct dnp_crypto crypto = watched(&witness, NULL);
        struct dnp_error error = {0};
        witness.refuse = i;
        bool written = write_one(&crypto, &error);
        if (witness.refuse >= 0) {
            assert_true(written);
            assert_int_equal(i, 2); /* random bytes, cipher */
            return;
        }
        assert_false(written);
        assert_int_equal(error.kind, DNP_MEMORY);
        assert_true(witness.forgotten || i == 0);
    }
}

static void a_message_beyond_the_limit_is_reported(void **state)
{
    struct dnp_wse_choices choices = choices_of(&wse_vectors[0]);
    struct prepared prepared;
    (void)state;
    assert_true(prepare(&prepared, &wse_vectors[0], &openssl));
    for (size_t ceiling = 1; ceiling < strlen(wse_vectors[0].request); ceiling += 97) {
        struct dnp_error error = {0};
        struct dnp_buffer out;
        dnp_buffer_init(&out, ceiling);
        assert_false(dnp_wse_write(&out, &prepared.message, &choices, &openssl, &error));
        assert_int_equal(error.kind, DNP_LIMIT);
        assert_int_equal(out.length, 0);
        dnp_buffer_free(&out);
    }
    unprepare(&prepared);
}

static void base64_is_read_as_it_is_written(void **state)
{
    unsigned char bytes[2000];
    unsigned char decoded[DNP_BASE64_DECODED_SIZE(2700)];
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)(i * 37 + 11);
    }
    for (size_t length = 0; length <= sizeof bytes; length += length < 8 ? 1 : 331) {
        struct dnp_buffer digits;
        size_t read = 0;
        dnp_buffer_init(&digits, CEILING);
        assert_true(dnp_base64_append(&digits, bytes, length));
        assert_true(dnp_base64_decode((struct dnp_slice){digits.data, digits.length}, decoded, &read));
        assert_int_equal(read, length);
        assert_memory_equal(decoded, bytes, length);
        dnp_buffer_free(&digits);
    }
    static const char *const bad[] = {"A", "AA", "AAA", "AA=", "A===", "=", "AA==AA==", "A-==", "AAAAA==="};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t read = 0;
        assert_false(dnp_base64_decode(dnp_slice_of(bad[i]), decoded, &read));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_vector_is_reproduced),
        cmocka_unit_test(what_the_encoder_never_writes_is_refused),
        cmocka_unit_test(carriage_returns_are_signed_as_line_feeds),
        cmocka_unit_test(choices_differ_and_times_are_those_of_the_clock),
        cmocka_unit_test(every_failed_allocation_is_reported),
        cmocka_unit_test(every_refusal_of_the_library_is_reported),
        cmocka_unit_test(a_message_beyond_the_limit_is_reported),
        cmocka_unit_test(base64_is_read_as_it_is_written),
    };
    return cmocka_run_group_tests(tests, open_library, close_library);
}
