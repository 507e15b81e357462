/*
 * No memory that is given back holds a secret: the session's password, what requests brought, the Authorization header,
 * what responses held. A call that waits for the next one holds those of its session only, and not many of them wait.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "client/exchange.h"
#include "recording_sink.h"
#include "scripted_transport.h"

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

#include "counted_memory.h"
#include "lookup/find.h"

#define OLD_PASSWORD "correct horse battery"
#define NEW_PASSWORD "staple"
#define AUTHORIZATION "YWRtaW46Y29ycmVjdCBob3JzZSBiYXR0ZXJ5" /* of admin */
#define ENVELOPE(body) \
    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>" body "</s:Body></s:Envelope>"
#define XML .headers = {"Content-Type: text/xml"}

static const char *const secrets[] = {NEW_PASSWORD, OLD_PASSWORD, AUTHORIZATION};
#define SECRETS (sizeof secrets / sizeof secrets[0])

static size_t count_secrets(const char *block, size_t size, size_t secret_count)
{
    size_t count = 0;
    for (size_t i = 0; i < secret_count; i++) {
        size_t length = strlen(secrets[i]);
        for (size_t at = 0; at + length <= size; at++) {
            count += memcmp(block + at, secrets[i], length) == 0;
        }
    }
    return count;
}

/* ---- blocks that are in use, and those that were given back ---- */

#define MOST_BLOCKS 20000

static const char *in_use[MOST_BLOCKS];
static size_t sizes[MOST_BLOCKS];
static size_t in_use_count;
static size_t given_back;
static size_t found;

static void note_new(const char *block, size_t size)
{
    if (in_use_count == MOST_BLOCKS) {
        abort();
    }
    in_use[in_use_count] = block;
    sizes[in_use_count] = size;
    in_use_count++;
}

static void note_old(const char *block, size_t size)
{
    size_t i = in_use_count;
    while (i > 0 && in_use[i - 1] != block) {
        i--;
    }
    given_back++;
    found += count_secrets(block, size, SECRETS);
    if (i > 0) {
        in_use_count--;
        in_use[i - 1] = in_use[in_use_count];
        sizes[i - 1] = sizes[in_use_count];
    }
}

/* The session keeps its own while it is there. */
static size_t secrets_of_calls_in_use(void)
{
    size_t count = 0;
    for (size_t i = 0; i < in_use_count; i++) {
        count += count_secrets(in_use[i], sizes[i], 1);
    }
    return count;
}

static int begin(void **state)
{
    (void)state;
    in_use_count = 0;
    given_back = 0;
    found = 0;
    look = note_old;
    look_at_new = note_new;
    return 0;
}

static int end(void **state)
{
    (void)state;
    look = NULL;
    look_at_new = NULL;
    return 0;
}

/* ---- calls ---- */

static enum dnp_presence give(void *context, const struct dnp_field *field, size_t index, struct dnp_value *value,
                              struct dnp_error *error)
{
    (void)index, (void)error;
    value->integer = 7;
    value->text = dnp_slice_of(context != NULL ? context : NEW_PASSWORD);
    return strcmp(field->name, "ip") == 0 ? DNP_MISSING : DNP_PRESENT;
}

static void leave(void *context, const struct dnp_field *field)
{
    (void)context, (void)field;
}

static struct dnp_call *prepare(struct dnp_session *session, const char *name)
{
    const struct dnp_source source = {.get = give, .leave = leave};
    struct dnp_error error;
    struct dnp_call *call = dnp_call_new(session, dnp_find_operation(name, DNP_DOTNETPANEL), &error);
    assert_non_null(call);
    assert_true(dnp_call_encode(call, &source, &error));
    return call;
}

static struct dnp_session *new_session(void)
{
    const struct dnp_session_options options = {.url = "http://host",
                                                .username = "admin",
                                                .password = OLD_PASSWORD,
                                                .dialect = &dnp_dialects[0],
                                                .keep_excerpts = true};
    struct dnp_error error;
    struct dnp_session *session = dnp_session_new(&options, &error);
    assert_non_null(session);
    return session;
}

#define USER                                                                                                          \
    ENVELOPE("<GetUserByIdResponse xmlns=\"http://officepark/dotnetpanel/enterpriseserver\"><GetUserByIdResult>"      \
             "<Password x=\"" NEW_PASSWORD "\">" NEW_PASSWORD "</Password><Newer>" NEW_PASSWORD " &amp; more</Newer>" \
             "</GetUserByIdResult></GetUserByIdResponse>")

static const struct {
    const char *operation;
    struct script script;
    enum dnp_error_kind kind;
} calls[] = {
    {"ChangeUserPassword",
     {.status = 500,
      XML,
      .body = ENVELOPE("<s:Fault><faultcode>s:Server</faultcode><faultstring>" OLD_PASSWORD " " NEW_PASSWORD
                       " " AUTHORIZATION "</faultstring><detail>" NEW_PASSWORD "</detail></s:Fault>")},
     DNP_FAULT},
    {"ChangeUserPassword",
     {.status = 200, .headers = {"Content-Type: text/" NEW_PASSWORD}, .body = OLD_PASSWORD " " NEW_PASSWORD},
     DNP_PROTOCOL},
    {"ChangeUserPassword",
     {.end = BREAKS, .failure = {.name = "connection_lost", .reason = NEW_PASSWORD}},
     DNP_TRANSPORT},
    {"GetUserById", {.status = 200, XML, .body = USER}, DNP_OK},
    {"GetUserById", {.status = 200, XML, .body = USER, .piece = 9}, DNP_OK},
    {"GetUserById", {.status = 200, XML, .body = "<" NEW_PASSWORD ">" NEW_PASSWORD, .end = BREAKS}, DNP_TRANSPORT},
    {"AuthenticateUser", {.end = BREAKS, .failure = {.name = "timeout"}}, DNP_TIMEOUT},
};
#define CALLS (sizeof calls / sizeof calls[0])

