/*
 * Dates of years 1 to 9999 in the proleptic Gregorian calendar, as .NET and SQL Server count them.
 *
 * The only clock and the only time zone are those of the process; the zone is asked through localtime_r.
 */
#include "value/calendar.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "value/scalar.h"

struct moment {
    int64_t day;    /* since 1970-01-01 */
    int64_t tenths; /* of a microsecond, within the day */
};

#define TENTHS_PER_SECOND INT64_C(10000000)
#define TENTHS_PER_DAY (INT64_C(86400) * TENTHS_PER_SECOND)

/* Days since 1970-01-01; years begin in March, so that the leap day is a year's last. */
static int64_t day_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2 ? 1 : 0;
    int64_t era = year / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static void civil(int64_t day, int *year, int *month, int *day_of_month)
{
    day += 719468;
    int64_t era = day / 146097;
    int64_t day_of_era = day - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    *day_of_month = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted + (shifted < 10 ? 3 : -9));
    *year = (int)(year_of_era + era * 400 + (*month <= 2 ? 1 : 0));
}

static void normalize(struct moment *moment)
{
    while (moment->tenths < 0) {
        moment->tenths += TENTHS_PER_DAY;
        moment->day--;
    }
    while (moment->tenths >= TENTHS_PER_DAY) {
        moment->tenths -= TENTHS_PER_DAY;
        moment->day++;
    }
}

static void write_moment(const struct moment *moment, char date[DNP_DATE_SIZE])
{
    int year = 0;
    int month = 0;
    int day = 0;
    civil(moment->day, &year, &month, &day);
    int seconds = (int)(moment->tenths / TENTHS_PER_SECOND);
    int fraction = (int)(moment->tenths % TENTHS_PER_SECOND);
    int length = snprintf(date, DNP_DATE_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%07d", year, month, day, seconds / 3600,
                          seconds / 60 % 60, seconds % 60, fraction);
    while (length > 0 && date[length - 1] == '0' && length > 20) {
        date[--length] = '\0';
    }
    if (length == 20) {
        date[19] = '\0';
    }
}

/* A mark, unless it is NUL, and exactly so many digits; false leaves `*text` somewhere. */
static bool take(const char **text, char mark, int digits, int64_t *number)
{
    if (mark != '\0' && *(*text)++ != mark) {
        return false;
    }
    *number = 0;
    for (; digits > 0; digits--, ++*text) {
        if (**text < '0' || **text > '9') {
            return false;
        }
        *number = *number * 10 + (**text - '0');
    }
    return true;
}

/* "2024-01-02", with or without "T03:04:05" and a fraction; returns what follows, or NULL. */
static const char *parse(const char *text, struct moment *moment)
{
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    if (!take(&text, '\0', 4, &year) || !take(&text, '-', 2, &month) || !take(&text, '-', 2, &day) || year < 1 ||
        month < 1 || month > 12) {
        return NULL;
    }
    if (*text == 'T' &&
        (!take(&text, 'T', 2, &hour) || !take(&text, ':', 2, &minute) || !take(&text, ':', 2, &second))) {
        return NULL;
    }
    moment->day = day_of(year, month, day);
    moment->tenths = (hour * 3600 + minute * 60 + second) * TENTHS_PER_SECOND;
    if (*text == '.') {
        int64_t unit = TENTHS_PER_SECOND / 10;
        for (text++; *text >= '0' && *text <= '9'; text++) {
            moment->tenths += unit * (*text - '0');
            unit /= 10;
        }
    }
    return text;
}

/* Minutes east of Greenwich at a moment of universal time. */
static int64_t offset_at(int64_t seconds)
{
    time_t then = (time_t)seconds;
    struct tm local;
    if (localtime_r(&then, &local) == NULL) {
        return 0;
    }
    int64_t day = day_of(local.tm_year + 1900, local.tm_mon + 1, local.tm_mday);
    int64_t shown = day * 86400 + (int64_t)local.tm_hour * 3600 + (int64_t)local.tm_min * 60 + local.tm_sec;
    return (shown - seconds) / 60;
}

