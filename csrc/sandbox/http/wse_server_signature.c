/*
 * ds:Signature: HMAC-SHA1 over SignedInfo, which holds the SHA-1 of each part that is signed.
 */
#include "sandbox/http/wse_server_parts.h"

/*
 * In text a carriage return counts as a line feed, and with a line feed behind it as one, even where it came from a
 * reference; in attributes it counts as in the standard. `xml` is canonical: "&#xD;" is the only form of it.
 */
static bool unify_line_ends(struct dnp_buffer *out, struct dnp_slice xml)
{
    static const char reference[] = "&#xD;";
    const size_t length = sizeof reference - 1;
    size_t copied = 0;
    bool in_tag = false;
    bool in_value = false;
    for (size_t at = 0; at < xml.length; at++) {
        char byte = xml.data[at];
        in_value = in_value != (in_tag && byte == '"');
        in_tag = byte == '<' || (in_tag && (byte != '>' || in_value));
        if (byte == '&' && !in_tag && xml.length - at >= length && memcmp(xml.data + at, reference, length) == 0) {
            dnp_buffer_append(out, xml.data + copied, at - copied);
            copied = at + length;
            if (copied == xml.length || xml.data[copied] != '\n') {
                dnp_buffer_puts(out, "\n");
            }
        }
    }
    return dnp_buffer_append(out, xml.data + copied, xml.length - copied);
}

/* The node in canonical form, as WSE's own canonicalizer has it. */
static bool canonicalize(struct dnp_wse_server_check *check, const struct dnp_node *node, struct dnp_buffer *out)
{
    struct dnp_buffer standard;
    struct dnp_error error = {0};
    dnp_buffer_init(&standard, SIZE_MAX / 4);
    bool done = dnp_node_canonical(check->document, node, &standard, &error) &&
                unify_line_ends(out, (struct dnp_slice){standard.data, standard.length});
    dnp_buffer_free(&standard);
    if (error.kind == DNP_PROTOCOL) {
        return dnp_wse_server_refuse(check, DNP_WSE_SERVER_FAILED_CHECK);
    }
    return done || dnp_wse_server_fail(check);
}

/* Whether the only transform of a reference is exclusive canonicalization. */
static bool is_plain_reference(const struct dnp_node *reference)
{
    const struct dnp_node *transforms = dnp_node_child(reference, DNP_DS_NAMESPACE, "Transforms");
    const struct dnp_node *transform = transforms != NULL ? dnp_node_first(transforms) : NULL;
    return transform != NULL && dnp_node_next(transform) == NULL && dnp_node_first(transform) == NULL &&
           dnp_wse_server_has_algorithm(transforms, DNP_DS_NAMESPACE, "Transform", DNP_EXCLUSIVE_C14N) &&
           dnp_wse_server_has_algorithm(reference, DNP_DS_NAMESPACE, "DigestMethod", DNP_DS_SHA1);
}

/* Whether the text just decoded is that digest. */
static bool matches(const struct dnp_wse_server_check *check, const unsigned char digest[DNP_SHA1_SIZE])
{
    return check->text.length == DNP_SHA1_SIZE && memcmp(check->text.data, digest, DNP_SHA1_SIZE) == 0;
}

static bool check_reference(struct dnp_wse_server_check *check, const struct dnp_node *reference)
{
    const struct dnp_crypto *crypto = check->rules->crypto;
    unsigned char digest[DNP_SHA1_SIZE];
    struct dnp_buffer canonical;
    struct dnp_slice uri;
    if (!is_plain_reference(reference)) {
        return dnp_wse_server_refuse(check, DNP_WSE_SERVER_UNSUPPORTED_ALGORITHM); /* a guess */
    }
    const struct dnp_node *node =
        dnp_node_attribute(reference, "", "URI", &uri) ? dnp_wse_server_find(check, uri) : NULL;
    if (node == NULL || check->signed_count == DNP_WSE_SERVER_MAX_SIGNED) {
        return dnp_wse_server_refuse(check, DNP_WSE_SERVER_FAILED_CHECK); /* a guess */
    }
    dnp_buffer_init(&canonical, SIZE_MAX / 4);
    bool done = canonicalize(check, node, &canonical);
    if (done) {
        crypto->sha1(crypto->context, (struct dnp_slice){canonical.data, canonical.length}, digest);
    }
    dnp_buffer_free(&canonical);
    if (!done || !dnp_wse_server_read_base64(check, dnp_node_child(reference, DNP_DS_NAMESPACE, "DigestValue"),
                                             DNP_WSE_SERVER_FAILED_CHECK)) {
        return false;
    }
    check->signed_nodes[check->signed_count++] = node;
    return matches(check, digest) || dnp_wse_server_refuse(check, DNP_WSE_SERVER_FAILED_CHECK);
}

static bool check_value(struct dnp_wse_server_check *check, const struct dnp_node *signature,
                        const struct dnp_node *info, const struct dnp_wse_server_token *token)
{
    const struct dnp_crypto *crypto = check->rules->crypto;
    unsigned char digest[DNP_SHA1_SIZE];
    struct dnp_buffer canonical;
    dnp_buffer_init(&canonical, SIZE_MAX / 4);
    bool done = canonicalize(check, info, &canonical);
    if (done) {
        struct dnp_slice text = {canonical.data, canonical.length};
        crypto->hmac_sha1_key(crypto->context, (struct dnp_slice){(const char *)token->key, sizeof token->key});
        crypto->hmac_sha1(crypto->context, &text, 1, digest);
    }
    dnp_buffer_free(&canonical);
    return done &&
           dnp_wse_server_read_base64(check, dnp_node_child(signature, DNP_DS_NAMESPACE, "SignatureValue"),
                                      DNP_WSE_SERVER_FAILED_CHECK) &&
           (matches(check, digest) || dnp_wse_server_refuse(check, DNP_WSE_SERVER_FAILED_CHECK));
}

/* A shortened HMAC is refused with the method that asks for it. */
static bool has_known_methods(const struct dnp_node *info)
{
    const struct dnp_node *method = dnp_node_child(info, DNP_DS_NAMESPACE, "SignatureMethod");
    return dnp_wse_server_has_algorithm(info, DNP_DS_NAMESPACE, "CanonicalizationMethod", DNP_EXCLUSIVE_C14N) &&
           dnp_wse_server_has_algorithm(info, DNP_DS_NAMESPACE, "SignatureMethod", DNP_DS_HMAC_SHA1) &&
           dnp_node_first(method) == NULL;
}

bool dnp_wse_server_take_signature(struct dnp_wse_server_check *check, const struct dnp_node *signature)
{
    const struct dnp_node *info = dnp_node_child(signature, DNP_DS_NAMESPACE, "SignedInfo");
    if (info == NULL) {
        return dnp_wse_server_refuse(check, DNP_WSE_SERVER_FAILED_CHECK);
    }
    if (!has_known_methods(info)) {
        return dnp_wse_server_refuse(check, DNP_WSE_SERVER_UNSUPPORTED_ALGORITHM);
    }
    const struct dnp_wse_server_token *token = dnp_wse_server_token_of(check, signature);
    if (token == NULL || !check_value(check, signature, info, token)) {
        return false;
    }
    for (const struct dnp_node *node = dnp_node_first(info); node != NULL; node = dnp_node_next(node)) {
        if (dnp_node_is(node, DNP_DS_NAMESPACE, "Reference") && !check_reference(check, node)) {
            return false;
        }
    }
    return true;
}
