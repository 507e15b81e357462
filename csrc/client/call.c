/*
 * One exchange: encodes, authenticates, feeds the response to whoever classifies it, and keeps its secrets out of what
 * is shown. Freed calls wait in their session with their buffers and decoder, wiped, for the next ones.
 */
#include "client/call.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/http_date.h"
#include "client/session_private.h"
#include "soap/redact.h"

#define MAX_REQUEST ((size_t)8 * 1024 * 1024)
#define MAX_LINE ((size_t)64 * 1024)
#define MAX_IDLE 64
/* Bytes of secrets that an idle call may hold. */
#define MOST_KEPT_SECRETS ((size_t)4096)

#define CONTENT_TYPE "Content-Type: text/xml; charset=utf-8"
#define SOAP_ACTION "SOAPAction: \""

enum state {
    PREPARED,  /* no response yet */
    RECEIVING, /* the head has come */
    ENDED
};

struct dnp_call {
    struct dnp_session *session;
    const struct dnp_operation *operation;
    struct dnp_call *next; /* among the idle ones */
    enum state state;
    bool has_request;
    bool renewed;
    bool wants_again;
    struct dnp_secrets secrets; /* those of the session first */
    size_t session_secrets;     /* how many bytes of it those are; they stay when the call is forgotten */
    struct dnp_buffer url;
    struct dnp_buffer action;
    struct dnp_buffer action_line;
    const struct dnp_operation *lines_of; /* the three above; NULL: of none */
    struct dnp_buffer clear;
    struct dnp_buffer sealed;
    struct dnp_auth_exchange *exchange;
    struct dnp_call_request request;
    struct dnp_response *response;
    int status;
    int64_t date; /* of the response; 0: not known */
    struct dnp_buffer excerpt;
};

static struct dnp_slice content(const struct dnp_buffer *buffer)
{
    struct dnp_slice slice = {buffer->length > 0 ? buffer->data : "", buffer->length};
    return slice;
}

/* ---- life ---- */

static bool clean_text(void *context, struct dnp_buffer *out, struct dnp_slice text)
{
    const struct dnp_call *call = context;
    return dnp_call_redact(call, out, text);
}

static void destroy(struct dnp_call *call)
{
    dnp_response_free(call->response);
    dnp_secrets_free(&call->secrets);
    dnp_buffer_free(&call->url);
    dnp_buffer_free(&call->action);
    dnp_buffer_free(&call->action_line);
    dnp_buffer_free(&call->clear);
    dnp_buffer_free(&call->sealed);
    dnp_buffer_free(&call->excerpt);
    free(call);
}

static struct dnp_call *make(const struct dnp_session *session)
{
    struct dnp_call *call = calloc(1, sizeof *call);
    if (call == NULL) {
        return NULL;
    }
    dnp_secrets_init(&call->secrets);
    dnp_buffer_init(&call->url, MAX_LINE);
    dnp_buffer_init(&call->action, MAX_LINE);
    dnp_buffer_init(&call->action_line, MAX_LINE);
    dnp_buffer_init(&call->clear, MAX_REQUEST);
    dnp_buffer_init(&call->sealed, 2 * MAX_REQUEST);
    dnp_buffer_init(&call->excerpt, DNP_RESPONSE_EXCERPT);
    call->response = dnp_response_new(session->max_response_bytes);
    if (call->response == NULL) {
        destroy(call);
        return NULL;
    }
    dnp_response_set_clean(call->response, clean_text, call);
    return call;
}

static struct dnp_call *take_idle_or_make(struct dnp_session *session)
{
    struct dnp_call *call = session->idle;
    if (call == NULL) {
        call = make(session);
    } else {
        session->idle = call->next;
        session->idle_count--;
    }
    if (call != NULL) {
        call->session = session;
        session->calls++;
    }
    return call;
}

static void free_idle(struct dnp_session *session)
{
    while (session->idle != NULL) {
        struct dnp_call *call = session->idle;
        session->idle = call->next;
        destroy(call);
    }
    session->idle_count = 0;
}

static void free_exchange(struct dnp_call *call)
{
    if (call->exchange != NULL) {
        call->session->auth->exchange_free(call->exchange);
        call->exchange = NULL;
    }
}

static void forget_response(struct dnp_call *call)
{
    dnp_buffer_wipe_used(&call->excerpt);
    dnp_response_forget(call->response);
    call->state = PREPARED;
    call->status = 0;
    call->date = 0;
}

