/*
 * One message: digests of what is signed, the signature over them, the encrypted body, and all of it in the order
 * that the receiver works in (token, list of what is encrypted, signature; the body last).
 *
 * Each signed element is written twice: into the message, where the Envelope has declared its prefixes, and in
 * canonical form, where it declares those that it uses itself. The texts are those of WSE's own client, so equal
 * choices give its bytes. Whatever held the password, the key or the body in clear is wiped.
 */
#include "auth/wse.h"

#include "auth/wse_names.h"
#include "soap/names.h"
#include "xml/base64.h"
#include "xml/writer.h"

#include <stdio.h>

#define SIGNED_COUNT (DNP_WSE_BODY + 1)

#define DECLARED_WSA " xmlns:wsa=\"" DNP_WSA_NAMESPACE "\""
#define DECLARED_WSU " xmlns:wsu=\"" DNP_WSU_NAMESPACE "\""
#define DECLARED_XENC " xmlns:xenc=\"" DNP_XENC_NAMESPACE "\""
#define DECLARED_DS " xmlns=\"" DNP_DS_NAMESPACE "\""
#define DECLARED_SOAP " xmlns:soap=\"" DNP_SOAP11_NAMESPACE "\""

#define ENVELOPE                                                                                               \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope" DECLARED_SOAP " xmlns:xsi=\"" DNP_XSI_NAMESPACE \
    "\" xmlns:xsd=\"" DNP_XSD_NAMESPACE "\"" DECLARED_WSA " xmlns:wsse=\"" DNP_WSSE_NAMESPACE "\"" DECLARED_WSU ">"

struct writer {
    struct dnp_buffer *out;
    const struct dnp_wse_message *message;
    const struct dnp_wse_choices *choices;
    const struct dnp_crypto *crypto;
    bool refused; /* by the crypto library */
    struct dnp_buffer canonical;
    struct dnp_buffer plain; /* IV, text, padding; encrypted in place */
    unsigned char digests[SIGNED_COUNT][DNP_SHA1_SIZE];
    unsigned char key[DNP_AES256_KEY_SIZE];
};

static void put(struct dnp_buffer *out, const char *text)
{
    dnp_buffer_puts(out, text);
}

static struct dnp_slice content(const struct dnp_buffer *buffer)
{
    struct dnp_slice slice = {buffer->length > 0 ? buffer->data : "", buffer->length};
    return slice;
}

/* ---- what is signed ---- */

/* "<name xmlns... wsu:Id="...">"; the message leaves the declarations to the Envelope. */
static void open_part(struct dnp_buffer *out, const struct writer *writer, const char *name, const char *declarations,
                      enum dnp_wse_part part)
{
    put(out, "<");
    put(out, name);
    put(out, declarations);
    put(out, " wsu:Id=\"");
    put(out, writer->choices->ids[part]);
    put(out, "\">");
}

/* Digests what the canonical buffer holds, and empties it. */
static void digest_canonical(struct writer *writer, enum dnp_wse_part part)
{
    if (writer->canonical.state == DNP_BUFFER_OK) {
        writer->crypto->sha1(writer->crypto->context, content(&writer->canonical), writer->digests[part]);
        writer->canonical.length = 0;
    }
}

/* A header that is signed: `before` and `after` are markup around its text. */
static void put_header(struct writer *writer, enum dnp_wse_part part, const char *name, const char *declarations,
                       const char *before, const char *text, const char *after)
{
    struct dnp_buffer *canonical = &writer->canonical;
    open_part(canonical, writer, name, declarations, part);
    size_t start = canonical->length;
    put(canonical, before);
    dnp_xml_text(canonical, dnp_slice_of(text), DNP_TEXT_CLIENT);
    put(canonical, after);
    dnp_xml_close(canonical, name);
    if (canonical->state == DNP_BUFFER_OK) {
        open_part(writer->out, writer, name, "", part);
        dnp_buffer_append(writer->out, canonical->data + start, canonical->length - start);
    }
    digest_canonical(writer, part);
}

static void put_addressing(struct writer *writer)
{
    static const char declarations[] = DECLARED_WSA DECLARED_WSU;
    const struct dnp_wse_message *message = writer->message;
    put_header(writer, DNP_WSE_ACTION, "wsa:Action", declarations, "", message->action, "");
    put_header(writer, DNP_WSE_MESSAGE_ID, "wsa:MessageID", declarations, "", writer->choices->message_id, "");
    put_header(writer, DNP_WSE_REPLY_TO, "wsa:ReplyTo", declarations, "<wsa:Address>", DNP_WSA_ANONYMOUS,
               "</wsa:Address>");
    put_header(writer, DNP_WSE_TO, "wsa:To", declarations, "", message->to, "");
}

