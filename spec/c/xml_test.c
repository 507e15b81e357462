/*
 * The XML layer: buffer, writer, reader. Documents are read whole, byte by byte, with and without the fast path; all
 * four must give the same tokens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "xml/reader.h"
#include "xml/writer.h"

#define TRANSCRIPT_SIZE 4096

/* Tokens as text: <a @n=v> starts, a=text is a leaf, </a> ends. */
static void transcribe(struct dnp_xml_reader *reader, char *transcript)
{
    struct dnp_token token;
    for (dnp_xml_next(reader, &token); token.kind != DNP_TOKEN_NONE; dnp_xml_next(reader, &token)) {
        size_t used = strlen(transcript);
        const char *form = token.kind == DNP_TOKEN_START  ? "<%s"
                           : token.kind == DNP_TOKEN_END  ? "</%s"
                           : token.kind == DNP_TOKEN_TEXT ? "%s+"
                                                          : "%s";
        used += (size_t)snprintf(transcript + used, TRANSCRIPT_SIZE - used, form, token.name);
        for (size_t i = 0; i < token.attribute_count; i++) {
            const struct dnp_attribute *attribute = &token.attributes[i];
            used += (size_t)snprintf(transcript + used, TRANSCRIPT_SIZE - used, " @%s=%.*s", attribute->name,
                                     (int)attribute->value.length, attribute->value.data);
        }
        if (token.kind == DNP_TOKEN_LEAF || token.kind == DNP_TOKEN_TEXT) {
            (void)snprintf(transcript + used, TRANSCRIPT_SIZE - used, "=%.*s|", (int)token.text.length,
                           token.text.data);
        } else {
            (void)snprintf(transcript + used, TRANSCRIPT_SIZE - used, ">");
        }
    }
}

static bool read_in_pieces(struct dnp_xml_reader *reader, struct dnp_slice document, size_t piece, char *transcript,
                           struct dnp_error *error)
{
    transcript[0] = '\0';
    assert_true(dnp_xml_reader_reset(reader, error));
    while (document.length > 0) {
        struct dnp_slice part = {document.data, document.length < piece ? document.length : piece};
        if (!dnp_xml_feed(reader, part, error)) {
            return false;
        }
        transcribe(reader, transcript);
        document.data += part.length;
        document.length -= part.length;
    }
    bool finished = dnp_xml_finish(reader, error);
    transcribe(reader, transcript);
    return finished;
}

static void check_document(struct dnp_slice document, const char *expected)
{
    struct dnp_xml_reader *reader = dnp_xml_reader_new(1024);
    char transcript[TRANSCRIPT_SIZE];
    struct dnp_error error;
    assert_non_null(reader);
    for (int scans = 0; scans <= 1; scans++) {
        for (size_t piece = 1; piece <= document.length; piece++) {
            dnp_xml_reader_scan_leaves(reader, scans == 1);
            if (!read_in_pieces(reader, document, piece, transcript, &error)) {
                fail_msg("%.*s: %s", (int)document.length, document.data, error.message);
            }
            assert_string_equal(transcript, expected);
        }
    }
    dnp_xml_reader_free(reader);
}

#define CHECK(document, expected) check_document(dnp_slice_of(document), expected)

static void reads_elements(void **state)
{
    (void)state;
    CHECK("<a/>", "a=|");
    CHECK("<a><b>1</b><c /><d></d></a>", "<a>b=1|c=|d=|</a>");
    CHECK("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<a>\n  <b>1</b>\n  <c> x </c>\n</a>\n", "<a>b=1|c= x |</a>");
    CHECK("<a><b><c>1</c></b><b><c>2</c></b></a>", "<a><b>c=1|</b><b>c=2|</b></a>");
    CHECK("\xEF\xBB\xBF<a>b</a>", "a=b|");
}

