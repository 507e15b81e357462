/*
 * Responses that are not what the contract says: each is refused with a sentence about what was found, however it comes
 * in pieces, by the fast path or past it. A server, which takes requests as ASMX does, does not mind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lookup/find.h"
#include "recording_sink.h"
#include "soap/codec.h"

#define NAMESPACE "http://officepark/dotnetpanel/enterpriseserver"
#define ENVELOPE(body)                                                   \
    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" " \
    "xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><s:Body>" body "</s:Body></s:Envelope>"
#define RESPONSE(name, content) ENVELOPE("<" name "Response xmlns=\"" NAMESPACE "\">" content "</" name "Response>")
#define RESULT(name, content) RESPONSE(name, "<" name "Result>" content "</" name "Result>")
#define SCHEMA                                                                                                    \
    "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns=\"\"><xs:element name=\"D\"><xs:complexType>" \
    "<xs:choice><xs:element name=\"T\"><xs:complexType><xs:sequence><xs:element name=\"A\" type=\"xs:int\"/>"     \
    "<xs:element name=\"B\" type=\"xs:dateTime\"/></xs:sequence></xs:complexType></xs:element></xs:choice>"       \
    "</xs:complexType></xs:element></xs:schema>"
#define DIFFGRAM(content) \
    "<d:diffgram xmlns:d=\"urn:schemas-microsoft-com:xml-diffgram-v1\" xmlns=\"\">" content "</d:diffgram>"
#define ROWS(content) DIFFGRAM("<D>" content "</D>")

struct document {
    const char *operation;
    const char *text;
    const char *message; /* a part of it; NULL: it is good */
    const char *recorded;
};

static bool feed(struct dnp_soap_decoder *decoder, struct dnp_slice text, size_t piece, struct dnp_error *error)
{
    while (text.length > 0) {
        struct dnp_slice part = {text.data, text.length < piece ? text.length : piece};
        if (!dnp_soap_decoder_feed(decoder, part, error)) {
            return false;
        }
        text.data += part.length;
        text.length -= part.length;
    }
    return dnp_soap_decoder_finish(decoder, error);
}

static bool decode(struct dnp_soap_decoder *decoder, const struct document *document, struct dnp_slice text,
                   size_t piece, struct recording *recording, struct dnp_error *error)
{
    const struct dnp_sink sink = recording_sink(recording);
    const struct dnp_operation *operation = dnp_find_operation(document->operation, DNP_DOTNETPANEL);
    assert_non_null(operation);
    return dnp_soap_decoder_start(decoder, &operation->response, &dnp_dialects[0], DNP_CLIENT_SIDE, &sink, error) &&
           feed(decoder, text, piece, error);
}

static void check_once(struct dnp_soap_decoder *decoder, const struct document *document, struct dnp_slice text,
                       size_t piece)
{
    struct recording recording;
    struct dnp_error error = {0};
    bool good = decode(decoder, document, text, piece, &recording, &error);
    if (good != (document->message == NULL)) {
        fail_msg("%s, pieces of %zu: %s", document->text, piece, good ? "taken for good" : error.message);
    }
    if (good) {
        assert_string_equal(recording.text, document->recorded);
        return;
    }
    assert_int_equal(error.kind, DNP_PROTOCOL);
    if (strstr(error.message, document->message) == NULL) {
        fail_msg("%s, pieces of %zu: \"%s\" is not in \"%s\"", document->text, piece, document->message, error.message);
    }
}

static void check(const struct document *document, struct dnp_slice text)
{
    static const size_t pieces[] = {1, 3, 17, 256, 100000};
    const struct dnp_soap_limits limits = {4096};
    struct dnp_soap_decoder *decoder = dnp_soap_decoder_new(&limits);
    assert_non_null(decoder);
    for (int scans = 0; scans <= 1; scans++) {
        dnp_soap_decoder_scan_leaves(decoder, scans == 1);
        for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
            check_once(decoder, document, text, pieces[i]);
        }
    }
    dnp_soap_decoder_free(decoder);
}

