/*
 * A call over a transport that plays a script: what the transport is asked for, how often, and what becomes of what it
 * gives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/exchange.h"
#include "client_calls.h"
#include "scripted_transport.h"

static const struct dnp_exchange_options defaults = {.timeout = 0};

/* One session, one transport, one call after the other. */
struct stage {
    struct dnp_session *session;
    struct dnp_loop *loop;
    struct dnp_transport *transport;
    struct dnp_call *call;
    struct dnp_exchange exchange;
    struct recording recording;
    struct dnp_sink sink;
    struct dnp_error error;
    size_t waits; /* of the last exchange */
    size_t feeds;
};

static void open_stage(struct stage *stage, const struct script *scripts, size_t count)
{
    memset(stage, 0, sizeof *stage);
    stage->session = new_session();
    stage->loop = scripted_functions.loop_new(&stage->error);
    assert_non_null(stage->loop);
    stage->transport = scripted_functions.transport_new(stage->loop, NULL, &stage->error);
    assert_non_null(stage->transport);
    stage->transport->scripts = scripts;
    stage->transport->script_count = count;
}

static void close_stage(struct stage *stage)
{
    dnp_exchange_end(&stage->exchange);
    assert_int_equal(stage->transport->under_way, 0);
    dnp_call_free(stage->call);
    scripted_functions.transport_free(stage->transport);
    scripted_functions.loop_free(stage->loop);
    dnp_session_free(stage->session);
}

static bool start(struct stage *stage, const char *operation, const struct dnp_exchange_options *options)
{
    dnp_call_free(stage->call);
    stage->call = prepared_call(stage->session, operation);
    stage->sink = recording_sink(&stage->recording);
    stage->waits = 0;
    stage->feeds = 0;
    return dnp_exchange_start(&stage->exchange, &scripted_functions, stage->transport, stage->call, options,
                              &stage->error);
}

/* Steps until it is over, or the transport has nothing more to say. */
static enum dnp_exchange_state run(struct stage *stage)
{
    enum dnp_exchange_state progress = DNP_EXCHANGE_WAITING;
    size_t in_vain = 0;
    while (in_vain < 3 && (progress == DNP_EXCHANGE_WAITING || progress == DNP_EXCHANGE_FED)) {
        progress = dnp_exchange_step(&stage->exchange, &stage->sink, &stage->error);
        in_vain = progress == DNP_EXCHANGE_WAITING ? in_vain + 1 : 0;
        stage->waits += progress == DNP_EXCHANGE_WAITING;
        stage->feeds += progress == DNP_EXCHANGE_FED;
    }
    assert_int_equal(stage->exchange.transfer == NULL, in_vain == 0);
    return progress;
}

static enum dnp_exchange_state perform(struct stage *stage, const char *operation)
{
    return start(stage, operation, &defaults) ? run(stage) : DNP_EXCHANGE_FAILED;
}

#define XML_RESPONSE(number, text) \
    .status = (number), .headers = {"Content-Type: text/xml; charset=utf-8"}, .body = (text)

static void test_what_is_asked_for(void **state)
{
    static const struct script scripts[] = {{XML_RESPONSE(200, ADDED)}, {XML_RESPONSE(200, EXISTS)}};
    struct stage stage;
    struct dnp_exchange_options options = {.timeout = 7.5, .streams = true, .user = &stage};
    (void)state;
    open_stage(&stage, scripts, 2);
    assert_true(start(&stage, "AddUser", &options));
    const struct dnp_transport_request *asked = &stage.transport->asked;
    assert_string_equal(stage.transport->url, "http://host:9002/panel/esUsers.asmx");
    assert_string_equal(stage.transport->host, "host");
    assert_int_equal(asked->port, 9002);
    assert_string_equal(stage.transport->headers,
                        "Content-Type: text/xml; charset=utf-8\nSOAPAction: \"" NAMESPACE
                        "/AddUser\"\nAuthorization: Basic " AUTHORIZATION "\nUser-Agent: lua-dnp/" DNP_VERSION "\n");
    assert_string_equal(stage.transport->body, dnp_call_request(stage.call)->body.data);
    assert_true(asked->timeout == 7.5);
    assert_true(asked->mutates);
    assert_true(asked->streams);
    assert_ptr_equal(scripted_functions.transfer_user(stage.exchange.transfer), &stage);
    assert_int_equal(run(&stage), DNP_EXCHANGE_GOOD);
    assert_string_equal(stage.recording.text, "AddUserResult=7;");
    assert_int_equal(dnp_call_status(stage.call), 200);
    assert_int_equal(perform(&stage, "UserExists"), DNP_EXCHANGE_GOOD);
    assert_string_equal(stage.recording.text, "UserExistsResult=true;");
    assert_false(asked->mutates);
    assert_false(asked->streams);
    assert_true(asked->timeout == 0);
    assert_int_equal(stage.transport->started, 2);
    close_stage(&stage);
}