static void reads_text(void **state)
{
    (void)state;
    CHECK("<a><b>1 &lt; 2 &amp;&amp; 3 &gt; 2 &quot;&apos;</b></a>", "<a>b=1 < 2 && 3 > 2 \"'|</a>");
    CHECK("<a><b>Zo\xC3\xAB \xF0\x9F\x98\x80</b></a>", "<a>b=Zo\xC3\xAB \xF0\x9F\x98\x80|</a>");
    CHECK("<a><b>x&#13;&#10;y\r\nz\rw</b></a>", "<a>b=x\r\ny\nz\nw|</a>");
    CHECK("<a><b><![CDATA[<x> & ]]></b></a>", "<a>b=<x> & |</a>");
    CHECK("<a><b>x<!-- c -->y<?p i?>z</b></a>", "<a>b=xyz|</a>");
    CHECK("<a><b>1]2</b><c>a>b</c></a>", "<a>b=1]2|c=a>b|</a>");
}

/* asmx-control: ASMX writes what XML forbids as references; the record is still wanted. */
static void reads_forbidden_references(void **state)
{
    (void)state;
    CHECK("<a><b>x&#x1;y&#xB;&#31;z</b><c>1</c></a>", "<a>b=x\x01y\x0B\x1Fz|c=1|</a>");
    CHECK("<a><b>&#x1;y&amp;z</b><c><!-- -->1 &lt; 2</c></a>", "<a>b=\x01y&z|c=1 < 2|</a>");
    CHECK("<a><b>&#x1;&amp;&#x2;&lt;&gt;</b><c d=\"&amp;\">&amp;</c></a>", "<a>b=\x01&\x02<>|c @d=&=&|</a>");
    CHECK("<a><b>&#xD83D;&amp;&#xFFFE;&apos;</b></a>", "<a>b=\xEF\xBF\xBD&\xEF\xBF\xBE'|</a>");
    CHECK("<a><b>x&#xFFFE;y</b></a>", "<a>b=x\xEF\xBF\xBEy|</a>");
}

static void joins_surrogate_references(void **state)
{
    (void)state;
    CHECK("<a><b>x&#xD83D;&#xDD34;y</b></a>", "<a>b=x\xF0\x9F\x94\xB4y|</a>");
    CHECK("<a><b>&#55357;&#xdd34;&#xD83D;&#xDD34;</b></a>", "<a>b=\xF0\x9F\x94\xB4\xF0\x9F\x94\xB4|</a>");
    CHECK("<a><b>&#xD800;</b></a>", "<a>b=\xEF\xBF\xBD|</a>");
    CHECK("<a><b>&#xDD34;&#xD83D;</b></a>", "<a>b=\xEF\xBF\xBD\xEF\xBF\xBD|</a>");
    CHECK("<a><b>&#xD83D;&#xD83D;&#xDD34;</b></a>", "<a>b=\xEF\xBF\xBD\xF0\x9F\x94\xB4|</a>");
    CHECK("<a><b>&#xD83D;x&#xDD34;</b></a>", "<a>b=\xEF\xBF\xBDx\xEF\xBF\xBD|</a>");
    /* The halves stand in different values. */
    CHECK("<a><b>&#xD83D;</b><b>&#xDD34;</b></a>", "<a>b=\xEF\xBF\xBD|b=\xEF\xBF\xBD|</a>");
    CHECK("<a>&#xD83D;<b/>&#xD83D;&#xDD34;</a>", "<a>+=\xEF\xBF\xBD|b=|+=\xF0\x9F\x94\xB4|</a>");
}

static void keeps_surrogates_where_asked(void **state)
{
    static const char document[] = "<a><b>&#xD83D;&#xDD34;</b></a>";
    struct dnp_xml_reader *reader = dnp_xml_reader_new(1024);
    char transcript[TRANSCRIPT_SIZE];
    struct dnp_error error;
    (void)state;
    assert_non_null(reader);
    dnp_xml_reader_keep_surrogates(reader, true);
    assert_true(read_in_pieces(reader, dnp_slice_of(document), 5, transcript, &error));
    assert_string_equal(transcript, "<a>b=\xED\xA0\xBD\xED\xB4\xB4|</a>");
    dnp_xml_reader_free(reader);
}

