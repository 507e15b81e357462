/*
 * From an HTTP request to a response, in the order of ASP.NET's pipeline: path, method, message security, credentials,
 * media type, XML, SOAPAction, parameters, the call itself.
 *
 * Knows what the real server answers at each step when something is wrong; rules of the panel are in sql/.
 */
#include "sandbox/http/service.h"

#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "lookup/find.h"
#include "sandbox/http/auth.h"
#include "sandbox/http/envelope.h"
#include "sandbox/http/outcome_source.h"
#include "sandbox/http/pages.h"
#include "sandbox/http/request.h"
#include "sandbox/http/wsdl.h"
#include "sandbox/http/wse_server_exchange.h"
#include "sandbox/store/text.h"
#include "xml/writer.h"

#define MAX_REPLY ((size_t)512 * 1024 * 1024)
#define MAX_FAULT 2400
#define NOBODY (-1)

/* One SOAP call on its way through the pipeline. */
struct exchange {
    const struct dnp_service_state *state;
    struct dnp_http_call *call;
    struct dnp_reply *reply;
    const struct dnp_service_info *service;
    enum dnp_soap_version version;
    struct dnp_envelope envelope;
    const struct dnp_operation *operation;
    struct dnp_caller caller;
    struct dnp_wse_server_exchange security;
    struct dnp_parameters parameters;
    struct dnp_injected injected;
    uint64_t number; /* in the log */
    int64_t code;    /* for the log */
};

void dnp_reply_free(struct dnp_reply *reply)
{
    dnp_buffer_free(&reply->body);
}

/* ---- replies ---- */

static void reply_html(struct dnp_reply *reply, int status, const char *text)
{
    dnp_buffer_clear(&reply->body);
    reply->status = status;
    reply->content_type = "text/html; charset=utf-8";
    reply->cache_control = "private";
    dnp_page_error(&reply->body, status, text);
}

static void reply_empty(struct dnp_reply *reply, int status)
{
    dnp_buffer_clear(&reply->body);
    reply->status = status;
    reply->content_type = "text/xml; charset=utf-8";
    reply->cache_control = "private";
}

static void reply_xml(struct exchange *exchange, int status, const char *cache_control)
{
    exchange->reply->status = status;
    exchange->reply->content_type =
        exchange->version == DNP_SOAP_12 ? "application/soap+xml; charset=utf-8" : "text/xml; charset=utf-8";
    exchange->reply->cache_control = cache_control;
}

/* Requests and rules have a say in the text of faults; with bytes that are not text the response would not be XML. */
static void replace_what_is_no_text(char *text)
{
    const char *reason = NULL;
    size_t length = strlen(text);
    for (size_t at = 0; at < length; at++) {
        struct dnp_slice rest = {text + at, length - at};
        at += dnp_utf8_check(rest, &reason);
        if (at < length) {
            text[at] = '?';
        }
    }
}

static void reply_fault(struct exchange *exchange, const char *code, const char *text)
{
    struct dnp_error error = {0};
    char shown[MAX_FAULT];
    (void)snprintf(shown, sizeof shown, "%s", text);
    replace_what_is_no_text(shown);
    dnp_buffer_clear(&exchange->reply->body);
    (void)dnp_soap_encode_fault(&exchange->reply->body, exchange->version, code, shown, &error);
    reply_xml(exchange, 500, "private");
}

static void reply_server_fault(struct exchange *exchange, const char *cause)
{
    char text[MAX_FAULT];
    (void)snprintf(text, sizeof text, "Server was unable to process request. ---> %s", cause);
    reply_fault(exchange, "Server", text);
}

static void reply_denied(struct exchange *exchange)
{
    struct dnp_reply *reply = exchange->reply;
    reply_empty(reply, 401);
    reply->content_type = "text/html";
    dnp_buffer_puts(&reply->body, "401 Access Denied");
    (void)snprintf(reply->challenge, sizeof reply->challenge, "Basic Realm=\"%s Enterprise Server\"",
                   exchange->state->dialect->product);
}

/* ---- where to ---- */

/* The service whose page ends the path, as in "/panel/esUsers.asmx"; `*rest` is what follows it. */
static const struct dnp_service_info *find_service(const char *path, const char **rest)
{
    for (size_t i = 0; i < DNP_SERVICE_COUNT; i++) {
        char page[DNP_NAME_SIZE];
        int length = snprintf(page, sizeof page, "/%s.asmx", dnp_services[i].name);
        for (const char *at = strchr(path, '/'); at != NULL; at = strchr(at + 1, '/')) {
            if (dnp_ascii_equal_start(at, page, (size_t)length) && (at[length] == '\0' || at[length] == '/')) {
                *rest = at + length;
                return &dnp_services[i];
            }
        }
    }
    return NULL;
}

