/*
 * The binding when there is no memory: every allocation of Lua's fails in turn, and every one of the core's own, while
 * a script uses all of it. Each time the script ends in an error, nothing of it is left behind, and the same state can
 * run it again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "scripted_transport.h"

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

#include "failing_memory.h"

int luaopen_dnp_core(lua_State *L);
int luaopen_dnp_curl(lua_State *L);

/* ---- a transport that is loaded in place of dnp.curl ---- */

#define RESPONSE(operation, content)                                                                                 \
    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><" operation                          \
    "Response xmlns=\"http://officepark/dotnetpanel/enterpriseserver\"><" operation "Result>" content "</" operation \
    "Result></" operation "Response></s:Body></s:Envelope>"
#define XML .status = 200, .headers = {"Content-Type: text/xml"}
#define USER "<UserInfo><UserId>7</UserId><Username>u</Username></UserInfo>"

static const struct script scripts[] = {
    {.end = BREAKS, .failure = {.name = "connection_refused", .sent = DNP_NOT_SENT}},
    {XML, .body = RESPONSE("GetUsers", USER USER USER USER), .piece = 60, .hesitates = true},
    {XML, .body = RESPONSE("GetUsers", USER USER), .end = FALLS_SILENT},
    {XML, .body = RESPONSE("UserExists", "true"), .piece = 100, .hesitates = true},
};

static const struct script exists = {XML, .body = RESPONSE("UserExists", "true"), .piece = 100, .hesitates = true};

/* Of one test; NULL: the real dnp.curl is loaded. */
static const struct script *playing;
static size_t playing_count;

static struct dnp_transport *new_transport(struct dnp_loop *loop, const struct dnp_transport_options *options,
                                           struct dnp_error *error)
{
    struct dnp_transport *transport = scripted_transport_new(loop, options, error);
    if (transport != NULL) {
        transport->scripts = playing;
        transport->script_count = playing_count;
    }
    return transport;
}

static int open_transport(lua_State *L)
{
    static struct dnp_transport_functions functions;
    const struct dnp_transport_functions **pushed = lua_newuserdata(L, sizeof *pushed);
    functions = scripted_functions;
    functions.transport_new = new_transport;
    *pushed = &functions;
    (void)luaL_newmetatable(L, DNP_TRANSPORT_FUNCTIONS);
    (void)lua_setmetatable(L, -2);
    return 1;
}

/* ---- a script that uses everything ---- */

