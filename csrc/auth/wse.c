/*
 * WSE 3.0 as a scheme: every request is sealed, and its response must be one to it, as far as the panel says so.
 *
 * A wrong password shows only in what the panel makes of the encrypted body. Mostly that is not a body at all, and the
 * panel says wsse:FailedCheck; one time in twenty it happens to look decrypted and ends in some other error with
 * status 500 (spec/wse). So such an error does not show whether the credentials are right, and a read is tried again.
 */
#include "auth/wse.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "auth/auth.h"
#include "xml/writer.h"

#define OPEN_BODY "<soap:Body>"
#define CLOSE_BODY "</soap:Body></soap:Envelope>"
#define MAX_ADDRESS ((size_t)64 * 1024)
#define MAX_MESSAGE ((size_t)16 * 1024 * 1024)

/* Operations that were called lately: each has one slot where it can be, by its name. */
#define SLOTS 64

struct slot {
    char *action; /* NULL: empty */
    char *url;
    struct dnp_wse_destination destination;
};

/* What changes while the identity stays the same: nothing of it shows. */
struct workshop {
    struct slot slots[SLOTS];
    struct dnp_wse_room room;
};

struct dnp_auth_identity {
    const struct dnp_crypto *crypto;
    struct dnp_wse_form form;
    struct workshop *workshop;
    char *password;
    char *to; /* in place of the session's url; NULL: that */
    int64_t clock_offset;
};

struct dnp_auth_exchange {
    char message_id[DNP_WSE_MESSAGE_ID_SIZE];
};

/* ---- identities ---- */

static void empty_slot(struct slot *slot)
{
    if (slot->action != NULL) {
        dnp_wse_destination_free(&slot->destination);
    }
    free(slot->action);
    free(slot->url);
    memset(slot, 0, sizeof *slot);
}

static void free_workshop(struct workshop *workshop)
{
    if (workshop != NULL) {
        for (size_t i = 0; i < SLOTS; i++) {
            empty_slot(&workshop->slots[i]);
        }
        dnp_wse_room_free(&workshop->room);
        free(workshop);
    }
}

static struct workshop *make_workshop(void)
{
    struct workshop *workshop = calloc(1, sizeof *workshop);
    if (workshop != NULL) {
        dnp_wse_room_init(&workshop->room, MAX_MESSAGE);
    }
    return workshop;
}

static void identity_free(struct dnp_auth_identity *identity)
{
    if (identity == NULL) {
        return;
    }
    if (identity->password != NULL) {
        dnp_wipe(identity->password, strlen(identity->password));
    }
    free_workshop(identity->workshop);
    dnp_wse_form_free(&identity->form);
    free(identity->password);
    free(identity->to);
    free(identity);
}

static bool check_options(const struct dnp_auth_options *options, struct dnp_error *error)
{
    const char *reason = NULL;
    struct dnp_slice username = dnp_slice_of(options->username);
    if (options->crypto == NULL) {
        return dnp_fail(error, DNP_USAGE, "auth 'wse' needs a library for its cryptography");
    }
    if (options->password[0] == '\0') {
        return dnp_fail(error, DNP_USAGE, "'password' is empty, and no key for WSE 3.0 can be made from that");
    }
    return dnp_utf8_check(username, &reason) == username.length || dnp_fail(error, DNP_USAGE, "'username' %s", reason);
}

static struct dnp_auth_identity *identity_new(const struct dnp_auth_options *options, struct dnp_error *error)
{
    if (!check_options(options, error)) {
        return NULL;
    }
    struct dnp_auth_identity *identity = calloc(1, sizeof *identity);
    if (identity == NULL) {
        (void)dnp_fail_memory(error);
        return NULL;
    }
    identity->crypto = options->crypto;
    identity->clock_offset = options->clock_offset;
    identity->password = dnp_copy_text(dnp_slice_of(options->password));
    identity->to = options->to != NULL ? dnp_copy_text(dnp_slice_of(options->to)) : NULL;
    identity->workshop = make_workshop();
    bool formed = dnp_wse_form_init(&identity->form, options->username, dnp_wse_ids, options->crypto);
    if (!formed || identity->workshop == NULL || identity->password == NULL ||
        (options->to != NULL && identity->to == NULL)) {
        identity_free(identity);
        (void)dnp_fail_memory(error);
        return NULL;
    }
    return identity;
}