static void respond_get(struct exchange *exchange)
{
    struct dnp_reply *reply = exchange->reply;
    reply->status = 200;
    reply->cache_control = "private, max-age=0";
    if (exchange->call->query == NULL || !dnp_ascii_equal(exchange->call->query, "wsdl")) {
        reply->content_type = "text/html; charset=utf-8";
        dnp_page_service(&reply->body, exchange->service, exchange->state->dialect);
        return;
    }
    char address[512];
    bool https = strncmp(exchange->state->url, "https:", strlen("https:")) == 0;
    const char *host = exchange->call->host != NULL ? exchange->call->host : strstr(exchange->state->url, "//") + 2;
    (void)snprintf(address, sizeof address, "http%s://%s%s", https ? "s" : "", host, exchange->call->path);
    reply->content_type = "text/xml; charset=utf-8";
    dnp_wsdl_write(&reply->body, exchange->service, exchange->state->dialect, address);
}

/* ---- who ---- */

static void reply_security_fault(struct exchange *exchange)
{
    struct dnp_wse_server_exchange *security = &exchange->security;
    if (security->received.fault == DNP_WSE_SERVER_UNREADABLE) {
        reply_server_fault(exchange, "Data at the root level is invalid.");
        return;
    }
    (void)dnp_wse_server_write_fault(&exchange->reply->body, &security->received, security->message_id,
                                     security->address);
    reply_xml(exchange, 500, "private");
}

/* Message security comes before HTTP Basic, which is asked only where a request has none. */
static bool check_security(struct exchange *exchange)
{
    if (exchange->state->auth == DNP_SANDBOX_BASIC) {
        return true;
    }
    switch (dnp_wse_server_exchange_check(&exchange->security, exchange->state, exchange->call, &exchange->caller)) {
    case DNP_WSE_SERVER_REFUSED:
        reply_security_fault(exchange);
        return false;
    case DNP_WSE_SERVER_FAILED:
        reply_server_fault(exchange, DNP_FAULT_OUT_OF_MEMORY);
        return false;
    default:
        return true;
    }
}

static bool check_credentials(struct exchange *exchange)
{
    struct dnp_credentials credentials;
    struct dnp_error error = {0};
    bool found = false;
    if (!exchange->service->authenticated || exchange->security.secured) {
        return true;
    }
    if (exchange->state->auth == DNP_SANDBOX_WSE) {
        reply_denied(exchange);
        return false;
    }
    enum dnp_credentials_state read = dnp_credentials_read(exchange->call->authorization, &credentials);
    if (read == DNP_CREDENTIALS_BROKEN) {
        reply_fault(exchange, "Server", credentials.fault);
        return false;
    }
    bool asked =
        read != DNP_CREDENTIALS_READ || dnp_store_authenticate(exchange->state->store, credentials.username,
                                                               credentials.password, &exchange->caller, &found, &error);
    dnp_credentials_wipe(&credentials);
    if (!asked) {
        reply_server_fault(exchange, error.message);
    } else if (!found) {
        reply_denied(exchange);
    }
    return asked && found;
}

/* ---- what ---- */

static bool has_media_type(const char *content_type, const char *media_type)
{
    size_t length = strlen(media_type);
    return content_type != NULL && dnp_ascii_equal_start(content_type, media_type, length) &&
           (content_type[length] == '\0' || content_type[length] == ';' || content_type[length] == ' ');
}

static bool check_media_type(struct exchange *exchange)
{
    const char *content_type = exchange->call->content_type;
    if (has_media_type(content_type, "application/soap+xml")) {
        exchange->version = DNP_SOAP_12;
    } else if (!has_media_type(content_type, "text/xml")) {
        reply_empty(exchange->reply, 415);
        return false;
    }
    return true;
}

/* The value of a parameter of the media type, without its quotes; false when there is none. */
static bool find_parameter(const char *content_type, const char *name, char *value, size_t size)
{
    size_t length = strlen(name);
    for (const char *at = strchr(content_type, ';'); at != NULL; at = strchr(at, ';')) {
        at += 1 + strspn(at + 1, " \t");
        if (dnp_ascii_equal_start(at, name, length) && at[length] == '=') {
            at += length + 1;
            bool quoted = *at == '"';
            at += quoted ? 1 : 0;
            size_t end = strcspn(at, quoted ? "\"" : "; \t");
            (void)snprintf(value, size, "%.*s", (int)end, at);
            return true;
        }
    }
    return false;
}

