/*
 * The sandbox from C and over raw sockets: what HTTP requests are answered with, whoever sends them, and the parts
 * that have rules of their own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "sandbox/http/auth.h"
#include "sandbox/http/calls.h"
#include "sandbox/sandbox.h"
#include "value/calendar.h"

#define ENVELOPE "http://schemas.xmlsoap.org/soap/envelope/"
#define NAMESPACE "http://officepark/dotnetpanel/enterpriseserver"
#define ADMIN "Authorization: Basic c2VydmVyYWRtaW46c2VydmVyYWRtaW4=\r\n"
#define XML "Content-Type: text/xml; charset=utf-8\r\n"
#define ACTION(operation) "SOAPAction: \"" NAMESPACE "/" operation "\"\r\n"
#define SOAP(body) "<s:Envelope xmlns:s=\"" ENVELOPE "\"><s:Body>" body "</s:Body></s:Envelope>"
#define GET_USER(id) SOAP("<GetUserById xmlns=\"" NAMESPACE "\"><userId>" id "</userId></GetUserById>")
#define RESPONSE_SIZE ((size_t)256 * 1024)

/* ---- files are closed once ---- */

static atomic_int bad_closes;

int __real_close(int fd);
int __wrap_close(int fd);

int __wrap_close(int fd)
{
    int result = __real_close(fd);
    (void)atomic_fetch_add(&bad_closes, result != 0 ? 1 : 0);
    return result;
}

/* ---- HTTP by hand ---- */

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void send_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, data, length, MSG_NOSIGNAL);
        assert_true(sent > 0);
        data += sent;
        length -= (size_t)sent;
    }
}

/* Sends one request on a connection of its own; returns all that came back, to be freed. */
static char *exchange(uint16_t port, const char *line, const char *headers, const char *body, size_t length)
{
    char head[4096];
    char *response = malloc(RESPONSE_SIZE);
    size_t got = 0;
    assert_non_null(response);
    int written =
        snprintf(head, sizeof head, "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%sContent-Length: %zu\r\n\r\n",
                 line, headers, length);
    assert_true(written > 0 && (size_t)written < sizeof head);
    int fd = connect_to(port);
    send_all(fd, head, (size_t)written);
    send_all(fd, body, length);
    for (ssize_t part = 1; part > 0; got += (size_t)(part > 0 ? part : 0)) {
        part = recv(fd, response + got, RESPONSE_SIZE - 1 - got, 0);
    }
    response[got] = '\0';
    (void)close(fd);
    return response;
}

static int status_of(const char *response)
{
    return strncmp(response, "HTTP/1.1 ", 9) == 0 ? (int)strtol(response + 9, NULL, 10) : 0;
}

static struct dnp_sandbox *start(const struct dnp_dialect_info *dialect)
{
    struct dnp_sandbox_options options;
    struct dnp_error error = {0};
    dnp_sandbox_options_init(&options);
    options.dialect = dialect;
    struct dnp_sandbox *sandbox = dnp_sandbox_start(&options, &error);
    if (sandbox == NULL) {
        fail_msg("%s", error.message);
    }
    return sandbox;
}

static char *call(struct dnp_sandbox *sandbox, const char *headers, const char *body)
{
    return exchange(dnp_sandbox_port(sandbox), "POST /esUsers.asmx", headers, body, strlen(body));
}

static int set_up(void **state)
{
    *state = start(NULL);
    return 0;
}

static int tear_down(void **state)
{
    dnp_sandbox_stop(*state);
    return 0;
}

/* ---- what ASP.NET answers ---- */

struct expected {
    const char *headers;
    const char *body;
    int status;
    const char *text; /* that the response holds */
};