static void put_timestamp(struct writer *writer)
{
    char after[DNP_WSE_TIME_SIZE + sizeof "</wsu:Created><wsu:Expires></wsu:Expires>"];
    (void)snprintf(after, sizeof after, "</wsu:Created><wsu:Expires>%s</wsu:Expires>", writer->choices->expires);
    put_header(writer, DNP_WSE_TIMESTAMP, "wsu:Timestamp", DECLARED_WSU, "<wsu:Created>", writer->choices->created,
               after);
}

/* The body's digest, and its text where it will be encrypted. */
static bool read_body(struct writer *writer)
{
    open_part(&writer->canonical, writer, "soap:Body", DECLARED_SOAP DECLARED_WSU, DNP_WSE_BODY);
    dnp_buffer_append(&writer->plain, writer->choices->iv, sizeof writer->choices->iv);
    bool known = dnp_wse_canonical(&writer->canonical, &writer->plain, writer->message->body);
    dnp_xml_close(&writer->canonical, "soap:Body");
    digest_canonical(writer, DNP_WSE_BODY);
    return known || writer->canonical.state != DNP_BUFFER_OK || writer->plain.state != DNP_BUFFER_OK;
}

/* ---- the signature ---- */

#define ALGORITHM(uri) " Algorithm=\"" uri "\""
#define DECLARED_PREFIX_DS " xmlns:ds=\"" DNP_DS_NAMESPACE "\""

/* SignedInfo, too, is there twice: as WSE's client writes it, and in canonical form. */
struct wording {
    const char *start;
    const char *after_uri; /* up to the digest */
};

static const struct wording as_written = {
    "<SignedInfo><ds:CanonicalizationMethod" ALGORITHM(DNP_EXCLUSIVE_C14N) DECLARED_PREFIX_DS
    " /><SignatureMethod" ALGORITHM(DNP_DS_HMAC_SHA1) " />",
    "\"><Transforms><Transform" ALGORITHM(DNP_EXCLUSIVE_C14N) " /></Transforms><DigestMethod" ALGORITHM(
        DNP_DS_SHA1) " /><DigestValue>",
};

static const struct wording as_canonical = {
    "<SignedInfo" DECLARED_DS "><ds:CanonicalizationMethod" DECLARED_PREFIX_DS
        ALGORITHM(DNP_EXCLUSIVE_C14N) "></ds:CanonicalizationMethod><SignatureMethod" ALGORITHM(
            DNP_DS_HMAC_SHA1) "></SignatureMethod>",
    "\"><Transforms><Transform" ALGORITHM(DNP_EXCLUSIVE_C14N) "></Transform></Transforms><DigestMethod" ALGORITHM(
        DNP_DS_SHA1) "></DigestMethod><DigestValue>",
};

static void put_signed_info(struct dnp_buffer *out, const struct writer *writer, const struct wording *wording)
{
    put(out, wording->start);
    for (int part = 0; part < SIGNED_COUNT; part++) {
        put(out, "<Reference URI=\"#");
        put(out, writer->choices->ids[part]);
        put(out, wording->after_uri);
        dnp_base64_append(out, writer->digests[part], DNP_SHA1_SIZE);
        put(out, "</DigestValue></Reference>");
    }
    put(out, "</SignedInfo>");
}

/* Says whose key it is: the token's. */
static void put_key_info(struct writer *writer, const char *open)
{
    put(writer->out, open);
    put(writer->out, "<wsse:SecurityTokenReference><wsse:Reference URI=\"#");
    put(writer->out, writer->choices->ids[DNP_WSE_TOKEN]);
    put(writer->out, "\" ValueType=\"" DNP_USERNAME_TOKEN_TYPE "\" /></wsse:SecurityTokenReference></KeyInfo>");
}

static void put_signature(struct writer *writer)
{
    unsigned char signature[DNP_SHA1_SIZE] = {0};
    struct dnp_slice key = {(const char *)writer->key, sizeof writer->key};
    put_signed_info(&writer->canonical, writer, &as_canonical);
    struct dnp_slice text = content(&writer->canonical);
    writer->crypto->hmac_sha1_key(writer->crypto->context, key);
    writer->crypto->hmac_sha1(writer->crypto->context, &text, 1, signature);
    put(writer->out, "<Signature" DECLARED_DS ">");
    put_signed_info(writer->out, writer, &as_written);
    put(writer->out, "<SignatureValue>");
    dnp_base64_append(writer->out, signature, sizeof signature);
    put(writer->out, "</SignatureValue>");
    put_key_info(writer, "<KeyInfo>");
    put(writer->out, "</Signature>");
}

/* ---- the encrypted body ---- */

