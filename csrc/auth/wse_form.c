/*
 * The texts of a message, and what is the same in all messages of one user, or of one operation: made once, so that
 * for each message only what differs is hashed and written.
 *
 * The texts are those of WSE's own client, so equal choices give its bytes. In a text a gap is the byte 1, which XML
 * cannot hold, and the number of its value.
 */
#include "auth/wse.h"

#include "auth/wse_names.h"
#include "base/base64.h"
#include "soap/names.h"
#include "xml/writer.h"

#define MAX_FORM ((size_t)1024 * 1024)
#define GAP '\1'

#define DECLARED_WSA " xmlns:wsa=\"" DNP_WSA_NAMESPACE "\""
#define DECLARED_WSU " xmlns:wsu=\"" DNP_WSU_NAMESPACE "\""
#define DECLARED_XENC " xmlns:xenc=\"" DNP_XENC_NAMESPACE "\""
#define DECLARED_DS " xmlns=\"" DNP_DS_NAMESPACE "\""
#define DECLARED_PREFIX_DS " xmlns:ds=\"" DNP_DS_NAMESPACE "\""
#define DECLARED_SOAP " xmlns:soap=\"" DNP_SOAP11_NAMESPACE "\""
#define ALGORITHM(uri) " Algorithm=\"" uri "\""

#define ENVELOPE                                                                                               \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope" DECLARED_SOAP " xmlns:xsi=\"" DNP_XSI_NAMESPACE \
    "\" xmlns:xsd=\"" DNP_XSD_NAMESPACE "\"" DECLARED_WSA " xmlns:wsse=\"" DNP_WSSE_NAMESPACE "\"" DECLARED_WSU ">"

const char *const dnp_wse_ids[DNP_WSE_PART_COUNT] = {
    "Id-action", "Id-message", "Id-reply", "Id-to", "Timestamp-1", "Id-body", "SecurityToken-1", "Enc-1",
};

static void put(struct dnp_buffer *out, const char *text)
{
    dnp_buffer_puts(out, text);
}

static void put_gap(struct dnp_buffer *out, enum dnp_wse_gap gap)
{
    const char mark[2] = {GAP, (char)gap};
    dnp_buffer_append(out, mark, sizeof mark);
}

bool dnp_wse_fill(struct dnp_buffer *out, const struct dnp_buffer *text,
                  const struct dnp_slice values[DNP_WSE_GAP_COUNT])
{
    const char *at = text->data;
    const char *end = text->data + text->length;
    for (const char *gap = memchr(at, GAP, text->length); gap != NULL; gap = memchr(at, GAP, (size_t)(end - at))) {
        const struct dnp_slice *value = &values[(size_t)gap[1]];
        dnp_buffer_append(out, at, (size_t)(gap - at));
        dnp_buffer_append(out, value->data, value->length);
        at = gap + 2;
    }
    return dnp_buffer_append(out, at, (size_t)(end - at));
}

void dnp_wse_digest(const struct dnp_crypto *crypto, const struct dnp_buffer *canonical,
                    char digest[DNP_WSE_DIGEST_SIZE])
{
    unsigned char hash[DNP_SHA1_SIZE];
    crypto->sha1(crypto->context, (struct dnp_slice){canonical->data, canonical->length}, hash);
    dnp_base64_encode(digest, hash, sizeof hash);
}

/* ---- the parts that are signed ---- */

struct part {
    const char *name;
    const char *declarations; /* of the prefixes that it uses, in canonical form */
    const char *before;       /* around its value, or without one the whole content */
    enum dnp_wse_gap gap;     /* DNP_WSE_GAP_COUNT: none */
};

static const struct part parts[DNP_WSE_SIGNED_COUNT] = {
    [DNP_WSE_ACTION] = {"wsa:Action", DECLARED_WSA DECLARED_WSU, "", DNP_WSE_GAP_ACTION},
    [DNP_WSE_MESSAGE_ID] = {"wsa:MessageID", DECLARED_WSA DECLARED_WSU, "", DNP_WSE_GAP_MESSAGE_ID},
    [DNP_WSE_REPLY_TO] = {"wsa:ReplyTo", DECLARED_WSA DECLARED_WSU, "<wsa:Address>" DNP_WSA_ANONYMOUS "</wsa:Address>",
                          DNP_WSE_GAP_COUNT},
    [DNP_WSE_TO] = {"wsa:To", DECLARED_WSA DECLARED_WSU, "", DNP_WSE_GAP_TO},
    [DNP_WSE_TIMESTAMP] = {"wsu:Timestamp", DECLARED_WSU, "<wsu:Created>", DNP_WSE_GAP_CREATED},
    [DNP_WSE_BODY] = {"soap:Body", DECLARED_SOAP DECLARED_WSU, "", DNP_WSE_GAP_COUNT},
};

