/* How SQL Server compares text under its usual collation: what makes no difference to it. */
#ifndef DNP_COLLATION_H
#define DNP_COLLATION_H

#include <stdint.h>

#include "base/slice.h"

/* The character that stands for all that compare equal with it: case and width make no difference, accents do. */
uint32_t dnp_collation_fold(uint32_t character);

/* Room for a folded text. */
#define DNP_FOLDED_SIZE(length) (2 * (length) + 1)

/* Folds each character of a text; returns the length. `out` has DNP_FOLDED_SIZE bytes, and no terminator after. */
size_t dnp_collation_fold_text(struct dnp_slice text, char *out);

#endif
