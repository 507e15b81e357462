/*
 * A panel of canned answers, for benchmarks: over HTTP or HTTPS on a free port of 127.0.0.1, on kept connections, a
 * thread for each, until standard input ends. What is asked for is taken from the header SOAPAction.
 * usage: server [--tls CERTIFICATE KEY] [--delay MILLISECONDS] [--repeat TIMES] OPERATION=FILE…
 * Prints its URL first. With --repeat, the records that the result of an answer holds come so many times.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "file.h"

#define MOST_ANSWERS 8
#define REQUEST_SIZE 65536
#define HEAD_SIZE 256

/* An answer as it is sent: `before`, `inside` as often as wanted, `after`. */
struct answer {
    const char *operation;
    size_t operation_length;
    char *before;
    char *inside;
    char *after;
};

static struct answer answers[MOST_ANSWERS];
static size_t answer_count;
static long delay;
static long repeat = 1;
static SSL_CTX *tls;

struct link {
    int fd;
    SSL *ssl;
};

/* ---- answers ---- */

/* Cuts a text in two before `at`. */
static char *cut(char *text, size_t at)
{
    char *rest = strdup(text + at);
    text[at] = '\0';
    return rest;
}

/* Takes the result's contents apart from what is around them. */
static bool split(struct answer *answer)
{
    char tag[64];
    (void)snprintf(tag, sizeof tag, "<%.*sResult>", (int)answer->operation_length, answer->operation);
    const char *start = strstr(answer->before, tag);
    if (repeat == 1 || start == NULL || start[strlen(tag)] != '<') {
        answer->inside = calloc(1, 1);
        answer->after = calloc(1, 1);
    } else {
        answer->inside = cut(answer->before, (size_t)(start - answer->before) + strlen(tag));
        tag[0] = '/';
        const char *end = answer->inside != NULL ? strstr(answer->inside, tag) : NULL;
        answer->after = end != NULL ? cut(answer->inside, (size_t)(end - answer->inside) - 1) : NULL;
    }
    return answer->inside != NULL && answer->after != NULL;
}

/* The head and what follows it are one text, so that a small answer is one packet. */
static bool add_head(struct answer *answer)
{
    size_t length = strlen(answer->before) + strlen(answer->inside) * (size_t)repeat + strlen(answer->after);
    char *whole = malloc(HEAD_SIZE + strlen(answer->before) + 1);
    if (whole == NULL) {
        return false;
    }
    int head =
        snprintf(whole, HEAD_SIZE,
                 "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: %zu\r\n\r\n", length);
    memcpy(whole + head, answer->before, strlen(answer->before) + 1);
    free(answer->before);
    answer->before = whole;
    return true;
}

static bool add_answer(const char *argument)
{
    const char *equals = strchr(argument, '=');
    if (equals == NULL || answer_count == MOST_ANSWERS) {
        return false;
    }
    struct answer *answer = &answers[answer_count++];
    answer->operation = argument;
    answer->operation_length = (size_t)(equals - argument);
    size_t length = 0;
    answer->before = bench_read_file(equals + 1, &length);
    return split(answer) && add_head(answer);
}

/* By the last part of the header's URI. */
static const struct answer *find_answer(const char *request)
{
    const char *header = strcasestr(request, "\nSOAPAction:");
    const char *end = header != NULL ? strchr(header + 1, '\r') : NULL;
    if (end == NULL) {
        return NULL;
    }
    end -= end[-1] == '"';
    const char *name = end;
    while (name > header && name[-1] != '/') {
        name--;
    }
    for (size_t i = 0; i < answer_count; i++) {
        if (answers[i].operation_length == (size_t)(end - name) &&
            memcmp(answers[i].operation, name, (size_t)(end - name)) == 0) {
            return &answers[i];
        }
    }
    return NULL;
}

/* ---- connections ---- */

