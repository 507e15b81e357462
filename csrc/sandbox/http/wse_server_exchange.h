/* Message security of one HTTP request: who calls, the request in clear, and the addressing of the response. */
#ifndef DNP_SANDBOX_WSE_SERVER_EXCHANGE_H
#define DNP_SANDBOX_WSE_SERVER_EXCHANGE_H

#include "auth/wse.h"
#include "sandbox/http/service.h"
#include "sandbox/http/wse_server.h"

struct dnp_wse_server_exchange {
    bool secured; /* the request was accepted: its response is addressed */
    struct dnp_wse_server_received received;
    char message_id[DNP_WSE_MESSAGE_ID_SIZE]; /* of the response */
    char address[512];                        /* under which the server sees the request */
};

void dnp_wse_server_exchange_init(struct dnp_wse_server_exchange *exchange);
void dnp_wse_server_exchange_free(struct dnp_wse_server_exchange *exchange);

/* When ACCEPTED, `caller` is filled and the call's body is the request in clear. */
enum dnp_wse_server_verdict dnp_wse_server_exchange_check(struct dnp_wse_server_exchange *exchange,
                                                          const struct dnp_service_state *state,
                                                          struct dnp_http_call *call, struct dnp_caller *caller);
/* The server's time for the header Date, when it is not the machine's. */
void dnp_wse_server_set_date(const struct dnp_service_state *state, struct dnp_reply *reply);

#endif
