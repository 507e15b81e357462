/*
 * The arguments of a call as the encoder's source.
 *
 * The encoder walks the contract and asks for one value after the other; this looks each up in the Lua tables, checks
 * it against its row, and describes usage errors. A key that no field has is one too, so each record is looked through
 * once when it is entered.
 */
#include "lua/core/source.h"

#include "base/suggest.h"
#include "lua/core/field_names.h"
#include "lua/core/scalar.h"
#include "lua/core/usage_error.h"

/* Slots for a table, its names and what one look-up takes, at each depth. */
#define STEP_SLOTS 6

#define REJECT(place, ...) ldnp_reject((place)->source, (place)->name, (place)->index, __VA_ARGS__)

/* Unknown elements, as if they were a field. */
static const struct dnp_field carried = {
    .name = LDNP_UNKNOWN_NAME, .type = &dnp_type_string, .dialects = DNP_ALL_DIALECTS};

/* ---- records and arrays ---- */

static enum dnp_presence unknown_field(struct ldnp_source *source, const struct dnp_type *type)
{
    struct dnp_suggestion suggestion;
    struct dnp_slice name = {NULL, 0};
    char buffer[LDNP_SHOWN_SIZE];
    char hint[DNP_NAME_SIZE + 32];
    name.data = lua_tolstring(source->L, -2, &name.length);
    dnp_suggest_start(&suggestion, name.data, name.length);
    for (size_t i = 0; i < type->field_count; i++) {
        if ((type->fields[i].dialects & (unsigned)source->dialect) != 0) {
            dnp_suggest_consider(&suggestion, type->fields[i].name);
        }
    }
    dnp_suggest_format(&suggestion, hint, sizeof hint);
    (void)ldnp_shown(name, buffer);
    return ldnp_reject(source, buffer, 0, " is unknown%s", hint);
}

/* The number of the field that the string below the top names; 0 when there is none. */
static int number_of_key(lua_State *L, const struct ldnp_source_frame *frame)
{
    int number = ldnp_find_name(frame->numbers, lua_tostring(L, -2));
    if (number == 0) {
        lua_pushvalue(L, -2);
        lua_rawget(L, frame->names);
        number = (int)lua_tointeger(L, -1);
        lua_pop(L, 1);
    }
    return number;
}

/* One key of a record with its value on top; `*number` is the field's, from 1, or 0 of what is carried unknown. What is
 * not sent is checked here, because the encoder never asks. */
static enum dnp_presence check_entry(struct ldnp_source *source, const struct ldnp_source_frame *frame, int *number)
{
    lua_State *L = source->L;
    const struct dnp_type *type = frame->field->type;
    struct dnp_value ignored;
    if (lua_type(L, -2) != LUA_TSTRING) {
        return ldnp_reject(source, NULL, 0, ": a key is a %s, field names expected", luaL_typename(L, -2));
    }
    *number = number_of_key(L, frame);
    if (*number > 0) {
        const struct dnp_field *field = &type->fields[*number - 1];
        struct ldnp_place place = {source, field, field->name, 0};
        bool sent = field->alias_of == NULL && (field->flags & DNP_HOISTED) == 0;
        return sent ? DNP_PRESENT : ldnp_get_scalar(&place, &ignored);
    }
    lua_rawgeti(L, frame->names, 0);
    bool known = lua_rawequal(L, -1, -3) != 0;
    lua_pop(L, 1);
    if (!known) {
        return unknown_field(source, type);
    }
    struct ldnp_place place = {source, &carried, carried.name, 0};
    return ldnp_get_scalar(&place, &ignored);
}

/* Checks the keys, and puts the values on the stack in the order of the fields: each is asked for once, and most fields
 * of a record are not there. */
static enum dnp_presence check_entries(struct ldnp_source *source, const struct ldnp_source_frame *frame)
{
    lua_State *L = source->L;
    lua_pushnil(L);
    while (lua_next(L, frame->table) != 0) {
        int number = 0;
        if (check_entry(source, frame, &number) != DNP_PRESENT) {
            return DNP_INVALID;
        }
        lua_replace(L, frame->values + number);
    }
    return DNP_PRESENT;
}

