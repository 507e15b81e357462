/*
 * Many calls of one session: however their steps are mixed, each ends as it would alone, and nothing of one shows in
 * another.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client_calls.h"

#define STEPS 7

/* How one call goes when it is alone. */
struct scenario {
    const char *operation;
    struct pair pairs[5];
    int status;
    const char *body;
    bool good;
    const char *message; /* or what the sink gets */
    const char *request; /* what is in the request */
    const char *fault;   /* the whole text of the fault, cleaned */
};

static const struct scenario scenarios[] = {
    {"ChangeUserPassword",
     {{"userId", "5"}, {"password", "first-secret"}},
     500,
     FAULT("soap:Server", "first-secret is too weak\n at first-secret"),
     false,
     "ChangeUserPassword: [redacted] is too weak",
     "<password>first-secret</password>",
     "[redacted] is too weak\n at [redacted]"},
    {"AddUser",
     {{"Username", "bob"}, {"Password", "second-secret"}, {"OwnerId", "1"}, {"sendLetter", "true"}},
     500,
     FAULT("soap:Client", "not second-secret, as pa&amp;ss&lt;word> was"),
     false,
     "AddUser: not [redacted], as [redacted] was",
     "<Password>second-secret</Password>",
     "not [redacted], as [redacted] was"},
    {"GetUserByUsernamePassword",
     {{"username", "jim"}, {"password", "third-secret"}, {"ip", "127.0.0.1"}},
     200,
     RESPONSE("GetUserByUsernamePassword",
              "<GetUserByUsernamePasswordResult><Password>third-secret</Password></GetUserByUsernamePasswordResult>"),
     true,
     "GetUserByUsernamePasswordResult{Password=third-secret;}",
     "<password>third-secret</password>",
     ""},
    {"AuthenticateUser",
     {{"username", "jim"}, {"password", "fourth-secret"}, {"ip", "127.0.0.1"}},
     200,
     RESPONSE("AuthenticateUser", "<AuthenticateUserResult>-110</AuthenticateUserResult>"),
     false,
     NULL,
     "<password>fourth-secret</password>",
     ""},
};
#define STORIES (sizeof scenarios / sizeof scenarios[0])

static const char all_secrets[] = "first-secret second-secret third-secret fourth-secret " PASSWORD;

/* A call somewhere in its scenario. */
struct run {
    const struct scenario *scenario;
    struct dnp_session *session;
    struct dnp_call *call;
    struct recording recording;
    struct dnp_sink sink;
    struct dnp_error error;
    bool good;
};

static void check_request(const struct run *run)
{
    const struct dnp_call_request *request = dnp_call_request(run->call);
    assert_non_null(strstr(request->body.data, run->scenario->request));
    assert_non_null(strstr(request->headers[1], run->scenario->operation));
}

/* Of all secrets it hides its own and the session's. */
static void check_secrets(const struct run *run)
{
    struct dnp_buffer out;
    size_t hidden = 0;
    dnp_buffer_init(&out, 1000);
    assert_true(dnp_call_redact(run->call, &out, dnp_slice_of(all_secrets)));
    for (const char *at = out.data; (at = strstr(at, "[redacted]")) != NULL; at++) {
        hidden++;
    }
    assert_int_equal(hidden, 2);
    for (size_t i = 0; i < STORIES; i++) {
        const char *secret = strchr(scenarios[i].request, '>') + 1;
        char text[100];
        (void)snprintf(text, sizeof text, "%.*s", (int)strcspn(secret, "<"), secret);
        assert_int_equal(strstr(out.data, text) == NULL, run->scenario == &scenarios[i]);
    }
    dnp_buffer_free(&out);
}

static void check_end(const struct run *run)
{
    const struct scenario *scenario = run->scenario;
    assert_int_equal(run->good, scenario->good);
    assert_int_equal(dnp_call_status(run->call), scenario->status);
    if (scenario->good) {
        assert_string_equal(run->recording.text, scenario->message);
    } else if (scenario->message != NULL) {
        assert_string_equal(run->error.message, scenario->message);
        assert_string_equal(dnp_call_fault_text(run->call).data, scenario->fault);
    } else {
        assert_int_equal(run->error.code, -110);
        assert_int_equal(dnp_call_fault_text(run->call).length, 0);
    }
    assert_string_equal(dnp_call_excerpt(run->call).data, scenario->body);
}

static void feed_half(struct run *run, bool second)
{
    const char *body = run->scenario->body;
    size_t half = strlen(body) / 2;
    struct dnp_slice bytes = {second ? body + half : body, second ? strlen(body) - half : half};
    assert_true(dnp_call_feed(run->call, bytes, &run->error));
}

