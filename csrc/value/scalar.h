/* Numbers and booleans as XML Schema writes them. */
#ifndef DNP_SCALAR_H
#define DNP_SCALAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* Each returns false when `text` is not one. White space around is allowed. */
bool dnp_parse_integer(struct dnp_slice text, int64_t minimum, int64_t maximum, int64_t *value);
bool dnp_parse_boolean(struct dnp_slice text, bool *value);
/* A decimal or double; the nearest number. */
bool dnp_parse_number(struct dnp_slice text, double *number);
/* The shortest of 15 or 17 digits that reads as the same number. */
#define DNP_NUMBER_SIZE 40
void dnp_format_number(double number, char text[DNP_NUMBER_SIZE]);
/* With so many digits after the point, at most 9; the same as NaN and INF when it is one. */
void dnp_format_decimal(double number, int digits, char text[DNP_NUMBER_SIZE]);

#endif
