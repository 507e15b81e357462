/* Text as SQL Server sees it: what it keeps of a value, and by what names are equal. UTF-8 in and out. */
#ifndef DNP_SANDBOX_TEXT_H
#define DNP_SANDBOX_TEXT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "value/collation.h"

/* Makes valid UTF-8 of `text` as .NET's decoder does: bytes that are not UTF-8 become U+FFFD. False when out of
 * memory. */
bool dnp_text_repair(struct dnp_slice text, struct dnp_buffer *out);

/* The key by which names are equal: characters folded, blanks at the end left out. `out` has DNP_FOLDED_SIZE bytes. */
size_t dnp_text_key(struct dnp_slice text, char *out);
/* What nvarchar(units) keeps: so many units of UTF-16, never half a character. */
struct dnp_slice dnp_text_cut(struct dnp_slice text, size_t units);
/* What varchar(most) keeps, in code page 1252: other characters become question marks. `out` has `2 *
 * length + 1` bytes. */
size_t dnp_text_narrow(struct dnp_slice text, size_t most, char *out);

#endif
