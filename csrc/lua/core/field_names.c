/*
 * Makes the tables of field names. Reading or writing a record then needs no string of its own.
 */
#include "lua/core/field_names.h"

#define REGISTRY_NAME "dnp.field_names"

/* Leaves the table on top; `names` is below it. */
static void make_record_names(lua_State *L, const struct dnp_type *type, enum dnp_dialect dialect)
{
    lua_createtable(L, (int)type->field_count, (int)type->field_count + 1);
    lua_pushliteral(L, LDNP_UNKNOWN_NAME);
    lua_rawseti(L, -2, 0);
    for (size_t i = 0; i < type->field_count; i++) {
        const struct dnp_field *field = &type->fields[i];
        lua_pushstring(L, field->name);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, (int)i + 1);
        if ((field->dialects & (unsigned)dialect) != 0) {
            lua_pushinteger(L, (lua_Integer)i + 1);
            lua_rawset(L, -3);
        } else {
            lua_pop(L, 1);
        }
    }
}

static void make_names(lua_State *L, enum dnp_dialect dialect)
{
    lua_newtable(L);
    for (size_t i = 0; i < DNP_TYPE_COUNT; i++) {
        if (dnp_types[i]->kind == DNP_RECORD) {
            make_record_names(L, dnp_types[i], dialect);
            lua_setfield(L, -2, dnp_types[i]->name);
        }
    }
}

void ldnp_push_field_names(lua_State *L, const struct dnp_dialect_info *dialect)
{
    lua_getfield(L, LUA_REGISTRYINDEX, REGISTRY_NAME);
    if (!lua_istable(L, -1)) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_setfield(L, LUA_REGISTRYINDEX, REGISTRY_NAME);
    }
    lua_getfield(L, -1, dialect->name);
    if (!lua_istable(L, -1)) {
        lua_pop(L, 1);
        make_names(L, dialect->dialect);
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, dialect->name);
    }
    lua_remove(L, -2);
}

void ldnp_push_record_names(lua_State *L, int names, const struct dnp_type *type)
{
    lua_pushstring(L, type->name);
    lua_rawget(L, names);
}
