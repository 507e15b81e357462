/*
 * Filling the error struct. Never allocates, so that reporting a failure cannot fail.
 *
 * Servers have a say in messages and names, and people read them in terminals: control characters stay out.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A cut in the middle of a character would make the message invalid UTF-8. */
static void cut_at_character(char *text, size_t size)
{
    size_t end = size - 1;
    while (end > 0 && ((unsigned char)text[end - 1] & 0xC0U) == 0x80U) {
        end--;
    }
    if (end > 0 && ((unsigned char)text[end - 1] & 0x80U) != 0) {
        end--;
    }
    text[end] = '\0';
}

static void remove_controls(char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        unsigned char next = (unsigned char)text[1];
        if (byte < 0x20 || byte == 0x7F) {
            *text = byte == '\n' || byte == '\r' || byte == '\t' ? ' ' : '?';
        } else if (byte == 0xC2 && next >= 0x80 && next < 0xA0) {
            text[0] = '?'; /* U+0080 to U+009F, for some terminals the same as an escape sequence */
            text[1] = '?';
        }
    }
}

static void set_message(struct dnp_error *error, const char *format, va_list arguments)
{
    int length = vsnprintf(error->message, sizeof error->message, format, arguments);
    if (length < 0) {
        error->message[0] = '\0';
    } else if ((size_t)length >= sizeof error->message) {
        cut_at_character(error->message, sizeof error->message);
    }
    remove_controls(error->message);
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

void dnp_error_set_name(struct dnp_error *error, const char *name)
{
    size_t length = strlen(name);
    bool cut = length >= sizeof error->name;
    memcpy(error->name, name, cut ? sizeof error->name : length + 1);
    if (cut) {
        cut_at_character(error->name, sizeof error->name);
    }
    remove_controls(error->name);
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
