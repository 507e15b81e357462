/*
 * The secrets of one exchange, by value: what the encoder wrote into a secret field, and what authentication added.
 * Whatever text of the exchange people may see passes through dnp_secrets_redact.
 */
#ifndef DNP_SOAP_SECRETS_H
#define DNP_SOAP_SECRETS_H

#include "base/buffer.h"
#include "base/slice.h"

struct dnp_secrets {
    struct dnp_buffer values; /* each a size_t and that many bytes */
};

void dnp_secrets_init(struct dnp_secrets *secrets);
/* Wipes them. */
void dnp_secrets_free(struct dnp_secrets *secrets);
/* Forgets and wipes them; keeps the memory for the next ones. */
void dnp_secrets_clear(struct dnp_secrets *secrets);
/* Copies one; an empty one is not kept. False: out of memory. */
bool dnp_secrets_add(struct dnp_secrets *secrets, struct dnp_slice value);

/* Appends `text` to `out` with every secret replaced, see dnp_redact_mark. False when out of memory; then `out` must
 * not be shown. */
bool dnp_secrets_redact(const struct dnp_secrets *secrets, struct dnp_buffer *out, struct dnp_slice text);

#endif