#define CHECK_ALL(documents)                                                     \
    for (size_t i_ = 0; i_ < sizeof(documents) / sizeof((documents)[0]); i_++) { \
        check(&(documents)[i_], dnp_slice_of((documents)[i_].text));             \
    }

static void refuses_other_items(void **state)
{
    static const struct document documents[] = {
        {"GetUsers", RESULT("GetUsers", "<b:UserInfo xmlns:b='urn:b'><b:UserId>7</b:UserId></b:UserInfo>"),
         "<GetUsersResult> holds <UserInfo> in the namespace \"urn:b\" where <UserInfo> was expected", NULL},
        {"GetUsers", RESULT("GetUsers", "<UserInfo xmlns=''><UserId>7</UserId></UserInfo>"),
         "<GetUsersResult> holds <UserInfo> in no namespace", NULL},
        {"GetUsers", RESULT("GetUsers", "<UserInfo><UserId>7</UserId></UserInfo><User><UserId>8</UserId></User>"),
         "<GetUsersResult> holds <User> in the namespace", NULL},
        {"GetUsers", RESULT("GetUsers", "<UserInfo/>"), "<UserInfo> is empty where a member of UserInfo", NULL},
        {"GetUsers", RESULT("GetUsers", " error: no access "),
         "<GetUsersResult> holds text where <UserInfo> was expected: \"error: no access\"", NULL},
        {"GetUsers", RESULT("GetUsers", "<UserInfo><UserId>7</UserId></UserInfo> and more"),
         "<GetUsersResult> holds text where <UserInfo> was expected: \"and more\"", NULL},
        {"GetUsers", RESULT("GetUsers", "<UserInfo>seven</UserInfo>"),
         "<UserInfo> holds text where a member of UserInfo", NULL},
        {"GetUsers", RESULT("GetUsers", "<UserInfo href='#id1'/>"), "<UserInfo> refers to another element (href", NULL},
        {"GetUsers", RESPONSE("GetUsers", "<GetUsersResult href='#id1'/>"), "<GetUsersResult> refers to another", NULL},
        {"GetUsers", RESPONSE("GetUsers", "<e:GetUsersResult xmlns:e='urn:b'/>"),
         "<GetUsersResponse> holds <GetUsersResult> in the namespace \"urn:b\"", NULL},
        {"GetUsers", RESPONSE("GetUsers", "<return/>"),
         "<GetUsersResponse> holds <return> in the namespace \"" NAMESPACE "\" where <GetUsersResult> was expected",
         NULL},
        {"GetUsers", RESPONSE("GetUsers", "none"), "<GetUsersResponse> holds text where <GetUsersResult> was expected",
         NULL},
        {"GetUserSettings",
         RESULT("GetUserSettings", "<UserId>1</UserId><SettingsArray><string>a</string></SettingsArray>"),
         "<SettingsArray> holds <string> in the namespace \"" NAMESPACE "\" where <ArrayOfString> was expected", NULL},
        {"GetUsers", RESULT("GetUsers", "\n <UserInfo>\n <UserId> 7 </UserId>\n </UserInfo>\n <UserInfo i:nil='1'/>\n"),
         NULL, "GetUsersResult{UserInfo{UserId=7;}}"},
        {"GetUsers", RESULT("GetUsers", "\n"), NULL, "GetUsersResult{}"},
        {"GetUsers", RESPONSE("GetUsers", "\n"), NULL, ""},
    };
    (void)state;
    CHECK_ALL(documents);
}

