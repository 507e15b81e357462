/*
 * A transfer from its start to its end.
 *
 * Handles and buffers of ended ones are kept by the transport for those that follow. A transfer is in the list of
 * active ones until it is FINISHED, and only a RUNNING one's handle is in the multi handle.
 */
#include "transport/internal.h"
#include "transport/sigpipe.h"

#include "base/ascii.h"
#include "base/buffer.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/*
 * A change that finds its connection dead may have been done, so it uses a kept one only if that was in use a moment
 * ago. libcurl rounds the time that a connection was idle down to seconds and reuses it if that is not more than this:
 * less than two seconds. (From 8.16 on it does not round.)
 */
#define IDLE_SECONDS_OF_CHANGES 1L
#define IDLE_SECONDS_OF_READS 118L /* libcurl's default */

/* From some length on libcurl asks for "100 Continue" before it sends a body, unless told otherwise, and waits a second
 * where none comes: from a MiB on with 7.81 to 8.14. */
#define MAYBE_EXPECTED ((size_t)64 * 1024)

/* ---- handles ---- */

void transfer_free(struct dnp_transfer *transfer)
{
    if (transfer == NULL) {
        return;
    }
    curl_easy_cleanup(transfer->easy);
    dnp_wipe(transfer->body, sizeof transfer->body);
    free(transfer);
}

static struct dnp_transfer *transfer_new(struct dnp_transport *transport)
{
    struct dnp_transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL) {
        return NULL;
    }
    transfer->transport = transport;
    transfer->easy = curl_easy_init();
    if (transfer->easy == NULL || transfer_set_callbacks(transfer) != CURLE_OK ||
        transport_set_options(transport, transfer->easy) != CURLE_OK) {
        transfer_free(transfer);
        return NULL;
    }
    return transfer;
}

static struct dnp_transfer *take_idle(struct dnp_transport *transport)
{
    struct dnp_transfer *transfer = transport->idle;
    if (transfer == NULL) {
        return transfer_new(transport);
    }
    transport->idle = transfer->next;
    transport->idle_count--;
    return transfer;
}

static void put_idle(struct dnp_transfer *transfer)
{
    struct dnp_transport *transport = transfer->transport;
    if (transport->idle_count >= transport->max_connections) {
        transfer_free(transfer);
        return;
    }
    transfer->next = transport->idle;
    transport->idle = transfer;
    transport->idle_count++;
}

/* ---- lists ---- */

static void enter_active(struct dnp_transfer *transfer)
{
    struct dnp_transport *transport = transfer->transport;
    transfer->previous = NULL;
    transfer->next = transport->active;
    if (transport->active != NULL) {
        transport->active->previous = transfer;
    }
    transport->active = transfer;
}

static void leave_active(struct dnp_transfer *transfer)
{
    *(transfer->previous != NULL ? &transfer->previous->next : &transfer->transport->active) = transfer->next;
    if (transfer->next != NULL) {
        transfer->next->previous = transfer->previous;
    }
}

static void enter_queue(struct dnp_transfer *transfer)
{
    struct dnp_transport *transport = transfer->transport;
    transfer->next_queued = NULL;
    *(transport->queue != NULL ? &transport->queue_end->next_queued : &transport->queue) = transfer;
    transport->queue_end = transfer;
}

static void leave_queue(struct dnp_transfer *transfer)
{
    struct dnp_transport *transport = transfer->transport;
    struct dnp_transfer *before = NULL;
    struct dnp_transfer *entry = transport->queue;
    while (entry != transfer) {
        before = entry;
        entry = entry->next_queued;
    }
    *(before != NULL ? &before->next_queued : &transport->queue) = transfer->next_queued;
    if (transport->queue_end == transfer) {
        transport->queue_end = before;
    }
}

/* ---- what is sent ---- */

/* A list of libcurl's that borrows the caller's lines. */
static bool set_headers(struct dnp_transfer *transfer, const struct dnp_transport_request *request)
{
    struct curl_slist *lines = transfer->lines;
    size_t count = 0;
    for (; request->headers[count] != NULL && count < DNP_TRANSPORT_MAX_HEADERS; count++) {
        lines[count].data = (char *)(uintptr_t)request->headers[count];
    }
    if (request->body.length >= MAYBE_EXPECTED) {
        lines[count++].data = (char *)(uintptr_t) "Expect:";
    }
    for (size_t i = 0; i < count; i++) {
        lines[i].next = i + 1 < count ? &lines[i + 1] : NULL;
    }
    return curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, count > 0 ? lines : NULL) == CURLE_OK;
}

