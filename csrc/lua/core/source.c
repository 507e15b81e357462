/*
 * The arguments of a call as the encoder's source.
 *
 * The encoder walks the contract and asks for one value after the other; this looks each up in the Lua tables, checks
 * it against its row, and describes usage errors. A key that no field has is one too, so each record is looked through
 * once when it is entered.
 */
#include "lua/core/source.h"

#include "base/suggest.h"
#include "lookup/find.h"
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

/* Pushes the names of a record's fields. */
static void push_names(const struct ldnp_source *source, const struct ldnp_source_frame *frame)
{
    lua_State *L = source->L;
    ldnp_push_field_names(L, source->info);
    ldnp_push_record_names(L, lua_gettop(L), frame->field->type);
    lua_remove(L, -2);
}

/* The number of the field that the string at `key` names; 0 when there is none. */
static int number_of_key(const struct ldnp_source *source, const struct ldnp_source_frame *frame, int key)
{
    lua_State *L = source->L;
    int number = ldnp_find_name(frame->numbers, lua_tostring(L, key));
    if (number == 0) {
        push_names(source, frame);
        lua_pushvalue(L, key);
        lua_rawget(L, -2);
        number = (int)lua_tointeger(L, -1);
        lua_pop(L, 2);
    }
    return number;
}

/* A value that the encoder never asks for. */
static enum dnp_presence check_unasked(struct ldnp_source *source, const struct dnp_field *field, int at)
{
    struct dnp_value ignored;
    const struct ldnp_place place = {source, field, field->name, 0, at};
    return ldnp_get_scalar(&place, &ignored);
}

/* A key that no field has; its value is on top. */
static enum dnp_presence check_other_key(struct ldnp_source *source, const struct ldnp_source_frame *frame, int at)
{
    lua_State *L = source->L;
    push_names(source, frame);
    lua_rawgeti(L, -1, 0);
    bool known = lua_rawequal(L, -1, at - 1) != 0;
    lua_pop(L, 2);
    return known ? check_unasked(source, &carried, at) : unknown_field(source, frame->field->type);
}

/* One key of a record with its value at `at`, on top; `*number` is the field's, from 1, or 0 of what is carried
 * unknown. What is not sent is checked here. */
static inline enum dnp_presence check_entry(struct ldnp_source *source, const struct ldnp_source_frame *frame, int at,
                                            int *number)
{
    lua_State *L = source->L;
    if (lua_type(L, at - 1) != LUA_TSTRING) {
        return ldnp_reject(source, NULL, 0, ": expected field names as keys, got a %s", luaL_typename(L, at - 1));
    }
    *number = number_of_key(source, frame, at - 1);
    if (*number == 0) {
        return check_other_key(source, frame, at);
    }
    const struct dnp_field *field = &frame->fields[*number - 1];
    bool sent = field->alias_of == NULL && (field->flags & DNP_HOISTED) == 0;
    return sent ? DNP_PRESENT : check_unasked(source, field, at);
}

/* Checks the keys, and puts the values on the stack in the order of the fields: each is asked for once, and most fields
 * of a record are not there. */
static enum dnp_presence check_entries(struct ldnp_source *source, struct ldnp_source_frame *frame)
{
    lua_State *L = source->L;
    const int at = frame->values + (int)frame->field->type->field_count + 2;
    lua_pushnil(L);
    while (lua_next(L, frame->table) != 0) {
        int number = 0;
        if (check_entry(source, frame, at, &number) != DNP_PRESENT) {
            return DNP_INVALID;
        }
        frame->present |= number > 0 ? ldnp_field_bit((size_t)number - 1) : 0;
        lua_replace(L, frame->values + number);
    }
    return DNP_PRESENT;
}

/* The number of a field, from 1, whose value counts for one: its own, or its alias' when only that is there; else 0. */
static size_t find_field(const struct ldnp_source_frame *frame, size_t field)
{
    size_t alias = frame->numbers->aliases[field];
    if ((frame->present & ldnp_field_bit(field)) != 0) {
        return field + 1;
    }
    return alias > 0 && (frame->present & ldnp_field_bit(alias - 1)) != 0 ? alias : 0;
}

