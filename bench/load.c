/*
 * Many clients at once: each thread has a session of its own and calls UserExists, and AddUser once in a while, until
 * the time is over. Prints how many calls were made and how many failed; ends with 1 when any did.
 * usage: load URL CONNECTIONS SECONDS
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "dnp.h"
#include "lookup/find.h"

#define MAX_CONNECTIONS 256
#define CHANGE_EVERY 50

struct client {
    pthread_t thread;
    const char *url;
    int number;
    time_t until;
    long calls;
    long failures;
    char first_failure[DNP_MESSAGE_SIZE];
    char name[64];
};

static enum dnp_presence give(void *context, const struct dnp_field *field, size_t index, struct dnp_value *value,
                              struct dnp_error *error)
{
    const struct client *client = context;
    (void)index, (void)error;
    value->text = dnp_slice_of(client->name);
    value->integer = 1;
    value->boolean = false;
    return field->type->kind == DNP_DATETIME ? DNP_MISSING : DNP_PRESENT;
}

static void leave(void *context, const struct dnp_field *field)
{
    (void)context, (void)field;
}

static bool ignore_field(void *context, const struct dnp_field *field)
{
    (void)context, (void)field;
    return true;
}

static bool ignore_value(void *context, const struct dnp_field *field, const struct dnp_value *value)
{
    (void)context, (void)field, (void)value;
    return true;
}

/* What one thread has for itself. */
struct line {
    struct dnp_session *session;
    struct dnp_loop *loop;
    struct dnp_transport *transport;
};

static bool exchange(const struct line *line, struct dnp_call *call, struct dnp_error *error)
{
    const struct dnp_exchange_options options = {.timeout = 0};
    const struct dnp_sink sink = {.begin = ignore_field, .end = ignore_field, .value = ignore_value};
    struct dnp_exchange exchange;
    if (!dnp_exchange_start(&exchange, &dnp_curl_functions, line->transport, call, &options, error)) {
        return false;
    }
    for (;;) {
        switch (dnp_exchange_step(&exchange, &sink, error)) {
        case DNP_EXCHANGE_GOOD:
            return true;
        case DNP_EXCHANGE_FAILED:
            return false;
        case DNP_EXCHANGE_FED:
            break;
        case DNP_EXCHANGE_WAITING:
            if (!dnp_curl_functions.loop_wait(line->loop, 60, error)) {
                dnp_exchange_end(&exchange);
                return false;
            }
            (void)dnp_curl_functions.loop_ready(line->loop);
            break;
        }
    }
}

static bool make_call(const struct line *line, struct client *client, const struct dnp_operation *operation,
                      struct dnp_error *error)
{
    const struct dnp_source source = {.context = client, .get = give, .leave = leave};
    struct dnp_call *call = dnp_call_new(line->session, operation, error);
    bool good = call != NULL && dnp_call_encode(call, &source, error) && exchange(line, call, error);
    dnp_call_free(call);
    return good;
}

static bool connect_line(struct line *line, const char *url, struct dnp_error *error)
{
    const struct dnp_session_options session = {
        .url = url, .username = "serveradmin", .password = "serveradmin", .dialect = &dnp_dialects[0]};
    const struct dnp_transport_options transport = {.proxy = ""};
    line->session = dnp_session_new(&session, error);
    line->loop = line->session != NULL ? dnp_curl_functions.loop_new(error) : NULL;
    line->transport = line->loop != NULL ? dnp_curl_functions.transport_new(line->loop, &transport, error) : NULL;
    return line->transport != NULL;
}

static void disconnect_line(const struct line *line)
{
    if (line->transport != NULL) {
        dnp_curl_functions.transport_free(line->transport);
    }
    if (line->loop != NULL) {
        dnp_curl_functions.loop_free(line->loop);
    }
    dnp_session_free(line->session);
}

static void note_failure(struct client *client, const struct dnp_error *error)
{
    if (client->failures++ == 0) {
        (void)snprintf(client->first_failure, sizeof client->first_failure, "%s", error->message);
    }
}

static void *run(void *context)
{
    struct client *client = context;
    struct dnp_error error = {0};
    struct line line = {.session = NULL};
    if (!connect_line(&line, client->url, &error)) {
        note_failure(client, &error);
        disconnect_line(&line);
        return NULL;
    }
    while (time(NULL) < client->until) {
        bool change = client->calls % CHANGE_EVERY == 0;
        (void)snprintf(client->name, sizeof client->name, "load-%ld-%d-%ld", (long)getpid(), client->number,
                       client->calls);
        client->calls++;
        if (!make_call(&line, client, dnp_find_operation(change ? "AddUser" : "UserExists", DNP_DOTNETPANEL), &error)) {
            note_failure(client, &error);
        }
    }
    disconnect_line(&line);
    return NULL;
}

int main(int argc, char **argv)
{
    static struct client clients[MAX_CONNECTIONS];
    int count = argc > 3 ? atoi(argv[2]) : 0;
    long calls = 0;
    long failures = 0;
    if (count < 1 || count > MAX_CONNECTIONS) {
        (void)fprintf(stderr, "usage: load URL CONNECTIONS SECONDS\n");
        return 2;
    }
    for (int i = 0; i < count; i++) {
        clients[i].url = argv[1];
        clients[i].number = i;
        clients[i].until = time(NULL) + atoi(argv[3]);
        if (pthread_create(&clients[i].thread, NULL, run, &clients[i]) != 0) {
            return 1;
        }
    }
    for (int i = 0; i < count; i++) {
        (void)pthread_join(clients[i].thread, NULL);
        calls += clients[i].calls;
        failures += clients[i].failures;
        if (clients[i].failures > 0) {
            (void)fprintf(stderr, "connection %d: %s\n", i, clients[i].first_failure);
        }
    }
    (void)printf("%ld calls on %d connections, %ld failed\n", calls, count, failures);
    return failures == 0 && calls > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
