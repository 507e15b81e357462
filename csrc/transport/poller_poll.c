/* The poller over poll and a pipe, for systems without epoll. */
#include "transport/poller.h"

#ifndef DNP_HAS_EPOLL

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

struct dnp_poller {
    struct pollfd *fds;
    size_t count;
    size_t capacity;
    size_t first; /* where the next look begins, so that no descriptor starves the others */
};

struct dnp_poller *dnp_poller_new(void)
{
    return calloc(1, sizeof(struct dnp_poller));
}

void dnp_poller_free(struct dnp_poller *poller)
{
    if (poller != NULL) {
        free(poller->fds);
        free(poller);
    }
}

static short poll_events(int events)
{
    return (short)(((events & DNP_READABLE) != 0 ? POLLIN : 0) | ((events & DNP_WRITABLE) != 0 ? POLLOUT : 0));
}

static bool add_entry(struct dnp_poller *poller, int fd, int events)
{
    if (poller->count == poller->capacity) {
        size_t capacity = poller->capacity == 0 ? 8 : poller->capacity * 2;
        struct pollfd *fds = realloc(poller->fds, capacity * sizeof *fds);
        if (fds == NULL) {
            return false;
        }
        poller->fds = fds;
        poller->capacity = capacity;
    }
    const struct pollfd entry = {.fd = fd, .events = poll_events(events)};
    poller->fds[poller->count++] = entry;
    return true;
}

bool dnp_poller_watch(struct dnp_poller *poller, int fd, int old, int events)
{
    size_t i = 0;
    while (old != 0 && i < poller->count && poller->fds[i].fd != fd) {
        i++;
    }
    if (old == 0 || i == poller->count) {
        return add_entry(poller, fd, events);
    }
    if (events == 0) {
        poller->fds[i] = poller->fds[--poller->count];
    } else {
        poller->fds[i].events = poll_events(events);
    }
    return true;
}

int dnp_poller_wait(struct dnp_poller *poller, struct dnp_poll_event *events, int most, int milliseconds)
{
    int found = 0;
    if (poll(poller->fds, (nfds_t)poller->count, milliseconds) < 0) {
        return -1;
    }
    for (size_t n = 0; n < poller->count && found < most; n++) {
        const struct pollfd *entry = &poller->fds[(poller->first + n) % poller->count];
        bool broken = (entry->revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
        if (entry->revents != 0) {
            events[found].fd = entry->fd;
            events[found].events = (broken || (entry->revents & POLLIN) != 0 ? DNP_READABLE : 0) |
                                   (broken || (entry->revents & POLLOUT) != 0 ? DNP_WRITABLE : 0);
            found++;
        }
    }
    poller->first++;
    return found;
}

static bool prepare_wake(int fd)
{
    return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

bool dnp_wake_open(int fds[2])
{
    if (pipe(fds) != 0) {
        return false;
    }
    if (!prepare_wake(fds[0]) || !prepare_wake(fds[1])) {
        dnp_wake_close(fds);
        return false;
    }
    return true;
}

void dnp_wake_send(int fd)
{
    (void)!write(fd, "x", 1);
}

void dnp_wake_receive(int fd)
{
    char bytes[64];
    while (read(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes) {
    }
}

void dnp_wake_close(const int fds[2])
{
    (void)close(fds[0]);
    (void)close(fds[1]);
}

#else
typedef int dnp_poller_is_elsewhere; /* C wants a declaration in each file */
#endif