static void reads_text_beside_elements(void **state)
{
    (void)state;
    CHECK("<a>x<b>1</b>y<b>2</b>z</a>", "<a>+=x|b=1|+=y|b=2|+=z|</a>");
    CHECK("<a> \n <b>1</b>\t<b>2</b>\r\n </a>", "<a>b=1|b=2|</a>");
    CHECK("<a> x  y <b q='1'> <c/> </b> z &amp; <![CDATA[<]]> w </a>", "<a>+= x  y |<b @q=1>c=|</b>+= z & < w |</a>");
    CHECK("<a>&#1;<b/>&#xD;<b/></a>", "<a>+=\x01|b=|b=|</a>");
    CHECK("<a><b/>x<!-- c -->y<?p i?> z</a>", "<a>b=|+=xy z|</a>");
}

static void reads_attributes(void **state)
{
    (void)state;
    CHECK("<a x='1' y=\"&lt;&amp;>\"><b z=''>t</b></a>", "<a @x=1 @y=<&>>b @z==t|</a>");
}

static void reads_other_encodings(void **state)
{
    (void)state;
    CHECK("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a><b>Zo\xEB</b></a>", "<a>b=Zo\xC3\xAB|</a>");
    static const char utf16[] = "\xFF\xFE<\0a\0>\0x\0<\0/\0a\0>\0";
    check_document((struct dnp_slice){utf16, sizeof utf16 - 1}, "a=x|");
}

/* Names and namespaces are the same pointers whether libxml2 or the scan met them. */
static void gives_namespaces(void **state)
{
    (void)state;
    static const char document[] = "<p:a xmlns:p='urn:p' xmlns='urn:d'><b>1</b><p:c>2</p:c><d xmlns=''><b>3</b></d>"
                                   "<b>4</b><b x='y'>5</b></p:a>";
    static const char *const expected[] = {"urn:p", "urn:d", "urn:p", "", "", "", "urn:d", "urn:d", "urn:p"};
    struct dnp_xml_reader *reader = dnp_xml_reader_new(1024);
    struct dnp_error error;
    struct dnp_token token;
    const char *first_b = NULL;
    assert_true(dnp_xml_feed(reader, dnp_slice_of(document), &error));
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        dnp_xml_next(reader, &token);
        assert_string_equal(token.xml_namespace, expected[i]);
        if (strcmp(token.name, "b") == 0) {
            first_b = first_b == NULL ? token.name : first_b;
            assert_ptr_equal(token.name, first_b);
        }
    }
    dnp_xml_next(reader, &token);
    assert_int_equal(token.kind, DNP_TOKEN_NONE);
    dnp_xml_reader_free(reader);
}

static void refuse(const char *document, size_t length, enum dnp_error_kind kind, const char *message)
{
    struct dnp_xml_reader *reader = dnp_xml_reader_new(16);
    char transcript[TRANSCRIPT_SIZE];
    struct dnp_error error;
    for (size_t piece = 1; piece <= length; piece = piece * 2 + 1) {
        assert_false(read_in_pieces(reader, (struct dnp_slice){document, length}, piece, transcript, &error));
        assert_int_equal(error.kind, kind);
        if (strstr(error.message, message) == NULL) {
            fail_msg("%s: %s", document, error.message);
        }
        /* Failure is sticky until reset. */
        assert_false(dnp_xml_feed(reader, dnp_slice_of("<a/>"), &error));
        assert_int_equal(error.kind, kind);
    }
    dnp_xml_reader_free(reader);
}

#define REFUSE(document, kind, message) refuse(document, strlen(document), kind, message)

