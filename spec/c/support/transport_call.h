/*
 * Calls through the transport's table of functions, as the core makes them: one loop, one transport, any number of
 * transfers. Whoever includes this has included cmocka and canned_server.h.
 */
#ifndef TRANSPORT_CALL_H
#define TRANSPORT_CALL_H

#include "transport/curl.h"

#define URL_SIZE 256
#define VALUE_SIZE 256

static const struct dnp_transport_functions *const f = &dnp_curl_functions;

struct call {
    struct dnp_loop *loop;
    struct dnp_transport *transport;
    struct dnp_transfer *transfer; /* under way, or NULL */
    char url[URL_SIZE];
    char host[URL_SIZE]; /* of the url; the transfer borrows it */
    bool mutates;
    bool streams;
    double timeout;                /* 0: the transport's */
    enum dnp_transfer_event event; /* the last one */
    struct dnp_error error;
    int status;
    char content_type[VALUE_SIZE]; /* "" when there was none */
    size_t received;
    size_t longest_piece;
    char *body; /* NUL-terminated */
};

static inline struct dnp_transport_options options(void)
{
    struct dnp_transport_options defaults = {.timeout = 20, .connect_timeout = 10, .proxy = ""};
    return defaults;
}

/* A call of its own loop that has not begun. */
static inline void prepare(struct call *call, const struct dnp_transport_options *given)
{
    memset(call, 0, sizeof *call);
    call->loop = f->loop_new(&call->error);
    assert_non_null(call->loop);
    call->transport = f->transport_new(call->loop, given, &call->error);
    assert_non_null(call->transport);
}

static inline void set_url(struct call *call, const char *scheme, int port)
{
    (void)snprintf(call->url, sizeof call->url, "%s://127.0.0.1:%d/es.asmx", scheme, port);
}

/* Host and port of an address that has both, or a host alone. */
static inline unsigned split_url(const char *url, char host[URL_SIZE])
{
    const char *begin = strstr(url, "://") + 3;
    bool bracketed = *begin == '[';
    size_t length = bracketed ? strcspn(begin, "]") + 1 : strcspn(begin, ":/");
    const char *behind = begin + length;
    (void)snprintf(host, URL_SIZE, "%.*s", (int)(length - (bracketed ? 2 : 0)), begin + (bracketed ? 1 : 0));
    return *behind == ':' ? (unsigned)strtoul(behind + 1, NULL, 10) : strncmp(url, "https", 5) == 0 ? 443 : 80;
}

static inline struct dnp_transfer *try_start(struct call *call)
{
    static const char *const headers[] = {"Content-Type: text/xml; charset=utf-8", "Authorization: Basic c2VjcmV0",
                                          NULL};
    unsigned port = split_url(call->url, call->host);
    struct dnp_transport_request request = {.url = call->url,
                                            .host = call->host,
                                            .port = port,
                                            .headers = headers,
                                            .body = dnp_slice_of("<question />"),
                                            .timeout = call->timeout,
                                            .mutates = call->mutates,
                                            .streams = call->streams,
                                            .user = call};
    free(call->body);
    call->body = NULL;
    call->received = 0;
    call->longest_piece = 0;
    call->event = DNP_TRANSFER_WAITING;
    call->transfer = f->transfer_start(call->transport, &request, &call->error);
    return call->transfer;
}

static inline void start(struct call *call)
{
    assert_non_null(try_start(call));
    assert_ptr_equal(f->transfer_user(call->transfer), call);
}

static inline void note_bytes(struct call *call, struct dnp_slice bytes)
{
    call->body = realloc(call->body, call->received + bytes.length + 1);
    assert_non_null(call->body);
    memcpy(call->body + call->received, bytes.data, bytes.length);
    call->received += bytes.length;
    call->body[call->received] = '\0';
    if (bytes.length > call->longest_piece) {
        call->longest_piece = bytes.length;
    }
}