static bool add_secrets(const struct dnp_auth_identity *identity, struct dnp_secrets *secrets)
{
    return dnp_secrets_add(secrets, dnp_slice_of(identity->password));
}

/* ---- requests ---- */

static int64_t here(void)
{
    return (int64_t)time(NULL);
}

/* What is between the tags of the body. */
static bool find_body(struct dnp_slice envelope, struct dnp_slice *body)
{
    const char *open = strstr(envelope.data, OPEN_BODY);
    const size_t around = sizeof OPEN_BODY - 1 + sizeof CLOSE_BODY - 1;
    if (open == NULL || envelope.length < (size_t)(open - envelope.data) + around) {
        return false;
    }
    body->data = open + sizeof OPEN_BODY - 1;
    body->length = envelope.length - (size_t)(body->data - envelope.data) - (sizeof CLOSE_BODY - 1);
    return true;
}

/* The service's page at the address that the panel sees. */
static bool put_to(struct dnp_buffer *to, const struct dnp_auth_identity *identity, const char *url)
{
    if (identity->to == NULL) {
        return dnp_buffer_puts(to, url);
    }
    dnp_buffer_puts(to, identity->to);
    return dnp_buffer_puts(to, strrchr(url, '/'));
}

static struct slot *slot_of(const struct dnp_auth_identity *identity, const char *action)
{
    uint32_t hash = UINT32_C(2166136261);
    for (const char *name = strrchr(action, '/'); name != NULL && *name != '\0'; name++) {
        hash = (hash ^ (unsigned char)*name) * UINT32_C(16777619);
    }
    return &identity->workshop->slots[hash % SLOTS];
}

static bool fill_slot(struct slot *slot, const struct dnp_auth_identity *identity,
                      const struct dnp_auth_request *request)
{
    struct dnp_buffer to;
    empty_slot(slot);
    slot->action = dnp_copy_text(dnp_slice_of(request->action));
    slot->url = dnp_copy_text(dnp_slice_of(request->url));
    if (slot->action == NULL || slot->url == NULL) {
        free(slot->action);
        slot->action = NULL;
        return false;
    }
    dnp_buffer_init(&to, MAX_ADDRESS);
    bool good = dnp_wse_destination_init(&slot->destination, &identity->form, request->action,
                                         put_to(&to, identity, request->url) ? to.data : "", identity->crypto) &&
                to.state == DNP_BUFFER_OK;
    dnp_buffer_free(&to);
    if (!good) {
        empty_slot(slot);
    }
    return good;
}

/* NULL: out of memory. */
static const struct dnp_wse_destination *find_destination(const struct dnp_auth_identity *identity,
                                                          const struct dnp_auth_request *request)
{
    struct slot *slot = slot_of(identity, request->action);
    bool known =
        slot->action != NULL && strcmp(slot->action, request->action) == 0 && strcmp(slot->url, request->url) == 0;
    return known || fill_slot(slot, identity, request) ? &slot->destination : NULL;
}

static bool seal(const struct dnp_auth_identity *identity, const struct dnp_auth_request *request,
                 const struct dnp_wse_choices *choices, struct dnp_buffer *sealed, struct dnp_error *error)
{
    struct dnp_wse_message message = {.room = &identity->workshop->room,
                                      .form = &identity->form,
                                      .destination = find_destination(identity, request),
                                      .password = identity->password};
    if (message.destination == NULL) {
        return dnp_fail_memory(error);
    }
    if (!find_body(request->envelope, &message.body)) {
        return dnp_fail(error, DNP_USAGE, "the envelope has no body that can be signed");
    }
    return dnp_wse_write(sealed, &message, choices, identity->crypto, error);
}

static bool authenticate(const struct dnp_auth_identity *identity, const struct dnp_auth_request *request,
                         struct dnp_auth_result *result, struct dnp_error *error)
{
    struct dnp_wse_choices choices;
    if (!dnp_wse_choose(&choices, identity->crypto, here() + identity->clock_offset, error) ||
        !seal(identity, request, &choices, result->sealed, error)) {
        return false;
    }
    result->own = malloc(sizeof *result->own);
    if (result->own == NULL) {
        return dnp_fail_memory(error);
    }
    memcpy(result->own->message_id, choices.message_id, sizeof result->own->message_id);
    return true;
}