static void refuses_other_members(void **state)
{
    static const struct document documents[] = {
        {"GetUserById", RESULT("GetUserById", "<b:UserId xmlns:b='urn:b'>7</b:UserId>"),
         "<GetUserByIdResult> holds <UserId> in the namespace \"urn:b\" where the namespace of the contract", NULL},
        {"GetUserById", RESULT("GetUserById", "<UserId>7</UserId><Username xmlns=''>j</Username>"),
         "<GetUserByIdResult> holds <Username> in no namespace", NULL},
        {"GetUserById", RESULT("GetUserById", "<Id>7</Id>"),
         "<GetUserByIdResult> holds <Id> in the namespace \"" NAMESPACE "\" where a member of UserInfo was expected",
         NULL},
        {"GetUserById", RESULT("GetUserById", "<b:Id xmlns:b='urn:b'>7</b:Id>"),
         "holds <Id> in the namespace \"urn:b\"", NULL},
        {"GetUserById", RESULT("GetUserById", ""), "<GetUserByIdResult> is empty where a member of UserInfo", NULL},
        {"GetUserById", RESULT("GetUserById", "no such user"), "<GetUserByIdResult> holds text where a member", NULL},
        {"GetUserById", RESULT("GetUserById", "<UserId>7</UserId>x"), "<GetUserByIdResult> holds text where a member",
         NULL},
        {"GetUserById", RESULT("GetUserById", "<UserId href='#id1'/>"), "<UserId> refers to another element", NULL},
        {"GetUserById",
         RESULT("GetUserById", "<Comments e:ref='id1' xmlns:e='http://www.w3.org/2003/05/soap-encoding'/>"),
         "<Comments> refers to another element", NULL},
        {"GetPackageContext", RESULT("GetPackageContext", "<Package/>"), "<Package> is empty", NULL},
        {"GetPackageContext", RESULT("GetPackageContext", "<Package><Groups>x</Groups></Package>"),
         "<Groups> holds text where <HostingPlanGroupInfo> was expected", NULL},
        {"AddPackage", RESULT("AddPackage", "<Outcome>5</Outcome>"), "<AddPackageResult> holds <Outcome>", NULL},
        {"UserExists", RESPONSE("UserExists", "<UserExistsResult href='#id1'/>"), "<UserExistsResult> refers to", NULL},
        {"UserExists", RESPONSE("UserExists", "<UserExistsResult xmlns=''>true</UserExistsResult>"),
         "<UserExistsResponse> holds <UserExistsResult> in no namespace", NULL},
        {"GetUserById", RESULT("GetUserById", "<x:New xmlns:x='urn:x'>1</x:New><Newer>2</Newer><UserId>5</UserId>"),
         NULL, "GetUserByIdResult{UserId=5;?<Newer>2</Newer>?}"},
        {"GetUserById", RESULT("GetUserById", "<UserId i:nil='true' /><Comments/>"), NULL,
         "GetUserByIdResult{Comments=;}"},
        {"GetUserById", RESPONSE("GetUserById", "<GetUserByIdResult><UserId>5</UserId></GetUserByIdResult><extra/>"),
         NULL, "GetUserByIdResult{UserId=5;}"},
    };
    (void)state;
    CHECK_ALL(documents);
}

