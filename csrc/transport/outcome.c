/*
 * What is reported of a failed transfer: the name of the failure, a reason, and whether the request may have been sent.
 *
 * An error is described in terms of where the request was going, never of what it held: no header, body or proxy's
 * address gets into a message.
 */
#include "transport/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define REASON_SIZE 512
#define WHERE_SIZE 300

/* CURLE_TOO_LARGE, which the headers of libcurl have from 8.6 on. */
#define CODE_TOO_LARGE 100

struct cause {
    int code;
    const char *name;
    const char *words; /* before libcurl's own, or NULL */
};

static const struct cause causes[] = {
    {CURLE_COULDNT_RESOLVE_HOST, "host_not_found", NULL},
    {CURLE_COULDNT_RESOLVE_PROXY, "proxy", "the proxy's host is not found"},
    {CURLE_COULDNT_CONNECT, "connection_refused", NULL},
    {CURLE_PROXY, "proxy", NULL},
    {CURLE_PEER_FAILED_VERIFICATION, "certificate", NULL},
    {CURLE_SSL_CACERT_BADFILE, "certificate", "cannot read the ca_file"},
    {CURLE_SSL_ISSUER_ERROR, "certificate", NULL},
    {CURLE_SSL_INVALIDCERTSTATUS, "certificate", NULL},
    {CURLE_SSL_CERTPROBLEM, "certificate", NULL},
    {CURLE_SSL_CONNECT_ERROR, "tls", NULL},
    {CURLE_SSL_CIPHER, "tls", NULL},
    {CURLE_USE_SSL_FAILED, "tls", NULL},
    {CURLE_GOT_NOTHING, "connection_lost", "it was closed without a response"},
    {CURLE_PARTIAL_FILE, "connection_lost", "the response was cut short"},
    {CURLE_RECV_ERROR, "connection_lost", NULL},
    {CURLE_SEND_ERROR, "sending_failed", NULL},
    {CURLE_SEND_FAIL_REWIND, "connection_lost", NULL},
    {CURLE_BAD_CONTENT_ENCODING, "bad_encoding", NULL},
    /* Each of our own callbacks has said why before; this is about bytes after the end of packed ones. */
    {CURLE_WRITE_ERROR, "bad_encoding", NULL},
    {CURLE_WEIRD_SERVER_REPLY, "no_http", NULL},
    {CURLE_UNSUPPORTED_PROTOCOL, "no_http", NULL},
    {CURLE_OPERATION_TIMEDOUT, "timeout", NULL},
    {CODE_TOO_LARGE, "too_large", "of its headers"},
    {CURLE_OUT_OF_MEMORY, "transport", "out of memory"},
};

static const struct cause troubles[] = {
    {HEADERS_TOO_LARGE, "too_large", "its headers have more than 262144 bytes"},
    {PACKED_TWICE, "bad_encoding", "it is packed more than once"},
    {NOT_HTTP, "no_http", NULL},
    {NOT_HTTP_BUT_TLS, "no_http", "it speaks TLS there: the address should begin with https:"},
    {NO_DESCRIPTORS, "no_descriptors", NULL},
    {NO_MEMORY, "transport", "out of memory"},
    {SENT_ONCE, "connection_lost", "a kept connection was closed"},
};

static const struct cause *find_cause(const struct cause *list, size_t count, int code)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].code == code) {
            return &list[i];
        }
    }
    return NULL;
}

static long info(CURL *easy, CURLINFO what)
{
    long value = 0;
    (void)curl_easy_getinfo(easy, what, &value);
    return value;
}

/* Nothing of the request had left: neither a byte of it, nor was the connection ready for one. Of a second attempt
 * libcurl's counter shows nothing. */
static bool surely_not_sent(const struct dnp_transfer *transfer)
{
    return !transfer->request_begun ||
           (transfer->trouble != SENT_ONCE && transfer->status == 0 && !transfer->headers_complete &&
            info(transfer->easy, CURLINFO_REQUEST_SIZE) == 0);
}

/* ---- the reason ---- */

static bool says(const struct dnp_transfer *transfer, const char *words)
{
    return strstr(transfer->curl_message, words) != NULL;
}

/* Of OpenSSL's and GnuTLS' words for what people get wrong. */
static const char *tls_hint(const struct dnp_transfer *transfer)
{
    if (says(transfer, "unsupported protocol") || says(transfer, "protocol version") ||
        says(transfer, "unsupported version") || says(transfer, "legacy sigalg")) {
        return "; its version of TLS is too old, or this program's is";
    }
    return "; does it speak https there?";
}

/* Windows closes a connection that speaks plainly where TLS is expected, without a word. */
static bool may_want_tls(const struct dnp_transfer *transfer)
{
    return !transfer->secure && !transfer->transport->has_answered &&
           (transfer->result == CURLE_GOT_NOTHING || transfer->result == CURLE_RECV_ERROR);
}

static const char *hint_of(const struct dnp_transfer *transfer)
{
    if (transfer->result == CURLE_SSL_CONNECT_ERROR) {
        return tls_hint(transfer);
    }
    return may_want_tls(transfer) ? "; if it speaks https there, the address should begin with https:" : "";
}

