/*
 * Our own allocations, by the linker's wrapping, of which a chosen one fails. Only those of the thread that chose.
 * Whoever includes this declares the wrappers before it, from which the build knows what to wrap.
 */
#ifndef FAILING_MEMORY_H
#define FAILING_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);

/* Allocations until one fails; below zero: none does, or only the one did. */
static _Thread_local long countdown = -1;
static _Thread_local bool has_failed;
static _Thread_local bool for_good; /* memory stays away after the first failure */

static bool fails_now(void)
{
    if (countdown < 0) {
        return has_failed && for_good;
    }
    has_failed = countdown == 0;
    countdown--;
    return has_failed;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return fails_now() ? NULL : __real_realloc(block, size);
}

#endif
