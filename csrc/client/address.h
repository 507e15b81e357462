/*
 * The address of an Enterprise Server, parsed once for a session.
 */
#ifndef DNP_CLIENT_ADDRESS_H
#define DNP_CLIENT_ADDRESS_H

#include <stdbool.h>

#include "base/error.h"

struct dnp_address {
    char *url;          /* without slashes at its end */
    char *host;         /* of IPv6 without brackets */
    char *where;        /* "host:port", for messages */
    const char *scheme; /* "http" or "https" */
    const char *path;   /* within url: "" or "/panel" */
    unsigned port;
};

/* False: `url` is refused (kind DNP_USAGE; the message does not repeat it: it may hold a password where none belongs),
 * or out of memory. */
bool dnp_address_parse(struct dnp_address *address, const char *url, struct dnp_error *error);
/* One that is all zero, too. */
void dnp_address_free(struct dnp_address *address);

#endif
