/*
 * Answers each POST on a free loopback port after a delay, on any number of kept connections, until standard input
 * ends. One thread, so that it is not what is measured.
 * The answer is that of UserExists.
 * usage: delay_server MILLISECONDS (prints the URL first)
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_CONNECTIONS 256
#define REQUEST_SIZE 8192
#define FIXED 2 /* descriptors that are not connections: standard input and the listener */

#define BODY                                                                                                  \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope "                                               \
    "xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" "                                               \
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">" \
    "<soap:Body><UserExistsResponse xmlns=\"http://officepark/dotnetpanel/enterpriseserver\">"                \
    "<UserExistsResult>true</UserExistsResult></UserExistsResponse></soap:Body></soap:Envelope>"

static char answer[1024]; /* head and body, made once */

struct connection {
    long due; /* when it is to be answered; 0 while it is read */
    size_t length;
    char data[REQUEST_SIZE];
};

static struct connection connections[MOST_CONNECTIONS];
static struct pollfd fds[FIXED + MOST_CONNECTIONS];
static nfds_t count = FIXED;

static long microseconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000L + now.tv_nsec / 1000;
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
    (void)printf("http://127.0.0.1:%d/es.asmx\n", ntohs(address.sin_port));
    (void)fflush(stdout);
    return listener;
}

static bool is_whole(struct connection *connection)
{
    connection->data[connection->length] = '\0';
    const char *end = strstr(connection->data, "\r\n\r\n");
    const char *length = strcasestr(connection->data, "\r\nContent-Length:");
    if (end == NULL || length == NULL) {
        return false;
    }
    return connection->length >= (size_t)(end + 4 - connection->data) + strtoul(length + 17, NULL, 10);
}

static void close_connection(nfds_t i)
{
    (void)close(fds[i].fd);
    count--;
    fds[i] = fds[count];
    connections[i - FIXED] = connections[count - FIXED];
}

/* False when the connection is closed. */
static bool read_connection(nfds_t i, long delay)
{
    struct connection *connection = &connections[i - FIXED];
    ssize_t got = read(fds[i].fd, connection->data + connection->length, REQUEST_SIZE - 1 - connection->length);
    if (got <= 0) {
        return false;
    }
    connection->length += (size_t)got;
    if (is_whole(connection)) {
        connection->due = microseconds() + delay;
    }
    return true;
}

static bool answer_connection(nfds_t i)
{
    connections[i - FIXED].due = 0;
    connections[i - FIXED].length = 0;
    return send(fds[i].fd, answer, strlen(answer), MSG_NOSIGNAL) == (ssize_t)strlen(answer);
}

static void accept_connection(int listener)
{
    const int on = 1;
    int fd = accept(listener, NULL, NULL);
    if (fd < 0 || count == FIXED + MOST_CONNECTIONS) {
        (void)close(fd);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections[count - FIXED].due = 0;
    connections[count - FIXED].length = 0;
    fds[count].fd = fd;
    fds[count].events = POLLIN;
    fds[count].revents = 0;
    count++;
}

/* Milliseconds until the first answer is due, rounded down: the last one is spent looking. */
static int time_left(void)
{
    long first = -1;
    for (nfds_t i = FIXED; i < count; i++) {
        long due = connections[i - FIXED].due;
        if (due != 0 && (first < 0 || due < first)) {
            first = due;
        }
    }
    long left = first - microseconds();
    return first < 0 ? -1 : left > 0 ? (int)(left / 1000) : 0;
}

int main(int argc, char **argv)
{
    long delay = argc > 1 ? strtol(argv[1], NULL, 10) * 1000 : -1;
    int listener = delay >= 0 ? listen_anywhere() : -1;
    if (listener < 0) {
        return EXIT_FAILURE;
    }
    (void)snprintf(answer, sizeof answer,
                   "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: %zu\r\n\r\n%s",
                   strlen(BODY), BODY);
    fds[0].fd = STDIN_FILENO;
    fds[0].events = POLLIN;
    fds[1].fd = listener;
    fds[1].events = POLLIN;
    while (poll(fds, count, time_left()) >= 0 && fds[0].revents == 0) {
        for (nfds_t i = count; i-- > FIXED;) {
            long due = connections[i - FIXED].due;
            bool good = due != 0 ? due > microseconds() || answer_connection(i)
                                 : fds[i].revents == 0 || read_connection(i, delay);
            if (!good) {
                close_connection(i);
            }
        }
        if (fds[1].revents != 0) {
            accept_connection(listener);
        }
    }
    return EXIT_SUCCESS;
}
