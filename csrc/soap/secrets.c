/*
 * A list of secrets in one wiping buffer: a length and the bytes, one after the other.
 */
#include "soap/secrets.h"

#include <stdint.h>
#include <stdlib.h>

#include "soap/redact.h"

void dnp_secrets_init(struct dnp_secrets *secrets)
{
    dnp_buffer_init(&secrets->values, SIZE_MAX / 2);
}

void dnp_secrets_free(struct dnp_secrets *secrets)
{
    dnp_buffer_free(&secrets->values);
}

void dnp_secrets_clear(struct dnp_secrets *secrets)
{
    dnp_buffer_wipe(&secrets->values);
}

bool dnp_secrets_add(struct dnp_secrets *secrets, struct dnp_slice value)
{
    if (value.length == 0) {
        return true;
    }
    dnp_buffer_append(&secrets->values, &value.length, sizeof value.length);
    return dnp_buffer_append(&secrets->values, value.data, value.length);
}

/* Reads the secret at `*at` and moves behind it; false at the end. */
static bool next_secret(const struct dnp_secrets *secrets, size_t *at, struct dnp_slice *value)
{
    const struct dnp_buffer *values = &secrets->values;
    if (*at >= values->length) {
        return false;
    }
    memcpy(&value->length, values->data + *at, sizeof value->length);
    value->data = values->data + *at + sizeof value->length;
    *at += sizeof value->length + value->length;
    return true;
}

/* All are looked for in the text as it came, since one may be a part of another, or overlap it. */
bool dnp_secrets_redact(const struct dnp_secrets *secrets, struct dnp_buffer *out, struct dnp_slice text)
{
    struct dnp_slice secret = {NULL, 0};
    size_t at = 0;
    if (secrets->values.state != DNP_BUFFER_OK) {
        return false;
    }
    char *marks = calloc(1, text.length + 1);
    if (marks == NULL) {
        return false;
    }
    while (next_secret(secrets, &at, &secret)) {
        dnp_redact_mark(marks, text, secret);
    }
    bool good = dnp_redact_marked(out, text, marks);
    free(marks);
    return good;
}
