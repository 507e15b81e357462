/*
 * One transfer at a time on one libcurl handle, driven by the multi interface so that the body can be pulled.
 *
 * libcurl's callbacks copy into a buffer of fixed size and pause the transfer when it is full; nothing of the
 * caller's is called from inside libcurl. An error is told in terms of where the request was going, never of what
 * it held: no header, body or proxy address gets into a message. Must not know XML or what an answer means.
 */
#include "http/http.h"

#include "xml/buffer.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* At least CURL_MAX_WRITE_SIZE, or a piece could never be taken. */
#define BODY_SIZE ((size_t)2 * CURL_MAX_WRITE_SIZE)

/* Of a packed body, libcurl unpacks and keeps all that it has read at once, paused or not; lists shrink to a fiftieth. */
#define READ_SIZE 4096L

/* Status lines, headers and trailers of one call, interim answers included: libcurl keeps what it reads of them. */
#define MAX_HEADER_BYTES ((size_t)256 * 1024)

/* libcurl wakes up for its own timers; this only bounds a wait if it had none. */
#define LONGEST_WAIT_MS 1000

#define WHERE_SIZE 300

#define DEFAULT_USER_AGENT "lua-dnp/" DNP_VERSION

struct dnp_http {
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers;
    size_t max_response_bytes;
    size_t received;     /* bytes of the body taken so far */
    size_t header_bytes; /* the same of all headers */
    bool running;        /* the handle is in the multi */
    bool paused;         /* the body buffer was full */
    bool over_limit;
    bool over_header_limit;
    bool headers_complete; /* the empty line after the latest status line has come */
    bool request_begun;    /* connected and about to send, or beyond */
    bool failed;           /* the transfer is over, with `result` */
    CURLcode result;
    int status;
    const char *content_type; /* libcurl's, until the next start */
    char where[WHERE_SIZE];   /* "host:port" */
    char curl_message[CURL_ERROR_SIZE];
    size_t body_length;
    char body[BODY_SIZE];
};

/* ---- callbacks ---- */

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct dnp_http *http = context;
    size_t length = size * count;
    if (length > BODY_SIZE - http->body_length) {
        http->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    if (length > http->max_response_bytes - http->received) {
        http->over_limit = true;
        return 0;
    }
    memcpy(http->body + http->body_length, data, length);
    http->body_length += length;
    http->received += length;
    return length;
}

static size_t take_header(char *data, size_t size, size_t count, void *context)
{
    struct dnp_http *http = context;
    size_t length = size * count;
    if (length > MAX_HEADER_BYTES - http->header_bytes) {
        http->over_header_limit = true;
        return 0;
    }
    http->header_bytes += length;
    if (length > 0 && (data[0] == '\r' || data[0] == '\n')) {
        http->headers_complete = true;
    } else if (length >= 5 && memcmp(data, "HTTP/", 5) == 0) {
        http->headers_complete = false;
    }
    return length;
}

#if LIBCURL_VERSION_NUM >= 0x075000
static int before_request(void *context, char *ip, char *local_ip, int port, int local_port)
{
    struct dnp_http *http = context;
    (void)ip;
    (void)local_ip;
    (void)port;
    (void)local_port;
    http->request_begun = true;
    return CURL_PREREQFUNC_OK;
}
#endif

/* ---- making one ---- */

static void initialize_curl(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

/*
 * curl_global_init is not safe to call from two threads at once in every version, and several Lua states may load
 * this module at the same time. The flag is the one mutable static here; POSIX guards it. The result need not be
 * kept: if it failed, curl_easy_init tries again and returns NULL. There is no matching curl_global_cleanup, since
 * others in the process may use libcurl.
 */
static void initialize_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, initialize_curl);
}

/* 0 is libcurl's "no limit", so a tiny time must not become it. */
static long milliseconds(double seconds)
{
    double value = seconds * 1000.0;
    if (!(value > 0)) {
        return 0;
    }
    if (value < 1) {
        return 1;
    }
    return value < 2147483647.0 ? (long)value : 2147483647L;
}

/* Keeps the first failure of a row of settings. */
static void keep(CURLcode *first, CURLcode code)
{
    if (*first == CURLE_OK) {
        *first = code;
    }
}

