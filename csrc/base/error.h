/*
 * The one struct in which every failure travels, from any layer up to the binding.
 *
 * Fixed size, so that reporting a failure cannot fail. No message ever holds a secret.
 */
#ifndef DNP_ERROR_H
#define DNP_ERROR_H

#include <stdbool.h>
#include <stddef.h>

enum dnp_error_kind {
    DNP_OK,
    DNP_USAGE,     /* a usage error: the caller's fault, and nothing was sent */
    DNP_MEMORY,    /* out of memory */
    DNP_TRANSPORT, /* no connection, or it broke */
    DNP_TIMEOUT,
    DNP_HTTP,     /* an HTTP status that carries no SOAP response */
    DNP_FAULT,    /* a soap:Fault */
    DNP_REFUSED,  /* the panel answered a negative code */
    DNP_ABSENT,   /* asked for one record, there is none */
    DNP_PROTOCOL, /* a response that cannot be read as one */
    DNP_LIMIT,    /* a response (or request) beyond a limit */
    DNP_CONFLICT, /* what is there does not allow what is wanted: of workflows, and of the sandbox's database */
    DNP_RAISED,   /* of workflows: something raised in the middle of one */
    DNP_KIND_COUNT
};

enum dnp_outcome {
    DNP_NOT_DONE, /* the panel surely changed nothing */
    DNP_UNKNOWN   /* it may have */
};

#define DNP_MESSAGE_SIZE 1024
#define DNP_NAME_SIZE 64

struct dnp_error {
    enum dnp_error_kind kind;
    enum dnp_outcome outcome;
    int code;                 /* business code, or libcurl's code, or 0 */
    int http_status;          /* 0 when there was no response */
    int retry_after;          /* seconds that the server asks to wait, or 0 */
    char name[DNP_NAME_SIZE]; /* "ERROR_USER_ALREADY_EXISTS", "host_not_found", "Server", or "" */
    char message[DNP_MESSAGE_SIZE];
};

/*
 * Fills `error` and returns false, so that a failing function can end in
 * `return dnp_fail(error, DNP_PROTOCOL, "...", ...)`. Everything else becomes zero.
 * Text that does not fit is cut at a UTF-8 boundary.
 */
bool dnp_fail(struct dnp_error *error, enum dnp_error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Another message for the same failure. Nothing of the old one may be among the arguments. */
void dnp_error_set_message(struct dnp_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Out of memory, in the same manner. */
bool dnp_fail_memory(struct dnp_error *error);
/* DNP_LIMIT: "the response is larger than the limit of 4096 bytes", and the option that sets it unless it is NULL. */
bool dnp_fail_size(struct dnp_error *error, const char *what, size_t limit, const char *option);

void dnp_error_set_name(struct dnp_error *error, const char *name);

/* Whether the same call may succeed when it is repeated, and can do no harm then. */
bool dnp_error_is_retryable(const struct dnp_error *error);

/* "transport", "refused", ... */
const char *dnp_error_kind_name(enum dnp_error_kind kind);

#endif