/* Performs it, and looks through what is in use when it is freed. */
static void perform(struct dnp_session *session, size_t i)
{
    const struct dnp_exchange_options options = {.timeout = 0};
    struct dnp_error error = {0};
    struct recording recording;
    const struct dnp_sink sink = recording_sink(&recording);
    struct dnp_exchange exchange;
    struct dnp_loop *loop = scripted_functions.loop_new(&error);
    struct dnp_transport *transport = scripted_functions.transport_new(loop, NULL, &error);
    struct dnp_call *call = prepare(session, calls[i].operation);
    enum dnp_exchange_state progress = DNP_EXCHANGE_FED;
    transport->scripts = &calls[i].script;
    assert_true(dnp_exchange_start(&exchange, &scripted_functions, transport, call, &options, &error));
    while (progress == DNP_EXCHANGE_FED) {
        progress = dnp_exchange_step(&exchange, &sink, &error);
    }
    assert_int_equal(progress == DNP_EXCHANGE_GOOD ? DNP_OK : error.kind, calls[i].kind);
    dnp_wipe(transport, sizeof *transport); /* it remembers what it was asked for */
    free(transport);
    free(loop);
    dnp_call_free(call);
    if (secrets_of_calls_in_use() > 0) {
        fail_msg("call %zu, %s, has left a secret", i, calls[i].operation);
    }
}

static void test_nothing_is_left(void **state)
{
    struct dnp_session *session = new_session();
    struct dnp_buffer out;
    (void)state;
    for (size_t i = 0; i < CALLS; i++) {
        perform(session, i);
    }
    struct dnp_call *call = prepare(session, "ChangeUserPassword");
    assert_true(secrets_of_calls_in_use() > 0);
    dnp_buffer_init(&out, 1 << 20);
    assert_true(dnp_call_redact(call, &out, dnp_slice_of(NEW_PASSWORD " " OLD_PASSWORD " " AUTHORIZATION)));
    dnp_buffer_free(&out);
    dnp_call_free(call);
    dnp_session_free(session);
    assert_true(given_back > 20);
    assert_int_equal(found, 0);
    assert_int_equal(in_use_count, 0);
}

static void test_nothing_is_left_of_many_at_once(void **state)
{
    enum { COUNT = 200 };
    struct dnp_session *session = new_session();
    struct dnp_call *many[COUNT];
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        many[i] = prepare(session, "ChangeUserPassword");
    }
    for (size_t i = 0; i < COUNT; i++) {
        dnp_call_free(many[i]);
    }
    assert_int_equal(secrets_of_calls_in_use(), 0);
    assert_int_equal(found, 0);
    dnp_session_free(session);
    assert_int_equal(in_use_count, 0);
}

/* ---- how much waits ---- */

/* Has so many calls at once, frees them and returns what is in use then. */
static size_t in_use_after(struct dnp_session *session, size_t count)
{
    static struct dnp_call *many[1000];
    for (size_t i = 0; i < count; i++) {
        many[i] = prepare(session, "ChangeUserPassword");
    }
    for (size_t i = 0; i < count; i++) {
        dnp_call_free(many[i]);
    }
    return atomic_load(&bytes_in_use);
}

static void test_few_calls_wait(void **state)
{
    struct dnp_session *session = new_session();
    size_t one = in_use_after(session, 1);
    size_t few = in_use_after(session, 50);
    (void)state;
    assert_true(few > one);
    assert_int_equal(in_use_after(session, 50), few);
    size_t many = in_use_after(session, 500);
    assert_int_equal(in_use_after(session, 1000), many);
    assert_true(many < 2 * few);
    dnp_session_free(session);
}

static void test_large_requests_are_not_kept(void **state)
{
    enum { SIZE = 4 << 20 };
    struct dnp_session *session = new_session();
    const struct dnp_operation *operation = dnp_find_operation("ChangeUserPassword", DNP_DOTNETPANEL);
    char *text = malloc(SIZE);
    struct dnp_error error;
    (void)state;
    assert_non_null(text);
    memset(text, 'x', SIZE - 1);
    text[SIZE - 1] = '\0';
    size_t before = in_use_after(session, 1);
    struct dnp_call *call = dnp_call_new(session, operation, &error);
    assert_non_null(call);
    const struct dnp_source source = {.context = text, .get = give, .leave = leave};
    assert_true(dnp_call_encode(call, &source, &error));
    dnp_call_free(call);
    assert_true(atomic_load(&bytes_in_use) < before + SIZE / 4);
    free(text);
    dnp_session_free(session);
}

static void test_what_is_left_is_found(void **state)
{
    (void)state;
    assert_int_equal(count_secrets("a " AUTHORIZATION, strlen("a " AUTHORIZATION), SECRETS), 1);
    assert_int_equal(count_secrets(OLD_PASSWORD, strlen(OLD_PASSWORD) - 1, SECRETS), 0);
    char *block = malloc(100);
    assert_non_null(block);
    (void)snprintf(block, 100, "a %s", NEW_PASSWORD);
    assert_int_equal(secrets_of_calls_in_use(), 1);
    free(block);
    assert_int_equal(secrets_of_calls_in_use(), 0);
    assert_int_equal(found, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_is_left, begin, end),
        cmocka_unit_test_setup_teardown(test_nothing_is_left_of_many_at_once, begin, end),
        cmocka_unit_test_setup_teardown(test_few_calls_wait, begin, end),
        cmocka_unit_test_setup_teardown(test_large_requests_are_not_kept, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_left_is_found, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
