/*
 * Answers one POST on a free loopback port with a file as text/xml, then ends.
 * usage: serve FILE (prints the URL first)
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define REQUEST_SIZE 65536
#define GIVE_UP_SECONDS 120

static int listen_anywhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0) {
        return -1;
    }
    (void)printf("http://127.0.0.1:%d\n", ntohs(address.sin_port));
    (void)fflush(stdout);
    return listener;
}

/* The requests of the benchmark fit in one buffer and end with the envelope. */
static int read_request(int client)
{
    static const char end[] = "</soap:Envelope>";
    char request[REQUEST_SIZE];
    size_t used = 0;
    while (used < sizeof request - 1) {
        ssize_t got = read(client, request + used, sizeof request - 1 - used);
        if (got <= 0) {
            return -1;
        }
        used += (size_t)got;
        request[used] = '\0';
        if (strstr(request, end) != NULL) {
            return 0;
        }
    }
    return -1;
}

static int send_all(int client, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(client, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return -1;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
    return 0;
}

static int send_file(int client, FILE *file)
{
    char piece[16384];
    struct stat status;
    if (fstat(fileno(file), &status) != 0) {
        return -1;
    }
    int length = snprintf(piece, sizeof piece,
                          "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: %lld\r\n"
                          "Connection: close\r\n\r\n",
                          (long long)status.st_size);
    int result = send_all(client, piece, (size_t)length);
    for (size_t got = 1; result == 0 && got > 0;) {
        got = fread(piece, 1, sizeof piece, file);
        result = send_all(client, piece, got);
    }
    return result;
}

int main(int argc, char **argv)
{
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    int listener = file != NULL ? listen_anywhere() : -1;
    (void)alarm(GIVE_UP_SECONDS);
    int client = listener >= 0 ? accept(listener, NULL, NULL) : -1;
    int result = client >= 0 && read_request(client) == 0 ? send_file(client, file) : -1;
    if (client >= 0) {
        (void)close(client);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
