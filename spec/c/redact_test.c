/*
 * Secrets out of texts: elements by name, literals in any spelling, those that an encoder records.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "auth/basic.h"
#include "contract/contract.h"
#include "soap/codec.h"
#include "soap/redact.h"
#include "soap/secrets.h"

#define CEILING ((size_t)1 << 24)

static void expect_xml(const char *xml, const char *expected)
{
    struct dnp_buffer out;
    dnp_buffer_init(&out, CEILING);
    assert_true(dnp_redact_xml(&out, dnp_slice_of(xml)));
    assert_string_equal(out.data, expected);
    dnp_buffer_free(&out);
}

/* `secrets` ends with NULL. */
static void expect_secrets(const char *text, const char *const *secrets, const char *expected)
{
    struct dnp_secrets known;
    struct dnp_buffer out;
    dnp_secrets_init(&known);
    dnp_buffer_init(&out, CEILING);
    for (; *secrets != NULL; secrets++) {
        assert_true(dnp_secrets_add(&known, dnp_slice_of(*secrets)));
    }
    assert_true(dnp_secrets_redact(&known, &out, dnp_slice_of(text)));
    assert_string_equal(out.data, expected);
    dnp_buffer_free(&out);
    dnp_secrets_free(&known);
}

static void expect_literal(const char *text, const char *secret, const char *expected)
{
    const char *const secrets[] = {secret, NULL};
    expect_secrets(text, secrets, expected);
}

static void test_elements(void **state)
{
    (void)state;
    expect_xml("", "");
    expect_xml("no markup at all < > &", "no markup at all < > &");
    expect_xml("<a><Username>bob</Username><Password>s3cret</Password><Email>x</Email></a>",
               "<a><Username>bob</Username><Password>[redacted]</Password><Email>x</Email></a>");
    expect_xml("<password>one</password><oldPassword>two</oldPassword><newPassword>three</newPassword>",
               "<password>[redacted]</password><oldPassword>[redacted]</oldPassword>"
               "<newPassword>[redacted]</newPassword>");
    expect_xml("<d:Password xmlns:d=\"urn:x\" >s</d:Password\n>",
               "<d:Password xmlns:d=\"urn:x\" >[redacted]</d:Password\n>");
}

static void test_names_are_whole_names(void **state)
{
    static const char *const innocent[] = {"<Passwords>x</Passwords>",
                                           "<MyPassword>x</MyPassword>",
                                           "<PASSWORD>x</PASSWORD>",
                                           "<ChangeUserPasswordResult>0</ChangeUserPasswordResult>",
                                           "<xs:element name=\"Password\" type=\"xs:string\" />",
                                           "<Password:other>x</Password:other>"};
    (void)state;
    for (size_t i = 0; i < sizeof innocent / sizeof innocent[0]; i++) {
        expect_xml(innocent[i], innocent[i]);
    }
}

static void test_empty_ones_stay(void **state)
{
    (void)state;
    expect_xml("<Password /><Email>x</Email>", "<Password /><Email>x</Email>");
    expect_xml("<Password/><Email>x</Email>", "<Password/><Email>x</Email>");
    expect_xml("<Password></Password><Email>x</Email>", "<Password></Password><Email>x</Email>");
    expect_xml("<Password nil=\"true\"/><Email>x</Email>", "<Password nil=\"true\"/><Email>x</Email>");
}

static void test_content_of_any_kind(void **state)
{
    (void)state;
    expect_xml("<Password>a&lt;b<!-- </Password> --><![CDATA[</Password>]]>c</Password>d",
               "<Password>[redacted]</Password>d");
    expect_xml("<Password><Password>a</Password>b</Password>c", "<Password>[redacted]</Password>c");
    expect_xml("<Password><x>a</x><Password/>b</Password>c", "<Password>[redacted]</Password>c");
    expect_xml("<Password a='>' b=\"/>\">secret</Password>", "<Password a='>' b=\"/>\">[redacted]</Password>");
    expect_xml("<![CDATA[<Password>inner</Password>]]>", "<![CDATA[<Password>[redacted]</Password>]]>");
    expect_xml("<!-- <Password>inner</Password> -->", "<!-- <Password>[redacted]</Password> -->");
}

