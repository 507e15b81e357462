/* What an Enterprise Server answers to an HTTP request. No sockets: server.c moves the bytes. */
#ifndef DNP_SANDBOX_SERVICE_H
#define DNP_SANDBOX_SERVICE_H

#include "base/buffer.h"
#include "sandbox/http/calls.h"
#include "sandbox/http/injector.h"
#include "sandbox/store/store.h"

struct dnp_service_state {
    struct dnp_store *store;
    struct dnp_calls *calls;
    struct dnp_injector *injector;
    const struct dnp_dialect_info *dialect;
    const char *url; /* of the server, without a path */
    enum dnp_sandbox_auth auth;
    double clock_offset; /* seconds */
    const char *address; /* in front of a path, as a proxy has it; NULL: as the request came */
};

struct dnp_http_call {
    const char *method;
    const char *path;
    const char *query; /* the first name of the query, such as "WSDL"; NULL when there is none */
    const char *authorization;
    const char *content_type;
    const char *soap_action;
    const char *host;
    struct dnp_buffer body; /* may be changed, or replaced by one that is the caller's to free like this one */
    bool too_big;           /* the body was longer than the limit, and dropped */
    int socket;             /* to see whether the client is still there */
};

enum dnp_delivery { DNP_DELIVER, DNP_DELIVER_CUT, DNP_DELIVER_NOTHING };

struct dnp_reply {
    int status;
    const char *content_type;
    const char *cache_control;
    char challenge[128]; /* of WWW-Authenticate; "" for none */
    char date[32];       /* of Date; "": the machine's own */
    struct dnp_buffer body;
    enum dnp_delivery delivery;
    size_t cut_at;
};

/* Always leaves something to deliver; frees nothing of `call`. */
void dnp_service_respond(const struct dnp_service_state *state, struct dnp_http_call *call, struct dnp_reply *reply);
void dnp_reply_free(struct dnp_reply *reply);

#endif
