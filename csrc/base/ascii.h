/* Names whose letters count in either case: headers, schemes, columns. Only those of ASCII do, whatever the locale. */
#ifndef DNP_ASCII_H
#define DNP_ASCII_H

#include <stdbool.h>
#include <stddef.h>

/* Whether two texts are equal but for the case of letters. strcasecmp asks the process's locale, and in a Turkish one
 * "ID" is not "id". */
bool dnp_ascii_equal(const char *a, const char *b);

/* Whether the first `length` bytes of two texts are; a text that ends before that must end in both. */
bool dnp_ascii_equal_start(const char *a, const char *b, size_t length);

#endif
