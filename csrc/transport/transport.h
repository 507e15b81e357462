/*
 * Moves the bytes of any number of exchanges at once. No XML, no Lua, no libcurl in this header.
 *
 * An implementation is a table of functions, so that the module that links libcurl is loaded only when it is used. A
 * loop waits for all exchanges of one thread; a transport holds the connections to one panel; a transfer is one
 * request and its response. Nothing here calls back: the caller takes what has arrived, and may leave by longjmp
 * between any two of these functions.
 */
#ifndef DNP_TRANSPORT_H
#define DNP_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/slice.h"

/* All zero means: verified TLS, 30 s for an exchange, 10 s to connect, proxies from the environment. */
struct dnp_transport_options {
    double timeout;         /* seconds for a whole exchange; 0: 30 */
    double connect_timeout; /* seconds until connected, TLS included; 0: 10 */
    const char *ca_file;    /* PEM file with trusted certificates; NULL: the system's */
    const char *proxy;      /* NULL: from the environment; "": none */
    size_t max_connections; /* open at once; further transfers wait for one; 0: 64 */
    bool insecure;          /* verify neither certificate nor host name */
};

#define DNP_TRANSPORT_MAX_HEADERS 15

struct dnp_transport_request {
    const char *url;            /* http or https; without credentials */
    const char *host;           /* as in the url, IPv6 without brackets; borrowed until the transfer is ended */
    unsigned port;              /* the scheme's default filled in */
    const char *const *headers; /* "Name: value" lines, User-Agent included, NULL-terminated, at most
                                   DNP_TRANSPORT_MAX_HEADERS; the lines are borrowed until the transfer is ended */
    struct dnp_slice body;      /* borrowed until the transfer is ended */
    double timeout;             /* seconds; 0: the transport's */
    bool mutates;               /* must never be sent twice */
    bool streams;               /* `timeout` bounds each wait for the panel: the time from BYTES to the next take is
                                   the caller's own and does not count */
    void *user;                 /* the caller's, see transfer_user */
};

enum dnp_transfer_event {
    DNP_TRANSFER_WAITING, /* nothing yet */
    DNP_TRANSFER_BYTES,   /* some of the body; it stays valid until the next take or end */
    DNP_TRANSFER_DONE,    /* the response is complete */
    DNP_TRANSFER_FAILED   /* `error` is filled: kind, name, message, outcome */
};

struct dnp_loop;
struct dnp_transport;
struct dnp_transfer;

/*
 * A module that implements this pushes a userdata that holds a pointer to the table; its metatable is named
 * DNP_TRANSPORT_FUNCTIONS. Whoever takes it compares the first two fields with its own DNP_VERSION and sizeof, and
 * refuses one of another build; they stay first for ever.
 */
#define DNP_TRANSPORT_FUNCTIONS "dnp.transport_functions"

struct dnp_transport_functions {
    const char *version; /* DNP_VERSION */
    size_t size;         /* of this struct */

    /* NULL: out of memory or out of descriptors, as `error` says. A loop is freed after its transports. */
    struct dnp_loop *(*loop_new)(struct dnp_error *error);
    void (*loop_free)(struct dnp_loop *loop);
    /* Waits until a transfer has something to take, at most `seconds` (0: only looks). A signal ends the waiting
     * early. False when waiting is impossible, as `error` says. */
    bool (*loop_wait)(struct dnp_loop *loop, double seconds, struct dnp_error *error);
    /* A transfer that has something to take, each once until it was taken from; NULL when there is none. After BYTES
     * there is always something to take, even if that is WAITING. */
    struct dnp_transfer *(*loop_ready)(struct dnp_loop *loop);

    struct dnp_transport *(*transport_new)(struct dnp_loop *loop, const struct dnp_transport_options *options,
                                           struct dnp_error *error);
    /* Closes its connections. Its transfers must have been ended. */
    void (*transport_free)(struct dnp_transport *transport);

    /* Sends nothing yet: loop_wait does. NULL when nothing was begun: out of memory. */
    struct dnp_transfer *(*transfer_start)(struct dnp_transport *transport, const struct dnp_transport_request *request,
                                           struct dnp_error *error);
    /* What has arrived since the last take, never waiting for more. `*bytes` are set with BYTES, `error` with FAILED;
     * after DONE and FAILED the transfer can only be ended. */
    enum dnp_transfer_event (*transfer_take)(struct dnp_transfer *transfer, struct dnp_slice *bytes,
                                             struct dnp_error *error);
    /* Frees it; closes its connection when the response is not complete. */
    void (*transfer_end)(struct dnp_transfer *transfer);
    /* `user` of its request. */
    void *(*transfer_user)(const struct dnp_transfer *transfer);

    /* Known from the first event but WAITING on; 0 when no response began. */
    int (*transfer_status)(const struct dnp_transfer *transfer);
    /* The value of a header of the response, in any case of letters; NULL when there is none. Kept are Content-Type,
     * Content-Encoding, Location, Date, Retry-After (of several the first) and WWW-Authenticate (several joined by
     * ", "), unless they are longer than some thousands of bytes. */
    const char *(*transfer_header)(const struct dnp_transfer *transfer, const char *name);
};

#endif
