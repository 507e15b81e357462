/* Proxies: which name is looked up, and whose fault it is when nobody is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netdb.h>

int __wrap_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **list);

#include "name_server.h"

static int reset_all(void **state)
{
    (void)state;
    reset_names();
    return 0;
}

static void set_proxy_variable(const char *variable, const char *host, int port)
{
    char proxy[URL_SIZE];
    (void)snprintf(proxy, sizeof proxy, "http://%s:%d", host, port);
    assert_int_equal(setenv(variable, proxy, 1), 0);
}

/* It is the proxy's name that is looked up, and the proxy that looks the panel's up. */
static void test_a_proxy_by_name(void **state)
{
    struct dnp_transport_options given = options();
    char proxy[URL_SIZE];
    struct call call;
    struct server *server = server_start(&good, 1);
    (void)state;
    (void)snprintf(proxy, sizeof proxy, "http://proxy.example.com:%d", server->port);
    given.proxy = proxy;
    prepare(&call, &given);
    for (int i = 0; i < 2; i++) {
        set_host(&call, "panel.example.com", 9002);
        assert_int_equal(run(&call), DNP_TRANSFER_DONE);
    }
    server_stop(server);
    assert_memory_equal(server->last, "POST http://panel.example.com:9002/es.asmx ", 43);
    assert_int_equal(count_lookups(), 1);
    assert_string_equal(last_name, "proxy.example.com");
    release(&call, server);
}

static void test_a_proxy_of_the_environment(void **state)
{
    static const char *const variables[] = {"http_proxy", "all_proxy", "ALL_PROXY"};
    (void)state;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        struct dnp_transport_options given = options();
        struct call call;
        struct server *server = server_start(&good, 1);
        (void)reset_all(NULL);
        set_proxy_variable(variables[i], "proxy.example.com", server->port);
        given.proxy = NULL;
        prepare(&call, &given);
        set_host(&call, "panel.example.com", 9002);
        assert_int_equal(run(&call), DNP_TRANSFER_DONE);
        assert_string_equal(last_name, "proxy.example.com");
        assert_int_equal(setenv("no_proxy", "panel.example.com", 1), 0);
        set_host(&call, "panel.example.com", server->port);
        assert_int_equal(run(&call), DNP_TRANSFER_DONE);
        assert_string_equal(last_name, "panel.example.com");
        server_stop(server);
        assert_int_equal(count_lookups(), 2);
        release(&call, server);
    }
}

/* SOCKS, in which the client looks the panel's name up, or leaves it to the proxy. */
static void test_a_socks_proxy(void **state)
{
    /* The greeting is met twice when the attempt is repeated with the panel's address. */
    static const struct canned responses[] = {{"\x05\x00", 2, KEEP},
                                              {"\x05\x00", 2, KEEP},
                                              {"\x05\x00\x00\x01\x7f\x00\x00\x01\x23\x2a", 10, KEEP},
                                              RESPONSE(OK_RESPONSE, KEEP)};
    static const struct {
        const char *proxy;
        const char *last;
        size_t lookups;
    } cases[] = {{"socks5://proxy.example.com", "panel.example.com", 2},
                 {"socks5h://proxy.example.com", "proxy.example.com", 1},
                 {"socks5://127.0.0.1", "panel.example.com", 1},
                 {"socks5h://127.0.0.1", "", 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dnp_transport_options given = options();
        char proxy[URL_SIZE];
        struct call call;
        bool local = strncmp(cases[i].proxy, "socks5:", 7) == 0;
        struct server *server = server_start(responses + (local ? 0 : 1), local ? 4 : 3);
        (void)reset_all(NULL);
        (void)snprintf(proxy, sizeof proxy, "%s:%d", cases[i].proxy, server->port);
        given.proxy = proxy;
        prepare(&call, &given);
        set_host(&call, "panel.example.com", 9002);
        (void)run(&call);
        assert_int_equal(call.event, DNP_TRANSFER_DONE);
        server_stop(server);
        assert_string_equal(last_name, cases[i].last);
        assert_true(count_lookups() >= cases[i].lookups && count_lookups() <= cases[i].lookups + 1);
        release(&call, server);
    }
}

static void check_proxy(const char *proxy, const char *variable, const char *host, const char *words)
{
    struct dnp_transport_options given = options();
    struct call call;
    given.proxy = variable == NULL ? proxy : NULL;
    if (variable != NULL) {
        assert_int_equal(setenv(variable, proxy, 1), 0);
    }
    prepare(&call, &given);
    (void)snprintf(call.url, sizeof call.url, "%s", host);
    (void)run(&call);
    check_failed(&call, DNP_TRANSPORT, "proxy", DNP_NOT_DONE);
    assert_memory_equal(call.error.message, "the proxy does not connect to panel.example.com:", 48);
    assert_non_null(strstr(call.error.message, words));
    assert_null(strstr(call.error.message, "pr0xypass"));
    release(&call, NULL);
    (void)reset_all(NULL);
}

static void test_a_proxy_that_is_not_there(void **state)
{
    char dead[URL_SIZE];
    (void)state;
    check_proxy("http://user:pr0xypass@none.example.com:3128", NULL, "http://panel.example.com:80/", "not known");
    check_proxy("http://user:pr0xypass@none.example.com:3128", "http_proxy", "http://panel.example.com:80/",
                "not known");
    check_proxy("none.example.com", "HTTPS_PROXY", "https://panel.example.com/", "not known");
    (void)snprintf(dead, sizeof dead, "http://user:pr0xypass@127.0.0.1:%d", server_closed_port());
    check_proxy(dead, NULL, "http://panel.example.com:80/", "(");
    check_proxy(dead, "http_proxy", "http://panel.example.com:80/", "(");
    check_proxy(dead, "https_proxy", "https://panel.example.com/", "(");
}

/* A panel that is not there stays a panel when the environment has a proxy for others. */
static void test_a_panel_that_is_not_there(void **state)
{
    struct dnp_transport_options given = options();
    struct call call;
    (void)state;
    set_proxy_variable("http_proxy", "proxy.example.com", server_closed_port());
    assert_int_equal(setenv("no_proxy", "panel.example.com", 1), 0);
    given.proxy = NULL;
    prepare(&call, &given);
    set_host(&call, "panel.example.com", server_closed_port());
    (void)run(&call);
    check_failed(&call, DNP_TRANSPORT, "connection_refused", DNP_NOT_DONE);
    release(&call, NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, reset_all)
    const struct CMUnitTest tests[] = {
        TEST(test_a_proxy_by_name),           TEST(test_a_proxy_of_the_environment), TEST(test_a_socks_proxy),
        TEST(test_a_proxy_that_is_not_there), TEST(test_a_panel_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