static const char script[] =
    "local dnp = require 'dnp'\n"
    "local events = 0\n"
    "local panel = assert(dnp.session { url = 'http://127.0.0.1:1', username = 'u', password = 'secret',\n"
    "  trace = function(event) events = events + (event.body and 1 or 0) end })\n"
    "local xml = { ['content-type'] = 'text/xml' }\n"
    "local function envelope(operation, content)\n"
    "  return '<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><' .. operation\n"
    "    .. 'Response xmlns=\"http://officepark/dotnetpanel/enterpriseserver\"><' .. operation .. 'Result>' .. "
    "content\n"
    "    .. '</' .. operation .. 'Result></' .. operation .. 'Response></s:Body></s:Envelope>'\n"
    "end\n"
    "local function respond(operation, content)\n"
    "  return panel:response(operation, 200, xml, envelope(operation, content))\n"
    "end\n"
    "local user = assert(respond('GetUserById', '<RoleId>3</RoleId><Role>User</Role><StatusId>1</StatusId>'\n"
    "  .. '<UserId>7</UserId><IsPeer>false</IsPeer><IsDemo>false</IsDemo><Comments>a &amp; b</Comments>'\n"
    "  .. '<Shade>green</Shade>'))\n"
    "assert(#panel:request('UpdateUser', user).body > 0 and tostring(panel))\n"
    "local users = assert(respond('GetUsers', "
    "('<UserInfo><UserId>1</UserId><Username>u</Username></UserInfo>'):rep(80)))\n"
    "assert(#users == 80 and users[80].Username == 'u')\n"
    "local schema = '<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><xs:element name=\"D\"><xs:element '\n"
    "  .. 'name=\"Table\"><xs:element name=\"QuotaID\" type=\"xs:int\"/></xs:element></xs:element></xs:schema>'\n"
    "  .. '<d:diffgram xmlns:d=\"urn:schemas-microsoft-com:xml-diffgram-v1\"><D "
    "xmlns=\"\"><Table><QuotaID>1</QuotaID>'\n"
    "  .. '</Table></D></d:diffgram>'\n"
    "assert(respond('GetRawUsers', schema)[1][1].QuotaID == 1)\n"
    "local _, err = respond('AddPackage', '<Result>-305</Result><ExceedingQuotas>' .. schema .. '</ExceedingQuotas>')\n"
    "assert(err.exceeding_quotas[1].QuotaID == 1 and #tostring(err) > 0)\n"
    /* a request whose response comes in pieces, and one whose response breaks */
    "local request = panel:request('UserExists', 'jdoe')\n"
    "local receiver = panel:receive(request, 200, xml)\n"
    "local body = envelope('UserExists', 'true')\n"
    "for at = 1, #body, 50 do assert(receiver:feed(body:sub(at, at + 49))) end\n"
    "assert(receiver:finish() == true and #tostring(request) > 0)\n"
    "_, err = panel:receive(panel:request('UserExists', 'jdoe'), nil, nil):fail { name = 'timeout', timeout = 2 }\n"
    "assert(err.kind == 'timeout')\n"
    /* over the transport */
    "events = 0\n"
    "_, err = panel:user_exists('jdoe')\n"
    "assert(err.kind == 'transport' and err.outcome == 'not_done' and events == 2)\n"
    "local sum = 0\n"
    "for record in panel:each('GetUsers', 1, true) do sum = sum + record.UserId end\n"
    "assert(sum == 28)\n"
    "local stream = panel:each('GetUsers', 1, true)\n"
    "assert(stream().UserId == 7)\n"
    "stream:close()\n"
    "assert(panel:user_exists('jdoe') == true)\n"
    /* over an engine */
    "local other = assert(dnp.session { url = 'http://127.0.0.1:1', username = 'u', password = 'secret',\n"
    "  engine = { sleep = function() end, exchange = function(sent, limits)\n"
    "    assert(sent.port == 1 and limits.verify)\n"
    "    return 200, xml, envelope('UserExists', 'true')\n"
    "  end } })\n"
    "assert(other:user_exists('jdoe') == true)\n"
    /* by somebody else, in one step */
    "local respond = require('dnp.core').respond\n"
    "local sent = other:request('ChangeUserPassword', 7, 'hidden')\n"
    "assert(respond(other, sent, 200, xml, envelope('ChangeUserPassword', '0')) == true)\n"
    "assert(respond(other, 'UserExists', 200, xml, body) == true)\n"
    "other:close()\n"
    /* over an engine that loses a kept connection once */
    "local sendings = 0\n"
    "other = assert(dnp.session { url = 'http://127.0.0.1:1', username = 'u', password = 'secret',\n"
    "  engine = { sleep = function() end, exchange = function()\n"
    "    sendings = sendings + 1\n"
    "    if sendings == 1 then return nil, { name = 'connection_lost', sent = true, stale = true } end\n"
    "    return 200, xml, envelope('UserExists', 'true')\n"
    "  end } })\n"
    "assert(other:user_exists('jdoe') == true and sendings == 2)\n"
    "other:close()\n"
    "panel:close()\n";

/* Six calls that fail or wait in turn, four at a time. */
static const char parallel_script[] =
    "local dnp = require 'dnp'\n"
    "local panel = assert(dnp.session { url = 'http://127.0.0.1:1', username = 'u', password = 'secret' })\n"
    "local results, failures = dnp.parallel({ 'a', 'b', 'c', 'd', 'e', 'f' }, function(name, index)\n"
    "  if index == 2 then error('no more', 0) end\n"
    "  local exists, err = panel:user_exists(name)\n"
    "  dnp.sleep(0)\n"
    "  return exists, err\n"
    "end, { limit = 4 })\n"
    "for index = 1, 6 do\n"
    "  if failures[index] and index ~= 2 then error(failures[index], 0) end\n"
    "  assert(index == 2 or results[index] == true)\n"
    "end\n"
    "panel:close()\n";

