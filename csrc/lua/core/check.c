/*
 * Values checked against the contract, for whoever describes a state that the panel is to have.
 *
 * The source that reads arguments reads them here too, so that the same usage error has the same words. On top of that
 * a value must come back as it was given: a date without an offset, list entries that are complete, an alias that does
 * not contradict its number, nothing that the contract does not know.
 */
#include "lua/core/check.h"

#include <string.h>

#include "lookup/find.h"
#include "lua/core/field_names.h"
#include "lua/core/scalar.h"

/* Slots for a copy and what is set in it, at each depth. */
#define STEP_SLOTS 4

#define REJECT(place, ...) ldnp_reject((place)->source, (place)->name, (place)->index, __VA_ARGS__)

static bool check_value(struct ldnp_source *source, const struct dnp_field *field, size_t index);

/* Leaves the checked value in place of the given one. */
static bool check_scalar(const struct ldnp_place *place)
{
    lua_State *L = place->source->L;
    const struct dnp_field *field = place->field;
    struct dnp_value value = {.integer = 0};
    if (ldnp_get_scalar(place, &value) != DNP_PRESENT) {
        return false;
    }
    if (field->values != NULL || field->type->kind == DNP_ENUM) {
        lua_pop(L, 1);
        lua_pushinteger(L, (lua_Integer)value.integer);
    }
    return true;
}

/* What is left out of an entry of a list comes back as .NET's default, so all that has no null must be there. */
static bool check_missing(struct ldnp_source *source, const struct dnp_field *field)
{
    bool is_entry = source->depth > 1 && source->frames[source->depth - 2].field->type->kind == DNP_ARRAY;
    return !is_entry || field->type->kind == DNP_STRING ||
           ldnp_reject(source, field->name, 0, " is missing") == DNP_PRESENT;
}

/* A number and its alias are both there: the checked number is on top of the stack. */
static bool check_alias(struct ldnp_source *source, const struct dnp_field *field)
{
    lua_State *L = source->L;
    const struct ldnp_source_frame *frame = &source->frames[source->depth - 1];
    const struct dnp_field *alias = dnp_find_alias(frame->field->type, field, source->dialect);
    bool good = true;
    if (alias == NULL) {
        return true;
    }
    struct ldnp_place place = ldnp_source_push(source, alias, 0);
    if (!lua_isnil(L, -1)) {
        good = check_scalar(&place);
        if (good && lua_rawequal(L, -1, -2) == 0) {
            good = ldnp_reject(source, NULL, 0, ": %s and %s contradict each other; one is enough", alias->name,
                               field->name) == DNP_PRESENT;
        }
    }
    lua_pop(L, 1);
    return good;
}

static bool check_fields(struct ldnp_source *source, const struct dnp_type *type, int copy)
{
    lua_State *L = source->L;
    const struct ldnp_source_frame *frame = &source->frames[source->depth - 1];
    if (!lua_isnil(L, frame->values)) {
        return ldnp_reject(source, LDNP_UNKNOWN_NAME, 0, " is unknown") == DNP_PRESENT;
    }
    for (size_t i = 0; i < type->field_count; i++) {
        const struct dnp_field *field = &type->fields[i];
        if ((field->dialects & (unsigned)source->dialect) == 0 || field->alias_of != NULL) {
            continue;
        }
        if (!check_value(source, field, 0)) {
            return false;
        }
        bool missing = lua_isnil(L, -1);
        if (missing ? !check_missing(source, field) : !check_alias(source, field)) {
            return false;
        }
        lua_setfield(L, copy, field->name);
    }
    return true;
}

static bool check_items(struct ldnp_source *source, const struct dnp_type *type, size_t count, int copy)
{
    for (size_t i = 0; i < count; i++) {
        if (!check_value(source, &type->fields[0], i)) {
            return false;
        }
        lua_rawseti(source->L, copy, (int)i + 1);
    }
    return true;
}

/* Pushes a checked copy of a field of the current frame, nil when there is none. False: rejected, and anything may be
 * on the stack. */
static bool check_value(struct ldnp_source *source, const struct dnp_field *field, size_t index)
{
    lua_State *L = source->L;
    const struct dnp_type *type = field->type;
    struct dnp_value value = {.integer = 0};
    struct ldnp_place place = ldnp_source_push(source, field, index);
    if (lua_isnil(L, -1)) {
        return true;
    }
    if (DNP_IS_SCALAR(type->kind)) {
        return check_scalar(&place);
    }
    lua_newtable(L);
    lua_insert(L, -2); /* below what is entered, so that leaving it leaves the copy on top */
    int copy = place.at++;
    if (ldnp_source_enter(&place, &value) != DNP_PRESENT ||
        !(type->kind == DNP_ARRAY ? check_items(source, type, value.count, copy) : check_fields(source, type, copy))) {
        return false;
    }
    ldnp_source_leave(source);
    return true;
}

/* ---- the functions ---- */

static int push_rejected(lua_State *L, const struct ldnp_check *check, const struct dnp_error *error)
{
    bool named = check->path[0] != '\0' && check->path[0] != '[';
    lua_pushnil(L);
    lua_pushfstring(L, "%s%s", named ? "." : "", check->path);
    lua_pushstring(L, error->message);
    return 3;
}

/* The value is on top of the stack. */
static int check(lua_State *L, const struct dnp_dialect_info *dialect, const struct dnp_field *field)
{
    const struct dnp_operation stored = {
        .name = "", .method = "", .request = {.kind = DNP_RECORD, .fields = field, .field_count = 1}};
    struct ldnp_source source;
    struct ldnp_check rejected = {.path = ""};
    struct dnp_error error = {.kind = DNP_OK};
    luaL_checkstack(L, LDNP_SOURCE_DEPTH * STEP_SLOTS, "check");
    const int given = lua_gettop(L);
    ldnp_source_init(&source, L, &stored, dialect, ldnp_dialect_names(L, dialect), given, given);
    source.check = &rejected;
    source.error = &error;
    if (lua_isnil(L, source.first)) {
        (void)ldnp_reject(&source, NULL, 0, " is missing");
        return push_rejected(L, &rejected, &error);
    }
    return check_value(&source, field, 0) ? 1 : push_rejected(L, &rejected, &error);
}

static const struct dnp_type *check_arguments(lua_State *L, int count, const struct dnp_dialect_info **dialect)
{
    *dialect = dnp_find_dialect(luaL_checkstring(L, 1));
    const struct dnp_type *type = dnp_find_type(luaL_checkstring(L, 2));
    luaL_argcheck(L, *dialect != NULL, 1, "not a dialect");
    luaL_argcheck(L, type != NULL && type->kind == DNP_RECORD, 2, "not a type of records");
    lua_settop(L, count);
    return type;
}

int ldnp_check_record(lua_State *L)
{
    const struct dnp_dialect_info *dialect = NULL;
    const struct dnp_type *type = check_arguments(L, 3, &dialect);
    const struct dnp_field record = {.name = type->name, .type = type, .dialects = DNP_ALL_DIALECTS};
    return check(L, dialect, &record);
}

int ldnp_check_field(lua_State *L)
{
    const struct dnp_dialect_info *dialect = NULL;
    const struct dnp_type *type = check_arguments(L, 4, &dialect);
    const struct dnp_field *field = dnp_find_field(type, luaL_checkstring(L, 3), dialect->dialect);
    luaL_argcheck(L, field != NULL, 3, "not a field of the type");
    struct dnp_field alone = *field;
    alone.from = NULL;
    return check(L, dialect, &alone);
}
