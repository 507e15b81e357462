/*
 * What the files of this folder share: a loop has transports, a transport has transfers.
 *
 * A transfer goes QUEUED, RUNNING (its handle is in the transport's multi), FINISHED; from RUNNING it may go to
 * LOOKING_UP and back while nothing was sent. Each function says which of these it expects. Nothing here is
 * called by the caller's thread while libcurl is on the stack, but for the callbacks, which only take notes.
 */
#ifndef DNP_TRANSPORT_INTERNAL_H
#define DNP_TRANSPORT_INTERNAL_H

#include <curl/curl.h>
#include <stdint.h>

#include "transport/failure.h"
#include "transport/poller.h"
#include "transport/resolver.h"
#include "transport/transport.h"

/* At least CURL_MAX_WRITE_SIZE, or a piece could never be taken. */
#define BODY_SIZE ((size_t)2 * CURL_MAX_WRITE_SIZE)
/* Of the headers that are kept, all values together. */
#define KEPT_SIZE 8192
#define KEPT_HEADERS 6
#define NEVER INT64_MAX
#define PARSED_URLS 4

/* Monotonic time in microseconds. */
typedef int64_t dnp_time;

enum transfer_state { QUEUED, LOOKING_UP, RUNNING, FINISHED };

/* Why a callback of ours ended a transfer, or another thing that libcurl's code does not say. */
enum transfer_trouble {
    NO_TROUBLE,
    HEADERS_TOO_LARGE,
    PACKED_TWICE,
    NOT_HTTP,
    NOT_HTTP_BUT_TLS,
    NO_DESCRIPTORS,
    NO_MEMORY,
    SENT_ONCE, /* and libcurl was about to send it again */
    TIMED_OUT,
    LOOKUP_FAILED
};

/* A url that libcurl need not read anew for each request; a session has as many as the panel has services. */
struct parsed_url {
    char *text;
    CURLU *parts;
};

struct dnp_transfer {
    struct dnp_transport *transport;
    struct dnp_transfer *next; /* in the transport's active or idle ones */
    struct dnp_transfer *previous;
    struct dnp_transfer *next_queued; /* in the transport's queue, or in a name's waiting ones */
    struct dnp_transfer *next_ready;  /* in the loop's ready ones */
    struct dnp_transfer *previous_ready;
    bool ready;

    CURL *easy;
    struct curl_slist lines[DNP_TRANSPORT_MAX_HEADERS + 1]; /* the headers as a list of libcurl's; it only reads them */
    struct curl_slist *resolve;
    enum transfer_state state;

    const struct parsed_url *url; /* what the handle was given last; NULL: a text of its own */

    /* the request */
    const char *host;
    unsigned port;
    bool secure; /* https */
    bool mutates;
    bool streams;
    void *user;
    dnp_time started;
    dnp_time timeout;
    dnp_time deadline;         /* NEVER while the caller holds a piece of a streamed response */
    dnp_time connect_deadline; /* until the request is begun */

    /* how far it is */
    bool request_begun;     /* connected and about to send, or beyond */
    bool headers_complete;  /* the empty line after the latest status line has come */
    bool paused;            /* the body buffer was full, or in use */
    bool names_are_known;   /* libcurl need not ask for a lookup, or may do it itself */
    bool wants_lookup;      /* libcurl asked for one and was refused */
    bool has_proxy_address; /* a lookup of the proxy's name was made for this transfer */
    bool has_host_address;
    unsigned attempted_port; /* of the address that was connected to last */
    size_t header_bytes;

    /* the end */
    bool failed;
    CURLcode result;
    enum transfer_trouble trouble;
    char reason[CURL_ERROR_SIZE]; /* of LOOKUP_FAILED */
    bool proxy_is_meant;          /* a failed lookup was the proxy's */
    dnp_time ended;

    int status;
    uint16_t kept_at[KEPT_HEADERS]; /* where its value begins in `kept`; 0 for none */
    size_t kept_length;
    char kept[KEPT_SIZE];
    char curl_message[CURL_ERROR_SIZE];
    bool piece_is_held; /* `body` was given to the caller */
    size_t body_length;
    char body[BODY_SIZE];
};

/* A name that libcurl has addresses of, or gets them. */
struct name {
    struct name *next;
    struct dnp_transport *transport;
    struct dnp_lookup *lookup; /* under way */
    struct dnp_transfer *waiting;
    dnp_time expires; /* of its addresses; 0 when libcurl has none */
    unsigned port;
    char host[]; /* last, of any length */
};

struct dnp_transport {
    struct dnp_loop *loop;
    struct dnp_transport *next;
    CURLM *multi; /* NULL after it failed as a whole, until the next transfer */
    CURLSH *share;
    struct dnp_transfer *active; /* neither finished nor idle */
    struct dnp_transfer *queue;  /* QUEUED ones, first come first served */
    struct dnp_transfer *queue_end;
    struct dnp_transfer *idle; /* ended, their handles kept for others */
    size_t idle_count;
    size_t running;
    bool has_answered; /* it speaks HTTP, one way or the other */
    bool has_trouble;  /* a RUNNING one has some that libcurl does not know of */
    struct name *names;
    dnp_time timer; /* when libcurl wants to be called; NEVER */
    struct parsed_url urls[PARSED_URLS];
    size_t url_count;
    double timeout;
    double connect_timeout;
    size_t max_connections;
    bool verify;
    char *ca_file;
    char *proxy; /* NULL: from the environment; "": none */
};

