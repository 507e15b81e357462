/*
 * xenc:ReferenceList: what it names is decrypted where it stands, before the signature is looked at.
 */
#include "sandbox/http/wse_server_parts.h"

/* A carriage return in text reaches the service; XML would make a line feed of it. In tags it is white space. */
static bool keep_carriage_returns(struct dnp_buffer *out, struct dnp_slice xml)
{
    size_t copied = 0;
    char quote = '\0';
    bool in_tag = false;
    for (size_t at = 0; at < xml.length; at++) {
        char byte = xml.data[at];
        if (in_tag) {
            in_tag = byte != '>' || quote != '\0';
            quote = quote == '\0' && (byte == '"' || byte == '\'') ? byte : quote == byte ? '\0' : quote;
        } else if (byte == '<') {
            in_tag = true;
        } else if (byte == '\r') {
            dnp_buffer_append(out, xml.data + copied, at - copied);
            dnp_buffer_puts(out, "&#13;");
            copied = at + 1;
        }
    }
    return dnp_buffer_append(out, xml.data + copied, xml.length - copied);
}

/* Only the last octet of the padding counts. */
static bool drop_padding(struct dnp_slice *text)
{
    size_t padding = (unsigned char)text->data[text->length - 1];
    if (padding < 1 || padding > DNP_AES_BLOCK_SIZE) {
        return false;
    }
    text->length -= padding;
    return true;
}

/* From the cipher value in check->text to the clear text in it. */
static bool decrypt(struct dnp_wse_server_check *check, const struct dnp_wse_server_token *token,
                    struct dnp_slice *clear)
{
    const struct dnp_crypto *crypto = check->rules->crypto;
    unsigned char *data = (unsigned char *)check->text.data;
    size_t length = check->text.length;
    if (length < (size_t)2 * DNP_AES_BLOCK_SIZE || length % DNP_AES_BLOCK_SIZE != 0) {
        return dnp_wse_server_refuse(check, DNP_WSE_SERVER_FAILED_CHECK);
    }
    length -= DNP_AES_BLOCK_SIZE;
    if (!crypto->aes256_cbc_decrypt(crypto->context, token->key, data, data + DNP_AES_BLOCK_SIZE, length)) {
        return dnp_wse_server_fail(check);
    }
    *clear = (struct dnp_slice){(const char *)data + DNP_AES_BLOCK_SIZE, length};
    return drop_padding(clear) || dnp_wse_server_refuse(check, DNP_WSE_SERVER_FAILED_CHECK);
}

static bool replace(struct dnp_wse_server_check *check, struct dnp_node *encrypted, struct dnp_slice clear)
{
    struct dnp_buffer xml;
    struct dnp_error error;
    struct dnp_slice type;
    bool is_body = dnp_node_parent(encrypted) == check->body && dnp_node_holds_only(check->body, encrypted) &&
                   dnp_node_attribute(encrypted, "", "Type", &type) && strcmp(type.data, DNP_XENC_CONTENT) == 0;
    dnp_buffer_init(&xml, SIZE_MAX / 4);
    bool good = keep_carriage_returns(&xml, clear) || dnp_wse_server_fail(check);
    if (good && !dnp_node_replace(encrypted, (struct dnp_slice){xml.data, xml.length}, &error)) {
        good = error.kind == DNP_MEMORY ? dnp_wse_server_fail(check)
                                        : dnp_wse_server_refuse(check, DNP_WSE_SERVER_UNREADABLE);
    }
    dnp_buffer_free(&xml);
    check->body_encrypted = check->body_encrypted || (good && is_body);
    return good;
}

static bool decrypt_element(struct dnp_wse_server_check *check, struct dnp_node *encrypted)
{
    struct dnp_slice clear = {"", 0};
    if (!dnp_wse_server_has_algorithm(encrypted, DNP_XENC_NAMESPACE, "EncryptionMethod", DNP_XENC_AES256_CBC)) {
        return dnp_wse_server_refuse(check, DNP_WSE_SERVER_UNSUPPORTED_ALGORITHM);
    }
    const struct dnp_wse_server_token *token = dnp_wse_server_token_of(check, encrypted);
    if (token == NULL) {
        return false;
    }
    const struct dnp_node *data = dnp_node_child(encrypted, DNP_XENC_NAMESPACE, "CipherData");
    const struct dnp_node *value = data != NULL ? dnp_node_child(data, DNP_XENC_NAMESPACE, "CipherValue") : NULL;
    return dnp_wse_server_read_base64(check, value, DNP_WSE_SERVER_FAILED_CHECK) && decrypt(check, token, &clear) &&
           replace(check, encrypted, clear);
}

bool dnp_wse_server_take_references(struct dnp_wse_server_check *check, const struct dnp_node *list)
{
    for (const struct dnp_node *node = dnp_node_first(list); node != NULL; node = dnp_node_next(node)) {
        struct dnp_slice uri;
        if (!dnp_node_is(node, DNP_XENC_NAMESPACE, "DataReference") || !dnp_node_attribute(node, "", "URI", &uri)) {
            return dnp_wse_server_refuse(check, DNP_WSE_SERVER_INVALID_SECURITY); /* a guess */
        }
        struct dnp_node *encrypted = dnp_wse_server_find(check, uri);
        /* What stands among the security elements is being walked over. All of these are guesses. */
        if (encrypted == NULL || !dnp_node_is(encrypted, DNP_XENC_NAMESPACE, "EncryptedData") ||
            dnp_node_parent(encrypted) != check->body || ++check->encrypted_count > DNP_WSE_SERVER_MAX_ENCRYPTED) {
            return dnp_wse_server_refuse(check, DNP_WSE_SERVER_FAILED_CHECK);
        }
        if (!decrypt_element(check, encrypted)) {
            return false;
        }
    }
    return true;
}
