/*
 * The codec: what is encoded for every operation and dialect is decoded to the same values; what a panel may send
 * beyond that is read or refused.
 */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lookup/find.h"
#include "recording_sink.h"
#include "soap/codec.h"
#include "soap/names.h"

#define NAMESPACE "http://officepark/dotnetpanel/enterpriseserver"
#define SOAP11 "http://schemas.xmlsoap.org/soap/envelope/"
#define ENVELOPE(header, body) "<s:Envelope xmlns:s=\"" SOAP11 "\">" header "<s:Body>" body "</s:Body></s:Envelope>"
#define USER(fields)                                                                       \
    ENVELOPE("", "<GetUserByIdResponse xmlns=\"" NAMESPACE "\"><GetUserByIdResult>" fields \
                 "</GetUserByIdResult></GetUserByIdResponse>")
#define HEADER(content) ENVELOPE("<s:Header>" content "</s:Header>", "<GetUserByIdResponse xmlns=\"" NAMESPACE "\"/>")

/* A source that has two of everything, and writes down what it gave in the recording sink's form. */
struct generator {
    struct recording given;
    struct dnp_sink sink;
    size_t rows_left;
    const struct dnp_table *table;
};

static const struct dnp_field generated_columns[] = {
    {.name = "QuotaID", .type = &dnp_type_int, .dialects = DNP_ALL_DIALECTS},
    {.name = "QuotaName", .type = &dnp_type_string, .dialects = DNP_ALL_DIALECTS},
};

static const struct dnp_table generated_tables[] = {
    {"Table", generated_columns, 2},
    {"Table1", generated_columns, 1},
};

static void fill_scalar(const struct dnp_field *field, struct dnp_value *value)
{
    switch (field->type->kind) {
    case DNP_ENUM:
        value->text = dnp_slice_of(field->type->values[0].name);
        value->integer = field->type->values[0].number;
        break;
    case DNP_DATETIME:
        value->text = dnp_slice_of("2024-02-29T23:59:59.997");
        break;
    case DNP_DECIMAL:
        value->text = dnp_slice_of("4.9900");
        value->number = 4.99;
        break;
    case DNP_STRING:
        value->text = dnp_slice_of("<&> \r\n ]]> Zo\xC3\xAB");
        break;
    default:
        value->text = dnp_slice_of("42");
        value->integer = 42;
        value->boolean = true;
        break;
    }
}

static enum dnp_presence generate(void *context, const struct dnp_field *field, size_t index, struct dnp_value *value,
                                  struct dnp_error *error)
{
    struct generator *generator = context;
    (void)index, (void)error;
    if (!DNP_IS_SCALAR(field->type->kind)) {
        value->count = 2;
        generator->sink.begin(&generator->given, field);
        if (field->type->kind == DNP_DATASET) {
            generator->sink.table(&generator->given, &generated_tables[0], 0);
            generator->sink.table(&generator->given, &generated_tables[1], 1);
            generator->rows_left = 4;
        }
        return DNP_PRESENT;
    }
    fill_scalar(field, value);
    generator->sink.value(&generator->given, field, value);
    return DNP_PRESENT;
}

static void end_row(struct generator *generator)
{
    if (generator->table != NULL) {
        generator->sink.row_end(&generator->given, generator->table, 0);
        generator->table = NULL;
    }
}

static void leave(void *context, const struct dnp_field *field)
{
    struct generator *generator = context;
    generator->sink.end(&generator->given, field);
}

static bool describe_table(void *context, size_t index, struct dnp_table *table, struct dnp_error *error)
{
    (void)context, (void)error;
    *table = generated_tables[index];
    return true;
}

static enum dnp_presence next_row(void *context, size_t index, struct dnp_error *error)
{
    struct generator *generator = context;
    (void)error;
    end_row(generator);
    if (generator->rows_left == 2 * (1 - index)) {
        return DNP_MISSING;
    }
    generator->rows_left--;
    generator->table = &generated_tables[index];
    generator->sink.row_begin(&generator->given, generator->table, index);
    return DNP_PRESENT;
}

