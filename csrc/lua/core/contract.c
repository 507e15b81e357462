/*
 * The contract as Lua tables: operations in order, and every type that they use by its name.
 */
#include "lua/core/contract.h"

#include "lookup/find.h"
#include "lua/core/source.h"

static void set_text(lua_State *L, const char *key, const char *text)
{
    if (text != NULL) {
        lua_pushstring(L, text);
        lua_setfield(L, -2, key);
    }
}

static void set_boolean(lua_State *L, const char *key, bool value)
{
    lua_pushboolean(L, value);
    lua_setfield(L, -2, key);
}

static void set_flag(lua_State *L, const char *key, bool flag)
{
    if (flag) {
        set_boolean(L, key, true);
    }
}

static void push_field(lua_State *L, const struct dnp_field *field)
{
    lua_createtable(L, 0, 8);
    set_text(L, "name", field->name);
    set_text(L, "type", field->type->name);
    set_text(L, "enum", field->values != NULL ? field->values->name : NULL);
    set_text(L, "from", field->from);
    set_flag(L, "secret", (field->flags & DNP_SECRET) != 0);
    set_flag(L, "positive", (field->flags & DNP_POSITIVE) != 0);
    set_text(L, "alias_of", field->alias_of);
    set_flag(L, "hoisted", (field->flags & DNP_HOISTED) != 0);
    /* Their earlier names. */
    set_flag(L, "face", field->alias_of != NULL);
    set_flag(L, "elsewhere", (field->flags & DNP_HOISTED) != 0);
    set_flag(L, "optional", (field->flags & DNP_OPTIONAL) != 0);
    set_flag(L, "narrow", (field->flags & DNP_NARROW) != 0);
    if (field->length > 0) {
        lua_pushinteger(L, (lua_Integer)field->length);
        lua_setfield(L, -2, "length");
    }
}

static void push_fields(lua_State *L, const struct dnp_type *type, enum dnp_dialect dialect, bool arguments)
{
    int count = 0;
    lua_createtable(L, (int)type->field_count, 0);
    for (size_t i = 0; i < type->field_count; i++) {
        const struct dnp_field *field = &type->fields[i];
        if ((field->dialects & (unsigned)dialect) == 0) {
            continue;
        }
        push_field(L, field);
        if (arguments && ldnp_is_argument(field, dialect)) {
            char name[DNP_NAME_SIZE];
            ldnp_argument_name(field, name, sizeof name);
            set_text(L, "argument", name);
        }
        lua_rawseti(L, -2, ++count);
    }
}

static void push_values(lua_State *L, const struct dnp_type *type, enum dnp_dialect dialect)
{
    int count = 0;
    lua_createtable(L, (int)type->value_count, 0);
    for (size_t i = 0; i < type->value_count; i++) {
        if ((type->values[i].dialects & (unsigned)dialect) != 0) {
            lua_createtable(L, 0, 2);
            set_text(L, "name", type->values[i].name);
            lua_pushinteger(L, type->values[i].number);
            lua_setfield(L, -2, "number");
            lua_rawseti(L, -2, ++count);
        }
    }
}

static const char *kind_name(enum dnp_kind kind)
{
    switch (kind) {
    case DNP_ENUM:
        return "enum";
    case DNP_RECORD:
        return "record";
    case DNP_ARRAY:
        return "array";
    case DNP_DATASET:
        return "dataset";
    default:
        return "scalar";
    }
}

static void push_type(lua_State *L, const struct dnp_type *type, enum dnp_dialect dialect)
{
    lua_createtable(L, 0, 3);
    set_text(L, "name", type->name);
    set_text(L, "kind", kind_name(type->kind));
    if (type->kind == DNP_ENUM) {
        push_values(L, type, dialect);
        lua_setfield(L, -2, "values");
    } else if (type->kind == DNP_RECORD) {
        push_fields(L, type, dialect, false);
        lua_setfield(L, -2, "fields");
    } else if (type->kind == DNP_ARRAY) {
        set_text(L, "item", type->fields[0].type->name);
    }
}

/* Adds a type to the table at `types`, once. */
static void add_type(lua_State *L, int types, const struct dnp_type *type, enum dnp_dialect dialect)
{
    lua_getfield(L, types, type->name);
    bool known = !lua_isnil(L, -1);
    lua_pop(L, 1);
    if (!known) {
        push_type(L, type, dialect);
        lua_setfield(L, types, type->name);
    }
}

