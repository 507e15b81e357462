/*
 * Lua values from decoded ones, without anything in between.
 *
 * This runs once for each value of a response, so it is kept short: field names lie ready, as upvalues of the function
 * that reads, tables are made with their exact sizes, and while a long response is read the collector rests: nothing
 * that is made here is garbage. The collector catches up when the next long response begins: in a loop, the one before
 * it is garbage by then, and is freed without having been marked; right after a response it would go through all of it
 * and free nothing.
 * Any Lua error leaves by longjmp; the decoder allows that and nothing here is owned by C.
 */
#include "lua/core/sink.h"

#include <string.h>

#include "lookup/find.h"
#include "lua/core/field_names.h"

/* Digits that a double surely keeps. */
#define EXACT_DIGITS 15
/* A response of as many records or rows is long. */
#define MANY_COMPOUNDS 64
/*
 * The part of what long responses have made that the collector catches up with before the next. LuaJIT goes through
 * twice as many bytes as it is told, in a loop hardly any but the garbage; for a program that keeps its responses, all
 * of it would cost more than it brings. Lua takes the number for memory that was made.
 */
#if LUA_VERSION_NUM == 501
#define COLLECTED_PART 2
#else
#define COLLECTED_PART 1
#endif
/* Slots that one step into a response may take, with some to spare. */
#define STEP_SLOTS 10
/* Where the value of the response is. */
#define ROOT 1
/* Upvalues of the function that reads: its layout, then names and constructors. */
#define LAYOUT_UPVALUE 1
#define MOST_UPVALUES 255

static size_t significant_digits(struct dnp_slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++) {
        char letter = text.data[i];
        if (letter >= '0' && letter <= '9' && (count > 0 || letter != '0')) {
            count++;
        }
    }
    return count;
}

static void push_decimal(lua_State *L, const struct dnp_value *value)
{
    if (significant_digits(value->text) <= EXACT_DIGITS) {
        lua_pushnumber(L, value->number);
    } else {
        lua_pushlstring(L, value->text.data, value->text.length);
    }
}

static void push_number(lua_State *L, enum dnp_kind kind, const struct dnp_value *value)
{
    switch (kind) {
    case DNP_INT:
    case DNP_USHORT:
        lua_pushinteger(L, (lua_Integer)value->integer);
        break;
    case DNP_LONG:
        ldnp_push_integer(L, value->integer);
        break;
    case DNP_DOUBLE:
        lua_pushnumber(L, value->number);
        break;
    default:
        push_decimal(L, value);
        break;
    }
}

/* Strings first: most values are. */
static inline void push_scalar(lua_State *L, enum dnp_kind kind, const struct dnp_value *value)
{
    if (kind >= DNP_STRING) {
        lua_pushlstring(L, value->text.data, value->text.length);
    } else if (kind == DNP_BOOL) {
        lua_pushboolean(L, value->boolean);
    } else {
        push_number(L, kind, value);
    }
}

/* ---- records that a constructor makes ---- */

/* Makes the top of the stack the place of the argument `index`, if that is beyond those that there are. */
static void reach_argument(lua_State *L, const struct ldnp_sink_frame *frame, int index)
{
    for (int i = frame->count; i < index; i++) {
        lua_pushnil(L);
    }
}

/* The argument `index` is on top: it stands there already, or takes the place of an earlier one. */
static void place_argument(lua_State *L, struct ldnp_sink_frame *frame, int index)
{
    if (index >= frame->count) {
        frame->count = index + 1;
    } else {
        lua_replace(L, frame->table + 1 + index);
    }
}

/* Puts the record in the place of its constructor; it is a table from now on. */
static void construct(lua_State *L, struct ldnp_sink_frame *frame)
{
    reach_argument(L, frame, frame->fields_count);
    lua_call(L, frame->fields_count, 1);
    frame->kind = LDNP_IN_RECORD;
}

