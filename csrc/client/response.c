/*
 * Classifies a response by status, content type and body, in that order, and says in one sentence what is wrong.
 *
 * The texts of faults differ from server to server and are shown, never matched on. A change is "not done" only
 * where the panel said so; everything else that went wrong after sending leaves it unknown.
 */
#include "client/response.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/headers.h"
#include "client/http_date.h"
#include "lookup/find.h"

#define CONTENT_TYPE_SIZE 80
#define LOCATION_SIZE ((size_t)256)
#define ENCODING_SIZE 32
#define EXCEPTION_PREFIX "System.Web.Services.Protocols.SoapException: "

struct dnp_response {
    struct dnp_soap_decoder *decoder; /* NULL before the first document that is parsed */
    const struct dnp_operation *operation;
    const struct dnp_dialect_info *dialect;
    int status;
    char content_type[CONTENT_TYPE_SIZE]; /* media type only, for messages */
    char encoding[ENCODING_SIZE];         /* what the body is packed with still, or "" */
    char location[LOCATION_SIZE];         /* as it may be shown, or "" */
    bool failed_within;                   /* a redirect to ASP.NET's page for errors */
    bool wants_windows;                   /* a 401 that offers Windows authentication alone */
    int retry_after;                      /* seconds, or 0 */
    bool decoding;                        /* the body is read; otherwise status and content type have decided */
    size_t received;
    size_t max_response_bytes;
    struct dnp_sink sink;  /* the caller's */
    struct dnp_sink watch; /* ours around it, for responses with a number that says yes or no */
    size_t depth;
    bool has_number;
    int64_t number;
    dnp_response_clean *clean;
    void *clean_context;
    struct dnp_buffer fault_text;
    struct dnp_buffer fault_detail;
    const char *remark;
    bool started;              /* the decoder was */
    struct dnp_memo *memo;     /* of the operation, or NULL */
    bool whole;                /* the first piece is all of the body, and stays where it is until the response ends */
    struct dnp_buffer kept;    /* a copy of it otherwise */
    struct dnp_slice first;    /* the first piece, where it is known or may be learnt */
    struct dnp_slice recalled; /* in it the result, when it is known and held back; else empty */
};

/* ---- watching for the number ---- */

static bool watch_begin(void *context, const struct dnp_field *field)
{
    struct dnp_response *response = context;
    response->depth++;
    return response->sink.begin(response->sink.context, field);
}

static bool watch_end(void *context, const struct dnp_field *field)
{
    struct dnp_response *response = context;
    response->depth--;
    return response->sink.end(response->sink.context, field);
}

static bool is_the_number(const struct dnp_response *response, const struct dnp_field *field)
{
    enum dnp_result_kind kind = response->operation->result_kind;
    if (kind == DNP_RESULT_ID || kind == DNP_RESULT_STATUS) {
        return response->depth == 0;
    }
    return response->depth == 1 && field->type->kind == DNP_INT && strcmp(field->name, "Result") == 0;
}

static bool watch_value(void *context, const struct dnp_field *field, const struct dnp_value *value)
{
    struct dnp_response *response = context;
    if (is_the_number(response, field)) {
        response->has_number = true;
        response->number = value->integer;
    }
    return response->sink.value(response->sink.context, field, value);
}

static bool watch_table(void *context, const struct dnp_table *table, size_t index)
{
    const struct dnp_response *response = context;
    return response->sink.table(response->sink.context, table, index);
}

static bool watch_row_begin(void *context, const struct dnp_table *table, size_t index)
{
    const struct dnp_response *response = context;
    return response->sink.row_begin(response->sink.context, table, index);
}

static bool watch_row_end(void *context, const struct dnp_table *table, size_t index)
{
    const struct dnp_response *response = context;
    return response->sink.row_end(response->sink.context, table, index);
}

static bool watch_unknown(void *context, struct dnp_slice xml)
{
    const struct dnp_response *response = context;
    return response->sink.unknown(response->sink.context, xml);
}

