/*
 * The panel's parser of Authorization: the scheme is case-sensitive, the decoded bytes are taken as ASCII (others
 * become '?'), and the text is cut at every colon, of which the first two parts count.
 */
#include "sandbox/http/auth.h"

#include <string.h>

#include "base/base64.h"

#define MAX_DECODED ((size_t)2 * DNP_CREDENTIAL_SIZE)

static void copy_part(char part[DNP_CREDENTIAL_SIZE], const char *text, size_t length)
{
    if (length >= DNP_CREDENTIAL_SIZE) {
        length = DNP_CREDENTIAL_SIZE - 1;
    }
    for (size_t i = 0; i < length; i++) {
        part[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
    }
    part[length] = '\0';
}

static enum dnp_credentials_state split(const char *text, size_t length, struct dnp_credentials *credentials)
{
    const char *colon = memchr(text, ':', length);
    if (colon == NULL) {
        credentials->fault = "Index was outside the bounds of the array.";
        return DNP_CREDENTIALS_BROKEN;
    }
    size_t rest = length - (size_t)(colon + 1 - text);
    const char *second = memchr(colon + 1, ':', rest);
    copy_part(credentials->username, text, (size_t)(colon - text));
    copy_part(credentials->password, colon + 1, second != NULL ? (size_t)(second - colon - 1) : rest);
    return DNP_CREDENTIALS_READ;
}

enum dnp_credentials_state dnp_credentials_read(const char *header, struct dnp_credentials *credentials)
{
    unsigned char decoded[MAX_DECODED];
    size_t length = 0;
    memset(credentials, 0, sizeof *credentials);
    if (header == NULL || strncmp(header, "Basic", strlen("Basic")) != 0) {
        return DNP_CREDENTIALS_NONE;
    }
    struct dnp_slice digits = dnp_slice_of(header + strlen("Basic"));
    if (DNP_BASE64_DECODED_SIZE(digits.length) > sizeof decoded || !dnp_base64_decode(digits, decoded, &length)) {
        credentials->fault = "The input is not a valid Base-64 string as it contains a non-base 64 character, more "
                             "than two padding characters, or an illegal character among the padding characters.";
        return DNP_CREDENTIALS_BROKEN;
    }
    enum dnp_credentials_state state = split((const char *)decoded, length, credentials);
    dnp_wipe(decoded, sizeof decoded);
    return state;
}

void dnp_credentials_wipe(struct dnp_credentials *credentials)
{
    dnp_wipe(credentials, sizeof *credentials);
}
