/*
 * Many clients at once: 64 connections that call without a pause, none of whose calls is lost, and a sandbox that
 * does not grow. Lasts 5 seconds, or as many as DNP_LOAD_SECONDS says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "sandbox/sandbox.h"

#define CONNECTIONS 64
#define NAMESPACE "http://officepark/dotnetpanel/enterpriseserver"
#define ENVELOPE "http://schemas.xmlsoap.org/soap/envelope/"
/* What may come and go in the allocator's and the kernel's books. */
#define SLACK_BYTES (16L * 1024 * 1024)

struct client {
    struct dnp_sandbox *sandbox;
    const atomic_bool *stop;
    pthread_t thread;
    uint64_t answered;
    char trouble[128];
};

static const struct {
    const char *operation;
    const char *parameters;
    const char *expected;
} calls[] = {
    {"UserExists", "<username>jdoe</username>", "<UserExistsResult>true<"},
    {"GetUserById", "<userId>2</userId>", "<Username>reseller<"},
    {"GetUsers", "<ownerId>1</ownerId><recursive>true</recursive>", "<Username>unicode<"},
    {"ChangeUserPassword", "<userId>3</userId><password>x</password>", "<ChangeUserPasswordResult>0<"},
    {"GetUsersPaged", "<userId>1</userId><startRow>0</startRow><maximumRows>3</maximumRows>", "<Column1>5<"},
};

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? fd : -1;
}

static size_t write_request(char *request, size_t size, size_t which)
{
    char body[1024];
    int length = snprintf(body, sizeof body,
                          "<s:Envelope xmlns:s=\"" ENVELOPE "\"><s:Body><%s xmlns=\"" NAMESPACE
                          "\">%s</%s></s:Body></s:Envelope>",
                          calls[which].operation, calls[which].parameters, calls[which].operation);
    int total = snprintf(request, size,
                         "POST /esUsers.asmx HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml; charset=utf-8\r\n"
                         "Authorization: Basic c2VydmVyYWRtaW46c2VydmVyYWRtaW4=\r\nSOAPAction: \"" NAMESPACE
                         "/%s\"\r\nContent-Length: %d\r\n\r\n%s",
                         calls[which].operation, length, body);
    return (size_t)total;
}

/* Reads one whole response; false when the connection was lost. */
static bool read_response(int fd, char *response, size_t size)
{
    size_t got = 0;
    for (;;) {
        ssize_t part = recv(fd, response + got, size - 1 - got, 0);
        if (part <= 0) {
            return false;
        }
        got += (size_t)part;
        response[got] = '\0';
        const char *body = strstr(response, "\r\n\r\n");
        const char *length = strstr(response, "Content-Length: ");
        if (body != NULL && length != NULL &&
            got >= (size_t)(body + 4 - response) + strtoul(length + strlen("Content-Length: "), NULL, 10)) {
            return true;
        }
    }
}

static void *run_client(void *context)
{
    static const size_t response_size = 65536;
    struct client *client = context;
    char request[2048];
    char *response = malloc(response_size);
    int fd = connect_to(dnp_sandbox_port(client->sandbox));
    if (response == NULL || fd < 0) {
        (void)snprintf(client->trouble, sizeof client->trouble, "no connection");
        free(response);
        return NULL;
    }
    for (size_t i = 0; client->trouble[0] == '\0' && !atomic_load(client->stop); i++) {
        size_t which = i % (sizeof calls / sizeof calls[0]);
        size_t length = write_request(request, sizeof request, which);
        if (send(fd, request, length, MSG_NOSIGNAL) != (ssize_t)length || !read_response(fd, response, response_size)) {
            (void)snprintf(client->trouble, sizeof client->trouble, "call %zu of a connection was lost", i);
        } else if (strstr(response, calls[which].expected) == NULL) {
            (void)snprintf(client->trouble, sizeof client->trouble, "%s was answered with something else",
                           calls[which].operation);
        } else {
            client->answered++;
        }
    }
    (void)close(fd);
    free(response);
    return NULL;
}

static long resident_bytes(void)
{
    long pages = 0;
    long resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL) {
        return 0;
    }
    char line[128] = "";
    char *rest = NULL;
    if (fgets(line, sizeof line, file) != NULL) {
        pages = strtol(line, &rest, 10);
        resident = strtol(rest, NULL, 10);
    }
    (void)fclose(file);
    return pages > 0 ? resident * sysconf(_SC_PAGESIZE) : 0;
}

static void wait_for(double seconds)
{
    struct timespec pause = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    (void)nanosleep(&pause, NULL);
}

static void test_loses_no_call_and_does_not_grow(void **state)
{
    static struct client clients[CONNECTIONS];
    atomic_bool stop = false;
    struct dnp_sandbox_options options;
    struct dnp_error error = {0};
    const char *wanted = getenv("DNP_LOAD_SECONDS");
    double seconds = wanted != NULL ? strtod(wanted, NULL) : 5;
    (void)state;
    dnp_sandbox_options_init(&options);
    struct dnp_sandbox *sandbox = dnp_sandbox_start(&options, &error);
    assert_non_null(sandbox);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        clients[i].sandbox = sandbox;
        clients[i].stop = &stop;
        assert_int_equal(pthread_create(&clients[i].thread, NULL, run_client, &clients[i]), 0);
    }
    /* Until the log of calls is full its growth is wanted. */
    for (int i = 0; i < 600 && dnp_sandbox_call_count(sandbox, NULL) < DNP_SANDBOX_MAX_CALLS + 1000; i++) {
        wait_for(0.1);
    }
    long before = resident_bytes();
    wait_for(seconds);
    long after = resident_bytes();
    atomic_store(&stop, true);
    uint64_t answered = 0;
    for (size_t i = 0; i < CONNECTIONS; i++) {
        assert_int_equal(pthread_join(clients[i].thread, NULL), 0);
        assert_string_equal(clients[i].trouble, "");
        answered += clients[i].answered;
    }
    assert_int_equal(dnp_sandbox_call_count(sandbox, NULL), answered);
    print_message("%d connections, %llu calls, memory %ld KiB, then %ld KiB\n", CONNECTIONS,
                  (unsigned long long)answered, before / 1024, after / 1024);
#if !defined(__SANITIZE_ADDRESS__) /* which keeps what is freed */
    assert_true(after - before < SLACK_BYTES);
#endif
    dnp_sandbox_stop(sandbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_loses_no_call_and_does_not_grow)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