static void set_watch(struct dnp_response *response)
{
    const struct dnp_sink watch = {.context = response,
                                   .begin = watch_begin,
                                   .end = watch_end,
                                   .value = watch_value,
                                   .table = watch_table,
                                   .row_begin = watch_row_begin,
                                   .row_end = watch_row_end,
                                   .unknown = response->sink.unknown != NULL ? watch_unknown : NULL};
    response->watch = watch;
    response->depth = 0;
    response->has_number = false;
    response->number = 0;
}

/* ---- life ---- */

struct dnp_response *dnp_response_new(size_t max_response_bytes)
{
    struct dnp_response *response = calloc(1, sizeof *response);
    if (response == NULL) {
        return NULL;
    }
    response->max_response_bytes = max_response_bytes;
    dnp_buffer_init(&response->fault_text, DNP_SOAP_MAX_TEXT);
    dnp_buffer_init(&response->fault_detail, DNP_SOAP_MAX_TEXT);
    dnp_buffer_init(&response->kept, DNP_MEMO_MAX_DOCUMENT);
    return response;
}

void dnp_response_free(struct dnp_response *response)
{
    if (response == NULL) {
        return;
    }
    dnp_soap_decoder_free(response->decoder);
    dnp_buffer_free(&response->fault_text);
    dnp_buffer_free(&response->fault_detail);
    dnp_buffer_free(&response->kept);
    free(response);
}

void dnp_response_set_clean(struct dnp_response *response, dnp_response_clean *clean, void *context)
{
    response->clean = clean;
    response->clean_context = context;
}

/* Of one response. */
static void wipe_texts(struct dnp_response *response)
{
    dnp_buffer_wipe_used(&response->fault_text);
    dnp_buffer_wipe_used(&response->fault_detail);
    dnp_buffer_wipe_used(&response->kept);
    response->first.length = 0;
    response->recalled.length = 0;
    response->remark = NULL;
}

void dnp_response_forget(struct dnp_response *response)
{
    wipe_texts(response);
    if (response->started) {
        dnp_soap_decoder_forget(response->decoder);
    }
    dnp_wipe(response->content_type, sizeof response->content_type);
}

void dnp_response_consumed(struct dnp_response *response)
{
    response->received = 0;
}

bool dnp_response_decided(const struct dnp_response *response)
{
    return !response->decoding;
}

struct dnp_slice dnp_response_fault_text(const struct dnp_response *response)
{
    struct dnp_slice text = {response->fault_text.data, response->fault_text.length};
    return text;
}

const char *dnp_response_relates_to(const struct dnp_response *response)
{
    return response->decoding && response->started ? dnp_soap_decoder_relates_to(response->decoder) : NULL;
}

struct dnp_slice dnp_response_fault_detail(const struct dnp_response *response)
{
    struct dnp_slice detail = {response->fault_detail.data, response->fault_detail.length};
    return detail;
}

bool dnp_response_wants_windows(const struct dnp_response *response)
{
    return response->wants_windows;
}

const char *dnp_response_remark(const struct dnp_response *response)
{
    return response->remark;
}

/* ---- errors ---- */

void dnp_response_prefix_error(struct dnp_error *error, const struct dnp_operation *operation)
{
    const struct dnp_error before = *error;
    dnp_error_set_message(error, "%s: %s", operation->name, before.message);
    error->outcome = operation->mutates ? before.outcome : DNP_NOT_DONE;
}

/* Ends every failure of a response. */
static bool failed(const struct dnp_response *response, enum dnp_outcome outcome, struct dnp_error *error)
{
    error->http_status = response->status;
    error->retry_after = response->retry_after;
    error->outcome = outcome;
    dnp_response_prefix_error(error, response->operation);
    return false;
}

static bool is_success(int status)
{
    return status >= 200 && status < 300;
}

