/*
 * A C program on libdnp: asks a panel whether a user name is taken. Build and run it with
 *
 *     cc user_exists.c -o user_exists $(pkg-config --cflags --libs libdnp-curl)
 *     DNP_PASSWORD=serveradmin ./user_exists http://127.0.0.1:9002 serveradmin jdoe
 */
#include <dnp.h>
#include <stdio.h>
#include <stdlib.h>

static const struct dnp_transport_functions *const curl = &dnp_curl_functions;

/* The operation has one parameter; its text is the context. */
static enum dnp_presence give(void *context, const struct dnp_field *field, size_t index, struct dnp_value *value,
                              struct dnp_error *error)
{
    (void)field, (void)index, (void)error;
    value->text = dnp_slice_of(context);
    return DNP_PRESENT;
}

/* Its result is a boolean. */
static bool take(void *context, const struct dnp_field *field, const struct dnp_value *value)
{
    (void)field;
    *(bool *)context = value->boolean;
    return true;
}

/* Waits for the panel and hands what arrives to the sink, until the call is over. */
static bool finish(struct dnp_exchange *exchange, struct dnp_loop *loop, const struct dnp_sink *sink,
                   struct dnp_error *error)
{
    for (;;) {
        struct dnp_error broken;
        enum dnp_exchange_state state = dnp_exchange_step(exchange, sink, error);
        if (state == DNP_EXCHANGE_GOOD || state == DNP_EXCHANGE_FAILED) {
            return state == DNP_EXCHANGE_GOOD;
        }
        while (state == DNP_EXCHANGE_WAITING && curl->loop_ready(loop) == NULL) {
            if (!curl->loop_wait(loop, 1, &broken)) {
                dnp_exchange_end(exchange);
                return dnp_call_break(exchange->call, &broken, error);
            }
        }
    }
}

static bool user_exists(struct dnp_session *session, char *username, bool *exists, struct dnp_error *error)
{
    const struct dnp_source source = {.context = username, .get = give};
    const struct dnp_sink sink = {.context = exists, .value = take};
    const struct dnp_operation *operation = dnp_find_operation("UserExists", DNP_DOTNETPANEL);
    const struct dnp_transport_options checked = {.insecure = false};
    const struct dnp_exchange_options usual = {.timeout = 0};
    struct dnp_exchange exchange = {.transfer = NULL};
    struct dnp_loop *loop = curl->loop_new(error);
    struct dnp_transport *transport = loop != NULL ? curl->transport_new(loop, &checked, error) : NULL;
    struct dnp_call *call = transport != NULL ? dnp_call_new(session, operation, error) : NULL;
    bool good = call != NULL && dnp_call_encode(call, &source, error) &&
                dnp_exchange_start(&exchange, curl, transport, call, &usual, error) &&
                finish(&exchange, loop, &sink, error);
    dnp_call_free(call);
    if (transport != NULL) {
        curl->transport_free(transport);
    }
    if (loop != NULL) {
        curl->loop_free(loop);
    }
    return good;
}

int main(int argc, char **argv)
{
    const char *password = getenv("DNP_PASSWORD");
    if (argc != 4 || password == NULL) {
        (void)fprintf(stderr, "usage: DNP_PASSWORD=... user_exists URL CALLER USERNAME\n");
        return 2;
    }
    struct dnp_session_options options = {
        .url = argv[1], .username = argv[2], .password = password, .dialect = dnp_find_dialect("dotnetpanel")};
    struct dnp_error error;
    bool exists = false;
    struct dnp_session *session = dnp_session_new(&options, &error);
    bool good = session != NULL && user_exists(session, argv[3], &exists, &error);
    dnp_session_free(session);
    if (!good) {
        (void)fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    (void)printf("%s is %s\n", argv[3], exists ? "taken" : "free");
    return 0;
}