/* What is not UTF-8 is replaced, as .NET's decoder does. */
static bool repair_body(struct exchange *exchange)
{
    struct dnp_buffer *body = &exchange->call->body;
    struct dnp_slice text = {body->data, body->length};
    struct dnp_buffer repaired;
    dnp_buffer_init(&repaired, 3 * body->length + 1);
    if (!dnp_text_repair(text, &repaired)) {
        dnp_buffer_free(&repaired);
        reply_server_fault(exchange, DNP_FAULT_OUT_OF_MEMORY);
        return false;
    }
    if (repaired.length != body->length) {
        dnp_buffer_free(body);
        *body = repaired;
    } else {
        dnp_buffer_free(&repaired);
    }
    return true;
}

/* Without a charset the body is ASCII, and whatever is not becomes a question mark. */
static bool apply_charset(struct exchange *exchange)
{
    char charset[DNP_NAME_SIZE];
    struct dnp_buffer *body = &exchange->call->body;
    if (find_parameter(exchange->call->content_type, "charset", charset, sizeof charset) &&
        !dnp_ascii_equal(charset, "us-ascii")) {
        return repair_body(exchange);
    }
    for (size_t i = 0; i < body->length; i++) {
        if ((unsigned char)body->data[i] >= 0x80) {
            body->data[i] = '?';
        }
    }
    return true;
}

static bool check_envelope(struct exchange *exchange)
{
    struct dnp_slice xml = {exchange->call->body.data, exchange->call->body.length};
    switch (dnp_envelope_look(xml, &exchange->envelope)) {
    case DNP_ENVELOPE_GOOD:
        if (exchange->envelope.version == DNP_SOAP_12) {
            exchange->version = DNP_SOAP_12; /* whatever the media type says */
        }
        return true;
    case DNP_ENVELOPE_NOT_SOAP:
        reply_fault(exchange, "VersionMismatch", "Possible SOAP version mismatch: Envelope namespace was unexpected.");
        return false;
    case DNP_ENVELOPE_MUST_UNDERSTAND:
        reply_fault(exchange, "MustUnderstand", "SOAP header was not understood.");
        return false;
    case DNP_ENVELOPE_FAILED:
        reply_server_fault(exchange, DNP_FAULT_OUT_OF_MEMORY);
        return false;
    default:
        reply_empty(exchange->reply, 400);
        return false;
    }
}

static const struct dnp_operation *find_operation(const struct exchange *exchange, const char *name)
{
    const struct dnp_operation *operation = dnp_find_operation(name, exchange->state->dialect->dialect);
    return operation != NULL && operation->service == exchange->service->service ? operation : NULL;
}

/* "<namespace>/<operation>", in double quotes or not. */
static const struct dnp_operation *find_by_action(const struct exchange *exchange, const char *action)
{
    char name[DNP_NAME_SIZE];
    const char *xml_namespace = exchange->state->dialect->xml_namespace;
    size_t length = strlen(action);
    if (length >= 2 && action[0] == '"' && action[length - 1] == '"') {
        action++;
        length -= 2;
    }
    size_t prefix = strlen(xml_namespace);
    if (length <= prefix + 1 || strncmp(action, xml_namespace, prefix) != 0 || action[prefix] != '/') {
        return NULL;
    }
    (void)snprintf(name, sizeof name, "%.*s", (int)(length - prefix - 1), action + prefix + 1);
    return find_operation(exchange, name);
}

static const struct dnp_operation *find_by_element(const struct exchange *exchange)
{
    bool ours = strcmp(exchange->envelope.element_namespace, exchange->state->dialect->xml_namespace) == 0;
    return ours ? find_operation(exchange, exchange->envelope.element) : NULL;
}

static bool choose_operation(struct exchange *exchange)
{
    char parameter[512];
    const char *action = exchange->call->soap_action;
    if (exchange->version == DNP_SOAP_12) {
        action = find_parameter(exchange->call->content_type, "action", parameter, sizeof parameter) ? parameter : NULL;
    }
    exchange->operation = action != NULL ? find_by_action(exchange, action) : find_by_element(exchange);
    if (exchange->operation != NULL) {
        return true;
    }
    char text[MAX_FAULT];
    if (action != NULL) {
        (void)snprintf(text, sizeof text, "Server did not recognize the value of HTTP Header SOAPAction: %s.", action);
    } else {
        (void)snprintf(text, sizeof text,
                       "Unable to handle request without a valid action parameter. The request "
                       "element <%s> is not known.",
                       exchange->envelope.element);
    }
    reply_fault(exchange, "Client", text);
    return false;
}

