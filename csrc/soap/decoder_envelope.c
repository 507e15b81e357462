/* The envelope around a message: its header, of which some must be understood, its body, and a fault in it. */
#include "lookup/find.h"
#include "soap/decoder_private.h"
#include "soap/names.h"

static const char *envelope_namespace(const struct dnp_soap_decoder *decoder)
{
    return decoder->version == DNP_SOAP_11 ? DNP_SOAP11_NAMESPACE : DNP_SOAP12_NAMESPACE;
}

static bool is_soap(const struct dnp_soap_decoder *decoder, const struct dnp_token *token, const char *name)
{
    return strcmp(token->name, name) == 0 && strcmp(token->xml_namespace, envelope_namespace(decoder)) == 0;
}

bool dnp_decoder_at_start(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    bool soap11 = strcmp(token->xml_namespace, DNP_SOAP11_NAMESPACE) == 0;
    bool soap12 = strcmp(token->xml_namespace, DNP_SOAP12_NAMESPACE) == 0;
    if (strcmp(token->name, "Envelope") != 0 || (!soap11 && !soap12)) {
        dnp_fail(decoder->error, DNP_PROTOCOL, "the document is not a SOAP envelope but <%s>", token->name);
        dnp_error_set_name(decoder->error, "VersionMismatch");
        return false;
    }
    decoder->version = soap12 ? DNP_SOAP_12 : DNP_SOAP_11;
    return dnp_decoder_push_frame(decoder, IN_ENVELOPE, NULL, NULL) &&
           (token->kind == DNP_TOKEN_START || dnp_decoder_close_frame(decoder));
}

bool dnp_decoder_in_envelope(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    if (is_soap(decoder, token, "Header")) {
        return token->kind != DNP_TOKEN_START || dnp_decoder_push_frame(decoder, IN_HEADER, NULL, NULL);
    }
    if (is_soap(decoder, token, "Body")) {
        if (decoder->passing > 0) {
            decoder->passing--;
            skip(decoder, token);
            return true;
        }
        decoder->body_seen = true;
        return token->kind != DNP_TOKEN_START || dnp_decoder_push_frame(decoder, IN_BODY, NULL, NULL);
    }
    skip(decoder, token);
    return true;
}

static bool not_understood(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    dnp_fail(decoder->error, DNP_PROTOCOL, "the SOAP header <%s> must be understood, and is not", token->name);
    dnp_error_set_name(decoder->error, "MustUnderstand");
    return false;
}

static bool keep_relation(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    dnp_buffer_clear(&decoder->relates_to);
    return dnp_buffer_append(&decoder->relates_to, token->text.data, token->text.length) ||
           (decoder->relates_to.state == DNP_BUFFER_FULL
                ? dnp_fail(decoder->error, DNP_PROTOCOL, "the header RelatesTo is too long")
                : dnp_fail_memory(decoder->error));
}

bool dnp_decoder_in_header(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    bool must = false;
    const struct dnp_slice *value = dnp_decoder_attribute(token, envelope_namespace(decoder), "mustUnderstand");
    bool understood = value == NULL || !dnp_parse_boolean(*value, &must) || !must;
    if (strcmp(token->name, "Security") == 0 && strcmp(token->xml_namespace, DNP_WSSE_NAMESPACE) == 0) {
        decoder->security_understood = understood;
        return token->kind != DNP_TOKEN_START || dnp_decoder_push_frame(decoder, IN_SECURITY, NULL, NULL);
    }
    if (token->kind == DNP_TOKEN_LEAF && strcmp(token->name, "RelatesTo") == 0 &&
        strcmp(token->xml_namespace, DNP_WSA_NAMESPACE) == 0) {
        return keep_relation(decoder, token);
    }
    if (!understood) {
        return not_understood(decoder, token);
    }
    skip(decoder, token);
    return true;
}

