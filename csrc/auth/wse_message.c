/*
 * One message: digests of what differs, the signature, the encrypted body, and all of it in the form's gaps.
 *
 * Whatever held the key or the body in clear is wiped.
 */
#include "auth/wse.h"

#include "base/base64.h"
#include "xml/writer.h"

struct writer {
    const struct dnp_wse_message *message;
    const struct dnp_wse_choices *choices;
    const struct dnp_crypto *crypto;
    struct dnp_wse_room *room;
    char nonce[(DNP_WSE_NONCE_SIZE + 2) / 3 * 4 + 1];
    char digests[DNP_WSE_SIGNED_COUNT][DNP_WSE_DIGEST_SIZE];
    char signature[DNP_WSE_DIGEST_SIZE];
    unsigned char key[DNP_AES256_KEY_SIZE];
    struct dnp_slice values[DNP_WSE_GAP_COUNT];
};

static struct dnp_slice content(const struct dnp_buffer *buffer)
{
    struct dnp_slice slice = {buffer->length > 0 ? buffer->data : "", buffer->length};
    return slice;
}

static void set_values(struct writer *writer)
{
    const struct dnp_wse_choices *choices = writer->choices;
    const struct dnp_wse_destination *destination = writer->message->destination;
    struct dnp_slice *values = writer->values;
    values[DNP_WSE_GAP_ACTION] = content(&destination->action);
    values[DNP_WSE_GAP_TO] = content(&destination->to);
    values[DNP_WSE_GAP_MESSAGE_ID] = dnp_slice_of(choices->message_id);
    values[DNP_WSE_GAP_CREATED] = dnp_slice_of(choices->created);
    values[DNP_WSE_GAP_EXPIRES] = dnp_slice_of(choices->expires);
    dnp_base64_encode(writer->nonce, choices->nonce, sizeof choices->nonce);
    values[DNP_WSE_GAP_NONCE] = (struct dnp_slice){writer->nonce, sizeof writer->nonce - 1};
    values[DNP_WSE_GAP_ACTION_DIGEST] = dnp_slice_of(destination->action_digest);
    values[DNP_WSE_GAP_TO_DIGEST] = dnp_slice_of(destination->to_digest);
    values[DNP_WSE_GAP_REPLY_TO_DIGEST] = dnp_slice_of(writer->message->form->reply_to_digest);
}

/* Digests what the scratch buffer holds, and empties it. */
static bool digest_scratch(struct writer *writer, enum dnp_wse_part part)
{
    if (writer->room->scratch.state != DNP_BUFFER_OK) {
        return false;
    }
    dnp_wse_digest(writer->crypto, &writer->room->scratch, writer->digests[part]);
    writer->values[(size_t)DNP_WSE_GAP_ACTION_DIGEST + part] = dnp_slice_of(writer->digests[part]);
    writer->room->scratch.length = 0;
    return true;
}

static bool digest_part(struct writer *writer, enum dnp_wse_part part)
{
    return dnp_wse_fill(&writer->room->scratch, &writer->message->form->parts[part], writer->values) &&
           digest_scratch(writer, part);
}

/* The body's digest, and its text where it will be encrypted. */
static bool read_body(struct writer *writer, struct dnp_error *error)
{
    const struct dnp_buffer *start = &writer->message->form->parts[DNP_WSE_BODY];
    dnp_buffer_append(&writer->room->scratch, start->data, start->length);
    dnp_buffer_append(&writer->room->plain, writer->choices->iv, sizeof writer->choices->iv);
    if (!dnp_wse_canonical(&writer->room->scratch, &writer->room->plain, writer->message->body) &&
        writer->room->scratch.state == DNP_BUFFER_OK && writer->room->plain.state == DNP_BUFFER_OK) {
        return dnp_fail(error, DNP_USAGE, "the body holds what cannot be signed");
    }
    dnp_xml_close(&writer->room->scratch, "soap:Body");
    return digest_scratch(writer, DNP_WSE_BODY);
}

