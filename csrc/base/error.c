/*
 * Filling the error struct. Never allocates, so that reporting a failure cannot fail.
 *
 * Servers have a say in messages and names, and people read them in terminals: control characters stay out.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* As much of `text` as there is room for, on one line. */
static void keep(char *kept, size_t size, struct dnp_slice text)
{
    text = dnp_slice_cut(text, size - 1);
    for (size_t i = 0; i < text.length; i++) {
        kept[i] = (char)(dnp_is_blank(text.data[i]) ? ' ' : text.data[i]);
    }
    kept[text.length] = '\0';
    dnp_mask_controls(kept, text.length);
}

static void set_message(struct dnp_error *error, const char *format, va_list arguments)
{
    char text[DNP_MESSAGE_SIZE + DNP_UTF8_LONGEST]; /* beyond what is kept, so that a cut sees the whole character */
    int length = vsnprintf(text, sizeof text, format, arguments);
    keep(error->message, sizeof error->message, dnp_slice_of(length < 0 ? "" : text));
}

void dnp_error_set_message(struct dnp_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set_message(error, format, arguments);
    va_end(arguments);
}

bool dnp_fail(struct dnp_error *error, enum dnp_error_kind kind, const char *format, ...)
{
    va_list arguments;
    error->kind = kind;
    error->outcome = DNP_NOT_DONE;
    error->code = 0;
    error->http_status = 0;
    error->retry_after = 0;
    error->name[0] = '\0';
    va_start(arguments, format);
    set_message(error, format, arguments);
    va_end(arguments);
    return false;
}

bool dnp_fail_memory(struct dnp_error *error)
{
    return dnp_fail(error, DNP_MEMORY, "not enough memory");
}

bool dnp_fail_size(struct dnp_error *error, const char *what, size_t limit, const char *option)
{
    bool named = option != NULL;
    return dnp_fail(error, DNP_LIMIT, "%s is larger than the limit of %zu bytes%s%s%s", what, limit, named ? " (" : "",
                    named ? option : "", named ? ")" : "");
}

void dnp_error_set_name(struct dnp_error *error, const char *name)
{
    keep(error->name, sizeof error->name, dnp_slice_of(name));
}

const char *dnp_error_kind_name(enum dnp_error_kind kind)
{
    static const char *const names[DNP_KIND_COUNT] = {
        [DNP_OK] = "ok",           [DNP_USAGE] = "usage",       [DNP_MEMORY] = "memory", [DNP_TRANSPORT] = "transport",
        [DNP_TIMEOUT] = "timeout", [DNP_HTTP] = "http",         [DNP_FAULT] = "fault",   [DNP_REFUSED] = "refused",
        [DNP_ABSENT] = "absent",   [DNP_PROTOCOL] = "protocol", [DNP_LIMIT] = "limit",   [DNP_CONFLICT] = "conflict",
        [DNP_RAISED] = "raised",
    };
    return names[kind];
}

static bool is_one_of(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(*names, name) != 0) {
        names++;
    }
    return *names != NULL;
}

/* Whether it is about this moment rather than about how things are set up. */
static bool is_transient(const struct dnp_error *error)
{
    static const char *const lasting[] = {"certificate", "tls", "proxy", "phase", "closed", NULL};
    static const char *const misfits[] = {"VersionMismatch", "MustUnderstand", NULL};
    switch (error->kind) {
    case DNP_TRANSPORT:
        return !is_one_of(error->name, lasting);
    case DNP_TIMEOUT:
        return strcmp(error->name, "deadline") != 0;
    case DNP_HTTP:
        return error->http_status >= 500 || error->http_status == 408 || error->http_status == 429;
    case DNP_PROTOCOL:
        return !is_one_of(error->name, misfits);
    case DNP_FAULT:
        /* Databases time out and choose victims of deadlocks, and the text does not tell those from lasting faults. */
        return strncmp(error->name, "Server", 6) == 0 && (error->name[6] == '\0' || error->name[6] == '.');
    default:
        return false;
    }
}

bool dnp_error_is_retryable(const struct dnp_error *error)
{
    return error->outcome == DNP_NOT_DONE && is_transient(error);
}
