/*
 * Records and rows that are read past libxml2: what the scanner takes and what it leaves, and that the sink gets the
 * same by every way, however the bytes come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lookup/find.h"
#include "soap/codec.h"
#include "soap/record_scan.h"
#include "support/recording_sink.h"

#define NAMESPACE "http://officepark/dotnetpanel/enterpriseserver"
#define ENVELOPE(body)                                                   \
    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" " \
    "xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><s:Body>" body "</s:Body></s:Envelope>"
#define USERS(content)                                                                                \
    ENVELOPE("<GetUsersResponse xmlns=\"" NAMESPACE "\"><GetUsersResult>" content "</GetUsersResult>" \
             "</GetUsersResponse>")
#define BEGINNING                                                        \
    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">" \
    "<s:Body><GetUsersResponse xmlns=\"" NAMESPACE "\"><GetUsersResult>"
#define PLAIN "<UserInfo><UserId>7</UserId><Comments>x</Comments></UserInfo>"
#define TOLD "UserInfo{UserId=7;Comments=x;}"
/* A record between two that the fast path takes. */
#define BETWEEN(record) USERS(PLAIN record PLAIN)
#define SCHEMA                                                                                                    \
    "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns=\"\"><xs:element name=\"D\"><xs:complexType>" \
    "<xs:choice><xs:element name=\"T\"><xs:complexType><xs:sequence><xs:element name=\"A\" type=\"xs:int\"/>"     \
    "<xs:element name=\"B\" type=\"xs:dateTime\"/><xs:element name=\"A&gt;1&lt;/A\" type=\"xs:string\"/>"         \
    "</xs:sequence></xs:complexType></xs:element></xs:choice></xs:complexType></xs:element></xs:schema>"
#define ROWS(content)                                                                                      \
    ENVELOPE("<GetPackageAddonsResponse xmlns=\"" NAMESPACE "\"><GetPackageAddonsResult>" SCHEMA           \
             "<d:diffgram xmlns:d=\"urn:schemas-microsoft-com:xml-diffgram-v1\" "                          \
             "xmlns:m=\"urn:schemas-microsoft-com:xml-msdata\"><D xmlns=\"\">" content "</D></d:diffgram>" \
             "</GetPackageAddonsResult></GetPackageAddonsResponse>")
#define ROW "<T d:id=\"T1\" m:rowOrder=\"0\"><A>7</A><B>2010-07-16T12:53:06+02:00</B></T>"
#define ROW_TOLD "(A=7;B=2010-07-16T12:53:06;)"
#define DATASET(rows) "GetPackageAddonsResult{table T;" rows "}"

/* ---- the scanner by itself ---- */

static size_t scan(const char *record, size_t length, const char *prefix)
{
    static struct dnp_record_form form;
    static struct dnp_scanned_record scanned;
    char *bytes = malloc(length + 1); /* of their exact size, so that memory checkers see a byte too many */
    assert_non_null(bytes);
    memcpy(bytes, record, length);
    dnp_record_form_make(&form, &dnp_type_user_info, "UserInfo", DNP_WEBSITEPANEL, dnp_slice_of(prefix));
    struct dnp_slice slice = {bytes, length};
    dnp_record_scan(&form, 100, slice, &scanned);
    free(bytes);
    return scanned.whole ? scanned.length : 0;
}

static void takes_plain_records(void **state)
{
    static const char *const records[] = {
        PLAIN,
        "<UserInfo>\r\n\t<UserId>7</UserId>\n <Comments>x</Comments>\r\n</UserInfo>",
        "\r\n  <UserInfo><UserId>7</UserId></UserInfo>",
        "<UserInfo><Comments>&amp;&lt;&gt;&quot;&apos; > ]] ]&gt; \t\n</Comments></UserInfo>",
        "<UserInfo><Comments /><LastName/><Username></Username><Vlans /></UserInfo>",
        "<UserInfo><Comments>Zo\xC3\xAB \xE2\x82\xAC \xF0\x9F\x98\x80</Comments></UserInfo>",
    };
    (void)state;
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        size_t length = strlen(records[i]);
        assert_int_equal(scan(records[i], length, ""), length);
        for (size_t cut = 0; cut < length; cut++) {
            assert_int_equal(scan(records[i], cut, ""), 0);
        }
        assert_int_equal(scan(records[i], length, "t"), 0);
    }
    static const char prefixed[] = "<t:UserInfo><t:UserId>7</t:UserId><t:Comments /></t:UserInfo>";
    assert_int_equal(scan(prefixed, strlen(prefixed), "t"), strlen(prefixed));
    assert_int_equal(scan(prefixed, strlen(prefixed), ""), 0);
}