static const struct expected exchanges[] = {
    {ADMIN XML ACTION("GetUserById"), GET_USER("2"), 200, "<Username>reseller</Username>"},
    {ADMIN XML ACTION("GetUserById"), "\xEF\xBB\xBF" GET_USER("2"), 200, "<Username>reseller</Username>"},
    {ADMIN XML ACTION("GetUserById"), GET_USER(" +002 "), 200, "<Username>reseller</Username>"},
    /* exact names in the exact namespace, or nothing */
    {ADMIN XML ACTION("GetUserById"), SOAP("<GetUserById><userId>2</userId></GetUserById>"), 200,
     "GetUserByIdResponse"},
    {ADMIN XML ACTION("GetUserById"), SOAP(""), 200, "GetUserByIdResponse"},
    /* SOAPAction */
    {ADMIN XML "SOAPAction: " NAMESPACE "/GetUserById\r\n", GET_USER("2"), 200, "<UserId>2</UserId>"},
    {ADMIN XML, GET_USER("2"), 200, "<UserId>2</UserId>"},
    {ADMIN XML "SOAPAction: \"\"\r\n", GET_USER("2"), 500,
     "<faultcode>soap:Client</faultcode><faultstring>Server did "
     "not recognize the value of HTTP Header SOAPAction: "},
    {ADMIN XML ACTION("NoSuchMethod"), GET_USER("2"), 500, "<faultcode>soap:Client"},
    {ADMIN XML ACTION("\xC3\xA4\xFF"), GET_USER("2"), 500, "/\xC3\xA4?\".</faultstring>"},
    {ADMIN XML ACTION("getuserbyid"), GET_USER("2"), 500, "<faultcode>soap:Client"},
    {ADMIN XML ACTION("GetPackage"), GET_USER("2"), 500, "<faultcode>soap:Client"},
    {ADMIN XML, SOAP("<NoSuchMethod xmlns=\"" NAMESPACE "\" />"), 500, "<faultcode>soap:Client"},
    /* media types */
    {ADMIN "Content-Type: application/xml\r\n" ACTION("GetUserById"), GET_USER("2"), 415, "Content-Length: 0"},
    {ADMIN "Content-Type: text/xmlx\r\n" ACTION("GetUserById"), GET_USER("2"), 415, "Content-Length: 0"},
    {ADMIN ACTION("GetUserById"), GET_USER("2"), 415, "Content-Length: 0"},
    /* XML */
    {ADMIN XML ACTION("GetUserById"), "", 400, "Content-Length: 0"},
    {ADMIN XML ACTION("GetUserById"), "<s:Envelope", 400, "Content-Type: text/xml; charset=utf-8"},
    {ADMIN XML ACTION("GetUserById"), "<!DOCTYPE x []>" GET_USER("2"), 400, "Content-Length: 0"},
    {ADMIN XML ACTION("GetUserById"), SOAP("<a>&#x1;</a>"), 400, "Content-Length: 0"},
    {ADMIN XML ACTION("GetUserById"), SOAP("<a b=\"&#xFFFE;\" />"), 400, "Content-Length: 0"},
    {ADMIN XML ACTION("GetUserById"), SOAP("<a>\x01</a>"), 400, "Content-Length: 0"},
    {ADMIN XML ACTION("GetUserById"), "<hello/>", 500, "soap:VersionMismatch"},
    {ADMIN XML ACTION("GetUserById"), "<hello/>", 500,
     "<soap:Header><soap12:Upgrade xmlns:soap12=\"http://www.w3.org/2003/05/soap-envelope\">"
     "<soap12:SupportedEnvelope qname=\"soap:Envelope\" xmlns:soap=\"" ENVELOPE "\" /><soap12:SupportedEnvelope "
     "qname=\"soap12:Envelope\" xmlns:soap12=\"http://www.w3.org/2003/05/soap-envelope\" /></soap12:Upgrade>"
     "</soap:Header><soap:Body>"},
    {ADMIN XML ACTION("GetUserById"),
     "<s:Envelope xmlns:s=\"" ENVELOPE "\"><s:Header><x s:mustUnderstand=\"1\" xmlns=\"urn:x\">1</x></s:Header>"
     "<s:Body /></s:Envelope>",
     500, "soap:MustUnderstand"},
    {ADMIN XML ACTION("GetUserById"),
     "<s:Envelope xmlns:s=\"" ENVELOPE "\"><s:Header><x xmlns=\"urn:x\">1</x></s:Header><s:Body>"
     "<GetUserById xmlns=\"" NAMESPACE "\"><userId>2</userId></GetUserById></s:Body></s:Envelope>",
     200, "<UserId>2</UserId>"},
    /* values */
    {ADMIN XML ACTION("GetUserById"), GET_USER("2.0"), 500,
     "<faultcode>soap:Client</faultcode><faultstring>Server was unable to read request. ---&gt; There is an error in "
     "XML document. ---&gt; Input string was not in a correct format."},
    {ADMIN XML ACTION("GetUserById"), GET_USER(""), 500, "<faultcode>soap:Client"},
    {ADMIN XML ACTION("GetUserById"), GET_USER("99999999999"), 500, "<faultcode>soap:Client"},
    {ADMIN XML ACTION("ChangeUserStatus"),
     SOAP("<ChangeUserStatus xmlns=\"" NAMESPACE "\"><userId>3</userId><status>2</status></ChangeUserStatus>"), 500,
     "<faultcode>soap:Client"},
    {ADMIN XML ACTION("AddUser"), SOAP("<AddUser xmlns=\"" NAMESPACE "\" />"), 500,
     "<faultcode>soap:Server</faultcode><faultstring>Server was unable to process request. ---&gt; Object reference"},
    /* without a charset bytes are ASCII */
    {ADMIN "Content-Type: text/xml\r\n" ACTION("UserExists"),
     SOAP("<UserExists xmlns=\"" NAMESPACE "\"><username>\xC3\xA4</username></UserExists>"), 200, "false"},
    /* SOAP 1.2 in kind */
    {ADMIN "Content-Type: application/soap+xml; charset=utf-8; action=\"" NAMESPACE "/GetUserById\"\r\n",
     "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body><GetUserById xmlns=\"" NAMESPACE
     "\"><userId>2</userId></GetUserById></s:Body></s:Envelope>",
     200, "Content-Type: application/soap+xml; charset=utf-8"},
    {ADMIN "Content-Type: application/soap+xml; charset=utf-8\r\n",
     "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body><GetUserById xmlns=\"" NAMESPACE
     "\"><userId>x</userId></GetUserById></s:Body></s:Envelope>",
     500, "<soap:Value>soap:Sender</soap:Value>"},
    /* credentials */
    {XML ACTION("GetUserById"), GET_USER("2"), 401, "WWW-Authenticate: Basic Realm=\"DotNetPanel Enterprise Server\""},
    {XML ACTION("GetUserById"), GET_USER("2"), 401, "\r\n\r\n401 Access Denied"},
    {"Authorization: basic c2VydmVyYWRtaW46c2VydmVyYWRtaW4=\r\n" XML ACTION("GetUserById"), GET_USER("2"), 401, ""},
    {"Authorization: Bearer x\r\n" XML ACTION("GetUserById"), GET_USER("2"), 401, ""},
    {"Authorization: Basic c2VydmVyYWRtaW46\r\n" XML ACTION("GetUserById"), GET_USER("2"), 401, ""},
    {"Authorization: Basic !!!\r\n" XML ACTION("GetUserById"), GET_USER("2"), 500, "not a valid Base-64 string"},
    {"Authorization: Basic YWJj\r\n" XML ACTION("GetUserById"), GET_USER("2"), 500, "outside the bounds of the array"},
};

