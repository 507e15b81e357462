/*
 * Documents in other encodings than UTF-8 hold the same, wherever the pieces end in which they arrive. Which encodings
 * there are depends on what libxml2 was built with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/encoding.h>

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

#include "failing_memory.h"
#include "xml/reader.h"

#define LONGEST 4096

static struct dnp_xml_reader *new_reader(void)
{
    struct dnp_xml_reader *reader = dnp_xml_reader_new(1024);
    assert_non_null(reader);
    return reader;
}

/* Keeps the text of the last leaf. */
static void take_tokens(struct dnp_xml_reader *reader, char text[LONGEST])
{
    struct dnp_token token;
    for (dnp_xml_next(reader, &token); token.kind != DNP_TOKEN_NONE; dnp_xml_next(reader, &token)) {
        if (token.kind == DNP_TOKEN_LEAF) {
            memcpy(text, token.text.data, token.text.length);
            text[token.text.length] = '\0';
        }
    }
}

/* The memory of each piece is given back at once, so that whoever still reads in it is found. */
static bool feed_copy(struct dnp_xml_reader *reader, struct dnp_slice piece, struct dnp_error *error)
{
    char *copy = malloc(piece.length);
    assert_non_null(copy);
    memcpy(copy, piece.data, piece.length);
    bool fed = dnp_xml_feed(reader, (struct dnp_slice){copy, piece.length}, error);
    free(copy);
    return fed;
}

static void expect_text(struct dnp_xml_reader *reader, struct dnp_slice document, size_t piece, const char *expected)
{
    char text[LONGEST] = "";
    struct dnp_error error = {.message = ""};
    assert_true(dnp_xml_reader_reset(reader, &error));
    while (document.length > 0) {
        struct dnp_slice part = {document.data, document.length < piece ? document.length : piece};
        if (!feed_copy(reader, part, &error)) {
            fail_msg("in pieces of %zu: %s", piece, error.message);
        }
        take_tokens(reader, text);
        document.data += part.length;
        document.length -= part.length;
    }
    if (!dnp_xml_finish(reader, &error)) {
        fail_msg("in pieces of %zu: %s", piece, error.message);
    }
    take_tokens(reader, text);
    assert_string_equal(text, expected);
}

static bool is_known(const char *encoding)
{
    xmlCharEncodingHandlerPtr handler = xmlFindCharEncodingHandler(encoding);
    bool known = handler != NULL;
    if (known) {
        (void)xmlCharEncCloseFunc(handler);
    }
    return known;
}

static void check(const char *encoding, struct dnp_slice document, const char *expected)
{
    struct dnp_xml_reader *reader = new_reader();
    for (size_t piece = 1; is_known(encoding) && piece <= document.length; piece++) {
        for (int scans = 0; scans <= 1; scans++) {
            dnp_xml_reader_scan_leaves(reader, scans == 1);
            expect_text(reader, document, piece, expected);
        }
    }
    dnp_xml_reader_free(reader);
}

#define CHECK(encoding, text, expected) \
    check(encoding, dnp_slice_of("<?xml version=\"1.0\" encoding=\"" encoding "\"?><a><b>" text "</b></a>"), expected)

static void reads_one_byte_for_a_character(void **state)
{
    (void)state;
    CHECK("ISO-8859-1", "Zo\xEB", "Zo\xC3\xAB");
    CHECK("windows-1251", "\xCF\xF0\xE8", "\xD0\x9F\xD1\x80\xD0\xB8");
    CHECK("US-ASCII", "x&#235;", "x\xC3\xAB");
}

static void reads_several_bytes_for_a_character(void **state)
{
    (void)state;
    CHECK("GBK", "\xD6\xD0\xCE\xC4", "\xE4\xB8\xAD\xE6\x96\x87");
    CHECK("Shift_JIS", "\x93\xFA\x96\x7B", "\xE6\x97\xA5\xE6\x9C\xAC");
    CHECK("ISO-2022-JP", "\x1B$BF|K\\\x1B(B", "\xE6\x97\xA5\xE6\x9C\xAC");
    CHECK("utf.8", "Zo\xC3\xAB \xF0\x9F\x98\x80", "Zo\xC3\xAB \xF0\x9F\x98\x80"); /* ICU knows that for UTF-8 */
    CHECK("hz", "~{VPND~}x", "\xE4\xB8\xAD\xE6\x96\x87x");
    CHECK("unicode-1-1-utf-7", "Zo+AOs-", "Zo\xC3\xAB");
}

