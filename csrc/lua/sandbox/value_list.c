/*
 * The values lie in one array and their texts in one buffer; a userdata frees both whatever raises.
 */
#include "lua/sandbox/value_list.h"

#include <stdlib.h>
#include <string.h>

#define METATABLE "dnp.sandbox.value_list"
#define MAX_TEXT ((size_t)1024 * 1024 * 1024)

static int collect(lua_State *L)
{
    struct ldnp_value_list *list = luaL_checkudata(L, 1, METATABLE);
    free(list->values);
    list->values = NULL;
    list->count = 0;
    dnp_buffer_free(&list->text);
    return 0;
}

void ldnp_value_list_open(lua_State *L)
{
    luaL_newmetatable(L, METATABLE);
    lua_pushcfunction(L, collect);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
}

struct ldnp_value_list *ldnp_value_list_new(lua_State *L)
{
    struct ldnp_value_list *list = lua_newuserdata(L, sizeof *list);
    memset(list, 0, sizeof *list);
    dnp_buffer_init(&list->text, MAX_TEXT);
    luaL_getmetatable(L, METATABLE);
    lua_setmetatable(L, -2);
    return list;
}

bool ldnp_value_list_add_value(struct ldnp_value_list *list, const struct dnp_sandbox_value *value, bool boolean)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 256 : list->capacity * 2;
        struct ldnp_listed_value *values = realloc(list->values, capacity * sizeof *values);
        if (values == NULL) {
            list->failed = true;
            return false;
        }
        list->values = values;
        list->capacity = capacity;
    }
    struct ldnp_listed_value kept = {value->kind,       boolean,
                                     value->integer,    value->number,
                                     list->text.length, value->kind == DNP_SQL_TEXT ? value->text.length : 0};
    list->values[list->count++] = kept;
    if (kept.length > 0 && !dnp_buffer_append(&list->text, value->text.data, kept.length)) {
        list->failed = true;
    }
    return !list->failed;
}

bool ldnp_value_list_add_integer(struct ldnp_value_list *list, int64_t integer)
{
    struct dnp_sandbox_value value = {DNP_SQL_INTEGER, integer, 0, {"", 0}};
    return ldnp_value_list_add_value(list, &value, false);
}

bool ldnp_value_list_add_text(struct ldnp_value_list *list, const char *text)
{
    struct dnp_sandbox_value value = {text != NULL ? DNP_SQL_TEXT : DNP_SQL_NULL, 0, 0,
                                      dnp_slice_of(text != NULL ? text : "")};
    return ldnp_value_list_add_value(list, &value, false);
}

bool ldnp_value_list_has_next(const struct ldnp_value_list *list)
{
    return list->next < list->count;
}

static const struct ldnp_listed_value *take(struct ldnp_value_list *list)
{
    return &list->values[list->next++];
}

int64_t ldnp_value_list_next_integer(struct ldnp_value_list *list)
{
    return take(list)->integer;
}

void ldnp_value_list_push_next(lua_State *L, struct ldnp_value_list *list)
{
    const struct ldnp_listed_value *value = take(list);
    switch (value->kind) {
    case DNP_SQL_INTEGER:
        if (value->boolean) {
            lua_pushboolean(L, value->integer != 0);
        } else {
            lua_pushinteger(L, (lua_Integer)value->integer);
        }
        break;
    case DNP_SQL_REAL:
        lua_pushnumber(L, value->number);
        break;
    case DNP_SQL_TEXT:
        lua_pushlstring(L, value->length > 0 ? list->text.data + value->offset : "", value->length);
        break;
    default:
        lua_pushnil(L);
        break;
    }
}

void ldnp_value_list_set_next(lua_State *L, struct ldnp_value_list *list, const char *field)
{
    ldnp_value_list_push_next(L, list);
    lua_setfield(L, -2, field);
}
