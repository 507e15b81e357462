/*
 * One set of descriptors and timers for all transports of a thread.
 *
 * Invariant: what libcurl wants of a descriptor is `wanted`; what the poller knows of one that we close ourselves may
 * be more. So a connection that is used again and again costs no system call to be watched, and an idle one at most
 * one.
 */
#include "transport/internal.h"
#include "transport/sigpipe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EVENTS_AT_ONCE 64

/* Bounds a single wait; libcurl has timers for all that it waits for. */
#define LONGEST_WAIT ((dnp_time)60 * 1000000)

dnp_time transport_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (dnp_time)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- transfers that have something to take ---- */

void loop_add_ready(struct dnp_transfer *transfer)
{
    struct dnp_loop *loop = transfer->transport->loop;
    if (transfer->ready) {
        return;
    }
    transfer->ready = true;
    transfer->next_ready = NULL;
    transfer->previous_ready = loop->ready_last;
    if (loop->ready_last != NULL) {
        loop->ready_last->next_ready = transfer;
    } else {
        loop->ready_first = transfer;
    }
    loop->ready_last = transfer;
}

void loop_remove_ready(struct dnp_transfer *transfer)
{
    struct dnp_loop *loop = transfer->transport->loop;
    if (!transfer->ready) {
        return;
    }
    transfer->ready = false;
    *(transfer->previous_ready != NULL ? &transfer->previous_ready->next_ready : &loop->ready_first) =
        transfer->next_ready;
    *(transfer->next_ready != NULL ? &transfer->next_ready->previous_ready : &loop->ready_last) =
        transfer->previous_ready;
}

struct dnp_transfer *loop_ready(struct dnp_loop *loop)
{
    struct dnp_transfer *transfer = loop->ready_first;
    if (transfer != NULL) {
        loop_remove_ready(transfer);
    }
    return transfer;
}

/* ---- descriptors ---- */

static bool make_room(struct dnp_loop *loop, size_t fd)
{
    if (fd < loop->watch_count) {
        return true;
    }
    size_t count = fd < 32 ? 64 : fd * 2;
    struct watch *watches = realloc(loop->watches, count * sizeof *watches);
    if (watches == NULL) {
        return false;
    }
    memset(watches + loop->watch_count, 0, (count - loop->watch_count) * sizeof *watches);
    loop->watches = watches;
    loop->watch_count = count;
    return true;
}

bool loop_watch(struct dnp_loop *loop, int fd, struct dnp_transport *transport, int events)
{
    if (!make_room(loop, (size_t)fd)) {
        return false;
    }
    struct watch *watch = &loop->watches[fd];
    watch->transport = transport;
    watch->wanted = events;
    /* One that is kept soon waits for a response again. One that never connected libcurl closes by itself. */
    bool is_kept = watch->owned && watch->registered == DNP_READABLE;
    if (watch->registered == events || (events == 0 && is_kept)) {
        return true;
    }
    if (!dnp_poller_watch(loop->poller, fd, watch->registered, events)) {
        return false;
    }
    watch->registered = events;
    return true;
}

bool loop_own(struct dnp_loop *loop, int fd)
{
    if (!make_room(loop, (size_t)fd)) {
        return false;
    }
    /* A new descriptor: what was known of its number is of one that was closed without a word. */
    memset(&loop->watches[fd], 0, sizeof loop->watches[fd]);
    loop->watches[fd].owned = true;
    return true;
}

void loop_forget(struct dnp_loop *loop, int fd)
{
    if ((size_t)fd >= loop->watch_count) {
        return;
    }
    if (loop->watches[fd].registered != 0) {
        (void)dnp_poller_watch(loop->poller, fd, loop->watches[fd].registered, 0);
    }
    memset(&loop->watches[fd], 0, sizeof loop->watches[fd]);
}

/* An event of a descriptor that libcurl wants nothing of, or not this: the poller should stop reporting it. */
static void correct(struct dnp_loop *loop, int fd, struct watch *watch)
{
    if (dnp_poller_watch(loop->poller, fd, watch->registered, watch->wanted)) {
        watch->registered = watch->wanted;
    }
}

