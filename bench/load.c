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

#include "client/session.h"

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

static bool call(struct dnp_session *session, struct client *client, const struct dnp_operation *operation,
                 struct dnp_error *error)
{
    const struct dnp_source source = {.context = client, .get = give, .leave = leave};
    const struct dnp_sink sink = {.begin = ignore_field, .end = ignore_field, .value = ignore_value};
    struct dnp_request request;
    bool done = false;
    if (!dnp_session_request(session, operation, &source, &request, error) ||
        !dnp_session_start(session, operation, &sink, error)) {
        return false;
    }
    while (!done) {
        if (!dnp_session_next(session, &done, error)) {
            return false;
        }
    }
    return true;
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
    const struct dnp_session_options options = {
        .url = client->url,
        .username = "serveradmin",
        .password = "serveradmin",
        .dialect = &dnp_dialects[0],
        .http = {.timeout = 30, .connect_timeout = 10, .verify = true, .proxy = "", .max_response_bytes = 1 << 20}};
    struct dnp_error error = {0};
    struct dnp_session *session = dnp_session_new(&options, &error);
    if (session == NULL) {
        note_failure(client, &error);
        return NULL;
    }
    while (time(NULL) < client->until) {
        bool change = client->calls % CHANGE_EVERY == 0;
        (void)snprintf(client->name, sizeof client->name, "load-%ld-%d-%ld", (long)getpid(), client->number,
                       client->calls);
        client->calls++;
        if (!call(session, client, dnp_find_operation(change ? "AddUser" : "UserExists", DNP_DOTNETPANEL), &error)) {
            note_failure(client, &error);
        }
    }
    dnp_session_free(session);
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
