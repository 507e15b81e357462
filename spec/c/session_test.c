/*
 * A session against canned servers: what it sends, how often, what it makes of what comes back, and what it keeps
 * to itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "canned_server.h"
#include "client/session.h"
#include "recording_sink.h"
#include "soap/redact.h"

#define NAMESPACE "http://officepark/dotnetpanel/enterpriseserver"
#define PASSWORD "pa&ss<word>"

/* ---- a source with a few named values; records are always there ---- */

struct pair {
    const char *name;
    const char *text;
};

static enum dnp_presence get(void *context, const struct dnp_field *field, size_t index, struct dnp_value *value,
                             struct dnp_error *error)
{
    (void)index;
    (void)error;
    if (field->type->kind == DNP_RECORD) {
        return DNP_PRESENT;
    }
    for (const struct pair *pair = context; pair->name != NULL; pair++) {
        if (strcmp(pair->name, field->name) == 0) {
            value->integer = strtol(pair->text, NULL, 10);
            value->boolean = strcmp(pair->text, "true") == 0;
            value->text = dnp_slice_of(pair->text);
            return DNP_PRESENT;
        }
    }
    return DNP_MISSING;
}

static void leave(void *context, const struct dnp_field *field)
{
    (void)context;
    (void)field;
}

static struct dnp_source source_of(const struct pair *pairs)
{
    struct dnp_source source = {.context = (void *)(uintptr_t)pairs, .get = get, .leave = leave};
    return source;
}

static const struct pair user[] = {
    {"Username", "bob"}, {"Password", "t0p&secret"}, {"OwnerId", "1"},           {"sendLetter", "true"},
    {"userId", "5"},     {"username", "bob"},        {"password", "t0p&secret"}, {NULL, NULL}};

/* ---- sessions ---- */

static const struct dnp_operation *find(const char *name)
{
    const struct dnp_operation *operation = dnp_find_operation(name, DNP_DOTNETPANEL);
    assert_non_null(operation);
    return operation;
}

static struct dnp_session_options options(const char *url)
{
    struct dnp_session_options given = {
        .url = url,
        .username = "serveradmin",
        .password = PASSWORD,
        .dialect = dnp_find_dialect("dotnetpanel"),
        .http = {.timeout = 20, .connect_timeout = 10, .verify = true, .proxy = "", .max_response_bytes = 1 << 20}};
    return given;
}

static struct dnp_session *new_session(const char *url)
{
    struct dnp_error error;
    struct dnp_session_options given = options(url);
    struct dnp_session *session = dnp_session_new(&given, &error);
    assert_non_null(session);
    return session;
}

struct call {
    struct server *server;
    struct dnp_session *session;
    struct recording recording;
    struct dnp_error error;
    struct dnp_request request;
};

static void begin(struct call *call, const struct canned *answers, size_t count)
{
    char url[64];
    memset(call, 0, sizeof *call);
    call->server = server_start(answers, count);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/panel//", call->server->port);
    call->session = new_session(url);
}

static void stop(struct call *call)
{
    server_stop(call->server);
}

static void release(struct call *call)
{
    dnp_session_free(call->session);
    free(call->server);
}

static void request(struct call *call, const char *operation)
{
    struct dnp_source source = source_of(user);
    assert_true(dnp_session_request(call->session, find(operation), &source, &call->request, &call->error));
}

static bool perform(struct call *call, const char *operation)
{
    struct dnp_sink sink = recording_sink(&call->recording);
    bool done = false;
    request(call, operation);
    if (!dnp_session_start(call->session, find(operation), &sink, &call->error)) {
        return false;
    }
    while (!done) {
        if (!dnp_session_next(call->session, &done, &call->error)) {
            return false;
        }
    }
    return true;
}

#define ANSWER(text, end) \
    {                     \
        text, 0, end      \
    }
#define XML_HEAD(status) "HTTP/1.0 " status "\r\nContent-Type: text/xml; charset=utf-8\r\n\r\n"
#define ENVELOPE(content)                                                                         \
    "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>" content \
    "</soap:Body></soap:Envelope>"
