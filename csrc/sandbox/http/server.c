/*
 * A thread per connection: each reads a whole request, has it answered, sends the response.
 *
 * All signals are blocked in these threads; they belong to the program that the sandbox is embedded in.
 */
#include "sandbox/http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG 256
#define MAX_CONNECTIONS 1000
#define IDLE_SECONDS 120

struct dnp_server {
    int socket; /* -1 once libmicrohttpd owns it */
    uint16_t port;
    size_t max_request_bytes;
    const char *certificate;
    const char *private_key;
    const struct dnp_service_state *state;
    struct MHD_Daemon *daemon;
};

/* A request on its way in. */
struct incoming {
    struct dnp_buffer body;
    bool too_big;
    bool failed; /* out of memory */
};

/* ---- the port ---- */

static bool open_port(struct dnp_server *server, uint16_t port, struct dnp_error *error)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t length = sizeof address;
    int yes = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->socket = socket(AF_INET, SOCK_STREAM, 0);
    /* A program that the process starts must not keep the port open. */
    if (server->socket < 0 || fcntl(server->socket, F_SETFD, FD_CLOEXEC) != 0 ||
        setsockopt(server->socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(server->socket, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(server->socket, BACKLOG) != 0 ||
        getsockname(server->socket, (struct sockaddr *)&address, &length) != 0) {
        return dnp_fail(error, DNP_TRANSPORT, "port %u of 127.0.0.1 cannot be opened: %s", (unsigned)port,
                        strerror(errno));
    }
    server->port = ntohs(address.sin_port);
    return true;
}

struct dnp_server *dnp_server_open(const struct dnp_sandbox_options *options, struct dnp_error *error)
{
    struct dnp_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        dnp_fail_memory(error);
        return NULL;
    }
    server->max_request_bytes = options->max_request_bytes;
    server->certificate = options->certificate;
    server->private_key = options->private_key;
    if (!open_port(server, options->port, error)) {
        dnp_server_free(server);
        return NULL;
    }
    return server;
}

uint16_t dnp_server_port(const struct dnp_server *server)
{
    return server->port;
}

/* ---- responses ---- */

/* A response that ends before its length: the body is there up to `cut_at`. */
struct cut_body {
    char *data;
    size_t length;
};

static ssize_t read_cut(void *context, uint64_t position, char *buffer, size_t size)
{
    const struct cut_body *cut = context;
    if (position >= cut->length) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t left = cut->length - (size_t)position;
    size_t count = left < size ? left : size;
    memcpy(buffer, cut->data + position, count);
    return (ssize_t)count;
}

static void free_cut(void *context)
{
    struct cut_body *cut = context;
    free(cut->data);
    free(cut);
}

static struct MHD_Response *make_cut(const struct dnp_reply *reply)
{
    struct cut_body *cut = calloc(1, sizeof *cut);
    if (cut == NULL) {
        return NULL;
    }
    cut->length = reply->cut_at < reply->body.length ? reply->cut_at : reply->body.length;
    cut->data = malloc(cut->length + 1);
    if (cut->data == NULL) {
        free(cut);
        return NULL;
    }
    memcpy(cut->data, reply->body.data, cut->length);
    /* One byte more than there is, so that even a response cut at its end is cut. */
    struct MHD_Response *response =
        MHD_create_response_from_callback(reply->body.length + 1, 4096, read_cut, cut, free_cut);
    if (response == NULL) {
        free_cut(cut);
    }
    return response;
}

static struct MHD_Response *make_response(struct dnp_reply *reply)
{
    if (reply->delivery == DNP_DELIVER_CUT) {
        return make_cut(reply);
    }
    if (reply->body.length == 0) {
        return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->body.length, reply->body.data, MHD_RESPMEM_MUST_FREE);
    if (response != NULL) {
        dnp_buffer_init(&reply->body, 0); /* its memory is the response's now */
    }
    return response;
}

static enum MHD_Result deliver(struct MHD_Connection *connection, struct dnp_reply *reply)
{
    if (reply->delivery == DNP_DELIVER_NOTHING) {
        return MHD_NO;
    }
    struct MHD_Response *response = make_response(reply);
    if (response == NULL) {
        return MHD_NO;
    }
    bool dressed = MHD_add_response_header(response, "Content-Type", reply->content_type) == MHD_YES &&
                   MHD_add_response_header(response, "Cache-Control", reply->cache_control) == MHD_YES &&
                   (reply->challenge[0] == '\0' ||
                    MHD_add_response_header(response, "WWW-Authenticate", reply->challenge) == MHD_YES) &&
                   (reply->date[0] == '\0' || MHD_add_response_header(response, "Date", reply->date) == MHD_YES) &&
                   (reply->status != 405 || MHD_add_response_header(response, "Allow", "GET, HEAD, POST") == MHD_YES);
    enum MHD_Result queued = dressed ? MHD_queue_response(connection, (unsigned)reply->status, response) : MHD_NO;
    MHD_destroy_response(response);
    return queued;
}