/* What a person should know about a status; NULL when its number says it all. */
static const char *status_sentence(int status)
{
    static const struct {
        int status;
        const char *sentence;
    } sentences[] = {
        {400, "the panel could not read the request, or something on the way refused it"},
        {401, "the panel did not accept user name and password"},
        {403, "access is forbidden; does the server admit this machine?"},
        {405, "what is at this address takes no SOAP calls; is the url right?"},
        {407, "the proxy wants user name and password"},
        {408, "the server gave up waiting for the request"},
        {413, "the request is too large for the server or for something on the way"},
        {415, "what is at this address takes no text/xml; is the url right?"},
        {429, "the server wants fewer calls"},
        {500, "the server failed, and its response is not SOAP"},
        {502, "something on the way could not get a response from the panel"},
        {503, "the panel is not available at the moment"},
        {504, "something on the way waited too long for the panel"},
    };
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        if (sentences[i].status == status) {
            return sentences[i].sentence;
        }
    }
    return NULL;
}

static bool is_redirect(int status)
{
    return status >= 300 && status < 400;
}

static void describe_redirect(const struct dnp_response *response, struct dnp_error *error)
{
    const char *where = response->location[0] != '\0' ? response->location : "elsewhere";
    if (response->failed_within) {
        (void)dnp_fail(error, DNP_HTTP, "HTTP %d: the panel failed, and sends its page for errors (%s)",
                       response->status, where);
    } else {
        (void)dnp_fail(error, DNP_HTTP,
                       "HTTP %d: the address redirects to %s, and redirects are not followed; is the url right?",
                       response->status, where);
    }
}

static bool fail_by_status(const struct dnp_response *response, struct dnp_error *error)
{
    int status = response->status;
    const char *sentence = status_sentence(status);
    bool not_done = status >= 300 && status < 500 && !response->failed_within;
    if (is_redirect(status)) {
        describe_redirect(response, error);
    } else if (response->wants_windows) {
        (void)dnp_fail(error, DNP_HTTP,
                       "HTTP 401: the web server wants Windows authentication (Negotiate, NTLM) before the panel is "
                       "asked; it has to admit anonymous callers, whom the panel then asks for Basic");
        dnp_error_set_name(error, "windows_authentication");
    } else if (status == 404) {
        (void)dnp_fail(error, DNP_HTTP, "HTTP 404: no %s.asmx at this address; is the url right?",
                       dnp_services[response->operation->service].name);
    } else if (sentence != NULL) {
        (void)dnp_fail(error, DNP_HTTP, "HTTP %d: %s", status, sentence);
    } else {
        (void)dnp_fail(error, DNP_HTTP, "HTTP status %d instead of a response", status);
    }
    return failed(response, not_done ? DNP_NOT_DONE : DNP_UNKNOWN, error);
}

static bool is_xml(const char *content_type)
{
    if (strcmp(content_type, "text/xml") == 0 || strcmp(content_type, "application/xml") == 0) {
        return true;
    }
    size_t length = strlen(content_type);
    return length > 4 && strcmp(content_type + length - 4, "+xml") == 0 &&
           strcmp(content_type, "application/xhtml+xml") != 0;
}

/* The body does not matter, or was of no use. */
static bool fail_without_body(const struct dnp_response *response, struct dnp_error *error)
{
    if (!is_success(response->status)) {
        return fail_by_status(response, error);
    }
    if (response->encoding[0] != '\0' && is_xml(response->content_type)) {
        (void)dnp_fail(error, DNP_PROTOCOL, "the response is packed (%s), and whoever received it did not unpack it",
                       response->encoding);
    } else if (response->content_type[0] == '\0') {
        (void)dnp_fail(error, DNP_PROTOCOL, "a response without a content type instead of XML; is this a panel?");
    } else {
        (void)dnp_fail(error, DNP_PROTOCOL, "a response of type %s instead of XML; is this a panel?",
                       response->content_type);
    }
    return failed(response, DNP_UNKNOWN, error);
}