static void refuses_what_is_no_document(void **state)
{
    (void)state;
    REFUSE("<a><b>1</b>", DNP_PROTOCOL, "ends before it is complete");
    REFUSE("   ", DNP_PROTOCOL, "no XML document");
    REFUSE("<a><b>1</c></a>", DNP_PROTOCOL, "not well-formed");
    REFUSE("<a>\x01</a>", DNP_PROTOCOL, "not well-formed");
    REFUSE("<a><b>\xC3(</b></a>", DNP_PROTOCOL, "not well-formed");
    REFUSE("<a>&nosuch;</a>", DNP_PROTOCOL, "not well-formed");
    REFUSE("<p:a/>", DNP_PROTOCOL, "not well-formed");
    REFUSE("<a/><b/>", DNP_PROTOCOL, "not well-formed");
    REFUSE("<a><b>x]]>y</b></a>", DNP_PROTOCOL, "not well-formed");
}

static void refuses_a_bare_ampersand(void **state)
{
    static const char *const documents[] = {
        "<a>Tom & Jerry</a>", "<a>Tom & Jerry; x</a>", "<a>AT&T</a>", "<a>AT&T <b>;</b></a>",
        "<a b='x & y'/>",     "<a b='x&y'/>",          "<a>&</a>",    "<a><b/>&amp</a>",
        "<a>&;</a>",
    };
    (void)state;
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        refuse(documents[i], strlen(documents[i]), DNP_PROTOCOL, "& that does not begin a reference");
    }
}

/* The rest of the document need not be waited for. */
static void sees_a_bare_ampersand_soon(void **state)
{
    struct dnp_xml_reader *reader = dnp_xml_reader_new(1024);
    struct dnp_error error;
    (void)state;
    assert_non_null(reader);
    assert_true(dnp_xml_feed(reader, dnp_slice_of("<a>Tom "), &error));
    assert_true(dnp_xml_feed(reader, dnp_slice_of("&am"), &error));
    assert_false(dnp_xml_feed(reader, dnp_slice_of(" Jerry<b>"), &error));
    assert_int_equal(error.kind, DNP_PROTOCOL);
    dnp_xml_reader_free(reader);
}

/* libxml2 reads a long CDATA section some bytes at a time, and may stop before any of them. */
static void takes_ampersands_in_cdata(void **state)
{
    char piece[2048] = "<a><![CDATA[";
    struct dnp_xml_reader *reader = dnp_xml_reader_new(4096);
    struct dnp_error error;
    struct dnp_token token;
    (void)state;
    assert_non_null(reader);
    memset(piece + strlen(piece), '&', sizeof piece - strlen(piece));
    assert_true(dnp_xml_feed(reader, (struct dnp_slice){piece, sizeof piece}, &error));
    assert_true(dnp_xml_feed(reader, dnp_slice_of("]]></a>"), &error));
    dnp_xml_next(reader, &token);
    assert_int_equal(token.text.length, sizeof piece - strlen("<a><![CDATA["));
    assert_true(dnp_xml_finish(reader, &error));
    dnp_xml_reader_free(reader);
}

static void refuses_dtd(void **state)
{
    (void)state;
    REFUSE("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", DNP_PROTOCOL, "DTD");
    REFUSE("<!DOCTYPE a SYSTEM \"http://127.0.0.1/x.dtd\"><a/>", DNP_PROTOCOL, "DTD");
    /* Of one without a '>' before its end libxml2 reads on to there, and keeps the entity in a document. */
    struct dnp_error error;
    struct dnp_xml_reader *reader = dnp_xml_reader_new(16);
    assert_false(dnp_xml_feed(reader, dnp_slice_of("<!DOCTYPE a [<!ENTITY x \"y\"]><a>&x;</a>"), &error));
    assert_non_null(strstr(error.message, "DTD"));
    dnp_xml_reader_free(reader);
}

static void stops_at_limits(void **state)
{
    (void)state;
    char document[4096];
    REFUSE("<a><b>0123456789abcdefX</b></a>", DNP_LIMIT, "a value beyond the limit of 16");
    REFUSE("<a><b>0123456789abcde&amp;X</b></a>", DNP_LIMIT, "a value beyond the limit of 16");
    CHECK("<a><b>0123456789abcdef</b></a>", "<a>b=0123456789abcdef|</a>");
    document[0] = '\0';
    for (int i = 0; i <= DNP_XML_MAX_DEPTH; i++) {
        strcat(document, "<d>");
    }
    REFUSE(document, DNP_LIMIT, "nesting beyond the limit of 64");
    memset(document, 'n', sizeof document);
    document[0] = '<';
    (void)snprintf(document + 1 + DNP_XML_MAX_NAME + 1, 16, "/>");
    REFUSE(document, DNP_LIMIT, "a name beyond the limit of 512");
}