static void test_broken_text_tells_nothing(void **state)
{
    (void)state;
    expect_xml("<Password>secr", "<Password>[redacted]");
    expect_xml("<Password>secret</Passw", "<Password>[redacted]");
    expect_xml("<Password>secret</password><a>b</a>", "<Password>[redacted]");
    expect_xml("<Password>secret<!-- ", "<Password>[redacted]");
    expect_xml("<Password>secret<![CDATA[ x </Password>", "<Password>[redacted]");
    expect_xml("<Password a=\">secret</Password>", "<Password[redacted]</Password>");
    expect_xml("<Password secret", "<Password[redacted]");
    expect_xml("<Password", "<Password");
    expect_xml("<a b=\"><Password>secret</Password>", "<a b=\"><Password>[redacted]</Password>");
    expect_xml("<<Password>secret</Password>", "<<Password>[redacted]</Password>");
    expect_xml("<!--<Password>secret", "<!--<Password>[redacted]");
}

/* However a text is cut, nothing of the secret is left of it. */
static void test_every_cut(void **state)
{
    static const char xml[] = "<r><x:Password a='1'>QQQQ<![CDATA[QQ]]>QQ</x:Password><u/><password>QQQ</password></r>";
    (void)state;
    for (size_t length = 0; length <= strlen(xml); length++) {
        struct dnp_buffer out;
        struct dnp_slice cut = {xml, length};
        dnp_buffer_init(&out, CEILING);
        assert_true(dnp_redact_xml(&out, cut));
        assert_null(strchr(out.data, 'Q'));
        dnp_buffer_free(&out);
    }
}

/* Texts that make a careless scanner start over and over. */
static void test_hostile_texts_take_no_time(void **state)
{
    static const char *const units[] = {"<!--",           "<a \"",     "<", "<Password>",
                                        "<Password a=\"", "<![CDATA[", "&", "</Password>"};
    enum { SIZE = 1 << 20 };
    struct dnp_secrets known;
    char *text = malloc(SIZE);
    (void)state;
    assert_non_null(text);
    dnp_secrets_init(&known);
    assert_true(dnp_secrets_add(&known, dnp_slice_of("password")));
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        struct dnp_buffer out;
        struct dnp_slice all = {text, SIZE};
        for (size_t at = 0; at < SIZE; at++) {
            text[at] = units[i][at % strlen(units[i])];
        }
        dnp_buffer_init(&out, CEILING);
        assert_true(dnp_redact_xml(&out, all));
        assert_true(dnp_secrets_redact(&known, &out, all));
        dnp_buffer_free(&out);
    }
    dnp_secrets_free(&known);
    free(text);
}

static void test_literals(void **state)
{
    (void)state;
    expect_literal("", "s3cret", "");
    expect_literal("s3cret", "s3cret", "[redacted]");
    expect_literal("a s3crets3cret b s3cre", "s3cret", "a [redacted] b [redacted]");
    expect_literal("ss3cret", "s3cret", "s[redacted]");
    expect_literal("s3cr", "s3cret", "[redacted]"); /* cut by the end */
    expect_literal("s3c", "s3cret", "s3c");
    expect_literal("s3cre s3cr3t", "s3cret", "s3cre s3cr3t");
    expect_literal("abc", "abc", "abc");
    expect_literal("abcd", "abcd", "[redacted]");
    expect_literal("anything", "", "anything");
}