static void add_field_types(lua_State *L, int types, const struct dnp_type *type, enum dnp_dialect dialect)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const struct dnp_field *field = &type->fields[i];
        if ((field->dialects & (unsigned)dialect) != 0) {
            add_type(L, types, field->type, dialect);
            if (field->values != NULL) {
                add_type(L, types, field->values, dialect);
            }
        }
    }
}

static const char *result_kind_name(enum dnp_result_kind kind)
{
    static const char *const names[] = {
        [DNP_RESULT_VALUE] = "value",
        [DNP_RESULT_ID] = "id",
        [DNP_RESULT_STATUS] = "status",
        [DNP_RESULT_PACKAGE_ID] = "package_id",
        [DNP_RESULT_PACKAGE_STATUS] = "package_status",
    };
    return names[kind];
}

static void push_required(lua_State *L, const char *const *required)
{
    int count = 0;
    lua_newtable(L);
    for (; required != NULL && *required != NULL; required++) {
        lua_pushstring(L, *required);
        lua_rawseti(L, -2, ++count);
    }
}

/* What a call that did what it should can add as its second result; nothing where there is nothing to add. */
static void set_remarks(lua_State *L, const int32_t *positive)
{
    int count = 0;
    if (positive == NULL) {
        return;
    }
    lua_newtable(L);
    for (; *positive != 0; positive++) {
        const struct dnp_business_code *code = dnp_find_business_code(*positive);
        if (code != NULL && code->done) {
            lua_pushstring(L, code->name);
            lua_rawseti(L, -2, ++count);
        }
    }
    lua_setfield(L, -2, "remarks");
}

static void push_operation(lua_State *L, const struct dnp_operation *operation, enum dnp_dialect dialect)
{
    lua_createtable(L, 0, 10);
    set_text(L, "name", operation->name);
    set_text(L, "method", operation->method);
    set_text(L, "summary", operation->summary);
    set_text(L, "service", dnp_services[operation->service].name);
    set_text(L, "result_kind", result_kind_name(operation->result_kind));
    set_text(L, "result", operation->response.fields[0].type->name);
    set_boolean(L, "mutates", operation->mutates);
    set_boolean(L, "changes", operation->mutates); /* its earlier name */
    push_fields(L, &operation->request, dialect, true);
    lua_setfield(L, -2, "parameters");
    push_required(L, operation->required);
    lua_setfield(L, -2, "required");
    set_remarks(L, operation->positive);
}

int ldnp_contract(lua_State *L)
{
    const struct dnp_dialect_info *info = dnp_find_dialect(luaL_checkstring(L, 1));
    struct dnp_type_set set = {.count = 0};
    int count = 0;
    luaL_argcheck(L, info != NULL, 1, "not a dialect");
    lua_settop(L, 1);
    lua_newtable(L); /* operations */
    lua_newtable(L); /* types */
    for (size_t i = 0; i < dnp_operation_count; i++) {
        const struct dnp_operation *operation = &dnp_operations[i];
        if ((operation->dialects & (unsigned)info->dialect) != 0) {
            push_operation(L, operation, info->dialect);
            lua_rawseti(L, 2, ++count);
            add_field_types(L, 3, &operation->request, info->dialect);
            add_field_types(L, 3, &operation->response, info->dialect);
            dnp_type_set_add_message(&set, &operation->request, info->dialect);
            dnp_type_set_add_message(&set, &operation->response, info->dialect);
        }
    }
    for (size_t i = 0; i < set.count; i++) {
        add_field_types(L, 3, set.types[i], info->dialect);
    }
    lua_createtable(L, 0, 5);
    set_text(L, "dialect", info->name);
    set_text(L, "product", info->product);
    set_text(L, "namespace", info->xml_namespace);
    lua_pushvalue(L, 2);
    lua_setfield(L, -2, "operations");
    lua_pushvalue(L, 3);
    lua_setfield(L, -2, "types");
    return 1;
}

void ldnp_push_enumeration(lua_State *L, const struct dnp_type *type)
{
    lua_createtable(L, 0, (int)type->value_count);
    for (size_t i = 0; i < type->value_count; i++) {
        lua_pushinteger(L, type->values[i].number);
        lua_setfield(L, -2, type->values[i].name);
    }
}
