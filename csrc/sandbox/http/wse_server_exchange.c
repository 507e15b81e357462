/*
 * Between an HTTP request and the checks of message security: the clock, the address, the accounts.
 */
#include "sandbox/http/wse_server_exchange.h"

#include <stdio.h>
#include <time.h>

#include "crypto/openssl.h"
#include "soap/names.h"
#include "value/calendar.h"

struct lookup {
    struct dnp_store *store;
    struct dnp_caller caller;
};

static bool find_password(void *context, const char *username, struct dnp_buffer *password, bool *found)
{
    struct lookup *lookup = context;
    struct dnp_error error = {0};
    return dnp_store_find_user(lookup->store, username, &lookup->caller, password, found, &error);
}

static void make_address(struct dnp_wse_server_exchange *exchange, const struct dnp_service_state *state,
                         const struct dnp_http_call *call)
{
    size_t scheme = (size_t)(strstr(state->url, "//") - state->url) + 2;
    const char *host = call->host != NULL ? call->host : state->url + scheme;
    if (state->address != NULL) {
        (void)snprintf(exchange->address, sizeof exchange->address, "%s%s", state->address, call->path);
    } else {
        (void)snprintf(exchange->address, sizeof exchange->address, "%.*s%s%s", (int)scheme, state->url, host,
                       call->path);
    }
}

static int64_t now(const struct dnp_service_state *state)
{
    return (int64_t)(dnp_clock() + state->clock_offset);
}

static enum dnp_wse_server_verdict check(struct dnp_wse_server_exchange *exchange,
                                         const struct dnp_service_state *state, struct dnp_http_call *call,
                                         struct dnp_caller *caller, const struct dnp_crypto *crypto)
{
    struct lookup lookup = {.store = state->store};
    struct dnp_wse_choices choices;
    struct dnp_error error = {0};
    const struct dnp_wse_server_rules rules = {crypto, now(state), exchange->address, find_password, &lookup};
    struct dnp_slice request = {call->body.length > 0 ? call->body.data : "", call->body.length};
    enum dnp_wse_server_verdict verdict = dnp_wse_server_receive(request, &rules, &exchange->received);
    if (verdict == DNP_WSE_SERVER_ABSENT) {
        return verdict;
    }
    if (!dnp_wse_choose(&choices, crypto, rules.now, &error)) {
        return DNP_WSE_SERVER_FAILED;
    }
    memcpy(exchange->message_id, choices.message_id, sizeof exchange->message_id);
    if (verdict == DNP_WSE_SERVER_ACCEPTED) {
        struct dnp_buffer sealed = call->body;
        call->body = exchange->received.clear;
        exchange->received.clear = sealed;
        *caller = lookup.caller;
        exchange->secured = true;
    }
    return verdict;
}

enum dnp_wse_server_verdict dnp_wse_server_exchange_check(struct dnp_wse_server_exchange *exchange,
                                                          const struct dnp_service_state *state,
                                                          struct dnp_http_call *call, struct dnp_caller *caller)
{
    struct dnp_crypto crypto;
    /* Most requests have no security header, and need not be parsed to know it. */
    if (call->body.length == 0 || strstr(call->body.data, DNP_WSSE_NAMESPACE) == NULL) {
        return DNP_WSE_SERVER_ABSENT;
    }
    if (!dnp_openssl_open(&crypto)) {
        return DNP_WSE_SERVER_FAILED;
    }
    make_address(exchange, state, call);
    enum dnp_wse_server_verdict verdict = check(exchange, state, call, caller, &crypto);
    dnp_openssl_close(&crypto);
    return verdict;
}

void dnp_wse_server_set_date(const struct dnp_service_state *state, struct dnp_reply *reply)
{
    time_t seconds = (time_t)now(state);
    struct tm parts;
    /* Whatever the process's locale, the names of days and months are English. */
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (state->clock_offset != 0 && gmtime_r(&seconds, &parts) != NULL) {
        (void)snprintf(reply->date, sizeof reply->date, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
                       days + (size_t)parts.tm_wday * 3, parts.tm_mday, months + (size_t)parts.tm_mon * 3,
                       (parts.tm_year + 1900) % 10000, parts.tm_hour, parts.tm_min, parts.tm_sec);
    }
}

void dnp_wse_server_exchange_init(struct dnp_wse_server_exchange *exchange)
{
    memset(exchange, 0, sizeof *exchange);
    dnp_wse_server_received_init(&exchange->received);
}

void dnp_wse_server_exchange_free(struct dnp_wse_server_exchange *exchange)
{
    dnp_wse_server_received_free(&exchange->received);
}