/* Values that are not the next argument, nor members of a record. Kept out of sink_value, which most values pass. */
static __attribute__((noinline)) bool take_other(struct ldnp_sink *sink, const struct dnp_field *field,
                                                 const struct dnp_value *value)
{
    struct ldnp_sink_frame *top = sink->top;
    lua_State *L = sink->L;
    switch (top->kind) {
    case LDNP_IN_ARGUMENTS:
        reach_argument(L, top, (int)(field - top->fields));
        push_scalar(L, field->type->kind, value);
        place_argument(L, top, (int)(field - top->fields));
        break;
    case LDNP_IN_ROW:
        lua_rawgeti(L, top->names, (int)(field - top->fields) + 1);
        push_scalar(L, field->type->kind, value);
        lua_rawset(L, top->table);
        break;
    case LDNP_IN_ARRAY:
        push_scalar(L, field->type->kind, value);
        lua_rawseti(L, top->table, ++top->count);
        break;
    case LDNP_IN_MESSAGE:
        lua_settop(L, ROOT - 1);
        push_scalar(L, field->type->kind, value);
        break;
    default: /* a DataSet has none */
        break;
    }
    return true;
}

static bool sink_value(void *context, const struct dnp_field *field, const struct dnp_value *value)
{
    struct ldnp_sink *sink = context;
    struct ldnp_sink_frame *top = sink->top;
    if (top->kind == LDNP_IN_RECORD) {
        lua_State *L = sink->L;
        lua_pushvalue(L, top->names + (int)(field - top->fields));
        push_scalar(L, field->type->kind, value);
        lua_rawset(L, top->table);
        return true;
    }
    if (top->kind != LDNP_IN_ARGUMENTS || (int)(field - top->fields) != top->count) {
        return take_other(sink, field, value);
    }
    top->count++;
    push_scalar(sink->L, field->type->kind, value);
    return true;
}

/* The key in the registry for the kilobytes of long responses that the collector has not caught up with. */
static const char uncollected;

static int get_uncollected(lua_State *L)
{
    ldnp_push_registered(L, &uncollected);
    int kilobytes = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    return kilobytes;
}

static void put_uncollected(lua_State *L, int kilobytes)
{
    lua_pushinteger(L, kilobytes);
    ldnp_register(L, &uncollected);
}

/* The restart discards what the pause between two cycles has saved up: a step would be counted against that first. */
static void catch_up(lua_State *L)
{
    int kilobytes = get_uncollected(L);
    if (kilobytes > 0) {
        put_uncollected(L, 0);
        lua_gc(L, LUA_GCRESTART, 0);
        lua_gc(L, LUA_GCSTEP, kilobytes / COLLECTED_PART);
    }
}

static void stop_collector(struct ldnp_sink *sink)
{
    if (!sink->lets_collector_run && !sink->collector_stopped && ldnp_collector_runs(sink->L)) {
        lua_gc(sink->L, LUA_GCSTOP, 0);
        sink->kilobytes = lua_gc(sink->L, LUA_GCCOUNT, 0);
        sink->collector_stopped = true;
    }
}

static void rest_collector(struct ldnp_sink *sink)
{
    if (++sink->compounds == MANY_COMPOUNDS) {
        if (!sink->lets_collector_run && ldnp_collector_runs(sink->L)) {
            catch_up(sink->L);
        }
        stop_collector(sink);
    }
}

static struct ldnp_sink_frame *enter(struct ldnp_sink *sink, enum ldnp_frame_kind kind)
{
    luaL_checkstack(sink->L, STEP_SLOTS, "response");
    if (sink->top + 1 == sink->frames + LDNP_SINK_DEPTH) {
        luaL_error(sink->L, "the response is nested too deeply");
    }
    sink->top++;
    sink->top->kind = kind;
    sink->top->count = 0;
    return sink->top;
}

static const struct ldnp_sink_type *find_type(const struct ldnp_sink *sink, const struct dnp_type *type)
{
    int i = 0;
    while (sink->layout->types[i].type != type) {
        i++;
    }
    return &sink->layout->types[i];
}

/* The names of a list's records are copied to the stack when the second begins: what is there takes less time to find
 * than what is among the upvalues. */
static int names_of(lua_State *L, struct ldnp_sink_frame *parent, const struct ldnp_sink_type *entry)
{
    if (parent->kind != LDNP_IN_ARRAY || parent->count == 0) {
        return entry->names;
    }
    if (parent->names == 0) {
        int count = (int)entry->type->field_count;
        luaL_checkstack(L, count + STEP_SLOTS, "response");
        parent->names = lua_gettop(L) + 1;
        for (int i = 0; i < count; i++) {
            lua_pushvalue(L, entry->names + i);
        }
    }
    return parent->names;
}

