/*
 * Puts the parts together: encodes a call, sends it once, judges what comes back.
 *
 * Owns the password and every buffer that holds it, and wipes them. Nothing is held across a call into a source or
 * sink, so either may leave by longjmp. Every error of a call begins with the operation's name; those of the
 * caller's mistakes are the source's own.
 */
#include "client/session.h"

#include "auth/basic.h"
#include "soap/redact.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define MAX_REQUEST ((size_t)8 * 1024 * 1024)
#define MAX_LINE ((size_t)64 * 1024)
#define MAX_HEADERS 3

#define CONTENT_TYPE "Content-Type"
#define CONTENT_TYPE_VALUE "text/xml; charset=utf-8"
#define SOAP_ACTION "SOAPAction"
#define AUTHORIZATION "Authorization"

struct dnp_session {
    const struct dnp_dialect_info *dialect;
    char *base; /* without a slash at its end */
    char *username;
    char *password;
    struct dnp_http *http;
    struct dnp_answer *answer;

    /* the request made last */
    const struct dnp_operation *prepared; /* NULL when there is none */
    struct dnp_buffer url;
    struct dnp_buffer body;
    struct dnp_buffer action_line;
    struct dnp_buffer authorization_line;
    const char *header_names[MAX_HEADERS + 1];
    const char *header_values[MAX_HEADERS + 1];
    const char *header_lines[MAX_HEADERS + 1];

    /* the call under way, or the answer received last */
    const struct dnp_operation *operation;
    struct dnp_sink sink;
    bool calling;   /* sent, and the answer is not complete */
    bool answering; /* status and content type have come */
    int status;
    bool keep_excerpt;
    struct dnp_buffer excerpt;
};

/* ---- options ---- */

static bool is_printable_ascii(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text <= ' ' || *text >= 0x7F) {
            return false;
        }
    }
    return true;
}

static bool has_control_character(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7F) {
            return true;
        }
    }
    return false;
}

/* Digits of a port that exists. */
static bool is_port(const char *text, size_t length)
{
    unsigned long port = 0;
    if (length == 0 || length > 5) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        port = port * 10 + (unsigned long)(text[i] - '0');
    }
    return port >= 1 && port <= 65535;
}

/* `text` is what stands between "//" and the next slash. */
static bool check_authority(const char *text, size_t length, struct dnp_error *error)
{
    size_t host = 0;
    if (memchr(text, '@', length) != NULL) {
        return dnp_fail(error, DNP_USAGE, "url must not hold a user name or password; they are options of their own");
    }
    if (length > 0 && text[0] == '[') {
        const char *end = memchr(text, ']', length);
        host = end != NULL ? (size_t)(end - text) + 1 : 0;
    } else {
        while (host < length && text[host] != ':') {
            host++;
        }
    }
    if (host == 0) {
        return dnp_fail(error, DNP_USAGE, "url has no host");
    }
    if (host < length && (text[host] != ':' || !is_port(text + host + 1, length - host - 1))) {
        return dnp_fail(error, DNP_USAGE, "url has a port that is no number from 1 to 65535");
    }
    return true;
}

/* The length of `text` without the slashes at its end. */
static size_t without_slashes(const char *text)
{
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '/') {
        length--;
    }
    return length;
}

static bool holds_asmx(const char *path)
{
    for (; *path != '\0'; path++) {
        if (strncasecmp(path, ".asmx", 5) == 0) {
            return true;
        }
    }
    return false;
}