/* The decoder has failed. Bytes that are not XML matter less than the status of an error page that claims to be XML. */
static bool fail_decoding(struct dnp_response *response, struct dnp_error *error)
{
    bool unreadable = error->kind == DNP_PROTOCOL || error->kind == DNP_LIMIT;
    response->decoding = false;
    if (unreadable && !is_success(response->status)) {
        return fail_by_status(response, error);
    }
    return failed(response, DNP_UNKNOWN, error);
}

/* ---- beginning ---- */

/* Copies a header's first word, lower case, without parameters and without anything that is not printable. */
static void copy_word(const char *text, char *word, size_t size)
{
    const char *end = word + size - 1;
    if (text != NULL) {
        while (*text == ' ' || *text == '\t') {
            text++;
        }
        for (; *text > ' ' && *text < 0x7F && *text != ';' && word < end; text++) {
            *word++ = (char)(*text >= 'A' && *text <= 'Z' ? *text + ('a' - 'A') : *text);
        }
    }
    *word = '\0';
}

/* What of the head is needed when the response is bad. */
static void take_head(struct dnp_response *response, const struct dnp_response_head *head)
{
    response->status = head->status;
    copy_word(head->content_type, response->content_type, sizeof response->content_type);
    copy_word(head->content_encoding, response->encoding, sizeof response->encoding);
    if (head->content_encoding != NULL && strcmp(response->encoding, "identity") == 0) {
        response->encoding[0] = '\0';
    }
    response->location[0] = '\0';
    response->failed_within = false;
    if (head->location != NULL) {
        dnp_show_location(head->location, response->location, sizeof response->location);
        response->failed_within = is_redirect(head->status) && dnp_is_aspx_error_page(head->location);
    }
    response->wants_windows =
        head->status == 401 && head->www_authenticate != NULL && dnp_wants_windows(head->www_authenticate);
    response->retry_after = head->retry_after != NULL ? dnp_retry_after(head->retry_after, head->date) : 0;
}

static const struct dnp_sink *target_of(struct dnp_response *response)
{
    return response->operation->result_kind == DNP_RESULT_VALUE ? &response->sink : &response->watch;
}

/* The decoder is made when it is needed first. */
static bool ready_decoder(struct dnp_response *response, struct dnp_error *error)
{
    const struct dnp_soap_limits limits = {.max_text = DNP_SOAP_MAX_TEXT};
    if (response->decoder == NULL) {
        response->decoder = dnp_soap_decoder_new(&limits);
    }
    return response->decoder != NULL || dnp_fail_memory(error);
}

static bool start(struct dnp_response *response, struct dnp_error *error)
{
    if (!ready_decoder(response, error)) {
        return false;
    }
    response->started = true;
    return dnp_soap_decoder_start(response->decoder, &response->operation->response, response->dialect, DNP_CLIENT_SIDE,
                                  target_of(response), error);
}

bool dnp_response_begin(struct dnp_response *response, const struct dnp_operation *operation,
                        const struct dnp_dialect_info *dialect, const struct dnp_response_head *head,
                        const struct dnp_sink *sink, struct dnp_error *error)
{
    response->operation = operation;
    response->dialect = dialect;
    response->received = 0;
    response->sink = *sink;
    wipe_texts(response);
    response->started = false;
    response->whole = false;
    take_head(response, head);
    if (operation->result_kind != DNP_RESULT_VALUE) {
        set_watch(response);
    }
    response->decoding = head->status != 401 && response->encoding[0] == '\0' && is_xml(response->content_type);
    if (!response->decoding) {
        return true;
    }
    /* What may be recalled is not parsed before it has come. */
    bool waits = response->memo != NULL && dnp_memo_suits(operation);
    return waits || start(response, error) ? true : fail_decoding(response, error);
}

static bool keep_first(struct dnp_response *response, struct dnp_slice bytes)
{
    if (!response->whole) {
        if (!dnp_buffer_append(&response->kept, bytes.data, bytes.length)) {
            return false;
        }
        bytes.data = response->kept.data;
    }
    response->first = bytes;
    return true;
}