/* Where a field's value is on the stack. */
static int slot_of(const struct ldnp_source_frame *frame, const struct dnp_field *field)
{
    return frame->values + (int)(field - frame->field->type->fields) + 1;
}

/* Pushes a field's value: the number, or its alias when only that is there. */
static void push_field(const struct ldnp_source *source, const struct ldnp_source_frame *frame,
                       const struct dnp_field *field)
{
    lua_State *L = source->L;
    int slot = slot_of(frame, field);
    const struct dnp_field *alias =
        lua_isnil(L, slot) ? dnp_find_alias(frame->field->type, field, source->dialect) : NULL;
    lua_pushvalue(L, alias != NULL ? slot_of(frame, alias) : slot);
}

static enum dnp_presence check_required(struct ldnp_source *source, const struct ldnp_source_frame *frame)
{
    lua_State *L = source->L;
    const char *const *required = source->depth == 1 ? source->operation->required : NULL;
    for (; required != NULL && *required != NULL; required++) {
        lua_pushstring(L, *required);
        lua_rawget(L, frame->names);
        int number = (int)lua_tointeger(L, -1);
        lua_pop(L, 1);
        if (number == 0) {
            continue; /* this panel's record has no such field */
        }
        const struct dnp_field *field = &frame->field->type->fields[number - 1];
        push_field(source, frame, field);
        bool missing = lua_isnil(L, -1);
        lua_pop(L, 1);
        if (missing) {
            return ldnp_reject(source, field->name, 0, " is missing");
        }
    }
    return DNP_PRESENT;
}

/* A list without holes and without other keys. */
static enum dnp_presence check_array(struct ldnp_source *source, const struct ldnp_source_frame *frame, size_t *count)
{
    lua_State *L = source->L;
    size_t keys = 0;
    *count = (size_t)lua_rawlen(L, frame->table);
    lua_pushnil(L);
    while (lua_next(L, frame->table) != 0) {
        int64_t key = 0;
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TNUMBER || !ldnp_to_integer(L, -1, &key) || key < 1) {
            return ldnp_reject(source, NULL, 0, ": list expected, got a table with other keys");
        }
        keys++;
    }
    return keys == *count ? DNP_PRESENT : ldnp_reject(source, NULL, 0, ": list expected, got a table with holes");
}

enum dnp_presence ldnp_source_enter(const struct ldnp_place *place, struct dnp_value *value)
{
    struct ldnp_source *source = place->source;
    lua_State *L = source->L;
    const struct dnp_type *type = place->field->type;
    if (!lua_istable(L, -1)) {
        const char *expected = type->kind == DNP_ARRAY ? "list" : "table";
        return REJECT(place, ": %s expected, got %s", expected, luaL_typename(L, -1));
    }
    if (type->kind == DNP_DATASET || source->depth == LDNP_SOURCE_DEPTH) {
        return REJECT(place, ": a %s cannot be sent", type->name);
    }
    struct ldnp_source_frame *frame = &source->frames[source->depth];
    frame->field = place->field;
    frame->index = place->index;
    frame->table = lua_gettop(L);
    source->depth++;
    if (type->kind == DNP_ARRAY) {
        return check_array(source, frame, &value->count);
    }
    luaL_checkstack(L, (int)type->field_count + 2 + STEP_SLOTS, "arguments");
    ldnp_push_record_names(L, source->names, type);
    frame->names = lua_gettop(L);
    lua_rawgeti(L, frame->names, -1);
    frame->numbers = lua_touserdata(L, -1);
    frame->values = frame->names + 2;
    lua_settop(L, frame->values + (int)type->field_count);
    enum dnp_presence presence = check_entries(source, frame);
    return presence == DNP_PRESENT ? check_required(source, frame) : presence;
}

/* ---- the encoder's side ---- */

/* A parameter is an argument, or a field of the first one when the panel wants it beside the record. */
static void push_parameter(const struct ldnp_source *source, const struct dnp_field *field)
{
    lua_State *L = source->L;
    int index = source->first + ldnp_argument_position(source, field);
    if (field->from != NULL) {
        lua_pushstring(L, field->from);
        lua_rawget(L, source->first);
    } else if (index <= source->last) {
        lua_pushvalue(L, index);
    } else {
        lua_pushnil(L);
    }
}