static void leaves_everything_else(void **state)
{
    static const char *const records[] = {
        "<UserInfo></UserInfo>",
        "<UserInfo />",
        "<UserInfo i:type='UserInfo'><UserId>7</UserId></UserInfo>",
        "<UserInfo ><UserId>7</UserId></UserInfo>",
        "<UserInfo><UserId i:nil='true' /></UserInfo>",
        "<UserInfo><UserId >7</UserId></UserInfo>",
        "<UserInfo><UserId>7</UserId ></UserInfo>",
        "<UserInfo><UserId>7</RoleId></UserInfo>",
        "<UserInfo><UserId>7</UserId></UserInf>",
        "<UserInfo><UserId>7</UserId></PackageInfo>",
        "<UserInfo><UserId>7</UserId>text</UserInfo>",
        "<UserInfo>text<UserId>7</UserId></UserInfo>",
        "<UserInfo><UserId>7</UserId><RoleId>3</RoleId></UserInfo>",
        "<UserInfo><UserId>7</UserId><UserId>7</UserId></UserInfo>",
        "<UserInfo><UserId>7</UserId><New>7</New></UserInfo>",
        "<UserInfo><t:UserId>7</t:UserId></UserInfo>",
        "<UserInfo><UserId>7</UserId><Vlans></Vlans></UserInfo>",
        "<UserInfo><Comments>&#65;</Comments></UserInfo>",
        "<UserInfo><Comments>&#x41;</Comments></UserInfo>",
        "<UserInfo><Comments>&amp</Comments></UserInfo>",
        "<UserInfo><Comments>&nbsp;</Comments></UserInfo>",
        "<UserInfo><Comments>a\rb</Comments></UserInfo>",
        "<UserInfo><Comments>a\r\nb</Comments></UserInfo>",
        "<UserInfo><Comments>a]]>b</Comments></UserInfo>",
        "<UserInfo><Comments>a\x01</Comments></UserInfo>",
        "<UserInfo><Comments>a\xC3</Comments></UserInfo>",
        "<UserInfo><Comments>\xED\xA0\x80</Comments></UserInfo>",
        "<UserInfo><Comments>\xEF\xBF\xBE</Comments></UserInfo>",
        "<UserInfo><Comments><![CDATA[a]]></Comments></UserInfo>",
        "<UserInfo><Comments>a<!-- b --></Comments></UserInfo>",
        "<UserInfo><!-- b --><UserId>7</UserId></UserInfo>",
        "<UserInfo><UserId>7</UserId><?p i?></UserInfo>",
        "<UserInfo><Comments><b>7</b></Comments></UserInfo>",
        "<PackageInfo><UserId>7</UserId></PackageInfo>",
        "<!-- b --><UserInfo><UserId>7</UserId></UserInfo>",
        ("<UserInfo><Comments>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaa</Comments></UserInfo>"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        if (scan(records[i], strlen(records[i]), "") != 0) {
            fail_msg("%s was taken", records[i]);
        }
    }
}

/* ---- all ways report the same ---- */

struct document {
    const char *operation;
    const char *text;
    const char *expected; /* what the sink gets; or, where it is refused, a part of the error */
};

enum { LEAVES = 1, RECORDS = 2 };

static bool decode(struct dnp_soap_decoder *decoder, const struct document *document, size_t piece,
                   struct recording *recording, struct dnp_error *error)
{
    const struct dnp_sink sink = recording_sink(recording);
    const struct dnp_operation *operation = dnp_find_operation(document->operation, DNP_DOTNETPANEL);
    struct dnp_slice text = dnp_slice_of(document->text);
    assert_non_null(operation);
    assert_true(dnp_soap_decoder_start(decoder, &operation->response, &dnp_dialects[0], DNP_CLIENT_SIDE, &sink, error));
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

static void check_pieces(struct dnp_soap_decoder *decoder, const struct document *document, bool refused, size_t piece)
{
    struct recording recording;
    struct dnp_error first;
    struct dnp_error error;
    for (int way = 0; way <= (LEAVES | RECORDS); way++) {
        dnp_soap_decoder_scan_leaves(decoder, (way & LEAVES) != 0);
        dnp_soap_decoder_scan_records(decoder, (way & RECORDS) != 0);
        if (decode(decoder, document, piece, &recording, &error) == refused) {
            fail_msg("%s, way %d, pieces of %zu", document->text, way, piece);
        }
        if (!refused) {
            assert_string_equal(recording.text, document->expected);
            continue;
        }
        first = way == 0 ? error : first;
        assert_int_equal(error.kind, first.kind);
        assert_string_equal(error.name, first.name);
        assert_string_equal(error.message, first.message);
        if (strstr(error.message, document->expected) == NULL) {
            fail_msg("%s, way %d, pieces of %zu: %s", document->text, way, piece, error.message);
        }
    }
}

static void check_all(const struct document *documents, size_t count, bool refused)
{
    const struct dnp_soap_limits limits = {4096};
    struct dnp_soap_decoder *decoder = dnp_soap_decoder_new(&limits);
    assert_non_null(decoder);
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(documents[i].text);
        for (size_t piece = 1; piece < length; piece = piece < 40 ? piece + 1 : piece * 2) {
            check_pieces(decoder, &documents[i], refused, piece);
        }
        check_pieces(decoder, &documents[i], refused, length);
    }
    dnp_soap_decoder_free(decoder);
}

#define COUNT(documents) (sizeof(documents) / sizeof((documents)[0]))

#define LIST(records) "GetUsersResult{" records "}"
#define AROUND(record) LIST(TOLD record TOLD)

static void reports_records_alike(void **state)
{
    static const struct document documents[] = {
        {"GetUsers", BETWEEN(PLAIN), AROUND(TOLD)},
        {"GetUsers", BETWEEN("\r\n  <UserInfo>\r\n  <UserId>8</UserId>\r\n</UserInfo>\r\n"),
         AROUND("UserInfo{UserId=8;}")},
        {"GetUsers", BETWEEN("<UserInfo><Comments>&amp;&lt;&gt;&quot;&apos;</Comments></UserInfo>"),
         AROUND("UserInfo{Comments=&<>\"';}")},
        {"GetUsers", BETWEEN("<UserInfo><Comments>&#65;&#x42;</Comments></UserInfo>"),
         AROUND("UserInfo{Comments=AB;}")},
        {"GetUsers", BETWEEN("<UserInfo><Comments>a\r\nb\rc</Comments></UserInfo>"),
         AROUND("UserInfo{Comments=a\nb\nc;}")},
        {"GetUsers", BETWEEN("<UserInfo><Comments>a]]&gt;</Comments></UserInfo>"), AROUND("UserInfo{Comments=a]]>;}")},
        {"GetUsers", BETWEEN("<UserInfo><UserId>8</UserId><UserId>9</UserId></UserInfo>"),
         AROUND("UserInfo{UserId=8;UserId=9;}")},
        {"GetUsers", BETWEEN("<UserInfo><UserId>8</UserId><RoleId>3</RoleId></UserInfo>"),
         AROUND("UserInfo{UserId=8;RoleId=3;}")},
        {"GetUsers", BETWEEN("<UserInfo><UserId>8</UserId><New>1</New></UserInfo>"),
         AROUND("UserInfo{UserId=8;?<New>1</New>?}")},
        {"GetUsers", BETWEEN("<UserInfo><UserId>8</UserId><Comments i:nil='true'/></UserInfo>"),
         AROUND("UserInfo{UserId=8;}")},
        {"GetUsers", BETWEEN("<UserInfo i:type='UserInfo'><UserId>8</UserId></UserInfo>"),
         AROUND("UserInfo{UserId=8;}")},
        {"GetUsers", BETWEEN("<!-- a --><UserInfo><!-- b --><UserId>8<!-- c --></UserId></UserInfo>"),
         AROUND("UserInfo{UserId=8;}")},
        {"GetUsers", BETWEEN("<UserInfo><Comments><![CDATA[<a>]]></Comments></UserInfo>"),
         AROUND("UserInfo{Comments=<a>;}")},
        {"GetUsers", BETWEEN("<t:UserInfo xmlns:t='" NAMESPACE "'><t:UserId>8</t:UserId></t:UserInfo>"),
         AROUND("UserInfo{UserId=8;}")},
        {"GetUsers",
         ENVELOPE("<t:GetUsersResponse xmlns:t='" NAMESPACE "'><t:GetUsersResult><t:UserInfo><t:UserId>7</t:UserId>"
                  "<t:Comments/></t:UserInfo> <t:UserInfo><t:UserId>8</t:UserId></t:UserInfo></t:GetUsersResult>"
                  "</t:GetUsersResponse>"),
         LIST("UserInfo{UserId=7;Comments=;}UserInfo{UserId=8;}")},
        /* Odd ones among plain ones in one record. */
        {"GetUsers",
         BETWEEN("<UserInfo><RoleId>3</RoleId><UserId i:nil='true'/><OwnerId>2</OwnerId><Comments>a&#10;b</Comments>"
                 "<LastName>L</LastName><!-- a --><Username>u</Username><New><A>1</A></New><FirstName>F</FirstName>"
                 "<RoleId>4</RoleId></UserInfo>"),
         AROUND("UserInfo{RoleId=3;OwnerId=2;Comments=a\nb;LastName=L;Username=u;FirstName=F;RoleId=4;"
                "?<New><A>1</A></New>?}")},
        {"GetUserSettings",
         ENVELOPE("<GetUserSettingsResponse xmlns='" NAMESPACE "'><GetUserSettingsResult><UserId>7</UserId>"
                  "<SettingsName>n</SettingsName><SettingsArray><ArrayOfString><string>a</string><string>b</string>"
                  "</ArrayOfString><ArrayOfString /><ArrayOfString><string /><string>&#65;</string><string>c</string>"
                  "</ArrayOfString></SettingsArray></GetUserSettingsResult></GetUserSettingsResponse>"),
         "GetUserSettingsResult{UserId=7;SettingsName=n;SettingsArray{ArrayOfString{string=a;string=b;}ArrayOfString{}"
         "ArrayOfString{string=;string=A;string=c;}}}"},
        {"GetUserById",
         ENVELOPE("<GetUserByIdResponse xmlns='" NAMESPACE "'><GetUserByIdResult><UserId>7</UserId></GetUserByIdResult>"
                  "</GetUserByIdResponse>"),
         "GetUserByIdResult{UserId=7;}"},
    };
    (void)state;
    check_all(documents, COUNT(documents), false);
}

/* What is wrong first is reported, wherever pieces end. */
static void refuses_alike(void **state)
{
    static const struct document documents[] = {
        {"GetUsers", BETWEEN("<UserInfo><UserId>x</UserId></UserInfo>"), "<UserId> does not hold"},
        {"GetUsers", BETWEEN("<UserInfo><UserId>x</UserId><a></UserInfo>"), "<UserId> does not hold"},
        {"GetUsers", BETWEEN("<UserInfo><RoleId>3</RoleId><UserId>x</UserId><Email>a\x01"), "<UserId> does not hold"},
        {"GetUsers", BETWEEN("<UserInfo></UserInfo>"), "is empty"},
        {"GetUsers", BETWEEN("<UserInfo>\n<UserId>7</RoleId></UserInfo>"),
         "Opening and ending tag mismatch: UserId and RoleId"},
        {"GetUsers", BETWEEN("<UserInfo><Comments>a]]>b</Comments></UserInfo>"), "not well-formed"},
        {"GetUsers", BETWEEN("<UserInfo><Comments>a\x01</Comments></UserInfo>"), "not well-formed"},
        {"GetUsers", BETWEEN("<UserInfo><Comments>a\xC3</Comments></UserInfo>"), "not well-formed"},
        /* Where a piece ends behind the second line, libxml2 itself has another reason. */
        {"GetUsers", BETWEEN("<UserInfo a=\"b>c\nd\xC3<e></UserInfo>"), "bad bytes or bad markup"},
        {"GetUsers", BETWEEN("<UserInfo><Comm\xC3nts>a</Comments></UserInfo>"), "not well-formed"},
        {"GetUsers", BETWEEN("<UserInfo><Comments>a & b</Comments></UserInfo>"), "& that does not begin"},
        {"GetUsers", BETWEEN("<UserInfo><Comments>&nbsp;</Comments></UserInfo>"), "Entity 'nbsp' not defined"},
        {"GetUsers", BETWEEN("text"), "holds text"},
        {"GetUsers", BETWEEN("<PackageInfo><UserId>7</UserId></PackageInfo>"), "<UserInfo> was expected"},
        {"GetUsers", BETWEEN("<UserInfo xmlns=''><UserId>7</UserId></UserInfo>"), "in no namespace"},
        {"GetUsers", BETWEEN("<t:UserInfo><t:UserId>7</t:UserId></t:UserInfo>"), "not well-formed"},
        /* An element that is wrong, and the next: as soon as that is an element. */
        {"GetUsers", BETWEEN("<A><B>7</B></A>"), "<UserInfo> was expected"},
        {"GetUsers", BETWEEN("<A> <B x='>'>\x01"), "<UserInfo> was expected"},
        {"GetUsers", BETWEEN("<A> <B =''/></A>"), "not well-formed"},
        {"GetUsers", BETWEEN("<A><B>"), "<UserInfo> was expected"},
        /* Cut off. */
        {"GetUsers", BEGINNING PLAIN "<UserInfo><UserId>7</UserId>", "ends before it is complete"},
        {"GetUsers", BEGINNING PLAIN "<UserInfo><UserId>7</User", "ends before it is complete"},
        {"GetUsers", BEGINNING PLAIN "<UserInfo><Comments><![CDATA[x", "ends before it is complete"},
        /* The default namespace is another one inside the result. */
        {"GetUsers",
         ENVELOPE("<t:GetUsersResponse xmlns:t='" NAMESPACE "'><t:GetUsersResult xmlns='urn:x'>" PLAIN
                  "</t:GetUsersResult></t:GetUsersResponse>"),
         "was expected"},
    };
    (void)state;
    check_all(documents, COUNT(documents), true);
}

static void reports_rows_alike(void **state)
{
    static const struct document documents[] = {
        {"GetPackageAddons", ROWS(ROW ROW ROW), DATASET(ROW_TOLD ROW_TOLD ROW_TOLD)},
        {"GetPackageAddons", ROWS("\r\n " ROW "\r\n " ROW "\r\n "), DATASET(ROW_TOLD ROW_TOLD)},
        {"GetPackageAddons", ROWS(ROW ROW "<T d:id=\"T3\" m:rowOrder=\"2\" d:hasChanges=\"inserted\"><A>8</A></T>" ROW),
         DATASET(ROW_TOLD ROW_TOLD "(A=8;)" ROW_TOLD)},
        {"GetPackageAddons", ROWS(ROW ROW "<T d:id=\"&#65;\" m:rowOrder=\"2\"><A>8</A><A>9</A></T>" ROW),
         DATASET(ROW_TOLD ROW_TOLD "(A=8;A=9;)" ROW_TOLD)},
        {"GetPackageAddons", ROWS(ROW ROW "<T m:rowOrder=\"2\" d:id=\"T3\"><B>2010-07-16</B><A>8</A></T>" ROW),
         DATASET(ROW_TOLD ROW_TOLD "(B=2010-07-16;A=8;)" ROW_TOLD)},
    };
    (void)state;
    check_all(documents, COUNT(documents), false);
}

static void refuses_rows_alike(void **state)
{
    static const struct document documents[] = {
        {"GetPackageAddons", ROWS(ROW ROW "<T d:id=\"T3\" m:rowOrder=\"2\" name=\"x\"><A>8</A></T>"),
         "does not declare"},
        {"GetPackageAddons", ROWS(ROW ROW "<T d:id=\"T3\" m:rowOrder=\"2\"><C>8</C></T>"), "was expected"},
        {"GetPackageAddons", ROWS(ROW ROW "<T d:id=\"<\" m:rowOrder=\"2\"><A>8</A></T>"), "not well-formed"},
        {"GetPackageAddons", ROWS("<T x:id=\"T1\" xmlns:x=\"urn:x\"><A>8</A></T><T x:id=\"T1\"><A>8</A></T>"),
         "not well-formed"},
    };
    (void)state;
    check_all(documents, COUNT(documents), true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_plain_records),   cmocka_unit_test(leaves_everything_else),
        cmocka_unit_test(reports_records_alike), cmocka_unit_test(refuses_alike),
        cmocka_unit_test(reports_rows_alike),    cmocka_unit_test(refuses_rows_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
