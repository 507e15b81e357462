/*
 * Our own allocations, by the linker's wrapping, with their sizes: how much is in use, and what blocks hold when they
 * are given back. Whoever includes this declares the wrappers before it, from which the build knows what to wrap.
 */
#ifndef COUNTED_MEMORY_H
#define COUNTED_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The size of a block stands in front of it, in as much room as keeps its alignment. */
#define BLOCK_HEAD ((size_t)16)

void *__real_malloc(size_t size);
void __real_free(void *block);

/* Looks at a block that was taken, or is given back; NULL: nobody does. */
typedef void look_at(const char *block, size_t size);

static atomic_size_t bytes_in_use;
static atomic_size_t most_bytes_in_use;
static look_at *look;
static look_at *look_at_new;

void *__wrap_malloc(size_t size)
{
    char *block = __real_malloc(BLOCK_HEAD + size);
    if (block == NULL) {
        return NULL;
    }
    memset(block, 0, BLOCK_HEAD + size);
    memcpy(block, &size, sizeof size);
    size_t now = atomic_fetch_add(&bytes_in_use, size) + size;
    size_t most = atomic_load(&most_bytes_in_use);
    while (now > most && !atomic_compare_exchange_weak(&most_bytes_in_use, &most, now)) {
    }
    if (look_at_new != NULL) {
        look_at_new(block + BLOCK_HEAD, size);
    }
    return block + BLOCK_HEAD;
}

static size_t block_size(const void *block)
{
    size_t size = 0;
    memcpy(&size, (const char *)block - BLOCK_HEAD, sizeof size);
    return size;
}

void __wrap_free(void *block)
{
    if (block == NULL) {
        return;
    }
    size_t size = block_size(block);
    if (look != NULL) {
        look(block, size);
    }
    (void)atomic_fetch_sub(&bytes_in_use, size);
    __real_free((char *)block - BLOCK_HEAD);
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *block = size == 0 || count <= SIZE_MAX / 2 / size ? __wrap_malloc(count * size) : NULL;
    if (block != NULL) {
        memset(block, 0, count * size);
    }
    return block;
}

void *__wrap_realloc(void *block, size_t size)
{
    void *moved = __wrap_malloc(size);
    if (moved != NULL && block != NULL) {
        size_t old_size = block_size(block);
        memcpy(moved, block, old_size < size ? old_size : size);
        __wrap_free(block);
    }
    return moved;
}

#endif
