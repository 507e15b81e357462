/* Dates: as XML Schema writes them, and as a panel keeps them: local time, without a zone, to 1/300 of a second. */
#ifndef DNP_CALENDAR_H
#define DNP_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

#define DNP_DATE_SIZE 48
#define DNP_NO_DATE "0001-01-01T00:00:00"

enum dnp_zone { DNP_ZONE_NONE, DNP_ZONE_UTC, DNP_ZONE_OFFSET };

struct dnp_date {
    int64_t day;    /* since 1970-01-01 */
    int64_t tenths; /* of a microsecond, since midnight */
    enum dnp_zone zone;
    int offset; /* minutes east of Greenwich */
};

/* Of a month from 1 to 12. */
int dnp_days_in_month(int64_t year, int month);
/* Days since 1970-01-01. */
int64_t dnp_day_number(int64_t year, int month, int day);

/* An xs:dateTime or xs:date of the years 1 to 9999: shape and ranges of the parts are checked. White space around is
 * allowed. */
bool dnp_date_parse(struct dnp_slice text, struct dnp_date *date);
bool dnp_check_datetime(struct dnp_slice text);
/* Seconds since 1970 on a clock that shows this date, whatever its zone. */
int64_t dnp_date_seconds(const struct dnp_date *date);
/* What a clock here shows so many seconds after 1970; false outside of the years 1 to 9999. */
bool dnp_date_local(int64_t seconds, struct dnp_date *date);
/* "2010-06-15T12:00:00.5": without a zone, and without zeros at the end of the fraction. */
void dnp_date_write(const struct dnp_date *date, char text[DNP_DATE_SIZE]);

/* ---- of the sandbox ---- */

/* Seconds since 1970. */
double dnp_clock(void);
/* Now, as it would be stored. */
void dnp_date_now(char text[DNP_DATE_SIZE]);
/* An xs:dateTime or xs:date as .NET reads it: a zone's offset is applied and dropped, Z is only dropped. */
bool dnp_date_read(struct dnp_slice text, char read[DNP_DATE_SIZE]);
/* What a date becomes when it is stored; false when it is before 1753. */
bool dnp_date_store(const char *text, char stored[DNP_DATE_SIZE]);
/* With the offset that local time had then, as DataSets carry it. */
bool dnp_date_with_offset(const char *text, char with_offset[DNP_DATE_SIZE]);
/* "2010-06-15T12:00:00Z", with or without a fraction, as seconds since 1970; false for any other zone. */
bool dnp_date_read_universal(struct dnp_slice text, int64_t *seconds);
/* Without the zeros at the end of its fraction. */
bool dnp_date_trim(const char *text, char trimmed[DNP_DATE_SIZE]);

#endif
