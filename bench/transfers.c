/*
 * Makes many small exchanges, so many at once, through the transport or through a plain curl_multi loop.
 * usage: transfers dnp|raw URL COUNT AT_ONCE
 * Prints the wall time and the processor time of this process, in milliseconds.
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "transport/curl.h"

#define MOST_AT_ONCE 256

static const char body[] = "<soap:Envelope><soap:Body><UserExists><username>jdoe</username></UserExists></soap:Body>"
                           "</soap:Envelope>";
static const char *const headers[] = {"Content-Type: text/xml; charset=utf-8", "Authorization: Basic c2VjcmV0",
                                      "SOAPAction: \"http://smbsaas/websitepanel/enterpriseserver/UserExists\"",
                                      "User-Agent: bench", NULL};

static size_t received;

/* ---- the transport ---- */

static bool start(struct dnp_transport *transport, const char *url)
{
    const struct dnp_transport_functions *f = &dnp_curl_functions;
    struct dnp_error error;
    const struct dnp_transport_request request = {.url = url,
                                                  .host = "127.0.0.1",
                                                  .port = (unsigned)strtoul(strrchr(url, ':') + 1, NULL, 10),
                                                  .headers = headers,
                                                  .body = dnp_slice_of(body)};
    return f->transfer_start(transport, &request, &error) != NULL;
}

/* True when it is over and was good. */
static bool take(struct dnp_transfer *transfer, bool *over)
{
    const struct dnp_transport_functions *f = &dnp_curl_functions;
    struct dnp_slice bytes;
    struct dnp_error error;
    enum dnp_transfer_event event = DNP_TRANSFER_BYTES;
    while ((event = f->transfer_take(transfer, &bytes, &error)) == DNP_TRANSFER_BYTES) {
        received += bytes.length;
    }
    *over = event != DNP_TRANSFER_WAITING;
    if (*over) {
        f->transfer_end(transfer);
    }
    return event == DNP_TRANSFER_DONE;
}

static size_t run_dnp(const char *url, size_t count, size_t at_once)
{
    const struct dnp_transport_functions *f = &dnp_curl_functions;
    const struct dnp_transport_options options = {.proxy = "", .max_connections = at_once};
    struct dnp_error error;
    struct dnp_loop *loop = f->loop_new(&error);
    struct dnp_transport *transport = f->transport_new(loop, &options, &error);
    size_t started = 0;
    size_t good = 0;
    size_t over = 0;
    while (started < count && started < at_once && start(transport, url)) {
        started++;
    }
    while (over < started && f->loop_wait(loop, 10, &error)) {
        struct dnp_transfer *transfer = NULL;
        while ((transfer = f->loop_ready(loop)) != NULL) {
            bool is_over = false;
            good += take(transfer, &is_over);
            over += is_over;
            started += is_over && started < count && start(transport, url);
        }
    }
    f->transport_free(transport);
    f->loop_free(loop);
    return good;
}

/* ---- without it ---- */

static size_t count_bytes(char *data, size_t size, size_t count, void *context)
{
    (void)data, (void)context;
    received += size * count;
    return size * count;
}

static CURL *make_handle(const char *url, struct curl_slist *list)
{
    CURL *easy = curl_easy_init();
    (void)curl_easy_setopt(easy, CURLOPT_URL, url);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)(sizeof body - 1));
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 30000L);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 10000L);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, count_bytes);
    return easy;
}

static size_t run_raw(const char *url, size_t count, size_t at_once)
{
    CURL *handles[MOST_AT_ONCE];
    struct curl_slist *list = NULL;
    CURLM *multi = curl_multi_init();
    int running = 0;
    int left = 0;
    size_t started = 0;
    size_t good = 0;
    size_t over = 0;
    for (const char *const *line = headers; *line != NULL; line++) {
        list = curl_slist_append(list, *line);
    }
    (void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)at_once);
    for (size_t i = 0; i < at_once; i++) {
        handles[i] = make_handle(url, list);
        if (started < count) {
            started += curl_multi_add_handle(multi, handles[i]) == CURLM_OK;
        }
    }
    while (over < started && curl_multi_perform(multi, &running) == CURLM_OK) {
        const CURLMsg *message = NULL;
        while ((message = curl_multi_info_read(multi, &left)) != NULL) {
            CURL *easy = message->easy_handle;
            good += message->data.result == CURLE_OK;
            over++;
            (void)curl_multi_remove_handle(multi, easy);
            started += started < count && curl_multi_add_handle(multi, easy) == CURLM_OK;
            running = 1;
        }
        if (over < started) {
            (void)curl_multi_poll(multi, NULL, 0, 10000, NULL);
        }
    }
    for (size_t i = 0; i < at_once; i++) {
        curl_easy_cleanup(handles[i]);
    }
    (void)curl_multi_cleanup(multi);
    curl_slist_free_all(list);
    return good;
}

/* ---- measuring ---- */

static double wall(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double processor(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

int main(int argc, char **argv)
{
    bool raw = argc == 5 && strcmp(argv[1], "raw") == 0;
    size_t count = argc == 5 ? strtoul(argv[3], NULL, 10) : 0;
    size_t at_once = argc == 5 ? strtoul(argv[4], NULL, 10) : 0;
    if (at_once == 0 || at_once > MOST_AT_ONCE) {
        (void)fprintf(stderr, "usage: transfers dnp|raw URL COUNT AT_ONCE\n");
        return EXIT_FAILURE;
    }
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    double wall_before = wall();
    double processor_before = processor();
    size_t good = raw ? run_raw(argv[2], count, at_once) : run_dnp(argv[2], count, at_once);
    (void)printf("%.1f %.1f\n", wall() - wall_before, processor() - processor_before);
    return good == count ? EXIT_SUCCESS : EXIT_FAILURE;
}