/* Those of the session are kept: it holds them, too, and lives longer than the call. */
static void forget_secrets(struct dnp_call *call)
{
    struct dnp_buffer *values = &call->secrets.values;
    if (values->state != DNP_BUFFER_OK || values->length > MOST_KEPT_SECRETS) {
        dnp_secrets_clear(&call->secrets);
        call->session_secrets = 0;
    } else if (values->length > call->session_secrets) {
        dnp_wipe(values->data + call->session_secrets, values->length - call->session_secrets);
        values->length = call->session_secrets;
    }
}

/* Wipes what was of one exchange; the memory stays. */
static void forget(struct dnp_call *call)
{
    forget_response(call);
    free_exchange(call);
    forget_secrets(call);
    dnp_buffer_wipe_used(&call->clear);
    dnp_buffer_wipe(&call->sealed);
    call->has_request = false;
    call->renewed = false;
    call->wants_again = false;
}

void dnp_call_free(struct dnp_call *call)
{
    if (call == NULL) {
        return;
    }
    struct dnp_session *session = call->session;
    forget(call);
    session->calls--;
    if (session->idle_count < MAX_IDLE) {
        call->next = session->idle;
        session->idle = call;
        session->idle_count++;
        session->free_idle = free_idle;
    } else {
        destroy(call);
    }
    dnp_session_release(session);
}

/* ---- the request ---- */

/* Ends every failure of a call; usage errors have the words of whoever found them. */
static bool failed(const struct dnp_call *call, struct dnp_error *error)
{
    if (error->kind != DNP_USAGE) {
        dnp_response_prefix_error(error, call->operation);
    }
    return false;
}

/* Others, of tests, may be gone when another is in their place. */
static bool is_known(const struct dnp_operation *operation)
{
    return operation >= dnp_operations && operation < dnp_operations + dnp_operation_count;
}

static bool make_lines(struct dnp_call *call, struct dnp_error *error)
{
    const struct dnp_session *session = call->session;
    if (call->lines_of == call->operation && is_known(call->operation)) {
        return true; /* of the call that had these buffers before */
    }
    call->lines_of = NULL;
    dnp_buffer_clear(&call->url);
    dnp_buffer_puts(&call->url, session->address.url);
    dnp_buffer_puts(&call->url, "/");
    dnp_buffer_puts(&call->url, dnp_services[call->operation->service].name);
    dnp_buffer_puts(&call->url, ".asmx");
    dnp_buffer_clear(&call->action);
    dnp_buffer_puts(&call->action, session->dialect->xml_namespace);
    dnp_buffer_puts(&call->action, "/");
    dnp_buffer_puts(&call->action, call->operation->name);
    if (!dnp_buffer_check(&call->url, "the url", error) || !dnp_buffer_check(&call->action, "the action", error)) {
        return false;
    }
    dnp_buffer_clear(&call->action_line);
    dnp_buffer_puts(&call->action_line, SOAP_ACTION);
    dnp_buffer_append(&call->action_line, call->action.data, call->action.length);
    dnp_buffer_puts(&call->action_line, "\"");
    if (!dnp_buffer_check(&call->action_line, "the action", error)) {
        return false;
    }
    call->lines_of = call->operation;
    return true;
}

static bool authenticate(struct dnp_call *call, const char **header, struct dnp_error *error)
{
    const struct dnp_session *session = call->session;
    const struct dnp_auth_request request = {
        .url = call->url.data, .action = call->action.data, .envelope = content(&call->clear)};
    struct dnp_auth_result result = {.sealed = &call->sealed, .secrets = &call->secrets};
    free_exchange(call);
    dnp_buffer_wipe(&call->sealed);
    if (!dnp_services[call->operation->service].authenticated) {
        return true;
    }
    bool good = session->auth->authenticate(session->identity, &request, &result, error);
    call->exchange = result.own;
    *header = result.header;
    return good;
}

static bool make_request(struct dnp_call *call, struct dnp_error *error)
{
    const struct dnp_session *session = call->session;
    struct dnp_call_request *request = &call->request;
    const char *authentication = NULL;
    size_t count = 0;
    if (!authenticate(call, &authentication, error)) {
        return failed(call, error);
    }
    request->headers[count++] = CONTENT_TYPE;
    request->headers[count++] = call->action_line.data;
    if (authentication != NULL) {
        request->headers[count++] = authentication;
    }
    request->headers[count++] = session->user_agent_line;
    request->headers[count] = NULL;
    request->url = call->url.data;
    request->path = call->url.data + (session->address.path - session->address.url);
    request->address = &session->address;
    request->clear = content(&call->clear);
    request->body = call->sealed.length > 0 ? content(&call->sealed) : request->clear;
    return true;
}