/* libcurl takes the parts, and goes back to the text where it begins a request again. */
static bool set_url(struct dnp_transfer *transfer, const char *text)
{
    const struct parsed_url *url = transport_parse_url(transfer->transport, text);
    if (url != NULL && url == transfer->url) {
        return true;
    }
    transfer->url = NULL;
    /* 8.14 forgets the text where parts are set, also to none. */
    if (curl_easy_setopt(transfer->easy, CURLOPT_CURLU, NULL) != CURLE_OK ||
        curl_easy_setopt(transfer->easy, CURLOPT_URL, text) != CURLE_OK ||
        (url != NULL && curl_easy_setopt(transfer->easy, CURLOPT_CURLU, url->parts) != CURLE_OK)) {
        return false;
    }
    transfer->url = url;
    return true;
}

static bool set_request(struct dnp_transfer *transfer, const struct dnp_transport_request *request)
{
    CURL *easy = transfer->easy;
    const char *body = request->body.length > 0 ? request->body.data : "";
    long idle_seconds = request->mutates ? IDLE_SECONDS_OF_CHANGES : IDLE_SECONDS_OF_READS;
    transfer->host = request->host;
    return set_headers(transfer, request) && set_url(transfer, request->url) &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, idle_seconds) == CURLE_OK;
}

/* Gives back what was made for one request. Not inside libcurl. */
static void forget_request(struct dnp_transfer *transfer)
{
    (void)curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, NULL);
    names_forget(transfer);
    transfer->host = NULL;
}

/* All that a transfer before this one has left. */
static void reset(struct dnp_transfer *transfer)
{
    transfer_forget_response(transfer);
    transfer->state = QUEUED;
    transfer->request_begun = false;
    transfer->paused = false;
    transfer->names_are_known = false;
    transfer->wants_lookup = false;
    transfer->has_proxy_address = false;
    transfer->has_host_address = false;
    transfer->attempted_port = 0;
    transfer->header_bytes = 0;
    transfer->failed = false;
    transfer->result = CURLE_OK;
    transfer->trouble = NO_TROUBLE;
    transfer->reason[0] = '\0';
    transfer->proxy_is_meant = false;
    transfer->status = 0;
    transfer->curl_message[0] = '\0';
    transfer->piece_is_held = false;
    transfer->body_length = 0;
}

static dnp_time microseconds(double seconds)
{
    return seconds < 1e9 ? (dnp_time)(seconds * 1e6) : (dnp_time)1e15;
}

static void note_request(struct dnp_transfer *transfer, const struct dnp_transport_request *request)
{
    transfer->port = request->port;
    transfer->secure = dnp_ascii_equal_start(request->url, "https:", 6);
    transfer->mutates = request->mutates;
    transfer->streams = request->streams;
    transfer->user = request->user;
    transfer->started = transport_now();
    transfer->timeout = microseconds(request->timeout > 0 ? request->timeout : transfer->transport->timeout);
    transfer->deadline = transfer->started + transfer->timeout;
    transfer->connect_deadline = NEVER;
}

struct dnp_transfer *transfer_start(struct dnp_transport *transport, const struct dnp_transport_request *request,
                                    struct dnp_error *error)
{
    struct dnp_transfer *transfer = take_idle(transport);
    if (transfer == NULL) {
        (void)dnp_fail_memory(error);
        return NULL;
    }
    reset(transfer);
    if (!set_request(transfer, request)) {
        forget_request(transfer);
        put_idle(transfer);
        (void)dnp_fail_memory(error);
        return NULL;
    }
    note_request(transfer, request);
    loop_note_deadline(transport->loop, transfer->deadline);
    enter_active(transfer);
    enter_queue(transfer);
    transfer_start_queued(transport);
    return transfer;
}

/* ---- on its way ---- */

void transfer_run(struct dnp_transfer *transfer)
{
    transfer->state = RUNNING;
    transfer->wants_lookup = false;
    transfer->result = CURLE_OK;
    transfer->curl_message[0] = '\0';
    if (!transport_has_multi(transfer->transport) || !names_expire(transfer) ||
        curl_multi_add_handle(transfer->transport->multi, transfer->easy) != CURLM_OK) {
        transfer_fail(transfer, NO_MEMORY);
    }
}

void transfer_start_queued(struct dnp_transport *transport)
{
    while (transport->queue != NULL && transport->running < transport->max_connections) {
        struct dnp_transfer *transfer = transport->queue;
        leave_queue(transfer);
        transport->running++;
        transfer->connect_deadline = transport_now() + microseconds(transport->connect_timeout);
        loop_note_deadline(transport->loop, transfer->connect_deadline);
        transfer_run(transfer);
    }
}

dnp_time transfer_check_deadline(struct dnp_transfer *transfer, dnp_time now)
{
    dnp_time limit = transfer->deadline;
    if (!transfer->request_begun && transfer->connect_deadline < limit) {
        limit = transfer->connect_deadline;
    }
    if (now < limit) {
        return limit;
    }
    transfer_fail(transfer, TIMED_OUT);
    return NEVER;
}