static CURLcode set_transfer(struct dnp_http *http)
{
    CURLcode code = CURLE_OK;
    CURL *easy = http->easy;
    keep(&code, curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->curl_message));
    keep(&code, curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body));
    keep(&code, curl_easy_setopt(easy, CURLOPT_WRITEDATA, http));
    keep(&code, curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header));
    keep(&code, curl_easy_setopt(easy, CURLOPT_HEADERDATA, http));
#if LIBCURL_VERSION_NUM >= 0x075000
    keep(&code, curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request));
    keep(&code, curl_easy_setopt(easy, CURLOPT_PREREQDATA, http));
#endif
#if LIBCURL_VERSION_NUM >= 0x075500
    keep(&code, curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https"));
#else
    keep(&code, curl_easy_setopt(easy, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    keep(&code, curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L));
    keep(&code, curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1));
    keep(&code, curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L));
    keep(&code, curl_easy_setopt(easy, CURLOPT_POST, 1L));
    keep(&code, curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, ""));
    keep(&code, curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, READ_SIZE));
    return code;
}

static CURLcode set_options(struct dnp_http *http, const struct dnp_http_options *options)
{
    CURLcode code = CURLE_OK;
    CURL *easy = http->easy;
    const char *user_agent = options->user_agent != NULL ? options->user_agent : DEFAULT_USER_AGENT;
    keep(&code, curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds(options->timeout)));
    keep(&code, curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options->connect_timeout)));
    keep(&code, curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, options->verify ? 1L : 0L));
    keep(&code, curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, options->verify ? 2L : 0L));
    keep(&code, curl_easy_setopt(easy, CURLOPT_USERAGENT, user_agent));
    if (options->ca_file != NULL) {
        keep(&code, curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file));
    }
    if (options->proxy != NULL) {
        keep(&code, curl_easy_setopt(easy, CURLOPT_PROXY, options->proxy));
        /* Else no_proxy of the environment would overrule what the caller said. */
        keep(&code, curl_easy_setopt(easy, CURLOPT_NOPROXY, ""));
    }
    return code;
}

static bool has_control_character(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7F) {
            return true;
        }
    }
    return false;
}

struct dnp_http *dnp_http_new(const struct dnp_http_options *options, struct dnp_error *error)
{
    if (options->user_agent != NULL && has_control_character(options->user_agent)) {
        (void)dnp_fail(error, DNP_USAGE, "user_agent holds a control character");
        return NULL;
    }
    initialize_once();
    struct dnp_http *http = calloc(1, sizeof *http);
    if (http == NULL) {
        (void)dnp_fail_memory(error);
        return NULL;
    }
    http->max_response_bytes = options->max_response_bytes;
    http->easy = curl_easy_init();
    http->multi = curl_multi_init();
    /* One panel, one connection: a fresh one takes the place of an idle one. */
    if (http->easy == NULL || http->multi == NULL ||
        curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, 1L) != CURLM_OK) {
        (void)dnp_fail_memory(error);
        dnp_http_free(http);
        return NULL;
    }
    CURLcode code = set_transfer(http);
    keep(&code, set_options(http, options));
    if (code != CURLE_OK) {
        (void)(code == CURLE_OUT_OF_MEMORY
                   ? dnp_fail_memory(error)
                   : dnp_fail(error, DNP_USAGE, "libcurl does not take an option: %s", curl_easy_strerror(code)));
        dnp_http_free(http);
        return NULL;
    }
    return http;
}

void dnp_http_free(struct dnp_http *http)
{
    if (http == NULL) {
        return;
    }
    dnp_http_abort(http);
    curl_easy_cleanup(http->easy);
    (void)curl_multi_cleanup(http->multi);
    dnp_wipe(http->body, sizeof http->body);
    free(http);
}

/* ---- starting ---- */

/* The lines hold the password; libcurl's list copies them, so they are wiped here. */
static void free_headers(struct dnp_http *http)
{
    for (struct curl_slist *line = http->headers; line != NULL; line = line->next) {
        dnp_wipe(line->data, strlen(line->data));
    }
    curl_slist_free_all(http->headers);
    http->headers = NULL;
}

static bool add_header(struct dnp_http *http, const char *line)
{
    struct curl_slist *longer = curl_slist_append(http->headers, line);
    if (longer == NULL) {
        return false;
    }
    http->headers = longer;
    return true;
}

