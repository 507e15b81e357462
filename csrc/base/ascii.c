/*
 * Comparisons without the process's locale.
 */
#include "base/ascii.h"

#include <stdint.h>

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

bool dnp_ascii_equal_start(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (lower(a[i]) != lower(b[i])) {
            return false;
        }
        if (a[i] == '\0') {
            return true;
        }
    }
    return true;
}

bool dnp_ascii_equal(const char *a, const char *b)
{
    return dnp_ascii_equal_start(a, b, SIZE_MAX);
}