/* ---- at its end ---- */

/* A handle that is removed before its transfer is over takes its connection with it. */
static void leave_multi(struct dnp_transfer *transfer)
{
    (void)curl_multi_remove_handle(transfer->transport->multi, transfer->easy);
}

static void conclude(struct dnp_transfer *transfer)
{
    transfer->state = FINISHED;
    transfer->ended = transport_now();
    leave_active(transfer);
    loop_add_ready(transfer);
}

void transfer_finish(struct dnp_transfer *transfer, CURLcode result)
{
    bool may_go_on = !transfer->mutates || !transfer->request_begun;
    transfer->result = result;
    if (result != CURLE_OK && transfer->wants_lookup && may_go_on) {
        leave_multi(transfer);
        names_look_up(transfer);
        return;
    }
    if (result == CURLE_OK && !transfer->headers_complete) {
        transfer->result = CURLE_PARTIAL_FILE; /* libcurl is content with headers that the connection's end has cut */
    }
    if (transfer->trouble == SENT_ONCE) {
        transfer->result = CURLE_RECV_ERROR; /* libcurl's is about the attempt that was refused */
    }
    transfer->failed = transfer->result != CURLE_OK;
    transfer_note_status(transfer);
    leave_multi(transfer);
    transfer->transport->running--;
    conclude(transfer);
}

/* Takes it out of where it waits. */
static void withdraw(struct dnp_transfer *transfer)
{
    if (transfer->state == QUEUED) {
        leave_queue(transfer);
        return;
    }
    transfer->transport->running--;
    if (transfer->state == LOOKING_UP) {
        names_stop_waiting(transfer);
    } else {
        leave_multi(transfer);
    }
}

void transfer_fail(struct dnp_transfer *transfer, enum transfer_trouble trouble)
{
    transfer->failed = true;
    transfer->trouble = trouble;
    transfer->result = trouble == TIMED_OUT        ? CURLE_OPERATION_TIMEDOUT
                       : trouble == NO_MEMORY      ? CURLE_OUT_OF_MEMORY
                       : trouble == NO_DESCRIPTORS ? CURLE_COULDNT_CONNECT
                       : transfer->proxy_is_meant  ? CURLE_COULDNT_RESOLVE_PROXY
                                                   : CURLE_COULDNT_RESOLVE_HOST;
    transfer_note_status(transfer);
    withdraw(transfer);
    conclude(transfer);
}

void transfer_end(struct dnp_transfer *transfer)
{
    struct dnp_transport *transport = transfer->transport;
    struct dnp_sigpipe held;
    if (transfer->state != FINISHED) {
        dnp_sigpipe_hold(&held);
        withdraw(transfer);
        dnp_sigpipe_release(&held);
        leave_active(transfer);
    }
    loop_remove_ready(transfer);
    forget_request(transfer);
    put_idle(transfer);
    transfer_start_queued(transport);
}

/* ---- taking ---- */

/* The piece that the caller has got is done with. */
static void resume(struct dnp_transfer *transfer)
{
    struct dnp_sigpipe held;
    transfer->piece_is_held = false;
    transfer->body_length = 0;
    if (transfer->streams) {
        transfer->deadline = transport_now() + transfer->timeout;
        loop_note_deadline(transfer->transport->loop, transfer->deadline);
    }
    if (!transfer->paused || transfer->state != RUNNING) {
        return;
    }
    transfer->paused = false;
    dnp_sigpipe_hold(&held);
    CURLcode code = curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
    if (code != CURLE_OK) {
        transfer_finish(transfer, code);
    }
    dnp_sigpipe_release(&held);
}

enum dnp_transfer_event transfer_take(struct dnp_transfer *transfer, struct dnp_slice *bytes, struct dnp_error *error)
{
    if (transfer->piece_is_held) {
        resume(transfer);
    }
    if (transfer->body_length > 0) {
        transfer_note_status(transfer);
        transfer->piece_is_held = true;
        if (transfer->streams) {
            transfer->deadline = NEVER;
        }
        bytes->data = transfer->body;
        bytes->length = transfer->body_length;
        loop_add_ready(transfer);
        return DNP_TRANSFER_BYTES;
    }
    loop_remove_ready(transfer);
    if (transfer->state != FINISHED) {
        return DNP_TRANSFER_WAITING;
    }
    if (transfer->failed) {
        transfer_describe(transfer, error);
        return DNP_TRANSFER_FAILED;
    }
    return DNP_TRANSFER_DONE;
}

void *transfer_user(const struct dnp_transfer *transfer)
{
    return transfer->user;
}

int transfer_status(const struct dnp_transfer *transfer)
{
    return transfer->status;
}