/* A document that is made of `head`, `count` times `piece` with its number, and `tail`, and read as it comes. */
static void expect_limit(const char *head, const char *piece, size_t count, const char *tail, const char *message)
{
    size_t size = strlen(head) + count * (strlen(piece) + 20) + strlen(tail) + 1;
    char *document = malloc(size);
    char *transcript = malloc(size);
    struct dnp_error error;
    assert_non_null(document);
    assert_non_null(transcript);
    size_t used = (size_t)snprintf(document, size, "%s", head);
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(document + used, size - used, piece, i);
    }
    used += (size_t)snprintf(document + used, size - used, "%s", tail);
    struct dnp_xml_reader *reader = dnp_xml_reader_new(1024);
    for (int scans = 0; scans <= 1; scans++) {
        dnp_xml_reader_scan_leaves(reader, scans == 1);
        bool good = true;
        assert_true(dnp_xml_reader_reset(reader, &error));
        for (size_t at = 0; good && at < used; at += 4096) {
            struct dnp_token token = {.kind = DNP_TOKEN_START};
            struct dnp_slice bytes = {document + at, used - at < 4096 ? used - at : 4096};
            good = dnp_xml_feed(reader, bytes, &error);
            while (good && token.kind != DNP_TOKEN_NONE) {
                dnp_xml_next(reader, &token);
            }
        }
        assert_false(good);
        assert_int_equal(error.kind, DNP_LIMIT);
        assert_non_null(strstr(error.message, message));
        /* The next document is none the worse for it. */
        assert_true(read_in_pieces(reader, dnp_slice_of("<q><r>1</r></q>"), 3, transcript, &error));
        assert_string_equal(transcript, "<q>r=1|</q>");
    }
    dnp_xml_reader_free(reader);
    free(document);
    free(transcript);
}

/* Each of these takes libxml2 minutes or gigabytes where nothing stops it. */
static void stops_what_costs_too_much(void **state)
{
    (void)state;
    expect_limit("<a", " a%zu='v'", 300000, "/>", "a tag or comment beyond the limit of 65536");
    expect_limit("<a", " xmlns:a%zu='v'", 300000, "/>", "a tag or comment beyond the limit of 65536");
    expect_limit("<a b='", "%zu>", 300000, "'/>", "a tag or comment beyond the limit of 65536");
    expect_limit("<a><!--", "%zu>", 300000, "--></a>", "a tag or comment beyond the limit of 65536");
    expect_limit("<a>", "<n%zu/>", 300000, "</a>", "different names beyond the limit of 8192");
    expect_limit("<a>", "<a n%zu='1'></a>", 300000, "</a>", "different names beyond the limit of 8192");
    expect_limit("<a", " a%zu='v'", DNP_XML_MAX_ATTRIBUTES + 1, "/>", "attributes beyond the limit of 64");
    expect_limit("<a", " xmlns:a%zu='v'", DNP_XML_MAX_ATTRIBUTES + 1, "/>", "namespaces beyond the limit of 64");
}

/* Names of one document are not remembered against the next. */
static void forgets_names(void **state)
{
    struct dnp_xml_reader *reader = dnp_xml_reader_new(1024);
    char document[64];
    char transcript[TRANSCRIPT_SIZE];
    char expected[64];
    struct dnp_error error;
    (void)state;
    assert_non_null(reader);
    for (int i = 0; i < 3 * DNP_XML_MAX_NAMES; i++) {
        (void)snprintf(document, sizeof document, "<a%d><b%d>x</b%d></a%d>", i, i, i, i);
        (void)snprintf(expected, sizeof expected, "<a%d>b%d=x|</a%d>", i, i, i);
        assert_true(read_in_pieces(reader, dnp_slice_of(document), 100, transcript, &error));
        assert_string_equal(transcript, expected);
    }
    dnp_xml_reader_free(reader);
}

