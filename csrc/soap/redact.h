/*
 * Takes secrets out of text that people may see: XML of requests and responses, header lines, fault texts.
 */
#ifndef DNP_SOAP_REDACT_H
#define DNP_SOAP_REDACT_H

#include "base/buffer.h"
#include "base/slice.h"

#define DNP_REDACTED "[redacted]"

/*
 * Appends `xml` to `out` with the content of every element whose local name is that of a DNP_SECRET field of the
 * contract replaced, whatever its prefix, and with the values of settings whose names tell that they are secret. Works
 * on any bytes: cut or broken XML is redacted up to its end.
 */
bool dnp_redact_xml(struct dnp_buffer *out, struct dnp_slice xml);

/* Marks every occurrence of `secret` in `text`, be it raw or escaped as XML, HTML or addresses have it, or cut by the
 * end of the text: its bytes become 1 in `marks`, which is as long. Secrets shorter than four bytes are left to
 * dnp_redact_xml: replacing them anywhere would hit innocent text. */
void dnp_redact_mark(char *marks, struct dnp_slice text, struct dnp_slice secret);

/* Appends `text` to `out` with each run of marked bytes replaced. */
bool dnp_redact_marked(struct dnp_buffer *out, struct dnp_slice text, const char *marks);

/* Whether a setting of that name holds a secret, as far as its name says so. */
bool dnp_is_secret_setting(struct dnp_slice name);

#endif
