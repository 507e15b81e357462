/*
 * The Authorization value of HTTP Basic, and what is wrong with credentials that the server's parser cannot take.
 *
 * Nothing here is kept: the only copies of the password are the caller's and the one that goes into `out`.
 */
#include "auth/basic.h"

#include <string.h>

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