static void begin_record(struct ldnp_sink *sink, struct ldnp_sink_frame *parent, struct ldnp_sink_frame *frame,
                         const struct dnp_type *type)
{
    const struct ldnp_sink_type *entry = find_type(sink, type);
    lua_State *L = sink->L;
    rest_collector(sink);
    frame->fields = type->fields;
    if (entry->constructor != 0) {
        luaL_checkstack(L, (int)type->field_count + STEP_SLOTS, "response");
        frame->kind = LDNP_IN_ARGUMENTS;
        frame->fields_count = (int)type->field_count;
        lua_pushvalue(L, entry->constructor);
    } else {
        frame->names = names_of(L, parent, entry);
        lua_createtable(L, 0, entry->size);
    }
    frame->table = lua_gettop(L);
}

/* A record's name in its parent lies below its table, so that the end of it is one rawset. */
static void prepare_parent(struct ldnp_sink *sink, const struct ldnp_sink_frame *parent, int index)
{
    if (parent->kind == LDNP_IN_RECORD) {
        lua_pushvalue(sink->L, parent->names + index);
    } else if (parent->kind == LDNP_IN_ARGUMENTS) {
        reach_argument(sink->L, parent, index);
    } else if (parent->kind == LDNP_IN_MESSAGE) {
        lua_settop(sink->L, ROOT - 1); /* a response that holds its result twice means the last */
    }
}

static bool sink_begin(void *context, const struct dnp_field *field)
{
    struct ldnp_sink *sink = context;
    lua_State *L = sink->L;
    struct ldnp_sink_frame *parent = sink->top;
    enum dnp_kind kind = field->type->kind;
    struct ldnp_sink_frame *frame = enter(sink, kind == DNP_RECORD  ? LDNP_IN_RECORD
                                                : kind == DNP_ARRAY ? LDNP_IN_ARRAY
                                                                    : LDNP_IN_DATASET);
    bool member = parent->kind == LDNP_IN_RECORD || parent->kind == LDNP_IN_ARGUMENTS;
    frame->index = member ? (int)(field - parent->fields) : 0;
    prepare_parent(sink, parent, frame->index);
    if (kind == DNP_RECORD) {
        begin_record(sink, parent, frame, field->type);
        return true;
    }
    lua_newtable(L);
    frame->table = lua_gettop(L);
    frame->names = 0;
    if (kind == DNP_DATASET) {
        lua_newtable(L); /* names of each table's columns */
        frame->names = lua_gettop(L);
    }
    return true;
}

static bool sink_end(void *context, const struct dnp_field *field)
{
    struct ldnp_sink *sink = context;
    struct ldnp_sink_frame *parent = sink->top - 1;
    (void)field;
    if (sink->top->kind == LDNP_IN_ARGUMENTS) {
        construct(sink->L, sink->top);
    } else {
        lua_settop(sink->L, sink->top->table);
    }
    if (parent->kind == LDNP_IN_RECORD) {
        lua_rawset(sink->L, parent->table);
    } else if (parent->kind == LDNP_IN_ARGUMENTS) {
        place_argument(sink->L, parent, sink->top->index);
    } else if (parent->kind == LDNP_IN_ARRAY) {
        lua_rawseti(sink->L, parent->table, ++parent->count);
    }
    sink->top = parent;
    return true;
}

static void push_column(lua_State *L, const struct dnp_field *column)
{
    lua_createtable(L, 0, 2);
    lua_pushstring(L, column->name);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, column->type->name);
    lua_setfield(L, -2, "type");
}

