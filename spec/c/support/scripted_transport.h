/*
 * A transport that plays what was written down beforehand: for each request the head, the body and the end of its
 * response. It remembers what it was asked for. No sockets, no time.
 */
#ifndef SCRIPTED_TRANSPORT_H
#define SCRIPTED_TRANSPORT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "transport/failure.h"
#include "transport/transport.h"

enum script_end {
    ENDS_WELL,
    BREAKS,      /* with `failure` */
    FALLS_SILENT /* nothing more comes */
};

struct script {
    int status;             /* 0: no response begins */
    const char *headers[6]; /* "Name: value" */
    const char *body;       /* NULL: empty */
    size_t piece;           /* bytes that come at once; 0: all */
    bool hesitates;         /* something is WAITING before each event */
    bool is_not_begun;      /* transfer_start gives NULL, with `failure` */
    enum script_end end;
    struct dnp_failure failure;
};

#define ASKED_SIZE 4096

struct dnp_loop {
    struct dnp_transfer *newest; /* of those under way */
    bool cannot_wait;
    size_t waits;
};

struct dnp_transport {
    struct dnp_loop *loop;
    const struct script *scripts; /* one for each request; the last one for all that follow */
    size_t script_count;
    size_t started;
    size_t under_way;
    struct dnp_transport_request asked; /* the last request; texts are copies */
    char url[ASKED_SIZE];
    char host[ASKED_SIZE];
    char headers[ASKED_SIZE]; /* each with a line feed behind */
    char body[ASKED_SIZE];
};

struct dnp_transfer {
    struct dnp_transport *transport;
    const struct script *script;
    struct dnp_transfer *older;
    struct dnp_transfer **link;
    void *user;
    size_t sent;    /* bytes of the body */
    bool hesitated; /* before the next event */
    bool ready;
    bool known; /* an event has brought status and headers */
};

static inline struct dnp_loop *scripted_loop_new(struct dnp_error *error)
{
    struct dnp_loop *loop = calloc(1, sizeof *loop);
    if (loop == NULL) {
        (void)dnp_fail_memory(error);
    }
    return loop;
}

static inline void scripted_loop_free(struct dnp_loop *loop)
{
    free(loop);
}

static inline bool scripted_loop_wait(struct dnp_loop *loop, double seconds, struct dnp_error *error)
{
    const struct dnp_failure failure = {.name = "transport", .reason = "there is no waiting"};
    (void)seconds;
    loop->waits++;
    for (struct dnp_transfer *transfer = loop->newest; transfer != NULL; transfer = transfer->older) {
        transfer->ready = true;
    }
    if (loop->cannot_wait) {
        dnp_failure_describe(&failure, "host:9002", error);
    }
    return !loop->cannot_wait;
}

static inline struct dnp_transfer *scripted_loop_ready(struct dnp_loop *loop)
{
    struct dnp_transfer *transfer = loop->newest;
    while (transfer != NULL && !transfer->ready) {
        transfer = transfer->older;
    }
    if (transfer != NULL) {
        transfer->ready = false;
    }
    return transfer;
}

static inline struct dnp_transport *
scripted_transport_new(struct dnp_loop *loop, const struct dnp_transport_options *options, struct dnp_error *error)
{
    static const struct script nothing = {.end = BREAKS,
                                          .failure = {.name = "connection_refused", .sent = DNP_NOT_SENT}};
    struct dnp_transport *transport = calloc(1, sizeof *transport);
    (void)options;
    if (transport == NULL) {
        (void)dnp_fail_memory(error);
        return NULL;
    }
    transport->loop = loop;
    transport->scripts = &nothing;
    transport->script_count = 1;
    return transport;
}

static inline void scripted_transport_free(struct dnp_transport *transport)
{
    if (transport->under_way > 0) {
        abort();
    }
    free(transport);
}

static inline void note_request(struct dnp_transport *transport, const struct dnp_transport_request *request)
{
    size_t used = 0;
    transport->asked = *request;
    (void)snprintf(transport->url, ASKED_SIZE, "%s", request->url);
    (void)snprintf(transport->host, ASKED_SIZE, "%s", request->host);
    (void)snprintf(transport->body, ASKED_SIZE, "%.*s", (int)request->body.length, request->body.data);
    transport->headers[0] = '\0';
    for (size_t i = 0; request->headers[i] != NULL && used < ASKED_SIZE; i++) {
        used += (size_t)snprintf(transport->headers + used, ASKED_SIZE - used, "%s\n", request->headers[i]);
    }
}

