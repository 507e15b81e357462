/*
 * Waits for any number of file descriptors: by epoll where there is one, else by poll. Both are level-triggered.
 */
#ifndef DNP_TRANSPORT_POLLER_H
#define DNP_TRANSPORT_POLLER_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__linux__) && !defined(DNP_USE_POLL)
#define DNP_HAS_EPOLL
#endif

enum { DNP_READABLE = 1, DNP_WRITABLE = 2 };

struct dnp_poller;

struct dnp_poll_event {
    int fd;
    int events; /* of those above; both when the connection broke */
};

/* NULL with errno set: out of memory or of descriptors. */
struct dnp_poller *dnp_poller_new(void);
void dnp_poller_free(struct dnp_poller *poller);

/* Changes what is waited for at `fd` from `old` to `events`; 0 is nothing. False with errno set. */
bool dnp_poller_watch(struct dnp_poller *poller, int fd, int old, int events);
/* Waits; below zero: until something happens. Returns how many events there are, or -1 with errno set. */
int dnp_poller_wait(struct dnp_poller *poller, struct dnp_poll_event *events, int most, int milliseconds);

/* A pair of descriptors (which may be the same one twice): after a byte or more was written to the second, the first
 * is readable. Neither blocks, and no program that is started inherits them. */
bool dnp_wake_open(int fds[2]);
void dnp_wake_send(int fd);
void dnp_wake_receive(int fd);
void dnp_wake_close(const int fds[2]);

#endif