struct watch {
    struct dnp_transport *transport; /* NULL: nobody's */
    int wanted;                      /* by libcurl */
    int registered;                  /* at the poller; may be more, until the first event that nobody wants */
    bool owned; /* we opened it and close it, so that loop_forget comes before its number's reuse */
};

struct dnp_loop {
    struct dnp_poller *poller;
    struct dnp_resolver *resolver; /* NULL before the first lookup */
    struct dnp_transport *transports;
    struct dnp_transfer *ready_first;
    struct dnp_transfer *ready_last;
    dnp_time next_deadline; /* none is before it */
    struct watch *watches;  /* by descriptor */
    size_t watch_count;
};

dnp_time transport_now(void);

/* loop.c */
void loop_add_ready(struct dnp_transfer *transfer);
void loop_remove_ready(struct dnp_transfer *transfer);
/* False when out of memory. */
bool loop_watch(struct dnp_loop *loop, int fd, struct dnp_transport *transport, int events);
/* Notes a descriptor that loop_forget will be called for before it is closed. False when out of memory. */
bool loop_own(struct dnp_loop *loop, int fd);
void loop_forget(struct dnp_loop *loop, int fd);
void loop_note_deadline(struct dnp_loop *loop, dnp_time deadline);
bool loop_needs_resolver(struct dnp_loop *loop);
struct dnp_loop *loop_new(struct dnp_error *error);
void loop_free(struct dnp_loop *loop);
bool loop_wait(struct dnp_loop *loop, double seconds, struct dnp_error *error);
struct dnp_transfer *loop_ready(struct dnp_loop *loop);

/* connections.c */
struct dnp_transport *transport_new(struct dnp_loop *loop, const struct dnp_transport_options *options,
                                    struct dnp_error *error);
void transport_free(struct dnp_transport *transport);
/* Lets libcurl act on a descriptor, or on its timers with CURL_SOCKET_TIMEOUT, and takes up what has ended. */
void transport_act(struct dnp_transport *transport, curl_socket_t fd, int events);
/* Makes its multi handle when there is none. False when out of memory. */
bool transport_has_multi(struct dnp_transport *transport);
/* The parsed form of a url, which stays as long as the transport; NULL when it is none, or there are too many. */
const struct parsed_url *transport_parse_url(struct dnp_transport *transport, const char *url);
/* Options that each handle of the transport gets once. */
CURLcode transport_set_options(struct dnp_transport *transport, CURL *easy);

/* transfer.c */
struct dnp_transfer *transfer_start(struct dnp_transport *transport, const struct dnp_transport_request *request,
                                    struct dnp_error *error);
enum dnp_transfer_event transfer_take(struct dnp_transfer *transfer, struct dnp_slice *bytes, struct dnp_error *error);
void transfer_end(struct dnp_transfer *transfer);
void *transfer_user(const struct dnp_transfer *transfer);
int transfer_status(const struct dnp_transfer *transfer);
/* Begins QUEUED ones while there is room. */
void transfer_start_queued(struct dnp_transport *transport);
/* Gives a transfer that waits for its turn or for a name to libcurl. */
void transfer_run(struct dnp_transfer *transfer);
/* Of a RUNNING one: libcurl is done with it. */
void transfer_finish(struct dnp_transfer *transfer, CURLcode result);
/* Of any that is not FINISHED: it ends for a reason of our own. */
void transfer_fail(struct dnp_transfer *transfer, enum transfer_trouble trouble);
/* Fails it when one of its deadlines has passed; returns the next one. */
dnp_time transfer_check_deadline(struct dnp_transfer *transfer, dnp_time now);
void transfer_free(struct dnp_transfer *transfer);

/* callbacks.c */
CURLcode transfer_set_callbacks(struct dnp_transfer *transfer);
/* Whether libcurl would send a change again; notes it then. */
bool transfer_was_sent(struct dnp_transfer *transfer);
/* The status line and headers are there as soon as a byte of the body is, or when the transfer is over. */
void transfer_note_status(struct dnp_transfer *transfer);
void transfer_forget_response(struct dnp_transfer *transfer);
const char *transfer_header(const struct dnp_transfer *transfer, const char *name);

/* names.c */
/* Makes libcurl forget addresses that are too old. False when out of memory. */
bool names_expire(struct dnp_transfer *transfer);
/* Of one that wants a lookup: it waits for it, or is run again when there is nothing to look up. */
void names_look_up(struct dnp_transfer *transfer);
/* What libcurl was to learn from the transfer about names. */
void names_forget(struct dnp_transfer *transfer);
void names_stop_waiting(struct dnp_transfer *transfer);
void names_take(struct dnp_lookup *lookup);
/* libcurl has none of the entries any more. */
void names_are_lost(struct dnp_transport *transport);
void names_free(struct dnp_transport *transport);
/* Whether a connection attempt to `transfer->attempted_port` was one to a proxy. */
bool names_was_proxy(const struct dnp_transfer *transfer);
/* Whether nothing that libcurl could ask for is a name. */
bool names_are_literal(const struct dnp_transfer *transfer);

/* outcome.c */
void transfer_describe(const struct dnp_transfer *transfer, struct dnp_error *error);

#endif
