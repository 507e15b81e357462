/*
 * Documents that the fuzz target has found, and all captures: every way of decoding reads them alike, whole and in
 * pieces. tools/pack_corpus.lua made corpus/decode.inputs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decode_ways.h"
#include "lookup/find.h"

static const size_t pieces[] = {1, 7, 64, 1000};

static struct dnp_buffer read_file(const char *path)
{
    char block[4096];
    size_t count = 0;
    struct dnp_buffer bytes;
    FILE *file = fopen(path, "rb");
    dnp_buffer_init(&bytes, SIZE_MAX / 4);
    if (file == NULL) {
        fail_msg("%s cannot be read", path);
        return bytes;
    }
    while ((count = fread(block, 1, sizeof block, file)) > 0) {
        assert_true(dnp_buffer_append(&bytes, block, count));
    }
    (void)fclose(file);
    return bytes;
}

static struct dnp_soap_decoder *new_decoder(void)
{
    const struct dnp_soap_limits limits = {1024 * 1024};
    struct dnp_soap_decoder *decoder = dnp_soap_decoder_new(&limits);
    assert_non_null(decoder);
    return decoder;
}

/* ---- what the fuzz target has found ---- */

static uint32_t read_length(const char *at)
{
    const unsigned char *bytes = (const unsigned char *)at;
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void replays_inputs(void **state)
{
    struct dnp_soap_decoder *decoder = new_decoder();
    struct dnp_buffer inputs = read_file("spec/c/corpus/decode.inputs");
    size_t offset = 0;
    size_t count = 0;
    (void)state;
    while (offset < inputs.length) {
        assert_true(inputs.length - offset >= 4);
        struct dnp_slice input = {inputs.data + offset + 4, read_length(inputs.data + offset)};
        assert_true(inputs.length - offset - 4 >= input.length);
        if (!input_decodes_alike(decoder, input)) {
            fail_msg("input %zu at %zu is decoded in different ways", count, offset);
        }
        offset += 4 + input.length;
        count++;
    }
    assert_true(count > 500);
    dnp_buffer_free(&inputs);
    dnp_soap_decoder_free(decoder);
}

/* ---- captures ---- */

struct capture {
    char name[128];
    bool is_response;
    struct dnp_slice bytes;
};

/* Takes a header line and the bytes behind it; see spec/captures/README.md. */
static bool take_capture(struct dnp_slice *file, struct capture *capture)
{
    char line[1024];
    const char *end = file->length > 0 ? memchr(file->data, '\n', file->length) : NULL;
    if (end == NULL) {
        return false;
    }
    (void)snprintf(line, sizeof line, "%.*s", (int)(end - file->data), file->data);
    const char *length = strstr(line, "length=");
    assert_non_null(length);
    assert_int_equal(sscanf(line, "== %127s", capture->name), 1);
    capture->is_response = strstr(line, " response ") != NULL;
    capture->bytes = (struct dnp_slice){end + 1, strtoul(length + strlen("length="), NULL, 10)};
    size_t taken = (size_t)(end + 1 - file->data) + capture->bytes.length + 1;
    assert_true(taken <= file->length);
    file->data += taken;
    file->length -= taken;
    return true;
}

/* "012-GetUsers-two" and "websitepanel-AddPackage" are of GetUsers and AddPackage. */
static const struct dnp_operation *find_operation(const char *name, enum dnp_dialect dialect)
{
    const char *begin = strchr(name, '-');
    char operation[128];
    (void)snprintf(operation, sizeof operation, "%s", begin != NULL ? begin + 1 : name);
    operation[strcspn(operation, "-")] = '\0';
    return dnp_find_operation(operation, dialect);
}

/* Without the headers; the bytes of a chunked one, which are not XML, serve as well. */
static struct dnp_slice body_of(const struct capture *capture)
{
    struct dnp_slice body = capture->bytes;
    for (size_t i = 0; capture->is_response && i + 4 <= body.length; i++) {
        if (memcmp(body.data + i, "\r\n\r\n", 4) == 0) {
            return (struct dnp_slice){body.data + i + 4, body.length - i - 4};
        }
    }
    return body;
}

/* Returns how many there were whose operation is known. */
static size_t replay_captures(struct dnp_soap_decoder *decoder, const char *path,
                              const struct dnp_dialect_info *dialect)
{
    struct dnp_buffer bytes = read_file(path);
    struct dnp_slice file = {bytes.data, bytes.length};
    struct capture capture;
    size_t count = 0;
    while (take_capture(&file, &capture)) {
        const struct dnp_operation *operation = find_operation(capture.name, dialect->dialect);
        enum dnp_side side = capture.is_response ? DNP_CLIENT_SIDE : DNP_SERVER_SIDE;
        for (size_t i = 0; operation != NULL && i < sizeof pieces / sizeof pieces[0]; i++) {
            if (!decodes_alike(decoder, operation, dialect, side, body_of(&capture), pieces[i])) {
                fail_msg("%s of %s is decoded in different ways, pieces of %zu", capture.name, path, pieces[i]);
            }
        }
        count += operation != NULL ? 1 : 0;
    }
    dnp_buffer_free(&bytes);
    return count;
}

static void replays_captures(void **state)
{
    static const struct {
        const char *path;
        size_t dialect;
        size_t least;
    } sets[] = {
        {"spec/captures/dotnetpanel.captures", 0, 100},
        {"spec/captures/dotnetpanel-front.captures", 0, 5},
        {"spec/captures/dotnetpanel-shorterrors.captures", 0, 3},
        {"spec/captures/websitepanel.captures", 1, 30},
        {"spec/captures/addressed.captures", 1, 1},
        {"spec/captures/solidcp.captures", 2, 30},
    };
    struct dnp_soap_decoder *decoder = new_decoder();
    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        size_t count = replay_captures(decoder, sets[i].path, &dnp_dialects[sets[i].dialect]);
        assert_true(count >= sets[i].least);
    }
    dnp_soap_decoder_free(decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replays_inputs),
        cmocka_unit_test(replays_captures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