static void test_responses_like_asp_net(void **state)
{
    for (size_t i = 0; i < sizeof exchanges / sizeof exchanges[0]; i++) {
        const struct expected *expected = &exchanges[i];
        char *response = call(*state, expected->headers, expected->body);
        if (status_of(response) != expected->status || strstr(response, expected->text) == NULL) {
            fail_msg("exchange %zu: wanted %d and \"%s\", got\n%s", i, expected->status, expected->text, response);
        }
        free(response);
    }
}

static const struct {
    const char *line;
    int status;
    const char *text;
} pages[] = {
    {"GET /esUsers.asmx", 200, "<li>AddUser: "},
    {"GET /some/path/esusers.asmx?wsdl", 200, "location=\"http://x/some/path/esusers.asmx\""},
    {"GET /esPackages.asmx?WSDL", 200, "<s:element name=\"AddPackage\">"},
    {"GET /esUsers.asmx/GetUserById?userId=2", 500, "text/html"},
    {"PUT /esUsers.asmx", 405, "Allow: GET, HEAD, POST"},
    {"POST /esNothing.asmx", 404, "text/html"},
    {"GET /", 404, "text/html"},
};

static void test_serves_pages(void **state)
{
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        char *response = exchange(dnp_sandbox_port(*state), pages[i].line, "", "", 0);
        if (status_of(response) != pages[i].status || strstr(response, pages[i].text) == NULL) {
            fail_msg("%s: wanted %d and \"%s\", got\n%s", pages[i].line, pages[i].status, pages[i].text, response);
        }
        free(response);
    }
}

