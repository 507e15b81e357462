/*
 * A name server in place of getaddrinfo, which the linker replaces. A name that begins with "mute" is answered when the
 * test says so. Whoever includes this has included cmocka, and declares the wrapper before it, from which the build
 * knows what to wrap.
 */
#ifndef NAME_SERVER_H
#define NAME_SERVER_H

#include <errno.h>
#include <netdb.h>
#include <signal.h>

#include "canned_server.h"
#include "transport_call.h"

int __real_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **list);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool mute_names_wait;
static size_t waiting_now;
static size_t most_waiting;
static size_t lookups;
static char last_name[URL_SIZE];
static bool signals_were_blocked;

static inline void wait_while_mute(void)
{
    waiting_now++;
    if (waiting_now > most_waiting) {
        most_waiting = waiting_now;
    }
    (void)pthread_cond_broadcast(&changed);
    while (mute_names_wait) {
        (void)pthread_cond_wait(&changed, &lock);
    }
    waiting_now--;
    (void)pthread_cond_broadcast(&changed);
}

static inline void note_lookup(const char *name)
{
    sigset_t blocked;
    (void)pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    (void)pthread_mutex_lock(&lock);
    lookups++;
    signals_were_blocked = sigismember(&blocked, SIGINT) == 1 && sigismember(&blocked, SIGPIPE) == 1;
    (void)snprintf(last_name, sizeof last_name, "%s", name);
    if (strncmp(name, "mute", 4) == 0) {
        wait_while_mute();
    }
    (void)pthread_mutex_unlock(&lock);
}

/* Names of the tests are this machine. "two" has an address before it where nobody listens, "none" has none. */
int __wrap_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **list)
{
    struct addrinfo *second = NULL;
    note_lookup(name);
    if (strncmp(name, "none", 4) == 0) {
        return EAI_NONAME;
    }
    if (strncmp(name, "full", 4) == 0) {
        errno = EMFILE;
        return EAI_SYSTEM;
    }
    if (strcmp(name, "localhost") == 0) {
        return __real_getaddrinfo(name, service, hints, list);
    }
    int code = __real_getaddrinfo(strncmp(name, "two", 3) == 0 ? "127.0.0.2" : "127.0.0.1", service, hints, list);
    if (code == 0 && strncmp(name, "two", 3) == 0 && __real_getaddrinfo("127.0.0.1", service, hints, &second) == 0) {
        (*list)->ai_next = second;
    }
    return code;
}

static inline size_t count_lookups(void)
{
    (void)pthread_mutex_lock(&lock);
    size_t count = lookups;
    (void)pthread_mutex_unlock(&lock);
    return count;
}

static inline void set_mute(bool mute)
{
    (void)pthread_mutex_lock(&lock);
    mute_names_wait = mute;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

static inline void await_waiting(size_t count)
{
    (void)pthread_mutex_lock(&lock);
    while (waiting_now != count) {
        (void)pthread_cond_wait(&changed, &lock);
    }
    (void)pthread_mutex_unlock(&lock);
}

/* Before each test: nothing was looked up, and the environment has no proxy. */
static inline void reset_names(void)
{
    lookups = 0;
    most_waiting = 0;
    last_name[0] = '\0';
    signals_were_blocked = false;
    static const char *const variables[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                            "ALL_PROXY",  "no_proxy",    "NO_PROXY"};
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        (void)unsetenv(variables[i]);
    }
}

static const struct canned good = RESPONSE(OK_RESPONSE, KEEP);

static inline void set_host(struct call *call, const char *host, int port)
{
    (void)snprintf(call->url, sizeof call->url, "http://%s:%d/es.asmx", host, port);
}

#endif
