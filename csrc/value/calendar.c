/*
 * Dates of years 1 to 9999 in the proleptic Gregorian calendar, as XML Schema writes them and as .NET and SQL Server
 * count them. Nothing here depends on the locale.
 *
 * The only clock and the only time zone are those of the process; the zone is asked through localtime_r.
 */
#include "value/calendar.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define TENTHS_PER_SECOND INT64_C(10000000)
#define TENTHS_PER_DAY (INT64_C(86400) * TENTHS_PER_SECOND)
/* 0001-01-01 and the last second of 9999. */
#define FIRST_SECOND INT64_C(-62135596800)
#define LAST_SECOND INT64_C(253402300799)

/* ---- days ---- */

int dnp_days_in_month(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Years begin in March here, so that the leap day is a year's last. */
int64_t dnp_day_number(int64_t year, int month, int day)
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

static void normalize(struct dnp_date *date)
{
    while (date->tenths < 0) {
        date->tenths += TENTHS_PER_DAY;
        date->day--;
    }
    while (date->tenths >= TENTHS_PER_DAY) {
        date->tenths -= TENTHS_PER_DAY;
        date->day++;
    }
}

void dnp_date_write(const struct dnp_date *date, char text[DNP_DATE_SIZE])
{
    int year = 0;
    int month = 0;
    int day = 0;
    civil(date->day, &year, &month, &day);
    int seconds = (int)(date->tenths / TENTHS_PER_SECOND);
    int fraction = (int)(date->tenths % TENTHS_PER_SECOND);
    int length = snprintf(text, DNP_DATE_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%07d", year, month, day, seconds / 3600,
                          seconds / 60 % 60, seconds % 60, fraction);
    while (length > 0 && text[length - 1] == '0' && length > 20) {
        text[--length] = '\0';
    }
    if (length == 20) {
        text[19] = '\0';
    }
}

/* ---- reading ---- */

/* Takes exactly `digits` digits off the front. */
static bool take_number(struct dnp_slice *text, size_t digits, int *number)
{
    if (text->length < digits) {
        return false;
    }
    *number = 0;
    for (size_t i = 0; i < digits; i++) {
        if (text->data[i] < '0' || text->data[i] > '9') {
            return false;
        }
        *number = *number * 10 + (text->data[i] - '0');
    }
    text->data += digits;
    text->length -= digits;
    return true;
}

static bool take_byte(struct dnp_slice *text, char byte)
{
    if (text->length == 0 || text->data[0] != byte) {
        return false;
    }
    text->data++;
    text->length--;
    return true;
}

static bool take_date(struct dnp_slice *text, struct dnp_date *date)
{
    int year = 0;
    int month = 0;
    int day = 0;
    if (!take_number(text, 4, &year) || !take_byte(text, '-') || !take_number(text, 2, &month) ||
        !take_byte(text, '-') || !take_number(text, 2, &day) || year < 1 || month < 1 || month > 12 || day < 1 ||
        day > dnp_days_in_month(year, month)) {
        return false;
    }
    date->day = dnp_day_number(year, month, day);
    return true;
}

/* Digits beyond a tenth of a microsecond are checked and dropped. */
static bool take_time(struct dnp_slice *text, struct dnp_date *date)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    int digit = 0;
    if (!take_number(text, 2, &hour) || !take_byte(text, ':') || !take_number(text, 2, &minute) ||
        !take_byte(text, ':') || !take_number(text, 2, &second) || hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    date->tenths = ((INT64_C(60) * hour + minute) * 60 + second) * TENTHS_PER_SECOND;
    if (!take_byte(text, '.')) {
        return true;
    }
    if (!take_number(text, 1, &digit)) {
        return false;
    }
    int64_t unit = TENTHS_PER_SECOND / 10;
    do {
        date->tenths += unit * digit;
        unit /= 10;
    } while (take_number(text, 1, &digit));
    return true;
}

static bool take_zone(struct dnp_slice *text, struct dnp_date *date)
{
    int hour = 0;
    int minute = 0;
    if (text->length == 0) {
        return true;
    }
    if (take_byte(text, 'Z')) {
        date->zone = DNP_ZONE_UTC;
        return true;
    }
    bool west = text->data[0] == '-';
    if ((!take_byte(text, '+') && !take_byte(text, '-')) || !take_number(text, 2, &hour) || !take_byte(text, ':') ||
        !take_number(text, 2, &minute) || hour > 14 || minute > 59) {
        return false;
    }
    date->zone = DNP_ZONE_OFFSET;
    date->offset = (hour * 60 + minute) * (west ? -1 : 1);
    return true;
}

bool dnp_date_parse(struct dnp_slice text, struct dnp_date *date)
{
    *date = (struct dnp_date){.zone = DNP_ZONE_NONE};
    text = dnp_slice_trimmed(text);
    if (!take_date(&text, date) || (take_byte(&text, 'T') && !take_time(&text, date))) {
        return false;
    }
    return take_zone(&text, date) && text.length == 0;
}

bool dnp_check_datetime(struct dnp_slice text)
{
    struct dnp_date ignored;
    return dnp_date_parse(text, &ignored);
}

/* ---- the zone of this machine ---- */

/* Seconds east of Greenwich at a moment of universal time. */
static int64_t offset_at(int64_t seconds)
{
    time_t then = (time_t)seconds;
    struct tm local;
    if (localtime_r(&then, &local) == NULL) {
        return 0;
    }
    int64_t day = dnp_day_number(local.tm_year + 1900, local.tm_mon + 1, local.tm_mday);
    int64_t shown = day * 86400 + (int64_t)local.tm_hour * 3600 + (int64_t)local.tm_min * 60 + local.tm_sec;
    return shown - seconds;
}

/* The same at a moment of local time; one of two readings in the hour that a clock goes back. */
static int64_t offset_for(const struct dnp_date *local)
{
    int64_t seconds = dnp_date_seconds(local);
    int64_t guess = offset_at(seconds);
    return offset_at(seconds - guess);
}

/* SQL Server's datetime counts in 1/300 s and shows milliseconds. */
static void round_date(struct dnp_date *date)
{
    int64_t ticks = (date->tenths * 3 + 50000) / 100000;
    date->tenths = (ticks * 10 + 1) / 3 * 10000;
    normalize(date);
}

int64_t dnp_date_seconds(const struct dnp_date *date)
{
    return date->day * 86400 + date->tenths / TENTHS_PER_SECOND;
}

bool dnp_date_local(int64_t seconds, struct dnp_date *date)
{
    seconds += offset_at(seconds);
    if (seconds < FIRST_SECOND || seconds > LAST_SECOND) {
        return false;
    }
    int64_t day = (seconds - FIRST_SECOND) / 86400 + FIRST_SECOND / 86400;
    *date = (struct dnp_date){.day = day, .tenths = (seconds - day * 86400) * TENTHS_PER_SECOND};
    return true;
}

/* ---- what the sandbox does with them ---- */

double dnp_clock(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void dnp_date_now(char text[DNP_DATE_SIZE])
{
    struct timespec now;
    struct dnp_date date = {.zone = DNP_ZONE_NONE};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)dnp_date_local((int64_t)now.tv_sec, &date);
    date.tenths += now.tv_nsec / 100;
    round_date(&date);
    dnp_date_write(&date, text);
}

bool dnp_date_read(struct dnp_slice text, char read[DNP_DATE_SIZE])
{
    struct dnp_date date;
    if (!dnp_date_parse(text, &date)) {
        return false;
    }
    if (date.zone == DNP_ZONE_OFFSET) {
        int64_t offset = INT64_C(60) * date.offset;
        date.tenths += (offset_at(dnp_date_seconds(&date) - offset) - offset) * TENTHS_PER_SECOND;
        normalize(&date);
    }
    dnp_date_write(&date, read);
    return true;
}

bool dnp_date_store(const char *text, char stored[DNP_DATE_SIZE])
{
    struct dnp_date date;
    if (!dnp_date_parse(dnp_slice_of(text), &date) || date.day < dnp_day_number(1753, 1, 1)) {
        return false;
    }
    round_date(&date);
    if (date.day > dnp_day_number(9999, 12, 31)) {
        return false; /* the last millisecond of all is rounded up */
    }
    dnp_date_write(&date, stored);
    return true;
}

bool dnp_date_trim(const char *text, char trimmed[DNP_DATE_SIZE])
{
    struct dnp_date date;
    if (!dnp_date_parse(dnp_slice_of(text), &date)) {
        return false;
    }
    dnp_date_write(&date, trimmed);
    return true;
}

bool dnp_date_with_offset(const char *text, char with_offset[DNP_DATE_SIZE])
{
    struct dnp_date date;
    if (!dnp_date_parse(dnp_slice_of(text), &date)) {
        return false;
    }
    int64_t offset = offset_for(&date);
    int minutes = (int)(offset < 0 ? -offset : offset) / 60;
    dnp_date_write(&date, with_offset);
    size_t length = strlen(with_offset);
    (void)snprintf(with_offset + length, DNP_DATE_SIZE - length, "%c%02d:%02d", offset < 0 ? '-' : '+', minutes / 60,
                   minutes % 60);
    return true;
}

bool dnp_date_read_universal(struct dnp_slice text, int64_t *seconds)
{
    struct dnp_date date;
    if (!dnp_date_parse(text, &date) || date.zone != DNP_ZONE_UTC) {
        return false;
    }
    *seconds = dnp_date_seconds(&date);
    return true;
}
