/*
 * Moves one call over one transfer.
 */
#include "client/exchange.h"

bool dnp_exchange_start(struct dnp_exchange *exchange, const struct dnp_transport_functions *functions,
                        struct dnp_transport *transport, struct dnp_call *call,
                        const struct dnp_exchange_options *options, struct dnp_error *error)
{
    const struct dnp_call_request *request = dnp_call_request(call);
    const struct dnp_transport_request sent = {.url = request->url,
                                               .host = request->address->host,
                                               .port = request->address->port,
                                               .headers = request->headers,
                                               .body = request->body,
                                               .timeout = options->timeout,
                                               .mutates = dnp_call_operation(call)->mutates,
                                               .streams = options->streams,
                                               .user = options->user};
    struct dnp_error broken;
    exchange->functions = functions;
    exchange->call = call;
    exchange->headed = false;
    exchange->transfer = functions->transfer_start(transport, &sent, &broken);
    return exchange->transfer != NULL || dnp_call_break(call, &broken, error);
}

static bool take_head(struct dnp_exchange *exchange, const struct dnp_sink *sink, struct dnp_error *error)
{
    const struct dnp_transport_functions *functions = exchange->functions;
    const struct dnp_transfer *transfer = exchange->transfer;
    const struct dnp_response_head head = {
        .status = functions->transfer_status(transfer),
        .content_type = functions->transfer_header(transfer, "Content-Type"),
        .content_encoding = NULL, /* the transport has unpacked it */
        .location = functions->transfer_header(transfer, "Location"),
        .www_authenticate = functions->transfer_header(transfer, "WWW-Authenticate"),
        .retry_after = functions->transfer_header(transfer, "Retry-After"),
        .date = functions->transfer_header(transfer, "Date"),
    };
    exchange->headed = true;
    return dnp_call_head(exchange->call, &head, sink, error);
}

static enum dnp_exchange_state over(struct dnp_exchange *exchange, bool good)
{
    dnp_exchange_end(exchange);
    return good ? DNP_EXCHANGE_GOOD : DNP_EXCHANGE_FAILED;
}

enum dnp_exchange_state dnp_exchange_step(struct dnp_exchange *exchange, const struct dnp_sink *sink,
                                          struct dnp_error *error)
{
    const struct dnp_transport_functions *functions = exchange->functions;
    struct dnp_slice bytes = {NULL, 0};
    struct dnp_error broken;
    enum dnp_transfer_event event = functions->transfer_take(exchange->transfer, &bytes, &broken);
    if (event == DNP_TRANSFER_WAITING) {
        return DNP_EXCHANGE_WAITING;
    }
    bool answered = event != DNP_TRANSFER_FAILED || functions->transfer_status(exchange->transfer) != 0;
    if (!exchange->headed && answered && !take_head(exchange, sink, error)) {
        return over(exchange, false);
    }
    switch (event) {
    case DNP_TRANSFER_BYTES:
        return dnp_call_feed(exchange->call, bytes, error) ? DNP_EXCHANGE_FED : over(exchange, false);
    case DNP_TRANSFER_DONE:
        return over(exchange, dnp_call_finish(exchange->call, error));
    default:
        return over(exchange, dnp_call_break(exchange->call, &broken, error));
    }
}

void dnp_exchange_end(struct dnp_exchange *exchange)
{
    if (exchange->transfer != NULL) {
        exchange->functions->transfer_end(exchange->transfer);
        exchange->transfer = NULL;
    }
}