static void test_closes_its_port_once_when_it_cannot_start(void **state)
{
    struct dnp_sandbox_options options;
    struct dnp_error error = {0};
    (void)state;
    dnp_sandbox_options_init(&options);
    options.certificate = "no certificate";
    options.private_key = "no key";
    assert_null(dnp_sandbox_start(&options, &error));
    assert_int_equal(error.kind, DNP_TRANSPORT);
    assert_int_equal(atomic_load(&bad_closes), 0);
}

static void test_refuses_requests_beyond_the_limit(void **state)
{
    static const char request[] = GET_USER("2");
    const size_t length = DNP_SANDBOX_MAX_REQUEST + 1;
    char *body = malloc(length);
    assert_non_null(body);
    memset(body, ' ', length);
    char *response =
        exchange(dnp_sandbox_port(*state), "POST /esUsers.asmx", ADMIN XML ACTION("GetUserById"), body, length);
    assert_int_equal(status_of(response), 500);
    assert_non_null(strstr(response, "Upload size exceeds httpRuntime limit."));
    free(response);
    memcpy(body, request, sizeof request - 1);
    response =
        exchange(dnp_sandbox_port(*state), "POST /esUsers.asmx", ADMIN XML ACTION("GetUserById"), body, length - 1);
    assert_int_equal(status_of(response), 200);
    free(response);
    free(body);
}

/* Every script compiles, finds its parameters, and answers something the codec can write. */
static void test_has_a_script_for_every_operation(void **state)
{
    (void)state;
    for (size_t d = 0; d < dnp_dialect_count; d++) {
        const struct dnp_dialect_info *dialect = &dnp_dialects[d];
        struct dnp_sandbox *sandbox = start(dialect);
        for (size_t i = 0; i < dnp_operation_count; i++) {
            const struct dnp_operation *operation = &dnp_operations[i];
            char line[128];
            char body[512];
            if ((operation->dialects & (unsigned)dialect->dialect) == 0) {
                continue;
            }
            (void)snprintf(line, sizeof line, "POST /%s.asmx", dnp_services[operation->service].name);
            int length =
                snprintf(body, sizeof body, SOAP("<%s xmlns=\"%s\" />"), operation->name, dialect->xml_namespace);
            char *response = exchange(dnp_sandbox_port(sandbox), line, ADMIN XML, body, (size_t)length);
            int status = status_of(response);
            if ((status != 200 && status != 500) || strstr(response, "of the sandbox") != NULL ||
                strstr(response, "sandbox has no") != NULL || strstr(response, "no such") != NULL ||
                strstr(response, "syntax error") != NULL) {
                fail_msg("%s in %s: %s", operation->name, dialect->name, response);
            }
            assert_int_equal(dnp_sandbox_call_count(sandbox, operation), 1);
            free(response);
        }
        dnp_sandbox_stop(sandbox);
    }
}

