/* Names that are not valid in XML, as .NET writes them (XmlConvert.EncodeName): "Disk Space" is Disk_x0020_Space. */
#ifndef DNP_XML_ELEMENT_NAME_H
#define DNP_XML_ELEMENT_NAME_H

/* Decodes in place; it never grows. What stands for no character, or for one that XML forbids, stays as it is. */
void dnp_xml_decode_name(char *name);

#endif
