/*
 * Which names are looked up, and how libcurl gets their addresses.
 *
 * libcurl alone knows whether a transfer needs a new connection, and whether to the panel or to a proxy. So it is
 * asked: when it begins to look a name up, before_lookup refuses, the attempt ends, the name is looked up here, and the
 * transfer begins again with CURLOPT_RESOLVE. Such entries stay in libcurl until they are removed. A name that libcurl
 * asks for once more in spite of that is left to its own lookup: it writes it in another way.
 */
#include "transport/internal.h"

#include "base/ascii.h"
#include "base/buffer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_FOR ((dnp_time)60 * 1000000)

#define HOST_SIZE 256
#define DEFAULT_PROXY_PORT 1080

struct place {
    char host[HOST_SIZE]; /* "": there is none */
    unsigned port;
};

static bool is_literal(const char *host)
{
    struct in_addr address;
    return strchr(host, ':') != NULL || inet_pton(AF_INET, host, &address) == 1;
}

/* ---- the proxy ---- */

static const char *from_environment(const char *const *names)
{
    for (; *names != NULL; names++) {
        const char *value = getenv(*names);
        if (value != NULL && value[0] != '\0') {
            return value;
        }
    }
    return NULL;
}

/* What libcurl would take; only it knows whether no_proxy exempts the host. NULL when there is none. */
static const char *proxy_of(const struct dnp_transfer *transfer)
{
    static const char *const plain[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
    static const char *const secure[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
    const char *option = transfer->transport->proxy;
    if (option != NULL) {
        return option[0] != '\0' ? option : NULL;
    }
    return from_environment(transfer->secure ? secure : plain);
}

static void read_place(CURLU *parts, struct place *place)
{
    char *host = NULL;
    char *port = NULL;
    if (curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK && strlen(host) < sizeof place->host) {
        bool bracketed = host[0] == '[';
        size_t length = strlen(host) - (bracketed ? 2 : 0);
        memcpy(place->host, host + (bracketed ? 1 : 0), length);
        place->host[length] = '\0';
    }
    if (curl_url_get(parts, CURLUPART_PORT, &port, 0) == CURLUE_OK) {
        place->port = (unsigned)strtoul(port, NULL, 10);
    }
    curl_free(host);
    curl_free(port);
}

static struct place find_proxy(const struct dnp_transfer *transfer)
{
    struct place place = {.host = "", .port = DEFAULT_PROXY_PORT};
    const char *proxy = proxy_of(transfer);
    CURLU *parts = proxy != NULL ? curl_url() : NULL;
    if (parts != NULL &&
        curl_url_set(parts, CURLUPART_URL, proxy, CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) == 0) {
        if (strncmp(proxy, "https:", 6) == 0) {
            place.port = 443;
        }
        read_place(parts, &place);
    }
    curl_url_cleanup(parts);
    return place;
}

bool names_are_literal(const struct dnp_transfer *transfer)
{
    struct place proxy = find_proxy(transfer);
    return is_literal(transfer->host) && (proxy.host[0] == '\0' || is_literal(proxy.host));
}

bool names_was_proxy(const struct dnp_transfer *transfer)
{
    const char *option = transfer->transport->proxy;
    if (option != NULL) {
        return option[0] != '\0';
    }
    struct place proxy = find_proxy(transfer);
    bool same_port = proxy.host[0] != '\0' && proxy.port == transfer->attempted_port;
    return transfer->proxy_is_meant || (same_port && (proxy.port != transfer->port || transfer->has_proxy_address));
}

/* ---- what libcurl knows ---- */

static struct name *find_name(struct dnp_transport *transport, const struct place *place)
{
    struct name *name = transport->names;
    while (name != NULL && (name->port != place->port || strcmp(name->host, place->host) != 0)) {
        name = name->next;
    }
    if (name != NULL) {
        return name;
    }
    size_t size = strlen(place->host) + 1;
    name = calloc(1, sizeof *name + size);
    if (name != NULL) {
        memcpy(name->host, place->host, size);
        name->port = place->port;
        name->transport = transport;
        name->next = transport->names;
        transport->names = name;
    }
    return name;
}

/* Adds an entry for CURLOPT_RESOLVE. */
static bool add_entry(struct dnp_transfer *transfer, const char *sign, const char *host, unsigned port,
                      const char *addresses)
{
    char entry[HOST_SIZE + DNP_ADDRESSES_SIZE + 16];
    const char *colon = addresses[0] != '\0' ? ":" : "";
    (void)snprintf(entry, sizeof entry, "%s%s:%u%s%s", sign, host, port, colon, addresses);
    struct curl_slist *longer = curl_slist_append(transfer->resolve, entry);
    if (longer == NULL) {
        return false;
    }
    transfer->resolve = longer;
    return curl_easy_setopt(transfer->easy, CURLOPT_RESOLVE, transfer->resolve) == CURLE_OK;
}

void names_forget(struct dnp_transfer *transfer)
{
    if (transfer->resolve == NULL) {
        return;
    }
    (void)curl_easy_setopt(transfer->easy, CURLOPT_RESOLVE, NULL);
    curl_slist_free_all(transfer->resolve);
    transfer->resolve = NULL;
}

bool names_expire(struct dnp_transfer *transfer)
{
    for (struct name *name = transfer->transport->names; name != NULL; name = name->next) {
        if (name->expires == 0 || name->expires > transport_now()) {
            continue;
        }
        if (!add_entry(transfer, "-", name->host, name->port, "")) {
            return false;
        }
        name->expires = 0;
    }
    return true;
}

/* ---- looking up ---- */

static bool mentions(const char *message, const char *host)
{
    size_t length = strlen(host);
    while (*message != '\0' && !dnp_ascii_equal_start(message, host, length)) {
        message++;
    }
    return *message != '\0';
}

/*
 * libcurl says so by its code up to 7.81, then by its words, from 8.20 on only by the name that it quotes. A proxy that
 * the caller gave is what it connects to first; whether it takes the environment's depends on no_proxy.
 */
static bool is_for_proxy(const struct dnp_transfer *transfer, const struct place *proxy)
{
    const char *message = transfer->curl_message;
    if (proxy->host[0] == '\0') {
        return false;
    }
    if (transfer->result == CURLE_COULDNT_RESOLVE_PROXY || strstr(message, "resolve proxy") != NULL) {
        return true;
    }
    if (!dnp_ascii_equal(proxy->host, transfer->host) && mentions(message, proxy->host)) {
        return true;
    }
    return transfer->transport->proxy != NULL && !is_literal(proxy->host) && !transfer->has_proxy_address;
}

static struct place panel_of(const struct dnp_transfer *transfer)
{
    struct place place = {.host = "", .port = transfer->port};
    if (strlen(transfer->host) < sizeof place.host) {
        memcpy(place.host, transfer->host, strlen(transfer->host) + 1);
    }
    return place;
}

static bool begin_lookup(struct name *name)
{
    struct dnp_loop *loop = name->transport->loop;
    if (name->lookup == NULL && loop_needs_resolver(loop)) {
        name->lookup = dnp_resolver_start(loop->resolver, name->host, name);
    }
    return name->lookup != NULL;
}

static void give_addresses(struct dnp_transfer *transfer, const char *host, unsigned port, const char *addresses)
{
    transfer->proxy_is_meant = false;
    if (add_entry(transfer, "", host, port, addresses)) {
        transfer_run(transfer);
    } else {
        transfer_fail(transfer, NO_MEMORY);
    }
}

/* For the result of a lookup, which begins unless one is under way. */
static void wait_for(struct dnp_transfer *transfer, const struct place *place)
{
    errno = 0;
    struct name *name = find_name(transfer->transport, place);
    if (name == NULL || !begin_lookup(name)) {
        transfer_fail(transfer, errno == EMFILE || errno == ENFILE ? NO_DESCRIPTORS : NO_MEMORY);
        return;
    }
    transfer->next_queued = name->waiting;
    name->waiting = transfer;
}

void names_look_up(struct dnp_transfer *transfer)
{
    struct place place = find_proxy(transfer);
    bool for_proxy = is_for_proxy(transfer, &place);
    bool *has_address = for_proxy ? &transfer->has_proxy_address : &transfer->has_host_address;
    if (!for_proxy) {
        place = panel_of(transfer);
    }
    transfer->state = LOOKING_UP;
    names_forget(transfer);
    /* CURLOPT_RESOLVE has no way to write an IPv6 address in place of a name. */
    if (place.host[0] == '\0' || *has_address || strchr(place.host, ':') != NULL) {
        transfer->names_are_known = true;
        transfer_run(transfer);
        return;
    }
    *has_address = true;
    if (is_literal(place.host)) {
        give_addresses(transfer, place.host, place.port, place.host);
        return;
    }
    transfer->proxy_is_meant = for_proxy;
    wait_for(transfer, &place);
}

void names_stop_waiting(struct dnp_transfer *transfer)
{
    for (struct name *name = transfer->transport->names; name != NULL; name = name->next) {
        struct dnp_transfer **link = &name->waiting;
        while (*link != NULL && *link != transfer) {
            link = &(*link)->next_queued;
        }
        if (*link != NULL) {
            *link = transfer->next_queued;
        }
    }
}

static void give_failure(struct dnp_transfer *transfer, const struct dnp_lookup *lookup)
{
    (void)snprintf(transfer->reason, sizeof transfer->reason, "%s", dnp_lookup_reason(lookup));
    switch (dnp_lookup_result(lookup)) {
    case DNP_LOOKUP_NO_DESCRIPTORS:
        transfer_fail(transfer, NO_DESCRIPTORS);
        break;
    case DNP_LOOKUP_NO_MEMORY:
        transfer_fail(transfer, NO_MEMORY);
        break;
    default:
        transfer_fail(transfer, LOOKUP_FAILED);
        break;
    }
}

void names_take(struct dnp_lookup *lookup)
{
    struct name *name = dnp_lookup_owner(lookup);
    struct dnp_transport *transport = name->transport;
    bool found = dnp_lookup_result(lookup) == DNP_LOOKUP_FOUND;
    name->lookup = NULL;
    struct dnp_transfer *transfer = name->waiting;
    name->waiting = NULL;
    if (found && transfer != NULL) {
        name->expires = transport_now() + KEPT_FOR;
    }
    while (transfer != NULL) {
        struct dnp_transfer *next = transfer->next_queued;
        if (found) {
            give_addresses(transfer, name->host, name->port, dnp_lookup_addresses(lookup));
        } else {
            give_failure(transfer, lookup);
        }
        transfer = next;
    }
    transfer_start_queued(transport);
}

void names_are_lost(struct dnp_transport *transport)
{
    for (struct name *name = transport->names; name != NULL; name = name->next) {
        name->expires = 0;
    }
}

void names_free(struct dnp_transport *transport)
{
    while (transport->names != NULL) {
        struct name *name = transport->names;
        transport->names = name->next;
        if (name->lookup != NULL) {
            dnp_lookup_cancel(name->lookup);
        }
        free(name);
    }
}