#define RESPONSE(name, content) ENVELOPE("<" name "Response xmlns=\"" NAMESPACE "\">" content "</" name "Response>")
#define FAULT(code, text) \
    ENVELOPE("<soap:Fault><faultcode>" code "</faultcode><faultstring>" text "</faultstring></soap:Fault>")
#define ADDED RESPONSE("AddUser", "<AddUserResult>7</AddUserResult>")
#define EXISTS RESPONSE("UserExists", "<UserExistsResult>true</UserExistsResult>")

/* ---- options ---- */

static void test_urls_that_are_refused(void **state)
{
    static const struct {
        const char *url;
        const char *reason;
    } cases[] = {
        {NULL, "missing"},
        {"", "http://"},
        {"ftp://host", "http://"},
        {"host:9002", "http://"},
        {"http:/host", "http://"},
        {"http://", "no host"},
        {"http:///path", "no host"},
        {"http://:9002", "no host"},
        {"http://[]extra", "port"},
        {"http://[::1", "no host"},
        {"http://host:", "port"},
        {"http://host:0", "port"},
        {"http://host:65536", "port"},
        {"http://host:1234567", "port"},
        {"http://host:90x2", "port"},
        {"http://[::1]9002", "port"},
        {"http://user@host", "user name or password"},
        {"http://user:topsecret@host/", "user name or password"},
        {"http://host/esUsers.asmx", "without /esUsers.asmx"},
        {"http://host/esUsers.ASMX/", "without /esUsers.asmx"},
        {"http://host/esUsers.asmx?WSDL", "without /esUsers.asmx"},
        {"http://host/?a=topsecret", "query"},
        {"http://host/#x", "fragment"},
        {"http://host?x", "query"},
        {"http://ho st", "space"},
        {"http://[topsecret]", "connected"},
        {"http://ho%0ast/", "connected"},
        {"http://ho<st/", "connected"},
        {"http://host/\r\nX: y", "control"},
        {"http://h\xc3\xb6st/", "ASCII"},
        {" http://host", "space"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dnp_session_options given = options(cases[i].url);
        struct dnp_error error;
        assert_null(dnp_session_new(&given, &error));
        assert_int_equal(error.kind, DNP_USAGE);
        assert_non_null(strstr(error.message, cases[i].reason));
        assert_null(strstr(error.message, "topsecret"));
    }
}

static void test_urls_that_are_taken(void **state)
{
    static const struct {
        const char *url;
        const char *base;
    } cases[] = {
        {"http://host", "http://host"},
        {"HTTPS://host:9002/", "HTTPS://host:9002"},
        {"http://host/a/b///", "http://host/a/b"},
        {"http://[::1]:65535/x", "http://[::1]:65535/x"},
        {"http://[::1]", "http://[::1]"},
        {"http://127.0.0.1:1", "http://127.0.0.1:1"},
        {"http://host/a@b", "http://host/a@b"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dnp_session *session = new_session(cases[i].url);
        assert_string_equal(dnp_session_url(session), cases[i].base);
        assert_string_equal(dnp_session_username(session), "serveradmin");
        assert_ptr_equal(dnp_session_dialect(session), dnp_find_dialect("dotnetpanel"));
        dnp_session_free(session);
    }
    dnp_session_free(NULL);
}

static void test_other_options_that_are_refused(void **state)
{
    struct dnp_error error;
    struct dnp_session_options given = options("http://host");
    (void)state;
    given.username = "two\r\nlines";
    assert_null(dnp_session_new(&given, &error));
    assert_int_equal(error.kind, DNP_USAGE);
    assert_string_equal(error.message, "username holds a control character");
    given.username = NULL;
    assert_null(dnp_session_new(&given, &error));
    assert_string_equal(error.message, "username is missing");
    given = options("http://host");
    given.password = NULL;
    assert_null(dnp_session_new(&given, &error));
    assert_string_equal(error.message, "password is missing");
    given = options("http://host");
    given.dialect = NULL;
    assert_null(dnp_session_new(&given, &error));
    assert_string_equal(error.message, "dialect is missing");
    given = options("http://host");
    given.http.user_agent = "x\n";
    assert_null(dnp_session_new(&given, &error));
    assert_int_equal(error.kind, DNP_USAGE);
}

/* ---- requests ---- */

static void test_request(void **state)
{
    struct call call = {.session = new_session("http://host:9002/panel/")};
    (void)state;
    request(&call, "AddUser");
    assert_string_equal(call.request.url, "http://host:9002/panel/esUsers.asmx");
    assert_string_equal(call.request.header_names[0], "Content-Type");
    assert_string_equal(call.request.header_values[0], "text/xml; charset=utf-8");
    assert_string_equal(call.request.header_names[1], "SOAPAction");
    assert_string_equal(call.request.header_values[1], "\"" NAMESPACE "/AddUser\"");
    assert_string_equal(call.request.header_names[2], "Authorization");
    assert_string_equal(call.request.header_values[2], "Basic c2VydmVyYWRtaW46cGEmc3M8d29yZD4=");
    assert_null(call.request.header_names[3]);
    assert_null(call.request.header_values[3]);
    assert_int_equal(strlen(call.request.body.data), call.request.body.length);
    assert_non_null(strstr(call.request.body.data, "<Password>t0p&amp;secret</Password>"));
    dnp_session_free(call.session);
}

static void test_authentication_takes_no_credentials(void **state)
{
    struct call call = {.session = new_session("http://host")};
    (void)state;
    request(&call, "AddUser");
    request(&call, "AuthenticateUser");
    assert_string_equal(call.request.url, "http://host/esAuthentication.asmx");
    assert_null(call.request.header_names[2]);
    dnp_session_free(call.session);
}

static void test_operation_of_another_dialect(void **state)
{
    struct call call = {.session = new_session("http://host")};
    struct dnp_operation foreign = *find("AddUser");
    struct dnp_source source = source_of(user);
    struct dnp_sink sink = recording_sink(&call.recording);
    (void)state;
    foreign.dialects = DNP_SOLIDCP;
    assert_false(dnp_session_request(call.session, &foreign, &source, &call.request, &call.error));
    assert_int_equal(call.error.kind, DNP_USAGE);
    assert_string_equal(call.error.message, "AddUser is not an operation of DotNetPanel");
    assert_false(dnp_session_receive(call.session, &foreign, 200, "text/xml", dnp_slice_of(ADDED), &sink, &call.error));
    assert_int_equal(call.error.kind, DNP_USAGE);
    dnp_session_free(call.session);
}

static void test_request_that_is_too_large(void **state)
{
    enum { SIZE = 9 << 20 };
    struct call call = {.session = new_session("http://host")};
    char *text = malloc(SIZE);
    (void)state;
    assert_non_null(text);
    memset(text, 'x', SIZE - 1);
    text[SIZE - 1] = '\0';
    const struct pair pairs[] = {{"username", text}, {NULL, NULL}};
    struct dnp_source source = source_of(pairs);
    struct dnp_sink sink = recording_sink(&call.recording);
    assert_false(dnp_session_request(call.session, find("UserExists"), &source, &call.request, &call.error));
    assert_int_equal(call.error.kind, DNP_LIMIT);
    assert_memory_equal(call.error.message, "UserExists: ", 12);
    assert_false(dnp_session_start(call.session, find("UserExists"), &sink, &call.error));
    assert_int_equal(call.error.kind, DNP_USAGE);
    request(&call, "UserExists");
    free(text);
    dnp_session_free(call.session);
}

static void test_misuse(void **state)
{
    struct call call = {.session = new_session("http://host")};
    struct dnp_sink sink = recording_sink(&call.recording);
    bool done = true;
    (void)state;
    assert_false(dnp_session_next(call.session, &done, &call.error));
    assert_int_equal(call.error.kind, DNP_USAGE);
    assert_false(done);
    assert_false(dnp_session_start(call.session, find("AddUser"), &sink, &call.error));
    assert_int_equal(call.error.kind, DNP_USAGE);
    request(&call, "UserExists");
    assert_false(dnp_session_start(call.session, find("AddUser"), &sink, &call.error));
    assert_int_equal(call.error.kind, DNP_USAGE);
    dnp_session_abort(call.session);
    dnp_session_free(call.session);
}

/* ---- calls ---- */

static void test_calls(void **state)
{
    static const struct canned answers[] = {ANSWER(XML_HEAD("200 OK") ADDED, CLOSE),
                                            ANSWER(XML_HEAD("200 OK") EXISTS, CLOSE)};
    struct call call;
    (void)state;
    begin(&call, answers, 2);
    assert_true(perform(&call, "AddUser"));
    assert_string_equal(call.recording.text, "AddUserResult=7;");
    assert_int_equal(dnp_session_status(call.session), 200);
    assert_int_equal(dnp_session_excerpt(call.session).length, 0);
    assert_int_equal(dnp_session_fault_text(call.session).length, 0);
    dnp_session_keep_excerpt(call.session, true);
    assert_true(perform(&call, "UserExists"));
    assert_string_equal(call.recording.text, "UserExistsResult=true;");
    assert_string_equal(dnp_session_excerpt(call.session).data, EXISTS);
    stop(&call);
    assert_int_equal(call.server->requests, 2);
    assert_memory_equal(call.server->last, "POST /panel/esUsers.asmx HTTP/1.1\r\n", 35);
    assert_non_null(strstr(call.server->last, "\r\nContent-Type: text/xml; charset=utf-8\r\n"));
    assert_non_null(strstr(call.server->last, "\r\nSOAPAction: \"" NAMESPACE "/UserExists\"\r\n"));
    assert_non_null(strstr(call.server->last, "\r\nAuthorization: Basic c2VydmVyYWRtaW46cGEmc3M8d29yZD4=\r\n"));
    assert_non_null(strstr(call.server->last, "<username>bob</username>"));
    release(&call);
}

/* After a read, whose connection is still there, the server takes AddUser and drops the connection: one AddUser has
 * arrived, and it may have worked. */
static void test_a_change_is_never_sent_twice(void **state)
{
    char kept[1000];
    const struct canned answers[] = {ANSWER(kept, KEEP), ANSWER("", CLOSE), ANSWER(XML_HEAD("200 OK") ADDED, CLOSE)};
    struct call call;
    (void)state;
    (void)snprintf(kept, sizeof kept, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %zu\r\n\r\n%s",
                   strlen(EXISTS), EXISTS);
    begin(&call, answers, 3);
    assert_true(perform(&call, "UserExists"));
    assert_false(perform(&call, "AddUser"));
    stop(&call);
    assert_int_equal(call.server->requests, 2);
    assert_int_equal(call.server->connection_count, 2);
    assert_int_equal(call.error.kind, DNP_TRANSPORT);
    assert_int_equal(call.error.outcome, DNP_UNKNOWN);
    assert_string_equal(call.error.name, "connection_lost");
    assert_memory_equal(call.error.message, "AddUser: ", 9);
    assert_int_equal(dnp_session_status(call.session), 0);
    release(&call);
}

static void test_broken_transfers(void **state)
{
    static const struct canned cut =
        ANSWER("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 2000\r\n\r\n" ADDED, CLOSE);
    static const struct canned half = ANSWER(XML_HEAD("200 OK") "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap"
                                                                ".org/soap/envelope/\"><soap:Body>",
                                             CLOSE);
    static const struct canned page =
        ANSWER("HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 2000\r\n\r\n<html>", CLOSE);
    struct call call;
    (void)state;
    begin(&call, &cut, 1);
    assert_false(perform(&call, "AddUser"));
    stop(&call);
    assert_int_equal(call.error.kind, DNP_TRANSPORT);
    assert_int_equal(call.error.outcome, DNP_UNKNOWN);
    assert_int_equal(call.error.http_status, 200);
    release(&call);
    begin(&call, &half, 1);
    assert_false(perform(&call, "AddUser"));
    stop(&call);
    assert_int_equal(call.error.kind, DNP_PROTOCOL);
    assert_int_equal(call.error.outcome, DNP_UNKNOWN);
    release(&call);
    /* The status has told enough, whatever becomes of the page. */
    begin(&call, &page, 1);
    assert_false(perform(&call, "AddUser"));
    stop(&call);
    assert_int_equal(call.error.kind, DNP_HTTP);
    assert_int_equal(call.error.http_status, 502);
    assert_int_equal(call.error.outcome, DNP_UNKNOWN);
    release(&call);
}

static void test_reads_leave_nothing_done(void **state)
{
    static const struct canned answers[] = {
        ANSWER("", CLOSE), ANSWER(XML_HEAD("500 Oh") FAULT("soap:Server", "no"), CLOSE),
        ANSWER("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n", CLOSE)};
    static const enum dnp_error_kind kinds[] = {DNP_TRANSPORT, DNP_FAULT, DNP_PROTOCOL};
    struct call call;
    (void)state;
    begin(&call, answers, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_false(perform(&call, "UserExists"));
        assert_int_equal(call.error.kind, kinds[i]);
        assert_int_equal(call.error.outcome, DNP_NOT_DONE);
        assert_memory_equal(call.error.message, "UserExists: ", 12);
    }
    stop(&call);
    release(&call);
}

static void test_timeout(void **state)
{
    static const struct canned answers[] = {ANSWER("", HANG), ANSWER(XML_HEAD("200 OK") ADDED, CLOSE)};
    struct server *server = server_start(answers, 2);
    char url[64];
    (void)state;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", server->port);
    struct dnp_session_options given = options(url);
    given.http.timeout = 0.5;
    struct call call = {.server = server, .session = dnp_session_new(&given, &call.error)};
    assert_non_null(call.session);
    assert_false(perform(&call, "AddUser"));
    assert_int_equal(call.error.kind, DNP_TIMEOUT);
    assert_int_equal(call.error.outcome, DNP_UNKNOWN);
    assert_true(perform(&call, "AddUser"));
    stop(&call);
    assert_int_equal(server->requests, 2);
    release(&call);
}

static void test_not_connected(void **state)
{
    char url[64];
    (void)state;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", server_closed_port());
    struct call call = {.session = new_session(url)};
    assert_false(perform(&call, "AddUser"));
    assert_int_equal(call.error.kind, DNP_TRANSPORT);
    assert_int_equal(call.error.outcome, DNP_NOT_DONE);
    assert_memory_equal(call.error.message, "AddUser: cannot connect to 127.0.0.1:", 37);
    release(&call);
}

/* ---- secrets ---- */

#define ECHO_TEXT \
    "first t0p&amp;amp;secret and t0p&amp;secret by pa&amp;ss&lt;word&gt; for bob\n at second t0p&amp;secret"

static void test_faults_tell_no_secrets(void **state)
{
    static const struct canned answer = ANSWER(XML_HEAD("500 Oh") FAULT("soap:Server", ECHO_TEXT), CLOSE);
    struct call call;
    (void)state;
    begin(&call, &answer, 1);
    assert_false(perform(&call, "AddUser"));
    stop(&call);
    assert_int_equal(call.error.kind, DNP_FAULT);
    assert_string_equal(call.error.message, "AddUser: first [redacted] and [redacted] by [redacted] for bob");
    assert_string_equal(dnp_session_fault_text(call.session).data,
                        "first [redacted] and [redacted] by [redacted] for bob\n at second [redacted]");
    release(&call);
}

/* Messages may quote what a server sent, and that may be anything. */
static void test_messages_tell_no_secrets(void **state)
{
    static const struct canned answers[] = {
        ANSWER(XML_HEAD("200 OK") ENVELOPE("<t0pt0pt0p/>"), CLOSE),
        ANSWER("HTTP/1.0 200 OK\r\nContent-Type: text/t0pt0pt0p; x\r\n\r\n", CLOSE),
        ANSWER(XML_HEAD("200 OK") "<a><t0pt0pt0p></a>", CLOSE),
        ANSWER(XML_HEAD("500 Oh") FAULT("soap:Server", "t0pt0pt0p"), CLOSE),
    };
    struct server *server = server_start(answers, 4);
    char url[64];
    (void)state;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", server->port);
    struct dnp_session_options given = options(url);
    given.password = "t0pt0pt0p";
    struct call call = {.server = server, .session = dnp_session_new(&given, &call.error)};
    assert_non_null(call.session);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        assert_false(perform(&call, "AddUser"));
        assert_memory_equal(call.error.message, "AddUser: ", 9);
        assert_non_null(strstr(call.error.message, DNP_REDACTED));
        assert_null(strstr(call.error.message, "t0pt0pt0p"));
        assert_int_equal(call.error.outcome, DNP_UNKNOWN);
        assert_int_equal(call.error.http_status, i == 3 ? 500 : 200);
    }
    stop(&call);
    release(&call);
}

static void test_redact(void **state)
{
    struct call call = {.session = new_session("http://host")};
    struct dnp_buffer out;
    (void)state;
    dnp_buffer_init(&out, 100000);
    request(&call, "AddUser");
    assert_true(dnp_session_redact(call.session, &out, call.request.body));
    assert_null(strstr(out.data, "secret"));
    assert_non_null(strstr(out.data, "<Password>" DNP_REDACTED "</Password>"));
    assert_non_null(strstr(out.data, "<Username>bob</Username>"));
    dnp_buffer_clear(&out);
    assert_true(
        dnp_session_redact(call.session, &out, dnp_slice_of("<a>pa&amp;ss&lt;word></a><oldPassword>x</oldPassword>")));
    assert_string_equal(out.data, "<a>[redacted]</a><oldPassword>[redacted]</oldPassword>");
    dnp_buffer_clear(&out);
    assert_true(dnp_session_redact(call.session, &out,
                                   dnp_slice_of("Authorization: Basic c2VydmVyYWRtaW46cGEmc3M8d29yZD4= "
                                                "Password=t0p%26secret by pa%26ss%3cword%3E")));
    assert_string_equal(out.data, "Authorization: Basic [redacted]= Password=[redacted] by [redacted]");
    dnp_buffer_clear(&out);
    assert_true(dnp_session_redact(call.session, &out, dnp_slice_of("")));
    assert_int_equal(out.length, 0);
    dnp_buffer_free(&out);
    dnp_session_free(call.session);
}

static void test_401_names_mangled_credentials(void **state)
{
    static const struct {
        const char *username;
        const char *password;
        const char *operation;
        const char *reason;
    } cases[] = {
        {"admin", "pass:w0rd", "UserExists", "the password holds a colon"},
        {"admin", "p\xc3\xa4ssw0rd", "UserExists", "the password is not plain ASCII"},
        {"ad:min", "passw0rd", "UserExists", "the user name holds a colon"},
        {"admin", "passw0rd", "UserExists", NULL},
        {"admin", "pass:w0rd", "AuthenticateUser", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct call call;
        struct dnp_session_options given = options("http://host");
        struct dnp_sink sink = recording_sink(&call.recording);
        given.username = cases[i].username;
        given.password = cases[i].password;
        call.session = dnp_session_new(&given, &call.error);
        assert_non_null(call.session);
        assert_false(dnp_session_receive(call.session, find(cases[i].operation), 401, "text/html",
                                         dnp_slice_of("401 Access Denied"), &sink, &call.error));
        assert_int_equal(call.error.kind, DNP_HTTP);
        assert_non_null(strstr(call.error.message, "did not accept user name and password"));
        assert_null(strstr(call.error.message, cases[i].password));
        if (cases[i].reason != NULL) {
            assert_non_null(strstr(call.error.message, cases[i].reason));
        } else {
            assert_null(strchr(call.error.message, '('));
        }
        dnp_session_free(call.session);
    }
}

/* ---- sans-IO, and leaving early ---- */

static void test_receive(void **state)
{
    struct call call = {.session = new_session("http://host")};
    struct dnp_sink sink = recording_sink(&call.recording);
    (void)state;
    dnp_session_keep_excerpt(call.session, true);
    assert_true(
        dnp_session_receive(call.session, find("AddUser"), 200, "text/xml", dnp_slice_of(ADDED), &sink, &call.error));
    assert_string_equal(call.recording.text, "AddUserResult=7;");
    assert_string_equal(dnp_session_excerpt(call.session).data, ADDED);
    assert_int_equal(dnp_session_status(call.session), 200);
    request(&call, "ChangeUserPassword");
    assert_false(dnp_session_receive(call.session, find("ChangeUserPassword"), 500, "text/xml",
                                     dnp_slice_of(FAULT("soap:Server", "bad: t0p&amp;secret")), &sink, &call.error));
    assert_string_equal(call.error.message, "ChangeUserPassword: bad: [redacted]");
    assert_int_equal(call.error.outcome, DNP_UNKNOWN);
    assert_int_equal(call.error.http_status, 500);
    assert_string_equal(dnp_session_fault_text(call.session).data, "bad: [redacted]");
    dnp_session_free(call.session);
}

static void test_excerpt_is_bounded(void **state)
{
    enum { SIZE = 200000 };
    struct call call = {.session = new_session("http://host")};
    struct dnp_sink sink = recording_sink(&call.recording);
    char *page = malloc(SIZE);
    struct dnp_slice body = {page, SIZE};
    (void)state;
    assert_non_null(page);
    memset(page, ' ', SIZE);
    memcpy(page, ADDED, strlen(ADDED));
    dnp_session_keep_excerpt(call.session, true);
    assert_true(dnp_session_receive(call.session, find("AddUser"), 200, "text/xml", body, &sink, &call.error));
    assert_int_equal(dnp_session_excerpt(call.session).length, DNP_ANSWER_EXCERPT);
    free(page);
    dnp_session_free(call.session);
}

static jmp_buf escape;

static bool escape_value(void *context, const struct dnp_field *field, const struct dnp_value *value)
{
    (void)context;
    (void)field;
    (void)value;
    longjmp(escape, 1);
}

static void test_left_by_longjmp(void **state)
{
    static const struct canned answers[] = {
        ANSWER("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 2000\r\n\r\n" ADDED, HANG),
        ANSWER(XML_HEAD("200 OK") ADDED, CLOSE)};
    static struct call call;
    struct dnp_sink sink = recording_sink(&call.recording);
    (void)state;
    begin(&call, answers, 2);
    sink.value = escape_value;
    request(&call, "AddUser");
    assert_true(dnp_session_start(call.session, find("AddUser"), &sink, &call.error));
    if (setjmp(escape) == 0) {
        bool done = false;
        while (dnp_session_next(call.session, &done, &call.error)) {
        }
        fail();
    }
    dnp_session_abort(call.session);
    assert_true(perform(&call, "AddUser"));
    assert_string_equal(call.recording.text, "AddUserResult=7;");
    stop(&call);
    assert_int_equal(call.server->connection_count, 2);
    release(&call);
}

static void test_sink_that_stops(void **state)
{
    static const struct canned answers[] = {ANSWER(XML_HEAD("200 OK") ADDED, CLOSE)};
    struct call call;
    bool done = false;
    (void)state;
    begin(&call, answers, 1);
    struct dnp_sink sink = recording_sink(&call.recording);
    call.recording.stop_at = 1;
    request(&call, "AddUser");
    assert_true(dnp_session_start(call.session, find("AddUser"), &sink, &call.error));
    assert_false(dnp_session_next(call.session, &done, &call.error));
    assert_int_equal(call.error.outcome, DNP_UNKNOWN);
    assert_false(dnp_session_next(call.session, &done, &call.error));
    assert_int_equal(call.error.kind, DNP_USAGE);
    assert_true(perform(&call, "AddUser"));
    stop(&call);
    release(&call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls_that_are_refused),
        cmocka_unit_test(test_urls_that_are_taken),
        cmocka_unit_test(test_other_options_that_are_refused),
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_authentication_takes_no_credentials),
        cmocka_unit_test(test_operation_of_another_dialect),
        cmocka_unit_test(test_request_that_is_too_large),
        cmocka_unit_test(test_misuse),
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_a_change_is_never_sent_twice),
        cmocka_unit_test(test_broken_transfers),
        cmocka_unit_test(test_reads_leave_nothing_done),
        cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_not_connected),
        cmocka_unit_test(test_faults_tell_no_secrets),
        cmocka_unit_test(test_messages_tell_no_secrets),
        cmocka_unit_test(test_redact),
        cmocka_unit_test(test_401_names_mangled_credentials),
        cmocka_unit_test(test_receive),
        cmocka_unit_test(test_excerpt_is_bounded),
        cmocka_unit_test(test_left_by_longjmp),
        cmocka_unit_test(test_sink_that_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
