/*
 * The values lie in one array and their texts in one buffer; a userdata frees both whatever raises.
 */
#include "lua/sandbox/gather.h"

#include <stdlib.h>
#include <string.h>

#define METATABLE "dnp.sandbox.gathered"
#define MAX_TEXT ((size_t)1024 * 1024 * 1024)

static int collect(lua_State *L)
{
    struct ldnp_gathered *gathered = luaL_checkudata(L, 1, METATABLE);
    free(gathered->values);
    gathered->values = NULL;
    gathered->count = 0;
    dnp_buffer_free(&gathered->text);
    return 0;
}

void ldnp_gather_open(lua_State *L)
{
    luaL_newmetatable(L, METATABLE);
    lua_pushcfunction(L, collect);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
}

struct ldnp_gathered *ldnp_gather_new(lua_State *L)
{
    struct ldnp_gathered *gathered = lua_newuserdata(L, sizeof *gathered);
    memset(gathered, 0, sizeof *gathered);
    dnp_buffer_init(&gathered->text, MAX_TEXT);
    luaL_getmetatable(L, METATABLE);
    lua_setmetatable(L, -2);
    return gathered;
}

bool ldnp_gather_value(struct ldnp_gathered *gathered, const struct dnp_sandbox_value *value, bool boolean)
{
    if (gathered->count == gathered->capacity) {
        size_t capacity = gathered->capacity == 0 ? 256 : gathered->capacity * 2;
        struct ldnp_gathered_value *values = realloc(gathered->values, capacity * sizeof *values);
        if (values == NULL) {
            gathered->failed = true;
            return false;
        }
        gathered->values = values;
        gathered->capacity = capacity;
    }
    struct ldnp_gathered_value kept = {value->kind,           boolean,
                                       value->integer,        value->number,
                                       gathered->text.length, value->kind == DNP_CELL_TEXT ? value->text.length : 0};
    gathered->values[gathered->count++] = kept;
    if (kept.length > 0 && !dnp_buffer_append(&gathered->text, value->text.data, kept.length)) {
        gathered->failed = true;
    }
    return !gathered->failed;
}

bool ldnp_gather_integer(struct ldnp_gathered *gathered, int64_t integer)
{
    struct dnp_sandbox_value value = {DNP_CELL_INTEGER, integer, 0, {"", 0}};
    return ldnp_gather_value(gathered, &value, false);
}

bool ldnp_gather_text(struct ldnp_gathered *gathered, const char *text)
{
    struct dnp_sandbox_value value = {text != NULL ? DNP_CELL_TEXT : DNP_CELL_NULL, 0, 0,
                                      dnp_slice_of(text != NULL ? text : "")};
    return ldnp_gather_value(gathered, &value, false);
}

bool ldnp_gather_has_next(const struct ldnp_gathered *gathered)
{
    return gathered->next < gathered->count;
}

static const struct ldnp_gathered_value *take(struct ldnp_gathered *gathered)
{
    return &gathered->values[gathered->next++];
}

int64_t ldnp_gather_take_integer(struct ldnp_gathered *gathered)
{
    return take(gathered)->integer;
}

void ldnp_gather_push_next(lua_State *L, struct ldnp_gathered *gathered)
{
    const struct ldnp_gathered_value *value = take(gathered);
    switch (value->kind) {
    case DNP_CELL_INTEGER:
        if (value->boolean) {
            lua_pushboolean(L, value->integer != 0);
        } else {
            lua_pushinteger(L, (lua_Integer)value->integer);
        }
        break;
    case DNP_CELL_REAL:
        lua_pushnumber(L, value->number);
        break;
    case DNP_CELL_TEXT:
        lua_pushlstring(L, value->length > 0 ? gathered->text.data + value->offset : "", value->length);
        break;
    default:
        lua_pushnil(L);
        break;
    }
}

void ldnp_gather_set_next(lua_State *L, struct ldnp_gathered *gathered, const char *field)
{
    ldnp_gather_push_next(L, gathered);
    lua_setfield(L, -2, field);
}
