/* Base64 of whole blocks of bytes. */
#ifndef DNP_XML_BASE64_H
#define DNP_XML_BASE64_H

#include "base/buffer.h"

/* Writes (length + 2) / 3 * 4 digits and a NUL. */
void dnp_base64_encode(char *digits, const unsigned char *bytes, size_t length);
bool dnp_base64_append(struct dnp_buffer *out, const void *bytes, size_t length);

/*
 * As .NET's Convert.FromBase64String reads it: strict about padding, white space anywhere. `decoded` needs three bytes
 * for four digits. False when `text` is not Base64.
 */
#define DNP_BASE64_DECODED_SIZE(length) (((length) / 4 + 1) * 3)
bool dnp_base64_decode(struct dnp_slice text, unsigned char *decoded, size_t *length);

#endif
