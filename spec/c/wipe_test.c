/*
 * No memory that is given back holds a secret: the session's password, what requests brought, the Authorization header.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "canned_server.h"
#include "client/session.h"
#include "recording_sink.h"

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

#include "counted_memory.h"

#define PASSWORD "correct horse battery"
#define NEW_PASSWORD "staple"
#define AUTHORIZATION "YWRtaW46Y29ycmVjdCBob3JzZSBiYXR0ZXJ5" /* of admin */
#define ENVELOPE(body) \
    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>" body "</s:Body></s:Envelope>"
#define HEAD(status) "HTTP/1.0 " status "\r\nContent-Type: text/xml\r\n\r\n"

static size_t blocks;
static size_t found;

static void find_secret(const char *block, size_t size)
{
    static const char *const secrets[] = {PASSWORD, NEW_PASSWORD, AUTHORIZATION};
    blocks++;
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        size_t length = strlen(secrets[i]);
        for (size_t at = 0; at + length <= size; at++) {
            found += memcmp(block + at, secrets[i], length) == 0;
        }
    }
}

static enum dnp_presence give(void *context, const struct dnp_field *field, size_t index, struct dnp_value *value,
                              struct dnp_error *error)
{
    (void)context, (void)index, (void)error;
    value->integer = 7;
    value->text = dnp_slice_of(NEW_PASSWORD);
    return strcmp(field->name, "ip") == 0 ? DNP_MISSING : DNP_PRESENT;
}

static void leave(void *context, const struct dnp_field *field)
{
    (void)context, (void)field;
}

static bool call(struct dnp_session *session, const char *name, struct dnp_error *error)
{
    const struct dnp_source source = {.get = give, .leave = leave};
    const struct dnp_operation *operation = dnp_find_operation(name, DNP_DOTNETPANEL);
    struct recording recording;
    const struct dnp_sink sink = recording_sink(&recording);
    struct dnp_request request;
    bool done = false;
    assert_true(dnp_session_request(session, operation, &source, &request, error));
    bool good = dnp_session_start(session, operation, &sink, error);
    while (good && !done) {
        good = dnp_session_next(session, &done, error);
    }
    return good;
}

static void test_nothing_is_left(void **state)
{
    static const char echo[] = HEAD("500 Oh") ENVELOPE("<s:Fault><faultcode>s:Server</faultcode><faultstring>" PASSWORD
                                                       " " NEW_PASSWORD " " AUTHORIZATION "</faultstring></s:Fault>");
    static const char page[] = "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" PASSWORD;
    static const char user[] = HEAD("200 OK")
        ENVELOPE("<GetUserByIdResponse xmlns=\"http://officepark/dotnetpanel/enterpriseserver\"><GetUserByIdResult>"
                 "<Password>" NEW_PASSWORD "</Password><Newer>" NEW_PASSWORD "</Newer></GetUserByIdResult>"
                 "</GetUserByIdResponse>");
    static const struct canned answers[] = {{echo, 0, CLOSE}, {page, 0, CLOSE}, {user, 0, CLOSE}, {"", 0, CLOSE}};
    struct server *server = server_start(answers, 4);
    struct dnp_error error;
    char url[64];
    (void)state;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", server->port);
    const struct dnp_session_options options = {
        .url = url,
        .username = "admin",
        .password = PASSWORD,
        .dialect = &dnp_dialects[0],
        .http = {.timeout = 20, .connect_timeout = 20, .verify = true, .proxy = "", .max_response_bytes = 1 << 20}};
    look = find_secret;
    struct dnp_session *session = dnp_session_new(&options, &error);
    assert_non_null(session);
    dnp_session_keep_excerpt(session, true);
    assert_false(call(session, "ChangeUserPassword", &error));
    assert_int_equal(error.kind, DNP_FAULT);
    assert_false(call(session, "ChangeUserPassword", &error));
    assert_true(call(session, "GetUserById", &error));
    assert_false(call(session, "AuthenticateUser", &error));
    struct dnp_buffer out;
    dnp_buffer_init(&out, 1 << 20);
    assert_true(dnp_session_redact(session, &out, dnp_slice_of(PASSWORD " " AUTHORIZATION)));
    dnp_buffer_free(&out);
    dnp_session_free(session);
    look = NULL;
    assert_true(blocks > 20);
    assert_int_equal(found, 0);
    server_stop(server);
    free(server);
}

static void test_what_is_left_is_found(void **state)
{
    (void)state;
    found = 0;
    find_secret("a " AUTHORIZATION, strlen("a " AUTHORIZATION));
    find_secret(PASSWORD, strlen(PASSWORD) - 1);
    assert_int_equal(found, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_left),
        cmocka_unit_test(test_what_is_left_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