static enum dnp_presence missing_parameter(struct ldnp_source *source, const struct dnp_field *field)
{
    if ((field->flags & DNP_OPTIONAL) != 0) {
        return DNP_MISSING;
    }
    return ldnp_reject(source, NULL, 0, " is missing");
}

struct ldnp_place ldnp_source_push(struct ldnp_source *source, const struct dnp_field *field, size_t index)
{
    struct ldnp_place place = {source, field, field->name, index};
    if (source->depth == 0) {
        source->frames[0].field = field->from != NULL ? source->operation->request.fields : field;
        place.name = NULL;
        push_parameter(source, field);
        return place;
    }
    const struct ldnp_source_frame *frame = &source->frames[source->depth - 1];
    if (frame->field->type->kind == DNP_ARRAY) {
        lua_rawgeti(source->L, frame->table, (int)index + 1);
    } else {
        push_field(source, frame, field);
    }
    return place;
}

void ldnp_source_leave(struct ldnp_source *source)
{
    source->depth--;
    lua_settop(source->L, source->frames[source->depth].table - 1);
}

/* The short way for fields that a record does not have. */
static bool is_absent(const struct ldnp_source *source, const struct dnp_field *field)
{
    const struct ldnp_source_frame *frame = source->depth > 0 ? &source->frames[source->depth - 1] : NULL;
    return frame != NULL && frame->field->type->kind == DNP_RECORD && field->values == NULL &&
           lua_isnil(source->L, slot_of(frame, field));
}

static enum dnp_presence source_get(void *context, const struct dnp_field *field, size_t index, struct dnp_value *value,
                                    struct dnp_error *error)
{
    struct ldnp_source *source = context;
    lua_State *L = source->L;
    source->error = error;
    if (is_absent(source, field)) {
        return DNP_MISSING;
    }
    struct ldnp_place place = ldnp_source_push(source, field, index);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        return source->depth == 0 ? missing_parameter(source, field) : DNP_MISSING;
    }
    if (!DNP_IS_SCALAR(field->type->kind)) {
        return ldnp_source_enter(&place, value);
    }
    enum dnp_presence presence = ldnp_get_scalar(&place, value);
    lua_pop(L, 1);
    return presence;
}

static void source_leave(void *context, const struct dnp_field *field)
{
    (void)field;
    ldnp_source_leave(context);
}

static enum dnp_presence source_unknown(void *context, const struct dnp_field *field, struct dnp_slice *xml,
                                        struct dnp_error *error)
{
    struct ldnp_source *source = context;
    lua_State *L = source->L;
    const struct ldnp_source_frame *frame = &source->frames[source->depth - 1];
    (void)field;
    (void)error;
    xml->data = lua_tolstring(L, frame->values, &xml->length);
    return xml->data != NULL ? DNP_PRESENT : DNP_MISSING;
}

void ldnp_source_init(struct ldnp_source *source, lua_State *L, const struct dnp_operation *operation,
                      const struct dnp_dialect_info *dialect, int first)
{
    luaL_checkstack(L, LDNP_SOURCE_DEPTH * STEP_SLOTS, "arguments");
    *source = (struct ldnp_source){
        .source = {.context = source, .get = source_get, .leave = source_leave, .unknown = source_unknown},
        .L = L,
        .operation = operation,
        .dialect = dialect->dialect,
        .first = first,
        .last = lua_gettop(L),
    };
    ldnp_push_field_names(L, dialect);
    source->names = lua_gettop(L);
}

bool ldnp_source_check_count(struct ldnp_source *source, struct dnp_error *error)
{
    const struct dnp_type *request = &source->operation->request;
    int taken = ldnp_argument_position(source, request->fields + request->field_count);
    int given = source->last - source->first + 1;
    while (given > taken && lua_isnil(source->L, source->first + given - 1)) {
        given--;
    }
    return given <= taken || dnp_fail(error, DNP_USAGE, "%s: %d argument%s expected, got %d", source->operation->method,
                                      taken, taken == 1 ? "" : "s", given);
}