static void open_part(struct dnp_buffer *out, const struct part *part, bool canonical, const char *id)
{
    put(out, "<");
    put(out, part->name);
    put(out, canonical ? part->declarations : "");
    put(out, " wsu:Id=\"");
    put(out, id);
    put(out, "\">");
}

static void put_part(struct dnp_buffer *out, enum dnp_wse_part which, bool canonical, const char *const ids[])
{
    const struct part *part = &parts[which];
    open_part(out, part, canonical, ids[which]);
    put(out, part->before);
    if (part->gap != DNP_WSE_GAP_COUNT) {
        put_gap(out, part->gap);
    }
    if (which == DNP_WSE_TIMESTAMP) {
        put(out, "</wsu:Created><wsu:Expires>");
        put_gap(out, DNP_WSE_GAP_EXPIRES);
        put(out, "</wsu:Expires>");
    }
    dnp_xml_close(out, part->name);
}

/* ---- the signature ---- */

/* SignedInfo as WSE's client writes it, and in canonical form. */
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
            DNP_DS_HMAC_SHA1) "></"
                              "SignatureMethod>",
    "\"><Transforms><Transform" ALGORITHM(DNP_EXCLUSIVE_C14N) "></Transform></Transforms><DigestMethod" ALGORITHM(
        DNP_DS_SHA1) "></DigestMethod><DigestValue>",
};

static void put_signed_info(struct dnp_buffer *out, const struct wording *wording, const char *const ids[])
{
    put(out, wording->start);
    for (int part = 0; part < DNP_WSE_SIGNED_COUNT; part++) {
        put(out, "<Reference URI=\"#");
        put(out, ids[part]);
        put(out, wording->after_uri);
        put_gap(out, (enum dnp_wse_gap)(DNP_WSE_GAP_ACTION_DIGEST + part));
        put(out, "</DigestValue></Reference>");
    }
    put(out, "</SignedInfo>");
}

/* Says whose key it is: the token's. */
static void put_key_info(struct dnp_buffer *out, const char *open, const char *const ids[])
{
    put(out, open);
    put(out, "<wsse:SecurityTokenReference><wsse:Reference URI=\"#");
    put(out, ids[DNP_WSE_TOKEN]);
    put(out, "\" ValueType=\"" DNP_USERNAME_TOKEN_TYPE "\" /></wsse:SecurityTokenReference></KeyInfo>");
}

static void put_signature(struct dnp_buffer *out, const char *const ids[])
{
    put(out, "<Signature" DECLARED_DS ">");
    put_signed_info(out, &as_written, ids);
    put(out, "<SignatureValue>");
    put_gap(out, DNP_WSE_GAP_SIGNATURE);
    put(out, "</SignatureValue>");
    put_key_info(out, "<KeyInfo>", ids);
    put(out, "</Signature>");
}

/* ---- the message ---- */

/* The token, and the list of what is encrypted with its key. */
static void put_token(struct dnp_buffer *out, const char *username, const char *const ids[])
{
    put(out, "<wsse:UsernameToken" DECLARED_WSU " wsu:Id=\"");
    put(out, ids[DNP_WSE_TOKEN]);
    put(out, "\"><wsse:Username>");
    dnp_xml_text(out, dnp_slice_of(username), DNP_TEXT_CLIENT);
    put(out, "</wsse:Username><wsse:Nonce>");
    put_gap(out, DNP_WSE_GAP_NONCE);
    put(out, "</wsse:Nonce><wsu:Created>");
    put_gap(out, DNP_WSE_GAP_CREATED);
    put(out, "</wsu:Created></wsse:UsernameToken><xenc:ReferenceList" DECLARED_XENC "><xenc:DataReference URI=\"#");
    put(out, ids[DNP_WSE_ENCRYPTED_DATA]);
    put(out, "\" /></xenc:ReferenceList>");
}

static void put_body(struct dnp_buffer *out, const char *const ids[])
{
    open_part(out, &parts[DNP_WSE_BODY], false, ids[DNP_WSE_BODY]);
    put(out, "<xenc:EncryptedData Id=\"");
    put(out, ids[DNP_WSE_ENCRYPTED_DATA]);
    put(out, "\" Type=\"" DNP_XENC_CONTENT "\"" DECLARED_XENC
             "><xenc:EncryptionMethod" ALGORITHM(DNP_XENC_AES256_CBC) " />");
    put_key_info(out, "<KeyInfo" DECLARED_DS ">", ids);
    put(out, "<xenc:CipherData><xenc:CipherValue>");
    put_gap(out, DNP_WSE_GAP_CIPHER_VALUE);
    put(out, "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></soap:Body></soap:Envelope>");
}

