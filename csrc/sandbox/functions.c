/*
 * SQL functions for the scripts.
 *
 * sql_like is T-SQL's LIKE: % and _ and sets such as [a-f] or [^%], without regard to the case of ASCII letters.
 * sql_date is what a datetime parameter becomes in a column; before 1753 it is an error.
 */
#include "sandbox/functions.h"

#include <ctype.h>
#include <string.h>

#include "sandbox/calendar.h"

static int folded(char byte)
{
    return tolower((unsigned char)byte);
}

/* The length of the character at `text`, so that _ stands for a character and not for a byte. */
static size_t character(const char *text)
{
    size_t length = 1;
    while (text[0] != '\0' && ((unsigned char)text[length] & 0xC0U) == 0x80U) {
        length++;
    }
    return length;
}

/* Whether the set that opens at `pattern` holds `byte`; NULL when the set is never closed. */
static const char *match_set(const char *pattern, char byte, bool *holds)
{
    bool negated = *++pattern == '^';
    *holds = false;
    for (pattern += negated ? 1 : 0; *pattern != '\0' && *pattern != ']'; pattern++) {
        char first = *pattern;
        char last = first;
        if (pattern[1] == '-' && pattern[2] != '\0' && pattern[2] != ']') {
            last = pattern[2];
            pattern += 2;
        }
        *holds = *holds || (folded(byte) >= folded(first) && folded(byte) <= folded(last));
    }
    *holds = *holds != negated;
    return *pattern == ']' ? pattern + 1 : NULL;
}

/* Whether one character of text matches the front of the pattern; moves both on. */
static bool match_one(const char **text, const char **pattern)
{
    if (**text == '\0') {
        return false;
    }
    if (**pattern == '[') {
        bool holds = false;
        const char *rest = match_set(*pattern, **text, &holds);
        *pattern = rest;
        *text += character(*text);
        return rest != NULL && holds;
    }
    if (**pattern == '_') {
        *text += character(*text);
        *pattern += 1;
        return true;
    }
    bool same = folded(**text) == folded(**pattern);
    *text += 1;
    *pattern += 1;
    return same;
}

/* After a mismatch the last % takes one character more, so no recursion is needed. */
static bool matches(const char *text, const char *pattern)
{
    const char *after_percent = NULL;
    const char *retry = NULL;
    while (*text != '\0' || *pattern != '\0') {
        if (*pattern == '%') {
            after_percent = ++pattern;
            retry = text;
            continue;
        }
        if (*pattern != '\0' && match_one(&text, &pattern)) {
            continue;
        }
        if (after_percent == NULL || *retry == '\0') {
            return false;
        }
        retry += character(retry);
        text = retry;
        pattern = after_percent;
    }
    return true;
}

static void sql_like(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const char *text = (const char *)sqlite3_value_text(values[0]);
    const char *pattern = (const char *)sqlite3_value_text(values[1]);
    if (text != NULL && pattern != NULL) {
        sqlite3_result_int(context, matches(text, pattern) ? 1 : 0);
    }
}

static void sql_date(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    char stored[DNP_DATE_SIZE];
    const char *date = (const char *)sqlite3_value_text(values[0]);
    if (date == NULL || !dnp_date_store(date, stored)) {
        sqlite3_result_error(
            context, "SqlDateTime overflow. Must be between 1/1/1753 12:00:00 AM and 12/31/9999 11:59:59 PM.", -1);
        return;
    }
    sqlite3_result_text(context, stored, -1, SQLITE_TRANSIENT);
}

bool dnp_functions_add(sqlite3 *database)
{
    int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
    return sqlite3_create_function(database, "sql_like", 2, flags, NULL, sql_like, NULL, NULL) == SQLITE_OK &&
           sqlite3_create_function(database, "sql_date", 1, flags, NULL, sql_date, NULL, NULL) == SQLITE_OK;
}
