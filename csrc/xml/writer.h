/*
 * Writes XML into a buffer. Knows escaping and UTF-8, not SOAP.
 */
#ifndef DNP_XML_WRITER_H
#define DNP_XML_WRITER_H

#include "base/buffer.h"
#include "base/slice.h"

enum dnp_text_mode {
    DNP_TEXT_CLIENT, /* CR becomes &#13;, the only way it survives an XML parser */
    DNP_TEXT_ASMX    /* as ASP.NET writes: CR raw, what XML forbids as &#x1; */
};

/*
 * Where `text` first holds something that an XML 1.0 document cannot carry: bytes that are not UTF-8, a control
 * character, U+FFFE, U+FFFF, a surrogate. Returns `text.length` when it is clean; else `*reason` is a phrase
 * such as "is not UTF-8 at byte 3".
 */
size_t dnp_xml_text_check(struct dnp_slice text, const char **reason);

void dnp_xml_open(struct dnp_buffer *out, const char *name);  /* <name> */
void dnp_xml_close(struct dnp_buffer *out, const char *name); /* </name> */
void dnp_xml_empty(struct dnp_buffer *out, const char *name); /* <name /> */
void dnp_xml_text(struct dnp_buffer *out, struct dnp_slice text, enum dnp_text_mode mode);
void dnp_xml_attribute_text(struct dnp_buffer *out, struct dnp_slice text);

#endif