/* Fields that have to be there, of a call's first record. */
static uint64_t required_fields(const struct ldnp_source *source, const struct ldnp_source_frame *frame)
{
    const struct ldnp_name_index *numbers = frame->numbers;
    const char *const *names = source->depth == 1 ? source->operation->required : NULL;
    for (size_t i = 0; names != NULL && i < numbers->required_count; i++) {
        if (numbers->required[i].names == names) {
            return numbers->required[i].fields;
        }
    }
    return 0;
}

static enum dnp_presence check_required(struct ldnp_source *source, const struct ldnp_source_frame *frame)
{
    const uint64_t required = required_fields(source, frame);
    const struct dnp_type *type = frame->field->type;
    const char *const *names = source->operation->required;
    bool missing = false;
    for (size_t i = 0; (required & ~frame->present) != 0 && i < type->field_count; i++) {
        missing = missing || ((required & ldnp_field_bit(i)) != 0 && find_field(frame, i) == 0);
    }
    while (missing) { /* in the order of the operation's list */
        const struct dnp_field *field = dnp_find_field(type, *names++, source->dialect);
        if (field != NULL && find_field(frame, (size_t)(field - type->fields)) == 0) {
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
            return ldnp_reject(source, NULL, 0, ": expected list, got a table with other keys");
        }
        keys++;
    }
    return keys == *count ? DNP_PRESENT : ldnp_reject(source, NULL, 0, ": expected list, got a table with holes");
}

enum dnp_presence ldnp_source_enter(const struct ldnp_place *place, struct dnp_value *value)
{
    struct ldnp_source *source = place->source;
    lua_State *L = source->L;
    const struct dnp_type *type = place->field->type;
    if (!lua_istable(L, -1)) {
        const char *expected = type->kind == DNP_ARRAY ? "list" : "table";
        return REJECT(place, ": expected %s, got %s", expected, luaL_typename(L, place->at));
    }
    if (type->kind == DNP_DATASET || source->depth == LDNP_SOURCE_DEPTH) {
        return REJECT(place, ": a %s cannot be sent", type->name);
    }
    struct ldnp_source_frame *frame = &source->frames[source->depth];
    frame->field = place->field;
    frame->fields = type->fields;
    frame->index = place->index;
    frame->table = lua_gettop(L);
    source->depth++;
    source->record = type->kind == DNP_RECORD ? frame : NULL;
    if (type->kind == DNP_ARRAY) {
        return check_array(source, frame, &value->count);
    }
    luaL_checkstack(L, (int)type->field_count + 2 + STEP_SLOTS, "arguments");
    frame->numbers = ldnp_find_index(source->names, type);
    frame->values = frame->table + 1;
    frame->present = 0;
    lua_settop(L, frame->values + (int)type->field_count);
    enum dnp_presence presence = check_entries(source, frame);
    return presence == DNP_PRESENT ? check_required(source, frame) : presence;
}

/* ---- the encoder's side ---- */

/* A parameter is an argument, or a field of the first one when the panel wants it beside the record. */
static int find_parameter(const struct ldnp_source *source, const struct dnp_field *field)
{
    lua_State *L = source->L;
    if (field->from != NULL) {
        lua_pushstring(L, field->from);
        lua_rawget(L, source->first);
        return lua_gettop(L);
    }
    int index = source->first + ldnp_argument_position(source, field);
    return index <= source->last ? index : 0;
}

static enum dnp_presence missing_parameter(struct ldnp_source *source, const struct dnp_field *field)
{
    if ((field->flags & DNP_OPTIONAL) != 0) {
        return DNP_MISSING;
    }
    return ldnp_reject(source, NULL, 0, " is missing");
}

/* Where a field's value is on the stack; 0: it is not there. */
static int find_in_record(const struct ldnp_source_frame *frame, const struct dnp_field *field)
{
    size_t number = find_field(frame, (size_t)(field - frame->fields));
    return number > 0 ? frame->values + (int)number : 0;
}

/* The place of a field of the current frame, or of an argument; its index is 0 where there is none. Where the value is
 * not on the stack, it is pushed. */