/* A timestamp is understood; of the rest nothing is, and that matters where it must be. */
bool dnp_decoder_in_security(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    if (strcmp(token->name, "Timestamp") == 0) {
        return token->kind != DNP_TOKEN_START || dnp_decoder_push_frame(decoder, IN_TIMESTAMP, NULL, NULL);
    }
    if (!decoder->security_understood) {
        return not_understood(decoder, token);
    }
    skip(decoder, token);
    return true;
}

/* What is not a time is refused; when it was does not matter, since the clocks may differ. */
bool dnp_decoder_in_timestamp(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    bool is_time = strcmp(token->xml_namespace, DNP_WSU_NAMESPACE) == 0 &&
                   (strcmp(token->name, "Created") == 0 || strcmp(token->name, "Expires") == 0);
    if (is_time && (token->kind != DNP_TOKEN_LEAF || !dnp_check_datetime(token->text))) {
        return dnp_fail(decoder->error, DNP_PROTOCOL, "the header Security has a timestamp whose %s is not a time",
                        token->name);
    }
    skip(decoder, token);
    return true;
}

static bool wrong_message(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    const struct dnp_dialect_info *other = dnp_find_dialect_by_namespace(token->xml_namespace);
    if (other != NULL && other != decoder->dialect) {
        dnp_fail(decoder->error, DNP_PROTOCOL, "the response is in the %s dialect, but the session's is %s",
                 other->name, decoder->dialect->name);
        dnp_error_set_name(decoder->error, "wrong_dialect");
        return false;
    }
    return dnp_fail(decoder->error, DNP_PROTOCOL, "the response is <%s> in namespace \"%s\" where <%s> was expected",
                    token->name, token->xml_namespace, decoder->message->name);
}

static bool open_message(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    const struct dnp_type *message = decoder->message;
    if (!in_contract_namespace(decoder, token) || strcmp(token->name, message->name) != 0) {
        if (decoder->side == DNP_CLIENT_SIDE) {
            return wrong_message(decoder, token);
        }
        /* ASMX runs the method that SOAPAction names, with every parameter at its zero. */
        skip(decoder, token);
        return true;
    }
    decoder->message_seen = true;
    return dnp_decoder_open_frame(decoder, IN_RECORD, NULL, message, token);
}

bool dnp_decoder_in_body(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    if (decoder->message_seen || decoder->is_fault) {
        skip(decoder, token);
        return true;
    }
    if (decoder->side == DNP_CLIENT_SIDE && is_soap(decoder, token, "Fault")) {
        decoder->is_fault = true;
        return token->kind != DNP_TOKEN_START || dnp_decoder_push_frame(decoder, IN_FAULT, NULL, NULL);
    }
    return open_message(decoder, token);
}

/* Passes over what is inside an element, but for what is kept of it. */
static bool skip_keeping(struct dnp_soap_decoder *decoder, const struct dnp_token *token, enum keeping keeping)
{
    skip(decoder, token);
    decoder->keeping = keeping;
    return true;
}

bool dnp_decoder_in_fault(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    struct dnp_fault_reader *reader = &decoder->fault_reader;
    bool leaf = token->kind == DNP_TOKEN_LEAF;
    if (leaf && (strcmp(token->name, "faultcode") == 0 || is_soap(decoder, token, "Value"))) {
        dnp_fault_take_code(reader, token->text);
        return true;
    }
    if (reader->text.length == 0 && (strcmp(token->name, "faultstring") == 0 || is_soap(decoder, token, "Text"))) {
        return leaf ? dnp_fault_take_text(reader, token, decoder->error)
                    : skip_keeping(decoder, token, KEEP_FAULT_TEXT);
    }
    if (strcmp(token->name, "detail") == 0 || is_soap(decoder, token, "Detail")) {
        return leaf ? dnp_fault_take_plain_detail(reader, token->text, decoder->error)
                    : skip_keeping(decoder, token, KEEP_FAULT_DETAIL);
    }
    if (!leaf && (is_soap(decoder, token, "Code") || is_soap(decoder, token, "Reason"))) {
        return dnp_decoder_push_frame(decoder, IN_FAULT, NULL, NULL);
    }
    skip(decoder, token);
    return true;
}
