/*
 * A transport: the connections to one panel, in one libcurl multi handle.
 *
 * libcurl says through its socket and timer callbacks what it waits for; the loop waits and lets it act. Sockets are
 * opened and closed here, so that no program that the script starts inherits one and the poller forgets each in time.
 */
#include "transport/internal.h"
#include "transport/sigpipe.h"

#include "base/buffer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEFAULT_TIMEOUT 30.0
#define DEFAULT_CONNECT_TIMEOUT 10.0
#define DEFAULT_MAX_CONNECTIONS 64

/* Of a packed body, libcurl unpacks and keeps all that it has read at once, paused or not; lists shrink to a
 * fiftieth. */
#define READ_SIZE 4096L

/* Keeps the first failure of a row of settings. */
static void keep(CURLcode *first, CURLcode code)
{
    if (*first == CURLE_OK) {
        *first = code;
    }
}

/* ---- callbacks of the multi handle ---- */

static struct dnp_transfer *transfer_of(CURL *easy)
{
    char *transfer = NULL;
    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    return (struct dnp_transfer *)(void *)transfer;
}

/* A refusal would make the whole multi handle useless, so a failure is noted in the transfer. */
static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *of_socket)
{
    struct dnp_transport *transport = context;
    int events = ((what & CURL_POLL_IN) != 0 && what != CURL_POLL_REMOVE ? DNP_READABLE : 0) |
                 ((what & CURL_POLL_OUT) != 0 && what != CURL_POLL_REMOVE ? DNP_WRITABLE : 0);
    (void)of_socket;
    if (!loop_watch(transport->loop, fd, transport, events)) {
        struct dnp_transfer *transfer = transfer_of(easy);
        if (transfer != NULL) {
            transfer->trouble = NO_MEMORY;
            transport->has_trouble = true;
        }
    }
    return 0;
}

static int set_timer(CURLM *multi, long milliseconds, void *context)
{
    struct dnp_transport *transport = context;
    (void)multi;
    transport->timer = milliseconds < 0 ? NEVER : transport_now() + (dnp_time)milliseconds * 1000;
    return 0;
}

/* ---- callbacks of each handle ---- */

static bool set_close_on_exec(int fd)
{
#ifdef SOCK_CLOEXEC
    (void)fd;
    return true;
#else
    return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
#endif
}

/* In network byte order right behind the family, in both kinds of address. */
static unsigned port_of(const struct curl_sockaddr *address)
{
    const char *bytes = address->addr.sa_data;
    bool has_one = address->family == AF_INET || address->family == AF_INET6;
    return has_one ? (unsigned char)bytes[0] * 256U + (unsigned char)bytes[1] : 0;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct dnp_transfer *transfer = context;
    int type = address->socktype;
    (void)purpose;
#ifdef SOCK_CLOEXEC
    type |= SOCK_CLOEXEC;
#endif
    if (transfer_was_sent(transfer)) {
        return CURL_SOCKET_BAD;
    }
    transfer->attempted_port = port_of(address);
    int fd = socket(address->family, type, address->protocol);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE) {
            transfer->trouble = NO_DESCRIPTORS;
        }
        return CURL_SOCKET_BAD;
    }
    if (!set_close_on_exec(fd) || !loop_own(transfer->transport->loop, fd)) {
        transfer->trouble = NO_MEMORY;
        (void)close(fd);
        return CURL_SOCKET_BAD;
    }
    return fd;
}

static int close_socket(void *context, curl_socket_t fd)
{
    struct dnp_transport *transport = context;
    loop_forget(transport->loop, fd);
    return close(fd);
}

/* 0 is libcurl's "no limit", so a tiny time must not become it. */
static long milliseconds(double seconds)
{
    double value = seconds * 1000.0;
    return value < 1 ? 1 : value < 2147483647.0 ? (long)value : 2147483647L;
}

CURLcode transport_set_options(struct dnp_transport *transport, CURL *easy)
{
    CURLcode code = CURLE_OK;
    keep(&code, curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket)); /* its data is the transfer */
    keep(&code, curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket));
    keep(&code, curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, transport));
    keep(&code, curl_easy_setopt(easy, CURLOPT_SHARE, transport->share));