static bool set_headers(struct dnp_http *http, const char *const *lines)
{
    free_headers(http);
    /* Otherwise libcurl asks for "100 Continue" with a big body, and waits a second where none comes. */
    bool good = add_header(http, "Expect:");
    for (; good && *lines != NULL; lines++) {
        good = add_header(http, *lines);
    }
    return good && curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, http->headers) == CURLE_OK;
}

/* Writes "host:port" of an address. */
static bool find_where(const char *url, char where[WHERE_SIZE], struct dnp_error *error)
{
    char *host = NULL;
    char *port = NULL;
    CURLU *parts = curl_url();
    CURLUcode code = parts != NULL ? curl_url_set(parts, CURLUPART_URL, url, 0) : CURLUE_OUT_OF_MEMORY;
    code = code == CURLUE_OK ? curl_url_get(parts, CURLUPART_HOST, &host, 0) : code;
    code = code == CURLUE_OK ? curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) : code;
    if (code == CURLUE_OK) {
        (void)snprintf(where, WHERE_SIZE, "%.250s:%.10s", host, port);
    }
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parts);
    if (code == CURLUE_OUT_OF_MEMORY) {
        return dnp_fail_memory(error);
    }
    return code == CURLUE_OK || dnp_fail(error, DNP_USAGE, "url is not one that can be connected to");
}

bool dnp_http_check_url(const char *url, struct dnp_error *error)
{
    char where[WHERE_SIZE];
    return find_where(url, where, error);
}

static void forget_last(struct dnp_http *http)
{
    dnp_http_abort(http);
    http->received = 0;
    http->header_bytes = 0;
    http->body_length = 0;
    http->paused = false;
    http->over_limit = false;
    http->over_header_limit = false;
    http->headers_complete = false;
    http->request_begun = false;
    http->failed = false;
    http->result = CURLE_OK;
    http->status = 0;
    http->content_type = NULL;
    http->curl_message[0] = '\0';
}

bool dnp_http_start(struct dnp_http *http, const struct dnp_http_request *request, struct dnp_error *error)
{
    forget_last(http);
    if (!find_where(request->url, http->where, error)) {
        return false;
    }
    if (!set_headers(http, request->headers)) {
        return dnp_fail_memory(error);
    }
    CURLcode code = CURLE_OK;
    CURL *easy = http->easy;
    keep(&code, curl_easy_setopt(easy, CURLOPT_URL, request->url));
    keep(&code, curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length));
    keep(&code, curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.length > 0 ? request->body.data : ""));
    /*
     * When a reused connection dies before the first byte of the answer, libcurl takes it for one that the server
     * had closed while idle and sends the request again on a new one, POST or not (seen with 7.88.1: one call, two
     * AddUser on the server). It never does so on a connection that it has just made. Reads keep the old
     * connection and profit from the repetition.
     */
    keep(&code, curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request->once ? 1L : 0L));
    if (code != CURLE_OK || curl_multi_add_handle(http->multi, easy) != CURLM_OK) {
        return dnp_fail_memory(error);
    }
    http->running = true;
    return true;
}

/* ---- what went wrong ---- */

struct failure {
    CURLcode code;
    enum dnp_error_kind kind;
    const char *name;
    const char *sentence; /* goes before "host:port" */
};

