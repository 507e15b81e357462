/*
 * A call and the transfer that carries it: the engine that ships, for scripts and for C programs. Pulls, never waits.
 */
#ifndef DNP_CLIENT_EXCHANGE_H
#define DNP_CLIENT_EXCHANGE_H

#include "client/call.h"
#include "transport/transport.h"

enum dnp_exchange_state {
    DNP_EXCHANGE_WAITING, /* wait with the loop, then step again */
    DNP_EXCHANGE_FED,     /* some of the response went into the sink; step again */
    DNP_EXCHANGE_GOOD,    /* over: the sink has the whole value */
    DNP_EXCHANGE_FAILED   /* over: `error` is filled */
};

struct dnp_exchange {
    const struct dnp_transport_functions *functions;
    struct dnp_call *call;
    struct dnp_transfer *transfer; /* NULL: none is under way */
    bool headed;                   /* the call has taken the head */
};

/* As of struct dnp_transport_request. */
struct dnp_exchange_options {
    double timeout;
    bool streams;
    void *user;
};

/* Starts to send the call's request. False: `error` is filled and the call has ended. */
bool dnp_exchange_start(struct dnp_exchange *exchange, const struct dnp_transport_functions *functions,
                        struct dnp_transport *transport, struct dnp_call *call,
                        const struct dnp_exchange_options *options, struct dnp_error *error);
/* Takes what has arrived. The sink may leave by longjmp; then the exchange can only be ended. */
enum dnp_exchange_state dnp_exchange_step(struct dnp_exchange *exchange, const struct dnp_sink *sink,
                                          struct dnp_error *error);
/* Ends the transfer if one is under way, and closes its connection. Harmless when there is none. */
void dnp_exchange_end(struct dnp_exchange *exchange);

#endif