/* ---- rules, states, the log ---- */

static void test_drops_connections_by_a_rule(void **state)
{
    struct dnp_error error = {0};
    struct dnp_sandbox_rule rule = {.operation = "GetUserById", .injection = DNP_INJECT_DROP, .nth = 2, .times = 1};
    unsigned number = dnp_sandbox_misbehave(*state, &rule, &error);
    assert_int_equal(number, 1);
    for (int i = 1; i <= 3; i++) {
        char *response = call(*state, ADMIN XML ACTION("GetUserById"), GET_USER("2"));
        assert_int_equal(status_of(response), i == 2 ? 0 : 200);
        free(response);
    }
    assert_int_equal(dnp_sandbox_misbehaved(*state, number), 1);
    rule.operation = "Nothing";
    assert_int_equal(dnp_sandbox_misbehave(*state, &rule, &error), 0);
    assert_int_equal(error.kind, DNP_USAGE);
}

static bool count_rows(void *context, size_t column_count, const char *const *names,
                       const struct dnp_sandbox_value *values)
{
    assert_int_equal(column_count, 1);
    assert_string_equal(names[0], "Username");
    assert_int_equal(values[0].kind, DNP_SQL_TEXT);
    ++*(int *)context;
    return true;
}

static int count_users(struct dnp_sandbox *sandbox)
{
    struct dnp_error error = {0};
    struct dnp_sandbox_statement query = {"SELECT Username FROM Users", NULL, 0};
    int count = 0;
    assert_true(dnp_sandbox_query(sandbox, &query, count_rows, &count, &error));
    return count;
}

static void test_goes_back_to_a_state(void **state)
{
    struct dnp_error error = {0};
    struct dnp_sandbox_state kept;
    struct dnp_sandbox_value name = {DNP_SQL_TEXT, 0, 0, {"new", 3}};
    struct dnp_sandbox_statement statements[] = {{"INSERT INTO Users (Username) VALUES (?)", &name, 1},
                                                 {"INSERT INTO Users (Username) VALUES ('jdoe')", NULL, 0}};
    int before = count_users(*state);
    assert_true(dnp_sandbox_freeze(*state, &kept, &error));
    /* all or none */
    assert_false(dnp_sandbox_execute(*state, statements, 2, &error));
    assert_int_equal(count_users(*state), before);
    assert_true(dnp_sandbox_execute(*state, statements, 1, &error));
    assert_int_equal(count_users(*state), before + 1);
    assert_true(dnp_sandbox_restore(*state, &kept, &error));
    assert_int_equal(count_users(*state), before);
    /* bytes that are not a database */
    memset(kept.data, 'x', kept.length);
    assert_false(dnp_sandbox_restore(*state, &kept, &error));
    dnp_sandbox_state_free(&kept);
    assert_int_equal(count_users(*state), before);
}

static bool check_call(void *context, const struct dnp_sandbox_call *seen)
{
    ++*(int *)context;
    assert_string_equal(seen->operation->name, "ChangeUserPassword");
    assert_string_equal(seen->caller, "serveradmin");
    assert_int_equal(seen->http_status, 200);
    assert_int_equal(seen->argument_count, 2);
    assert_string_equal(seen->arguments[1].field->name, "password");
    assert_int_equal(seen->arguments[1].value.kind, DNP_SQL_TEXT);
    assert_string_equal(seen->arguments[1].value.text.data, "[redacted]");
    return true;
}

