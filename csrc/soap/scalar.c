/*
 * Scalars as XML Schema writes them.
 */
#include "soap/codec.h"

#include <string.h>

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static struct dnp_slice trimmed(struct dnp_slice text)
{
    while (text.length > 0 && is_blank(text.data[0])) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && is_blank(text.data[text.length - 1])) {
        text.length--;
    }
    return text;
}

bool dnp_parse_integer(struct dnp_slice text, int64_t minimum, int64_t maximum, int64_t *value)
{
    text = trimmed(text);
    bool negative = text.length > 0 && text.data[0] == '-';
    if (text.length > 0 && (text.data[0] == '-' || text.data[0] == '+')) {
        text.data++;
        text.length--;
    }
    if (text.length == 0) {
        return false;
    }
    uint64_t magnitude = 0;
    for (size_t i = 0; i < text.length; i++) {
        unsigned digit = (unsigned)(unsigned char)text.data[i] - (unsigned)'0';
        if (digit > 9 || magnitude > (UINT64_MAX - digit) / 10) {
            return false;
        }
        magnitude = magnitude * 10 + digit;
    }
    uint64_t bound = (uint64_t)INT64_MAX + (negative ? 1U : 0U);
    if (magnitude > bound) {
        return false;
    }
    if (negative) {
        *value = magnitude == bound ? INT64_MIN : -(int64_t)magnitude;
    } else {
        *value = (int64_t)magnitude;
    }
    return *value >= minimum && *value <= maximum;
}

static bool equals(struct dnp_slice text, const char *word)
{
    return text.length == strlen(word) && memcmp(text.data, word, text.length) == 0;
}

bool dnp_parse_boolean(struct dnp_slice text, bool *value)
{
    text = trimmed(text);
    *value = equals(text, "true") || equals(text, "1");
    return *value || equals(text, "false") || equals(text, "0");
}

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

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool take_date(struct dnp_slice *text)
{
    int year = 0;
    int month = 0;
    int day = 0;
    return take_number(text, 4, &year) && take_byte(text, '-') && take_number(text, 2, &month) &&
           take_byte(text, '-') && take_number(text, 2, &day) && year >= 1 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days_in_month(year, month);
}

static bool take_time(struct dnp_slice *text)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (!take_number(text, 2, &hour) || !take_byte(text, ':') || !take_number(text, 2, &minute) ||
        !take_byte(text, ':') || !take_number(text, 2, &second) || hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    if (take_byte(text, '.')) {
        int digit = 0;
        if (!take_number(text, 1, &digit)) {
            return false;
        }
        while (take_number(text, 1, &digit)) {
        }
    }
    return true;
}

static bool take_zone(struct dnp_slice *text)
{
    int hour = 0;
    int minute = 0;
    if (text->length == 0 || take_byte(text, 'Z')) {
        return true;
    }
    return (take_byte(text, '+') || take_byte(text, '-')) && take_number(text, 2, &hour) && take_byte(text, ':') &&
           take_number(text, 2, &minute) && hour <= 14 && minute <= 59;
}

bool dnp_check_datetime(struct dnp_slice text)
{
    text = trimmed(text);
    if (!take_date(&text) || (take_byte(&text, 'T') && !take_time(&text))) {
        return false;
    }
    return take_zone(&text) && text.length == 0;
}