#if LIBCURL_VERSION_NUM >= 0x075500
    keep(&code, curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https"));
#else
    keep(&code, curl_easy_setopt(easy, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    keep(&code, curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L));
    /* libcurl divides it among a host's addresses; the end of it all is a deadline of ours. */
    keep(&code, curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(transport->connect_timeout)));
    keep(&code, curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1));
    keep(&code, curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 1L)); /* to say what came instead of HTTP */
    keep(&code, curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L));
    keep(&code, curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L));
    keep(&code, curl_easy_setopt(easy, CURLOPT_POST, 1L));
    keep(&code, curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, ""));
    keep(&code, curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, READ_SIZE));
    keep(&code, curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, transport->verify ? 1L : 0L));
    keep(&code, curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, transport->verify ? 2L : 0L));
    if (transport->ca_file != NULL) {
        keep(&code, curl_easy_setopt(easy, CURLOPT_CAINFO, transport->ca_file));
    }
    if (transport->proxy != NULL) {
        keep(&code, curl_easy_setopt(easy, CURLOPT_PROXY, transport->proxy));
        /* Else no_proxy of the environment would overrule what the caller said. */
        keep(&code, curl_easy_setopt(easy, CURLOPT_NOPROXY, ""));
    }
    return code;
}

/* ---- acting ---- */

static void take_messages(struct dnp_transport *transport)
{
    int left = 0;
    const CURLMsg *message = NULL;
    while ((message = curl_multi_info_read(transport->multi, &left)) != NULL) {
        struct dnp_transfer *transfer = transfer_of(message->easy_handle);
        if (message->msg == CURLMSG_DONE && transfer != NULL) {
            transfer_finish(transfer, message->data.result);
        }
    }
}

/* Ends those that cannot go on: of which a callback said so outside their own turn, or all. */
static void end_troubled(struct dnp_transport *transport, bool all)
{
    struct dnp_transfer *transfer = transport->active;
    while (transfer != NULL) {
        struct dnp_transfer *next = transfer->next;
        if (transfer->state == RUNNING && (all || transfer->trouble == NO_MEMORY)) {
            transfer_fail(transfer, NO_MEMORY);
        }
        transfer = next;
    }
    transport->has_trouble = false;
}

/* 7.88 keeps a half of what it could not make, and divides by zero when it comes back to it. */
static void give_up_multi(struct dnp_transport *transport)
{
    end_troubled(transport, true);
    (void)curl_multi_cleanup(transport->multi);
    transport->multi = NULL;
    transport->timer = NEVER;
    names_are_lost(transport);
}

void transport_act(struct dnp_transport *transport, curl_socket_t fd, int events)
{
    int running = 0;
    CURLMcode code = curl_multi_socket_action(transport->multi, fd, events, &running);
    take_messages(transport);
    if (code != CURLM_OK && code != CURLM_BAD_SOCKET) {
        give_up_multi(transport);
    } else if (transport->has_trouble) {
        end_troubled(transport, false);
    }
    transfer_start_queued(transport);
}

/* ---- addresses ---- */

const struct parsed_url *transport_parse_url(struct dnp_transport *transport, const char *url)
{
    for (size_t i = 0; i < transport->url_count; i++) {
        if (strcmp(transport->urls[i].text, url) == 0) {
            return &transport->urls[i];
        }
    }
    if (transport->url_count == PARSED_URLS) {
        return NULL;
    }
    struct parsed_url parsed = {.text = dnp_copy_text(dnp_slice_of(url)), .parts = curl_url()};
    if (parsed.text == NULL || parsed.parts == NULL || curl_url_set(parsed.parts, CURLUPART_URL, url, 0) != CURLUE_OK) {
        free(parsed.text);
        curl_url_cleanup(parsed.parts);
        return NULL;
    }
    transport->urls[transport->url_count] = parsed;
    return &transport->urls[transport->url_count++];
}

static void free_urls(struct dnp_transport *transport)
{
    for (size_t i = 0; i < transport->url_count; i++) {
        free(transport->urls[i].text);
        curl_url_cleanup(transport->urls[i].parts);
    }
}

/* ---- making one ---- */

