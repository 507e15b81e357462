/*
 * SIGPIPE, blocked for one thread around what may write to a closed connection.
 *
 * The disposition of a signal belongs to the whole process, so it is left alone. A signal that was pending before is
 * somebody else's and stays pending.
 */
#include "transport/sigpipe.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

static bool is_pending(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

void dnp_sigpipe_hold(struct dnp_sigpipe *held)
{
    sigset_t only;
    (void)sigemptyset(&only);
    (void)sigaddset(&only, SIGPIPE);
    (void)sigemptyset(&held->mask);
    (void)pthread_sigmask(SIG_BLOCK, &only, &held->mask);
    /* One that was not blocked cannot have been pending: it would have been delivered. */
    held->was_pending = sigismember(&held->mask, SIGPIPE) == 1 && is_pending();
}

static void take_away(void)
{
    sigset_t only;
    (void)sigemptyset(&only);
    (void)sigaddset(&only, SIGPIPE);
#ifdef __APPLE__
    int signal_number = 0;
    (void)sigwait(&only, &signal_number);
#else
    const struct timespec at_once = {0, 0};
    while (sigtimedwait(&only, NULL, &at_once) < 0 && errno == EINTR) {
    }
#endif
}

void dnp_sigpipe_release(const struct dnp_sigpipe *held)
{
    if (!held->was_pending && is_pending()) {
        take_away();
    }
    (void)pthread_sigmask(SIG_SETMASK, &held->mask, NULL);
}