/* A table of a DataSet is an array of rows that has `name` and `columns` beside them. */
static bool sink_table(void *context, const struct dnp_table *table, size_t index)
{
    struct ldnp_sink *sink = context;
    lua_State *L = sink->L;
    int count = (int)table->column_count;
    luaL_checkstack(L, STEP_SLOTS, "response");
    lua_createtable(L, 0, 2);
    lua_pushstring(L, table->name);
    lua_setfield(L, -2, "name");
    lua_createtable(L, count, 0); /* columns */
    lua_createtable(L, count, 0); /* their names */
    for (int i = 0; i < count; i++) {
        push_column(L, &table->columns[i]);
        lua_rawseti(L, -3, i + 1);
        lua_pushstring(L, table->columns[i].name);
        lua_rawseti(L, -2, i + 1);
    }
    lua_rawseti(L, sink->top->names, (int)index + 1);
    lua_setfield(L, -2, "columns");
    lua_rawseti(L, sink->top->table, (int)index + 1);
    return true;
}

static bool sink_row_begin(void *context, const struct dnp_table *table, size_t index)
{
    struct ldnp_sink *sink = context;
    lua_State *L = sink->L;
    const struct ldnp_sink_frame *dataset = sink->top;
    struct ldnp_sink_frame *frame = enter(sink, LDNP_IN_ROW);
    rest_collector(sink);
    lua_rawgeti(L, dataset->table, (int)index + 1);
    lua_rawgeti(L, dataset->names, (int)index + 1);
    lua_createtable(L, 0, (int)table->column_count);
    frame->fields = table->columns;
    frame->table = lua_gettop(L);
    frame->names = frame->table - 1;
    return true;
}

static bool sink_row_end(void *context, const struct dnp_table *table, size_t index)
{
    struct ldnp_sink *sink = context;
    lua_State *L = sink->L;
    int rows = sink->top->table - 2;
    (void)table;
    (void)index;
    lua_rawseti(L, rows, (int)lua_rawlen(L, rows) + 1);
    lua_settop(L, rows - 1);
    sink->top--;
    return true;
}

static bool sink_unknown(void *context, struct dnp_slice xml)
{
    struct ldnp_sink *sink = context;
    lua_State *L = sink->L;
    if (sink->top->kind == LDNP_IN_ARGUMENTS) {
        construct(L, sink->top); /* a record's end is next */
    }
    if (sink->top->kind == LDNP_IN_RECORD) {
        lua_pushliteral(L, LDNP_UNKNOWN_NAME);
        lua_pushlstring(L, xml.data, xml.length);
        lua_rawset(L, sink->top->table);
    }
    return true;
}

/* Pushes a record's constructor, or the names of its fields, the last first: pseudo-indices of upvalues fall. `upvalues`
 * counts them. */
static void push_names(lua_State *L, struct ldnp_sink_type *entry, int names, enum dnp_dialect dialect, int *upvalues)
{
    const struct dnp_type *type = entry->type;
    luaL_checkstack(L, (int)type->field_count + STEP_SLOTS, "response");
    ldnp_push_constructor(L, names, type, dialect);
    if (!lua_isnil(L, -1)) {
        *upvalues += 1;
        entry->constructor = lua_upvalueindex(*upvalues);
        return;
    }
    lua_pop(L, 1);
    ldnp_push_record_names(L, names, type);
    int table = lua_gettop(L);
    for (int i = (int)type->field_count; i > 0; i--) {
        lua_rawgeti(L, table, i);
        entry->size += dnp_field_on_wire(&type->fields[i - 1], dialect);
    }
    lua_remove(L, table);
    *upvalues += (int)type->field_count;
    entry->names = lua_upvalueindex(*upvalues);
}

static void make_function(lua_State *L, const struct dnp_operation *operation, const struct dnp_dialect_info *dialect,
                          lua_CFunction run)
{
    struct dnp_type_set set = {.count = 0};
    int upvalues = LAYOUT_UPVALUE;
    luaL_checkstack(L, STEP_SLOTS, "response");
    ldnp_push_field_names(L, dialect);
    int names = lua_gettop(L);
    struct ldnp_sink_layout *layout = lua_newuserdata(L, sizeof *layout);
    memset(layout, 0, sizeof *layout);
    dnp_type_set_add_message(&set, &operation->response, dialect->dialect);
    for (size_t i = 0; i < set.count; i++) {
        if (set.types[i]->kind == DNP_RECORD) {
            struct ldnp_sink_type *entry = &layout->types[layout->count++];
            entry->type = set.types[i];
            push_names(L, entry, names, dialect->dialect, &upvalues);
        }
    }
    if (upvalues > MOST_UPVALUES) {
        luaL_error(L, "responses to %s have too many fields", operation->name);
    }
    lua_pushcclosure(L, run, upvalues);
    lua_remove(L, names);
}

