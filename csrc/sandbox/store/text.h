/* Text as SQL Server sees it: characters, how they compare, how long they are. UTF-8 in and out. */
#ifndef DNP_SANDBOX_TEXT_H
#define DNP_SANDBOX_TEXT_H

#include <locale.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

/* The character that stands for all that compare equal with it: case and width make no difference. */
uint32_t dnp_text_fold(locale_t locale, uint32_t character);

/* Makes valid UTF-8 of `text` as .NET's decoder does: bytes that are not UTF-8 become U+FFFD. False when out of memory. */
bool dnp_text_repair(struct dnp_slice text, struct dnp_buffer *out);

/* The key by which names are equal: characters folded, blanks at the end left out. `out` has `2 * length + 1` bytes. */
size_t dnp_text_key(locale_t locale, struct dnp_slice text, char *out);
/* What nvarchar(units) keeps: so many units of UTF-16, never half a character. */
struct dnp_slice dnp_text_cut(struct dnp_slice text, size_t units);
/* What varchar(most) keeps, in code page 1252: other characters become question marks. `out` as for the key. */
size_t dnp_text_narrow(struct dnp_slice text, size_t most, char *out);

#endif