static const struct failure failures[] = {
    {CURLE_COULDNT_RESOLVE_HOST, DNP_TRANSPORT, "host_not_found", "cannot find the host of"},
    {CURLE_COULDNT_RESOLVE_PROXY, DNP_TRANSPORT, "proxy", "cannot find the proxy on the way to"},
    {CURLE_COULDNT_CONNECT, DNP_TRANSPORT, "connection_refused", "cannot connect to"},
    {CURLE_PROXY, DNP_TRANSPORT, "proxy", "the proxy does not connect to"},
    {CURLE_PEER_FAILED_VERIFICATION, DNP_TRANSPORT, "certificate", "cannot trust the certificate of"},
    {CURLE_SSL_CACERT_BADFILE, DNP_TRANSPORT, "certificate", "cannot read the ca_file to verify"},
    {CURLE_SSL_ISSUER_ERROR, DNP_TRANSPORT, "certificate", "cannot trust the certificate of"},
    {CURLE_SSL_INVALIDCERTSTATUS, DNP_TRANSPORT, "certificate", "cannot trust the certificate of"},
    {CURLE_SSL_CERTPROBLEM, DNP_TRANSPORT, "certificate", "cannot use a certificate with"},
    {CURLE_SSL_CONNECT_ERROR, DNP_TRANSPORT, "tls", "cannot agree on TLS with"},
    {CURLE_SSL_CIPHER, DNP_TRANSPORT, "tls", "cannot agree on TLS with"},
    {CURLE_USE_SSL_FAILED, DNP_TRANSPORT, "tls", "cannot agree on TLS with"},
    {CURLE_GOT_NOTHING, DNP_TRANSPORT, "connection_lost", "the connection was closed without an answer by"},
    {CURLE_PARTIAL_FILE, DNP_TRANSPORT, "connection_lost", "the answer was cut short by"},
    {CURLE_RECV_ERROR, DNP_TRANSPORT, "connection_lost", "the connection was lost while waiting for"},
    {CURLE_SEND_ERROR, DNP_TRANSPORT, "sending_failed", "the connection was lost while sending to"},
    {CURLE_SEND_FAIL_REWIND, DNP_TRANSPORT, "sending_failed", "the connection was lost while sending to"},
    {CURLE_BAD_CONTENT_ENCODING, DNP_PROTOCOL, "bad_encoding", "cannot decompress the answer of"},
    /* Of our own callbacks each has said why before; this is about bytes after the end of packed ones. */
    {CURLE_WRITE_ERROR, DNP_PROTOCOL, "bad_encoding", "cannot decompress the answer of"},
    {CURLE_WEIRD_SERVER_REPLY, DNP_PROTOCOL, "no_http", "an answer that is no HTTP came from"},
    {CURLE_UNSUPPORTED_PROTOCOL, DNP_PROTOCOL, "no_http", "an answer that is no HTTP came from"},
};

static const struct failure *find_failure(CURLcode code)
{
    static const struct failure other = {CURLE_OK, DNP_TRANSPORT, "transport", "the transfer failed with"};
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        if (failures[i].code == code) {
            return &failures[i];
        }
    }
    return &other;
}

static long info(CURL *easy, CURLINFO what)
{
    long value = 0;
    (void)curl_easy_getinfo(easy, what, &value);
    return value;
}

/* Nothing of the request had left: neither a byte of it, nor was the connection ready for one. */
static bool surely_not_sent(const struct dnp_http *http)
{
#if LIBCURL_VERSION_NUM >= 0x075000
    if (!http->request_begun) {
        return true;
    }
#endif
    return info(http->easy, CURLINFO_REQUEST_SIZE) == 0;
}

static void describe_timeout(const struct dnp_http *http, bool not_sent, struct dnp_error *error)
{
    double seconds = 0;
    (void)curl_easy_getinfo(http->easy, CURLINFO_TOTAL_TIME, &seconds);
    (void)dnp_fail(error, DNP_TIMEOUT,
                   not_sent ? "no connection to %s within %.1f s" : "no answer from %s within %.1f s", http->where,
                   seconds);
    dnp_error_set_name(error, not_sent ? "connect_timeout" : "timeout");
}

/* What libcurl says about it. It quotes a proxy's address where it cannot read it, password and all. */
static const char *detail_of(const struct dnp_http *http)
{
    if (http->curl_message[0] == '\0' || strchr(http->curl_message, '@') != NULL) {
        return curl_easy_strerror(http->result);
    }
    return http->curl_message;
}

static void describe_transport(const struct dnp_http *http, struct dnp_error *error)
{
    const struct failure *failure = find_failure(http->result);
    long connect_answer = info(http->easy, CURLINFO_HTTP_CONNECTCODE);
    long system_error = info(http->easy, CURLINFO_OS_ERRNO);
    if (connect_answer >= 300) {
        (void)dnp_fail(error, DNP_TRANSPORT, "the proxy refuses to connect to %s (it answers %ld)", http->where,
                       connect_answer);
        dnp_error_set_name(error, "proxy");
        return;
    }
    const char *hint = http->result == CURLE_SSL_CONNECT_ERROR ? "; does it speak https there?" : "";
    (void)dnp_fail(error, failure->kind, "%s %s (%s)%s", failure->sentence, http->where, detail_of(http), hint);
    dnp_error_set_name(error, failure->name);
    if (http->result == CURLE_COULDNT_CONNECT && system_error != 0 && system_error != ECONNREFUSED) {
        dnp_error_set_name(error, "unreachable");
    }
}

