/*
 * Calls of a session over libcurl, each made to its end, as a program makes them that has nothing else to do. Whoever
 * includes this has included cmocka.
 */
#ifndef NETWORK_CALL_H
#define NETWORK_CALL_H

#include "client/exchange.h"
#include "lookup/find.h"
#include "transport/curl.h"

/* A session with a transport of its own; zero before it is connected. */
struct connected {
    struct dnp_session *session;
    struct dnp_loop *loop;
    struct dnp_transport *transport;
    int status; /* of the last response */
};

/* False: out of memory, which `error` says. What was made is there to be disconnected. */
static inline bool connect_session(struct connected *connected, const struct dnp_session_options *session,
                                   const struct dnp_transport_options *transport, struct dnp_error *error)
{
    const struct dnp_transport_functions *f = &dnp_curl_functions;
    memset(connected, 0, sizeof *connected);
    connected->session = dnp_session_new(session, error);
    connected->loop = connected->session != NULL ? f->loop_new(error) : NULL;
    connected->transport = connected->loop != NULL ? f->transport_new(connected->loop, transport, error) : NULL;
    return connected->transport != NULL;
}

static inline void disconnect(struct connected *connected)
{
    if (connected->transport != NULL) {
        dnp_curl_functions.transport_free(connected->transport);
    }
    if (connected->loop != NULL) {
        dnp_curl_functions.loop_free(connected->loop);
    }
    dnp_session_free(connected->session);
}

/* Steps an exchange to its end. */
static inline bool finish_exchange(const struct connected *connected, struct dnp_exchange *exchange,
                                   const struct dnp_sink *sink, struct dnp_error *error)
{
    for (;;) {
        struct dnp_error broken;
        switch (dnp_exchange_step(exchange, sink, error)) {
        case DNP_EXCHANGE_GOOD:
            return true;
        case DNP_EXCHANGE_FAILED:
            return false;
        case DNP_EXCHANGE_FED:
            break;
        case DNP_EXCHANGE_WAITING:
            while (dnp_curl_functions.loop_ready(connected->loop) == NULL) {
                if (!dnp_curl_functions.loop_wait(connected->loop, 1, &broken)) {
                    dnp_exchange_end(exchange);
                    return dnp_call_break(exchange->call, &broken, error);
                }
            }
            break;
        }
    }
}

static inline bool make_call(struct connected *connected, const char *operation, const struct dnp_source *source,
                             const struct dnp_sink *sink, struct dnp_error *error)
{
    const struct dnp_exchange_options options = {.timeout = 0};
    struct dnp_exchange exchange = {.transfer = NULL};
    struct dnp_call *call = dnp_call_new(connected->session, dnp_find_operation(operation, DNP_DOTNETPANEL), error);
    bool good = call != NULL && dnp_call_encode(call, source, error) &&
                dnp_exchange_start(&exchange, &dnp_curl_functions, connected->transport, call, &options, error) &&
                finish_exchange(connected, &exchange, sink, error);
    connected->status = call != NULL ? dnp_call_status(call) : 0;
    dnp_call_free(call);
    return good;
}

#endif
