/*
 * Who called what with which arguments. Secrets never enter; long texts are cut.
 *
 * An entry's memory is one block: the arguments, then their texts.
 */
#include "sandbox/http/calls.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soap/redact.h"

#define MAX_LOGGED_TEXT ((size_t)1024)
#define MAX_SETTINGS ((size_t)16 * 1024 * 1024)

struct entry {
    struct dnp_sandbox_call call;
    char caller[DNP_NAME_SIZE];
    void *block;
};

struct dnp_calls {
    pthread_mutex_t mutex;
    struct entry *ring; /* entry of call n at n % DNP_SANDBOX_MAX_CALLS */
    uint64_t last;
    uint64_t *counts; /* in the order of dnp_operations; of those without an operation at the end */
};

struct dnp_calls *dnp_calls_new(void)
{
    struct dnp_calls *calls = calloc(1, sizeof *calls);
    if (calls == NULL) {
        return NULL;
    }
    calls->ring = calloc(DNP_SANDBOX_MAX_CALLS, sizeof *calls->ring);
    calls->counts = calloc(dnp_operation_count + 1, sizeof *calls->counts);
    if (calls->ring == NULL || calls->counts == NULL || pthread_mutex_init(&calls->mutex, NULL) != 0) {
        free(calls->ring);
        free(calls->counts);
        free(calls);
        return NULL;
    }
    return calls;
}

static void empty_ring(struct dnp_calls *calls)
{
    for (size_t i = 0; i < DNP_SANDBOX_MAX_CALLS; i++) {
        free(calls->ring[i].block);
        memset(&calls->ring[i], 0, sizeof calls->ring[i]);
    }
}

void dnp_calls_free(struct dnp_calls *calls)
{
    if (calls != NULL) {
        empty_ring(calls);
        free(calls->ring);
        free(calls->counts);
        (void)pthread_mutex_destroy(&calls->mutex);
        free(calls);
    }
}

static size_t count_index(const struct dnp_operation *operation)
{
    return operation != NULL ? (size_t)(operation - dnp_operations) : dnp_operation_count;
}

static bool is_secret(const struct dnp_parameter *parameter)
{
    return (parameter->field->flags & DNP_SECRET) != 0;
}

static bool holds_settings(const struct dnp_parameter *parameter)
{
    return parameter->record != NULL && parameter->record->type == &dnp_type_user_settings &&
           parameter->field->type->kind == DNP_ARRAY && parameter->value.kind == DNP_SQL_TEXT;
}

/* The string of JSON that begins at `at`, its quotes included. */
static size_t string_length(struct dnp_slice json, size_t at)
{
    size_t end = at + 1;
    while (end < json.length && json.data[end] != '"') {
        end += json.data[end] == '\\' ? 2 : 1;
    }
    return (end < json.length ? end + 1 : json.length) - at;
}

/* Copies [["Name","value"],...] without the values of those whose names say that they are secret. */
static void copy_settings(struct dnp_slice json, struct dnp_buffer *out)
{
    bool name = true; /* the next string is a name */
    bool secret = false;
    for (size_t at = 0; at < json.length;) {
        size_t length = json.data[at] == '"' ? string_length(json, at) : 1;
        struct dnp_slice piece = {json.data + at, length};
        name = name || json.data[at] == '[';
        if (json.data[at] == '"') {
            secret = name ? dnp_is_secret_setting(piece) : secret;
            piece = !name && secret ? dnp_slice_of("\"" DNP_REDACTED "\"") : piece;
            name = false;
        }
        dnp_buffer_append(out, piece.data, piece.length);
        at += length;
    }
}

/* A request has settings once at most. */
static void take_settings(const struct dnp_parameters *parameters, struct dnp_buffer *settings)
{
    for (size_t i = 0; parameters != NULL && i < parameters->count; i++) {
        const struct dnp_parameter *parameter = &parameters->items[i];
        if (parameter->sent && holds_settings(parameter)) {
            struct dnp_slice json = {parameter->value.text, parameter->value.length};
            copy_settings(json, settings);
        }
    }
}

/* What of a parameter is logged as text; that of settings is `settings`. */
static struct dnp_slice logged_text(const struct dnp_parameter *parameter, const struct dnp_buffer *settings)
{
    struct dnp_slice text = {parameter->value.text, parameter->value.length};
    if (is_secret(parameter)) {
        return dnp_slice_of(DNP_REDACTED);
    }
    if (parameter->value.kind != DNP_SQL_TEXT) {
        return dnp_slice_of("");
    }
    if (holds_settings(parameter)) {
        text = settings->state == DNP_BUFFER_OK ? (struct dnp_slice){settings->data, settings->length}
                                                : dnp_slice_of(DNP_REDACTED);
    }
    return dnp_slice_cut(text, MAX_LOGGED_TEXT);
}

