/*
 * Elements that the contract does not know: taken from a response, kept by the caller as XML, sent back in an update,
 * so that a newer panel's fields survive. Internal to csrc/soap.
 */
#ifndef DNP_SOAP_FRAGMENT_H
#define DNP_SOAP_FRAGMENT_H

#include "base/buffer.h"
#include "base/error.h"
#include "xml/reader.h"

/* Writes one token of an unknown element, without prefix or attributes. */
void dnp_fragment_write(struct dnp_buffer *out, const struct dnp_token *token);

/* Parses `xml` (elements side by side) and writes it again, so that nothing else can be smuggled in. */
bool dnp_fragment_copy(struct dnp_buffer *out, struct dnp_slice xml, struct dnp_error *error);

#endif