static void writer_escapes(void **state)
{
    (void)state;
    struct dnp_buffer out;
    dnp_buffer_init(&out, 1024);
    dnp_xml_text(&out, dnp_slice_of("a&b<c>d\r\n\x01"), DNP_TEXT_CLIENT);
    assert_string_equal(out.data, "a&amp;b&lt;c&gt;d&#13;\n\x01");
    dnp_buffer_clear(&out);
    dnp_xml_text(&out, dnp_slice_of("\r\x01\xEF\xBF\xBE\xEF\xBB\xBF\xED\x9F\xBF"), DNP_TEXT_ASMX);
    assert_string_equal(out.data, "\r&#x1;&#xFFFE;\xEF\xBB\xBF\xED\x9F\xBF");
    dnp_buffer_clear(&out);
    dnp_xml_attribute_text(&out, dnp_slice_of("a\"b<"));
    assert_string_equal(out.data, "a&quot;b&lt;");
    dnp_buffer_free(&out);
}

/* Whether one element is the same as its parts. The text is as long as its memory, which sanitizers watch. */
static void check_element(struct dnp_slice text, enum dnp_text_mode mode)
{
    static const size_t room = 512;
    struct dnp_buffer whole;
    struct dnp_buffer parts;
    dnp_buffer_init(&whole, room);
    dnp_buffer_init(&parts, room);
    dnp_xml_element(&whole, "Name", text, mode);
    dnp_xml_open(&parts, "Name");
    dnp_xml_text(&parts, text, mode);
    dnp_xml_close(&parts, "Name");
    assert_int_equal(whole.length, parts.length);
    assert_memory_equal(whole.data, parts.data, parts.length + 1);
    dnp_buffer_free(&whole);
    dnp_buffer_free(&parts);
}

/* Every byte at every place of short and longer texts: they are looked at in blocks. */
static void writer_writes_elements(void **state)
{
    (void)state;
    for (size_t length = 1; length <= 36; length++) {
        char *text = malloc(length);
        assert_non_null(text);
        for (size_t at = 0; at < length; at++) {
            for (int byte = 0; byte < 0x100; byte++) {
                memset(text, 'a', length);
                text[at] = (char)(unsigned char)byte;
                check_element((struct dnp_slice){text, length}, DNP_TEXT_CLIENT);
                check_element((struct dnp_slice){text, length}, DNP_TEXT_ASMX);
            }
        }
        free(text);
    }
    check_element((struct dnp_slice){"", 0}, DNP_TEXT_CLIENT);
}

/* A reference takes more room than what it stands for, and ends where the text does. */
static void writer_writes_characters(void **state)
{
    static const char *const texts[] = {"\xC3\xA9", "\xED\x9F\xBF", "\xED\xA0\x80", "\xEF\xBF\xBE", "\xEF\xBF", "\xED"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        check_element(dnp_slice_of(texts[i]), DNP_TEXT_CLIENT);
        check_element(dnp_slice_of(texts[i]), DNP_TEXT_ASMX);
    }
}

/* What is written last is whole, or not there at all. */
static void writer_keeps_to_the_ceiling(void **state)
{
    (void)state;
    for (size_t ceiling = 0; ceiling < 40; ceiling++) {
        struct dnp_buffer out;
        dnp_buffer_init(&out, ceiling);
        dnp_xml_plain_element(&out, "Name", dnp_slice_of("12345"));
        assert_int_equal(out.length, ceiling < strlen("<Name>12345</Name>") ? 0 : strlen("<Name>12345</Name>"));
        dnp_xml_open(&out, "N");
        dnp_xml_close(&out, "N");
        dnp_xml_empty(&out, "N");
        assert_true(out.length <= ceiling);
        assert_true(out.length == 0 || strlen(out.data) == out.length);
        dnp_buffer_free(&out);
    }
}