/* The first piece, when it is a document that was seen before: kept, and looked at in the end. */
static bool recall(struct dnp_response *response, struct dnp_slice bytes)
{
    struct dnp_slice result = {NULL, 0};
    if (response->memo == NULL || response->started || response->first.length > 0 || !is_success(response->status) ||
        bytes.length > DNP_MEMO_MAX_DOCUMENT || !dnp_memo_suits(response->operation)) {
        return false;
    }
    bool known = dnp_memo_match(response->memo, bytes, &result);
    if (!known && !dnp_memo_learns(response->memo)) {
        return false;
    }
    if (!keep_first(response, bytes)) {
        return false;
    }
    if (known) {
        response->memo->misses = 0;
        response->recalled.data = response->first.data + (result.data - bytes.data);
        response->recalled.length = result.length;
    }
    return known;
}

/* Feeds the decoder; what was held back goes first. */
static bool decode(struct dnp_response *response, struct dnp_slice bytes, struct dnp_error *error)
{
    if (!response->started && !start(response, error)) {
        return false;
    }
    if (response->recalled.length > 0) {
        response->recalled.length = 0;
        if (!dnp_soap_decoder_feed(response->decoder, response->first, error)) {
            return false;
        }
    }
    return dnp_soap_decoder_feed(response->decoder, bytes, error);
}

/* Reports the word that is the result of a document that was seen before. False: it is to be parsed after all. */
static bool report_recalled_word(struct dnp_response *response)
{
    const struct dnp_field *field = &response->operation->response.fields[0];
    const struct dnp_sink *target = target_of(response);
    struct dnp_value value = {.text = response->recalled};
    bool understood = field->type->kind == DNP_BOOL
                          ? dnp_parse_boolean(value.text, &value.boolean)
                          : dnp_parse_integer(value.text, INT32_MIN, INT32_MAX, &value.integer);
    return understood && target->value(target->context, field, &value);
}

/* Reports the result of a document that was seen before; `*reported` is false when it is to be parsed after all. */
static bool report_recalled(struct dnp_response *response, bool *reported, struct dnp_error *error)
{
    const struct dnp_type *message = &response->operation->response;
    if (message->fields[0].type->kind != DNP_RECORD) {
        *reported = report_recalled_word(response);
        return *reported;
    }
    bool good = ready_decoder(response, error) &&
                dnp_soap_decoder_take_result(response->decoder, message, response->dialect, target_of(response),
                                             response->recalled, reported, error);
    response->started = *reported;
    dnp_memo_note(response->memo, *reported);
    return good;
}

/* A document that was parsed whole from one piece is worth to be remembered. */
static void remember(struct dnp_response *response)
{
    if (response->memo != NULL && response->first.length > 0 && response->first.length == response->received) {
        dnp_memo_learn(response->memo, response->operation, response->first);
    }
}

void dnp_response_set_memo(struct dnp_response *response, struct dnp_memo *memo)
{
    response->memo = memo;
}

bool dnp_response_feed(struct dnp_response *response, struct dnp_slice bytes, struct dnp_error *error)
{
    bool too_many = bytes.length > response->max_response_bytes - response->received;
    response->received += too_many ? 0 : bytes.length;
    if (!response->decoding) {
        return too_many || response->received > DNP_RESPONSE_EXCERPT ? fail_without_body(response, error) : true;
    }
    if (too_many) {
        (void)dnp_fail_size(error, "the response", response->max_response_bytes, "max_response_bytes");
        return fail_decoding(response, error);
    }
    return recall(response, bytes) || decode(response, bytes, error) ? true : fail_decoding(response, error);
}

/* ---- judging ---- */

/* The first line that is not blank, without the name of the exception that ASP.NET puts in front; what follows is a
 * stack trace. */
static struct dnp_slice fault_summary(struct dnp_slice text)
{
    size_t prefix = strlen(EXCEPTION_PREFIX);
    text = dnp_slice_trimmed(text);
    while (text.length > prefix && memcmp(text.data, EXCEPTION_PREFIX, prefix) == 0) {
        text.data += prefix;
        text.length -= prefix;
        text = dnp_slice_trimmed(text);
    }
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '\n' || text.data[i] == '\r') {
            text.length = i;
        }
    }
    return dnp_slice_trimmed(text);
}

