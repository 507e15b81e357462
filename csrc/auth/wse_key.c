/*
 * The choices of a message, and the key that follows from the password and them.
 */
#include "auth/wse.h"

#include <time.h>

#define UUID_SIZE 16

/* Unique within a message, which is all that ids have to be. */
static const char *const ids[DNP_WSE_PART_COUNT] = {
    "Id-action", "Id-message", "Id-reply", "Id-to", "Timestamp-1", "Id-body", "SecurityToken-1", "Enc-1",
};

/* A random UUID (version 4) as a URN. */
static void format_uuid(char text[DNP_WSE_MESSAGE_ID_SIZE], const unsigned char bytes[UUID_SIZE])
{
    static const char hex[] = "0123456789abcdef";
    static const char prefix[] = "urn:uuid:";
    size_t length = sizeof prefix - 1;
    memcpy(text, prefix, length);
    for (size_t i = 0; i < UUID_SIZE; i++) {
        unsigned byte = i == 6 ? 0x40U | (bytes[i] & 0x0FU) : i == 8 ? 0x80U | (bytes[i] & 0x3FU) : bytes[i];
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            text[length++] = '-';
        }
        text[length++] = hex[byte >> 4];
        text[length++] = hex[byte & 0x0FU];
    }
    text[length] = '\0';
}

void dnp_wse_format_time(int64_t seconds, char text[DNP_WSE_TIME_SIZE])
{
    time_t time = (time_t)seconds;
    struct tm parts;
    if (gmtime_r(&time, &parts) == NULL || strftime(text, DNP_WSE_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        text[0] = '\0'; /* a year of five digits: no panel takes it, whatever stands there */
    }
}

bool dnp_wse_choose(struct dnp_wse_choices *choices, const struct dnp_crypto *crypto, int64_t now,
                    struct dnp_error *error)
{
    unsigned char bytes[DNP_WSE_NONCE_SIZE + DNP_AES_BLOCK_SIZE + UUID_SIZE];
    if (!crypto->random(crypto->context, bytes, sizeof bytes)) {
        return dnp_fail(error, DNP_MEMORY, "the system has no random bytes to give");
    }
    memcpy(choices->nonce, bytes, sizeof choices->nonce);
    memcpy(choices->iv, bytes + DNP_WSE_NONCE_SIZE, sizeof choices->iv);
    format_uuid(choices->message_id, bytes + DNP_WSE_NONCE_SIZE + DNP_AES_BLOCK_SIZE);
    dnp_wse_format_time(now, choices->created);
    dnp_wse_format_time(now + DNP_WSE_LIFETIME, choices->expires);
    memcpy(choices->ids, ids, sizeof ids);
    return true;
}

void dnp_wse_derive_key(const struct dnp_crypto *crypto, struct dnp_slice password, struct dnp_slice nonce,
                        const char *created, unsigned char key[DNP_AES256_KEY_SIZE])
{
    unsigned char chain[DNP_SHA1_SIZE];
    unsigned char blocks[2 * DNP_SHA1_SIZE];
    const struct dnp_slice pieces[] = {
        {(const char *)chain, sizeof chain}, dnp_slice_of("WS-Security"), nonce, dnp_slice_of(created)};
    crypto->hmac_sha1_key(crypto->context, password);
    crypto->hmac_sha1(crypto->context, pieces + 1, 3, chain); /* A(1) */
    crypto->hmac_sha1(crypto->context, pieces, 4, blocks);
    crypto->hmac_sha1(crypto->context, pieces, 1, chain); /* A(2) */
    crypto->hmac_sha1(crypto->context, pieces, 4, blocks + DNP_SHA1_SIZE);
    memcpy(key, blocks, DNP_AES256_KEY_SIZE);
    dnp_wipe(blocks, sizeof blocks);
    dnp_wipe(chain, sizeof chain);
}
