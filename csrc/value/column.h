/* What a column of the panel's database keeps of a text that is valid UTF-8. */
#ifndef DNP_COLUMN_H
#define DNP_COLUMN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* The length that SQL Server and .NET count: UTF-16 units. */
size_t dnp_column_units(struct dnp_slice text);
/* Whether a varchar column keeps a character: those of code page 1252. */
bool dnp_column_is_narrow(uint32_t character);
/* Where the first character begins that such a column would turn into a question mark; the length when there is none. */
size_t dnp_column_find_wide(struct dnp_slice text);
/* Whether it begins or ends with what .NET's Trim takes off, or SQL Server does not compare. */
bool dnp_column_trims(struct dnp_slice text);

#endif
