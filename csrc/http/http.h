/*
 * HTTP by libcurl: one transfer at a time, its body pulled in bounded pieces. No XML, no Lua.
 *
 * libcurl's callbacks only copy into a bounded buffer; the caller pulls from outside libcurl, so it may do with
 * the bytes whatever it likes, leaving by longjmp included (then it calls dnp_http_abort before the next start).
 *
 * libcurl by itself sends a POST again when a reused connection dies before the first byte of the answer; a
 * request with `once` set gets a fresh connection, so that it is never sent twice.
 */
#ifndef DNP_HTTP_H
#define DNP_HTTP_H

#include "contract/error.h"
#include "contract/slice.h"

struct dnp_http_options {
    double timeout;            /* seconds for a whole call */
    double connect_timeout;    /* seconds until connected, TLS included */
    const char *ca_file;       /* PEM file with trusted certificates; NULL: the system's */
    bool verify;               /* TLS peer and host name */
    const char *proxy;         /* NULL: from the environment; "": none */
    const char *user_agent;    /* NULL: lua-dnp/<version> */
    size_t max_response_bytes; /* of the body, after decompression */
};

struct dnp_http_request {
    const char *url;
    const char *const *headers; /* "Name: value" lines, NULL-terminated */
    struct dnp_slice body;
    bool once; /* must not be sent twice */
};

enum dnp_http_event {
    DNP_HTTP_BYTES, /* some of the body */
    DNP_HTTP_DONE,  /* the answer is complete */
    DNP_HTTP_FAILED /* `error` is filled: kind, name, outcome DNP_NOT_DONE when the request surely was not sent */
};

struct dnp_http;

/* Whether libcurl finds host and port in `url`; a message does not repeat it. */
bool dnp_http_check_url(const char *url, struct dnp_error *error);

struct dnp_http *dnp_http_new(const struct dnp_http_options *options, struct dnp_error *error);
void dnp_http_free(struct dnp_http *http);

/* Borrows the request until the transfer is over. */
bool dnp_http_start(struct dnp_http *http, const struct dnp_http_request *request, struct dnp_error *error);
/* Waits for the next piece; `bytes` is valid until the next call. The status is known from the first event on. */
enum dnp_http_event dnp_http_next(struct dnp_http *http, struct dnp_slice *bytes, struct dnp_error *error);
/* Ends a transfer early and closes its connection. Harmless when there is none. */
void dnp_http_abort(struct dnp_http *http);

int dnp_http_status(const struct dnp_http *http);
/* "" when the answer had none. */
const char *dnp_http_content_type(const struct dnp_http *http);

#endif
