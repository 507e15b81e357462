/*
 * The growable buffer. Doubles up to its ceiling; a failed append leaves the content as it was.
 */
#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 256
#define WIPED_AT_ONCE ((size_t)1024)
/* What an empty buffer keeps; one value of many megabytes is not a reason to hold them for good. */
#define LARGEST_KEPT ((size_t)256 * 1024)

void dnp_buffer_init(struct dnp_buffer *buffer, size_t ceiling)
{
    memset(buffer, 0, sizeof *buffer);
    buffer->ceiling = ceiling;
}

void dnp_buffer_free(struct dnp_buffer *buffer)
{
    if (buffer->data != NULL) {
        dnp_wipe(buffer->data, buffer->capacity);
    }
    free(buffer->data);
    buffer->data = NULL;
    buffer->length = 0;
    buffer->capacity = 0;
}

/* In pieces: beyond two KiB memset may turn to `rep stosb`, which is slow to start. */
void dnp_wipe(void *data, size_t length)
{
    char *from = data;
    for (size_t left = length; left > 0;) {
        size_t piece = left < WIPED_AT_ONCE ? left : WIPED_AT_ONCE;
        memset(from, 0, piece);
        from += piece;
        left -= piece;
    }
    __asm__ volatile("" : : "r"(data) : "memory");
}

void dnp_buffer_wipe(struct dnp_buffer *buffer)
{
    if (buffer->data != NULL) {
        dnp_wipe(buffer->data, buffer->capacity);
    }
    dnp_buffer_clear(buffer);
}

void dnp_buffer_wipe_used(struct dnp_buffer *buffer)
{
    if (buffer->length > 0 || buffer->state != DNP_BUFFER_OK) {
        dnp_wipe(buffer->data, buffer->length);
        dnp_buffer_clear(buffer);
    }
}

void dnp_buffer_clear(struct dnp_buffer *buffer)
{
    buffer->state = DNP_BUFFER_OK;
    if (buffer->capacity > LARGEST_KEPT) {
        dnp_buffer_free(buffer);
    }
    buffer->length = 0;
    if (buffer->data != NULL) {
        buffer->data[0] = '\0';
    }
}

/* Not realloc: the old block may hold a secret, so it is wiped before it is given back. */
static bool move_to(struct dnp_buffer *buffer, size_t capacity)
{
    char *data = malloc(capacity);
    if (data == NULL) {
        return false;
    }
    if (buffer->data != NULL) {
        memcpy(data, buffer->data, buffer->length + 1);
        dnp_wipe(buffer->data, buffer->capacity);
        free(buffer->data);
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

/* Makes room for `length` more bytes and the NUL. */
static bool reserve(struct dnp_buffer *buffer, size_t length)
{
    if (length > buffer->ceiling - buffer->length) {
        buffer->state = DNP_BUFFER_FULL;
        return false;
    }
    size_t needed = buffer->length + length + 1;
    if (needed <= buffer->capacity) {
        return true;
    }
    size_t capacity = buffer->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : buffer->capacity;
    while (capacity < needed) {
        capacity *= 2;
    }
    if (!move_to(buffer, capacity)) {
        buffer->state = DNP_BUFFER_NO_MEMORY;
        return false;
    }
    return true;
}

char *dnp_buffer_extend(struct dnp_buffer *buffer, size_t length)
{
    if (buffer->state != DNP_BUFFER_OK || !reserve(buffer, length)) {
        return NULL;
    }
    char *added = buffer->data + buffer->length;
    buffer->length += length;
    added[length] = '\0';
    return added;
}

bool dnp_buffer_append(struct dnp_buffer *buffer, const void *data, size_t length)
{
    char *added = dnp_buffer_extend(buffer, length);
    if (added != NULL && length > 0) {
        memcpy(added, data, length);
    }
    return added != NULL;
}

bool dnp_buffer_puts(struct dnp_buffer *buffer, const char *text)
{
    return dnp_buffer_append(buffer, text, strlen(text));
}

bool dnp_buffer_check(const struct dnp_buffer *buffer, const char *what, struct dnp_error *error)
{
    switch (buffer->state) {
    case DNP_BUFFER_NO_MEMORY:
        return dnp_fail_memory(error);
    case DNP_BUFFER_FULL:
        return dnp_fail_size(error, what, buffer->ceiling, NULL);
    default:
        return true;
    }
}

char *dnp_copy_text(struct dnp_slice text)
{
    char *copy = malloc(text.length + 1);
    if (copy != NULL) {
        memcpy(copy, text.data, text.length);
        copy[text.length] = '\0';
    }
    return copy;
}
