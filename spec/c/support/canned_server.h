/*
 * A web server for tests: answers each request with bytes that were written down beforehand, and counts.
 *
 * One thread polls all connections, so a test may leave one idle and open another. It never waits for time to
 * pass: whoever wants a silent server lets it HANG and gives up first.
 */
#ifndef CANNED_SERVER_H
#define CANNED_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum canned_end {
    KEEP,  /* the connection stays */
    CLOSE, /* it is closed after the bytes */
    HANG,  /* nothing more comes, and it stays open */
    RESET, /* it is reset after the bytes */
    UNREAD /* it is closed, which resets it, as soon as a request comes, before that is read; no bytes */
};

struct canned {
    const char *bytes;
    size_t length; /* 0: of a string */
    enum canned_end end;
};

#define SERVER_CONNECTIONS 16
#define SERVER_BUFFER 65536

struct server_connection {
    int fd;
    size_t length;
    char data[SERVER_BUFFER];
};

struct server {
    pthread_t thread;
    int listener;
    int wake[2];
    int port;
    const struct canned *responses; /* one for each request; the last one for all that follow */
    size_t response_count;
    size_t requests; /* to be looked at after server_stop */
    size_t connection_count;
    size_t last_length;
    char last[SERVER_BUFFER]; /* the last request */
    struct server_connection connections[SERVER_CONNECTIONS];
};

/* The length of the first whole request in `data`, or 0. TLS and the like count as a request at once. */
static size_t server_request_length(const char *data)
{
    const char *end = strstr(data, "\r\n\r\n");
    if (data[0] < 'A' || data[0] > 'Z') {
        return strlen(data) > 0 ? strlen(data) : 1;
    }
    if (end == NULL) {
        return 0;
    }
    size_t length = (size_t)(end - data) + 4;
    for (const char *line = data; line < end; line = strstr(line, "\r\n") + 2) {
        if (strncasecmp(line, "Content-Length:", 15) == 0) {
            length += strtoul(line + 15, NULL, 10);
        }
    }
    return strlen(data) >= length ? length : 0;
}

static bool server_send(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

static void server_close(struct server_connection *connection)
{
    (void)close(connection->fd);
    connection->fd = -1;
    connection->length = 0;
}

static void server_reset(struct server_connection *connection)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    server_close(connection);
}

static const struct canned *server_next(const struct server *server)
{
    return &server
                ->responses[server->requests < server->response_count ? server->requests : server->response_count - 1];
}

static void server_response(struct server *server, struct server_connection *connection, size_t request_length)
{
    const struct canned *response = server_next(server);
    server->requests++;
    memcpy(server->last, connection->data, request_length);
    server->last[request_length] = '\0';
    server->last_length = request_length;
    connection->length = 0;
    size_t length = response->length > 0 ? response->length : strlen(response->bytes);
    if (!server_send(connection->fd, response->bytes, length) || response->end == CLOSE) {
        server_close(connection);
    } else if (response->end == RESET) {
        server_reset(connection);
    }
}

static void server_read(struct server *server, struct server_connection *connection)
{
    size_t room = SERVER_BUFFER - 1 - connection->length;
    char first = 0;
    if (server_next(server)->end == UNREAD && recv(connection->fd, &first, 1, MSG_PEEK) == 1) {
        server->requests++;
        server_close(connection);
        return;
    }
    ssize_t got = recv(connection->fd, connection->data + connection->length, room, 0);
    if (got <= 0) {
        server_close(connection);
        return;
    }
    connection->length += (size_t)got;
    connection->data[connection->length] = '\0';
    size_t length = server_request_length(connection->data);
    if (length > 0) {
        server_response(server, connection, length);
    }
}

static void server_accept(struct server *server)
{
    int fd = accept(server->listener, NULL, NULL);
    server->connection_count++;
    for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
        if (server->connections[i].fd < 0) {
            server->connections[i].fd = fd;
            server->connections[i].length = 0;
            return;
        }
    }
    (void)close(fd);
}

static void *server_run(void *context)
{
    struct server *server = context;
    struct pollfd fds[SERVER_CONNECTIONS + 2];
    for (;;) {
        fds[0].fd = server->wake[0];
        fds[1].fd = server->listener;
        for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
            fds[i + 2].fd = server->connections[i].fd;
        }
        for (size_t i = 0; i < SERVER_CONNECTIONS + 2; i++) {
            fds[i].events = POLLIN;
            fds[i].revents = 0;
        }
        (void)poll(fds, SERVER_CONNECTIONS + 2, -1);
        if (fds[0].revents != 0) {
            return NULL;
        }
        if (fds[1].revents != 0) {
            server_accept(server);
        }
        for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
            if (fds[i + 2].fd >= 0 && fds[i + 2].revents != 0) {
                server_read(server, &server->connections[i]);
            }
        }
    }
}

/* A listening socket on a free loopback port. */
static int server_listen(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        abort();
    }
    *port = ntohs(address.sin_port);
    return fd;
}

static struct server *server_start(const struct canned *responses, size_t response_count)
{
    struct server *server = calloc(1, sizeof *server);
    if (server == NULL || pipe(server->wake) != 0) {
        abort();
    }
    server->responses = responses;
    server->response_count = response_count;
    server->listener = server_listen(&server->port);
    for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
        server->connections[i].fd = -1;
    }
    if (pthread_create(&server->thread, NULL, server_run, server) != 0) {
        abort();
    }
    return server;
}

/* Its counters stay until it is freed. */
static void server_stop(struct server *server)
{
    (void)!write(server->wake[1], "x", 1);
    (void)pthread_join(server->thread, NULL);
    for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
        if (server->connections[i].fd >= 0) {
            server_close(&server->connections[i]);
        }
    }
    (void)close(server->listener);
    (void)close(server->wake[0]);
    (void)close(server->wake[1]);
}

/* A port where nobody listens. */
static inline int server_closed_port(void)
{
    int port = 0;
    int fd = server_listen(&port);
    (void)close(fd);
    return port;
}

#endif
