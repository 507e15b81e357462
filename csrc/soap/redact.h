/*
 * Takes secrets out of text that people may see: XML of requests and answers, header lines, fault texts.
 */
#ifndef DNP_SOAP_REDACT_H
#define DNP_SOAP_REDACT_H

#include "contract/slice.h"
#include "xml/buffer.h"

#define DNP_REDACTED "[redacted]"

/*
 * Appends `xml` to `out` with the content of every element whose local name is that of a DNP_SECRET field of the
 * contract replaced, whatever its prefix. Works on any bytes: cut or broken XML is redacted up to its end.
 */
bool dnp_redact_xml(struct dnp_buffer *out, struct dnp_slice xml);

/* Appends `text` to `out` with every occurrence of `secret` replaced, be it raw or escaped as XML, HTML or addresses
 * have it, or cut by the end of the text. Secrets shorter than four bytes are left to dnp_redact_xml: replacing them
 * anywhere would hit innocent text. */
bool dnp_redact_literal(struct dnp_buffer *out, struct dnp_slice text, struct dnp_slice secret);

#endif
