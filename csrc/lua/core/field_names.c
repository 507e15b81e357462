/*
 * Makes the tables of field names. Reading or writing a record then needs no string of its own.
 */
#include "lua/core/field_names.h"
#include "lookup/find.h"

#include <string.h>

#define INDEX (-1)
#define CONSTRUCTOR (-2)
/* A function has not many more locals. */
#define MOST_PARAMETERS 100

static void add_to_index(struct ldnp_name_index *index, const char *text, int number)
{
    size_t slot = ((uintptr_t)text >> 4) % LDNP_NAME_SLOTS;
    while (index->slots[slot].number != 0) {
        slot = (slot + 1) % LDNP_NAME_SLOTS;
    }
    index->slots[slot].text = text;
    index->slots[slot].number = number;
}

static bool requires(const struct dnp_operation *operation, const struct dnp_type *type)
{
    return operation->required != NULL && operation->request.fields[0].type == type;
}

/* Names that this panel's record does not have are passed over. */
static uint64_t fields_named(const struct dnp_type *type, const char *const *names, enum dnp_dialect dialect)
{
    uint64_t fields = 0;
    for (; *names != NULL; names++) {
        const struct dnp_field *field = dnp_find_field(type, *names, dialect);
        fields |= field != NULL ? ldnp_field_bit((size_t)(field - type->fields)) : 0;
    }
    return fields;
}

static struct ldnp_name_index *push_index(lua_State *L, const struct dnp_type *type, enum dnp_dialect dialect)
{
    size_t count = 0;
    for (size_t i = 0; i < dnp_operation_count; i++) {
        count += requires(&dnp_operations[i], type);
    }
    const size_t size = sizeof(struct ldnp_name_index) + count * sizeof(struct ldnp_required);
    struct ldnp_name_index *index = lua_newuserdata(L, size);
    memset(index, 0, size);
    for (size_t i = 0; i < dnp_operation_count; i++) {
        const char *const *names = dnp_operations[i].required;
        if (requires(&dnp_operations[i], type)) {
            index->required[index->required_count++] =
                (struct ldnp_required){names, fields_named(type, names, dialect)};
        }
    }
    for (size_t i = 0; i < type->field_count; i++) {
        const struct dnp_field *alias = dnp_find_alias(type, &type->fields[i], dialect);
        index->aliases[i] = alias != NULL ? (unsigned char)(alias - type->fields + 1) : 0;
    }
    return index;
}

/* Leaves the table on top; `names` is below it. */
static const struct ldnp_name_index *make_record_names(lua_State *L, const struct dnp_type *type,
                                                       enum dnp_dialect dialect)
{
    if (type->field_count > LDNP_MOST_FIELDS) {
        luaL_error(L, "%s has too many fields", type->name);
    }
    lua_createtable(L, (int)type->field_count, (int)type->field_count + 3);
    struct ldnp_name_index *index = push_index(L, type, dialect);
    lua_rawseti(L, -2, INDEX);
    lua_pushliteral(L, LDNP_UNKNOWN_NAME);
    lua_rawseti(L, -2, 0);
    for (size_t i = 0; i < type->field_count; i++) {
        const struct dnp_field *field = &type->fields[i];
        lua_pushstring(L, field->name);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, (int)i + 1);
        if ((field->dialects & (unsigned)dialect) != 0) {
            add_to_index(index, lua_tostring(L, -1), (int)i + 1);
            lua_pushinteger(L, (lua_Integer)i + 1);
            lua_rawset(L, -3);
        } else {
            lua_pop(L, 1);
        }
    }
    return index;
}

/* Leaves the table on top. At -1 it keeps a struct ldnp_dialect_names. */
static void make_names(lua_State *L, enum dnp_dialect dialect)
{
    lua_newtable(L);
    struct ldnp_dialect_names *names = lua_newuserdata(L, sizeof *names);
    memset(names, 0, sizeof *names);
    lua_rawseti(L, -2, INDEX);
    for (size_t i = 0; i < DNP_TYPE_COUNT; i++) {
        if (dnp_types[i]->kind == DNP_RECORD) {
            lua_pushlightuserdata(L, (void *)(uintptr_t)dnp_types[i]);
            names->records[names->count].type = dnp_types[i];
            names->records[names->count].index = make_record_names(L, dnp_types[i], dialect);
            names->count++;
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

const struct ldnp_dialect_names *ldnp_dialect_names(lua_State *L, const struct dnp_dialect_info *dialect)
{
    ldnp_push_field_names(L, dialect);
    lua_rawgeti(L, -1, INDEX);
    const struct ldnp_dialect_names *names = lua_touserdata(L, -1);
    lua_pop(L, 2);
    return names;
}

void ldnp_push_record_names(lua_State *L, int names, const struct dnp_type *type)
{
    lua_pushlightuserdata(L, (void *)(uintptr_t)type);
    lua_rawget(L, names);
}

static bool has_jit(lua_State *L)
{
#if LUA_VERSION_NUM == 501
    lua_pushliteral(L, "jit");
    lua_rawget(L, LUA_GLOBALSINDEX);
    bool has = lua_istable(L, -1);
    lua_pop(L, 1);
    return has;
#else
    (void)L;
    return false;
#endif
}

/* Compiled code cannot be entered from C, so that the compiler need not try. */
static void push_constructor_source(lua_State *L, const struct dnp_type *type, enum dnp_dialect dialect)
{
    luaL_Buffer source;
    char piece[128];
    luaL_buffinit(L, &source);
    luaL_addstring(&source, "local jit = jit local function make(");
    for (size_t i = 0; i < type->field_count; i++) {
        (void)snprintf(piece, sizeof piece, "%sa%zu", i > 0 ? "," : "", i);
        luaL_addstring(&source, piece);
    }
    luaL_addstring(&source, ") return {");
    for (size_t i = 0; i < type->field_count; i++) {
        if (dnp_field_on_wire(&type->fields[i], dialect)) {
            (void)snprintf(piece, sizeof piece, "%s=a%zu,", type->fields[i].name, i);
            luaL_addstring(&source, piece);
        }
    }
    luaL_addstring(&source, "} end if jit.off then jit.off(make) end return make");
    luaL_pushresult(&source);
}

static void make_constructor(lua_State *L, const struct dnp_type *type, enum dnp_dialect dialect)
{
    size_t length = 0;
    push_constructor_source(L, type, dialect);
    const char *source = lua_tolstring(L, -1, &length);
    if (luaL_loadbuffer(L, source, length, "=dnp") != 0) {
        (void)lua_error(L);
    }
    lua_call(L, 0, 1);
    lua_remove(L, -2);
}

void ldnp_push_constructor(lua_State *L, int names, const struct dnp_type *type, enum dnp_dialect dialect)
{
    if (type->field_count > MOST_PARAMETERS || !has_jit(L)) {
        lua_pushnil(L);
        return;
    }
    ldnp_push_record_names(L, names, type);
    lua_rawgeti(L, -1, CONSTRUCTOR);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        make_constructor(L, type, dialect);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, CONSTRUCTOR);
    }
    lua_remove(L, -2);
}