/* Items that wait in coroutines of their own, and parallel in parallel. What is returned is complete. */
static const char nested_script[] =
    "local dnp = require 'dnp'\n"
    "local panel = assert(dnp.session { url = 'http://127.0.0.1:1', username = 'u', password = 'secret' })\n"
    "local function wrapped(name)\n"
    "  return coroutine.wrap(function() dnp.sleep(0) return panel:user_exists(name) end)()\n"
    "end\n"
    "local function all(names, fn)\n"
    "  local results, failures = dnp.parallel(names, fn, { limit = 2 })\n"
    "  for index = 1, #names do\n"
    "    if failures[index] then error(failures[index], 0) end\n"
    "    assert(results[index] == true, 'an item is lost')\n"
    "  end\n"
    "  return true\n"
    "end\n"
    "all({ 'a', 'b', 'c' }, function(name, index)\n"
    "  if index == 3 then return panel:user_exists(name) end\n"
    "  return all({ 'd', 'e' }, wrapped)\n"
    "end)\n"
    "panel:close()\n";

/* Lua's memory: once `left` allocations were made, the next `missing` ones fail. */
struct memory {
    long left;    /* below 0: no limit */
    long missing; /* below 0: all */
    size_t in_use;
    bool failed;
};

static void *allocate(void *context, void *block, size_t old_size, size_t size)
{
    struct memory *memory = context;
    size_t old = block != NULL ? old_size : 0;
    if (size > old) {
        if (memory->left == 0 && memory->missing != 0) {
            memory->missing -= memory->missing > 0;
            memory->failed = true;
            return NULL;
        }
        memory->left -= memory->left > 0;
    }
    memory->in_use = memory->in_use - old + size;
    if (size == 0) {
        free(block);
        return NULL;
    }
    return __real_realloc(block, size);
}

/* The Lua files come from the source tree, which is where the tests run. */
static void prepare(lua_State *L)
{
    luaL_openlibs(L);
    lua_getglobal(L, "package");
    lua_pushliteral(L, "lua/?.lua;lua/?/init.lua");
    lua_setfield(L, -2, "path");
    lua_pushliteral(L, "");
    lua_setfield(L, -2, "cpath");
    lua_getfield(L, -1, "preload");
    lua_pushcfunction(L, luaopen_dnp_core);
    lua_setfield(L, -2, "dnp.core");
    lua_pushcfunction(L, playing != NULL ? open_transport : luaopen_dnp_curl);
    lua_setfield(L, -2, "dnp.curl");
    lua_settop(L, 0);
    /* Lua 5.4.4 leaves a string buffer's metatable half made when memory ends just then, so let it be made before. */
    assert_int_equal(luaL_dostring(L, "local text = ('x'):rep(100000)"), LUA_OK);
}

/* What runs with little memory, and what runs before with enough of it. */
struct scene {
    const char *before;
    const char *script;
};

static int run_script(lua_State *L)
{
    if (luaL_loadstring(L, lua_touserdata(L, 1)) != LUA_OK) {
        return lua_error(L);
    }
    lua_call(L, 0, 0);
    return 0;
}

static int run(lua_State *L, const char *text)
{
    lua_settop(L, 0);
    lua_pushcfunction(L, run_script);
    lua_pushlightuserdata(L, (void *)(uintptr_t)text);
    return lua_pcall(L, 1, 0, 0);
}

static void expect_good(lua_State *L, const char *text, long allocations)
{
    if (run(L, text) != LUA_OK) {
        fail_msg("after %ld allocations: %s", allocations, luaL_tolstring(L, -1, NULL));
    }
}

/* What an engine or a callback could not do for lack of memory comes back as an error object or a message. */
static void check_failure(lua_State *L, int status)
{
    const char *message = luaL_tolstring(L, -1, NULL);
    if (status != LUA_ERRMEM && strstr(message, "stack overflow") == NULL &&
        strstr(message, "not enough memory") == NULL) {
        fail_msg("%s", message);
    }
}

/* Whose memory ends. */
enum owner { LUA, CORE };

static void grant(struct memory *memory, enum owner owner, long allocations, long missing)
{
    memory->left = owner == LUA ? allocations : -1;
    memory->missing = missing;
    memory->failed = false;
    countdown = owner == CORE ? allocations : -1;
    has_failed = false;
    for_good = true;
}