/* Each letter of `text`, which is ASCII but for "#", between so many zeros; "#" is U+00EB. */
static void check_wide(const char *encoding, const char *mark, size_t mark_length, size_t before, size_t after)
{
    static const char text[] = "<a><b>Zo#]]x</b></a>";
    char document[LONGEST] = "";
    size_t length = mark_length;
    memcpy(document, mark, mark_length);
    for (const char *letter = text; *letter != '\0'; letter++) {
        memset(document + length, 0, before + 1 + after);
        document[length + before] = (char)(*letter == '#' ? 0xEB : *letter);
        length += before + 1 + after;
    }
    check(encoding, (struct dnp_slice){document, length}, "Zo\xC3\xAB]]x");
}

static void reads_wide_characters(void **state)
{
    (void)state;
    check_wide("UTF-16LE", "\xFF\xFE", 2, 0, 1);
    check_wide("UTF-16BE", "\xFE\xFF", 2, 1, 0);
    check_wide("ISO-10646-UCS-4", "", 0, 3, 0);
}

#if defined(LIBXML_ICU_ENABLED) && LIBXML_VERSION < 21400
/* Each of our own allocations fails once; libxml2 of this age loses the converter when one of its own does. */
static void survives_failing_allocations(void **state)
{
    static const char document[] = "<?xml version=\"1.0\" encoding=\"hz\"?><a><b>~{VPND~}</b></a>";
    struct dnp_error error;
    bool failed = true;
    long count = 0;
    (void)state;
    for (; failed; count++) {
        countdown = count;
        has_failed = false;
        struct dnp_xml_reader *reader = dnp_xml_reader_new(1024);
        bool good = reader != NULL && dnp_xml_reader_reset(reader, &error) &&
                    dnp_xml_feed(reader, dnp_slice_of(document), &error) && dnp_xml_finish(reader, &error);
        failed = has_failed || countdown < 0;
        countdown = -1;
        has_failed = false;
        assert_true(good != failed);
        assert_true(good || reader == NULL || error.kind == DNP_MEMORY);
        if (reader != NULL) {
            expect_text(reader, dnp_slice_of(document), 5, "\xE4\xB8\xAD\xE6\x96\x87");
        }
        dnp_xml_reader_free(reader);
    }
    assert_true(count > 3);
}

/* A document that is held as a whole until its end is bounded. */
static void bounds_what_it_holds(void **state)
{
    static const char begin[] = "<?xml version=\"1.0\" encoding=\"hz\"?><a>";
    struct dnp_xml_reader *reader = new_reader();
    struct dnp_error error;
    char blanks[LONGEST];
    bool fed = true;
    size_t count = 0;
    (void)state;
    memset(blanks, ' ', sizeof blanks);
    for (int round = 0; round < 2; round++) {
        assert_true(dnp_xml_reader_reset(reader, &error));
        assert_true(dnp_xml_feed(reader, dnp_slice_of(begin), &error));
        for (fed = true, count = 0; fed && count < 4096; count++) {
            fed = dnp_xml_feed(reader, (struct dnp_slice){blanks, sizeof blanks}, &error);
        }
        assert_false(fed);
        assert_int_equal(error.kind, DNP_LIMIT);
        assert_string_equal(error.message, "the XML has text to convert at once beyond the limit of 4194304");
        assert_false(dnp_xml_finish(reader, &error));
    }
    expect_text(reader, dnp_slice_of("<a><b>x</b></a>"), 3, "x");
    dnp_xml_reader_free(reader);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_one_byte_for_a_character),
        cmocka_unit_test(reads_several_bytes_for_a_character),
        cmocka_unit_test(reads_wide_characters),
#if defined(LIBXML_ICU_ENABLED) && LIBXML_VERSION < 21400
        cmocka_unit_test(survives_failing_allocations),
        cmocka_unit_test(bounds_what_it_holds),
#endif
    };
    return cmocka_run_group_tests_name("encodings", tests, NULL, NULL);
}