static void refuses_other_datasets(void **state)
{
    static const struct document documents[] = {
        {"GetRawUsers", RESULT("GetRawUsers", ""), "<GetRawUsersResult> is not a DataSet: it has no schema", NULL},
        {"GetRawUsers", RESULT("GetRawUsers", SCHEMA), "is not a DataSet: it has no diffgram", NULL},
        {"GetRawUsers", RESULT("GetRawUsers", DIFFGRAM("")), "is not a DataSet: it has no schema", NULL},
        {"GetRawUsers",
         RESULT("GetRawUsers", "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"/>" DIFFGRAM("")),
         "is not a DataSet: it has no declaration in its schema", NULL},
        {"GetRawUsers", RESULT("GetRawUsers", SCHEMA "<D xmlns=''><T><A>1</A></T></D>"),
         "<GetRawUsersResult> holds <D> in no namespace where the schema or diffgram of a DataSet was expected", NULL},
        {"GetRawUsers", RESULT("GetRawUsers", "&lt;D>&lt;T>&lt;A>1&lt;/A>"),
         "holds text where the schema or diffgram of a DataSet was expected: \"<D><T><A>1</A>\"", NULL},
        {"GetRawUsers", RESULT("GetRawUsers", SCHEMA "text" DIFFGRAM("")), "holds text where the schema", NULL},
        {"GetRawUsers", RESULT("GetRawUsers", SCHEMA DIFFGRAM("text")), "holds text where the row", NULL},
        {"GetRawUsers", RESULT("GetRawUsers", SCHEMA DIFFGRAM("<D>text</D>")), "holds text where the row", NULL},
        {"GetRawUsers", RESULT("GetRawUsers", SCHEMA ROWS("<T><A>1</A></T>text")), "holds text where the row", NULL},
        {"GetRawUsers", RESULT("GetRawUsers", SCHEMA ROWS("<T>text</T>")), "holds text where a column", NULL},
        {"GetRawUsers", RESULT("GetRawUsers", SCHEMA ROWS("<T><A>1</A>text</T>")), "holds text where a column", NULL},
        {"GetRawUsers", RESULT("GetRawUsers", SCHEMA ROWS("<T><A>1</A><C>2</C></T>")),
         "<GetRawUsersResult> holds <C> in no namespace where a column that the DataSet's schema declares", NULL},
        {"GetRawUsers", RESULT("GetRawUsers", SCHEMA ROWS("<T A='1'/>")), "a row with the attribute A", NULL},
        {"GetRawUsers", RESULT("GetRawUsers", SCHEMA ROWS("<U/>")), "a row of <U>", NULL},
        {"GetRawUsers", RESPONSE("GetRawUsers", "<GetRawUsersResult href='#id1'/>"), "refers to another element", NULL},
        {"GetRawUsers", RESULT("GetRawUsers", SCHEMA DIFFGRAM("")), NULL, "GetRawUsersResult{table T;}"},
        {"GetRawUsers", RESULT("GetRawUsers", SCHEMA DIFFGRAM("<D/>")), NULL, "GetRawUsersResult{table T;}"},
        {"GetRawUsers",
         RESULT("GetRawUsers", "\n" SCHEMA "\n" ROWS("\n<T d:id='T1' d:hasChanges='x'>\n<A>1</A>\n</T>\n<T/>") "\n"),
         NULL, "GetRawUsersResult{table T;(A=1;)()}"},
    };
    (void)state;
    CHECK_ALL(documents);
}

static void refuses_long_values(void **state)
{
    static char text[3][6000];
    static const char *const forms[] = {
        RESULT("GetUserById", "<UserId>%*s7</UserId>"),
        RESULT("GetUserById", "<Role>%*s7</Role>"),
        RESULT("GetUserById", "<Created>%*s7</Created>"),
    };
    static const char *const messages[] = {"<UserId> does not hold a 32-bit integer", "<Role> does not hold a UserRole",
                                           "<Created> does not hold a date and time"};
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        for (int length = 255; length <= 2555; length += 2300) {
            const struct document document = {"GetUserById", text[i], length < 300 ? NULL : messages[i],
                                              i == 0   ? "GetUserByIdResult{UserId=7;}"
                                              : i == 1 ? "GetUserByIdResult{Role=7;}"
                                                       : "GetUserByIdResult{Created=7;}"};
            /* NOLINTNEXTLINE(clang-diagnostic-format-nonliteral) */
            (void)snprintf(text[i], sizeof text[i], forms[i], length, "");
            check(&document, dnp_slice_of(text[i]));
        }
    }
}