/* The messages do not repeat the url: it may hold a password where none belongs. */
static bool check_url(const char *url, struct dnp_error *error)
{
    size_t scheme = 0;
    if (url == NULL) {
        return dnp_fail(error, DNP_USAGE, "url is missing");
    }
    if (!is_printable_ascii(url)) {
        return dnp_fail(error, DNP_USAGE, "url holds a space, a control character or one that is not ASCII");
    }
    if (strncasecmp(url, "http://", 7) == 0) {
        scheme = 7;
    } else if (strncasecmp(url, "https://", 8) == 0) {
        scheme = 8;
    } else {
        return dnp_fail(error, DNP_USAGE, "url must begin with http:// or https://");
    }
    size_t authority = strcspn(url + scheme, "/?#");
    if (!check_authority(url + scheme, authority, error)) {
        return false;
    }
    const char *path = url + scheme + authority;
    if (holds_asmx(path)) {
        return dnp_fail(error, DNP_USAGE, "url must be the address of the Enterprise Server, without /esUsers.asmx");
    }
    if (strpbrk(path, "?#") != NULL) {
        return dnp_fail(error, DNP_USAGE, "url must not have a query or a fragment");
    }
    return dnp_http_check_url(url, error);
}

static bool check_options(const struct dnp_session_options *options, struct dnp_error *error)
{
    if (!check_url(options->url, error)) {
        return false;
    }
    if (options->username == NULL || options->password == NULL) {
        return dnp_fail(error, DNP_USAGE, "%s is missing", options->username == NULL ? "username" : "password");
    }
    if (has_control_character(options->username)) {
        return dnp_fail(error, DNP_USAGE, "username holds a control character");
    }
    if (options->dialect == NULL) {
        return dnp_fail(error, DNP_USAGE, "dialect is missing");
    }
    return true;
}

/* ---- life ---- */

/* The Base64 text of the last Authorization header, without its padding; empty when there was none. */
static struct dnp_slice credentials(const struct dnp_session *session)
{
    static const char before[] = AUTHORIZATION ": Basic ";
    struct dnp_slice text = {session->authorization_line.data, session->authorization_line.length};
    if (text.length < sizeof before - 1) {
        return dnp_slice_of("");
    }
    text.data += sizeof before - 1;
    text.length -= sizeof before - 1;
    while (text.length > 0 && text.data[text.length - 1] == '=') {
        text.length--;
    }
    return text;
}

static struct dnp_slice content(const struct dnp_buffer *buffer)
{
    struct dnp_slice slice = {buffer->length > 0 ? buffer->data : "", buffer->length};
    return slice;
}

/* Appends `text` without the secrets that are known by value: the request's and the session's own. */
static bool redact_values(const struct dnp_session *session, struct dnp_buffer *out, struct dnp_slice text)
{
    struct dnp_buffer echoes;
    struct dnp_buffer headers;
    dnp_buffer_init(&echoes, DNP_SOAP_MAX_TEXT);
    dnp_buffer_init(&headers, DNP_SOAP_MAX_TEXT);
    bool good = dnp_redact_echoes(&echoes, text, content(&session->body)) &&
                dnp_redact_literal(&headers, content(&echoes), credentials(session)) &&
                dnp_redact_literal(out, content(&headers), dnp_slice_of(session->password));
    dnp_buffer_free(&echoes);
    dnp_buffer_free(&headers);
    return good;
}

bool dnp_session_redact(const struct dnp_session *session, struct dnp_buffer *out, struct dnp_slice text)
{
    struct dnp_buffer elements;
    dnp_buffer_init(&elements, DNP_SOAP_MAX_TEXT);
    bool good = dnp_redact_xml(&elements, text) && redact_values(session, out, content(&elements));
    dnp_buffer_free(&elements);
    return good;
}

/* A fault may also quote a piece of somebody's XML. */
static bool clean_fault(void *context, struct dnp_buffer *out, struct dnp_slice text)
{
    const struct dnp_session *session = context;
    return dnp_session_redact(session, out, text);
}

