/*
 * Writes XML into a buffer. Knows escaping and UTF-8, not SOAP.
 */
#ifndef DNP_XML_WRITER_H
#define DNP_XML_WRITER_H

#include "base/buffer.h"
#include "base/slice.h"
#include "base/utf8.h"

enum dnp_text_mode {
    DNP_TEXT_CLIENT, /* CR becomes &#13;, the only way it survives an XML parser */
    DNP_TEXT_ASMX    /* as ASP.NET writes: CR raw, what XML forbids as &#x1; */
};

void dnp_xml_open(struct dnp_buffer *out, const char *name);  /* <name> */
void dnp_xml_close(struct dnp_buffer *out, const char *name); /* </name> */
void dnp_xml_empty(struct dnp_buffer *out, const char *name); /* <name /> */
/* <name>text</name> */
void dnp_xml_element(struct dnp_buffer *out, const char *name, struct dnp_slice text, enum dnp_text_mode mode);
/* The same for a text of digits and letters, which is not looked at. */
void dnp_xml_plain_element(struct dnp_buffer *out, const char *name, struct dnp_slice text);
void dnp_xml_text(struct dnp_buffer *out, struct dnp_slice text, enum dnp_text_mode mode);
void dnp_xml_attribute_text(struct dnp_buffer *out, struct dnp_slice text);

#endif