static void test_logs_without_secrets(void **state)
{
    int count = 0;
    free(call(*state, ADMIN XML ACTION("ChangeUserPassword"),
              SOAP("<ChangeUserPassword xmlns=\"" NAMESPACE
                   "\"><userId>3</userId><password>t0psecret</password></ChangeUserPassword>")));
    dnp_sandbox_calls(*state, NULL, check_call, &count);
    assert_int_equal(count, 1);
}

static bool note_number(void *context, const struct dnp_sandbox_call *seen)
{
    uint64_t *numbers = context;
    numbers[0] = numbers[0] == 0 ? seen->number : numbers[0];
    numbers[1] = seen->number;
    numbers[2]++;
    return true;
}

static void test_keeps_the_latest_calls_only(void **state)
{
    uint64_t numbers[3] = {0, 0, 0}; /* first, last, how many */
    struct dnp_calls *calls = dnp_calls_new();
    (void)state;
    assert_non_null(calls);
    for (int i = 0; i < DNP_SANDBOX_MAX_CALLS + 5; i++) {
        (void)dnp_calls_begin(calls, &dnp_operations[i % 2], "somebody", NULL);
    }
    dnp_calls_each(calls, NULL, note_number, numbers);
    assert_int_equal(numbers[0], 6);
    assert_int_equal(numbers[1], DNP_SANDBOX_MAX_CALLS + 5);
    assert_int_equal(numbers[2], DNP_SANDBOX_MAX_CALLS);
    assert_int_equal(dnp_calls_count(calls, NULL), DNP_SANDBOX_MAX_CALLS + 5);
    assert_int_equal(dnp_calls_count(calls, &dnp_operations[1]), DNP_SANDBOX_MAX_CALLS / 2 + 2);
    dnp_calls_clear(calls);
    assert_int_equal(dnp_calls_count(calls, NULL), 0);
    /* a call that was under way when the log was cleared */
    dnp_calls_end(calls, 7, 0, 200);
    dnp_calls_each(calls, NULL, note_number, numbers);
    assert_int_equal(numbers[2], DNP_SANDBOX_MAX_CALLS);
    dnp_calls_free(calls);
}

/* ---- many at once ---- */

#define CLIENTS 16
#define CALLS 25

static void *make_calls(void *context)
{
    intptr_t good = 0;
    for (int i = 0; i < CALLS; i++) {
        char *response = call(context, ADMIN XML ACTION("GetUserById"), GET_USER("2"));
        good += status_of(response) == 200 ? 1 : 0;
        free(response);
    }
    return (void *)good;
}

static void test_serves_many_at_once(void **state)
{
    pthread_t threads[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, make_calls, *state), 0);
    }
    for (int i = 0; i < CLIENTS; i++) {
        void *good = NULL;
        assert_int_equal(pthread_join(threads[i], &good), 0);
        assert_int_equal((intptr_t)good, CALLS);
    }
    assert_int_equal(dnp_sandbox_call_count(*state, NULL), CLIENTS * CALLS);
}

/* ---- parts ---- */

static void test_reads_credentials_like_the_panel(void **state)
{
    struct dnp_credentials credentials;
    (void)state;
    assert_int_equal(dnp_credentials_read(NULL, &credentials), DNP_CREDENTIALS_NONE);
    assert_int_equal(dnp_credentials_read("basic YTpi", &credentials), DNP_CREDENTIALS_NONE);
    assert_int_equal(dnp_credentials_read("Basic YTpi", &credentials), DNP_CREDENTIALS_READ);
    assert_string_equal(credentials.username, "a");
    assert_string_equal(credentials.password, "b");
    assert_int_equal(dnp_credentials_read("Basic YTpiOmM=", &credentials), DNP_CREDENTIALS_READ);
    assert_string_equal(credentials.password, "b"); /* of "a:b:c" */
    assert_int_equal(dnp_credentials_read("Basic YTrDpA==", &credentials), DNP_CREDENTIALS_READ);
    assert_string_equal(credentials.password, "??"); /* of "a:ä" */
    assert_int_equal(dnp_credentials_read("Basic OjE=", &credentials), DNP_CREDENTIALS_READ);
    assert_string_equal(credentials.username, "");
    assert_int_equal(dnp_credentials_read("Basic YWI=", &credentials), DNP_CREDENTIALS_BROKEN);
    assert_int_equal(dnp_credentials_read("Basic YTpi=", &credentials), DNP_CREDENTIALS_BROKEN);
    assert_int_equal(dnp_credentials_read("Basic YTp", &credentials), DNP_CREDENTIALS_BROKEN);
    assert_int_equal(dnp_credentials_read("Basic YT=pi", &credentials), DNP_CREDENTIALS_BROKEN);
}