/* ---- requests ---- */

/* The query is known by its first name: "?WSDL". */
static enum MHD_Result take_query(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    const char **query = context;
    (void)kind;
    (void)value;
    *query = name;
    return MHD_NO;
}

static void take_body(struct dnp_server *server, struct incoming *incoming, const char *data, size_t length)
{
    if (incoming->too_big || length > server->max_request_bytes - incoming->body.length) {
        incoming->too_big = true;
        dnp_buffer_clear(&incoming->body);
    } else if (!dnp_buffer_append(&incoming->body, data, length)) {
        incoming->failed = true;
    }
}

static int socket_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info != NULL ? (int)info->connect_fd : -1;
}

static enum MHD_Result respond(struct dnp_server *server, struct MHD_Connection *connection, const char *path,
                               const char *method, struct incoming *incoming)
{
    struct dnp_reply reply;
    struct dnp_http_call call = {
        .method = method,
        .path = path,
        .authorization = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization"),
        .content_type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type"),
        .soap_action = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "SOAPAction"),
        .host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host"),
        .body = incoming->body,
        .too_big = incoming->too_big,
        .socket = socket_of(connection),
    };
    (void)MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_query, &call.query);
    if (incoming->failed) {
        return MHD_NO;
    }
    dnp_service_respond(server->state, &call, &reply);
    incoming->body = call.body; /* it may be another one now */
    enum MHD_Result queued = deliver(connection, &reply);
    dnp_reply_free(&reply);
    return queued;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *data, size_t *length, void **request)
{
    struct dnp_server *server = context;
    struct incoming *incoming = *request;
    (void)version;
    if (incoming == NULL) {
        incoming = calloc(1, sizeof *incoming);
        if (incoming == NULL) {
            return MHD_NO;
        }
        dnp_buffer_init(&incoming->body, server->max_request_bytes);
        *request = incoming;
        return MHD_YES;
    }
    if (*length > 0) {
        take_body(server, incoming, data, *length);
        *length = 0;
        return MHD_YES;
    }
    return respond(server, connection, path, method, incoming);
}

static void completed(void *context, struct MHD_Connection *connection, void **request,
                      enum MHD_RequestTerminationCode code)
{
    struct incoming *incoming = *request;
    (void)context;
    (void)connection;
    (void)code;
    if (incoming != NULL) {
        dnp_buffer_wipe(&incoming->body);
        dnp_buffer_free(&incoming->body);
        free(incoming);
    }
}

/* ---- the daemon ---- */

static struct MHD_Daemon *start_daemon(struct dnp_server *server)
{
    struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)server->certificate},
                                   {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)server->private_key},
                                   {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    bool https = server->certificate != NULL;
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL;
    return MHD_start_daemon(flags | (https ? (unsigned)MHD_USE_TLS : 0U), 0, NULL, NULL, handle, server,
                            MHD_OPTION_LISTEN_SOCKET, server->socket, MHD_OPTION_NOTIFY_COMPLETED, completed, NULL,
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
                            (unsigned)IDLE_SECONDS, MHD_OPTION_ARRAY, https ? tls : none, MHD_OPTION_END);
}

/* libmicrohttpd closes the port on most of its ways to fail; by then its number may be another file's. */
static void forget_closed_port(struct dnp_server *server, const struct stat *port)
{
    struct stat now;
    if (fstat(server->socket, &now) != 0 || now.st_dev != port->st_dev || now.st_ino != port->st_ino) {
        server->socket = -1;
    }
}

bool dnp_server_run(struct dnp_server *server, const struct dnp_service_state *state, struct dnp_error *error)
{
    sigset_t all;
    sigset_t before;
    struct stat port = {0};
    server->state = state;
    if (server->certificate != NULL && MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES) {
        return dnp_fail(error, DNP_TRANSPORT, "this build of libmicrohttpd has no TLS");
    }
    (void)fstat(server->socket, &port);
    /* Threads inherit the mask of the thread that makes them. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    server->daemon = start_daemon(server);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (server->daemon == NULL) {
        forget_closed_port(server, &port);
        return dnp_fail(error, DNP_TRANSPORT, "the HTTP server cannot be started%s",
                        server->certificate != NULL ? "; are certificate and private_key PEM texts of one pair?" : "");
    }
    server->socket = -1;
    return true;
}

void dnp_server_free(struct dnp_server *server)
{
    if (server == NULL) {
        return;
    }
    if (server->daemon != NULL) {
        MHD_stop_daemon(server->daemon);
    }
    if (server->socket >= 0) {
        (void)close(server->socket);
    }
    free(server);
}
