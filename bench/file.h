/* Reading whole files, for the benchmarks' programs. */
#ifndef BENCH_FILE_H
#define BENCH_FILE_H

#include <stdio.h>
#include <stdlib.h>

/* All bytes of a file, with a NUL behind them; ends the program when it cannot be read. */
static inline char *bench_read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    long size = file != NULL && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    char *bytes = size >= 0 ? calloc((size_t)size + 1, 1) : NULL;
    if (bytes == NULL || fseek(file, 0, SEEK_SET) != 0 || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    (void)fclose(file);
    *length = (size_t)size;
    return bytes;
}

#endif
