/*
 * The yardsticks of calls: plain loops over libcurl that send a ready request and only keep the answer's bytes; and the
 * module's own transport, without the rest of it.
 * usage: curl raw|transport call OPERATION URL TIMES WARM_TIMES REQUEST_FILE [CA_FILE]
 *        curl raw|transport parallel OPERATION URL TIMES AT_ONCE REQUEST_FILE
 *        curl raw each OPERATION URL TIMES WARM_TIMES REQUEST_FILE
 * `call` makes one after the other, on a kept connection; `parallel` so many at once; `each` feeds answers to libxml2's
 * push parser with handlers that do nothing, as they arrive.
 */
#include <curl/curl.h>
#include <libxml/parser.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "mark.h"
#include "transport/curl.h"

#define MOST_AT_ONCE 256
#define KEPT 4096
#define HEADERS 5

/* What came back: the last answer, and how many bytes all had. */
struct received {
    size_t total;
    size_t length;
    char last[KEPT];
};

struct job {
    const char *url;
    const char *ca_file;
    struct dnp_slice body;
    const char *headers[HEADERS];
    char action[128];
    struct received received[MOST_AT_ONCE];
    xmlParserCtxtPtr parser; /* of `each` */
    double users;
};

static void *check(void *made)
{
    if (made == NULL) {
        (void)fprintf(stderr, "out of memory\n");
        exit(EXIT_FAILURE);
    }
    return made;
}

static void receive(struct received *received, const char *bytes, size_t length)
{
    size_t room = KEPT - 1 - received->length;
    size_t kept = length < room ? length : room;
    memcpy(received->last + received->length, bytes, kept);
    received->length += kept;
    received->last[received->length] = '\0';
    received->total += length;
}

/* ---- the transport ---- */

static bool start(struct dnp_transport *transport, const struct job *job)
{
    const struct dnp_transport_functions *f = &dnp_curl_functions;
    struct dnp_error error;
    const struct dnp_transport_request request = {.url = job->url,
                                                  .host = "127.0.0.1",
                                                  .port = (unsigned)strtoul(strrchr(job->url, ':') + 1, NULL, 10),
                                                  .headers = job->headers,
                                                  .body = job->body};
    return f->transfer_start(transport, &request, &error) != NULL;
}

/* True when it is over and was good. */
static bool take(struct dnp_transfer *transfer, struct received *received, bool *over)
{
    const struct dnp_transport_functions *f = &dnp_curl_functions;
    struct dnp_slice bytes;
    struct dnp_error error;
    enum dnp_transfer_event event = DNP_TRANSFER_BYTES;
    received->length = 0;
    while ((event = f->transfer_take(transfer, &bytes, &error)) == DNP_TRANSFER_BYTES) {
        receive(received, bytes.data, bytes.length);
    }
    *over = event != DNP_TRANSFER_WAITING;
    if (*over) {
        f->transfer_end(transfer);
    }
    return event == DNP_TRANSFER_DONE;
}

static size_t run_transport(struct job *job, struct dnp_loop *loop, struct dnp_transport *transport, size_t count,
                            size_t at_once)
{
    const struct dnp_transport_functions *f = &dnp_curl_functions;
    struct dnp_error error;
    size_t started = 0;
    size_t good = 0;
    size_t over = 0;
    while (started < count && started < at_once && start(transport, job)) {
        started++;
    }
    while (over < started && f->loop_wait(loop, 10, &error)) {
        struct dnp_transfer *transfer = NULL;
        while ((transfer = f->loop_ready(loop)) != NULL) {
            bool is_over = false;
            good += take(transfer, &job->received[0], &is_over);
            over += is_over;
            started += is_over && started < count && start(transport, job);
        }
    }
    return good;
}

static size_t measure_transport(struct job *job, size_t count, size_t at_once, size_t warm)
{
    const struct dnp_transport_functions *f = &dnp_curl_functions;
    const struct dnp_transport_options options = {.proxy = "", .max_connections = at_once, .ca_file = job->ca_file};
    struct dnp_error error;
    struct dnp_loop *loop = check(f->loop_new(&error));
    struct dnp_transport *transport = check(f->transport_new(loop, &options, &error));
    (void)run_transport(job, loop, transport, warm, 1);
    job->received[0].total = 0;
    bench_start();
    size_t good = run_transport(job, loop, transport, count, at_once);
    bench_stop();
    f->transport_free(transport);
    f->loop_free(loop);
    return good;
}

