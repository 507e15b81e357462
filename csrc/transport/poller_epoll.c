/* The poller over epoll and eventfd. */
#include "transport/poller.h"

#ifdef DNP_HAS_EPOLL

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MOST_EVENTS 64

struct dnp_poller {
    int fd;
};

struct dnp_poller *dnp_poller_new(void)
{
    struct dnp_poller *poller = malloc(sizeof *poller);
    if (poller == NULL) {
        return NULL;
    }
    poller->fd = epoll_create1(EPOLL_CLOEXEC);
    if (poller->fd < 0) {
        free(poller);
        return NULL;
    }
    return poller;
}

void dnp_poller_free(struct dnp_poller *poller)
{
    if (poller != NULL) {
        (void)close(poller->fd);
        free(poller);
    }
}

bool dnp_poller_watch(struct dnp_poller *poller, int fd, int old, int events)
{
    struct epoll_event event;
    int operation = events == 0 ? EPOLL_CTL_DEL : old == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    memset(&event, 0, sizeof event);
    event.data.fd = fd;
    event.events = ((events & DNP_READABLE) != 0 ? (uint32_t)EPOLLIN : 0) |
                   ((events & DNP_WRITABLE) != 0 ? (uint32_t)EPOLLOUT : 0);
    return epoll_ctl(poller->fd, operation, fd, &event) == 0;
}

int dnp_poller_wait(struct dnp_poller *poller, struct dnp_poll_event *events, int most, int milliseconds)
{
    struct epoll_event ready[MOST_EVENTS];
    int count = epoll_wait(poller->fd, ready, most < MOST_EVENTS ? most : MOST_EVENTS, milliseconds);
    for (int i = 0; i < count; i++) {
        bool broken = (ready[i].events & (uint32_t)(EPOLLERR | EPOLLHUP)) != 0;
        events[i].fd = ready[i].data.fd;
        events[i].events = (broken || (ready[i].events & (uint32_t)EPOLLIN) != 0 ? DNP_READABLE : 0) |
                           (broken || (ready[i].events & (uint32_t)EPOLLOUT) != 0 ? DNP_WRITABLE : 0);
    }
    return count;
}

bool dnp_wake_open(int fds[2])
{
    fds[0] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    fds[1] = fds[0];
    return fds[0] >= 0;
}

void dnp_wake_send(int fd)
{
    const uint64_t one = 1;
    (void)!write(fd, &one, sizeof one);
}

void dnp_wake_receive(int fd)
{
    uint64_t count = 0;
    (void)!read(fd, &count, sizeof count);
}

void dnp_wake_close(const int fds[2])
{
    (void)close(fds[0]);
}

#else
typedef int dnp_poller_is_elsewhere; /* C wants a declaration in each file */
#endif
