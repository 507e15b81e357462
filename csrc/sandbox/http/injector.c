/*
 * Rules are tried in the order they were given; each counts the calls it matches, and ends after its times.
 *
 * A rule's number stays valid after it was cleared, so that its applications can still be asked for.
 */
#include "sandbox/http/injector.h"
#include "lookup/find.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* How often a waiting thread looks whether its client is still there. */
#define SLICE_MILLISECONDS 20

const char *const dnp_injection_names[DNP_INJECT_COUNT] = {"delay", "fault", "html", "cut", "drop", "hang", "refuse"};

struct rule {
    const struct dnp_operation *operation; /* NULL: every one */
    struct dnp_injected injected;
    unsigned skip;  /* matching calls before the first application */
    unsigned times; /* 0: without end */
    double rate;
    uint64_t prng;
    uint64_t applied;
    bool active;
};

struct dnp_injector {
    pthread_mutex_t mutex;
    struct rule *rules;
    size_t count;
    uint64_t applied;
    uint64_t generation; /* grows when the rules are cleared */
    bool stopping;
};

struct dnp_injector *dnp_injector_new(void)
{
    struct dnp_injector *injector = calloc(1, sizeof *injector);
    if (injector != NULL && pthread_mutex_init(&injector->mutex, NULL) != 0) {
        free(injector);
        return NULL;
    }
    return injector;
}

void dnp_injector_free(struct dnp_injector *injector)
{
    if (injector != NULL) {
        free(injector->rules);
        (void)pthread_mutex_destroy(&injector->mutex);
        free(injector);
    }
}

static bool can_refuse(const struct dnp_operation *operation)
{
    return operation->result_kind != DNP_RESULT_VALUE;
}

static bool check(const struct dnp_sandbox_rule *rule, const struct dnp_operation *operation, struct dnp_error *error)
{
    if (rule->operation != NULL && operation == NULL) {
        return dnp_fail(error, DNP_USAGE, "the panel has no operation '%s'", rule->operation);
    }
    if (rule->injection == DNP_INJECT_REFUSE && rule->code >= 0) {
        return dnp_fail(error, DNP_USAGE, "field 'code' must be negative");
    }
    if (rule->injection == DNP_INJECT_REFUSE && operation != NULL && !can_refuse(operation)) {
        return dnp_fail(error, DNP_USAGE, "%s cannot refuse: its result has no code", operation->name);
    }
    if (rule->injection == DNP_INJECT_REFUSE && rule->after) {
        return dnp_fail(error, DNP_USAGE, "a refusal is always before the change");
    }
    if (rule->text != NULL && strlen(rule->text) >= DNP_INJECTED_TEXT) {
        return dnp_fail(error, DNP_USAGE, "field 'text' must be shorter than %d bytes", DNP_INJECTED_TEXT);
    }
    if (!(rule->rate >= 0 && rule->rate <= 1)) {
        return dnp_fail(error, DNP_USAGE, "field 'rate' must be from 0 to 1");
    }
    if (!(rule->seconds >= 0)) {
        return dnp_fail(error, DNP_USAGE, "field 'seconds' must not be negative");
    }
    if (rule->status != 0 && (rule->status < 200 || rule->status > 599)) {
        return dnp_fail(error, DNP_USAGE, "field 'status' must be from 200 to 599");
    }
    return true;
}

static void fill(struct rule *made, const struct dnp_sandbox_rule *rule, const struct dnp_operation *operation)
{
    memset(made, 0, sizeof *made);
    made->operation = operation;
    made->skip = rule->nth > 1 ? rule->nth - 1 : 0;
    made->times = rule->times;
    made->rate = rule->rate > 0 ? rule->rate : 1;
    made->prng = rule->seed;
    made->active = true;
    made->injected.any = true;
    made->injected.injection = rule->injection;
    made->injected.after = rule->after || rule->injection == DNP_INJECT_CUT;
    made->injected.seconds = rule->seconds;
    made->injected.status = rule->status != 0 ? rule->status : 502;
    made->injected.code = rule->code;
    made->injected.bytes = rule->bytes;
    (void)snprintf(made->injected.text, sizeof made->injected.text, "%s",
                   rule->text != NULL ? rule->text : "The sandbox was told to fail.");
}