static void check_message(const struct dnp_type *message, const struct dnp_dialect_info *dialect, enum dnp_side sender,
                          enum dnp_soap_version version)
{
    const struct dnp_soap_limits limits = {4096};
    struct generator generator = {0};
    generator.sink = recording_sink(&generator.given);
    const struct dnp_source source = {&generator, generate, leave, describe_table, next_row, NULL};
    struct recording read;
    const struct dnp_sink sink = recording_sink(&read);
    struct dnp_soap_decoder *decoder = dnp_soap_decoder_new(&limits);
    struct dnp_error error = {0};
    struct dnp_buffer out;
    enum dnp_side receiver = sender == DNP_CLIENT_SIDE ? DNP_SERVER_SIDE : DNP_CLIENT_SIDE;
    dnp_buffer_init(&out, 1024 * 1024);
    assert_true(dnp_soap_encode(&out, message, dialect, sender, version, &source, NULL, &error));
    if (!dnp_soap_decoder_start(decoder, message, dialect, receiver, &sink, &error) ||
        !dnp_soap_decoder_feed(decoder, (struct dnp_slice){out.data, out.length}, &error) ||
        !dnp_soap_decoder_finish(decoder, &error)) {
        fail_msg("%s: %s\n%s", message->name, error.message, out.data);
    }
    assert_int_equal(dnp_soap_decoder_version(decoder), version);
    if (sender == DNP_CLIENT_SIDE) {
        assert_string_equal(read.text, generator.given.text);
    }
    assert_true(read.events == generator.given.events);
    dnp_soap_decoder_free(decoder);
    dnp_buffer_free(&out);
}

static void carries_every_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < dnp_operation_count; i++) {
        for (size_t j = 0; j < dnp_dialect_count; j++) {
            check_message(&dnp_operations[i].request, &dnp_dialects[j], DNP_CLIENT_SIDE, DNP_SOAP_11);
            check_message(&dnp_operations[i].response, &dnp_dialects[j], DNP_SERVER_SIDE, DNP_SOAP_11);
            check_message(&dnp_operations[i].response, &dnp_dialects[j], DNP_SERVER_SIDE, DNP_SOAP_12);
        }
    }
}

static bool decode(const char *document, const char *operation, enum dnp_dialect dialect, struct recording *recording,
                   struct dnp_soap_decoder *decoder, struct dnp_error *error)
{
    const struct dnp_sink sink = recording_sink(recording);
    const struct dnp_dialect_info *info = &dnp_dialects[dialect == DNP_SOLIDCP ? 2 : 0];
    return dnp_soap_decoder_start(decoder, &dnp_find_operation(operation, dialect)->response, info, DNP_CLIENT_SIDE,
                                  &sink, error) &&
           dnp_soap_decoder_feed(decoder, dnp_slice_of(document), error) && dnp_soap_decoder_finish(decoder, error);
}

static struct dnp_soap_decoder *new_decoder(void **state)
{
    return *state;
}

static void read_user(void **state, const char *document, const char *expected)
{
    struct recording recording;
    struct dnp_error error;
    if (!decode(document, "GetUserById", DNP_DOTNETPANEL, &recording, new_decoder(state), &error)) {
        fail_msg("%s", error.message);
    }
    assert_string_equal(recording.text, expected);
}

static void refuse_user(void **state, const char *document, enum dnp_error_kind kind, const char *message)
{
    struct recording recording;
    struct dnp_error error;
    assert_false(decode(document, "GetUserById", DNP_DOTNETPANEL, &recording, new_decoder(state), &error));
    assert_int_equal(error.kind, kind);
    if (strstr(error.message, message) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", message, error.message);
    }
}