bool dnp_call_encode(struct dnp_call *call, const struct dnp_source *source, struct dnp_error *error)
{
    if (!make_lines(call, error) || !dnp_soap_encode(&call->clear, &call->operation->request, call->session->dialect,
                                                     DNP_CLIENT_SIDE, DNP_SOAP_11, source, &call->secrets, error)) {
        return failed(call, error);
    }
    call->has_request = make_request(call, error);
    return call->has_request;
}

struct dnp_call *dnp_call_new(struct dnp_session *session, const struct dnp_operation *operation,
                              struct dnp_error *error)
{
    if ((operation->dialects & (unsigned)session->dialect->dialect) == 0) {
        (void)dnp_fail(error, DNP_USAGE, "%s is not an operation of %s", operation->name, session->dialect->product);
        return NULL;
    }
    struct dnp_call *call = take_idle_or_make(session);
    if (call == NULL) {
        (void)dnp_fail_memory(error);
        return NULL;
    }
    call->operation = operation;
    if (call->session_secrets == 0) {
        if (!session->auth->secrets(session->identity, &call->secrets)) {
            dnp_call_free(call);
            (void)dnp_fail_memory(error);
            return NULL;
        }
        call->session_secrets = call->secrets.values.length;
    }
    return call;
}

bool dnp_call_leave(const struct dnp_call *call, struct dnp_slice *kept)
{
    const struct dnp_buffer *values = &call->secrets.values;
    kept->data = values->data + call->session_secrets;
    kept->length = values->length - call->session_secrets;
    return call->exchange == NULL;
}

bool dnp_call_take_up(struct dnp_call *call, struct dnp_slice kept)
{
    return dnp_buffer_append(&call->secrets.values, kept.data, kept.length);
}

bool dnp_call_renew(struct dnp_call *call, struct dnp_error *error)
{
    if (!call->has_request) {
        return dnp_fail(error, DNP_USAGE, "%s: there is no request to make again", call->operation->name);
    }
    forget_response(call);
    call->wants_again = false;
    call->renewed = true;
    return make_request(call, error);
}

const struct dnp_operation *dnp_call_operation(const struct dnp_call *call)
{
    return call->operation;
}

const struct dnp_call_request *dnp_call_request(const struct dnp_call *call)
{
    return call->has_request ? &call->request : NULL;
}

/* ---- the response ---- */

static void keep_excerpt(struct dnp_call *call, struct dnp_slice bytes)
{
    size_t room = DNP_RESPONSE_EXCERPT - call->excerpt.length;
    if (call->session->keep_excerpts) {
        /* An excerpt that cannot be kept is not worth failing a call for. */
        (void)dnp_buffer_append(&call->excerpt, bytes.data, bytes.length < room ? bytes.length : room);
    }
}

/* Names of elements and types of content are the server's words, and may quote a secret. */
static void clean_message(const struct dnp_call *call, struct dnp_error *error)
{
    struct dnp_buffer message;
    dnp_buffer_init(&message, DNP_SOAP_MAX_TEXT);
    bool good = dnp_secrets_redact(&call->secrets, &message, dnp_slice_of(error->message));
    dnp_error_set_message(error, "%s",
                          good ? content(&message).data : "the response cannot be read, nor described: out of memory");
    dnp_buffer_free(&message);
}

static struct dnp_auth_response describe_response(const struct dnp_call *call, const struct dnp_error *error)
{
    const struct dnp_auth_response response = {
        .status = call->status,
        .fault_code = error != NULL && error->kind == DNP_FAULT ? error->name : NULL,
        .fault_text = error != NULL && error->kind == DNP_FAULT ? dnp_response_fault_text(call->response).data : NULL,
        .date = call->date,
        .relates_to = dnp_response_relates_to(call->response),
        .renewed = call->renewed};
    return response;
}

static void add_hint(const struct dnp_call *call, struct dnp_error *error)
{
    const struct dnp_session *session = call->session;
    const struct dnp_auth_response response = describe_response(call, error);
    const char *hint = NULL;
    char scratch[DNP_AUTH_HINT_SIZE];
    if (dnp_services[call->operation->service].authenticated && !dnp_response_wants_windows(call->response)) {
        hint = session->auth->hint(session->identity, &response, scratch);
    }
    if (hint != NULL) {
        size_t length = strlen(error->message);
        (void)snprintf(error->message + length, sizeof error->message - length, " (%s)", hint);
    }
}

/* Ends every failure of a response. */
static bool refused(struct dnp_call *call, struct dnp_error *error)
{
    call->state = ENDED;
    if (error->kind == DNP_PROTOCOL || error->kind == DNP_HTTP) {
        clean_message(call, error); /* the others are clean: a fault's text, sentences of our own */
    }
    add_hint(call, error);
    return false;
}