/* Whether what comes of it is XML is known when it has come; only then a value is said to be wrong. */
static void judges_long_values_when_they_end(void **state)
{
    static char blanks[20000];
    const struct dnp_soap_limits limits = {1000000};
    struct dnp_soap_decoder *decoder = dnp_soap_decoder_new(&limits);
    struct recording recording;
    struct dnp_error error = {0};
    (void)state;
    memset(blanks, ' ', sizeof blanks);
    const struct dnp_slice more = {blanks, sizeof blanks};
    static const struct {
        const char *operation;
        const char *begin;
        const char *end;
        bool bad;
    } cases[] = {
        {"GetUserById", "<GetUserByIdResponse xmlns='" NAMESPACE "'><GetUserByIdResult><UserId>", "</UserId>", true},
        {"GetUserById", "<GetUserByIdResponse xmlns='" NAMESPACE "'><GetUserByIdResult><Comments>", "</Comments>",
         false},
        {"GetUserById", "<GetUserByIdResponse xmlns='" NAMESPACE "'><GetUserByIdResult><Newer>", "</Newer>", false},
        {"UserExists", "<UserExistsResponse xmlns='" NAMESPACE "'><UserExistsResult>", "</UserExistsResult>", true},
        {"GetRawUsers",
         "<GetRawUsersResponse xmlns='" NAMESPACE "'><GetRawUsersResult>" SCHEMA
         "<d:diffgram xmlns:d='urn:schemas-microsoft-com:xml-diffgram-v1' xmlns=''><D><T><A>",
         "</A>", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct dnp_sink sink = recording_sink(&recording);
        const struct dnp_operation *operation = dnp_find_operation(cases[i].operation, DNP_DOTNETPANEL);
        assert_true(
            dnp_soap_decoder_start(decoder, &operation->response, &dnp_dialects[0], DNP_CLIENT_SIDE, &sink, &error));
        assert_true(dnp_soap_decoder_feed(
            decoder, dnp_slice_of("<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>"), &error));
        assert_true(dnp_soap_decoder_feed(decoder, dnp_slice_of(cases[i].begin), &error));
        assert_true(dnp_soap_decoder_feed(decoder, more, &error));
        assert_true(dnp_soap_decoder_feed(decoder, more, &error));
        assert_int_equal(dnp_soap_decoder_feed(decoder, dnp_slice_of(cases[i].end), &error), !cases[i].bad);
        assert_true(!cases[i].bad || strstr(error.message, "does not hold") != NULL);
    }
    dnp_soap_decoder_free(decoder);
}

/* What is not kept of a value counts against the limit all the same. */
static void limits_long_values(void **state)
{
    static char blanks[20000];
    const struct dnp_soap_limits limits = {3 * sizeof blanks};
    struct dnp_soap_decoder *decoder = dnp_soap_decoder_new(&limits);
    struct recording recording;
    struct dnp_error error = {0};
    (void)state;
    memset(blanks, ' ', sizeof blanks);
    const struct dnp_sink sink = recording_sink(&recording);
    const struct dnp_operation *operation = dnp_find_operation("GetUserById", DNP_DOTNETPANEL);
    assert_true(
        dnp_soap_decoder_start(decoder, &operation->response, &dnp_dialects[0], DNP_CLIENT_SIDE, &sink, &error));
    assert_true(
        dnp_soap_decoder_feed(decoder,
                              dnp_slice_of("<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>"
                                           "<GetUserByIdResponse xmlns='" NAMESPACE "'><GetUserByIdResult><UserId>"),
                              &error));
    for (int i = 0; i < 3; i++) {
        assert_true(dnp_soap_decoder_feed(decoder, (struct dnp_slice){blanks, sizeof blanks}, &error));
    }
    assert_false(dnp_soap_decoder_feed(decoder, dnp_slice_of("&#32;<!-- -->x"), &error));
    assert_int_equal(error.kind, DNP_LIMIT);
    dnp_soap_decoder_free(decoder);
}

/* ---- recorded responses of others ---- */

static void load(const char *name, char *text, size_t size)
{
    char path[128];
    (void)snprintf(path, sizeof path, "spec/captures/cases/%s.xml", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(text, 1, size - 1, file);
    (void)fclose(file);
    text[length] = '\0';
}

static void judges_the_cases(void **state)
{
    static const struct {
        const char *name;
        struct document document;
    } cases[] = {
        {"list_items_datacontract_ns", {"GetUsers", "", "<GetUsersResult> holds <UserInfo> in the namespace", NULL}},
        {"rec_members_datacontract_ns",
         {"GetUserByUsername", "", "<GetUserByUsernameResult> holds <UserId> in the namespace", NULL}},
        {"list_text_only", {"GetUsers", "", "holds text where <UserInfo> was expected: \"error: no access\"", NULL}},
        {"multiref", {"GetUserByUsername", "", "<GetUserByUsernameResult> refers to another element (href", NULL}},
        {"ds_rows_without_diffgram",
         {"GetPackageAddons", "", "holds <NewDataSet> in no namespace where the schema", NULL}},
        {"ds_escaped_xml_string", {"GetPackageAddons", "", "holds text where the schema or diffgram", NULL}},
        {"ds_attr_columns", {"GetPackageAddons", "", "columns in attributes", NULL}},
        {"ds_name_with_space",
         {"GetPackageAddons", "", NULL, "GetPackageAddonsResult{table Table 1;(Disk Space=5;1st=x;)}"}},
        {"surrogate_charrefs",
         {"GetUserByUsername", "", NULL, "GetUserByUsernameResult{UserId=7;FirstName=\xF0\x9F\x94\xB4x;}"}},
        {"enum_with_blanks", {"GetUserByUsername", "", NULL, "GetUserByUsernameResult{UserId=7;Status=Active;}"}},
        {"bare_amp", {"GetUserByUsername", "", "an & that does not begin a reference", NULL}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[4096];
        struct document document = cases[i].document;
        load(cases[i].name, text, sizeof text);
        document.text = cases[i].name;
        check(&document, dnp_slice_of(text));
    }
}

static void reads_the_faults(void **state)
{
    static const struct {
        const char *name;
        const char *code;
        const char *text;
        const char *detail;
    } cases[] = {
        {"faultstring_leading_newline", "Server", "The account cannot be created.\n   at X", ""},
        {"fault_code_ws", "Client", "padded text\n second", ""},
        {"fault_nested_html", "Server", "see log now", ""},
        {"fault_exception_detail", "Server", "Exception of type X was thrown.",
         "<error>1101</error><message>Cannot find participant.</message>"},
    };
    const struct dnp_soap_limits limits = {4096};
    struct dnp_soap_decoder *decoder = dnp_soap_decoder_new(&limits);
    const struct document document = {"AddUser", "", NULL, NULL};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t piece = 1; piece < 1000; piece += 7) {
            char text[4096];
            struct recording recording;
            struct dnp_error error = {0};
            load(cases[i].name, text, sizeof text);
            assert_true(decode(decoder, &document, dnp_slice_of(text), piece, &recording, &error));
            const struct dnp_soap_fault *fault = dnp_soap_decoder_fault(decoder);
            assert_non_null(fault);
            assert_string_equal(fault->code, cases[i].code);
            assert_int_equal(fault->text.length, strlen(cases[i].text));
            assert_memory_equal(fault->text.data, cases[i].text, fault->text.length);
            assert_int_equal(fault->detail.length, strlen(cases[i].detail));
            assert_memory_equal(fault->detail.data, cases[i].detail, fault->detail.length);
        }
    }
    dnp_soap_decoder_free(decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_other_items),
        cmocka_unit_test(refuses_other_members),
        cmocka_unit_test(refuses_other_datasets),
        cmocka_unit_test(refuses_long_values),
        cmocka_unit_test(judges_long_values_when_they_end),
        cmocka_unit_test(limits_long_values),
        cmocka_unit_test(judges_the_cases),
        cmocka_unit_test(reads_the_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
