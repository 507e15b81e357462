/* Dates as the panel keeps them: local time, without a zone, to 1/300 of a second. */
#ifndef DNP_SANDBOX_CALENDAR_H
#define DNP_SANDBOX_CALENDAR_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define DNP_DATE_SIZE 48
#define DNP_NO_DATE "0001-01-01T00:00:00"

/* Seconds since 1970. */
double dnp_clock(void);
/* Now, as it would be stored. */
void dnp_date_now(char date[DNP_DATE_SIZE]);
/* An xs:dateTime or xs:date as .NET reads it: a zone's offset is applied and dropped, Z is only dropped. */
bool dnp_date_read(struct dnp_slice text, char date[DNP_DATE_SIZE]);
/* What `date` becomes when it is stored; false when it is before 1753. */
bool dnp_date_store(const char *date, char stored[DNP_DATE_SIZE]);
/* With the offset that local time had then, as DataSets carry it. */
bool dnp_date_with_offset(const char *date, char with_offset[DNP_DATE_SIZE]);
/* "2010-06-15T12:00:00Z", with or without a fraction, as seconds since 1970; false for any other zone. */
bool dnp_date_read_universal(struct dnp_slice text, int64_t *seconds);
/* Without the zeros at the end of its fraction. */
bool dnp_date_trim(const char *date, char trimmed[DNP_DATE_SIZE]);

#endif