static void test_escaped_literals(void **state)
{
    (void)state;
    expect_literal("x a&b<c>\"' y", "a&b<c>\"'", "x [redacted] y");
    expect_literal("x a&amp;b&lt;c&gt;&quot;&apos; y", "a&b<c>\"'", "x [redacted] y");
    expect_literal("x a&#38;b&#x3c;c>&#34;&#X27; y", "a&b<c>\"'", "x [redacted] y");
    expect_literal("p&#228;ss p\xc3\xa4ss p&#xE4;ss", "p\xc3\xa4ss", "[redacted] [redacted] [redacted]");
    expect_literal("12&#8364;4 12&#x1F600;4",
                   "12\xe2\x82\xac"
                   "4",
                   "[redacted] 12&#x1F600;4");
    expect_literal("12&#x1F600;4",
                   "12\xf0\x9f\x98\x80"
                   "4",
                   "[redacted]");
    expect_literal("x&amp;y&amp;amp;y", "x&amp;y", "[redacted]&amp;amp;y");
    expect_literal("a&amp;amp;b&amp;lt;c> a&amp;amp;amp;b&amp;amp;lt;c&gt; a&amp;#38;b&amp;#x3C;c>", "a&b<c>",
                   "[redacted] [redacted] [redacted]");
    expect_literal("a&amp;amp;lt;b a&amp;lt;b a&lt;b", "a&lt;b", "[redacted] [redacted] [redacted]");
    expect_literal("a&amp;amp;amp;amp;b", "a&bc", "a&amp;amp;amp;amp;b");
    expect_literal("pass&#12", "pass", "[redacted]&#12");
    expect_literal("pass&", "pass&word", "[redacted]");
    expect_literal("pass&am", "pass&word", "pass&am");
    expect_literal("ab&#99999999999999999999;cd", "ab&#cd", "ab&#99999999999999999999;cd");
    expect_literal("ab&#x110000;&#;&#x;&;", "abcd", "ab&#x110000;&#;&#x;&;");
}

static void test_percent_encoded_literals(void **state)
{
    (void)state;
    expect_literal("?p=a%26b%3Cc%3e%22%27&q", "a&b<c>\"'", "?p=[redacted]&q");
    expect_literal("p%C3%A4ss p%c3%a4ss", "p\xc3\xa4ss", "[redacted] [redacted]");
    expect_literal("a&amp;%41b a%26%2541b a&%41b", "a&%41b", "[redacted] [redacted] [redacted]");
    expect_literal("100%41 %zz%4", "abcd", "100%41 %zz%4");
}

