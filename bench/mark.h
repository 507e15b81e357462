/*
 * Marks the part of a program that a benchmark measures: its time, its memory and, under callgrind, its instructions.
 * Every client of the benchmarks uses it, in C, through a module of Lua, or through the foreign functions of PHP and
 * Python, so that all are measured in the same way.
 */
#ifndef BENCH_MARK_H
#define BENCH_MARK_H

/* The part begins: from here on time passes, memory grows and instructions count. */
void bench_start(void);

/* The part is over. */
void bench_stop(void);

/*
 * Prints "WALL CPU PEAK COUNT SUM": milliseconds, milliseconds of this process, the growth of its resident memory at
 * its peak in KiB, and what the caller found, for whoever checks it.
 */
void bench_print(double count, double sum);

#endif