static void reads_any_order_and_unknown_elements(void **state)
{
    read_user(state, USER("<UserId>5</UserId><RoleId>3</RoleId>"), "GetUserByIdResult{UserId=5;RoleId=3;}");
    read_user(state, USER("<MfaMode>1</MfaMode><UserId>5</UserId><New><Deep a='b'>x&amp;y</Deep></New>"),
              "GetUserByIdResult{UserId=5;?<MfaMode>1</MfaMode><New><Deep>x&amp;y</Deep></New>?}");
    read_user(state, USER("<x:Other xmlns:x='urn:x'>1</x:Other><UserId>5</UserId>"), "GetUserByIdResult{UserId=5;}");
}

static void tells_absent_from_empty(void **state)
{
    refuse_user(state, USER(""), DNP_PROTOCOL, "<GetUserByIdResult> is empty");
    read_user(state, USER("<Comments/>"), "GetUserByIdResult{Comments=;}");
    read_user(state, ENVELOPE("", "<GetUserByIdResponse xmlns=\"" NAMESPACE "\"/>"), "");
    assert_false(dnp_soap_decoder_has_result(new_decoder(state)));
    read_user(state,
              ENVELOPE("", "<GetUserByIdResponse xmlns=\"" NAMESPACE "\" "
                           "xmlns:i='http://www.w3.org/2001/XMLSchema-instance'>"
                           "<GetUserByIdResult i:nil='true'/></GetUserByIdResponse>"),
              "");
    assert_false(dnp_soap_decoder_has_result(new_decoder(state)));
    read_user(state, USER("<Comments xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='true'/>"),
              "GetUserByIdResult{}");
}

static void refuses_bad_values(void **state)
{
    refuse_user(state, USER("<UserId>x</UserId>"), DNP_PROTOCOL, "<UserId> does not hold a 32-bit integer");
    refuse_user(state, USER("<UserId>2147483648</UserId>"), DNP_PROTOCOL, "32-bit integer");
    refuse_user(state, USER("<UserId/>"), DNP_PROTOCOL, "32-bit integer");
    refuse_user(state, USER("<IsDemo>yes</IsDemo>"), DNP_PROTOCOL, "<IsDemo> does not hold a boolean");
    refuse_user(state, USER("<UserId><x/></UserId>"), DNP_PROTOCOL, "holds elements where a value was expected");
}

static void refuses_other_documents(void **state)
{
    refuse_user(state, "<html/>", DNP_PROTOCOL, "not a SOAP envelope but <html>");
    refuse_user(state, ENVELOPE("", ""), DNP_PROTOCOL, "body is empty");
    refuse_user(state, "<s:Envelope xmlns:s=\"" SOAP11 "\"/>", DNP_PROTOCOL, "no body");
    refuse_user(state, ENVELOPE("", "<AddUserResponse xmlns=\"" NAMESPACE "\"/>"), DNP_PROTOCOL, "<AddUserResponse>");
    refuse_user(state, ENVELOPE("", "<GetUserByIdResponse xmlns=\"http://smbsaas/solidcp/enterpriseserver\"/>"),
                DNP_PROTOCOL, "in the solidcp dialect, but the session's is dotnetpanel");
}

static void understands_headers(void **state)
{
    read_user(state, HEADER("<a:To xmlns:a='urn:a'>x</a:To><b/>"), "");
    read_user(state, HEADER("<a:To xmlns:a='urn:a' s:mustUnderstand='0'>x</a:To>"), "");
    refuse_user(state, HEADER("<a:To xmlns:a='urn:a' s:mustUnderstand='1'>x</a:To>"), DNP_PROTOCOL,
                "<To> must be understood");
    read_user(state,
              HEADER("<w:Security xmlns:w='http://docs.oasis-open.org/wss/2004/01/"
                     "oasis-200401-wss-wssecurity-secext-1.0.xsd' s:mustUnderstand='1'><u:Timestamp xmlns:u='urn:u'>"
                     "<u:Created>x</u:Created></u:Timestamp></w:Security>"),
              "");
    refuse_user(state,
                HEADER("<w:Security xmlns:w='http://docs.oasis-open.org/wss/2004/01/"
                       "oasis-200401-wss-wssecurity-secext-1.0.xsd' s:mustUnderstand='1'><Encrypted/></w:Security>"),
                DNP_PROTOCOL, "must be understood");
}