static bool fill(struct dnp_session *session, const struct dnp_session_options *options, struct dnp_error *error)
{
    session->dialect = options->dialect;
    dnp_buffer_init(&session->url, MAX_LINE);
    dnp_buffer_init(&session->body, MAX_REQUEST);
    dnp_buffer_init(&session->action_line, MAX_LINE);
    dnp_buffer_init(&session->authorization_line, MAX_LINE);
    dnp_buffer_init(&session->excerpt, DNP_ANSWER_EXCERPT);
    session->base = dnp_copy_text((struct dnp_slice){options->url, without_slashes(options->url)});
    session->username = dnp_copy_text(dnp_slice_of(options->username));
    session->password = dnp_copy_text(dnp_slice_of(options->password));
    session->answer = dnp_answer_new(options->http.max_response_bytes);
    if (session->base == NULL || session->username == NULL || session->password == NULL || session->answer == NULL) {
        return dnp_fail_memory(error);
    }
    dnp_answer_set_clean(session->answer, clean_fault, session);
    session->http = dnp_http_new(&options->http, error);
    return session->http != NULL;
}

struct dnp_session *dnp_session_new(const struct dnp_session_options *options, struct dnp_error *error)
{
    if (!check_options(options, error)) {
        return NULL;
    }
    struct dnp_session *session = calloc(1, sizeof *session);
    if (session == NULL) {
        (void)dnp_fail_memory(error);
        return NULL;
    }
    if (!fill(session, options, error)) {
        dnp_session_free(session);
        return NULL;
    }
    return session;
}

void dnp_session_free(struct dnp_session *session)
{
    if (session == NULL) {
        return;
    }
    dnp_http_free(session->http);
    dnp_answer_free(session->answer);
    dnp_buffer_free(&session->url);
    dnp_buffer_free(&session->body);
    dnp_buffer_free(&session->action_line);
    dnp_buffer_free(&session->authorization_line);
    dnp_buffer_free(&session->excerpt);
    if (session->password != NULL) {
        dnp_wipe(session->password, strlen(session->password));
    }
    free(session->password);
    free(session->username);
    free(session->base);
    free(session);
}

const struct dnp_dialect_info *dnp_session_dialect(const struct dnp_session *session)
{
    return session->dialect;
}

const char *dnp_session_url(const struct dnp_session *session)
{
    return session->base;
}

const char *dnp_session_username(const struct dnp_session *session)
{
    return session->username;
}

/* ---- requests ---- */

/* Ends every failure of a call; the caller's mistakes are told by whoever found them. */
static bool sign(const struct dnp_operation *operation, struct dnp_error *error)
{
    if (error->kind != DNP_USAGE) {
        dnp_answer_sign(error, operation);
    }
    return false;
}

static bool check_operation(const struct dnp_session *session, const struct dnp_operation *operation,
                            struct dnp_error *error)
{
    if ((operation->dialects & (unsigned)session->dialect->dialect) == 0) {
        return dnp_fail(error, DNP_USAGE, "%s is not an operation of %s", operation->name, session->dialect->product);
    }
    return true;
}

static void add_header(struct dnp_session *session, size_t index, const char *name, const char *line)
{
    session->header_names[index] = name;
    session->header_lines[index] = line;
    session->header_values[index] = line + strlen(name) + strlen(": ");
}

static bool make_headers(struct dnp_session *session, const struct dnp_operation *operation)
{
    struct dnp_buffer *action = &session->action_line;
    struct dnp_buffer *authorization = &session->authorization_line;
    size_t count = 2;
    dnp_buffer_clear(action);
    dnp_buffer_puts(action, SOAP_ACTION ": \"");
    dnp_buffer_puts(action, session->dialect->xml_namespace);
    dnp_buffer_puts(action, "/");
    dnp_buffer_puts(action, operation->name);
    if (!dnp_buffer_puts(action, "\"")) {
        return false;
    }
    add_header(session, 0, CONTENT_TYPE, CONTENT_TYPE ": " CONTENT_TYPE_VALUE);
    add_header(session, 1, SOAP_ACTION, action->data);
    if (dnp_services[operation->service].authenticated) {
        dnp_buffer_wipe(authorization);
        dnp_buffer_puts(authorization, AUTHORIZATION ": ");
        if (!dnp_basic_append(authorization, session->username, session->password)) {
            return false;
        }
        add_header(session, count++, AUTHORIZATION, authorization->data);
    }
    session->header_names[count] = NULL;
    session->header_lines[count] = NULL;
    session->header_values[count] = NULL;
    return true;
}

