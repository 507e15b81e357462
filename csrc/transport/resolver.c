/*
 * Names are looked up by detached threads, MOST_THREADS of a resolver at once; further lookups wait in a queue.
 *
 * A thread shares nothing with its starter but the lookup it works on and the mailbox that it puts it into. Whoever
 * comes last frees the mailbox: it counts the resolver and each thread. `owner` belongs to the resolver's own thread.
 */
#include "transport/resolver.h"

#include "transport/poller.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MOST_THREADS 8

struct mailbox {
    pthread_mutex_t lock;
    size_t references;
    bool closed; /* the resolver is gone, and with it the descriptors */
    int wake[2];
    struct dnp_lookup *done;
};

struct dnp_lookup {
    struct dnp_lookup *next;
    struct mailbox *mailbox;
    void *owner; /* NULL: cancelled */
    enum dnp_lookup_result result;
    const char *reason;
    char addresses[DNP_ADDRESSES_SIZE];
    char name[]; /* last, of any length */
};

struct dnp_resolver {
    struct mailbox *mailbox;
    struct dnp_lookup *queue; /* not begun, first come first served */
    struct dnp_lookup *ended; /* taken from the mailbox */
    size_t threads;
};

/* ---- in a thread of its own ---- */

/* Returns the length of what was written: an address, with a comma before it unless it is the first. */
static size_t write_address(char *text, size_t room, bool first, const struct sockaddr *address)
{
    char digits[INET6_ADDRSTRLEN];
    const void *bytes = NULL;
    if (address->sa_family == AF_INET) {
        bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
    } else if (address->sa_family == AF_INET6) {
        bytes = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    }
    if (bytes == NULL || inet_ntop(address->sa_family, bytes, digits, sizeof digits) == NULL) {
        return 0;
    }
    const char *format = address->sa_family == AF_INET6 ? "%s[%s]" : "%s%s";
    int length = snprintf(text, room, format, first ? "" : ",", digits);
    if (length < 0 || (size_t)length >= room) {
        text[0] = '\0';
        return 0;
    }
    return (size_t)length;
}

static void look_up(struct dnp_lookup *lookup)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    size_t length = 0;
    errno = 0;
    int code = getaddrinfo(lookup->name, NULL, &hints, &list);
    int system_error = errno;
    if (code != 0) {
        lookup->result = system_error == EMFILE || system_error == ENFILE ? DNP_LOOKUP_NO_DESCRIPTORS
                         : code == EAI_MEMORY                             ? DNP_LOOKUP_NO_MEMORY
                                                                          : DNP_LOOKUP_FAILED;
        lookup->reason = gai_strerror(code);
        return;
    }
    for (const struct addrinfo *entry = list; entry != NULL; entry = entry->ai_next) {
        length +=
            write_address(lookup->addresses + length, sizeof lookup->addresses - length, length == 0, entry->ai_addr);
    }
    freeaddrinfo(list);
    lookup->result = length > 0 ? DNP_LOOKUP_FOUND : DNP_LOOKUP_FAILED;
    lookup->reason = "the name has no address";
}

/* Frees the mailbox when nobody else uses it. */
static void unlock(struct mailbox *mailbox)
{
    bool last = mailbox->references == 0;
    (void)pthread_mutex_unlock(&mailbox->lock);
    if (last) {
        (void)pthread_mutex_destroy(&mailbox->lock);
        free(mailbox);
    }
}

static void *run(void *context)
{
    struct dnp_lookup *lookup = context;
    struct mailbox *mailbox = lookup->mailbox;
    look_up(lookup);
    (void)pthread_mutex_lock(&mailbox->lock);
    mailbox->references--;
    if (mailbox->closed) {
        free(lookup);
    } else {
        lookup->next = mailbox->done;
        mailbox->done = lookup;
        dnp_wake_send(mailbox->wake[1]);
    }
    unlock(mailbox);
    return NULL;
}

/* ---- in the resolver's thread ---- */

/* The application's signals are not for the thread's handling. */
static bool start_thread(struct dnp_lookup *lookup)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all;
    sigset_t before;
    if (pthread_attr_init(&attributes) != 0) {
        return false;
    }
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(&thread, &attributes, run, lookup);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return result == 0;
}