/* A row that is not in the contract has none. */
static struct dnp_memo *find_memo(const struct dnp_call *call)
{
    return is_known(call->operation) ? &call->session->memos[call->operation - dnp_operations] : NULL;
}

bool dnp_call_head(struct dnp_call *call, const struct dnp_response_head *head, const struct dnp_sink *sink,
                   struct dnp_error *error)
{
    call->status = head->status;
    if (head->date == NULL || !dnp_http_date(head->date, &call->date)) {
        call->date = 0;
    }
    dnp_response_set_memo(call->response, find_memo(call));
    if (!dnp_response_begin(call->response, call->operation, call->session->dialect, head, sink, error)) {
        return refused(call, error);
    }
    call->state = RECEIVING;
    return true;
}

/* Whether authentication takes the response for one to this request. */
static bool verify(struct dnp_call *call, bool good, struct dnp_error *error)
{
    const struct dnp_session *session = call->session;
    if (!call->has_request || !dnp_services[call->operation->service].authenticated) {
        return good;
    }
    const struct dnp_auth_response response = describe_response(call, good ? NULL : error);
    switch (session->auth->verify(session->identity, call->exchange, &response, error)) {
    case DNP_AUTH_REJECTED:
        error->http_status = call->status;
        error->outcome = DNP_UNKNOWN;
        return failed(call, error);
    case DNP_AUTH_AGAIN:
        call->wants_again = !good && !call->operation->mutates && !call->renewed;
        return good;
    default:
        return good;
    }
}

static bool end(struct dnp_call *call, bool good, struct dnp_error *error)
{
    good = verify(call, good, error);
    call->state = ENDED;
    return good || refused(call, error);
}

bool dnp_call_feed(struct dnp_call *call, struct dnp_slice bytes, struct dnp_error *error)
{
    keep_excerpt(call, bytes);
    return dnp_response_feed(call->response, bytes, error) || end(call, false, error);
}

bool dnp_call_finish(struct dnp_call *call, struct dnp_error *error)
{
    return end(call, dnp_response_finish(call->response, error), error);
}

bool dnp_call_take_body(struct dnp_call *call, struct dnp_slice body, struct dnp_error *error)
{
    keep_excerpt(call, body);
    return end(call, dnp_response_take_body(call->response, body, error), error);
}

bool dnp_call_break(struct dnp_call *call, const struct dnp_error *broken, struct dnp_error *error)
{
    if (call->state == RECEIVING && dnp_response_decided(call->response)) {
        return dnp_call_finish(call, error);
    }
    call->state = ENDED;
    *error = *broken;
    error->http_status = call->status;
    return failed(call, error);
}

bool dnp_call_fail(struct dnp_call *call, const struct dnp_failure *failure, struct dnp_error *error)
{
    struct dnp_failure clean = *failure;
    struct dnp_error broken;
    struct dnp_buffer reason;
    dnp_buffer_init(&reason, DNP_SOAP_MAX_TEXT);
    clean.reason = NULL;
    if (failure->reason != NULL && dnp_secrets_redact(&call->secrets, &reason, dnp_slice_of(failure->reason))) {
        clean.reason = content(&reason).data; /* else it is left out rather than shown as it came */
    }
    dnp_failure_describe(&clean, call->session->address.where, &broken);
    dnp_buffer_free(&reason);
    return dnp_call_break(call, &broken, error);
}

bool dnp_call_wants_again(const struct dnp_call *call)
{
    return call->wants_again;
}

void dnp_call_consumed(struct dnp_call *call)
{
    dnp_response_consumed(call->response);
}

bool dnp_call_decided(const struct dnp_call *call)
{
    return call->state != PREPARED && dnp_response_decided(call->response);
}

int dnp_call_status(const struct dnp_call *call)
{
    return call->status;
}

struct dnp_slice dnp_call_excerpt(const struct dnp_call *call)
{
    return content(&call->excerpt);
}

struct dnp_slice dnp_call_fault_text(const struct dnp_call *call)
{
    return dnp_response_fault_text(call->response);
}

struct dnp_slice dnp_call_fault_detail(const struct dnp_call *call)
{
    return dnp_response_fault_detail(call->response);
}

const char *dnp_call_remark(const struct dnp_call *call)
{
    return dnp_response_remark(call->response);
}

bool dnp_call_redact(const struct dnp_call *call, struct dnp_buffer *out, struct dnp_slice text)
{
    struct dnp_buffer elements;
    dnp_buffer_init(&elements, DNP_SOAP_MAX_TEXT);
    bool good = dnp_redact_xml(&elements, text) && dnp_secrets_redact(&call->secrets, out, content(&elements));
    dnp_buffer_free(&elements);
    return good;
}