#define SECURITY(content)                                                                                       \
    HEADER("<w:Security xmlns:w='" DNP_WSSE_NAMESPACE "' xmlns:u='" DNP_WSU_NAMESPACE "'><u:Timestamp>" content \
           "</u:Timestamp></w:Security>")

/* Of a timestamp only that it is one: whose clock is right is not for the decoder to say. */
static void looks_at_timestamps(void **state)
{
    read_user(state,
              SECURITY("<u:Created>2010-06-15T12:00:00Z</u:Created><u:Expires>2010-06-15T12:05:00.1Z</u:Expires>"), "");
    read_user(state, SECURITY(""), "");
    read_user(state, SECURITY("<Created>soon</Created>"), "");
    refuse_user(state, SECURITY("<u:Created>soon</u:Created>"), DNP_PROTOCOL,
                "a timestamp whose Created is not a time");
    refuse_user(state, SECURITY("<u:Expires/>"), DNP_PROTOCOL, "a timestamp whose Expires is not a time");
    refuse_user(state, SECURITY("<u:Expires><u:at>2010-06-15T12:00:00Z</u:at></u:Expires>"), DNP_PROTOCOL,
                "a timestamp whose Expires is not a time");
}

static void check_fault(void **state, const char *document, const char *code, const char *text)
{
    struct recording recording;
    struct dnp_error error;
    assert_true(decode(document, "GetUserById", DNP_DOTNETPANEL, &recording, new_decoder(state), &error));
    const struct dnp_soap_fault *fault = dnp_soap_decoder_fault(new_decoder(state));
    assert_non_null(fault);
    assert_string_equal(fault->code, code);
    assert_int_equal(fault->text.length, strlen(text));
    assert_memory_equal(fault->text.data, text, fault->text.length);
}

static void reads_faults(void **state)
{
    struct dnp_buffer out;
    struct dnp_error error;
    dnp_buffer_init(&out, 4096);
    for (int version = DNP_SOAP_11; version <= DNP_SOAP_12; version++) {
        dnp_buffer_clear(&out);
        assert_true(dnp_soap_encode_fault(&out, (enum dnp_soap_version)version, "Client", "a <b>\nc", &error));
        check_fault(state, out.data, "Client", "a <b>\nc");
    }
    dnp_buffer_free(&out);
    check_fault(state, ENVELOPE("", "<s:Fault><faultcode>s:Server.user</faultcode><faultstring/></s:Fault>"),
                "Server.user", "");
    check_fault(state, ENVELOPE("", "<s:Fault/>"), "", "");
}

static void parses_integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        int64_t value;
    } cases[] = {
        {"0", true, 0},
        {" 2 ", true, 2},
        {"+2", true, 2},
        {"002", true, 2},
        {"-0", true, 0},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775807", true, INT64_MAX},
        {"9223372036854775808", false, 0},
        {"99999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"2.0", false, 0},
        {"2 3", false, 0},
        {"0x1", false, 0},
        {"--1", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t value = 0;
        assert_int_equal(dnp_parse_integer(dnp_slice_of(cases[i].text), INT64_MIN, INT64_MAX, &value), cases[i].good);
        assert_true(!cases[i].good || value == cases[i].value);
    }
}

static void parses_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {
        {"0", 0},
        {"-0.0", 0},
        {" 12.5 ", 12.5},
        {"+.5", 0.5},
        {"5.", 5},
        {"1E3", 1000},
        {"-1.25e-2", -0.0125},
        {"0.1", 0.1},
        {"19.9900", 19.99},
        {"1e400", HUGE_VAL},
        {"1e-400", 0},
        {"79228162514264337593543950335", 79228162514264337593543950335.0},
        {"INF", HUGE_VAL},
        {"-INF", -HUGE_VAL},
        {"2.2250738585072014e-308", 2.2250738585072014e-308},
    };
    static const char *const bad[] = {"",   "-",   ".",   "1,5",  "0x10", "inf", "nan",
                                      "1e", "1e+", "1 2", "1e 2", "e5",   "1..2"};
    double value = 0;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(dnp_parse_number(dnp_slice_of(good[i].text), &value));
        assert_true(value == good[i].value);
    }
    assert_true(dnp_parse_number(dnp_slice_of("NaN"), &value) && value != value);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(dnp_parse_number(dnp_slice_of(bad[i]), &value));
    }
    char digits[1000];
    memset(digits, '1', sizeof digits);
    assert_false(dnp_parse_number((struct dnp_slice){digits, sizeof digits}, &value));
    assert_true(dnp_parse_number((struct dnp_slice){digits, 300}, &value));
}