/* Gives queued lookups to threads, as many as may run. */
static void start_queued(struct dnp_resolver *resolver)
{
    while (resolver->queue != NULL && resolver->threads < MOST_THREADS) {
        struct dnp_lookup *lookup = resolver->queue;
        resolver->queue = lookup->next;
        if (lookup->owner == NULL) {
            free(lookup);
            continue;
        }
        (void)pthread_mutex_lock(&resolver->mailbox->lock);
        resolver->mailbox->references++;
        (void)pthread_mutex_unlock(&resolver->mailbox->lock);
        if (start_thread(lookup)) {
            resolver->threads++;
            continue;
        }
        lookup->result = DNP_LOOKUP_FAILED;
        lookup->reason = "a thread cannot be started";
        lookup->next = resolver->ended;
        resolver->ended = lookup;
        (void)pthread_mutex_lock(&resolver->mailbox->lock);
        resolver->mailbox->references--;
        (void)pthread_mutex_unlock(&resolver->mailbox->lock);
        dnp_wake_send(resolver->mailbox->wake[1]);
    }
}

static struct mailbox *mailbox_new(void)
{
    struct mailbox *mailbox = calloc(1, sizeof *mailbox);
    if (mailbox == NULL) {
        return NULL;
    }
    mailbox->references = 1;
    if (!dnp_wake_open(mailbox->wake)) {
        free(mailbox);
        return NULL;
    }
    if (pthread_mutex_init(&mailbox->lock, NULL) != 0) {
        dnp_wake_close(mailbox->wake);
        free(mailbox);
        errno = ENOMEM;
        return NULL;
    }
    return mailbox;
}

struct dnp_resolver *dnp_resolver_new(void)
{
    struct dnp_resolver *resolver = calloc(1, sizeof *resolver);
    if (resolver == NULL) {
        return NULL;
    }
    resolver->mailbox = mailbox_new();
    if (resolver->mailbox == NULL) {
        free(resolver);
        return NULL;
    }
    return resolver;
}

static void free_list(struct dnp_lookup *lookup)
{
    while (lookup != NULL) {
        struct dnp_lookup *next = lookup->next;
        free(lookup);
        lookup = next;
    }
}

void dnp_resolver_free(struct dnp_resolver *resolver)
{
    if (resolver == NULL) {
        return;
    }
    struct mailbox *mailbox = resolver->mailbox;
    (void)pthread_mutex_lock(&mailbox->lock);
    mailbox->closed = true;
    mailbox->references--;
    free_list(mailbox->done);
    dnp_wake_close(mailbox->wake);
    unlock(mailbox);
    free_list(resolver->queue);
    free_list(resolver->ended);
    free(resolver);
}

int dnp_resolver_fd(const struct dnp_resolver *resolver)
{
    return resolver->mailbox->wake[0];
}

struct dnp_lookup *dnp_resolver_start(struct dnp_resolver *resolver, const char *name, void *owner)
{
    size_t size = strlen(name) + 1;
    struct dnp_lookup *lookup = calloc(1, sizeof *lookup + size);
    if (lookup == NULL) {
        return NULL;
    }
    memcpy(lookup->name, name, size);
    lookup->mailbox = resolver->mailbox;
    lookup->owner = owner;
    struct dnp_lookup **end = &resolver->queue;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = lookup;
    start_queued(resolver);
    return lookup;
}

void dnp_lookup_cancel(struct dnp_lookup *lookup)
{
    lookup->owner = NULL;
}

/* What threads have ended goes to `ended`, and others take their place. */
static void collect(struct dnp_resolver *resolver)
{
    struct mailbox *mailbox = resolver->mailbox;
    (void)pthread_mutex_lock(&mailbox->lock);
    struct dnp_lookup *done = mailbox->done;
    mailbox->done = NULL;
    dnp_wake_receive(mailbox->wake[0]);
    (void)pthread_mutex_unlock(&mailbox->lock);
    while (done != NULL) {
        struct dnp_lookup *next = done->next;
        done->next = resolver->ended;
        resolver->ended = done;
        resolver->threads--;
        done = next;
    }
    start_queued(resolver);
}

struct dnp_lookup *dnp_resolver_next(struct dnp_resolver *resolver)
{
    collect(resolver);
    while (resolver->ended != NULL) {
        struct dnp_lookup *lookup = resolver->ended;
        resolver->ended = lookup->next;
        if (lookup->owner != NULL) {
            return lookup;
        }
        free(lookup);
    }
    return NULL;
}

void dnp_lookup_free(struct dnp_lookup *lookup)
{
    free(lookup);
}

void *dnp_lookup_owner(const struct dnp_lookup *lookup)
{
    return lookup->owner;
}

enum dnp_lookup_result dnp_lookup_result(const struct dnp_lookup *lookup)
{
    return lookup->result;
}

const char *dnp_lookup_addresses(const struct dnp_lookup *lookup)
{
    return lookup->addresses;
}

const char *dnp_lookup_reason(const struct dnp_lookup *lookup)
{
    return lookup->reason;
}