static void describe(const struct dnp_http *http, struct dnp_error *error)
{
    bool not_sent = surely_not_sent(http);
    if (http->over_limit) {
        (void)dnp_fail(error, DNP_LIMIT, "the answer of %s is larger than %zu bytes (max_response_bytes)", http->where,
                       http->max_response_bytes);
    } else if (http->over_header_limit) {
        (void)dnp_fail(error, DNP_LIMIT, "the headers of the answer of %s are larger than %zu bytes", http->where,
                       MAX_HEADER_BYTES);
    } else if (http->result == CURLE_OPERATION_TIMEDOUT) {
        describe_timeout(http, not_sent, error);
    } else if (http->result == CURLE_OUT_OF_MEMORY && !not_sent && http->received == 0) {
        /* libcurl's name for a header line beyond its own limit, too. */
        (void)dnp_fail(error, DNP_LIMIT, "the headers of %s do not fit into memory", http->where);
    } else if (http->result == CURLE_OUT_OF_MEMORY) {
        (void)dnp_fail_memory(error);
    } else {
        describe_transport(http, error);
    }
    error->code = (int)http->result;
    error->http_status = http->status;
    error->outcome = not_sent ? DNP_NOT_DONE : DNP_UNKNOWN;
}

/* ---- pulling ---- */

/* The status line and headers are there as soon as a byte of the body is, or when the transfer is over. Of one that
 * broke, a status below 200 is no more than a "100 Continue", and a success without all its headers says nothing. */
static void note_answer(struct dnp_http *http)
{
    long status = info(http->easy, CURLINFO_RESPONSE_CODE);
    bool tells = status >= 300 || (status >= 200 && http->headers_complete);
    if (http->status != 0 || (http->failed && !tells)) {
        return;
    }
    char *content_type = NULL;
    (void)curl_easy_getinfo(http->easy, CURLINFO_CONTENT_TYPE, &content_type);
    http->status = (int)status;
    http->content_type = content_type;
}

/* libcurl is content with headers that the connection's end has cut. */
static void finish(struct dnp_http *http, CURLcode result)
{
    if (result == CURLE_OK && !http->headers_complete) {
        result = CURLE_PARTIAL_FILE;
    }
    http->failed = result != CURLE_OK;
    http->result = result;
    note_answer(http);
    (void)curl_multi_remove_handle(http->multi, http->easy);
    http->running = false;
    free_headers(http);
    (void)curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, NULL);
}

/* Lets libcurl do what it can without waiting. */
static void perform(struct dnp_http *http)
{
    int handles = 0;
    int messages = 0;
    const CURLMsg *message = NULL;
    if (curl_multi_perform(http->multi, &handles) != CURLM_OK) {
        finish(http, CURLE_FAILED_INIT);
        return;
    }
    while ((message = curl_multi_info_read(http->multi, &messages)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            finish(http, message->data.result);
            return;
        }
    }
}

static void resume(struct dnp_http *http)
{
    http->body_length = 0;
    if (http->paused && http->running) {
        http->paused = false;
        CURLcode code = curl_easy_pause(http->easy, CURLPAUSE_CONT);
        if (code != CURLE_OK) {
            finish(http, code);
        }
    }
}

enum dnp_http_event dnp_http_next(struct dnp_http *http, struct dnp_slice *bytes, struct dnp_error *error)
{
    resume(http);
    while (http->body_length == 0 && http->running) {
        perform(http);
        if (http->body_length == 0 && http->running &&
            curl_multi_poll(http->multi, NULL, 0, LONGEST_WAIT_MS, NULL) != CURLM_OK) {
            finish(http, CURLE_FAILED_INIT);
        }
    }
    if (http->body_length > 0) {
        note_answer(http);
        bytes->data = http->body;
        bytes->length = http->body_length;
        return DNP_HTTP_BYTES;
    }
    if (http->failed) {
        describe(http, error);
        return DNP_HTTP_FAILED;
    }
    return DNP_HTTP_DONE;
}

void dnp_http_abort(struct dnp_http *http)
{
    /* A handle that is removed before its transfer is over takes its connection with it. */
    if (http->running) {
        (void)curl_multi_remove_handle(http->multi, http->easy);
        http->running = false;
    }
    http->body_length = 0;
    free_headers(http);
    if (http->easy != NULL) {
        (void)curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, NULL);
    }
}

int dnp_http_status(const struct dnp_http *http)
{
    return http->status;
}

const char *dnp_http_content_type(const struct dnp_http *http)
{
    return http->content_type != NULL ? http->content_type : "";
}
