/*
 * Scalars as XML Schema writes them, whatever the locale: programs that embed this may have a decimal comma.
 */
#include "value/scalar.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than any decimal or double has; what is longer is not a number of a panel. */
#define MAX_DIGITS 400
/* More than SQL Server's money holds, and few enough digits for DNP_NUMBER_SIZE. */
#define MAX_DECIMAL 1e15

bool dnp_parse_integer(struct dnp_slice text, int64_t minimum, int64_t maximum, int64_t *value)
{
    text = dnp_slice_trimmed(text);
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
    text = dnp_slice_trimmed(text);
    *value = equals(text, "true") || equals(text, "1");
    return *value || equals(text, "false") || equals(text, "0");
}

/* Takes digits off the front of `text` and puts them at `*end`; false when there is no room. */
static bool move_digits(struct dnp_slice *text, char **end, const char *limit)
{
    while (text->length > 0 && text->data[0] >= '0' && text->data[0] <= '9') {
        if (*end == limit) {
            return false;
        }
        *(*end)++ = *text->data++;
        text->length--;
    }
    return true;
}

/* The exponent of "12.5e3", 0 where the text ends; false when something else follows. */
static bool take_exponent(struct dnp_slice text, int64_t *exponent)
{
    *exponent = 0;
    if (text.length == 0) {
        return true;
    }
    bool marked = text.data[0] == 'e' || text.data[0] == 'E';
    text.data++;
    text.length--;
    bool blank = text.length > 0 && dnp_is_blank(text.data[0]);
    return marked && !blank && dnp_parse_integer(text, -9999, 9999, exponent);
}

static bool read_special(struct dnp_slice text, double *number)
{
    if (equals(text, "NaN")) {
        *number = NAN;
        return true;
    }
    *number = equals(text, "-INF") ? -INFINITY : INFINITY;
    return equals(text, "INF") || equals(text, "-INF");
}

/* "12.5" is read as "125e-1": strtod's decimal point depends on the locale, its digits and exponent do not. */
bool dnp_parse_number(struct dnp_slice text, double *number)
{
    char digits[MAX_DIGITS + 32];
    char *end = digits;
    const char *limit = digits + MAX_DIGITS;
    int64_t exponent = 0;
    text = dnp_slice_trimmed(text);
    if (read_special(text, number)) {
        return true;
    }
    if (text.length > 0 && (text.data[0] == '-' || text.data[0] == '+')) {
        *end++ = *text.data++;
        text.length--;
    }
    const char *first = end;
    bool fits = move_digits(&text, &end, limit);
    const char *point = end;
    if (text.length > 0 && text.data[0] == '.') {
        text.data++;
        text.length--;
        fits = fits && move_digits(&text, &end, limit);
    }
    if (!fits || end == first || !take_exponent(text, &exponent)) {
        return false;
    }
    (void)snprintf(end, 32, "e%d", (int)exponent - (int)(end - point));
    *number = strtod(digits, NULL);
    return true;
}

/* Whatever stands for the decimal point becomes one. */
static void put_point(char *text)
{
    char *to = text;
    bool pointed = false;
    for (const char *from = text; *from != '\0'; from++) {
        bool plain = (*from >= '0' && *from <= '9') || *from == '-' || *from == '+' || *from == 'e';
        if (plain || !pointed) {
            *to++ = plain ? *from : '.';
            pointed = pointed || !plain;
        }
    }
    *to = '\0';
}

void dnp_format_decimal(double number, int digits, char text[DNP_NUMBER_SIZE])
{
    if (!isfinite(number) || fabs(number) >= MAX_DECIMAL) {
        dnp_format_number(number, text);
        return;
    }
    (void)snprintf(text, DNP_NUMBER_SIZE, "%.*f", digits, number);
    put_point(text);
}

void dnp_format_number(double number, char text[DNP_NUMBER_SIZE])
{
    double again = 0;
    if (!isfinite(number)) {
        (void)snprintf(text, DNP_NUMBER_SIZE, "%s", isnan(number) ? "NaN" : number < 0 ? "-INF" : "INF");
        return;
    }
    (void)snprintf(text, DNP_NUMBER_SIZE, "%.15g", number);
    put_point(text);
    if (!dnp_parse_number(dnp_slice_of(text), &again) || again < number || again > number) {
        (void)snprintf(text, DNP_NUMBER_SIZE, "%.17g", number);
        put_point(text);
    }
}
