/*
 * Reads "http://host:9002/panel". Strict: what an Enterprise Server's address cannot have is refused with a sentence,
 * rather than passed on to engines that would each read it in their own way.
 */
#include "client/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buffer.h"

#define HTTP_PORT 80
#define HTTPS_PORT 443
#define LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static bool is_printable_ascii(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text <= ' ' || *text >= 0x7F) {
            return false;
        }
    }
    return true;
}

static bool holds_only(struct dnp_slice text, const char *letters)
{
    for (size_t i = 0; i < text.length; i++) {
        if (strchr(letters, text.data[i]) == NULL) {
            return false;
        }
    }
    return true;
}

/* Digits of a port that exists; 0 when they are not. */
static unsigned read_port(struct dnp_slice text)
{
    unsigned port = 0;
    if (text.length == 0 || text.length > 5 || !holds_only(text, "0123456789")) {
        return 0;
    }
    for (size_t i = 0; i < text.length; i++) {
        port = port * 10 + (unsigned)(text.data[i] - '0');
    }
    return port <= 65535 ? port : 0;
}

/* A name or an address of IPv4; one of IPv6 when it stood in brackets. */
static bool is_host(const char *host, bool bracketed)
{
    struct in6_addr ipv6;
    return bracketed ? inet_pton(AF_INET6, host, &ipv6) == 1
                     : holds_only(dnp_slice_of(host), LETTERS_AND_DIGITS "-._~");
}

/* The length of the host at the beginning of `text`, brackets included; 0 when there is none. */
static size_t host_length(struct dnp_slice text)
{
    size_t length = 0;
    if (text.length > 0 && text.data[0] == '[') {
        const char *end = memchr(text.data, ']', text.length);
        return end != NULL ? (size_t)(end - text.data) + 1 : 0;
    }
    while (length < text.length && text.data[length] != ':') {
        length++;
    }
    return length;
}

/* Reads what stands between "//" and the next slash. */
static bool read_authority(struct dnp_address *address, struct dnp_slice text, struct dnp_error *error)
{
    if (memchr(text.data, '@', text.length) != NULL) {
        return dnp_fail(error, DNP_USAGE, "url must not hold a user name or password; they are options of their own");
    }
    struct dnp_slice host = {text.data, host_length(text)};
    if (host.length == 0) {
        return dnp_fail(error, DNP_USAGE, "url has no host");
    }
    if (host.length < text.length) {
        struct dnp_slice port = {text.data + host.length + 1, text.length - host.length - 1};
        address->port = text.data[host.length] == ':' ? read_port(port) : 0;
        if (address->port == 0) {
            return dnp_fail(error, DNP_USAGE, "url has a port that is not a number from 1 to 65535");
        }
    }
    bool bracketed = host.data[0] == '[';
    if (bracketed) {
        host.data++;
        host.length -= 2;
    }
    address->host = dnp_copy_text(host);
    if (address->host == NULL) {
        return dnp_fail_memory(error);
    }
    return is_host(address->host, bracketed) ||
           dnp_fail(error, DNP_USAGE, "url has a host that cannot be connected to");
}

static bool holds_asmx(const char *path)
{
    for (; *path != '\0'; path++) {
        if (dnp_ascii_equal_start(path, ".asmx", 5)) {
            return true;
        }
    }
    return false;
}

static bool check_path(const char *path, struct dnp_error *error)
{
    if (holds_asmx(path)) {
        return dnp_fail(error, DNP_USAGE, "url must be the address of the Enterprise Server, without /esUsers.asmx");
    }
    return strpbrk(path, "?#") == NULL || dnp_fail(error, DNP_USAGE, "url must not have a query or a fragment");
}

static size_t without_slashes(const char *text)
{
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '/') {
        length--;
    }
    return length;
}

/* Keeps the url, and what messages call the host. */
static bool keep(struct dnp_address *address, const char *url, size_t path, struct dnp_error *error)
{
    bool bracketed = strchr(address->host, ':') != NULL;
    size_t size = strlen(address->host) + sizeof "[]:65535";
    size_t length = without_slashes(url);
    address->url = dnp_copy_text((struct dnp_slice){url, length});
    address->where = malloc(size);
    if (address->url == NULL || address->where == NULL) {
        return dnp_fail_memory(error);
    }
    (void)snprintf(address->where, size, bracketed ? "[%s]:%u" : "%s:%u", address->host, address->port);
    address->path = address->url + (path < length ? path : length);
    return true;
}

static bool parse(struct dnp_address *address, const char *url, struct dnp_error *error)
{
    if (url == NULL) {
        return dnp_fail(error, DNP_USAGE, "url is missing");
    }
    if (!is_printable_ascii(url)) {
        return dnp_fail(error, DNP_USAGE, "url holds a space, a control character or one that is not ASCII");
    }
    bool https = dnp_ascii_equal_start(url, "https://", 8);
    if (!https && !dnp_ascii_equal_start(url, "http://", 7)) {
        return dnp_fail(error, DNP_USAGE, "url must begin with http:// or https://");
    }
    size_t authority = https ? 8 : 7;
    size_t path = authority + strcspn(url + authority, "/?#");
    address->scheme = https ? "https" : "http";
    address->port = https ? HTTPS_PORT : HTTP_PORT;
    return read_authority(address, (struct dnp_slice){url + authority, path - authority}, error) &&
           check_path(url + path, error) && keep(address, url, path, error);
}

bool dnp_address_parse(struct dnp_address *address, const char *url, struct dnp_error *error)
{
    memset(address, 0, sizeof *address);
    if (!parse(address, url, error)) {
        dnp_address_free(address);
        return false;
    }
    return true;
}

void dnp_address_free(struct dnp_address *address)
{
    free(address->url);
    free(address->host);
    free(address->where);
    memset(address, 0, sizeof *address);
}