/* Codes that blame the request: the method did not run. "Client.Authentication" is a kind of Client. */
static bool blames_the_request(const char *code)
{
    size_t length = strcspn(code, ".");
    static const char *const codes[] = {"Client", "MustUnderstand", "VersionMismatch",
                                        /* of WS-Security and WS-Addressing, which come before the method (spec/wse) */
                                        "FailedCheck", "FailedAuthentication", "InvalidSecurityToken",
                                        "InvalidSecurity", "MessageExpired", "SecurityTokenUnavailable",
                                        "UnsupportedAlgorithm", "Security", "MessageInformationHeaderRequired",
                                        "DestinationUnreachable"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strlen(codes[i]) == length && memcmp(code, codes[i], length) == 0) {
            return true;
        }
    }
    return false;
}

/* What ASMX does not know as a SOAPAction it names, in whichever language it complains. */
static bool names_the_action(const struct dnp_response *response, struct dnp_slice text)
{
    char action[256];
    int written = snprintf(action, sizeof action, "%s/%s", response->dialect->xml_namespace, response->operation->name);
    size_t length = written > 0 ? (size_t)written : 0;
    if (length == 0 || length >= sizeof action) {
        return false;
    }
    for (size_t i = 0; i + length <= text.length; i++) {
        if (memcmp(text.data + i, action, length) == 0) {
            return true;
        }
    }
    return false;
}

/* Appends what the server wrote without the secrets in it. */
static bool keep_clean(const struct dnp_response *response, struct dnp_buffer *out, struct dnp_slice text)
{
    return response->clean != NULL ? response->clean(response->clean_context, out, text)
                                   : dnp_buffer_append(out, text.data, text.length);
}

static bool fail_with_fault(struct dnp_response *response, const struct dnp_soap_fault *fault, struct dnp_error *error)
{
    enum dnp_outcome outcome = blames_the_request(fault->code) ? DNP_NOT_DONE : DNP_UNKNOWN;
    if (!keep_clean(response, &response->fault_text, fault->text) ||
        !keep_clean(response, &response->fault_detail, fault->detail)) {
        dnp_buffer_wipe(&response->fault_text);
        dnp_buffer_wipe(&response->fault_detail);
        (void)dnp_fail_memory(error);
        return failed(response, outcome, error);
    }
    struct dnp_slice summary = fault_summary(dnp_response_fault_text(response));
    if (summary.length > 0) {
        int length = summary.length < DNP_MESSAGE_SIZE ? (int)summary.length : DNP_MESSAGE_SIZE;
        (void)dnp_fail(error, DNP_FAULT, "%.*s", length, summary.data);
        if (outcome == DNP_NOT_DONE && names_the_action(response, summary)) {
            (void)dnp_fail(error, DNP_FAULT, "%.*s (is the panel's dialect another than %s?)", length, summary.data,
                           response->dialect->name);
        }
    } else {
        (void)dnp_fail(error, DNP_FAULT, "the panel answered with a fault that has no text");
    }
    dnp_error_set_name(error, fault->code);
    return failed(response, outcome, error);
}

static bool fail_refused(const struct dnp_response *response, struct dnp_error *error)
{
    int32_t code = response->number < INT32_MIN ? INT32_MIN : (int32_t)response->number;
    const struct dnp_business_code *known = dnp_find_business_code(code);
    if (known != NULL) {
        (void)dnp_fail(error, DNP_REFUSED, "refused with %d %s: %s", (int)code, known->name, known->sentence);
        dnp_error_set_name(error, known->name);
    } else {
        (void)dnp_fail(error, DNP_REFUSED, "refused with %d, a code without a known meaning", (int)code);
    }
    error->code = (int)code;
    return failed(response, known != NULL && known->partly ? DNP_UNKNOWN : DNP_NOT_DONE, error);
}

