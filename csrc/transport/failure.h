/*
 * What an exchange can fail with, by name: one list for every engine, so that an error is the same whoever moved the
 * bytes. No sockets, no libcurl.
 */
#ifndef DNP_TRANSPORT_FAILURE_H
#define DNP_TRANSPORT_FAILURE_H

#include "base/error.h"

enum dnp_sent {
    DNP_SENT_UNKNOWN, /* counts as sent */
    DNP_SENT,
    DNP_NOT_SENT
};

struct dnp_failure {
    const char *name;   /* "connection_refused"; NULL or one that is not in the list: "transport" */
    const char *reason; /* the engine's own words, or NULL */
    double timeout;     /* seconds that were waited, of a timeout; else 0 */
    enum dnp_sent sent;
};

/* Fills kind, name, sentence and outcome. `where` is "host:port". Nothing of `reason` that looks like an address with
 * credentials gets into the message. */
void dnp_failure_describe(const struct dnp_failure *failure, const char *where, struct dnp_error *error);

/* The names, NULL-terminated, for messages and documentation. */
extern const char *const dnp_failure_names[];

#endif
