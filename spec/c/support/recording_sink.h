/*
 * A sink that writes down what it receives, as text: {Result=5 ...}. Can be made to stop at the n-th event.
 */
#ifndef RECORDING_SINK_H
#define RECORDING_SINK_H

#include "soap/codec.h"

#include <inttypes.h>
#include <stdio.h>

struct recording {
    char text[8192];
    size_t length;
    size_t events;
    size_t stop_at; /* 0: never */
};

/* What does not fit is dropped. */
static void put(struct recording *recording, const char *before, struct dnp_slice text, const char *after)
{
    int written = snprintf(recording->text + recording->length, sizeof recording->text - recording->length, "%s%.*s%s",
                           before, (int)text.length, text.data, after);
    recording->length += (size_t)written;
    if (recording->length >= sizeof recording->text) {
        recording->length = sizeof recording->text - 1;
    }
}

static bool record(struct recording *recording, const char *before, struct dnp_slice text, const char *after)
{
    put(recording, before, text, after);
    recording->events++;
    return recording->events != recording->stop_at;
}

static bool record_begin(void *context, const struct dnp_field *field)
{
    return record(context, "", dnp_slice_of(field->name), "{");
}

static bool record_end(void *context, const struct dnp_field *field)
{
    (void)field;
    return record(context, "", dnp_slice_of(""), "}");
}

static bool record_value(void *context, const struct dnp_field *field, const struct dnp_value *value)
{
    struct recording *recording = context;
    char digits[32];
    struct dnp_slice text = value->text;
    if (field->type->kind == DNP_INT) {
        (void)snprintf(digits, sizeof digits, "%" PRId64, value->integer);
        text = dnp_slice_of(digits);
    } else if (field->type->kind == DNP_BOOL) {
        text = dnp_slice_of(value->boolean ? "true" : "false");
    }
    put(recording, "", dnp_slice_of(field->name), "=");
    return record(recording, "", text, ";");
}

static bool record_table(void *context, const struct dnp_table *table, size_t index)
{
    (void)index;
    return record(context, "table ", dnp_slice_of(table->name), ";");
}

static bool record_row_begin(void *context, const struct dnp_table *table, size_t index)
{
    (void)table;
    (void)index;
    return record(context, "(", dnp_slice_of(""), "");
}

static bool record_row_end(void *context, const struct dnp_table *table, size_t index)
{
    (void)table;
    (void)index;
    return record(context, ")", dnp_slice_of(""), "");
}

static bool record_unknown(void *context, struct dnp_slice xml)
{
    return record(context, "?", xml, "?");
}

static inline struct dnp_sink recording_sink(struct recording *recording)
{
    struct dnp_sink sink = {recording,    record_begin,     record_end,     record_value,
                            record_table, record_row_begin, record_row_end, record_unknown};
    memset(recording, 0, sizeof *recording);
    return sink;
}

#endif
