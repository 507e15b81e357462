/*
 * Addresses of panels: which are refused, with which sentence, and what is read out of the others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/address.h"

static void test_refused(void **state)
{
    static const struct {
        const char *url;
        const char *reason;
    } cases[] = {
        {NULL, "missing"},
        {"", "http://"},
        {"ftp://host", "http://"},
        {"host:9002", "http://"},
        {"http:/host", "http://"},
        {"http:host", "http://"},
        {"httpx://host", "http://"},
        {"http://", "no host"},
        {"http:///path", "no host"},
        {"http://:9002", "no host"},
        {"http://?x", "no host"},
        {"http://[]", "connected"},
        {"http://[]extra", "port"},
        {"http://[::1", "no host"},
        {"http://[", "no host"},
        {"http://host:", "port"},
        {"http://host:/path", "port"},
        {"http://host:0", "port"},
        {"http://host:00000", "port"},
        {"http://host:65536", "port"},
        {"http://host:1234567", "port"},
        {"http://host:4294967376", "port"},
        {"http://host:90x2", "port"},
        {"http://host:-80", "port"},
        {"http://host:+80", "port"},
        {"http://host:80:80", "port"},
        {"http://::1", "no host"},
        {"http://[::1]9002", "port"},
        {"http://[::1]:", "port"},
        {"http://user@host", "user name or password"},
        {"http://user:topsecret@host/", "user name or password"},
        {"http://user:topsecret@[::1]:80/", "user name or password"},
        {"http://@host", "user name or password"},
        {"http://host/esUsers.asmx", "without /esUsers.asmx"},
        {"http://host/esUsers.ASMX/", "without /esUsers.asmx"},
        {"http://host/esUsers.asmx?WSDL", "without /esUsers.asmx"},
        {"http://host/?a=topsecret", "query"},
        {"http://host/#x", "fragment"},
        {"http://host?x", "query"},
        {"http://host#x", "fragment"},
        {"http://ho st", "space"},
        {" http://host", "space"},
        {"http://host ", "space"},
        {"http://host/\r\nX: y", "control"},
        {"http://host/\x7f", "control"},
        {"http://h\xc3\xb6st/", "ASCII"},
        {"http://[topsecret]", "connected"},
        {"http://[1.2.3.4]", "connected"},
        {"http://[fe80::1%25eth0]", "connected"},
        {"http://[:]", "connected"},
        {"http://[::1::2]", "connected"},
        {"http://[1:2:3:4:5:6:7:8:9]", "connected"},
        {"http://[12345::]", "connected"},
        {"http://[::1.2.3.400]", "connected"},
        {"http://ho%0ast/", "connected"},
        {"http://ho<st/", "connected"},
        {"http://ho,st/", "connected"},
        {"http://ho\\st/", "connected"},
        {"http://topsecret\\@host/", "user name or password"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dnp_address address;
        struct dnp_error error;
        if (dnp_address_parse(&address, cases[i].url, &error)) {
            fail_msg("'%s' was taken", cases[i].url);
        }
        assert_int_equal(error.kind, DNP_USAGE);
        if (strstr(error.message, cases[i].reason) == NULL) {
            fail_msg("'%s': %s", cases[i].url, error.message);
        }
        assert_null(strstr(error.message, "topsecret"));
        assert_null(address.url);
        dnp_address_free(&address);
    }
}

static void test_taken(void **state)
{
    static const struct {
        const char *given;
        const char *url;
        const char *scheme;
        const char *host;
        unsigned port;
        const char *path;
        const char *where;
    } cases[] = {
        {"http://host", "http://host", "http", "host", 80, "", "host:80"},
        {"http://host/", "http://host", "http", "host", 80, "", "host:80"},
        {"https://host", "https://host", "https", "host", 443, "", "host:443"},
        {"HTTPS://Host:9002/", "HTTPS://Host:9002", "https", "Host", 9002, "", "Host:9002"},
        {"http://host/a/b///", "http://host/a/b", "http", "host", 80, "/a/b", "host:80"},
        {"http://host//a", "http://host//a", "http", "host", 80, "//a", "host:80"},
        {"http://host///", "http://host", "http", "host", 80, "", "host:80"},
        {"http://host:1", "http://host:1", "http", "host", 1, "", "host:1"},
        {"http://host:08080", "http://host:08080", "http", "host", 8080, "", "host:8080"},
        {"http://host:443/x", "http://host:443/x", "http", "host", 443, "/x", "host:443"},
        {"http://[::1]:65535/x", "http://[::1]:65535/x", "http", "::1", 65535, "/x", "[::1]:65535"},
        {"https://[2001:DB8::a]/", "https://[2001:DB8::a]", "https", "2001:DB8::a", 443, "", "[2001:DB8::a]:443"},
        {"http://[::ffff:127.0.0.1]", "http://[::ffff:127.0.0.1]", "http", "::ffff:127.0.0.1", 80, "",
         "[::ffff:127.0.0.1]:80"},
        {"http://[::]", "http://[::]", "http", "::", 80, "", "[::]:80"},
        {"http://127.0.0.1:1", "http://127.0.0.1:1", "http", "127.0.0.1", 1, "", "127.0.0.1:1"},
        {"http://a-b.c_d.example./", "http://a-b.c_d.example.", "http", "a-b.c_d.example.", 80, "",
         "a-b.c_d.example.:80"},
        {"http://host/a@b", "http://host/a@b", "http", "host", 80, "/a@b", "host:80"},
        {"http://host/a:b%20c", "http://host/a:b%20c", "http", "host", 80, "/a:b%20c", "host:80"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dnp_address address;
        struct dnp_error error;
        if (!dnp_address_parse(&address, cases[i].given, &error)) {
            fail_msg("'%s': %s", cases[i].given, error.message);
        }
        assert_string_equal(address.url, cases[i].url);
        assert_string_equal(address.scheme, cases[i].scheme);
        assert_string_equal(address.host, cases[i].host);
        assert_int_equal(address.port, cases[i].port);
        assert_string_equal(address.path, cases[i].path);
        assert_string_equal(address.where, cases[i].where);
        dnp_address_free(&address);
        dnp_address_free(&address);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
