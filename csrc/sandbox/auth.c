/*
 * The panel's parser of Authorization: the scheme is case-sensitive, the decoded bytes are taken as ASCII (others
 * become '?'), and the text is cut at every colon, of which the first two parts count.
 */
#include "sandbox/auth.h"

#include <stdint.h>
#include <string.h>

#include "xml/buffer.h"

#define MAX_DECODED (2 * DNP_CREDENTIAL_SIZE)

static int digit_value(char digit)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = digit != '\0' ? strchr(digits, digit) : NULL;
    return found != NULL ? (int)(found - digits) : -1;
}

/* Convert.FromBase64String: strict about padding, lenient about white space. Returns the length, or -1. */
static int decode(const char *text, char *decoded, size_t size)
{
    uint32_t bits = 0;
    size_t digits = 0;
    size_t padding = 0;
    size_t length = 0;
    for (; *text != '\0'; text++) {
        if (strchr(" \t\r\n", *text) != NULL) {
            continue;
        }
        int value = digit_value(*text);
        if (*text == '=') {
            padding++;
        } else if (value < 0 || padding > 0) {
            return -1;
        } else {
            bits = bits << 6 | (uint32_t)value;
            digits++;
            if (digits % 4 != 1) {
                if (length == size) {
                    return -1;
                }
                decoded[length++] = (char)(bits >> (6 - 2 * ((digits - 1) % 4)) & 0xFFU);
            }
        }
    }
    return padding <= 2 && (digits + padding) % 4 == 0 ? (int)length : -1;
}

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
    char decoded[MAX_DECODED] = "";
    memset(credentials, 0, sizeof *credentials);
    if (header == NULL || strncmp(header, "Basic", strlen("Basic")) != 0) {
        return DNP_CREDENTIALS_NONE;
    }
    int length = decode(header + strlen("Basic"), decoded, sizeof decoded);
    if (length < 0) {
        credentials->fault = "The input is not a valid Base-64 string as it contains a non-base 64 character, more "
                             "than two padding characters, or an illegal character among the padding characters.";
        return DNP_CREDENTIALS_BROKEN;
    }
    enum dnp_credentials_state state = split(decoded, (size_t)length, credentials);
    dnp_wipe(decoded, sizeof decoded);
    return state;
}

void dnp_credentials_wipe(struct dnp_credentials *credentials)
{
    dnp_wipe(credentials, sizeof *credentials);
}