static bool send_text(const struct link *link, const char *text, size_t length)
{
    while (length > 0) {
        size_t piece = length < (1U << 20) ? length : 1U << 20;
        ssize_t sent =
            link->ssl != NULL ? SSL_write(link->ssl, text, (int)piece) : send(link->fd, text, piece, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        text += sent;
        length -= (size_t)sent;
    }
    return true;
}

static bool send_answer(const struct link *link, const struct answer *answer)
{
    const struct timespec pause = {.tv_sec = delay / 1000, .tv_nsec = delay % 1000 * 1000000};
    size_t inside = strlen(answer->inside);
    if (delay > 0) {
        (void)nanosleep(&pause, NULL);
    }
    if (!send_text(link, answer->before, strlen(answer->before))) {
        return false;
    }
    for (long i = 0; inside > 0 && i < repeat; i++) {
        if (!send_text(link, answer->inside, inside)) {
            return false;
        }
    }
    return send_text(link, answer->after, strlen(answer->after));
}

/* How long a request is that has arrived so far; 0 when its head is not whole. */
static size_t whole_length(const char *request)
{
    const char *end = strstr(request, "\r\n\r\n");
    const char *length = strcasestr(request, "\r\nContent-Length:");
    return end == NULL || length == NULL ? 0 : (size_t)(end + 4 - request) + strtoul(length + 17, NULL, 10);
}

/* Reads one request, which ends where the buffer does: a client sends the next one when it has the answer. */
static bool read_request(const struct link *link, char *request)
{
    size_t used = 0;
    size_t whole = 0;
    while (whole == 0 || used < whole) {
        size_t room = REQUEST_SIZE - 1 - used;
        ssize_t got =
            link->ssl != NULL ? SSL_read(link->ssl, request + used, (int)room) : read(link->fd, request + used, room);
        if (got <= 0) {
            return false;
        }
        used += (size_t)got;
        request[used] = '\0';
        whole = whole_length(request);
    }
    return true;
}

static void serve(const struct link *link, char *request)
{
    while (read_request(link, request)) {
        const struct answer *answer = find_answer(request);
        if (answer == NULL || !send_answer(link, answer) || strcasestr(request, "\nConnection: close") != NULL) {
            return;
        }
    }
}

static void *run_connection(void *context)
{
    struct link *link = context;
    char *request = malloc(REQUEST_SIZE);
    bool good = request != NULL;
    if (good && tls != NULL) {
        link->ssl = SSL_new(tls);
        good = link->ssl != NULL && SSL_set_fd(link->ssl, link->fd) == 1 && SSL_accept(link->ssl) == 1;
    }
    if (good) {
        serve(link, request);
    }
    if (link->ssl != NULL) {
        (void)SSL_shutdown(link->ssl);
        SSL_free(link->ssl);
    }
    (void)close(link->fd);
    free(request);
    free(link);
    return NULL;
}

static void start_connection(int fd)
{
    const int on = 1;
    pthread_t thread;
    struct link *link = calloc(1, sizeof *link);
    if (link == NULL) {
        (void)close(fd);
        return;
    }
    link->fd = fd;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (pthread_create(&thread, NULL, run_connection, link) == 0) {
        (void)pthread_detach(thread);
    } else {
        (void)close(fd);
        free(link);
    }
}

static void *accept_all(void *context)
{
    const int *listener = context;
    for (;;) {
        int fd = accept(*listener, NULL, NULL);
        if (fd >= 0) {
            start_connection(fd);
        }
    }
    return NULL;
}

static int listen_anywhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 256) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0) {
        return -1;
    }
    (void)printf("%s://127.0.0.1:%d\n", tls != NULL ? "https" : "http", ntohs(address.sin_port));
    (void)fflush(stdout);
    return listener;
}

/* ---- options ---- */

static bool use_tls(const char *certificate, const char *key)
{
    tls = SSL_CTX_new(TLS_server_method());
    return tls != NULL && SSL_CTX_use_certificate_chain_file(tls, certificate) == 1 &&
           SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) == 1;
}

static bool read_options(int argc, char **argv)
{
    bool good = true;
    int i = 1;
    while (good && i < argc) {
        if (strcmp(argv[i], "--tls") == 0 && i + 2 < argc) {
            good = use_tls(argv[i + 1], argv[i + 2]);
            i += 3;
        } else if (strcmp(argv[i], "--delay") == 0 && i + 1 < argc) {
            delay = strtol(argv[i + 1], NULL, 10);
            i += 2;
        } else if (strcmp(argv[i], "--repeat") == 0 && i + 1 < argc) {
            repeat = strtol(argv[i + 1], NULL, 10);
            i += 2;
        } else {
            good = add_answer(argv[i++]);
        }
    }
    return good && answer_count > 0 && repeat > 0;
}

int main(int argc, char **argv)
{
    static int listener;
    pthread_t thread;
    char ignored[64];
    (void)signal(SIGPIPE, SIG_IGN);
    if (!read_options(argc, argv) || (listener = listen_anywhere()) < 0 ||
        pthread_create(&thread, NULL, accept_all, &listener) != 0) {
        (void)fprintf(stderr, "usage: server [--tls CERTIFICATE KEY] [--delay MILLISECONDS] [--repeat TIMES] "
                              "OPERATION=FILE...\n");
        return EXIT_FAILURE;
    }
    while (read(STDIN_FILENO, ignored, sizeof ignored) > 0) {
    }
    return EXIT_SUCCESS;
}
