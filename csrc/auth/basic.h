/*
 * HTTP Basic, as the Enterprise Server reads it.
 */
#ifndef DNP_AUTH_BASIC_H
#define DNP_AUTH_BASIC_H

#include <stdbool.h>

#include "base/buffer.h"

/* Appends "Basic <base64 of username:password>". The scheme's spelling matters to the server. */
bool dnp_basic_append(struct dnp_buffer *out, const char *username, const char *password);

/*
 * Why the server's parser (ASCII only, cut at every colon) cannot take these credentials although they may be
 * right; NULL when it can. A phrase for a sentence such as "the password holds a colon, ...".
 */
const char *dnp_basic_mangled(const char *username, const char *password);

#endif