static void initialize_curl(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

/*
 * curl_global_init is not safe to call from two threads at once in every version, and several Lua states may load
 * this module at the same time. The flag is the one mutable static here; POSIX guards it. The result need not be
 * kept: if it failed, curl_multi_init tries again and returns NULL. There is no matching curl_global_cleanup, since
 * others in the process may use libcurl.
 */
static void initialize_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, initialize_curl);
}

static bool copy_option(char **copy, const char *option)
{
    *copy = option != NULL ? dnp_copy_text(dnp_slice_of(option)) : NULL;
    return option == NULL || *copy != NULL;
}

static bool set_multi(struct dnp_transport *transport, CURLM *multi)
{
    long most = (long)(transport->max_connections < 100000 ? transport->max_connections : 100000);
    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, transport) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_TIMERDATA, transport) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, most) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, most) == CURLM_OK;
}

bool transport_has_multi(struct dnp_transport *transport)
{
    if (transport->multi != NULL) {
        return true;
    }
    CURLM *multi = curl_multi_init();
    if (multi == NULL || !set_multi(transport, multi)) {
        (void)curl_multi_cleanup(multi);
        return false;
    }
    transport->multi = multi;
    return true;
}

/* The multi handle shares names' addresses by itself, and TLS sessions from some version on. */
static bool set_share(struct dnp_transport *transport)
{
    CURLSHcode code = curl_share_setopt(transport->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    return code == CURLSHE_OK || code == CURLSHE_NOT_BUILT_IN;
}

/* Where the environment names no proxy, libcurl need not look for one with each request. */
static bool copy_proxy(struct dnp_transport *transport, const char *proxy)
{
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    bool named = proxy != NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        named = named || getenv(names[i]) != NULL;
    }
    return copy_option(&transport->proxy, named ? proxy : "");
}

static bool prepare(struct dnp_transport *transport, const struct dnp_transport_options *options)
{
    transport->timer = NEVER;
    transport->timeout = options->timeout > 0 ? options->timeout : DEFAULT_TIMEOUT;
    transport->connect_timeout = options->connect_timeout > 0 ? options->connect_timeout : DEFAULT_CONNECT_TIMEOUT;
    transport->max_connections = options->max_connections > 0 ? options->max_connections : DEFAULT_MAX_CONNECTIONS;
    transport->verify = !options->insecure;
    transport->share = curl_share_init();
    return transport_has_multi(transport) && transport->share != NULL && set_share(transport) &&
           copy_option(&transport->ca_file, options->ca_file) && copy_proxy(transport, options->proxy);
}

struct dnp_transport *transport_new(struct dnp_loop *loop, const struct dnp_transport_options *options,
                                    struct dnp_error *error)
{
    initialize_once();
    struct dnp_transport *transport = calloc(1, sizeof *transport);
    if (transport == NULL) {
        (void)dnp_fail_memory(error);
        return NULL;
    }
    transport->loop = loop;
    transport->next = loop->transports;
    loop->transports = transport;
    if (!prepare(transport, options)) {
        (void)dnp_fail_memory(error);
        transport_free(transport);
        return NULL;
    }
    return transport;
}

static void leave_loop(struct dnp_transport *transport)
{
    struct dnp_transport **link = &transport->loop->transports;
    while (*link != transport) {
        link = &(*link)->next;
    }
    *link = transport->next;
}

/* It may hold a password. */
static void free_secret(char *text)
{
    if (text != NULL) {
        dnp_wipe(text, strlen(text));
        free(text);
    }
}

void transport_free(struct dnp_transport *transport)
{
    struct dnp_sigpipe held;
    if (transport == NULL) {
        return;
    }
    dnp_sigpipe_hold(&held);
    while (transport->idle != NULL) {
        struct dnp_transfer *transfer = transport->idle;
        transport->idle = transfer->next;
        transfer_free(transfer);
    }
    (void)curl_multi_cleanup(transport->multi);
    (void)curl_share_cleanup(transport->share);
    dnp_sigpipe_release(&held);
    free_urls(transport);
    names_free(transport);
    leave_loop(transport);
    free(transport->ca_file);
    free_secret(transport->proxy);
    free(transport);
}