static void take_step(struct run *run, size_t step)
{
    const struct scenario *scenario = run->scenario;
    const struct dnp_source source = source_of(scenario->pairs);
    const struct dnp_response_head head = {.status = scenario->status, .content_type = "text/xml"};
    switch (step) {
    case 0:
        run->call = new_call(run->session, scenario->operation);
        break;
    case 1:
        assert_true(dnp_call_encode(run->call, &source, &run->error));
        break;
    case 2:
        check_request(run);
        run->sink = recording_sink(&run->recording);
        assert_true(dnp_call_head(run->call, &head, &run->sink, &run->error));
        break;
    case 3:
    case 4:
        feed_half(run, step == 4);
        break;
    case 5:
        run->good = dnp_call_finish(run->call, &run->error);
        break;
    default:
        check_request(run);
        check_secrets(run);
        check_end(run);
        dnp_call_free(run->call);
        break;
    }
}

static struct dnp_session *tracing_session(void)
{
    struct dnp_session_options options = session_options();
    options.keep_excerpts = true;
    return session_with(&options);
}

static void begin(struct run *run, struct dnp_session *session, const struct scenario *scenario)
{
    memset(run, 0, sizeof *run);
    run->session = session;
    run->scenario = scenario;
}

/* Bit i of `order` says whose step is the i-th. */
static void tell_two(struct dnp_session *session, const struct scenario *one, const struct scenario *other,
                     unsigned order)
{
    static struct run runs[2];
    size_t steps[2] = {0, 0};
    begin(&runs[0], session, one);
    begin(&runs[1], session, other);
    for (size_t i = 0; i < 2 * STEPS; i++) {
        size_t whose = (order >> i) & 1U;
        take_step(&runs[whose], steps[whose]);
        steps[whose]++;
    }
}

static size_t bits(unsigned number)
{
    size_t count = 0;
    for (; number != 0; number >>= 1) {
        count += number & 1U;
    }
    return count;
}

static void test_two_in_every_order(void **state)
{
    struct dnp_session *session = tracing_session();
    size_t orders = 0;
    (void)state;
    for (unsigned order = 0; order < 1U << (2 * STEPS); order++) {
        if (bits(order) == STEPS) {
            size_t one = orders % STORIES;
            size_t other = orders / STORIES % STORIES;
            tell_two(session, &scenarios[one], &scenarios[other], order);
            tell_two(session, &scenarios[0], &scenarios[1], order);
            orders++;
        }
    }
    assert_int_equal(orders, 3432);
    dnp_session_free(session);
}

/* The same numbers in every run. */
static size_t next_random(uint32_t *seed, size_t below)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % below;
}

static void test_many_in_any_order(void **state)
{
    enum { COUNT = 1000 };
    struct dnp_session *session = tracing_session();
    struct run *runs = calloc(COUNT, sizeof *runs);
    size_t *steps = calloc(COUNT, sizeof *steps);
    uint32_t seed = 7;
    size_t left = COUNT;
    (void)state;
    assert_non_null(runs);
    assert_non_null(steps);
    for (size_t i = 0; i < COUNT; i++) {
        begin(&runs[i], session, &scenarios[i % STORIES]);
        take_step(&runs[i], steps[i]++);
    }
    while (left > 0) {
        size_t i = next_random(&seed, COUNT);
        while (steps[i] == STEPS) {
            i = (i + 1) % COUNT;
        }
        take_step(&runs[i], steps[i]++);
        left -= steps[i] == STEPS;
    }
    free(runs);
    free(steps);
    dnp_session_free(session);
}

static void test_closed_in_the_middle(void **state)
{
    (void)state;
    for (size_t step = 1; step < STEPS; step++) {
        struct dnp_session *session = tracing_session();
        struct run runs[STORIES];
        for (size_t i = 0; i < STORIES; i++) {
            begin(&runs[i], session, &scenarios[i]);
        }
        for (size_t j = 0; j < STEPS; j++) {
            if (j == step) {
                dnp_session_free(session);
            }
            for (size_t i = 0; i < STORIES; i++) {
                take_step(&runs[i], j);
            }
        }
    }
}

/* One that is given up in the middle, in whatever state, leaves nothing for the next. */
static void test_given_up(void **state)
{
    struct dnp_session *session = tracing_session();
    (void)state;
    for (size_t steps = 1; steps < STEPS; steps++) {
        for (size_t i = 0; i < STORIES; i++) {
            struct run run;
            begin(&run, session, &scenarios[i]);
            for (size_t j = 0; j < steps; j++) {
                take_step(&run, j);
            }
            dnp_call_free(run.call);
            begin(&run, session, &scenarios[(i + 1) % STORIES]);
            for (size_t j = 0; j < STEPS; j++) {
                take_step(&run, j);
            }
        }
    }
    dnp_session_free(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_in_every_order),
        cmocka_unit_test(test_many_in_any_order),
        cmocka_unit_test(test_closed_in_the_middle),
        cmocka_unit_test(test_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
