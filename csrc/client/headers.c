/*
 * Reading Location and WWW-Authenticate as far as sentences need it.
 */
#include "client/headers.h"

#include <stdio.h>
#include <string.h>

#include "base/ascii.h"

/* The part of an address before its query and fragment. */
static size_t without_query(const char *location)
{
    return strcspn(location, "?#");
}

void dnp_show_location(const char *location, char *shown, size_t size)
{
    size_t length = without_query(location);
    const char *slashes = strstr(location, "//");
    size_t scheme = slashes != NULL && (size_t)(slashes - location) < length ? (size_t)(slashes + 2 - location) : 0;
    size_t host = scheme;
    if (scheme > 0) {
        size_t authority = strcspn(location + scheme, "/?#");
        for (size_t i = 0; i < authority; i++) {
            host = location[scheme + i] == '@' ? scheme + i + 1 : host;
        }
    }
    (void)snprintf(shown, size, "%.*s%.*s", (int)(scheme < size ? scheme : size), location,
                   (int)(length - host < size ? length - host : size), location + host);
}

bool dnp_is_aspx_error_page(const char *location)
{
    static const char parameter[] = "aspxerrorpath=";
    for (const char *at = location + without_query(location); *at != '\0'; at++) {
        if (dnp_ascii_equal_start(at, parameter, sizeof parameter - 1)) {
            return true;
        }
    }
    return false;
}

/* The end of one part of a comma-separated list; commas in quotes do not count. */
static const char *part_end(const char *at)
{
    bool quoted = false;
    while (*at != '\0' && (quoted || *at != ',')) {
        quoted = *at == '"' ? !quoted : quoted;
        at += *at == '\\' && quoted && at[1] != '\0' ? 2 : 1;
    }
    return at;
}

bool dnp_wants_windows(const char *www_authenticate)
{
    bool windows = false;
    const char *at = www_authenticate;
    while (*at != '\0') {
        at += strspn(at, ", \t");
        size_t word = strcspn(at, " \t,=");
        const char *end = part_end(at);
        /* A part is a scheme, perhaps with its first parameter, or another parameter: name=value. */
        bool scheme = word > 0 && at[word + strspn(at + word, " \t")] != '=';
        if (scheme) {
            bool known = (word == 9 && dnp_ascii_equal_start(at, "Negotiate", word)) ||
                         (word == 4 && dnp_ascii_equal_start(at, "NTLM", word)) ||
                         (word == 8 && dnp_ascii_equal_start(at, "Kerberos", word));
            if (!known) {
                return false;
            }
            windows = true;
        }
        at = end;
    }
    return windows;
}