/* Takes once; a transfer that is over is ended. */
static inline enum dnp_transfer_event take(struct call *call)
{
    struct dnp_slice bytes;
    call->event = f->transfer_take(call->transfer, &bytes, &call->error);
    if (call->event == DNP_TRANSFER_BYTES) {
        note_bytes(call, bytes);
    }
    if (call->event != DNP_TRANSFER_WAITING) {
        const char *content_type = f->transfer_header(call->transfer, "content-type");
        call->status = f->transfer_status(call->transfer);
        (void)snprintf(call->content_type, sizeof call->content_type, "%s", content_type != NULL ? content_type : "");
    }
    if (call->event == DNP_TRANSFER_DONE || call->event == DNP_TRANSFER_FAILED) {
        f->transfer_end(call->transfer);
        call->transfer = NULL;
    }
    return call->event;
}

/* Waits until a transfer of the loop has something to take; the call it belongs to. */
static inline struct call *await(struct dnp_loop *loop)
{
    struct dnp_error error;
    struct dnp_transfer *transfer = NULL;
    for (int i = 0; i < 100 && (transfer = f->loop_ready(loop)) == NULL; i++) {
        assert_true(f->loop_wait(loop, 1, &error));
    }
    assert_non_null(transfer);
    return f->transfer_user(transfer);
}

/* Starts a call and pulls it to its end. */
static inline enum dnp_transfer_event run(struct call *call)
{
    start(call);
    while (call->transfer != NULL) {
        assert_ptr_equal(await(call->loop), call);
        (void)take(call);
    }
    return call->event;
}

static inline void abandon(struct call *call)
{
    if (call->transfer != NULL) {
        f->transfer_end(call->transfer);
        call->transfer = NULL;
    }
}

static inline void release(struct call *call, struct server *server)
{
    abandon(call);
    f->transport_free(call->transport);
    f->loop_free(call->loop);
    free(call->body);
    free(server);
}

static inline void check_failed(const struct call *call, enum dnp_error_kind kind, const char *name,
                                enum dnp_outcome outcome)
{
    assert_int_equal(call->event, DNP_TRANSFER_FAILED);
    assert_string_equal(call->error.name, name);
    assert_int_equal(call->error.kind, kind);
    assert_int_equal(call->error.outcome, outcome);
}

#define RESPONSE(text, end) \
    {                       \
        text, 0, end        \
    }
#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\n"
#define OK_RESPONSE OK_HEAD "Content-Length: 11\r\n\r\n<answer />\n"

/* A server with these responses, and a call to it that has not begun. */
static inline struct server *serve(struct call *call, const struct canned *responses, size_t count,
                                   const struct dnp_transport_options *given)
{
    struct server *server = server_start(responses, count);
    prepare(call, given);
    set_url(call, "http", server->port);
    return server;
}

/* A call to a server with one response, up to its end; `call` and the stopped server are left for looking at. */
static inline struct server *run_against(struct call *call, const struct canned *response,
                                         const struct dnp_transport_options *given)
{
    struct server *server = serve(call, response, 1, given);
    (void)run(call);
    server_stop(server);
    return server;
}

/* Copies of the first call, which has been prepared, on its transport; all are started, then pulled to their ends. */
static inline void run_together(struct call *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            calls[i] = calls[0];
            calls[i].body = NULL;
        }
    }
    for (size_t i = 0; i < count; i++) {
        start(&calls[i]);
    }
    for (size_t left = count; left > 0;) {
        struct call *call = await(calls[0].loop);
        (void)take(call);
        left -= call->transfer == NULL;
    }
}

static inline void release_together(struct call *calls, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        abandon(&calls[i]);
        free(calls[i].body);
    }
    release(&calls[0], NULL);
}

static inline void check_lost(const struct call *call, int status)
{
    check_failed(call, DNP_TRANSPORT, "connection_lost", DNP_UNKNOWN);
    assert_int_equal(call->error.http_status, status);
    assert_int_not_equal(call->error.code, 0);
    assert_non_null(strstr(call->error.message, "127.0.0.1:"));
}

#endif
