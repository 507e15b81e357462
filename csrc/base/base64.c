/*
 * Base64 (RFC 4648), with padding.
 *
 * Encodes through a small block on the stack, so that a buffer is asked for room once for many digits; the block is
 * wiped, since what is encoded may be a secret.
 */
#include "base/base64.h"

#define DIGITS_AT_ONCE ((size_t)256)

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *put_group(char *digits, unsigned bits)
{
    digits[0] = alphabet[bits >> 18];
    digits[1] = alphabet[bits >> 12 & 0x3FU];
    digits[2] = alphabet[bits >> 6 & 0x3FU];
    digits[3] = alphabet[bits & 0x3FU];
    return digits + 4;
}

/* Encodes at most as much as the block holds; returns the number of digits. */
static size_t encode(char *digits, const unsigned char *bytes, size_t length)
{
    char *end = digits;
    for (; length >= 3; length -= 3, bytes += 3) {
        end = put_group(end, (unsigned)bytes[0] << 16 | (unsigned)bytes[1] << 8 | bytes[2]);
    }
    if (length > 0) {
        end = put_group(end, (unsigned)bytes[0] << 16 | (length > 1 ? (unsigned)bytes[1] << 8 : 0U));
        end[-1] = '=';
        if (length == 1) {
            end[-2] = '=';
        }
    }
    return (size_t)(end - digits);
}

void dnp_base64_encode(char *digits, const unsigned char *bytes, size_t length)
{
    digits[encode(digits, bytes, length)] = '\0';
}

bool dnp_base64_append(struct dnp_buffer *out, const void *bytes, size_t length)
{
    const size_t most = DIGITS_AT_ONCE / 4 * 3;
    char digits[DIGITS_AT_ONCE];
    const unsigned char *from = bytes;
    while (length > 0) {
        size_t piece = length < most ? length : most;
        (void)dnp_buffer_append(out, digits, encode(digits, from, piece));
        from += piece;
        length -= piece;
    }
    dnp_wipe(digits, sizeof digits);
    return out->state == DNP_BUFFER_OK;
}

static int digit_value(char digit)
{
    const char *found = digit != '\0' ? strchr(alphabet, digit) : NULL;
    return found != NULL ? (int)(found - alphabet) : -1;
}

bool dnp_base64_decode(struct dnp_slice text, unsigned char *decoded, size_t *length)
{
    unsigned bits = 0;
    size_t digits = 0;
    size_t padding = 0;
    *length = 0;
    for (size_t i = 0; i < text.length; i++) {
        char digit = text.data[i];
        if (dnp_is_blank(digit)) {
            continue;
        }
        int value = digit_value(digit);
        if (digit == '=') {
            padding++;
        } else if (value < 0 || padding > 0) {
            return false;
        } else {
            bits = bits << 6 | (unsigned)value;
            digits++;
            if (digits % 4 != 1) {
                decoded[(*length)++] = (unsigned char)(bits >> (6 - 2 * ((digits - 1) % 4)));
            }
        }
    }
    return padding <= 2 && (digits + padding) % 4 == 0;
}