/* ---- with what ---- */

static void reply_unreadable(struct exchange *exchange, const struct dnp_error *error)
{
    char text[MAX_FAULT];
    const char *cause =
        strstr(error->message, "integer") != NULL ? "Input string was not in a correct format." : error->message;
    (void)snprintf(text, sizeof text,
                   "Server was unable to read request. ---> There is an error in XML document. ---> %s", cause);
    reply_fault(exchange, "Client", text);
}

static bool decode(struct exchange *exchange, struct dnp_soap_decoder *decoder, const struct dnp_sink *sink,
                   struct dnp_error *error)
{
    struct dnp_slice xml = {exchange->call->body.data, exchange->call->body.length};
    if (!dnp_soap_decoder_start(decoder, &exchange->operation->request, exchange->state->dialect, DNP_SERVER_SIDE, sink,
                                error)) {
        return false;
    }
    dnp_soap_decoder_pass_bodies(decoder, exchange->envelope.bodies > 0 ? exchange->envelope.bodies - 1 : 0);
    return dnp_soap_decoder_feed(decoder, xml, error) && dnp_soap_decoder_finish(decoder, error);
}

static bool read_parameters(struct exchange *exchange)
{
    struct dnp_error error = {0};
    struct dnp_request_sink sink;
    struct dnp_soap_limits limits = {exchange->call->body.length + 1};
    struct dnp_soap_decoder *decoder = dnp_soap_decoder_new(&limits);
    bool ready = dnp_request_sink_init(&sink, exchange->operation, &exchange->parameters) && decoder != NULL;
    bool read = ready && decode(exchange, decoder, &sink.sink, &error);
    dnp_request_sink_free(&sink);
    dnp_soap_decoder_free(decoder);
    if (!ready || error.kind == DNP_MEMORY) {
        reply_server_fault(exchange, DNP_FAULT_OUT_OF_MEMORY);
    } else if (!read && strstr(error.message, "holds elements") != NULL) {
        reply_empty(exchange->reply, 400); /* to the serializer that is not XML */
    } else if (!read) {
        reply_unreadable(exchange, &error);
    }
    return read;
}

/* ---- the call ---- */

static void write_response(struct exchange *exchange, const struct dnp_script_outcome *outcome)
{
    struct dnp_error error = {0};
    struct dnp_outcome_source source;
    dnp_outcome_source_init(&source, outcome, exchange->state->dialect->dialect);
    if (dnp_soap_encode(&exchange->reply->body, &exchange->operation->response, exchange->state->dialect,
                        DNP_SERVER_SIDE, exchange->version, &source.source, NULL, &error)) {
        exchange->code = outcome->result.kind == DNP_SQL_INTEGER ? outcome->result.integer : 0;
        reply_xml(exchange, 200, "private, max-age=0");
    } else {
        reply_server_fault(exchange, error.message);
    }
}

static void carry_out(struct exchange *exchange)
{
    struct dnp_error error = {0};
    struct dnp_script_outcome outcome = {0};
    if (!dnp_store_call(exchange->state->store, exchange->operation, &exchange->caller, &exchange->parameters, &outcome,
                        &error)) {
        reply_server_fault(exchange, error.message);
    } else if (outcome.ending == DNP_SCRIPT_FAULTED) {
        reply_server_fault(exchange, outcome.fault);
    } else {
        write_response(exchange, &outcome);
    }
    dnp_script_outcome_free(&outcome);
}

static void refuse(struct exchange *exchange, int code)
{
    struct dnp_script_outcome outcome = {.ending = DNP_SCRIPT_REFUSED};
    dnp_sql_value_set_integer(&outcome.result, code);
    write_response(exchange, &outcome);
    dnp_script_outcome_free(&outcome);
}

/* ---- misbehaving ---- */