static void exchange_free(struct dnp_auth_exchange *exchange)
{
    free(exchange);
}

/* ---- responses ---- */

/* White space around it does not count. */
static bool is_message_id(const char *text, const char *message_id)
{
    struct dnp_slice trimmed = dnp_slice_trimmed(dnp_slice_of(text));
    return trimmed.length == strlen(message_id) && memcmp(trimmed.data, message_id, trimmed.length) == 0;
}

/* An error that wrong credentials can end in, and others too. */
static bool is_vague(const struct dnp_auth_response *response)
{
    const char *code = response->fault_code;
    return response->status == 500 && (code == NULL || strcmp(code, "Server") == 0);
}

static enum dnp_auth_verdict verify(const struct dnp_auth_identity *identity, const struct dnp_auth_exchange *exchange,
                                    const struct dnp_auth_response *response, struct dnp_error *error)
{
    (void)identity;
    if (response->relates_to != NULL && !is_message_id(response->relates_to, exchange->message_id)) {
        (void)dnp_fail(error, DNP_PROTOCOL, "the response is to another request, according to its header RelatesTo");
        error->outcome = DNP_UNKNOWN;
        error->http_status = response->status;
        return DNP_AUTH_REJECTED;
    }
    return is_vague(response) ? DNP_AUTH_AGAIN : DNP_AUTH_ACCEPTED;
}

static const struct {
    const char *code;
    const char *hint;
} hints[] = {
    {"FailedCheck", "the password is wrong, or the message was changed on its way"},
    {"FailedAuthentication", "the panel does not know this user name, or did not accept it"},
    {"DestinationUnreachable", "the panel sees itself at another address than wsa:To says; see wse_to"},
    {"MustUnderstand", "the panel has no WSE 3.0; auth = 'basic' is the other way"},
};

/* The date of an HTTP response is all that shows the panel's time, and good enough: WSE's tolerance is five minutes. */
static void describe_skew(int64_t there, int64_t local, char text[DNP_AUTH_HINT_SIZE])
{
    char panel_time[DNP_WSE_TIME_SIZE];
    char local_time[DNP_WSE_TIME_SIZE];
    if (there == 0) {
        (void)snprintf(
            text, DNP_AUTH_HINT_SIZE,
            "the clocks of the panel and of this machine differ too much; wse_clock_offset can make up for it");
        return;
    }
    dnp_wse_format_time(there, panel_time);
    dnp_wse_format_time(local, local_time);
    (void)snprintf(text, DNP_AUTH_HINT_SIZE,
                   "the panel's clock says %s, this machine's %s; wse_clock_offset = %" PRId64 " would make up for it",
                   panel_time, local_time, there - local);
}

static bool is_about_time(const char *code)
{
    return strcmp(code, "MessageExpired") == 0 || strcmp(code, "InvalidSecurity") == 0 ||
           strcmp(code, "InvalidSecurityToken") == 0;
}

static const char *hint(const struct dnp_auth_identity *identity, const struct dnp_auth_response *response,
                        char text[DNP_AUTH_HINT_SIZE])
{
    (void)identity;
    if (response->status == 401) {
        return "the panel asks for HTTP Basic, so it has no WSE 3.0, or not for this service; auth = 'basic' is the "
               "other way";
    }
    if (is_vague(response)) {
        return response->renewed ? NULL : "wrong credentials can end like this, too";
    }
    for (size_t i = 0; response->fault_code != NULL && i < sizeof hints / sizeof hints[0]; i++) {
        if (strcmp(response->fault_code, hints[i].code) == 0) {
            return hints[i].hint;
        }
    }
    if (response->fault_code != NULL && is_about_time(response->fault_code)) {
        describe_skew(response->date, here(), text);
        return text;
    }
    return NULL;
}

const struct dnp_auth_scheme dnp_auth_wse = {
    .name = "wse",
    .needs_crypto = true,
    .identity_new = identity_new,
    .identity_free = identity_free,
    .secrets = add_secrets,
    .authenticate = authenticate,
    .verify = verify,
    .hint = hint,
    .exchange_free = exchange_free,
};
