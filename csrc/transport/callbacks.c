/*
 * The callbacks of a transfer: what arrives is copied, and what must not happen is refused. Nothing else happens
 * inside libcurl.
 *
 * When a kept connection dies before the first byte of the response, libcurl takes it for one that the server had
 * closed while idle and begins again on another, POST or not (seen with 7.81 to 8.14). Each sending passes the callback
 * before_request first, which lets a change pass once.
 */
#include "transport/internal.h"

#include <string.h>

#include "base/ascii.h"

/* Status lines, headers and trailers of one response, interim ones included: libcurl keeps what it reads of them. */
#define MAX_HEADER_BYTES ((size_t)256 * 1024)

static const char *const kept_names[KEPT_HEADERS] = {"Content-Type", "Content-Encoding", "Location",
                                                     "Date",         "Retry-After",      "WWW-Authenticate"};
enum { CONTENT_ENCODING = 1, WWW_AUTHENTICATE = 5 };

/* ---- the body ---- */

/* HTTP/0.9 is what libcurl takes anything for that begins otherwise. TLS begins with an alert or a handshake. */
static void note_what_came(struct dnp_transfer *transfer, const char *data)
{
    transfer->trouble = data[0] == 0x15 || data[0] == 0x16 ? NOT_HTTP_BUT_TLS : NOT_HTTP;
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct dnp_transfer *transfer = context;
    size_t length = size * count;
    if (length == 0) {
        return 0;
    }
    if (!transfer->headers_complete) {
        note_what_came(transfer, data);
        return 0;
    }
    if (transfer->piece_is_held || length > BODY_SIZE - transfer->body_length) {
        transfer->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    memcpy(transfer->body + transfer->body_length, data, length);
    transfer->body_length += length;
    loop_add_ready(transfer);
    return length;
}

/* ---- headers ---- */

/* Behind what is there already, with `before` in front; left out as a whole when there is no room. */
static bool append(struct dnp_transfer *transfer, const char *before, struct dnp_slice value)
{
    size_t prefix = strlen(before);
    if (prefix + value.length + 1 > KEPT_SIZE - transfer->kept_length) {
        return false;
    }
    char *end = transfer->kept + transfer->kept_length;
    memcpy(end, before, prefix);
    memcpy(end + prefix, value.data, value.length);
    end[prefix + value.length] = '\0';
    transfer->kept_length += prefix + value.length + 1;
    return true;
}

/* Position 0 of `kept` is never a value's. */
static void keep_value(struct dnp_transfer *transfer, size_t index, struct dnp_slice value)
{
    const char *first = transfer->kept_at[index] != 0 ? transfer->kept + transfer->kept_at[index] : NULL;
    if (first != NULL && index != WWW_AUTHENTICATE) {
        return;
    }
    size_t at = transfer->kept_length;
    if (first != NULL) {
        /* A copy of all of them at the end: these come two or three at a time. */
        struct dnp_slice before = dnp_slice_of(first);
        if (!append(transfer, "", before)) {
            return;
        }
        transfer->kept_length--;
    }
    if (append(transfer, first != NULL ? ", " : "", value)) {
        transfer->kept_at[index] = (uint16_t)at;
    } else {
        transfer->kept_length = at;
    }
}

/* False when the response must not go on. */
static bool take_line(struct dnp_transfer *transfer, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);
    if (colon == NULL) {
        return true;
    }
    size_t name_length = (size_t)(colon - line);
    struct dnp_slice rest = {colon + 1, length - name_length - 1};
    struct dnp_slice value = dnp_slice_trimmed(rest);
    for (size_t i = 0; i < KEPT_HEADERS; i++) {
        if (strlen(kept_names[i]) != name_length || !dnp_ascii_equal_start(kept_names[i], line, name_length)) {
            continue;
        }
        if (i == CONTENT_ENCODING && (transfer->kept_at[i] != 0 || memchr(value.data, ',', value.length) != NULL)) {
            transfer->trouble = PACKED_TWICE;
            return false;
        }
        keep_value(transfer, i, value);
        return true;
    }
    return true;
}

static size_t take_header(char *data, size_t size, size_t count, void *context)
{
    struct dnp_transfer *transfer = context;
    size_t length = size * count;
    if (length > MAX_HEADER_BYTES - transfer->header_bytes) {
        transfer->trouble = HEADERS_TOO_LARGE;
        return 0;
    }
    transfer->header_bytes += length;
    if (length > 0 && (data[0] == '\r' || data[0] == '\n')) {
        transfer->headers_complete = true;
    } else if (length >= 5 && memcmp(data, "HTTP/", 5) == 0) {
        transfer_forget_response(transfer);
    } else if (!transfer->headers_complete && !take_line(transfer, data, length)) {
        return 0;
    }
    return length;
}

void transfer_forget_response(struct dnp_transfer *transfer)
{
    transfer->headers_complete = false;
    memset(transfer->kept_at, 0, sizeof transfer->kept_at);
    transfer->kept_length = 1;
}

const char *transfer_header(const struct dnp_transfer *transfer, const char *name)
{
    for (size_t i = 0; i < KEPT_HEADERS && transfer->status != 0; i++) {
        if (transfer->kept_at[i] != 0 && dnp_ascii_equal(kept_names[i], name)) {
            return transfer->kept + transfer->kept_at[i];
        }
    }
    return NULL;
}

/* Of a response that broke, a status below 200 is no more than a "100 Continue", and a success without all its headers
 * says nothing. */
void transfer_note_status(struct dnp_transfer *transfer)
{
    long status = 0;
    if (transfer->status != 0) {
        return;
    }
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    bool counts = status >= 300 || (status >= 200 && transfer->headers_complete);
    if (!transfer->failed || counts) {
        transfer->status = (int)status;
        transfer->transport->has_answered = true;
    }
}

/* ---- before the response ---- */

bool transfer_was_sent(struct dnp_transfer *transfer)
{
    bool sent = transfer->mutates && transfer->request_begun;
    if (sent) {
        transfer->trouble = SENT_ONCE;
    }
    return sent;
}

static int before_request(void *context, char *ip, char *local_ip, int port, int local_port)
{
    struct dnp_transfer *transfer = context;
    (void)ip, (void)local_ip, (void)port, (void)local_port;
    if (transfer_was_sent(transfer)) {
        return CURL_PREREQFUNC_ABORT;
    }
    transfer->request_begun = true;
    transfer->trouble = NO_TROUBLE; /* another address was good */
    return CURL_PREREQFUNC_OK;
}

/* libcurl's own lookups cannot be given up: it waits for their threads. */
static int before_lookup(void *resolver, void *reserved, void *context)
{
    struct dnp_transfer *transfer = context;
    (void)resolver, (void)reserved;
    if (transfer_was_sent(transfer)) {
        return 1;
    }
    if (transfer->names_are_known || names_are_literal(transfer)) {
        return 0;
    }
    transfer->wants_lookup = true;
    return 1;
}

CURLcode transfer_set_callbacks(struct dnp_transfer *transfer)
{
    CURL *easy = transfer->easy;
    const CURLcode codes[] = {
        curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer),
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->curl_message),
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer),
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body),
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer),
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header),
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer),
        curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request),
        curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer),
        curl_easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION, before_lookup),
        curl_easy_setopt(easy, CURLOPT_RESOLVER_START_DATA, transfer),
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i] != CURLE_OK) {
            return codes[i];
        }
    }
    return CURLE_OK;
}