static void check_text(const char *text, size_t length, size_t bad_at, const char *reason_part)
{
    const char *reason = "";
    assert_int_equal(dnp_utf8_check((struct dnp_slice){text, length}, &reason), bad_at);
    assert_non_null(strstr(reason, reason_part));
}

static void checks_text(void **state)
{
    (void)state;
    check_text("plain \t\n\r \xC3\xA9 \xF0\x9F\x98\x80", 17, 17, "");
    check_text("ab\x01", 3, 2, "control character");
    check_text("ab\0c", 4, 2, "control character");
    check_text("a\xC3", 2, 1, "not UTF-8");
    check_text("\xC0\xAF", 2, 0, "not UTF-8");
    check_text("\xE0\x80\xAF", 3, 0, "not UTF-8");
    check_text("\xED\xA0\x80", 3, 0, "not UTF-8");
    check_text("\xF5\x80\x80\x80", 4, 0, "not UTF-8");
    check_text("\xF4\x90\x80\x80", 4, 0, "not UTF-8");
    check_text("x\xEF\xBF\xBE", 4, 1, "U+FFFE");
}

static void buffer_gives_large_memory_back(void **state)
{
    (void)state;
    struct dnp_buffer buffer;
    dnp_buffer_init(&buffer, SIZE_MAX / 2);
    for (int i = 0; i < 100000; i++) {
        assert_true(dnp_buffer_puts(&buffer, "0123456789"));
    }
    assert_true(buffer.capacity >= 1000000);
    dnp_buffer_clear(&buffer);
    assert_true(buffer.capacity < 1000000);
    assert_int_equal(buffer.length, 0);
    assert_true(dnp_buffer_puts(&buffer, "small"));
    const char *data = buffer.data;
    dnp_buffer_clear(&buffer);
    assert_ptr_equal(buffer.data, data);
    dnp_buffer_free(&buffer);
}

static void buffer_has_a_ceiling(void **state)
{
    (void)state;
    struct dnp_buffer buffer;
    dnp_buffer_init(&buffer, 10);
    assert_true(dnp_buffer_puts(&buffer, "0123456789"));
    assert_false(dnp_buffer_puts(&buffer, "x"));
    assert_int_equal(buffer.state, DNP_BUFFER_FULL);
    assert_string_equal(buffer.data, "0123456789");
    assert_false(dnp_buffer_append(&buffer, "", 0));
    dnp_buffer_wipe(&buffer);
    assert_int_equal(buffer.data[5], 0);
    assert_true(dnp_buffer_puts(&buffer, "again"));
    dnp_buffer_free(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_elements),
        cmocka_unit_test(reads_text),
        cmocka_unit_test(reads_forbidden_references),
        cmocka_unit_test(joins_surrogate_references),
        cmocka_unit_test(keeps_surrogates_where_asked),
        cmocka_unit_test(reads_text_beside_elements),
        cmocka_unit_test(reads_attributes),
        cmocka_unit_test(reads_other_encodings),
        cmocka_unit_test(gives_namespaces),
        cmocka_unit_test(refuses_what_is_no_document),
        cmocka_unit_test(refuses_a_bare_ampersand),
        cmocka_unit_test(sees_a_bare_ampersand_soon),
        cmocka_unit_test(takes_ampersands_in_cdata),
        cmocka_unit_test(refuses_dtd),
        cmocka_unit_test(stops_at_limits),
        cmocka_unit_test(stops_what_costs_too_much),
        cmocka_unit_test(forgets_names),
        cmocka_unit_test(writer_escapes),
        cmocka_unit_test(writer_writes_elements),
        cmocka_unit_test(writer_writes_characters),
        cmocka_unit_test(writer_keeps_to_the_ceiling),
        cmocka_unit_test(checks_text),
        cmocka_unit_test(buffer_gives_large_memory_back),
        cmocka_unit_test(buffer_has_a_ceiling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