static void test_pieces_and_waiting(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 60; piece++) {
        const struct script script = {XML_RESPONSE(200, ADDED), .piece = piece, .hesitates = true};
        size_t pieces = (strlen(ADDED) + piece - 1) / piece;
        struct stage stage;
        open_stage(&stage, &script, 1);
        assert_int_equal(perform(&stage, "AddUser"), DNP_EXCHANGE_GOOD);
        assert_string_equal(stage.recording.text, "AddUserResult=7;");
        assert_int_equal(stage.waits, pieces + 1);
        assert_int_equal(stage.feeds, pieces);
        close_stage(&stage);
    }
}

static void test_only_waiting(void **state)
{
    static const struct script script = {.end = FALLS_SILENT};
    struct stage stage;
    (void)state;
    open_stage(&stage, &script, 1);
    assert_int_equal(perform(&stage, "AddUser"), DNP_EXCHANGE_WAITING);
    assert_int_equal(dnp_call_status(stage.call), 0);
    assert_int_equal(stage.transport->under_way, 1);
    dnp_exchange_end(&stage.exchange);
    assert_int_equal(stage.transport->under_way, 0);
    dnp_exchange_end(&stage.exchange);
    close_stage(&stage);
}

/* ---- what breaks ---- */

static void test_not_begun(void **state)
{
    static const struct script scripts[] = {
        {.is_not_begun = true, .failure = {.name = "no_descriptors", .sent = DNP_NOT_SENT}},
        {XML_RESPONSE(200, ADDED)}};
    struct stage stage;
    (void)state;
    open_stage(&stage, scripts, 2);
    assert_false(start(&stage, "AddUser", &defaults));
    assert_null(stage.exchange.transfer);
    assert_int_equal(stage.error.kind, DNP_TRANSPORT);
    assert_int_equal(stage.error.outcome, DNP_NOT_DONE);
    assert_string_equal(stage.error.name, "no_descriptors");
    assert_memory_equal(stage.error.message, "AddUser: ", 9);
    assert_int_equal(perform(&stage, "AddUser"), DNP_EXCHANGE_GOOD);
    close_stage(&stage);
}

static void test_broken_before_the_head(void **state)
{
    static const struct script scripts[] = {
        {.end = BREAKS, .failure = {.name = "connection_lost", .sent = DNP_SENT}},
        {.end = BREAKS, .failure = {.name = "connection_refused", .sent = DNP_NOT_SENT}},
        {.end = BREAKS, .failure = {.name = "timeout", .timeout = 0.5, .sent = DNP_SENT}},
    };
    static const struct {
        enum dnp_error_kind kind;
        enum dnp_outcome outcome;
        const char *message;
    } expected[] = {
        {DNP_TRANSPORT, DNP_UNKNOWN, "AddUser: the connection was lost while waiting for host:9002"},
        {DNP_TRANSPORT, DNP_NOT_DONE, "AddUser: cannot connect to host:9002"},
        {DNP_TIMEOUT, DNP_UNKNOWN, "AddUser: no response from host:9002 within 0.5 s"},
    };
    struct stage stage;
    (void)state;
    open_stage(&stage, scripts, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(perform(&stage, "AddUser"), DNP_EXCHANGE_FAILED);
        assert_int_equal(stage.error.kind, expected[i].kind);
        assert_int_equal(stage.error.outcome, expected[i].outcome);
        assert_int_equal(stage.error.http_status, 0);
        assert_string_equal(stage.error.name, scripts[i].failure.name);
        assert_string_equal(stage.error.message, expected[i].message);
        assert_int_equal(stage.recording.events, 0);
        assert_int_equal(stage.transport->started, i + 1); /* whoever wants it again says so himself */
    }
    close_stage(&stage);
}