static void handle_event(struct dnp_loop *loop, const struct dnp_poll_event *event)
{
    struct watch *watch = (size_t)event->fd < loop->watch_count ? &loop->watches[event->fd] : NULL;
    if (watch == NULL || watch->transport == NULL) {
        return; /* closed by an event before this one */
    }
    int events = event->events & watch->wanted;
    if (events == 0) {
        correct(loop, event->fd, watch);
        return;
    }
    transport_act(watch->transport, event->fd,
                  ((events & DNP_READABLE) != 0 ? CURL_CSELECT_IN : 0) |
                      ((events & DNP_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0));
}

/* ---- lookups ---- */

bool loop_needs_resolver(struct dnp_loop *loop)
{
    if (loop->resolver != NULL) {
        return true;
    }
    loop->resolver = dnp_resolver_new();
    if (loop->resolver == NULL) {
        return false;
    }
    if (!dnp_poller_watch(loop->poller, dnp_resolver_fd(loop->resolver), 0, DNP_READABLE)) {
        dnp_resolver_free(loop->resolver);
        loop->resolver = NULL;
        errno = ENOMEM;
        return false;
    }
    return true;
}

static void take_lookups(struct dnp_loop *loop)
{
    struct dnp_lookup *lookup = NULL;
    while ((lookup = dnp_resolver_next(loop->resolver)) != NULL) {
        names_take(lookup);
        dnp_lookup_free(lookup);
    }
}

/* ---- time ---- */

void loop_note_deadline(struct dnp_loop *loop, dnp_time deadline)
{
    if (deadline < loop->next_deadline) {
        loop->next_deadline = deadline;
    }
}

static void check_deadlines(struct dnp_loop *loop, dnp_time now)
{
    if (now < loop->next_deadline) {
        return;
    }
    loop->next_deadline = NEVER;
    for (struct dnp_transport *transport = loop->transports; transport != NULL; transport = transport->next) {
        struct dnp_transfer *transfer = transport->active;
        while (transfer != NULL) {
            struct dnp_transfer *next = transfer->next; /* a failed one leaves the list */
            loop_note_deadline(loop, transfer_check_deadline(transfer, now));
            transfer = next;
        }
        transfer_start_queued(transport);
    }
}

static void run_timers(struct dnp_loop *loop, dnp_time now)
{
    for (struct dnp_transport *transport = loop->transports; transport != NULL; transport = transport->next) {
        if (transport->timer <= now) {
            transport->timer = NEVER; /* libcurl sets it again while it acts */
            transport_act(transport, CURL_SOCKET_TIMEOUT, 0);
        }
    }
}

static dnp_time next_timer(const struct dnp_loop *loop)
{
    dnp_time next = loop->next_deadline;
    for (const struct dnp_transport *transport = loop->transports; transport != NULL; transport = transport->next) {
        if (transport->timer < next) {
            next = transport->timer;
        }
    }
    return next;
}

/* Rounded up, so that what is due then is due. */
static int milliseconds_until(dnp_time until, dnp_time now)
{
    dnp_time left = until - now;
    if (left <= 0) {
        return 0;
    }
    return (int)(((left < LONGEST_WAIT ? left : LONGEST_WAIT) + 999) / 1000);
}

/* ---- waiting ---- */

static void handle_events(struct dnp_loop *loop, const struct dnp_poll_event *events, int count)
{
    int lookups = loop->resolver != NULL ? dnp_resolver_fd(loop->resolver) : -1;
    for (int i = 0; i < count; i++) {
        if (events[i].fd == lookups) {
            take_lookups(loop);
        } else {
            handle_event(loop, &events[i]);
        }
    }
}

/* What is due now, and what has happened to descriptors. */
static void act(struct dnp_loop *loop, const struct dnp_poll_event *events, int count)
{
    struct dnp_sigpipe held;
    dnp_time now = transport_now();
    if (count == 0 && now < next_timer(loop)) {
        return;
    }
    dnp_sigpipe_hold(&held);
    handle_events(loop, events, count);
    run_timers(loop, now);
    check_deadlines(loop, now);
    dnp_sigpipe_release(&held);
}

static bool fail_waiting(struct dnp_error *error)
{
    if (errno == ENOMEM) {
        return dnp_fail_memory(error);
    }
    return dnp_fail(error, DNP_TRANSPORT, "cannot wait for a response (%s)", strerror(errno));
}

bool loop_wait(struct dnp_loop *loop, double seconds, struct dnp_error *error)
{
    struct dnp_poll_event events[EVENTS_AT_ONCE];
    dnp_time until = transport_now() + (dnp_time)(seconds < 86400 ? seconds * 1000000 : 86400.0 * 1000000);
    for (;;) {
        act(loop, events, 0);
        dnp_time now = transport_now();
        dnp_time next = next_timer(loop);
        int wait = loop->ready_first != NULL ? 0 : milliseconds_until(next < until ? next : until, now);
        int count = dnp_poller_wait(loop->poller, events, EVENTS_AT_ONCE, wait);
        if (count < 0 && errno != EINTR) {
            return fail_waiting(error);
        }
        act(loop, events, count < 0 ? 0 : count);
        if (count < 0 || loop->ready_first != NULL || transport_now() >= until) {
            return true;
        }
    }
}

/* ---- making one ---- */

struct dnp_loop *loop_new(struct dnp_error *error)
{
    struct dnp_loop *loop = calloc(1, sizeof *loop);
    if (loop == NULL) {
        (void)dnp_fail_memory(error);
        return NULL;
    }
    loop->next_deadline = NEVER;
    loop->poller = dnp_poller_new();
    if (loop->poller != NULL) {
        return loop;
    }
    if (errno == EMFILE || errno == ENFILE) {
        (void)dnp_fail(error, DNP_TRANSPORT, "no file descriptor is left to wait for responses with");
        dnp_error_set_name(error, "no_descriptors");
    } else {
        (void)dnp_fail_memory(error);
    }
    free(loop);
    return NULL;
}

void loop_free(struct dnp_loop *loop)
{
    if (loop == NULL) {
        return;
    }
    dnp_resolver_free(loop->resolver);
    dnp_poller_free(loop->poller);
    free(loop->watches);
    free(loop);
}