static bool make_url(struct dnp_session *session, const struct dnp_operation *operation)
{
    dnp_buffer_clear(&session->url);
    dnp_buffer_puts(&session->url, session->base);
    dnp_buffer_puts(&session->url, "/");
    dnp_buffer_puts(&session->url, dnp_services[operation->service].name);
    return dnp_buffer_puts(&session->url, ".asmx");
}

bool dnp_session_request(struct dnp_session *session, const struct dnp_operation *operation,
                         const struct dnp_source *source, struct dnp_request *request, struct dnp_error *error)
{
    dnp_session_abort(session);
    session->prepared = NULL;
    dnp_buffer_wipe(&session->body);
    if (!check_operation(session, operation, error)) {
        return false;
    }
    if (!make_url(session, operation) || !make_headers(session, operation)) {
        (void)dnp_fail(error, DNP_LIMIT, "the url, user name or password is too long");
        if (session->url.state == DNP_BUFFER_NO_MEMORY || session->action_line.state == DNP_BUFFER_NO_MEMORY ||
            session->authorization_line.state == DNP_BUFFER_NO_MEMORY) {
            (void)dnp_fail_memory(error);
        }
        return sign(operation, error);
    }
    if (!dnp_soap_encode(&session->body, &operation->request, session->dialect, DNP_CLIENT_SIDE, DNP_SOAP_11, source,
                         error)) {
        return sign(operation, error);
    }
    session->prepared = operation;
    request->url = session->url.data;
    request->header_names = session->header_names;
    request->header_values = session->header_values;
    request->body.data = session->body.data;
    request->body.length = session->body.length;
    return true;
}

/* ---- answers ---- */

static void forget_answer(struct dnp_session *session)
{
    session->answering = false;
    session->status = 0;
    dnp_buffer_wipe(&session->excerpt);
}

static void keep_bytes(struct dnp_session *session, struct dnp_slice bytes)
{
    size_t room = DNP_ANSWER_EXCERPT - session->excerpt.length;
    if (session->keep_excerpt) {
        /* An excerpt that cannot be kept is not worth failing a call for. */
        (void)dnp_buffer_append(&session->excerpt, bytes.data, bytes.length < room ? bytes.length : room);
    }
}

/* Names of elements and types of content are the server's words; what a fault says is clean already. */
static void clean_message(const struct dnp_session *session, struct dnp_error *error)
{
    struct dnp_buffer message;
    if (error->kind != DNP_PROTOCOL) {
        return;
    }
    dnp_buffer_init(&message, DNP_SOAP_MAX_TEXT);
    bool good = redact_values(session, &message, dnp_slice_of(error->message));
    dnp_error_set_message(error, "%s",
                          good ? content(&message).data : "the answer cannot be read, nor told about without memory");
    dnp_buffer_free(&message);
}

/* Ends every failure of an answer. A 401 can have a reason that the panel does not tell. */
static bool explain(const struct dnp_session *session, struct dnp_error *error)
{
    const char *reason = dnp_basic_mangled(session->username, session->password);
    clean_message(session, error);
    if (error->kind == DNP_HTTP && error->http_status == 401 && reason != NULL &&
        dnp_services[session->operation->service].authenticated) {
        size_t length = strlen(error->message);
        (void)snprintf(error->message + length, sizeof error->message - length, " (%s)", reason);
    }
    return false;
}

static bool begin_answer(struct dnp_session *session, int status, const char *content_type, struct dnp_error *error)
{
    const struct dnp_answer_head head = {.status = status, .content_type = content_type};
    session->status = status;
    if (!dnp_answer_begin(session->answer, session->operation, session->dialect, &head, &session->sink, error)) {
        return false;
    }
    session->answering = true;
    return true;
}