/* ---- libcurl alone ---- */

static size_t keep(char *data, size_t size, size_t count, void *context)
{
    receive(context, data, size * count);
    return size * count;
}

static size_t feed(char *data, size_t size, size_t count, void *context)
{
    const struct job *job = context;
    return xmlParseChunk(job->parser, data, (int)(size * count), 0) == 0 ? size * count : 0;
}

static CURL *make_handle(const struct job *job, struct curl_slist *list, struct received *received)
{
    CURL *easy = check(curl_easy_init());
    (void)curl_easy_setopt(easy, CURLOPT_URL, job->url);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, job->body.data);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)job->body.length);
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 30000L);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 10000L);
    (void)curl_easy_setopt(easy, CURLOPT_CAINFO, job->ca_file);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, received);
    return easy;
}

static struct curl_slist *header_list(const struct job *job)
{
    struct curl_slist *list = NULL;
    for (const char *const *line = job->headers; *line != NULL; line++) {
        list = check(curl_slist_append(list, *line));
    }
    return list;
}

static size_t perform(CURL *easy, struct received *received, size_t count)
{
    size_t good = 0;
    for (size_t i = 0; i < count; i++) {
        received->length = 0;
        good += curl_easy_perform(easy) == CURLE_OK;
    }
    return good;
}

static size_t measure_easy(struct job *job, size_t count, size_t warm)
{
    struct curl_slist *list = header_list(job);
    CURL *easy = make_handle(job, list, &job->received[0]);
    (void)perform(easy, &job->received[0], warm);
    job->received[0].total = 0;
    bench_start();
    size_t good = perform(easy, &job->received[0], count);
    bench_stop();
    curl_easy_cleanup(easy);
    curl_slist_free_all(list);
    return good;
}

static size_t run_multi(CURLM *multi, CURL **handles, size_t count, size_t at_once)
{
    int running = 0;
    int left = 0;
    size_t started = 0;
    size_t good = 0;
    size_t over = 0;
    while (started < count && started < at_once && curl_multi_add_handle(multi, handles[started]) == CURLM_OK) {
        started++;
    }
    while (over < started && curl_multi_perform(multi, &running) == CURLM_OK) {
        const CURLMsg *message = NULL;
        bool again = false;
        while ((message = curl_multi_info_read(multi, &left)) != NULL) {
            CURL *easy = message->easy_handle;
            struct received *received = NULL;
            good += message->data.result == CURLE_OK;
            over++;
            (void)curl_multi_remove_handle(multi, easy);
            (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&received);
            if (started < count && curl_multi_add_handle(multi, easy) == CURLM_OK) {
                received->length = 0;
                started++;
                again = true;
            }
        }
        if (over < started && !again) {
            (void)curl_multi_poll(multi, NULL, 0, 10000, NULL);
        }
    }
    return good;
}

static size_t measure_multi(struct job *job, size_t count, size_t at_once)
{
    CURL *handles[MOST_AT_ONCE];
    struct curl_slist *list = header_list(job);
    CURLM *multi = check(curl_multi_init());
    (void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)at_once);
    bench_start();
    for (size_t i = 0; i < at_once; i++) {
        handles[i] = make_handle(job, list, &job->received[i]);
        (void)curl_easy_setopt(handles[i], CURLOPT_PRIVATE, (char *)&job->received[i]);
    }
    size_t good = run_multi(multi, handles, count, at_once);
    bench_stop();
    for (size_t i = 0; i < at_once; i++) {
        curl_easy_cleanup(handles[i]);
    }
    (void)curl_multi_cleanup(multi);
    curl_slist_free_all(list);
    return good;
}