static void encrypt(struct writer *writer)
{
    unsigned char padding[DNP_AES_BLOCK_SIZE];
    struct dnp_buffer *plain = &writer->plain;
    size_t length = DNP_AES_BLOCK_SIZE - plain->length % DNP_AES_BLOCK_SIZE;
    memset(padding, (int)length, sizeof padding);
    if (!dnp_buffer_append(plain, padding, length)) {
        return;
    }
    unsigned char *data = (unsigned char *)plain->data;
    if (!writer->crypto->aes256_cbc_encrypt(writer->crypto->context, writer->key, data, data + DNP_AES_BLOCK_SIZE,
                                            plain->length - DNP_AES_BLOCK_SIZE)) {
        writer->refused = true;
    }
}

static void put_body(struct writer *writer)
{
    open_part(writer->out, writer, "soap:Body", "", DNP_WSE_BODY);
    put(writer->out, "<xenc:EncryptedData Id=\"");
    put(writer->out, writer->choices->ids[DNP_WSE_ENCRYPTED_DATA]);
    put(writer->out, "\" Type=\"" DNP_XENC_CONTENT "\"" DECLARED_XENC
                     "><xenc:EncryptionMethod" ALGORITHM(DNP_XENC_AES256_CBC) " />");
    put_key_info(writer, "<KeyInfo" DECLARED_DS ">");
    put(writer->out, "<xenc:CipherData><xenc:CipherValue>");
    if (writer->plain.state == DNP_BUFFER_OK && !writer->refused) {
        dnp_base64_append(writer->out, writer->plain.data, writer->plain.length);
    }
    put(writer->out, "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></soap:Body></soap:Envelope>");
}

/* ---- all of it ---- */

static void put_token(struct writer *writer)
{
    struct dnp_buffer *out = writer->out;
    open_part(out, writer, "wsse:UsernameToken", DECLARED_WSU, DNP_WSE_TOKEN);
    put(out, "<wsse:Username>");
    dnp_xml_text(out, dnp_slice_of(writer->message->username), DNP_TEXT_CLIENT);
    put(out, "</wsse:Username><wsse:Nonce>");
    dnp_base64_append(out, writer->choices->nonce, sizeof writer->choices->nonce);
    put(out, "</wsse:Nonce><wsu:Created>");
    put(out, writer->choices->created);
    put(out, "</wsu:Created></wsse:UsernameToken><xenc:ReferenceList" DECLARED_XENC "><xenc:DataReference URI=\"#");
    put(out, writer->choices->ids[DNP_WSE_ENCRYPTED_DATA]);
    put(out, "\" /></xenc:ReferenceList>");
}

/* False: the body is not what the encoder writes. All else that can fail is found at the end. */
static bool put_envelope(struct writer *writer)
{
    put(writer->out, ENVELOPE "<soap:Header>");
    put_addressing(writer);
    put(writer->out, "<wsse:Security soap:mustUnderstand=\"1\">");
    put_timestamp(writer);
    put_token(writer);
    if (!read_body(writer)) {
        return false;
    }
    put_signature(writer);
    put(writer->out, "</wsse:Security></soap:Header>");
    encrypt(writer);
    put_body(writer);
    return true;
}

static bool check_end(const struct writer *writer, struct dnp_error *error)
{
    const struct dnp_buffer *buffers[] = {writer->out, &writer->canonical, &writer->plain};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        if (buffers[i]->state == DNP_BUFFER_NO_MEMORY) {
            return dnp_fail_memory(error);
        }
        if (buffers[i]->state == DNP_BUFFER_FULL) {
            return dnp_fail(error, DNP_LIMIT, "the message is larger than the limit of %zu bytes", buffers[i]->ceiling);
        }
    }
    return !writer->refused || dnp_fail(error, DNP_MEMORY, "the crypto library failed");
}

bool dnp_wse_write(struct dnp_buffer *out, const struct dnp_wse_message *message, const struct dnp_wse_choices *choices,
                   const struct dnp_crypto *crypto, struct dnp_error *error)
{
    struct writer writer = {.out = out, .message = message, .choices = choices, .crypto = crypto};
    struct dnp_slice password = dnp_slice_of(message->password);
    struct dnp_slice nonce = {(const char *)choices->nonce, sizeof choices->nonce};
    dnp_buffer_init(&writer.canonical, out->ceiling);
    dnp_buffer_init(&writer.plain, out->ceiling);
    dnp_wse_derive_key(crypto, password, nonce, choices->created, writer.key);
    bool written = put_envelope(&writer) ? check_end(&writer, error)
                                         : dnp_fail(error, DNP_USAGE, "the body holds what cannot be signed");
    if (!written) {
        dnp_buffer_wipe(out);
    }
    crypto->forget(crypto->context);
    dnp_wipe(writer.key, sizeof writer.key);
    dnp_buffer_free(&writer.canonical);
    dnp_buffer_free(&writer.plain);
    return written;
}
