/*
 * Makes the tables of field names. Reading or writing a record then needs no string of its own.
 */
#include "lua/core/field_names.h"

#include <string.h>

static void add_to_index(struct ldnp_name_index *index, const char *text, int number)
{
    size_t slot = ((uintptr_t)text >> 4) % LDNP_NAME_SLOTS;
    while (index->slots[slot].number != 0) {
        slot = (slot + 1) % LDNP_NAME_SLOTS;
    }
    index->slots[slot].text = text;
    index->slots[slot].number = number;
}

/* Leaves the table on top; `names` is below it. */
static void make_record_names(lua_State *L, const struct dnp_type *type, enum dnp_dialect dialect)
{
    lua_createtable(L, (int)type->field_count, (int)type->field_count + 2);
    struct ldnp_name_index *index = lua_newuserdata(L, sizeof *index);
    memset(index, 0, sizeof *index);
    lua_rawseti(L, -2, -1);
    lua_pushliteral(L, LDNP_UNKNOWN_NAME);
    lua_rawseti(L, -2, 0);
    for (size_t i = 0; i < type->field_count; i++) {
        const struct dnp_field *field = &type->fields[i];
        lua_pushstring(L, field->name);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, (int)i + 1);
        if ((field->dialects & (unsigned)dialect) != 0) {
            if (i < LDNP_NAME_SLOTS / 2) {
                add_to_index(index, lua_tostring(L, -1), (int)i + 1);
            }
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
            lua_pushlightuserdata(L, (void *)(uintptr_t)dnp_types[i]);
            make_record_names(L, dnp_types[i], dialect);
            lua_rawset(L, -3);
        }
    }
}

void ldnp_push_field_names(lua_State *L, const struct dnp_dialect_info *dialect)
{
    ldnp_push_registered(L, dialect);
    if (!lua_istable(L, -1)) {
        lua_pop(L, 1);
        make_names(L, dialect->dialect);
        lua_pushvalue(L, -1);
        ldnp_register(L, dialect);
    }
}

void ldnp_push_record_names(lua_State *L, int names, const struct dnp_type *type)
{
    lua_pushlightuserdata(L, (void *)(uintptr_t)type);
    lua_rawget(L, names);
}