static inline void link_transfer(struct dnp_transfer *transfer)
{
    struct dnp_loop *loop = transfer->transport->loop;
    transfer->older = loop->newest;
    transfer->link = &loop->newest;
    if (transfer->older != NULL) {
        transfer->older->link = &transfer->older;
    }
    loop->newest = transfer;
    transfer->transport->under_way++;
}

static inline struct dnp_transfer *scripted_transfer_start(struct dnp_transport *transport,
                                                           const struct dnp_transport_request *request,
                                                           struct dnp_error *error)
{
    size_t last = transport->script_count - 1;
    const struct script *script = &transport->scripts[transport->started < last ? transport->started : last];
    transport->started++;
    note_request(transport, request);
    if (script->is_not_begun) {
        dnp_failure_describe(&script->failure, "host:9002", error);
        return NULL;
    }
    struct dnp_transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL) {
        (void)dnp_fail_memory(error);
        return NULL;
    }
    transfer->transport = transport;
    transfer->script = script;
    transfer->user = request->user;
    link_transfer(transfer);
    return transfer;
}

static inline enum dnp_transfer_event scripted_end(const struct script *script, struct dnp_error *error)
{
    switch (script->end) {
    case ENDS_WELL:
        return DNP_TRANSFER_DONE;
    case BREAKS:
        dnp_failure_describe(&script->failure, "host:9002", error);
        return DNP_TRANSFER_FAILED;
    default:
        return DNP_TRANSFER_WAITING;
    }
}

static inline enum dnp_transfer_event scripted_transfer_take(struct dnp_transfer *transfer, struct dnp_slice *bytes,
                                                             struct dnp_error *error)
{
    const struct script *script = transfer->script;
    transfer->ready = false;
    size_t left = script->body != NULL ? strlen(script->body) - transfer->sent : 0;
    if (script->hesitates && !transfer->hesitated) {
        transfer->hesitated = true;
        return DNP_TRANSFER_WAITING;
    }
    transfer->hesitated = false;
    transfer->known = left > 0 || script->end != FALLS_SILENT;
    if (left == 0) {
        return scripted_end(script, error);
    }
    bytes->data = script->body + transfer->sent;
    bytes->length = script->piece > 0 && script->piece < left ? script->piece : left;
    transfer->sent += bytes->length;
    transfer->ready = true;
    return DNP_TRANSFER_BYTES;
}

static inline void scripted_transfer_end(struct dnp_transfer *transfer)
{
    *transfer->link = transfer->older;
    if (transfer->older != NULL) {
        transfer->older->link = transfer->link;
    }
    transfer->transport->under_way--;
    free(transfer);
}

static inline void *scripted_transfer_user(const struct dnp_transfer *transfer)
{
    return transfer->user;
}

static inline int scripted_transfer_status(const struct dnp_transfer *transfer)
{
    return transfer->known ? transfer->script->status : 0;
}

static inline const char *scripted_transfer_header(const struct dnp_transfer *transfer, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; transfer->known && transfer->script->headers[i] != NULL; i++) {
        const char *line = transfer->script->headers[i];
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            return line + length + 2;
        }
    }
    return NULL;
}

static const struct dnp_transport_functions scripted_functions = {
    .version = DNP_VERSION,
    .size = sizeof(struct dnp_transport_functions),
    .loop_new = scripted_loop_new,
    .loop_free = scripted_loop_free,
    .loop_wait = scripted_loop_wait,
    .loop_ready = scripted_loop_ready,
    .transport_new = scripted_transport_new,
    .transport_free = scripted_transport_free,
    .transfer_start = scripted_transfer_start,
    .transfer_take = scripted_transfer_take,
    .transfer_end = scripted_transfer_end,
    .transfer_user = scripted_transfer_user,
    .transfer_status = scripted_transfer_status,
    .transfer_header = scripted_transfer_header,
};

#endif
