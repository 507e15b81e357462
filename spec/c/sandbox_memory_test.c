/*
 * Makes every allocation of the sandbox fail, one after another, while it is put together and while it answers: each
 * time it says so or answers with an error, and nothing is lost of what it held.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sandbox/sandbox.h"
#include "sandbox/service.h"

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

#include "failing_memory.h"

#define ENVELOPE "http://schemas.xmlsoap.org/soap/envelope/"
#define NAMESPACE "http://smbsaas/solidcp/enterpriseserver"
#define SOAP(body) "<s:Envelope xmlns:s=\"" ENVELOPE "\"><s:Body>" body "</s:Body></s:Envelope>"

static const char *const requests[][2] = {
    {"/esUsers.asmx",
     SOAP("<AddUser xmlns=\"" NAMESPACE "\"><user><RoleId>3</RoleId><OwnerId>2</OwnerId><Username>new</Username>"
          "<Vlans><UserVlan><VLanID>3</VLanID><Comment>c</Comment></UserVlan></Vlans></user>"
          "<sendLetter>true</sendLetter><password>p</password><notes><string>a</string><string>b</string></notes>"
          "</AddUser>")},
    {"/esUsers.asmx",
     SOAP("<GetUsers xmlns=\"" NAMESPACE "\"><ownerId>2</ownerId><recursive>true</recursive></GetUsers>")},
    {"/esUsers.asmx", SOAP("<GetUsersPaged xmlns=\"" NAMESPACE
                           "\"><userId>1</userId><filterColumn>Username</filterColumn><filterValue>%e%</filterValue>"
                           "<startRow>0</startRow><maximumRows>9</maximumRows></GetUsersPaged>")},
    {"/esPackages.asmx",
     SOAP("<GetPackageContext xmlns=\"" NAMESPACE "\"><packageId>3</packageId></GetPackageContext>")},
    {"/esPackages.asmx", SOAP("<AddPackage xmlns=\"" NAMESPACE "\"><userId>3</userId><planId>3</planId>"
                              "<purchaseDate>2024-01-02T03:04:05</purchaseDate></AddPackage>")},
};

static bool make_state(struct dnp_service_state *state, struct dnp_error *error)
{
    struct dnp_sandbox_options options;
    dnp_sandbox_options_init(&options);
    options.dialect = dnp_find_dialect("solidcp");
    state->dialect = options.dialect;
    state->url = "http://127.0.0.1:1";
    state->store = dnp_store_open(&options, error);
    state->calls = dnp_calls_new();
    state->mischief = dnp_mischief_new();
    return state->store != NULL && state->calls != NULL && state->mischief != NULL;
}

static void free_state(struct dnp_service_state *state)
{
    dnp_store_close(state->store);
    dnp_calls_free(state->calls);
    dnp_mischief_free(state->mischief);
}

/* The status that a request is answered with. */
static int answer(const struct dnp_service_state *state, const char *path, const char *body)
{
    struct dnp_reply reply;
    struct dnp_http_call call = {.method = "POST",
                                 .path = path,
                                 .authorization = "Basic c2VydmVyYWRtaW46c2VydmVyYWRtaW4=",
                                 .content_type = "text/xml; charset=utf-8",
                                 .socket = -1};
    long before = countdown;
    countdown = -1;
    dnp_buffer_init(&call.body, 65536);
    assert_true(dnp_buffer_puts(&call.body, body));
    countdown = before;
    dnp_service_answer(state, &call, &reply);
    int status = reply.status;
    dnp_reply_free(&reply);
    dnp_buffer_free(&call.body);
    return status;
}

static void test_answers_without_memory(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct dnp_service_state state = {0};
        struct dnp_error error = {0};
        int failures = 0;
        assert_true(make_state(&state, &error));
        for (long n = 0;; n++) {
            countdown = n;
            int status = answer(&state, requests[i][0], requests[i][1]);
            bool reached_the_end = countdown >= 0;
            countdown = -1;
            /* A call that is only not logged is answered all the same. */
            assert_true(status == 200 || status == 500);
            failures += status == 500 ? 1 : 0;
            if (reached_the_end) {
                assert_int_equal(status, 200);
                break;
            }
        }
        assert_true(failures > 10);
        free_state(&state);
    }
}

static void test_starts_without_memory(void **unused)
{
    (void)unused;
    for (long n = 0;; n++) {
        struct dnp_sandbox_options options;
        struct dnp_error error = {0};
        dnp_sandbox_options_init(&options);
        countdown = n;
        struct dnp_sandbox *sandbox = dnp_sandbox_start(&options, &error);
        bool reached_the_end = countdown >= 0;
        countdown = -1;
        if (reached_the_end) {
            assert_non_null(sandbox);
            dnp_sandbox_stop(sandbox);
            break;
        }
        assert_null(sandbox);
        assert_int_equal(error.kind, DNP_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_answers_without_memory),
                                       cmocka_unit_test(test_starts_without_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
