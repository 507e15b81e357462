/*
 * HTTP Basic as a scheme. The header is made once for a session; there is nothing to remember between a request and its
 * response, and nothing of a response to check.
 */
#include "auth/basic.h"

#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"

#define PREFIX "Authorization: "
#define MAX_HEADER ((size_t)64 * 1024)

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Base64 of bytes that come one by one, so that "username:password" never has to exist as a copy. */
struct base64 {
    struct dnp_buffer *out;
    unsigned bits;
    unsigned count;
};

static void put_group(struct base64 *base64)
{
    char group[4] = {'=', '=', '=', '='};
    unsigned bits = base64->bits << (8 * (3 - base64->count));
    for (unsigned i = 0; i <= base64->count; i++) {
        group[i] = alphabet[(bits >> (18 - 6 * i)) & 0x3FU];
    }
    dnp_buffer_append(base64->out, group, sizeof group);
    dnp_wipe(group, sizeof group);
    dnp_wipe(&bits, sizeof bits);
    base64->bits = 0;
    base64->count = 0;
}

static void put_text(struct base64 *base64, const char *text)
{
    for (; *text != '\0'; text++) {
        base64->bits = (base64->bits << 8) | (unsigned char)*text;
        if (++base64->count == 3) {
            put_group(base64);
        }
    }
}

bool dnp_basic_append(struct dnp_buffer *out, const char *username, const char *password)
{
    struct base64 base64 = {.out = out};
    dnp_buffer_puts(out, "Basic ");
    put_text(&base64, username);
    put_text(&base64, ":");
    put_text(&base64, password);
    if (base64.count > 0) {
        put_group(&base64);
    }
    return out->state == DNP_BUFFER_OK;
}

static bool is_ascii(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text > 0x7F) {
            return false;
        }
    }
    return true;
}

const char *dnp_basic_mangled(const char *username, const char *password)
{
    if (strchr(username, ':') != NULL) {
        return "the user name holds a colon, and the panel cuts the credentials at every colon";
    }
    if (strchr(password, ':') != NULL) {
        return "the password holds a colon, and the panel cuts the credentials at every colon";
    }
    if (!is_ascii(username)) {
        return "the user name is not plain ASCII, and the panel reads credentials as ASCII only";
    }
    if (!is_ascii(password)) {
        return "the password is not plain ASCII, and the panel reads credentials as ASCII only";
    }
    return NULL;
}

/* ---- the scheme ---- */

struct dnp_auth_identity {
    struct dnp_buffer header; /* the whole line */
    struct dnp_slice encoded; /* of it the Base64, without its padding */
    char *password;
    const char *mangled;
};

static void identity_free(struct dnp_auth_identity *identity)
{
    if (identity == NULL) {
        return;
    }
    dnp_buffer_free(&identity->header);
    if (identity->password != NULL) {
        dnp_wipe(identity->password, strlen(identity->password));
    }
    free(identity->password);
    free(identity);
}

static void find_encoded(struct dnp_auth_identity *identity)
{
    const size_t before = sizeof PREFIX "Basic " - 1;
    identity->encoded.data = identity->header.data + before;
    identity->encoded.length = identity->header.length - before;
    while (identity->encoded.length > 0 && identity->encoded.data[identity->encoded.length - 1] == '=') {
        identity->encoded.length--;
    }
}

static struct dnp_auth_identity *identity_new(const struct dnp_auth_options *options, struct dnp_error *error)
{
    struct dnp_auth_identity *identity = calloc(1, sizeof *identity);
    if (identity == NULL) {
        (void)dnp_fail_memory(error);
        return NULL;
    }
    dnp_buffer_init(&identity->header, MAX_HEADER);
    identity->mangled = dnp_basic_mangled(options->username, options->password);
    identity->password = dnp_copy_text(dnp_slice_of(options->password));
    dnp_buffer_puts(&identity->header, PREFIX);
    bool made = dnp_basic_append(&identity->header, options->username, options->password);
    if (!made || identity->password == NULL) {
        (void)(identity->header.state == DNP_BUFFER_FULL
                   ? dnp_fail(error, DNP_USAGE, "username or password is too long")
                   : dnp_fail_memory(error));
        identity_free(identity);
        return NULL;
    }
    find_encoded(identity);
    return identity;
}

static bool secrets(const struct dnp_auth_identity *identity, struct dnp_secrets *out)
{
    return dnp_secrets_add(out, identity->encoded) && dnp_secrets_add(out, dnp_slice_of(identity->password));
}

static bool authenticate(const struct dnp_auth_identity *identity, const struct dnp_auth_request *request,
                         struct dnp_auth_result *result, struct dnp_error *error)
{
    (void)request;
    (void)error;
    result->header = identity->header.data;
    return true;
}

static enum dnp_auth_verdict verify(const struct dnp_auth_identity *identity, const struct dnp_auth_exchange *exchange,
                                    const struct dnp_auth_response *response, struct dnp_error *error)
{
    (void)identity;
    (void)exchange;
    (void)response;
    (void)error;
    return DNP_AUTH_ACCEPTED;
}

static const char *hint(const struct dnp_auth_identity *identity, const struct dnp_auth_response *response,
                        char text[DNP_AUTH_HINT_SIZE])
{
    (void)text;
    return response->status == 401 ? identity->mangled : NULL;
}

static void exchange_free(struct dnp_auth_exchange *exchange)
{
    (void)exchange;
}

const struct dnp_auth_scheme dnp_auth_basic = {
    .name = "basic",
    .identity_new = identity_new,
    .identity_free = identity_free,
    .secrets = secrets,
    .authenticate = authenticate,
    .verify = verify,
    .hint = hint,
    .exchange_free = exchange_free,
};