void ldnp_sink_push_function(lua_State *L, const struct dnp_operation *operation,
                             const struct dnp_dialect_info *dialect, lua_CFunction run)
{
    /* An operation's row is longer than there are dialects: each of its bytes is the key of one. */
    const char *key = (const char *)operation + (dialect - dnp_dialects);
    ldnp_push_registered(L, key);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        make_function(L, operation, dialect, run);
        lua_pushvalue(L, -1);
        ldnp_register(L, key);
    }
}

void ldnp_sink_enter(struct ldnp_sink *sink)
{
    sink->layout = lua_touserdata(sink->L, lua_upvalueindex(LAYOUT_UPVALUE));
}

void ldnp_sink_init(struct ldnp_sink *sink, lua_State *L)
{
    sink->sink = (struct dnp_sink){
        .context = sink,
        .begin = sink_begin,
        .end = sink_end,
        .value = sink_value,
        .table = sink_table,
        .row_begin = sink_row_begin,
        .row_end = sink_row_end,
        .unknown = sink_unknown,
    };
    sink->L = L;
    sink->layout = NULL;
    sink->lets_collector_run = false;
    sink->collector_stopped = false;
    ldnp_sink_clear(sink);
}

void ldnp_sink_clear(struct ldnp_sink *sink)
{
    lua_settop(sink->L, ROOT - 1);
    sink->compounds = 0;
    sink->top = sink->frames;
    sink->top->kind = LDNP_IN_MESSAGE;
    sink->frames[1].kind = LDNP_IN_MESSAGE;
}

void ldnp_sink_push_result(const struct ldnp_sink *sink)
{
    if (lua_gettop(sink->L) < ROOT) {
        lua_pushnil(sink->L);
    } else {
        lua_pushvalue(sink->L, ROOT);
    }
}

void ldnp_sink_resume(struct ldnp_sink *sink)
{
    if (sink->compounds >= MANY_COMPOUNDS) {
        stop_collector(sink);
    }
}

int ldnp_sink_pause(struct ldnp_sink *sink)
{
    if (!sink->collector_stopped) {
        return 0;
    }
    sink->collector_stopped = false;
    lua_gc(sink->L, LUA_GCRESTART, 0);
    return lua_gc(sink->L, LUA_GCCOUNT, 0) - sink->kilobytes;
}

void ldnp_sink_owe(lua_State *L, int kilobytes)
{
    put_uncollected(L, get_uncollected(L) + kilobytes);
}

/* Moves what is in the array at `from` on L; `table` is the index of what follows each, or 0. */
static int move_items(lua_State *L, int from, int table, int target, int length)
{
    int count = (int)lua_rawlen(L, from);
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(L, from, i);
        lua_rawseti(L, target, ++length);
        if (table != 0) {
            lua_pushvalue(L, table);
            lua_rawseti(L, target, ++length);
        }
    }
    for (int i = count; i > 0; i--) {
        lua_pushnil(L);
        lua_rawseti(L, from, i);
    }
    return length;
}

int ldnp_sink_drain(struct ldnp_sink *sink, lua_State *L, int target, int length)
{
    struct ldnp_sink_frame *list = &sink->frames[1];
    if (lua_gettop(sink->L) < ROOT) {
        return length;
    }
    lua_pushvalue(sink->L, ROOT);
    lua_xmove(sink->L, L, 1);
    int from = lua_gettop(L);
    if (list->kind == LDNP_IN_ARRAY) {
        length = move_items(L, from, 0, target, length);
        list->count = 0;
    } else if (list->kind == LDNP_IN_DATASET) {
        int tables = (int)lua_rawlen(L, from);
        for (int i = 1; i <= tables; i++) {
            lua_rawgeti(L, from, i);
            length = move_items(L, from + 1, from + 1, target, length);
            lua_pop(L, 1);
        }
    }
    lua_settop(L, from - 1);
    return length;
}
