/*
 * A list of secrets in one wiping buffer: a length and the bytes, one after the other.
 */
#include "soap/secrets.h"

#include <stdint.h>

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

static void swap(struct dnp_buffer *a, struct dnp_buffer *b)
{
    struct dnp_buffer kept = *a;
    *a = *b;
    *b = kept;
}

bool dnp_secrets_redact(const struct dnp_secrets *secrets, struct dnp_buffer *out, struct dnp_slice text)
{
    struct dnp_buffer cleaned;
    struct dnp_buffer spare;
    struct dnp_slice secret = {NULL, 0};
    size_t at = 0;
    dnp_buffer_init(&cleaned, SIZE_MAX / 2);
    dnp_buffer_init(&spare, SIZE_MAX / 2);
    bool good = secrets->values.state == DNP_BUFFER_OK && dnp_buffer_append(&cleaned, text.data, text.length);
    while (good && next_secret(secrets, &at, &secret)) {
        struct dnp_slice old = {cleaned.data != NULL ? cleaned.data : "", cleaned.length};
        dnp_buffer_clear(&spare);
        good = dnp_redact_literal(&spare, old, secret);
        swap(&cleaned, &spare);
    }
    good = good && dnp_buffer_append(out, cleaned.data, cleaned.length);
    dnp_buffer_free(&cleaned);
    dnp_buffer_free(&spare);
    return good;
}