static void formats_numbers(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {0.1, "0.1"},
        {-19.99, "-19.99"},
        {1e22, "1e+22"},
        {HUGE_VAL, "INF"},
        {-HUGE_VAL, "-INF"},
        {1.0 / 3, "0.33333333333333331"},
    };
    char text[DNP_NUMBER_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dnp_format_number(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
}

/* A program that embeds the library may have set a locale with a decimal comma, where the system has one. */
static void numbers_know_no_locale(void **state)
{
    (void)state;
    const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8", "pt_BR.UTF-8"};
    char text[DNP_NUMBER_SIZE];
    double value = 0;
    bool comma = false;
    for (size_t i = 0; !comma && i < sizeof names / sizeof names[0]; i++) {
        comma = setlocale(LC_NUMERIC, names[i]) != NULL && localeconv()->decimal_point[0] == ',';
    }
    assert_true(dnp_parse_number(dnp_slice_of("1.5"), &value) && value == 1.5);
    dnp_format_number(2.5, text);
    assert_string_equal(text, "2.5");
    (void)setlocale(LC_NUMERIC, "C");
    if (!comma) {
        skip();
    }
}

static void checks_dates(void **state)
{
    (void)state;
    static const char *const good[] = {
        "2024-02-29",           "2024-01-02T03:04:05",       "2024-01-02T03:04:05.1234567",
        "2024-01-02T03:04:05Z", "2024-01-02T03:04:05+05:30", " 2024-01-02 ",
        "0001-01-01T00:00:00"};
    static const char *const bad[] = {"",
                                      "2023-02-29",
                                      "20240102",
                                      "2024-01-02 03:04:05",
                                      "2024-1-2",
                                      "2024-01-02T03:04",
                                      "2024-01-02T25:00:00",
                                      "2024-13-01",
                                      "2024-01-02T03:04:05.",
                                      "2024-01-02T03:04:05+5",
                                      "0000-01-01",
                                      "2024-01-02x"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(dnp_check_datetime(dnp_slice_of(good[i])));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(dnp_check_datetime(dnp_slice_of(bad[i])));
    }
}

static int set_up(void **state)
{
    const struct dnp_soap_limits limits = {4096};
    *state = dnp_soap_decoder_new(&limits);
    return *state == NULL;
}

static int tear_down(void **state)
{
    dnp_soap_decoder_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_every_message),
        cmocka_unit_test(reads_any_order_and_unknown_elements),
        cmocka_unit_test(tells_absent_from_empty),
        cmocka_unit_test(refuses_bad_values),
        cmocka_unit_test(refuses_other_documents),
        cmocka_unit_test(understands_headers),
        cmocka_unit_test(looks_at_timestamps),
        cmocka_unit_test(reads_faults),
        cmocka_unit_test(parses_integers),
        cmocka_unit_test(parses_numbers),
        cmocka_unit_test(formats_numbers),
        cmocka_unit_test(numbers_know_no_locale),
        cmocka_unit_test(checks_dates),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
