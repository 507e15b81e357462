/*
 * Whether a request is XML at all, and SOAP, and what its body's element is called.
 *
 * The codec reads the values later; this look is apart because ASP.NET answers each of these faults in another way.
 */
#include "sandbox/http/envelope.h"

#include <stdio.h>
#include <string.h>

#include "soap/names.h"
#include "xml/reader.h"
#include "xml/writer.h"

#define PIECE ((size_t)16 * 1024)

enum place { BESIDE, IN_HEADER, IN_BODY };

struct look {
    struct dnp_envelope *envelope;
    enum dnp_envelope_state state;
    enum place place;
    unsigned depth;
};

static bool is_clean(struct dnp_slice text)
{
    const char *reason = NULL;
    return dnp_utf8_check(text, &reason) == text.length;
}

static void look_at_root(struct look *look, const struct dnp_token *token)
{
    bool soap12 = strcmp(token->xml_namespace, DNP_SOAP12_NAMESPACE) == 0;
    look->envelope->version = soap12 ? DNP_SOAP_12 : DNP_SOAP_11;
    if (strcmp(token->name, "Envelope") != 0 || (!soap12 && strcmp(token->xml_namespace, DNP_SOAP11_NAMESPACE) != 0)) {
        look->state = DNP_ENVELOPE_NOT_SOAP;
    }
}

static void look_at_header(struct look *look, const struct dnp_token *token)
{
    for (size_t i = 0; i < token->attribute_count; i++) {
        const struct dnp_attribute *attribute = &token->attributes[i];
        bool soap = strcmp(attribute->xml_namespace, DNP_SOAP11_NAMESPACE) == 0 ||
                    strcmp(attribute->xml_namespace, DNP_SOAP12_NAMESPACE) == 0;
        bool must = false;
        if (soap && strcmp(attribute->name, "mustUnderstand") == 0 && dnp_parse_boolean(attribute->value, &must) &&
            must && look->state == DNP_ENVELOPE_GOOD) {
            look->state = DNP_ENVELOPE_MUST_UNDERSTAND;
        }
    }
}

static void look_at_element(struct look *look, const struct dnp_token *token)
{
    if (look->depth == 0) {
        look_at_root(look, token);
    } else if (look->depth == 1) {
        look->place = strcmp(token->name, "Header") == 0 ? IN_HEADER
                      : strcmp(token->name, "Body") == 0 ? IN_BODY
                                                         : BESIDE;
        if (look->place == IN_BODY) {
            look->envelope->bodies++;
            look->envelope->element[0] = '\0';
        }
    } else if (look->depth == 2 && look->place == IN_HEADER) {
        look_at_header(look, token);
    } else if (look->depth == 2 && look->place == IN_BODY && look->envelope->element[0] == '\0') {
        (void)snprintf(look->envelope->element, sizeof look->envelope->element, "%s", token->name);
        (void)snprintf(look->envelope->element_namespace, sizeof look->envelope->element_namespace, "%s",
                       token->xml_namespace);
    }
}

/* What ASP.NET's reader refuses and libxml2's lets pass: references to characters that XML forbids. */
static bool text_is_clean(const struct dnp_token *token)
{
    for (size_t i = 0; i < token->attribute_count; i++) {
        if (!is_clean(token->attributes[i].value)) {
            return false;
        }
    }
    return is_clean(token->text);
}

static bool take_tokens(struct look *look, struct dnp_xml_reader *reader)
{
    struct dnp_token token;
    for (dnp_xml_next(reader, &token); token.kind != DNP_TOKEN_NONE; dnp_xml_next(reader, &token)) {
        if (token.kind == DNP_TOKEN_END) {
            look->depth--;
            continue;
        }
        if (!text_is_clean(&token)) {
            return false;
        }
        if (token.kind == DNP_TOKEN_TEXT) {
            continue;
        }
        look_at_element(look, &token);
        look->depth += token.kind == DNP_TOKEN_START ? 1 : 0;
    }
    return true;
}

static bool take_document(struct look *look, struct dnp_xml_reader *reader, struct dnp_slice xml,
                          struct dnp_error *error)
{
    while (xml.length > 0) {
        struct dnp_slice piece = {xml.data, xml.length < PIECE ? xml.length : PIECE};
        if (!dnp_xml_feed(reader, piece, error) || !take_tokens(look, reader)) {
            return false;
        }
        xml.data += piece.length;
        xml.length -= piece.length;
    }
    return dnp_xml_finish(reader, error) && take_tokens(look, reader);
}

/*
 * ASP.NET's serializer reads a value as text alone and stops at a comment within. Comments between elements have none
 * but white space on both sides.
 */
static bool has_comment_in_value(struct dnp_slice xml)
{
    static const char opening[] = "<!--";
    static const char closing[] = "-->";
    const char *end = xml.data + xml.length;
    bool text = false; /* since the last tag */
    bool comment = false;
    for (const char *at = xml.data; at < end;) {
        size_t left = (size_t)(end - at);
        if (left >= 4 && memcmp(at, opening, 4) == 0) {
            comment = true;
            for (at += 4; end - at >= 3 && memcmp(at, closing, 3) != 0; at++) {
            }
            at = end - at >= 3 ? at + 3 : end;
        } else if (*at == '<') {
            text = false;
            comment = false;
            at = memchr(at, '>', left);
            at = at != NULL ? at + 1 : end;
        } else {
            text = text || strchr(" \t\r\n", *at) == NULL;
            at++;
        }
        if (text && comment) {
            return true;
        }
    }
    return false;
}

enum dnp_envelope_state dnp_envelope_look(struct dnp_slice xml, struct dnp_envelope *envelope)
{
    struct dnp_error error = {0};
    struct look look = {envelope, DNP_ENVELOPE_GOOD, BESIDE, 0};
    memset(envelope, 0, sizeof *envelope);
    struct dnp_xml_reader *reader = dnp_xml_reader_new(xml.length + 1);
    if (reader == NULL) {
        return DNP_ENVELOPE_FAILED;
    }
    dnp_xml_reader_keep_surrogates(reader, true);
    bool taken = take_document(&look, reader, xml, &error);
    dnp_xml_reader_free(reader);
    if (!taken || has_comment_in_value(xml)) {
        return error.kind == DNP_MEMORY ? DNP_ENVELOPE_FAILED : DNP_ENVELOPE_NOT_XML;
    }
    return look.state;
}