static bool feed_answer(struct dnp_session *session, struct dnp_slice bytes, struct dnp_error *error)
{
    keep_bytes(session, bytes);
    return dnp_answer_feed(session->answer, bytes, error) || explain(session, error);
}

static bool finish_answer(struct dnp_session *session, struct dnp_error *error)
{
    return dnp_answer_finish(session->answer, error) || explain(session, error);
}

bool dnp_session_start(struct dnp_session *session, const struct dnp_operation *operation, const struct dnp_sink *sink,
                       struct dnp_error *error)
{
    dnp_session_abort(session);
    forget_answer(session);
    session->operation = operation;
    session->sink = *sink;
    if (session->prepared != operation) {
        return dnp_fail(error, DNP_USAGE, "%s has no request to send", operation->name);
    }
    struct dnp_http_request request = {.url = session->url.data,
                                       .headers = session->header_lines,
                                       .body = {session->body.data, session->body.length},
                                       .once = operation->changes};
    session->calling = dnp_http_start(session->http, &request, error);
    return session->calling || sign(operation, error);
}

/* The transfer broke. When the status has told enough, that is the better news. */
static bool transfer_failed(struct dnp_session *session, struct dnp_error *error)
{
    if (session->answering && dnp_answer_decided(session->answer)) {
        return finish_answer(session, error);
    }
    return sign(session->operation, error);
}

static bool advance(struct dnp_session *session, bool *done, struct dnp_error *error)
{
    struct dnp_slice bytes = {NULL, 0};
    struct dnp_error broken;
    enum dnp_http_event event = dnp_http_next(session->http, &bytes, &broken);
    int status = dnp_http_status(session->http);
    if (!session->answering && (status != 0 || event != DNP_HTTP_FAILED) &&
        !begin_answer(session, status, dnp_http_content_type(session->http), error)) {
        return false;
    }
    switch (event) {
    case DNP_HTTP_BYTES:
        return feed_answer(session, bytes, error);
    case DNP_HTTP_DONE:
        *done = true;
        return finish_answer(session, error);
    default:
        *error = broken;
        return transfer_failed(session, error);
    }
}

bool dnp_session_next(struct dnp_session *session, bool *done, struct dnp_error *error)
{
    *done = false;
    if (!session->calling) {
        return dnp_fail(error, DNP_USAGE, "no call is under way");
    }
    bool good = advance(session, done, error);
    if (!good || *done) {
        dnp_session_abort(session);
    }
    return good;
}

void dnp_session_abort(struct dnp_session *session)
{
    session->calling = false;
    dnp_http_abort(session->http);
}

bool dnp_session_receive(struct dnp_session *session, const struct dnp_operation *operation, int status,
                         const char *content_type, struct dnp_slice body, const struct dnp_sink *sink,
                         struct dnp_error *error)
{
    forget_answer(session);
    session->operation = operation;
    session->sink = *sink;
    return check_operation(session, operation, error) && begin_answer(session, status, content_type, error) &&
           feed_answer(session, body, error) && finish_answer(session, error);
}

struct dnp_slice dnp_session_excerpt(const struct dnp_session *session)
{
    return content(&session->excerpt);
}

int dnp_session_status(const struct dnp_session *session)
{
    return session->status;
}

void dnp_session_keep_excerpt(struct dnp_session *session, bool keep)
{
    session->keep_excerpt = keep;
}

struct dnp_slice dnp_session_fault_text(const struct dnp_session *session)
{
    struct dnp_slice none = {NULL, 0};
    return session->answering ? dnp_answer_fault_text(session->answer) : none;
}

const char *dnp_session_remark(const struct dnp_session *session)
{
    return session->answering ? dnp_answer_remark(session->answer) : NULL;
}
