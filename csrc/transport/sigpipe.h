/*
 * Keeps a SIGPIPE that a TLS library causes away from the process. OpenSSL writes to sockets without MSG_NOSIGNAL,
 * and with CURLOPT_NOSIGNAL set libcurl leaves the signal to us.
 */
#ifndef DNP_TRANSPORT_SIGPIPE_H
#define DNP_TRANSPORT_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

struct dnp_sigpipe {
    sigset_t mask; /* of this thread, before */
    bool was_pending;
};

/* Blocks the signal for this thread. */
void dnp_sigpipe_hold(struct dnp_sigpipe *held);
/* Takes away a signal that became pending since, and restores the mask. */
void dnp_sigpipe_release(const struct dnp_sigpipe *held);

#endif