static bool sign(struct writer *writer)
{
    unsigned char signature[DNP_SHA1_SIZE];
    if (!dnp_wse_fill(&writer->room->scratch, &writer->message->form->signed_info, writer->values)) {
        return false;
    }
    struct dnp_slice text = content(&writer->room->scratch);
    writer->crypto->hmac_sha1_key(writer->crypto->context,
                                  (struct dnp_slice){(const char *)writer->key, sizeof writer->key});
    writer->crypto->hmac_sha1(writer->crypto->context, &text, 1, signature);
    dnp_base64_encode(writer->signature, signature, sizeof signature);
    writer->values[DNP_WSE_GAP_SIGNATURE] = (struct dnp_slice){writer->signature, sizeof writer->signature - 1};
    return true;
}

static bool encrypt(struct writer *writer, struct dnp_error *error)
{
    unsigned char padding[DNP_AES_BLOCK_SIZE];
    struct dnp_buffer *plain = &writer->room->plain;
    size_t length = DNP_AES_BLOCK_SIZE - plain->length % DNP_AES_BLOCK_SIZE;
    memset(padding, (int)length, sizeof padding);
    if (!dnp_buffer_append(plain, padding, length)) {
        return false;
    }
    unsigned char *data = (unsigned char *)plain->data;
    if (!writer->crypto->aes256_cbc_encrypt(writer->crypto->context, writer->key, data, data + DNP_AES_BLOCK_SIZE,
                                            plain->length - DNP_AES_BLOCK_SIZE)) {
        return dnp_fail(error, DNP_MEMORY, "the crypto library failed");
    }
    bool encoded = dnp_base64_append(&writer->room->cipher, plain->data, plain->length);
    writer->values[DNP_WSE_GAP_CIPHER_VALUE] = content(&writer->room->cipher);
    return encoded;
}

static bool write_all(struct dnp_buffer *out, struct writer *writer, struct dnp_error *error)
{
    set_values(writer);
    return digest_part(writer, DNP_WSE_MESSAGE_ID) && digest_part(writer, DNP_WSE_TIMESTAMP) &&
           read_body(writer, error) && sign(writer) && encrypt(writer, error) &&
           dnp_wse_fill(out, &writer->message->form->message, writer->values);
}

/* What went wrong is in the buffers, unless `error` has it already. */
static bool set_error(const struct dnp_buffer *out, const struct writer *writer, struct dnp_error *error)
{
    const struct dnp_buffer *buffers[] = {out, &writer->room->scratch, &writer->room->plain, &writer->room->cipher};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        if (!dnp_buffer_check(buffers[i], "the message", error)) {
            return false;
        }
    }
    return false;
}

bool dnp_wse_write(struct dnp_buffer *out, const struct dnp_wse_message *message, const struct dnp_wse_choices *choices,
                   const struct dnp_crypto *crypto, struct dnp_error *error)
{
    struct writer writer = {.message = message, .choices = choices, .crypto = crypto, .room = message->room};
    struct dnp_slice nonce = {(const char *)choices->nonce, sizeof choices->nonce};
    dnp_wse_derive_key(crypto, dnp_slice_of(message->password), nonce, choices->created, writer.key);
    bool written = write_all(out, &writer, error) || set_error(out, &writer, error);
    if (!written) {
        dnp_buffer_wipe(out);
    }
    crypto->forget(crypto->context);
    dnp_wipe(writer.key, sizeof writer.key);
    dnp_buffer_wipe(&message->room->scratch);
    dnp_buffer_wipe(&message->room->plain);
    dnp_buffer_wipe(&message->room->cipher);
    return written;
}

void dnp_wse_room_init(struct dnp_wse_room *room, size_t ceiling)
{
    dnp_buffer_init(&room->scratch, ceiling);
    dnp_buffer_init(&room->plain, ceiling);
    dnp_buffer_init(&room->cipher, ceiling);
}

void dnp_wse_room_free(struct dnp_wse_room *room)
{
    dnp_buffer_free(&room->scratch);
    dnp_buffer_free(&room->plain);
    dnp_buffer_free(&room->cipher);
}
