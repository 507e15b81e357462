/*
 * Makes every allocation of the sandbox fail, one after another, while it is put together and while it answers: ours by
 * the linker's wrapping, SQLite's through its own hook. Each time it says so or answers with an error, and nothing is
 * lost of what it held.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <string.h>

#include "sandbox/http/service.h"
#include "sandbox/sandbox.h"

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

#include "failing_memory.h"
#include "lookup/find.h"

#define ENVELOPE "http://schemas.xmlsoap.org/soap/envelope/"
#define NAMESPACE "http://smbsaas/solidcp/enterpriseserver"
#define SOAP(body) "<s:Envelope xmlns:s=\"" ENVELOPE "\"><s:Body>" body "</s:Body></s:Envelope>"

static void have_memory(void)
{
    countdown = -1;
    has_failed = false;
}

/* SQLite asks for thousands of blocks: all of the first are tried, then fewer and fewer. */
static long next_failure(long n)
{
    return n + 1 + n / 100;
}

/* SQLite asks for the sizes of its blocks, so they stand in front of them. */
#define HEAD ((size_t)16)

static int size_for_sqlite(void *block)
{
    int size = 0;
    memcpy(&size, (char *)block - HEAD, sizeof size);
    return size;
}

static void *with_size(char *block, int size)
{
    if (block == NULL) {
        return NULL;
    }
    memcpy(block, &size, sizeof size);
    return block + HEAD;
}

static void *allocate_for_sqlite(int size)
{
    return with_size(__wrap_malloc(HEAD + (size_t)size), size);
}

static void *resize_for_sqlite(void *block, int size)
{
    return with_size(__wrap_realloc((char *)block - HEAD, HEAD + (size_t)size), size);
}

static void free_for_sqlite(void *block)
{
    free((char *)block - HEAD);
}

static int round_for_sqlite(int size)
{
    return (size + 7) & ~7;
}

static int start_for_sqlite(void *unused)
{
    (void)unused;
    return SQLITE_OK;
}

static void end_for_sqlite(void *unused)
{
    (void)unused;
}

static bool take_sqlite_memory(void)
{
    static const sqlite3_mem_methods methods = {
        allocate_for_sqlite, free_for_sqlite,  resize_for_sqlite, size_for_sqlite,
        round_for_sqlite,    start_for_sqlite, end_for_sqlite,    NULL};
    /* Without its own cache of small blocks every allocation comes to us. */
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK &&
           sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) == SQLITE_OK;
}

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
    state->injector = dnp_injector_new();
    return state->store != NULL && state->calls != NULL && state->injector != NULL;
}

static void free_state(struct dnp_service_state *state)
{
    dnp_store_close(state->store);
    dnp_calls_free(state->calls);
    dnp_injector_free(state->injector);
}

/* The status that a request is answered with when memory ends after so many allocations. */
static int respond(const struct dnp_service_state *state, const char *path, const char *body, long allocations,
                   bool *reached_the_end)
{
    struct dnp_reply reply;
    struct dnp_http_call call = {.method = "POST",
                                 .path = path,
                                 .authorization = "Basic c2VydmVyYWRtaW46c2VydmVyYWRtaW4=",
                                 .content_type = "text/xml; charset=utf-8",
                                 .socket = -1};
    dnp_buffer_init(&call.body, 65536);
    assert_true(dnp_buffer_puts(&call.body, body));
    countdown = allocations;
    dnp_service_respond(state, &call, &reply);
    *reached_the_end = countdown >= 0;
    have_memory();
    int status = reply.status;
    dnp_reply_free(&reply);
    dnp_buffer_free(&call.body);
    return status;
}

static void response_without_memory(void)
{
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct dnp_service_state state = {0};
        struct dnp_error error = {0};
        int failures = 0;
        assert_true(make_state(&state, &error));
        bool reached_the_end = false;
        for (long n = 0; !reached_the_end; n = next_failure(n)) {
            int status = respond(&state, requests[i][0], requests[i][1], n, &reached_the_end);
            /* A call that is only not logged is answered all the same. */
            assert_true(status == 200 || status == 500);
            failures += status == 500 ? 1 : 0;
            assert_true(!reached_the_end || status == 200);
        }
        assert_true(failures > 10);
        free_state(&state);
    }
}

static void test_responses_without_memory(void **unused)
{
    (void)unused;
    for_good = false;
    response_without_memory();
    for_good = true;
    response_without_memory();
}

static bool count_rows(void *context, size_t column_count, const char *const *names,
                       const struct dnp_sandbox_value *values)
{
    (void)column_count, (void)names, (void)values;
    ++*(int *)context;
    return true;
}

/* Everything else that is asked of the database. */
static bool keep_change_and_go_back(struct dnp_store *store, int *rows, struct dnp_error *error)
{
    static const struct dnp_sandbox_value city = {DNP_SQL_TEXT, 0, 0, {"Bonn", 4}};
    static const struct dnp_sandbox_statement change = {"UPDATE Users SET City = ?", &city, 1};
    static const struct dnp_sandbox_statement query = {
        "SELECT Username, (SELECT group_concat(Username) FROM Users) FROM Users WHERE City = ?", &city, 1};
    struct dnp_sandbox_state frozen = {NULL, 0};
    *rows = 0;
    bool good = dnp_store_freeze(store, &frozen, error) && dnp_store_execute(store, &change, 1, error) &&
                dnp_store_query(store, &query, count_rows, rows, error) && dnp_store_restore(store, &frozen, error);
    dnp_sandbox_state_free(&frozen);
    return good;
}

static void test_keeps_its_state_without_memory(void **unused)
{
    struct dnp_service_state state = {0};
    struct dnp_error error = {0};
    bool reached_the_end = false;
    int all = 0;
    int rows = 0;
    (void)unused;
    for_good = false;
    assert_true(make_state(&state, &error));
    assert_true(keep_change_and_go_back(state.store, &all, &error));
    for (long n = 0; !reached_the_end; n++) {
        countdown = n;
        bool good = keep_change_and_go_back(state.store, &rows, &error);
        reached_the_end = countdown >= 0;
        have_memory();
        if (good ? rows != all : error.kind != DNP_MEMORY) {
            fail_msg("allocation %ld: %d of %d rows; %s", n, rows, all, good ? "" : error.message);
        }
    }
    free_state(&state);
}

static void test_starts_without_memory(void **unused)
{
    (void)unused;
    bool reached_the_end = false;
    for_good = false;
    for (long n = 0; !reached_the_end; n = next_failure(n)) {
        struct dnp_sandbox_options options;
        struct dnp_error error = {0};
        dnp_sandbox_options_init(&options);
        countdown = n;
        struct dnp_sandbox *sandbox = dnp_sandbox_start(&options, &error);
        reached_the_end = countdown >= 0;
        have_memory();
        dnp_sandbox_stop(sandbox);
        /* SQLite can do without some of it. */
        assert_true(sandbox != NULL || (error.kind == DNP_MEMORY && !reached_the_end));
    }
}

int main(void)
{
    if (!take_sqlite_memory()) {
        return 1;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_responses_without_memory),
                                       cmocka_unit_test(test_keeps_its_state_without_memory),
                                       cmocka_unit_test(test_starts_without_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