/* Whichever comes first, nothing is left of the longer one, nor of one that overlaps another. */
static void test_secrets_within_secrets(void **state)
{
    static const struct {
        const char *secrets[4];
        const char *text;
        const char *expected;
    } cases[] = {
        {{NULL}, "word", "word"},
        {{"word", "password1"}, "my password1, your word", "my [redacted], your [redacted]"},
        {{"password1", "word"}, "my password1, your word", "my [redacted], your [redacted]"},
        {{"abcdef", "defghi"}, "abcdefghi.", "[redacted]."},
        {{"defghi", "abcdef"}, "abcdefghi.", "[redacted]."},
        {{"redacted", "secret"}, "secret redacted", "[redacted] [redacted]"},
        {{"[redacted]", "secret"}, "secret", "[redacted]"},
        {{"abc", "", "abcd"}, "abc abcd", "abc [redacted]"},
        {{"same", "same", "same"}, "same", "[redacted]"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect_secrets(cases[i].text, cases[i].secrets, cases[i].expected);
    }
}

static void test_forgotten_secrets(void **state)
{
    struct dnp_secrets known;
    struct dnp_buffer out;
    (void)state;
    dnp_secrets_init(&known);
    dnp_buffer_init(&out, CEILING);
    assert_true(dnp_secrets_add(&known, dnp_slice_of("secret")));
    dnp_secrets_clear(&known);
    assert_true(dnp_secrets_add(&known, dnp_slice_of("other")));
    assert_true(dnp_secrets_redact(&known, &out, dnp_slice_of("no secret, no other")));
    assert_string_equal(out.data, "no secret, no [redacted]");
    dnp_buffer_free(&out);
    dnp_secrets_free(&known);
}

/* The text of a buffer without room is not shown in part. */
static void test_secrets_without_room(void **state)
{
    struct dnp_secrets known;
    struct dnp_buffer out;
    (void)state;
    dnp_secrets_init(&known);
    assert_true(dnp_secrets_add(&known, dnp_slice_of("secret")));
    dnp_buffer_init(&out, 12);
    assert_false(dnp_secrets_redact(&known, &out, dnp_slice_of("a secret of some length")));
    dnp_buffer_free(&out);
    dnp_secrets_free(&known);
}

/* ---- which names are secret ---- */

/* The fields of the contract, each once a record is met. */
struct walk {
    bool (*visit)(void *context, const struct dnp_field *field);
    void *context;
};

static bool walk_type(const struct walk *walk, const struct dnp_type *type)
{
    for (size_t i = 0; i < type->field_count; i++) {
        if (!walk->visit(walk->context, &type->fields[i]) || !walk_type(walk, type->fields[i].type)) {
            return false;
        }
    }
    return true;
}

static bool walk_contract(const struct walk *walk)
{
    for (size_t i = 0; i < dnp_operation_count; i++) {
        if (!walk_type(walk, &dnp_operations[i].request) || !walk_type(walk, &dnp_operations[i].response)) {
            return false;
        }
    }
    return true;
}

static bool is_listed(const char *name)
{
    size_t times = 0;
    for (const char *const *secret = dnp_secret_names; *secret != NULL; secret++) {
        times += strcmp(*secret, name) == 0;
    }
    assert_true(times <= 1);
    return times == 1;
}

static bool compare_with_list(void *context, const struct dnp_field *field)
{
    size_t *fields = context;
    *fields += 1;
    if (is_listed(field->name) != ((field->flags & DNP_SECRET) != 0)) {
        fail_msg("%s is secret in one place and not in another", field->name);
    }
    return true;
}

static bool is_not_secret_of(void *context, const struct dnp_field *field)
{
    return (field->flags & DNP_SECRET) == 0 || strcmp(field->name, context) != 0;
}

static void test_secret_names(void **state)
{
    size_t fields = 0;
    const struct walk compare = {compare_with_list, &fields};
    (void)state;
    assert_true(walk_contract(&compare));
    assert_true(fields > 500);
    for (const char *const *secret = dnp_secret_names; *secret != NULL; secret++) {
        const struct walk look = {is_not_secret_of, (void *)(uintptr_t)*secret};
        assert_false(walk_contract(&look));
    }
}

/* ---- what an encoder records ---- */

static enum dnp_presence give_name(void *context, const struct dnp_field *field, size_t index, struct dnp_value *value,
                                   struct dnp_error *error)
{
    (void)context, (void)index, (void)error;
    value->text = dnp_slice_of(field->type->kind == DNP_STRING ? field->name : "2024-01-02T03:04:05");
    value->count = field->type->kind == DNP_DATASET ? 0 : 1;
    return DNP_PRESENT;
}

static void leave(void *context, const struct dnp_field *field)
{
    (void)context, (void)field;
}

struct expectation {
    const struct dnp_dialect_info *dialect;
    char text[400];
    size_t length;
};

static bool expect_secret(void *context, const struct dnp_field *field)
{
    struct expectation *expectation = context;
    bool sent = dnp_field_on_wire(field, expectation->dialect->dialect) && field->alias_of == NULL;
    if (sent && (field->flags & DNP_SECRET) != 0) {
        size_t size = strlen(field->name);
        memcpy(expectation->text + expectation->length, &size, sizeof size);
        memcpy(expectation->text + expectation->length + sizeof size, field->name, size);
        expectation->length += sizeof size + size;
    }
    return true;
}

static size_t check_recorded(const struct dnp_operation *operation, const struct dnp_dialect_info *dialect)
{
    const struct dnp_source source = {.get = give_name, .leave = leave};
    struct expectation expectation = {.dialect = dialect};
    const struct walk walk = {expect_secret, &expectation};
    struct dnp_secrets secrets;
    struct dnp_buffer out;
    struct dnp_error error;
    dnp_secrets_init(&secrets);
    dnp_buffer_init(&out, CEILING);
    if (!dnp_soap_encode(&out, &operation->request, dialect, DNP_CLIENT_SIDE, DNP_SOAP_11, &source, &secrets, &error)) {
        fail_msg("%s: %s", operation->name, error.message);
    }
    assert_true(walk_type(&walk, &operation->request));
    assert_int_equal(secrets.values.length, expectation.length);
    assert_true(expectation.length == 0 || memcmp(secrets.values.data, expectation.text, expectation.length) == 0);
    dnp_buffer_free(&out);
    dnp_secrets_free(&secrets);
    return expectation.length;
}

/* Of every operation of every dialect the values of its secret fields, and no others. */
static void test_recorded_by_the_encoder(void **state)
{
    size_t recorded = 0;
    (void)state;
    for (size_t i = 0; i < dnp_operation_count; i++) {
        for (size_t j = 0; j < dnp_dialect_count; j++) {
            if ((dnp_operations[i].dialects & (unsigned)dnp_dialects[j].dialect) != 0) {
                recorded += check_recorded(&dnp_operations[i], &dnp_dialects[j]) > 0;
            }
        }
    }
    assert_true(recorded >= 10);
}

static void expect_basic(const char *username, const char *password, const char *expected)
{
    struct dnp_buffer out;
    dnp_buffer_init(&out, CEILING);
    assert_true(dnp_basic_append(&out, username, password));
    assert_string_equal(out.data, expected);
    dnp_buffer_free(&out);
}

static void test_basic(void **state)
{
    (void)state;
    expect_basic("", "", "Basic Og==");
    expect_basic("a", "", "Basic YTo=");
    expect_basic("a", "b", "Basic YTpi");
    expect_basic("serveradmin", "serveradmin", "Basic c2VydmVyYWRtaW46c2VydmVyYWRtaW4=");
    expect_basic("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    expect_basic("j\xc3\xb6rg", "\xff\xfe?>", "Basic asO2cmc6//4/Pg==");
}

static void test_basic_without_room(void **state)
{
    struct dnp_buffer out;
    (void)state;
    dnp_buffer_init(&out, 8);
    assert_false(dnp_basic_append(&out, "user", "password"));
    dnp_buffer_free(&out);
}

static void test_mangled(void **state)
{
    (void)state;
    assert_null(dnp_basic_mangled("user", "pass word/+~!"));
    assert_non_null(strstr(dnp_basic_mangled("us:er", "password"), "user name holds a colon"));
    assert_non_null(strstr(dnp_basic_mangled("user", "pass:word"), "password holds a colon"));
    assert_non_null(strstr(dnp_basic_mangled("\xc3\xbcser", "password"), "user name is not plain ASCII"));
    assert_non_null(strstr(dnp_basic_mangled("user", "p\xc3\xa4ss"), "password is not plain ASCII"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements),
        cmocka_unit_test(test_names_are_whole_names),
        cmocka_unit_test(test_empty_ones_stay),
        cmocka_unit_test(test_content_of_any_kind),
        cmocka_unit_test(test_broken_text_tells_nothing),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_hostile_texts_take_no_time),
        cmocka_unit_test(test_literals),
        cmocka_unit_test(test_escaped_literals),
        cmocka_unit_test(test_percent_encoded_literals),
        cmocka_unit_test(test_secrets_within_secrets),
        cmocka_unit_test(test_forgotten_secrets),
        cmocka_unit_test(test_secrets_without_room),
        cmocka_unit_test(test_secret_names),
        cmocka_unit_test(test_recorded_by_the_encoder),
        cmocka_unit_test(test_basic),
        cmocka_unit_test(test_basic_without_room),
        cmocka_unit_test(test_mangled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
