/*
 * What a call needs beside the values it reports stays below 1 MiB, however long the response is, packed or not.
 * Counted are our own allocations, libxml2's and libcurl's (zlib's among them).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <curl/curl.h>
#include <libxml/xmlmemory.h>

#include "canned_server.h"
#include "network_call.h"
#include "recording_sink.h"

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

#include "counted_memory.h"

#define MOST_BYTES ((size_t)1024 * 1024)
#define RESPONSE_HEAD                                                                              \
    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><GetUsersResponse " \
    "xmlns=\"http://officepark/dotnetpanel/enterpriseserver\"><GetUsersResult>"
#define RESPONSE_TAIL "</GetUsersResult></GetUsersResponse></s:Body></s:Envelope>"
#define USER_SIZE 700

static char *duplicate(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

/* A response with its HTTP headers, as a file holds it. */
static struct canned make_response(size_t users, bool packed)
{
    char path[] = "/tmp/dnp-peak-XXXXXX";
    char command[100];
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "wb");
    assert_non_null(file);
    (void)fprintf(file, "%s", RESPONSE_HEAD);
    for (size_t i = 0; i < users; i++) {
        (void)fprintf(file,
                      "<UserInfo><RoleId>3</RoleId><Role>User</Role><StatusId>1</StatusId><Status>Active</Status>"
                      "<UserId>%zu</UserId><OwnerId>1</OwnerId><IsPeer>false</IsPeer><Created>2024-01-02T03:04:05"
                      "</Created><IsDemo>false</IsDemo><Comments>a &amp; b</Comments><LastName>Doe</LastName>"
                      "<Username>user%zu</Username><FirstName>John</FirstName><Email>user%zu@example.com</Email>"
                      "<Newer x=\"1\"><Field>%zu</Field></Newer></UserInfo>",
                      i, i * 7919 % users, i * 7919 % users, i);
    }
    (void)fprintf(file, "%s", RESPONSE_TAIL);
    assert_int_equal(fclose(file), 0);
    (void)snprintf(command, sizeof command, packed ? "gzip -6 -c %s" : "cat %s", path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t size = users * USER_SIZE + 1000;
    char *bytes = malloc(size);
    assert_non_null(bytes);
    size_t length = (size_t)snprintf(bytes, size, "HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n%s\r\n",
                                     packed ? "Content-Encoding: gzip\r\n" : "");
    length += fread(bytes + length, 1, size - length, pipe);
    assert_true(length < size);
    assert_int_equal(pclose(pipe), 0);
    assert_int_equal(remove(path), 0);
    return (struct canned){bytes, length, CLOSE};
}

static enum dnp_presence give(void *context, const struct dnp_field *field, size_t index, struct dnp_value *value,
                              struct dnp_error *error)
{
    (void)context, (void)field, (void)index, (void)error;
    value->integer = 1;
    value->boolean = true;
    return DNP_PRESENT;
}

/* Makes a session, calls GetUsers with it and returns how much memory that took at most. */
static size_t measure(size_t users, bool packed)
{
    static struct recording recording;
    const struct dnp_source source = {.get = give};
    struct canned response = make_response(users, packed);
    struct server *server = server_start(&response, 1);
    const struct dnp_sink sink = recording_sink(&recording);
    const struct dnp_transport_options transport = {.timeout = 300, .connect_timeout = 20, .proxy = ""};
    struct connected connected;
    struct dnp_error error;
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", server->port);
    const struct dnp_session_options options = {
        .url = url, .username = "admin", .password = "password", .dialect = &dnp_dialects[0]};
    size_t before = atomic_load(&bytes_in_use);
    atomic_store(&most_bytes_in_use, before);
    if (!connect_session(&connected, &options, &transport, &error) ||
        !make_call(&connected, "GetUsers", &source, &sink, &error)) {
        fail_msg("%s", error.message);
    }
    size_t most = atomic_load(&most_bytes_in_use) - before;
    assert_true(recording.events > users * 10);
    disconnect(&connected);
    server_stop(server);
    free(server);
    free((void *)response.bytes);
    return most;
}

static void expect_little(size_t users, bool packed)
{
    size_t most = measure(users, packed);
    if (most > MOST_BYTES) {
        fail_msg("%zu users%s took %zu bytes", users, packed ? ", packed," : "", most);
    }
}

static void test_plain(void **state)
{
    (void)state;
    expect_little(1000, false);
    expect_little(40000, false);
}

static void test_packed(void **state)
{
    (void)state;
    expect_little(1000, true);
    expect_little(40000, true);
}

int main(void)
{
    if (xmlMemSetup(free, malloc, realloc, duplicate) != 0 ||
        curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, free, realloc, duplicate, calloc) != CURLE_OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_packed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