unsigned dnp_injector_add(struct dnp_injector *injector, const struct dnp_sandbox_rule *rule, enum dnp_dialect dialect,
                          struct dnp_error *error)
{
    const struct dnp_operation *operation =
        rule->operation != NULL ? dnp_find_operation(rule->operation, dialect) : NULL;
    unsigned number = 0;
    if (!check(rule, operation, error)) {
        return 0;
    }
    (void)pthread_mutex_lock(&injector->mutex);
    struct rule *rules = realloc(injector->rules, (injector->count + 1) * sizeof *rules);
    if (rules != NULL) {
        injector->rules = rules;
        fill(&rules[injector->count], rule, operation);
        number = (unsigned)++injector->count;
    } else {
        dnp_fail_memory(error);
    }
    (void)pthread_mutex_unlock(&injector->mutex);
    return number;
}

void dnp_injector_clear(struct dnp_injector *injector)
{
    (void)pthread_mutex_lock(&injector->mutex);
    for (size_t i = 0; i < injector->count; i++) {
        injector->rules[i].active = false;
    }
    injector->generation++;
    (void)pthread_mutex_unlock(&injector->mutex);
}

uint64_t dnp_injector_applied(struct dnp_injector *injector, unsigned rule)
{
    uint64_t applied = 0;
    (void)pthread_mutex_lock(&injector->mutex);
    if (rule == 0) {
        applied = injector->applied;
    } else if (rule <= injector->count) {
        applied = injector->rules[rule - 1].applied;
    }
    (void)pthread_mutex_unlock(&injector->mutex);
    return applied;
}

/* splitmix64, from 0 to 1. */
static double next_random(uint64_t *prng)
{
    *prng += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = *prng;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    mixed ^= mixed >> 31;
    return (double)(mixed >> 11) / 9007199254740992.0;
}

static bool applies(struct rule *rule, const struct dnp_operation *operation)
{
    if (!rule->active || (rule->operation != NULL && rule->operation != operation)) {
        return false;
    }
    if (rule->skip > 0) {
        rule->skip--;
        return false;
    }
    if (rule->injected.injection == DNP_INJECT_REFUSE && !can_refuse(operation)) {
        return false;
    }
    if (rule->rate < 1 && next_random(&rule->prng) >= rule->rate) {
        return false;
    }
    rule->applied++;
    if (rule->times > 0 && rule->applied >= rule->times) {
        rule->active = false;
    }
    return true;
}

void dnp_injector_ask(struct dnp_injector *injector, const struct dnp_operation *operation,
                      struct dnp_injected *injected)
{
    injected->any = false;
    (void)pthread_mutex_lock(&injector->mutex);
    for (size_t i = 0; i < injector->count; i++) {
        if (applies(&injector->rules[i], operation)) {
            *injected = injector->rules[i].injected;
            injector->applied++;
            break;
        }
    }
    (void)pthread_mutex_unlock(&injector->mutex);
}

/* ---- waiting ---- */

static bool is_over(struct dnp_injector *injector, uint64_t generation, bool *stopping)
{
    (void)pthread_mutex_lock(&injector->mutex);
    *stopping = injector->stopping;
    bool over = injector->stopping || injector->generation != generation;
    (void)pthread_mutex_unlock(&injector->mutex);
    return over;
}

/* Sleeps a little, or until the client does something; false when it has gone. */
static bool nap(int socket, int milliseconds)
{
    struct pollfd watched = {socket, POLLIN, 0};
    char byte = 0;
    if (poll(&watched, 1, milliseconds) <= 0) {
        return true;
    }
    ssize_t peeked = recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (peeked == 0 || (watched.revents & (POLLHUP | POLLERR)) != 0) {
        return false;
    }
    /* It speaks, so poll would return at once. */
    struct timespec pause = {0, (long)milliseconds * 1000000L};
    (void)nanosleep(&pause, NULL);
    return true;
}

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

bool dnp_injector_wait(struct dnp_injector *injector, double seconds, int socket)
{
    bool stopping = false;
    double start = now();
    (void)pthread_mutex_lock(&injector->mutex);
    uint64_t generation = injector->generation;
    (void)pthread_mutex_unlock(&injector->mutex);
    while (!is_over(injector, generation, &stopping)) {
        double left = seconds < 0 ? 1 : start + seconds - now();
        if (left <= 0) {
            return true;
        }
        int milliseconds = left * 1000 < SLICE_MILLISECONDS ? (int)(left * 1000) + 1 : SLICE_MILLISECONDS;
        if (!nap(socket, milliseconds)) {
            return false;
        }
    }
    return !stopping && seconds >= 0;
}

void dnp_injector_stop(struct dnp_injector *injector)
{
    (void)pthread_mutex_lock(&injector->mutex);
    injector->stopping = true;
    (void)pthread_mutex_unlock(&injector->mutex);
}
