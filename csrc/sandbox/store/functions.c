/*
 * SQL functions for the scripts: what SQL Server has and SQLite has not, and which panel this is.
 *
 * sql_like(text, pattern) is T-SQL's LIKE: % and _ and sets such as [a-f] or [^%]. sql_key(text) is the same for names
 * that SQL Server takes for equal. sql_text(text, n) and sql_varchar(text, n) are what a parameter of nvarchar(n) and
 * varchar(n) keeps. sql_date is what a datetime parameter becomes in a column; before 1753 it is an error.
 * since('websitepanel 1.2.2.48') is whether the panel is at least that one.
 */
#include "sandbox/store/functions.h"

#include "base/utf8.h"
#include "sandbox/store/text.h"
#include "value/calendar.h"
#include "value/collation.h"

/* Triggers of the schema use them, which is only for functions that do no harm. */
#define FLAGS (SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS)

/* Whether the set at the front of the pattern, which is taken off it, holds the character. One never closed does
 * not. */
static bool match_set(struct dnp_slice *pattern, uint32_t character)
{
    bool holds = false;
    (void)dnp_utf8_take(pattern);
    bool negated = pattern->length > 0 && pattern->data[0] == '^';
    if (negated) {
        (void)dnp_utf8_take(pattern);
    }
    while (pattern->length > 0) {
        uint32_t first = dnp_collation_fold(dnp_utf8_take(pattern));
        uint32_t last = first;
        if (first == ']') {
            return holds != negated;
        }
        if (pattern->length > 1 && pattern->data[0] == '-' && pattern->data[1] != ']') {
            (void)dnp_utf8_take(pattern);
            last = dnp_collation_fold(dnp_utf8_take(pattern));
        }
        holds = holds || (character >= first && character <= last);
    }
    return false;
}

/* Whether one character of text matches the front of the pattern; moves both on. */
static bool match_one(struct dnp_slice *text, struct dnp_slice *pattern)
{
    if (text->length == 0 || pattern->length == 0) {
        return false;
    }
    uint32_t character = dnp_collation_fold(dnp_utf8_take(text));
    if (pattern->data[0] == '[') {
        return match_set(pattern, character);
    }
    uint32_t wanted = dnp_utf8_take(pattern);
    return wanted == '_' || dnp_collation_fold(wanted) == character;
}

/* After a mismatch the last % takes one character more, so no recursion is needed. */
static bool matches(struct dnp_slice text, struct dnp_slice pattern)
{
    struct dnp_slice after_percent = {NULL, 0};
    struct dnp_slice retry = text;
    while (text.length > 0 || pattern.length > 0) {
        if (pattern.length > 0 && pattern.data[0] == '%') {
            (void)dnp_utf8_take(&pattern);
            after_percent = pattern;
            retry = text;
            continue;
        }
        if (match_one(&text, &pattern)) {
            continue;
        }
        if (after_percent.data == NULL || retry.length == 0) {
            return false;
        }
        (void)dnp_utf8_take(&retry);
        text = retry;
        pattern = after_percent;
    }
    return true;
}

static struct dnp_slice text_of(sqlite3_value *value)
{
    struct dnp_slice text = {(const char *)sqlite3_value_text(value), (size_t)sqlite3_value_bytes(value)};
    return text;
}

static void sql_like(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct dnp_slice text = text_of(values[0]);
    struct dnp_slice pattern = text_of(values[1]);
    (void)count;
    if (text.data != NULL && pattern.data != NULL) {
        sqlite3_result_int(context, matches(text, pattern) ? 1 : 0);
    }
}

/* Numbers stay what they are, so that ORDER BY can take the key of any column. */
static void sql_key(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    if (sqlite3_value_type(values[0]) != SQLITE_TEXT) {
        sqlite3_result_value(context, values[0]);
        return;
    }
    struct dnp_slice text = text_of(values[0]);
    char *key = sqlite3_malloc64(DNP_FOLDED_SIZE(text.length));
    if (text.data == NULL || key == NULL) {
        sqlite3_free(key);
        sqlite3_result_error_nomem(context);
        return;
    }
    size_t length = dnp_text_key(text, key);
    sqlite3_result_text64(context, key, length, sqlite3_free, SQLITE_UTF8);
}

static void sql_text(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    struct dnp_slice text = text_of(values[0]);
    if (text.data != NULL) {
        text = dnp_text_cut(text, (size_t)sqlite3_value_int(values[1]));
        sqlite3_result_text64(context, text.data, text.length, SQLITE_TRANSIENT, SQLITE_UTF8);
    }
}

static void sql_varchar(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    struct dnp_slice text = text_of(values[0]);
    char *narrow = text.data != NULL ? sqlite3_malloc64(2 * text.length + 1) : NULL;
    if (narrow != NULL) {
        size_t length = dnp_text_narrow(text, (size_t)sqlite3_value_int(values[1]), narrow);
        sqlite3_result_text64(context, narrow, length, sqlite3_free, SQLITE_UTF8);
    } else if (text.data != NULL) {
        sqlite3_result_error_nomem(context);
    }
}

static void since(sqlite3_context *context, int count, sqlite3_value **values)
{
    const dnp_panel_version *panel = sqlite3_user_data(context);
    const char *text = (const char *)sqlite3_value_text(values[0]);
    dnp_panel_version version = 0;
    (void)count;
    if (text == NULL || !dnp_version_parse(text, &version)) {
        sqlite3_result_error(context, "since: this is not a panel and its version", -1);
        return;
    }
    sqlite3_result_int(context, *panel >= version ? 1 : 0);
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

bool dnp_functions_add(sqlite3 *database, dnp_panel_version *panel)
{
    static const struct {
        const char *name;
        int arguments;
        void (*call)(sqlite3_context *, int, sqlite3_value **);
    } rows[] = {{"sql_like", 2, sql_like}, {"sql_key", 1, sql_key},         {"sql_text", 2, sql_text},
                {"sql_date", 1, sql_date}, {"sql_varchar", 2, sql_varchar}, {"since", 1, since}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (sqlite3_create_function(database, rows[i].name, rows[i].arguments, FLAGS, panel, rows[i].call, NULL,
                                    NULL) != SQLITE_OK) {
            return false;
        }
    }
    return true;
}