static void measure(const struct dnp_parameters *parameters, const struct dnp_buffer *settings, size_t *count,
                    size_t *bytes)
{
    *count = 0;
    *bytes = 0;
    for (size_t i = 0; parameters != NULL && i < parameters->count; i++) {
        if (parameters->items[i].sent) {
            ++*count;
            *bytes += logged_text(&parameters->items[i], settings).length + 1;
        }
    }
}

static void copy_arguments(struct entry *entry, const struct dnp_parameters *parameters,
                           const struct dnp_buffer *settings, size_t count)
{
    struct dnp_sandbox_argument *argument = entry->block;
    char *texts = (char *)(argument + count);
    for (size_t i = 0; i < parameters->count; i++) {
        const struct dnp_parameter *parameter = &parameters->items[i];
        if (!parameter->sent) {
            continue;
        }
        struct dnp_slice text = logged_text(parameter, settings);
        memcpy(texts, text.data, text.length);
        texts[text.length] = '\0';
        argument->record = parameter->record;
        argument->field = parameter->field;
        argument->value = dnp_sql_value_borrow(&parameter->value);
        if (is_secret(parameter)) {
            argument->value.kind = DNP_SQL_TEXT;
        }
        argument->value.text.data = texts;
        argument->value.text.length = text.length;
        texts += text.length + 1;
        argument++;
    }
    entry->call.arguments = entry->block;
    entry->call.argument_count = count;
}

static struct entry *entry_of(struct dnp_calls *calls, uint64_t number)
{
    struct entry *entry = &calls->ring[number % DNP_SANDBOX_MAX_CALLS];
    return entry->call.number == number ? entry : NULL;
}

uint64_t dnp_calls_begin(struct dnp_calls *calls, const struct dnp_operation *operation, const char *caller,
                         const struct dnp_parameters *parameters)
{
    size_t count = 0;
    size_t bytes = 0;
    struct dnp_buffer settings;
    dnp_buffer_init(&settings, MAX_SETTINGS);
    take_settings(parameters, &settings);
    measure(parameters, &settings, &count, &bytes);
    void *block = count > 0 ? malloc(count * sizeof(struct dnp_sandbox_argument) + bytes) : NULL;
    (void)pthread_mutex_lock(&calls->mutex);
    uint64_t number = ++calls->last;
    calls->counts[count_index(operation)]++;
    struct entry *entry = &calls->ring[number % DNP_SANDBOX_MAX_CALLS];
    free(entry->block);
    memset(entry, 0, sizeof *entry);
    entry->block = block;
    entry->call.number = number;
    entry->call.operation = operation;
    (void)snprintf(entry->caller, sizeof entry->caller, "%s", caller);
    entry->call.caller = entry->caller;
    if (block != NULL) {
        copy_arguments(entry, parameters, &settings, count);
    }
    (void)pthread_mutex_unlock(&calls->mutex);
    dnp_buffer_free(&settings);
    return number;
}

void dnp_calls_end(struct dnp_calls *calls, uint64_t number, int64_t code, int http_status)
{
    (void)pthread_mutex_lock(&calls->mutex);
    struct entry *entry = entry_of(calls, number);
    if (entry != NULL) {
        entry->call.code = code;
        entry->call.http_status = http_status;
    }
    (void)pthread_mutex_unlock(&calls->mutex);
}

void dnp_calls_mark(struct dnp_calls *calls, uint64_t number, const char *injection)
{
    (void)pthread_mutex_lock(&calls->mutex);
    struct entry *entry = entry_of(calls, number);
    if (entry != NULL) {
        entry->call.injection = injection;
    }
    (void)pthread_mutex_unlock(&calls->mutex);
}

void dnp_calls_each(struct dnp_calls *calls, const struct dnp_operation *operation, dnp_sandbox_visit_call *visit,
                    void *context)
{
    (void)pthread_mutex_lock(&calls->mutex);
    uint64_t first = calls->last > DNP_SANDBOX_MAX_CALLS ? calls->last - DNP_SANDBOX_MAX_CALLS + 1 : 1;
    for (uint64_t number = first; number <= calls->last; number++) {
        const struct entry *entry = entry_of(calls, number);
        if (entry != NULL && (operation == NULL || entry->call.operation == operation) &&
            !visit(context, &entry->call)) {
            break;
        }
    }
    (void)pthread_mutex_unlock(&calls->mutex);
}

uint64_t dnp_calls_count(struct dnp_calls *calls, const struct dnp_operation *operation)
{
    uint64_t count = 0;
    (void)pthread_mutex_lock(&calls->mutex);
    if (operation != NULL) {
        count = calls->counts[count_index(operation)];
    }
    for (size_t i = 0; operation == NULL && i <= dnp_operation_count; i++) {
        count += calls->counts[i];
    }
    (void)pthread_mutex_unlock(&calls->mutex);
    return count;
}

void dnp_calls_clear(struct dnp_calls *calls)
{
    (void)pthread_mutex_lock(&calls->mutex);
    empty_ring(calls);
    memset(calls->counts, 0, (dnp_operation_count + 1) * sizeof *calls->counts);
    (void)pthread_mutex_unlock(&calls->mutex);
}
