/*
 * Filling the error struct. Never allocates, so that reporting a failure cannot fail.
 */
#include "contract/error.h"

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

bool dnp_fail(struct dnp_error *error, enum dnp_error_kind kind, const char *format, ...)
{
    va_list arguments;
    error->kind = kind;
    error->outcome = DNP_NOT_DONE;
    error->code = 0;
    error->http_status = 0;
    error->name[0] = '\0';
    va_start(arguments, format);
    int length = vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    if (length < 0) {
        error->message[0] = '\0';
    } else if ((size_t)length >= sizeof error->message) {
        cut_at_character(error->message, sizeof error->message);
    }
    return false;
}

bool dnp_fail_memory(struct dnp_error *error)
{
    return dnp_fail(error, DNP_MEMORY, "not enough memory");
}

void dnp_error_set_name(struct dnp_error *error, const char *name)
{
    size_t length = strlen(name);
    if (length >= sizeof error->name) {
        length = sizeof error->name - 1;
    }
    memcpy(error->name, name, length);
    error->name[length] = '\0';
}

const char *dnp_error_kind_name(enum dnp_error_kind kind)
{
    static const char *const names[] = {
        [DNP_OK] = "ok",           [DNP_USAGE] = "usage",       [DNP_MEMORY] = "memory", [DNP_TRANSPORT] = "transport",
        [DNP_TIMEOUT] = "timeout", [DNP_HTTP] = "http",         [DNP_FAULT] = "fault",   [DNP_REFUSED] = "refused",
        [DNP_ABSENT] = "absent",   [DNP_PROTOCOL] = "protocol", [DNP_LIMIT] = "limit",
    };
    return names[kind];
}
