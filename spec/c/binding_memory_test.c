/*
 * The binding when Lua has no memory: every allocation of a script that uses all of it fails in turn. Each time the
 * script ends in an error, nothing of it is left behind, and the same state can run it again.
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

int luaopen_dnp_core(lua_State *L);
int luaopen_dnp_curl(lua_State *L);

static const char script[] =
    "local dnp = require 'dnp'\n"
    "local events = 0\n"
    "local panel = assert(dnp.session { url = 'http://127.0.0.1:1', username = 'u', password = 'secret',\n"
    "  trace = function(event) events = events + (event.body and 1 or 0) end })\n"
    "local function answer(operation, content)\n"
    "  return panel:response(operation, 200, { ['content-type'] = 'text/xml' }, '<s:Envelope xmlns:s=\"'\n"
    "    .. 'http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><' .. operation .. 'Response xmlns=\"'\n"
    "    .. 'http://officepark/dotnetpanel/enterpriseserver\"><' .. operation .. 'Result>' .. content .. '</'\n"
    "    .. operation .. 'Result></' .. operation .. 'Response></s:Body></s:Envelope>')\n"
    "end\n"
    "local user = assert(answer('GetUserById', '<RoleId>3</RoleId><Role>User</Role><StatusId>1</StatusId>'\n"
    "  .. '<UserId>7</UserId><IsPeer>false</IsPeer><IsDemo>false</IsDemo><Comments>a &amp; b</Comments>'\n"
    "  .. '<Shade>green</Shade>'))\n"
    "assert(#panel:request('UpdateUser', user).body > 0 and tostring(panel))\n"
    "local users = assert(answer('GetUsers', "
    "('<UserInfo><UserId>1</UserId><Username>u</Username></UserInfo>'):rep(80)))\n"
    "assert(#users == 80 and users[80].Username == 'u')\n"
    "local schema = '<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><xs:element name=\"D\"><xs:element '\n"
    "  .. 'name=\"Table\"><xs:element name=\"QuotaID\" type=\"xs:int\"/></xs:element></xs:element></xs:schema>'\n"
    "  .. '<d:diffgram xmlns:d=\"urn:schemas-microsoft-com:xml-diffgram-v1\"><D "
    "xmlns=\"\"><Table><QuotaID>1</QuotaID>'\n"
    "  .. '</Table></D></d:diffgram>'\n"
    "assert(answer('GetRawUsers', schema)[1][1].QuotaID == 1)\n"
    "local _, err = answer('AddPackage', '<Result>-305</Result><ExceedingQuotas>' .. schema .. '</ExceedingQuotas>')\n"
    "assert(err.exceeding_quotas[1].QuotaID == 1 and #tostring(err) > 0)\n"
    "_, err = panel:user_exists('jdoe')\n"
    "assert(err.kind == 'transport' and events == 7)\n"
    "panel:close()\n";

/* Lua's memory: once `left` allocations were made, every further one fails. */
struct memory {
    long left; /* below 0: no limit */
    size_t in_use;
    bool failed;
};

static void *allocate(void *context, void *block, size_t old_size, size_t size)
{
    struct memory *memory = context;
    size_t old = block != NULL ? old_size : 0;
    if (size > old) {
        if (memory->left == 0) {
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
    return realloc(block, size);
}

/* The Lua layer is loaded before memory is short: what is tested is what it does, not how it is read. */
static int load_dnp(lua_State *L)
{
    luaL_requiref(L, "dnp.core", luaopen_dnp_core, 0);
    luaL_requiref(L, "dnp.curl", luaopen_dnp_curl, 0);
    if (luaL_dostring(L, "package.path = 'lua/?.lua;lua/?/init.lua' require 'dnp'") != LUA_OK) {
        return lua_error(L);
    }
    return 0;
}

static int run_script(lua_State *L)
{
    if (luaL_loadstring(L, script) != LUA_OK) {
        return lua_error(L);
    }
    lua_call(L, 0, 0);
    return 0;
}

static int run(lua_State *L)
{
    lua_settop(L, 0);
    lua_pushcfunction(L, run_script);
    return lua_pcall(L, 0, 0, 0);
}

/* Runs the script with so many allocations; returns whether they were enough. */
static bool run_with(long allocations)
{
    struct memory memory = {.left = -1};
    lua_State *L = lua_newstate(allocate, &memory);
    assert_non_null(L);
    luaL_openlibs(L);
    /* Lua 5.4.4 leaves a string buffer's metatable half made when memory ends just then, so let it be made before. */
    assert_int_equal(luaL_dostring(L, "local text = ('x'):rep(100000)"), LUA_OK);
    lua_pushcfunction(L, load_dnp);
    assert_int_equal(lua_pcall(L, 0, 0, 0), LUA_OK);
    memory.left = allocations;
    int status = run(L);
    memory.left = -1;
    if (memory.failed && status != LUA_OK) {
        const char *message = lua_tostring(L, -1);
        assert_true(status == LUA_ERRMEM || strstr(message, "stack overflow") != NULL);
    } else {
        assert_int_equal(status, LUA_OK);
    }
    assert_int_equal(lua_gc(L, LUA_GCISRUNNING), 1);
    if (run(L) != LUA_OK) {
        fail_msg("after %ld allocations: %s", allocations, lua_tostring(L, -1));
    }
    lua_close(L);
    assert_int_equal(memory.in_use, 0);
    return !memory.failed;
}

static void test_every_allocation_fails(void **state)
{
    (void)state;
    long allocations = 0;
    while (!run_with(allocations)) {
        allocations++;
    }
    assert_true(allocations > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_allocation_fails),
    };
    return cmocka_run_group_tests_name("the binding without memory", tests, NULL, NULL);
}