static const char *own_words(const struct dnp_transfer *transfer)
{
    if (transfer->reason[0] != '\0') {
        return transfer->reason;
    }
    return transfer->curl_message[0] != '\0' ? transfer->curl_message : curl_easy_strerror(transfer->result);
}

static void write_reason(char reason[REASON_SIZE], const struct dnp_transfer *transfer, const struct cause *cause)
{
    bool ours = transfer->trouble != NO_TROUBLE && transfer->trouble != LOOKUP_FAILED;
    const char *words = cause->words != NULL ? cause->words : "";
    const char *more = ours ? "" : own_words(transfer);
    const char *between = words[0] != '\0' && more[0] != '\0' ? ": " : "";
    (void)snprintf(reason, REASON_SIZE, "%s%s%s%s", words, between, more, hint_of(transfer));
}

/* ---- the failure ---- */

static const struct cause *cause_of(const struct dnp_transfer *transfer)
{
    static const struct cause other = {0, "transport", NULL};
    const struct cause *cause = find_cause(troubles, sizeof troubles / sizeof troubles[0], (int)transfer->trouble);
    if (cause == NULL) {
        cause = find_cause(causes, sizeof causes / sizeof causes[0], (int)transfer->result);
    }
    return cause != NULL ? cause : &other;
}

/* Whether the connection was lost, or not made, before TLS or the request began. */
static bool is_connecting(const struct dnp_transfer *transfer)
{
    return !transfer->request_begun &&
           (transfer->result == CURLE_COULDNT_CONNECT || transfer->result == CURLE_RECV_ERROR ||
            transfer->result == CURLE_SEND_ERROR || transfer->result == CURLE_GOT_NOTHING);
}

/* Two things go by one code of libcurl, or by a proxy's instead of the panel's. */
static const char *name_of(const struct dnp_transfer *transfer, const struct cause *cause)
{
    long system_error = info(transfer->easy, CURLINFO_OS_ERRNO);
    if (transfer->trouble != NO_TROUBLE && transfer->trouble != LOOKUP_FAILED) {
        return cause->name;
    }
    if (transfer->proxy_is_meant || says(transfer, "resolve proxy")) {
        return "proxy";
    }
    if (is_connecting(transfer) && names_was_proxy(transfer)) {
        return "proxy";
    }
    if (transfer->result == CURLE_COULDNT_CONNECT) {
        return system_error == 0 || system_error == ECONNREFUSED ? "connection_refused" : "unreachable";
    }
    return cause->name;
}

static void describe_timeout(const struct dnp_transfer *transfer, struct dnp_failure *failure)
{
    bool waited_for_a_piece = transfer->streams && transfer->request_begun;
    failure->name = transfer->request_begun ? "timeout" : "connect_timeout";
    failure->reason = NULL;
    failure->timeout = (double)(waited_for_a_piece ? transfer->timeout : transfer->ended - transfer->started) / 1e6;
}

/* Before 8.6 libcurl's name for a header line beyond its own limit was the one for "out of memory". */
static bool may_be_headers(const struct dnp_transfer *transfer)
{
    return transfer->result == CURLE_OUT_OF_MEMORY && transfer->trouble == NO_TROUBLE && transfer->request_begun &&
           !transfer->headers_complete;
}

static void describe_failure(const struct dnp_transfer *transfer, struct dnp_failure *failure, char reason[REASON_SIZE])
{
    const struct cause *cause = cause_of(transfer);
    long connect_status = info(transfer->easy, CURLINFO_HTTP_CONNECTCODE);
    failure->reason = reason;
    if (transfer->result == CURLE_OPERATION_TIMEDOUT) {
        describe_timeout(transfer, failure);
    } else if (connect_status >= 300 && !transfer->request_begun) {
        failure->name = "proxy";
        (void)snprintf(reason, REASON_SIZE, "it answers %ld", connect_status);
    } else if (may_be_headers(transfer)) {
        failure->name = "too_large";
        failure->reason = "its headers do not fit into memory";
    } else {
        failure->name = name_of(transfer, cause);
        write_reason(reason, transfer, cause);
    }
}

void transfer_describe(const struct dnp_transfer *transfer, struct dnp_error *error)
{
    char reason[REASON_SIZE];
    char where[WHERE_SIZE];
    bool not_sent = surely_not_sent(transfer);
    bool bare_address = strchr(transfer->host, ':') != NULL;
    (void)snprintf(where, sizeof where, bare_address ? "[%.250s]:%u" : "%.250s:%u", transfer->host, transfer->port);
    if (transfer->result == CURLE_OUT_OF_MEMORY && not_sent) {
        (void)dnp_fail_memory(error);
    } else {
        struct dnp_failure failure = {.sent = not_sent ? DNP_NOT_SENT : DNP_SENT};
        describe_failure(transfer, &failure, reason);
        dnp_failure_describe(&failure, where, error);
    }
    error->code = (int)transfer->result;
    error->http_status = transfer->status;
}