static void put_message(struct dnp_buffer *out, const char *username, const char *const ids[])
{
    put(out, ENVELOPE "<soap:Header>");
    for (enum dnp_wse_part part = DNP_WSE_ACTION; part <= DNP_WSE_TO; part++) {
        put_part(out, part, false, ids);
    }
    put(out, "<wsse:Security soap:mustUnderstand=\"1\">");
    put_part(out, DNP_WSE_TIMESTAMP, false, ids);
    put_token(out, username, ids);
    put_signature(out, ids);
    put(out, "</wsse:Security></soap:Header>");
    put_body(out, ids);
}

static bool put_canonical(struct dnp_wse_form *form, const char *const ids[])
{
    bool good = true;
    for (enum dnp_wse_part part = DNP_WSE_ACTION; part <= DNP_WSE_TIMESTAMP; part++) {
        put_part(&form->parts[part], part, true, ids);
        good = good && form->parts[part].state == DNP_BUFFER_OK;
    }
    open_part(&form->parts[DNP_WSE_BODY], &parts[DNP_WSE_BODY], true, ids[DNP_WSE_BODY]);
    return good && form->parts[DNP_WSE_BODY].state == DNP_BUFFER_OK;
}

bool dnp_wse_form_init(struct dnp_wse_form *form, const char *username, const char *const ids[DNP_WSE_PART_COUNT],
                       const struct dnp_crypto *crypto)
{
    dnp_buffer_init(&form->message, MAX_FORM);
    dnp_buffer_init(&form->signed_info, MAX_FORM);
    for (size_t i = 0; i < DNP_WSE_SIGNED_COUNT; i++) {
        dnp_buffer_init(&form->parts[i], MAX_FORM);
    }
    put_message(&form->message, username, ids);
    put_signed_info(&form->signed_info, &as_canonical, ids);
    if (!put_canonical(form, ids) || form->message.state != DNP_BUFFER_OK || form->signed_info.state != DNP_BUFFER_OK) {
        return false;
    }
    dnp_wse_digest(crypto, &form->parts[DNP_WSE_REPLY_TO], form->reply_to_digest);
    return true;
}

void dnp_wse_form_free(struct dnp_wse_form *form)
{
    dnp_buffer_free(&form->message);
    dnp_buffer_free(&form->signed_info);
    for (size_t i = 0; i < DNP_WSE_SIGNED_COUNT; i++) {
        dnp_buffer_free(&form->parts[i]);
    }
}

/* ---- destinations ---- */

static bool digest_part(const struct dnp_wse_form *form, enum dnp_wse_part part, enum dnp_wse_gap gap,
                        const struct dnp_buffer *value, const struct dnp_crypto *crypto, char digest[])
{
    struct dnp_slice values[DNP_WSE_GAP_COUNT] = {{NULL, 0}};
    struct dnp_buffer canonical;
    values[gap] = (struct dnp_slice){value->data, value->length};
    dnp_buffer_init(&canonical, MAX_FORM);
    bool filled = value->state == DNP_BUFFER_OK && dnp_wse_fill(&canonical, &form->parts[part], values);
    if (filled) {
        dnp_wse_digest(crypto, &canonical, digest);
    }
    dnp_buffer_free(&canonical);
    return filled;
}

bool dnp_wse_destination_init(struct dnp_wse_destination *destination, const struct dnp_wse_form *form,
                              const char *action, const char *to, const struct dnp_crypto *crypto)
{
    dnp_buffer_init(&destination->action, MAX_FORM);
    dnp_buffer_init(&destination->to, MAX_FORM);
    dnp_xml_text(&destination->action, dnp_slice_of(action), DNP_TEXT_CLIENT);
    dnp_xml_text(&destination->to, dnp_slice_of(to), DNP_TEXT_CLIENT);
    return digest_part(form, DNP_WSE_ACTION, DNP_WSE_GAP_ACTION, &destination->action, crypto,
                       destination->action_digest) &&
           digest_part(form, DNP_WSE_TO, DNP_WSE_GAP_TO, &destination->to, crypto, destination->to_digest);
}

void dnp_wse_destination_free(struct dnp_wse_destination *destination)
{
    dnp_buffer_free(&destination->action);
    dnp_buffer_free(&destination->to);
}
