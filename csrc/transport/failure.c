/*
 * The closed list of what an exchange can fail with, and the ordinary error that each of them becomes.
 *
 * Invariant: an error's kind, name, outcome and sentence depend on the failure alone, never on the engine that saw it.
 */
#include "transport/failure.h"

#include <string.h>

/* name, kind, the sentence before "host:port" */
#define FAILURES(ROW)                                                                       \
    ROW("host_not_found", DNP_TRANSPORT, "cannot find the host of")                         \
    ROW("connection_refused", DNP_TRANSPORT, "cannot connect to")                           \
    ROW("unreachable", DNP_TRANSPORT, "cannot reach")                                       \
    ROW("connect_timeout", DNP_TIMEOUT, "no connection to")                                 \
    ROW("proxy", DNP_TRANSPORT, "the proxy does not connect to")                            \
    ROW("certificate", DNP_TRANSPORT, "cannot trust the certificate of")                    \
    ROW("tls", DNP_TRANSPORT, "cannot agree on TLS with")                                   \
    ROW("sending_failed", DNP_TRANSPORT, "the connection was lost while sending to")        \
    ROW("connection_lost", DNP_TRANSPORT, "the connection was lost while waiting for")      \
    ROW("timeout", DNP_TIMEOUT, "no response from")                                         \
    ROW("no_http", DNP_PROTOCOL, "a response that is not HTTP came from")                   \
    ROW("bad_encoding", DNP_PROTOCOL, "cannot decompress the response of")                  \
    ROW("too_large", DNP_LIMIT, "the response is too large: it comes from")                 \
    ROW("no_descriptors", DNP_TRANSPORT, "no file descriptor is left for a connection to")  \
    ROW("phase", DNP_TRANSPORT, "this phase of nginx cannot wait for a response from")      \
    ROW("deadline", DNP_TIMEOUT, "the deadline passed before the end of the call to")       \
    ROW("closed", DNP_TRANSPORT, "the call was closed before the end of the response from") \
    ROW(DNP_FAILURE_OTHER, DNP_TRANSPORT, "the transfer failed with")

#define DNP_FAILURE_OTHER "transport"

struct row {
    const char *name;
    enum dnp_error_kind kind;
    const char *sentence;
};

#define AS_ROW(name, kind, sentence) {name, kind, sentence},
#define AS_NAME(name, kind, sentence) name,

static const struct row rows[] = {FAILURES(AS_ROW)};
const char *const dnp_failure_names[] = {FAILURES(AS_NAME) NULL};

/* The last row when `name` is NULL or not in the list. */
static const struct row *find_row(const char *name)
{
    const size_t last = sizeof rows / sizeof rows[0] - 1;
    size_t i = 0;
    while (i < last && (name == NULL || strcmp(rows[i].name, name) != 0)) {
        i++;
    }
    return &rows[i];
}

/* Libraries quote an address that they cannot read whole, the password before its '@' included. */
static bool may_be_shown(const char *reason)
{
    return reason != NULL && reason[0] != '\0' && strchr(reason, '@') == NULL;
}

/* An error by what is known: how long it took, and the engine's own words. */
static void fail(struct dnp_error *error, const struct row *row, const char *where, double waited, const char *reason)
{
    bool shown = may_be_shown(reason);
    const char *open = shown ? " (" : "";
    const char *close = shown ? ")" : "";
    const char *words = shown ? reason : "";
    if (row->kind == DNP_TIMEOUT && waited > 0) {
        long tenths = (long)(waited * 10 + 0.5); /* a float would have the locale's decimal point */
        (void)dnp_fail(error, row->kind, "%s %s within %ld.%ld s%s%s%s", row->sentence, where, tenths / 10, tenths % 10,
                       open, words, close);
    } else {
        (void)dnp_fail(error, row->kind, "%s %s%s%s%s", row->sentence, where, open, words, close);
    }
}

void dnp_failure_describe(const struct dnp_failure *failure, const char *where, struct dnp_error *error)
{
    const struct row *row = find_row(failure->name);
    fail(error, row, where, failure->timeout, failure->reason);
    dnp_error_set_name(error, row->name);
    error->outcome = failure->sent == DNP_NOT_SENT ? DNP_NOT_DONE : DNP_UNKNOWN;
}