/* Gives back the rest; returns whether some was missing. */
static bool relieve(struct memory *memory)
{
    bool failed = memory->failed || has_failed;
    memory->left = -1;
    countdown = -1;
    has_failed = false;
    return failed;
}

/* Runs the script with so many allocations; returns whether they were enough. */
static bool run_with(const struct scene *scene, enum owner owner, long allocations)
{
    struct memory memory = {.left = -1};
    lua_State *L = lua_newstate(allocate, &memory);
    assert_non_null(L);
    prepare(L);
    expect_good(L, scene->before, allocations);
    grant(&memory, owner, allocations, -1);
    int status = run(L, scene->script);
    bool failed = relieve(&memory);
    if (failed && status != LUA_OK) {
        check_failure(L, status);
    } else {
        assert_int_equal(status, LUA_OK);
    }
    assert_int_equal(lua_gc(L, LUA_GCISRUNNING), 1);
    expect_good(L, scene->script, allocations);
    lua_close(L);
    assert_int_equal(memory.in_use, 0);
    return !failed;
}

static void fail_everywhere(const struct scene *scene, enum owner owner, long least)
{
    long allocations = 0;
    while (!run_with(scene, owner, allocations)) {
        allocations++;
    }
    if (allocations < least) {
        fail_msg("only %ld allocations", allocations);
    }
}

static void test_loading(void **state)
{
    static const struct scene scene = {"", "require('dnp.core').use_transport(require 'dnp.curl')"};
    (void)state;
    playing = NULL;
    fail_everywhere(&scene, LUA, 500);
}

static void test_using(void **state)
{
    static const struct scene scene = {"require 'dnp'", script};
    (void)state;
    playing = scripts;
    playing_count = sizeof scripts / sizeof scripts[0];
    fail_everywhere(&scene, LUA, 500);
    fail_everywhere(&scene, CORE, 50);
}

/* One session for all: what a call lacked memory for, the next one does not miss. */
static void test_using_one_session(void **state)
{
    static const struct scene scene = {
        "dnp = require 'dnp'\n"
        "panel = assert(dnp.session { url = 'http://127.0.0.1:1', username = 'u', password = 'secret' })\n",
        "local results = {}\n"
        "for index = 1, 3 do results[index] = assert(panel:user_exists('jdoe' .. index)) end\n"
        "dnp.parallel({ 'a', 'b', 'c' }, function(name) return assert(panel:user_exists(name)) end)\n"
        "assert(results[3] == true)\n"};
    (void)state;
    playing = &exists;
    playing_count = 1;
    fail_everywhere(&scene, LUA, 100);
    fail_everywhere(&scene, CORE, 5);
}

static void test_many_at_once(void **state)
{
    static const struct scene scene = {"require 'dnp'", parallel_script};
    (void)state;
    playing = &exists;
    playing_count = 1;
    fail_everywhere(&scene, LUA, 100);
    fail_everywhere(&scene, CORE, 5);
}

/* In one state, which goes on after each failure: so many allocations in a row fail, at each place in turn. */
static void miss_everywhere(lua_State *L, struct memory *memory, const char *text, long missing)
{
    long allocations = 0;
    bool failed = true;
    while (failed) {
        grant(memory, LUA, allocations, missing);
        allocations += missing > 1 ? missing - 1 : 1;
        int status = run(L, text);
        failed = relieve(memory);
        if (status != LUA_OK) {
            check_failure(L, status);
        }
    }
    assert_true(allocations > 100);
}

/* Nobody waits for an item that was lost while there was no memory to go on with it. */
static void test_missing_for_a_moment(void **state)
{
    static const long missing[] = {3, -1};
    struct memory memory = {.left = -1};
    lua_State *L = lua_newstate(allocate, &memory);
    (void)state;
    playing = &exists;
    playing_count = 1;
    assert_non_null(L);
    prepare(L);
    expect_good(L, "require 'dnp'", 0);
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++) {
        miss_everywhere(L, &memory, nested_script, missing[i]);
        expect_good(L, nested_script, 0);
    }
    lua_close(L);
    assert_int_equal(memory.in_use, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loading),
        cmocka_unit_test(test_using),
        cmocka_unit_test(test_using_one_session),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_missing_for_a_moment),
    };
    return cmocka_run_group_tests_name("the binding without memory", tests, NULL, NULL);
}
