/*
 * Responses to requests with message security: not secured themselves, but addressed; and the faults of WSE.
 */
#include "sandbox/http/wse_server.h"

#include <string.h>

#include "auth/wse_names.h"
#include "soap/names.h"
#include "xml/writer.h"

struct fault {
    const char *xml_namespace;
    const char *code;
    const char *text;
};

/* The texts are those of the WS-Security 1.0 and WS-Addressing (August 2004) specifications; WSE's own are longer. */
static const struct fault faults[] = {
    [DNP_WSE_SERVER_FAILED_CHECK] = {DNP_WSSE_NAMESPACE, "FailedCheck", "The signature or decryption was invalid"},
    [DNP_WSE_SERVER_FAILED_AUTHENTICATION] = {DNP_WSSE_NAMESPACE, "FailedAuthentication",
                                              "The security token could not be authenticated or authorized"},
    [DNP_WSE_SERVER_INVALID_TOKEN] = {DNP_WSSE_NAMESPACE, "InvalidSecurityToken",
                                      "An invalid security token was provided"},
    [DNP_WSE_SERVER_INVALID_SECURITY] = {DNP_WSSE_NAMESPACE, "InvalidSecurity",
                                         "An error was discovered processing the <wsse:Security> header"},
    [DNP_WSE_SERVER_EXPIRED] = {DNP_WSU_NAMESPACE, "MessageExpired", "The message has expired"},
    [DNP_WSE_SERVER_TOKEN_UNAVAILABLE] = {DNP_WSSE_NAMESPACE, "SecurityTokenUnavailable",
                                          "Referenced security token could not be retrieved"},
    [DNP_WSE_SERVER_UNSUPPORTED_ALGORITHM] = {DNP_WSSE_NAMESPACE, "UnsupportedAlgorithm",
                                              "An unsupported signature or encryption algorithm was used"},
    [DNP_WSE_SERVER_POLICY] = {DNP_WSSE_NAMESPACE, "Security",
                               "A part of the message that the policy asks for is not signed, or not encrypted"},
    [DNP_WSE_SERVER_HEADER_REQUIRED] =
        {DNP_WSA_NAMESPACE, "MessageInformationHeaderRequired",
         "A required message information header, To, MessageID, or Action, is not present."},
    [DNP_WSE_SERVER_UNREACHABLE] =
        {DNP_WSA_NAMESPACE, "DestinationUnreachable",
         "No route can be determined to reach the destination role defined by the WS-Addressing "
         "To."},
};

static void put_element(struct dnp_buffer *out, const char *name, const char *text, const char *more)
{
    dnp_xml_open(out, name);
    dnp_xml_text(out, dnp_slice_of(text), DNP_TEXT_ASMX);
    dnp_buffer_puts(out, more);
    dnp_xml_close(out, name);
}

/* What goes between the Envelope's declarations and its body. */
static void put_header(struct dnp_buffer *out, const struct dnp_wse_server_received *received, const char *message_id,
                       bool fault)
{
    dnp_buffer_puts(out, " xmlns:wsa=\"" DNP_WSA_NAMESPACE "\"><soap:Header>");
    if (fault) {
        put_element(out, "wsa:Action", DNP_WSA_FAULT_ACTION, "");
    } else {
        put_element(out, "wsa:Action", received->action.data, "Response");
    }
    put_element(out, "wsa:MessageID", message_id, "");
    if (received->message_id.length > 0) {
        put_element(out, "wsa:RelatesTo", received->message_id.data, "");
    }
    put_element(out, "wsa:To", DNP_WSA_ANONYMOUS, "");
    dnp_buffer_puts(out, "</soap:Header>");
}

bool dnp_wse_server_address_response(struct dnp_buffer *body, const struct dnp_wse_server_received *received,
                                     const char *message_id, bool fault)
{
    struct dnp_buffer out;
    const char *start = body->length > 0 ? strstr(body->data, "><soap:Body>") : NULL;
    if (start == NULL) {
        return true; /* a page, or nothing at all */
    }
    size_t before = (size_t)(start - body->data);
    dnp_buffer_init(&out, body->ceiling);
    dnp_buffer_append(&out, body->data, before);
    put_header(&out, received, message_id, fault);
    if (!dnp_buffer_append(&out, start + 1, body->length - before - 1)) {
        dnp_buffer_free(&out);
        return false;
    }
    dnp_buffer_free(body);
    *body = out;
    return true;
}

bool dnp_wse_server_write_fault(struct dnp_buffer *body, const struct dnp_wse_server_received *received,
                                const char *message_id, const char *actor)
{
    const struct fault *fault = &faults[received->fault];
    dnp_buffer_clear(body);
    dnp_buffer_puts(body, "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"" DNP_SOAP11_NAMESPACE
                          "\" xmlns:xsi=\"" DNP_XSI_NAMESPACE "\" xmlns:xsd=\"" DNP_XSD_NAMESPACE "\"");
    put_header(body, received, message_id, true);
    dnp_buffer_puts(body, "<soap:Body><soap:Fault><faultcode xmlns:q0=\"");
    dnp_buffer_puts(body, fault->xml_namespace);
    dnp_buffer_puts(body, "\">q0:");
    dnp_buffer_puts(body, fault->code);
    dnp_buffer_puts(body, "</faultcode>");
    put_element(body, "faultstring", fault->text, "");
    put_element(body, "faultactor", actor, "");
    return dnp_buffer_puts(body, "</soap:Fault></soap:Body></soap:Envelope>");
}
