/*
 * Reading HTTP dates without the C library's, which depend on locale and time zone.
 */
#include "client/http_date.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "value/calendar.h"

struct moment {
    int year;
    int month; /* from 1 */
    int day;
    int hour;
    int minute;
    int second;
};

static void skip_any(const char **text, const char *letters)
{
    *text += strspn(*text, letters);
}

static bool take_number(const char **text, int *number)
{
    const char *start = *text;
    *number = 0;
    while (**text >= '0' && **text <= '9' && *text - start < 4) {
        *number = *number * 10 + (**text - '0');
        (*text)++;
    }
    return *text > start;
}

static bool take_month(const char **text, int *month)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int i = 0; i < 12; i++) {
        if (strncmp(*text, names + (ptrdiff_t)3 * i, 3) == 0) {
            *text += 3;
            *month = i + 1;
            return true;
        }
    }
    return false;
}

static bool take_time(const char **text, struct moment *moment)
{
    if (!take_number(text, &moment->hour) || *(*text)++ != ':' || !take_number(text, &moment->minute)) {
        return false;
    }
    return *(*text)++ == ':' && take_number(text, &moment->second);
}

/* "06 Nov 1994 08:49:37 GMT" or "06-Nov-94 08:49:37 GMT" */
static bool take_day_first(const char *text, struct moment *moment)
{
    if (!take_number(&text, &moment->day)) {
        return false;
    }
    skip_any(&text, " -");
    if (!take_month(&text, &moment->month)) {
        return false;
    }
    skip_any(&text, " -");
    if (!take_number(&text, &moment->year)) {
        return false;
    }
    if (moment->year < 100) {
        moment->year += moment->year < 70 ? 2000 : 1900;
    }
    skip_any(&text, " ");
    return take_time(&text, moment) && strcmp(text, " GMT") == 0;
}

/* "Nov  6 08:49:37 1994" */
static bool take_month_first(const char *text, struct moment *moment)
{
    if (!take_month(&text, &moment->month)) {
        return false;
    }
    skip_any(&text, " ");
    if (!take_number(&text, &moment->day)) {
        return false;
    }
    skip_any(&text, " ");
    if (!take_time(&text, moment)) {
        return false;
    }
    skip_any(&text, " ");
    return take_number(&text, &moment->year) && *text == '\0';
}

bool dnp_http_date(const char *text, int64_t *seconds)
{
    struct moment moment = {0};
    text += strcspn(text, ", "); /* the day of the week */
    skip_any(&text, ", ");
    if ((!take_day_first(text, &moment) && !take_month_first(text, &moment)) || moment.day < 1 || moment.day > 31 ||
        moment.hour > 23 || moment.minute > 59 || moment.second > 60) {
        return false;
    }
    *seconds = ((dnp_day_number(moment.year, moment.month, moment.day) * 24 + moment.hour) * 60 + moment.minute) * 60 +
               moment.second;
    return true;
}

static int within_int(int64_t seconds)
{
    return seconds < 0 ? 0 : seconds > INT_MAX ? INT_MAX : (int)seconds;
}

int dnp_retry_after(const char *text, const char *date)
{
    int64_t until = 0;
    int64_t now = 0;
    skip_any(&text, " \t");
    size_t digits = strspn(text, "0123456789");
    if (digits > 0 && text[digits + strspn(text + digits, " \t")] == '\0') {
        int64_t seconds = 0;
        for (size_t i = 0; i < digits && seconds < INT_MAX; i++) {
            seconds = seconds * 10 + (text[i] - '0');
        }
        return within_int(seconds);
    }
    if (!dnp_http_date(text, &until)) {
        return 0;
    }
    if (date == NULL || !dnp_http_date(date, &now)) {
        now = (int64_t)time(NULL);
    }
    return within_int(until - now);
}
