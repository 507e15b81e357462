/* HTTP(S) on the loopback address, by libmicrohttpd. */
#ifndef DNP_SANDBOX_SERVER_H
#define DNP_SANDBOX_SERVER_H

#include "sandbox/http/service.h"

struct dnp_server;

/* Opens the port, serves nothing yet. */
struct dnp_server *dnp_server_open(const struct dnp_sandbox_options *options, struct dnp_error *error);
uint16_t dnp_server_port(const struct dnp_server *server);
/* `state` stays the caller's and must outlive the server. */
bool dnp_server_run(struct dnp_server *server, const struct dnp_service_state *state, struct dnp_error *error);
/* Closes all connections and ends all threads. */
void dnp_server_free(struct dnp_server *server);

#endif
