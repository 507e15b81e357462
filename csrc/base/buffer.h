/*
 * A growable byte buffer with a ceiling. Always NUL-terminated when it holds anything.
 *
 * Failure is sticky: after one failed append every later one fails too, so a writer checks once, at its end.
 */
#ifndef DNP_BUFFER_H
#define DNP_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/slice.h"

enum dnp_buffer_state { DNP_BUFFER_OK, DNP_BUFFER_NO_MEMORY, DNP_BUFFER_FULL };

struct dnp_buffer {
    char *data;
    size_t length;
    size_t capacity;
    size_t ceiling;
    enum dnp_buffer_state state;
};

void dnp_buffer_init(struct dnp_buffer *buffer, size_t ceiling);
/* Overwrites and frees what it holds: anything here may have been a secret. */
void dnp_buffer_free(struct dnp_buffer *buffer);
/* Empties it and overwrites what it held, for secrets; keeps the memory unless it is large. */
void dnp_buffer_wipe(struct dnp_buffer *buffer);
/* The same for one that has only grown since it was wiped: nothing behind its length was used. */
void dnp_buffer_wipe_used(struct dnp_buffer *buffer);
/* Empties it and forgets an earlier failure; keeps the memory unless it is large. */
void dnp_buffer_clear(struct dnp_buffer *buffer);
bool dnp_buffer_append(struct dnp_buffer *buffer, const void *data, size_t length);
bool dnp_buffer_puts(struct dnp_buffer *buffer, const char *text);
/* Appends so many bytes for the caller to fill; NULL as where an append fails. */
char *dnp_buffer_extend(struct dnp_buffer *buffer, size_t length);
/* Whether no append has failed; else `error` says that `what` is larger than the ceiling, or out of memory. */
bool dnp_buffer_check(const struct dnp_buffer *buffer, const char *what, struct dnp_error *error);
/* A copy as a string of its own, to be freed; NULL when out of memory. */
char *dnp_copy_text(struct dnp_slice text);
/* Overwrites memory in a way that the compiler keeps. */
void dnp_wipe(void *data, size_t length);

#endif