/* Does what was asked for in place of the response, or to it. */
static void inject_failure(struct exchange *exchange)
{
    const struct dnp_injected *injected = &exchange->injected;
    struct dnp_injector *injector = exchange->state->injector;
    dnp_calls_mark(exchange->state->calls, exchange->number, dnp_injection_names[injected->injection]);
    switch (injected->injection) {
    case DNP_INJECT_DELAY:
        /* ASMX does not notice that its caller has left. */
        if (!dnp_injector_wait(injector, injected->seconds, NOBODY)) {
            exchange->reply->delivery = DNP_DELIVER_NOTHING;
        }
        break;
    case DNP_INJECT_FAULT:
        reply_server_fault(exchange, injected->text);
        break;
    case DNP_INJECT_HTML:
        reply_html(exchange->reply, injected->status, injected->text);
        break;
    case DNP_INJECT_CUT:
        exchange->reply->delivery = DNP_DELIVER_CUT;
        exchange->reply->cut_at = injected->bytes;
        break;
    case DNP_INJECT_HANG:
        (void)dnp_injector_wait(injector, -1, exchange->call->socket);
        exchange->reply->delivery = DNP_DELIVER_NOTHING;
        break;
    case DNP_INJECT_REFUSE:
        refuse(exchange, injected->code);
        break;
    default:
        exchange->reply->delivery = DNP_DELIVER_NOTHING;
        break;
    }
}

static void run_call(struct exchange *exchange)
{
    dnp_injector_ask(exchange->state->injector, exchange->operation, &exchange->injected);
    bool before = exchange->injected.any && !exchange->injected.after;
    if (before) {
        inject_failure(exchange);
    }
    /* A delay does not keep the call from being carried out, however long its caller waits. */
    if (!before || exchange->injected.injection == DNP_INJECT_DELAY) {
        carry_out(exchange);
    }
    if (exchange->injected.any && exchange->injected.after) {
        inject_failure(exchange);
    }
}

/* Everything up to the call itself; false when it was answered on the way. */
static bool prepare_call(struct exchange *exchange)
{
    if (!check_security(exchange) || !check_credentials(exchange) || !check_media_type(exchange)) {
        return false;
    }
    if (exchange->call->too_big) {
        reply_fault(exchange, "Server",
                    "There was an exception running the extensions specified in the config file. "
                    "---> Upload size exceeds httpRuntime limit.");
        return false;
    }
    return apply_charset(exchange) && check_envelope(exchange) && choose_operation(exchange) &&
           read_parameters(exchange);
}

static void address_reply(struct exchange *exchange)
{
    struct dnp_reply *reply = exchange->reply;
    if (exchange->security.secured &&
        !dnp_wse_server_address_response(&reply->body, &exchange->security.received, exchange->security.message_id,
                                         reply->status == 500)) {
        reply_server_fault(exchange, DNP_FAULT_OUT_OF_MEMORY);
    }
}

static void respond_post(struct exchange *exchange)
{
    dnp_wse_server_exchange_init(&exchange->security);
    bool ready = prepare_call(exchange);
    exchange->number =
        dnp_calls_begin(exchange->state->calls, exchange->operation, exchange->caller.name, &exchange->parameters);
    if (ready) {
        run_call(exchange);
    }
    address_reply(exchange);
    dnp_wse_server_set_date(exchange->state, exchange->reply);
    dnp_wse_server_exchange_free(&exchange->security);
    dnp_parameters_free(&exchange->parameters);
    dnp_calls_end(exchange->state->calls, exchange->number, exchange->code,
                  exchange->reply->delivery == DNP_DELIVER_NOTHING ? 0 : exchange->reply->status);
}

void dnp_service_respond(const struct dnp_service_state *state, struct dnp_http_call *call, struct dnp_reply *reply)
{
    const char *rest = "";
    struct exchange exchange = {.state = state, .call = call, .reply = reply};
    memset(reply, 0, sizeof *reply);
    dnp_buffer_init(&reply->body, MAX_REPLY);
    exchange.service = find_service(call->path, &rest);
    if (exchange.service == NULL) {
        reply_html(reply, 404, "The resource cannot be found.");
    } else if (strcmp(call->method, "POST") == 0 && *rest == '\0') {
        respond_post(&exchange);
    } else if (strcmp(call->method, "GET") != 0 && strcmp(call->method, "HEAD") != 0) {
        reply_html(reply, 405, "Method Not Allowed");
    } else if (*rest != '\0') {
        reply_html(reply, 500, "Request format is unrecognized for URL unexpectedly ending in the method's name.");
    } else {
        respond_get(&exchange);
    }
    if (reply->body.state != DNP_BUFFER_OK) {
        reply_empty(reply, 500);
    }
}
