/*
 * The choices of a message, and the key that follows from the password and them.
 */
#include "auth/wse.h"

#include <time.h>

#define UUID_SIZE 16

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

static void put_two_digits(char *text, int number)
{
    text[0] = (char)('0' + number / 10 % 10);
    text[1] = (char)('0' + number % 10);
}

/* By hand: strftime costs more than the digest of a header. A year of five digits loses one; no panel takes it. */
void dnp_wse_format_time(int64_t seconds, char text[DNP_WSE_TIME_SIZE])
{
    time_t time = (time_t)seconds;
    struct tm parts = {0};
    memcpy(text, "0000-00-00T00:00:00Z", DNP_WSE_TIME_SIZE);
    if (gmtime_r(&time, &parts) == NULL) {
        return;
    }
    put_two_digits(text, (parts.tm_year + 1900) / 100);
    put_two_digits(text + 2, parts.tm_year % 100);
    put_two_digits(text + 5, parts.tm_mon + 1);
    put_two_digits(text + 8, parts.tm_mday);
    put_two_digits(text + 11, parts.tm_hour);
    put_two_digits(text + 14, parts.tm_min);
    put_two_digits(text + 17, parts.tm_sec);
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