static struct ldnp_place find_value(struct ldnp_source *source, const struct dnp_field *field, size_t index)
{
    struct ldnp_place place = {source, field, field->name, index, 0};
    if (source->record != NULL) {
        place.at = find_in_record(source->record, field);
    } else if (source->depth > 0) {
        lua_rawgeti(source->L, source->frames[source->depth - 1].table, (int)index + 1);
        place.at = lua_gettop(source->L);
    } else {
        source->frames[0].field = field->from != NULL ? source->operation->request.fields : field;
        place.name = NULL;
        place.at = find_parameter(source, field);
    }
    return place;
}

struct ldnp_place ldnp_source_push(struct ldnp_source *source, const struct dnp_field *field, size_t index)
{
    lua_State *L = source->L;
    const int top = lua_gettop(L);
    struct ldnp_place place = find_value(source, field, index);
    if (place.at == 0) {
        lua_pushnil(L);
    } else if (place.at <= top) {
        lua_pushvalue(L, place.at);
    }
    place.at = top + 1;
    return place;
}

void ldnp_source_leave(struct ldnp_source *source)
{
    const struct ldnp_source_frame *outer = --source->depth > 0 ? &source->frames[source->depth - 1] : NULL;
    source->record = outer != NULL && outer->field->type->kind == DNP_RECORD ? outer : NULL;
    lua_settop(source->L, source->frames[source->depth].table - 1);
}

/* Kept out of source_get, which then needs no room of its own. */
static __attribute__((noinline)) enum dnp_presence
get_scalar_at(struct ldnp_source *source, const struct dnp_field *field, int at, struct dnp_value *value)
{
    const struct ldnp_place place = {source, field, field->name, 0, at};
    return ldnp_get_scalar(&place, value);
}

/* Whatever is not a field of a record, and what is but no scalar. Kept out of source_get likewise. */
static __attribute__((noinline)) enum dnp_presence get_other(struct ldnp_source *source, const struct dnp_field *field,
                                                             size_t index, struct dnp_value *value)
{
    lua_State *L = source->L;
    const int top = lua_gettop(L);
    struct ldnp_place place = ldnp_source_push(source, field, index);
    if (lua_isnil(L, place.at)) {
        lua_settop(L, top);
        return source->depth == 0 ? missing_parameter(source, field) : DNP_MISSING;
    }
    if (!DNP_IS_SCALAR(field->type->kind)) {
        return ldnp_source_enter(&place, value);
    }
    enum dnp_presence presence = ldnp_get_scalar(&place, value);
    lua_settop(L, top); /* a text is the table's, too */
    return presence;
}

/* Most fields of a record are not there. */
static enum dnp_presence source_get(void *context, const struct dnp_field *field, size_t index, struct dnp_value *value,
                                    struct dnp_error *error)
{
    struct ldnp_source *source = context;
    const struct ldnp_source_frame *record = source->record;
    int at = record != NULL ? find_in_record(record, field) : 0;
    if (record != NULL && at == 0) {
        return DNP_MISSING;
    }
    source->error = error;
    if (at != 0 && DNP_IS_SCALAR(field->type->kind)) {
        return get_scalar_at(source, field, at, value);
    }
    return get_other(source, field, index, value);
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
                      const struct dnp_dialect_info *dialect, const struct ldnp_dialect_names *names, int first,
                      int last)
{
    luaL_checkstack(L, LDNP_SOURCE_DEPTH * STEP_SLOTS, "arguments");
    source->source =
        (struct dnp_source){.context = source, .get = source_get, .leave = source_leave, .unknown = source_unknown};
    source->L = L;
    source->operation = operation;
    source->dialect = dialect->dialect;
    source->info = dialect;
    source->names = names;
    source->first = first;
    source->last = last;
    source->depth = 0;
    source->record = NULL;
    source->check = NULL;
    source->error = NULL;
}

bool ldnp_source_check_count(struct ldnp_source *source, struct dnp_error *error)
{
    const struct dnp_type *request = &source->operation->request;
    int taken = ldnp_argument_position(source, request->fields + request->field_count);
    int given = source->last - source->first + 1;
    while (given > taken && lua_isnil(source->L, source->first + given - 1)) {
        given--;
    }
    return given <= taken || dnp_fail(error, DNP_USAGE, "%s: expected %d argument%s, got %d", source->operation->method,
                                      taken, taken == 1 ? "" : "s", given);
}
