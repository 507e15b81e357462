/*
 * Looks names up in threads of its own, because getaddrinfo cannot be interrupted: a name server that never answers
 * holds a thread up, and nobody else.
 */
#ifndef DNP_TRANSPORT_RESOLVER_H
#define DNP_TRANSPORT_RESOLVER_H

#include <stdbool.h>

#define DNP_ADDRESSES_SIZE 1024

enum dnp_lookup_result {
    DNP_LOOKUP_FOUND,
    DNP_LOOKUP_FAILED, /* `reason` says why */
    DNP_LOOKUP_NO_DESCRIPTORS,
    DNP_LOOKUP_NO_MEMORY
};

struct dnp_resolver;
struct dnp_lookup;

/* NULL with errno set: out of memory or of descriptors. */
struct dnp_resolver *dnp_resolver_new(void);
/* Does not wait: threads that still run free what they hold when they end. */
void dnp_resolver_free(struct dnp_resolver *resolver);
/* Readable when dnp_resolver_next has something. */
int dnp_resolver_fd(const struct dnp_resolver *resolver);

/* Begins to look `name` up for `owner`; NULL when out of memory. */
struct dnp_lookup *dnp_resolver_start(struct dnp_resolver *resolver, const char *name, void *owner);
/* For whoever does not want to know any more. */
void dnp_lookup_cancel(struct dnp_lookup *lookup);
/* A lookup that has ended and was not cancelled, or NULL; to be given to dnp_lookup_free. */
struct dnp_lookup *dnp_resolver_next(struct dnp_resolver *resolver);
void dnp_lookup_free(struct dnp_lookup *lookup);

void *dnp_lookup_owner(const struct dnp_lookup *lookup);
enum dnp_lookup_result dnp_lookup_result(const struct dnp_lookup *lookup);
/* "192.0.2.1,[2001:db8::1]", in the order in which they are to be tried. */
const char *dnp_lookup_addresses(const struct dnp_lookup *lookup);
const char *dnp_lookup_reason(const struct dnp_lookup *lookup);

#endif
