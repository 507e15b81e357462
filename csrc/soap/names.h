/* The namespaces of SOAP and of what envelopes hold besides the contract. */
#ifndef DNP_SOAP_NAMES_H
#define DNP_SOAP_NAMES_H

#define DNP_SOAP11_NAMESPACE "http://schemas.xmlsoap.org/soap/envelope/"
#define DNP_SOAP12_NAMESPACE "http://www.w3.org/2003/05/soap-envelope"
#define DNP_SOAP12_ENCODING "http://www.w3.org/2003/05/soap-encoding"
#define DNP_XSI_NAMESPACE "http://www.w3.org/2001/XMLSchema-instance"
#define DNP_XSD_NAMESPACE "http://www.w3.org/2001/XMLSchema"
#define DNP_DIFFGRAM_NAMESPACE "urn:schemas-microsoft-com:xml-diffgram-v1"
#define DNP_MSDATA_NAMESPACE "urn:schemas-microsoft-com:xml-msdata"
#define DNP_WSSE_NAMESPACE "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"

#define DNP_WSU_NAMESPACE "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
#define DNP_WSA_NAMESPACE "http://schemas.xmlsoap.org/ws/2004/08/addressing"

#endif