#define CUT .end = BREAKS, .failure = {.name = "connection_lost", .sent = DNP_SENT}

static void test_broken_after_the_head(void **state)
{
    static const struct script scripts[] = {
        {XML_RESPONSE(200, ADDED), CUT},
        {XML_RESPONSE(200, "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">")},
        {XML_RESPONSE(200, NULL), CUT},
        {.status = 502, .headers = {"content-type: text/html"}, .body = "<html>", CUT},
        {.status = 502, .headers = {"content-type: text/html"}, CUT},
    };
    static const enum dnp_error_kind kinds[] = {DNP_TRANSPORT, DNP_PROTOCOL, DNP_TRANSPORT, DNP_HTTP, DNP_HTTP};
    struct stage stage;
    (void)state;
    open_stage(&stage, scripts, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(perform(&stage, "AddUser"), DNP_EXCHANGE_FAILED);
        if (stage.error.kind != kinds[i]) {
            fail_msg("script %zu: %s", i, stage.error.message);
        }
        assert_int_equal(stage.error.outcome, DNP_UNKNOWN);
        assert_int_equal(stage.error.http_status, scripts[i].status);
        assert_int_equal(dnp_call_status(stage.call), scripts[i].status);
    }
    close_stage(&stage);
}

static void test_reads_leave_nothing_done(void **state)
{
    static const struct script scripts[] = {{.end = BREAKS, .failure = {.name = "connection_lost", .sent = DNP_SENT}},
                                            {XML_RESPONSE(500, FAULT("soap:Server", "no"))},
                                            {.status = 200, .headers = {"Content-Type: text/html"}}};
    static const enum dnp_error_kind kinds[] = {DNP_TRANSPORT, DNP_FAULT, DNP_PROTOCOL};
    struct stage stage;
    (void)state;
    open_stage(&stage, scripts, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(perform(&stage, "UserExists"), DNP_EXCHANGE_FAILED);
        assert_int_equal(stage.error.kind, kinds[i]);
        assert_int_equal(stage.error.outcome, DNP_NOT_DONE);
        assert_memory_equal(stage.error.message, "UserExists: ", 12);
    }
    close_stage(&stage);
}

/* Nothing that comes behind what has decided is waited for. */
static void test_response_that_is_bad_early(void **state)
{
    static const struct script script = {XML_RESPONSE(200, "<a/><b/>" ADDED), .piece = 8, .end = FALLS_SILENT};
    struct stage stage;
    (void)state;
    open_stage(&stage, &script, 1);
    assert_int_equal(perform(&stage, "AddUser"), DNP_EXCHANGE_FAILED);
    assert_int_equal(stage.error.kind, DNP_PROTOCOL);
    assert_int_equal(stage.transport->under_way, 0);
    close_stage(&stage);
}

static void test_headers_that_matter(void **state)
{
    static const struct script script = {
        .status = 401, .headers = {"WWW-Authenticate: Negotiate, NTLM", "Content-Type: text/html", "Date: now"}};
    struct dnp_session_options options = session_options();
    struct stage stage;
    (void)state;
    open_stage(&stage, &script, 1);
    dnp_session_free(stage.session);
    options.password = "pass:word";
    stage.session = session_with(&options);
    assert_int_equal(perform(&stage, "UserExists"), DNP_EXCHANGE_FAILED);
    assert_int_equal(stage.error.kind, DNP_HTTP);
    assert_int_equal(stage.error.http_status, 401);
    assert_non_null(strstr(stage.error.message, "wants Windows authentication"));
    assert_null(strstr(stage.error.message, "colon"));
    close_stage(&stage);
}

/* ---- sinks that leave early ---- */

static jmp_buf escape;

static bool escape_value(void *context, const struct dnp_field *field, const struct dnp_value *value)
{
    (void)context, (void)field, (void)value;
    longjmp(escape, 1);
}

static void test_left_by_longjmp(void **state)
{
    static const struct script scripts[] = {{XML_RESPONSE(200, ADDED), .end = FALLS_SILENT},
                                            {XML_RESPONSE(200, ADDED)}};
    static struct stage stage;
    (void)state;
    open_stage(&stage, scripts, 2);
    assert_true(start(&stage, "AddUser", &defaults));
    stage.sink.value = escape_value;
    if (setjmp(escape) == 0) {
        (void)run(&stage);
        fail();
    }
    assert_int_equal(stage.transport->under_way, 1);
    dnp_exchange_end(&stage.exchange);
    assert_int_equal(stage.transport->under_way, 0);
    assert_int_equal(perform(&stage, "AddUser"), DNP_EXCHANGE_GOOD);
    assert_string_equal(stage.recording.text, "AddUserResult=7;");
    close_stage(&stage);
}

static void test_sink_that_stops(void **state)
{
    static const struct script script = {XML_RESPONSE(200, ADDED)};
    struct stage stage;
    (void)state;
    open_stage(&stage, &script, 1);
    assert_true(start(&stage, "AddUser", &defaults));
    stage.recording.stop_at = 1;
    assert_int_equal(run(&stage), DNP_EXCHANGE_FAILED);
    assert_int_equal(stage.error.outcome, DNP_UNKNOWN);
    assert_int_equal(perform(&stage, "AddUser"), DNP_EXCHANGE_GOOD);
    close_stage(&stage);
}

/* ---- many at once ---- */

struct passenger {
    struct dnp_call *call;
    struct dnp_exchange exchange;
    struct recording recording;
    struct dnp_sink sink;
};

static void board(struct passenger *passenger, struct stage *stage, const char *operation)
{
    const struct dnp_exchange_options options = {.user = passenger};
    passenger->call = prepared_call(stage->session, operation);
    passenger->sink = recording_sink(&passenger->recording);
    assert_true(dnp_exchange_start(&passenger->exchange, &scripted_functions, stage->transport, passenger->call,
                                   &options, &stage->error));
}

static void test_many_over_one_transport(void **state)
{
    enum { COUNT = 40 };
    static const struct script scripts[] = {{XML_RESPONSE(200, ADDED), .piece = 10},
                                            {XML_RESPONSE(200, EXISTS), .piece = 7, .hesitates = true}};
    static struct passenger passengers[COUNT];
    struct stage stage;
    size_t good = 0;
    (void)state;
    open_stage(&stage, scripts, 2);
    board(&passengers[0], &stage, "AddUser");
    for (size_t i = 1; i < COUNT; i++) {
        board(&passengers[i], &stage, "UserExists");
    }
    for (struct dnp_transfer *transfer = stage.loop->newest; transfer != NULL;) {
        struct passenger *passenger = scripted_functions.transfer_user(transfer);
        enum dnp_exchange_state progress = dnp_exchange_step(&passenger->exchange, &passenger->sink, &stage.error);
        struct dnp_transfer *next = progress == DNP_EXCHANGE_GOOD ? stage.loop->newest : transfer->older;
        good += progress == DNP_EXCHANGE_GOOD;
        assert_int_not_equal(progress, DNP_EXCHANGE_FAILED);
        transfer = next != NULL ? next : stage.loop->newest;
    }
    assert_int_equal(good, COUNT);
    assert_string_equal(passengers[0].recording.text, "AddUserResult=7;");
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(i == 0 || strcmp(passengers[i].recording.text, "UserExistsResult=true;") == 0);
        dnp_call_free(passengers[i].call);
    }
    assert_int_equal(stage.transport->started, COUNT);
    close_stage(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_asked_for),
        cmocka_unit_test(test_pieces_and_waiting),
        cmocka_unit_test(test_only_waiting),
        cmocka_unit_test(test_not_begun),
        cmocka_unit_test(test_broken_before_the_head),
        cmocka_unit_test(test_broken_after_the_head),
        cmocka_unit_test(test_reads_leave_nothing_done),
        cmocka_unit_test(test_response_that_is_bad_early),
        cmocka_unit_test(test_headers_that_matter),
        cmocka_unit_test(test_left_by_longjmp),
        cmocka_unit_test(test_sink_that_stops),
        cmocka_unit_test(test_many_over_one_transport),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