/* A number above 0 where 0 means done: only what the contract knows of this operation is understood. */
static bool classify_positive(struct dnp_response *response, struct dnp_error *error)
{
    const int32_t *known = response->operation->positive;
    while (known != NULL && *known != 0 && *known != response->number) {
        known++;
    }
    const struct dnp_business_code *code = known != NULL ? dnp_find_business_code(*known) : NULL;
    if (code == NULL) {
        (void)dnp_fail(error, DNP_PROTOCOL, "the response is %" PRId64 " where 0 means done", response->number);
        return failed(response, DNP_UNKNOWN, error);
    }
    if (!code->done) {
        return fail_refused(response, error);
    }
    response->remark = code->name;
    return true;
}

static bool classify_number(struct dnp_response *response, struct dnp_error *error)
{
    enum dnp_result_kind kind = response->operation->result_kind;
    bool is_id = kind == DNP_RESULT_ID || kind == DNP_RESULT_PACKAGE_ID;
    if (!response->has_number) {
        (void)dnp_fail(error, DNP_PROTOCOL, "the response holds no result");
        return failed(response, DNP_UNKNOWN, error);
    }
    if (response->number < 0) {
        return fail_refused(response, error);
    }
    if (is_id && response->number == 0) {
        (void)dnp_fail(error, DNP_PROTOCOL, "the response holds 0 where the new id should be");
        return failed(response, DNP_UNKNOWN, error);
    }
    return is_id || response->number == 0 || classify_positive(response, error);
}

static bool classify_value(const struct dnp_response *response, struct dnp_error *error)
{
    const struct dnp_type *type = response->operation->response.fields[0].type;
    if (dnp_soap_decoder_has_result(response->decoder) || type->kind == DNP_ARRAY) {
        return true;
    }
    if (type->kind == DNP_RECORD) {
        (void)dnp_fail(error, DNP_ABSENT, "there is no such %s, or this account may not see it", type->name);
        return failed(response, DNP_NOT_DONE, error);
    }
    (void)dnp_fail(error, DNP_PROTOCOL, "the response holds no result");
    return failed(response, DNP_UNKNOWN, error);
}

static bool classify(struct dnp_response *response, struct dnp_error *error)
{
    return response->operation->result_kind == DNP_RESULT_VALUE ? classify_value(response, error)
                                                                : classify_number(response, error);
}

/* After a document that was seen before. `*finished` is false when it is to be parsed. */
static bool finish_recalled(struct dnp_response *response, bool *finished, struct dnp_error *error)
{
    bool scalar = DNP_IS_SCALAR(response->operation->response.fields[0].type->kind);
    bool good = report_recalled(response, finished, error);
    if (*finished && !good) {
        return fail_decoding(response, error);
    }
    return good && ((scalar && response->operation->result_kind == DNP_RESULT_VALUE) || classify(response, error));
}

bool dnp_response_finish(struct dnp_response *response, struct dnp_error *error)
{
    if (!response->decoding) {
        return fail_without_body(response, error);
    }
    bool finished = false;
    bool recalled = response->recalled.length > 0 && finish_recalled(response, &finished, error);
    if (finished) {
        return recalled;
    }
    bool fed = response->started && response->recalled.length == 0;
    if ((!fed && !decode(response, dnp_slice_of(""), error)) || !dnp_soap_decoder_finish(response->decoder, error)) {
        return fail_decoding(response, error);
    }
    const struct dnp_soap_fault *fault = dnp_soap_decoder_fault(response->decoder);
    if (fault != NULL) {
        return fail_with_fault(response, fault, error);
    }
    if (!is_success(response->status)) {
        return fail_by_status(response, error);
    }
    remember(response);
    return classify(response, error);
}

bool dnp_response_take_body(struct dnp_response *response, struct dnp_slice body, struct dnp_error *error)
{
    response->whole = true;
    bool good = dnp_response_feed(response, body, error) && dnp_response_finish(response, error);
    response->first.length = 0;
    return good;
}
