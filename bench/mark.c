/*
 * Callgrind begins to count where the part begins (--instr-atstart=no): starting a program, loading its modules and
 * warming up are not in its total. The peak of resident memory is Linux' own, set back where the part begins; memory
 * that the C library holds without use is given back first, so that using it again is seen.
 */
#include "mark.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <valgrind/callgrind.h>

struct moment {
    double wall;
    double processor;
    double memory; /* KiB */
};

static struct moment first;
static struct moment last;

static double milliseconds(clockid_t clock)
{
    struct timespec now = {0};
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* A line of /proc/self/status, in KiB; 0 where there is none. */
static double status(const char *name)
{
    char line[256];
    long value = 0;
    FILE *file = fopen("/proc/self/status", "r");
    if (file == NULL) {
        return 0;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0) {
            (void)sscanf(line + strlen(name), ": %ld", &value);
        }
    }
    (void)fclose(file);
    return (double)value;
}

static void set_peak_back(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    (void)malloc_trim(0);
    if (file != NULL) {
        (void)fputs("5", file);
        (void)fclose(file);
    }
}

void bench_start(void)
{
    set_peak_back();
    first.memory = status("VmRSS");
    first.wall = milliseconds(CLOCK_MONOTONIC);
    first.processor = milliseconds(CLOCK_PROCESS_CPUTIME_ID);
    CALLGRIND_START_INSTRUMENTATION;
}

void bench_stop(void)
{
    CALLGRIND_STOP_INSTRUMENTATION;
    last.processor = milliseconds(CLOCK_PROCESS_CPUTIME_ID);
    last.wall = milliseconds(CLOCK_MONOTONIC);
    last.memory = status("VmHWM");
}

void bench_print(double count, double sum)
{
    (void)printf("%.4f %.4f %.0f %.0f %.0f\n", last.wall - first.wall, last.processor - first.processor,
                 last.memory - first.memory, count, sum);
    (void)fflush(stdout);
}