/* ---- libcurl and libxml2 ---- */

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespace_count,
                     const xmlChar **namespaces, int attribute_count, int defaulted_count, const xmlChar **attributes)
{
    struct job *job = context;
    (void)prefix, (void)uri, (void)namespace_count, (void)namespaces;
    (void)attribute_count, (void)defaulted_count, (void)attributes;
    job->users += name[0] == 'U' && strcmp((const char *)name, "UserInfo") == 0;
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void)context, (void)name, (void)prefix, (void)uri;
}

static void on_text(void *context, const xmlChar *text, int length)
{
    (void)context, (void)text, (void)length;
}

static bool measure_each(struct job *job, size_t count)
{
    xmlSAXHandler handlers = {.initialized = XML_SAX2_MAGIC,
                              .startElementNs = on_start,
                              .endElementNs = on_end,
                              .characters = on_text,
                              .ignorableWhitespace = on_text};
    struct curl_slist *list = header_list(job);
    CURL *easy = make_handle(job, list, &job->received[0]);
    bool good = true;
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, feed);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, job);
    bench_start();
    for (size_t i = 0; good && i < count; i++) {
        job->parser = check(xmlCreatePushParserCtxt(&handlers, job, NULL, 0, NULL));
        good = curl_easy_perform(easy) == CURLE_OK && xmlParseChunk(job->parser, NULL, 0, 1) == 0;
        xmlFreeParserCtxt(job->parser);
    }
    bench_stop();
    curl_easy_cleanup(easy);
    curl_slist_free_all(list);
    return good;
}

/* ---- results ---- */

/* What the last answer says; 1 for true. All must have been as long as it. */
static double value_of(const struct received *received, size_t count)
{
    const char *value = strstr(received->last, "Result>");
    if (value == NULL || received->total != received->length * count) {
        return -1;
    }
    return strncmp(value + 7, "true", 4) == 0 ? 1 : strtod(value + 7, NULL);
}

static void print_result(const struct job *job, size_t good, size_t handles)
{
    double sum = 0;
    for (size_t i = 0; i < handles; i++) {
        const struct received *received = &job->received[i];
        if (received->length > 0) {
            size_t count = received->total / received->length;
            sum += value_of(received, count) * (double)count;
        }
    }
    bench_print((double)good, sum);
}

static void prepare(struct job *job, char **argv)
{
    size_t length = 0;
    (void)snprintf(job->action, sizeof job->action, "SOAPAction: \"http://officepark/dotnetpanel/enterpriseserver/%s\"",
                   argv[3]);
    job->url = argv[4];
    job->body.data = bench_read_file(argv[7], &length);
    job->body.length = length;
    job->headers[0] = "Content-Type: text/xml; charset=utf-8";
    job->headers[1] = "Authorization: Basic YmVuY2g6YmVuY2g=";
    job->headers[2] = job->action;
    job->headers[3] = "User-Agent: bench";
}

static void run(struct job *job, char **argv)
{
    bool raw = strcmp(argv[1], "raw") == 0;
    size_t count = strtoul(argv[5], NULL, 10);
    size_t extra = strtoul(argv[6], NULL, 10);
    if (strcmp(argv[2], "each") == 0) {
        bool good = measure_each(job, count);
        bench_print(good ? job->users : -1, 0);
    } else if (strcmp(argv[2], "call") == 0) {
        print_result(job, raw ? measure_easy(job, count, extra) : measure_transport(job, count, 1, extra), 1);
    } else if (extra > 0 && extra <= MOST_AT_ONCE) {
        size_t good = raw ? measure_multi(job, count, extra) : measure_transport(job, count, extra, 0);
        print_result(job, good, raw ? extra : 1);
    }
}

int main(int argc, char **argv)
{
    static struct job job;
    if (argc < 8 || argc > 9) {
        (void)fprintf(stderr, "usage: curl raw|transport call|parallel|each OPERATION URL TIMES WARM_TIMES|AT_ONCE "
                              "REQUEST_FILE [CA_FILE]\n");
        return EXIT_FAILURE;
    }
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    prepare(&job, argv);
    job.ca_file = argc == 9 ? argv[8] : NULL;
    run(&job, argv);
    free((char *)job.body.data);
    return EXIT_SUCCESS;
}