/* The same at a moment of local time; one of two readings in the hour that a clock goes back. */
static int64_t offset_for(const struct moment *local)
{
    int64_t seconds = local->day * 86400 + local->tenths / TENTHS_PER_SECOND;
    int64_t guess = offset_at(seconds);
    return offset_at(seconds - guess * 60);
}

/* SQL Server's datetime counts in 1/300 s and shows milliseconds. */
static void round_moment(struct moment *moment)
{
    int64_t ticks = (moment->tenths * 3 + 50000) / 100000;
    moment->tenths = (ticks * 10 + 1) / 3 * 10000;
    normalize(moment);
}

double dnp_clock(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void dnp_date_now(char date[DNP_DATE_SIZE])
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    struct moment moment = {0, 0};
    int64_t seconds = (int64_t)now.tv_sec + offset_at((int64_t)now.tv_sec) * 60;
    moment.day = seconds / 86400;
    moment.tenths = seconds % 86400 * TENTHS_PER_SECOND + now.tv_nsec / 100;
    round_moment(&moment);
    write_moment(&moment, date);
}

bool dnp_date_read(struct dnp_slice text, char date[DNP_DATE_SIZE])
{
    char copy[DNP_DATE_SIZE];
    struct moment moment;
    while (text.length > 0 && strchr(" \t\r\n", text.data[0]) != NULL) {
        text.data++;
        text.length--;
    }
    if (text.length >= sizeof copy) {
        text.length = sizeof copy - 1;
    }
    memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    const char *zone = parse(copy, &moment);
    if (zone == NULL) {
        return false;
    }
    if (*zone == '+' || *zone == '-') {
        int64_t hours = 0;
        int64_t minutes = 0;
        const char *rest = zone + 1;
        if (!take(&rest, '\0', 2, &hours) || !take(&rest, ':', 2, &minutes)) {
            return false;
        }
        int64_t offset = (hours * 60 + minutes) * (*zone == '-' ? -1 : 1);
        int64_t universal = moment.day * 86400 + moment.tenths / TENTHS_PER_SECOND - offset * 60;
        moment.tenths += (offset_at(universal) - offset) * 60 * TENTHS_PER_SECOND;
        normalize(&moment);
    }
    write_moment(&moment, date);
    return true;
}

bool dnp_date_store(const char *date, char stored[DNP_DATE_SIZE])
{
    struct moment moment;
    if (parse(date, &moment) == NULL || moment.day < day_of(1753, 1, 1)) {
        return false;
    }
    round_moment(&moment);
    if (moment.day > day_of(9999, 12, 31)) {
        return false; /* the last millisecond of all is rounded up */
    }
    write_moment(&moment, stored);
    return true;
}

bool dnp_date_trim(const char *date, char trimmed[DNP_DATE_SIZE])
{
    struct moment moment;
    if (parse(date, &moment) == NULL) {
        return false;
    }
    write_moment(&moment, trimmed);
    return true;
}

bool dnp_date_with_offset(const char *date, char with_offset[DNP_DATE_SIZE])
{
    struct moment moment;
    if (parse(date, &moment) == NULL) {
        return false;
    }
    int64_t offset = offset_for(&moment);
    int minutes = (int)(offset < 0 ? -offset : offset);
    write_moment(&moment, with_offset);
    size_t length = strlen(with_offset);
    (void)snprintf(with_offset + length, DNP_DATE_SIZE - length, "%c%02d:%02d", offset < 0 ? '-' : '+', minutes / 60,
                   minutes % 60);
    return true;
}

bool dnp_date_read_universal(struct dnp_slice text, int64_t *seconds)
{
    struct moment moment;
    char copy[DNP_DATE_SIZE];
    if (text.length >= sizeof copy || !dnp_check_datetime(text)) {
        return false;
    }
    memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    const char *rest = parse(copy, &moment);
    if (rest == NULL || strcmp(rest, "Z") != 0) {
        return false;
    }
    *seconds = moment.day * 86400 + moment.tenths / TENTHS_PER_SECOND;
    return true;
}