static void assert_date(const char *text, const char *expected)
{
    char date[DNP_DATE_SIZE];
    assert_true(dnp_date_read(dnp_slice_of(text), date));
    assert_string_equal(date, expected);
}

static void assert_stored(const char *text, const char *expected)
{
    char date[DNP_DATE_SIZE];
    assert_true(dnp_date_store(text, date));
    assert_string_equal(date, expected);
}

static void test_keeps_dates_like_sql_server(void **state)
{
    char date[DNP_DATE_SIZE];
    (void)state;
    assert_int_equal(setenv("TZ", "EST5EDT,M3.2.0,M11.1.0", 1), 0);
    tzset();
    assert_date("2024-01-02", "2024-01-02T00:00:00");
    assert_date(" 2024-01-02T03:04:05.1234567 ", "2024-01-02T03:04:05.1234567");
    assert_date("2024-01-02T03:04:05Z", "2024-01-02T03:04:05");
    assert_date("2024-07-02T03:04:05+05:30", "2024-07-01T17:34:05");
    assert_date("2024-01-02T03:04:05-05:00", "2024-01-02T03:04:05");
    assert_date("2024-03-10T07:30:00+00:00", "2024-03-10T03:30:00"); /* clocks go forward at two */
    assert_stored("2024-01-02T03:04:05.1234567", "2024-01-02T03:04:05.123");
    assert_stored("2024-01-02T03:04:05.998", "2024-01-02T03:04:05.997");
    assert_stored("2024-01-02T03:04:05.999", "2024-01-02T03:04:06");
    assert_stored("2023-12-31T23:59:59.9999", "2024-01-01T00:00:00");
    assert_stored("1753-01-01T00:00:00", "1753-01-01T00:00:00");
    assert_stored("2024-02-29T00:00:00.5", "2024-02-29T00:00:00.5");
    assert_false(dnp_date_store("1752-12-31T23:59:59", date));
    assert_false(dnp_date_store(DNP_NO_DATE, date));
    assert_true(dnp_date_with_offset("2011-01-31T23:59:59", date));
    assert_string_equal(date, "2011-01-31T23:59:59-05:00");
    assert_true(dnp_date_with_offset("2010-07-15T12:53:06.72", date));
    assert_string_equal(date, "2010-07-15T12:53:06.72-04:00");
    assert_int_equal(unsetenv("TZ"), 0);
    tzset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_responses_like_asp_net, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_serves_pages, set_up, tear_down),
        cmocka_unit_test(test_closes_its_port_once_when_it_cannot_start),
        cmocka_unit_test_setup_teardown(test_refuses_requests_beyond_the_limit, set_up, tear_down),
        cmocka_unit_test(test_has_a_script_for_every_operation),
        cmocka_unit_test_setup_teardown(test_drops_connections_by_a_rule, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_goes_back_to_a_state, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_logs_without_secrets, set_up, tear_down),
        cmocka_unit_test(test_keeps_the_latest_calls_only),
        cmocka_unit_test_setup_teardown(test_serves_many_at_once, set_up, tear_down),
        cmocka_unit_test(test_reads_credentials_like_the_panel),
        cmocka_unit_test(test_keeps_dates_like_sql_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
