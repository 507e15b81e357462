/*
 * One Lua value as the value of a field: its type, its range, its spelling.
 *
 * Strict where Lua is not: no string is a number, no number a string, nothing but a boolean a boolean.
 */
#include "lua/core/scalar.h"

#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "base/utf8.h"
#include "lookup/find.h"
#include "lua/core/usage_error.h"
#include "value/column.h"
#include "xml/writer.h"

#define NUMBER_IN_STRING "a number in a string"

#define REJECT(place, ...) ldnp_reject((place)->source, (place)->name, (place)->index, __VA_ARGS__)

static const char *type_name(const struct ldnp_place *place)
{
    return luaL_typename(place->source->L, place->at);
}

/* Whether the value is a string that Lua itself would take for a number. */
static bool holds_number(const struct ldnp_place *place)
{
    lua_State *L = place->source->L;
    return lua_type(L, place->at) == LUA_TSTRING && lua_isnumber(L, place->at) != 0;
}

static bool is_required(const struct ldnp_source *source, const char *name)
{
    const char *const *required = source->operation->required;
    if (required == NULL || source->depth != 1) {
        return false;
    }
    while (*required != NULL && strcmp(*required, name) != 0) {
        required++;
    }
    return *required != NULL;
}

static void range_of(enum dnp_kind kind, int64_t *minimum, int64_t *maximum)
{
    *minimum = kind == DNP_USHORT ? 0 : kind == DNP_LONG ? INT64_MIN : INT32_MIN;
    *maximum = kind == DNP_USHORT ? UINT16_MAX : kind == DNP_LONG ? INT64_MAX : INT32_MAX;
}

static enum dnp_presence out_of_range(const struct ldnp_place *place, int64_t minimum, int64_t maximum)
{
    double number = (double)lua_tonumber(place->source->L, place->at);
    return number < 0 ? REJECT(place, " must be at least %" PRId64 ", got %.14g", minimum, number)
                      : REJECT(place, " must be at most %" PRId64 ", got %.14g", maximum, number);
}

/* An integer of the field's own width; names of enumerations are dealt with before. */
static enum dnp_presence get_integer(const struct ldnp_place *place, struct dnp_value *value)
{
    lua_State *L = place->source->L;
    enum dnp_kind kind = place->field->type->kind == DNP_ENUM ? DNP_INT : place->field->type->kind;
    int64_t minimum = 0;
    int64_t maximum = 0;
    range_of(kind, &minimum, &maximum);
    if (kind == DNP_LONG && lua_type(L, place->at) == LUA_TSTRING) {
        /* Where numbers are doubles, a long that was read can be its exact text. */
        struct dnp_slice text = {NULL, 0};
        text.data = lua_tolstring(L, place->at, &text.length);
        if (dnp_parse_integer(text, minimum, maximum, &value->integer)) {
            return DNP_PRESENT;
        }
    }
    if (lua_type(L, place->at) != LUA_TNUMBER) {
        return REJECT(place, ": expected integer, got %s", holds_number(place) ? NUMBER_IN_STRING : type_name(place));
    }
    if (!ldnp_to_integer(L, place->at, &value->integer)) {
        double number = (double)lua_tonumber(L, place->at);
        return isfinite(number) && floor(number) >= number ? out_of_range(place, minimum, maximum)
                                                           : REJECT(place, ": expected integer, got %.14g", number);
    }
    if (value->integer < minimum || value->integer > maximum) {
        return out_of_range(place, minimum, maximum);
    }
    if ((place->field->flags & DNP_POSITIVE) != 0 && value->integer < 1 &&
        (place->name == NULL || is_required(place->source, place->field->name))) {
        return REJECT(place, " must be at least 1, got %d", (int)value->integer);
    }
    return DNP_PRESENT;
}

/* "'Active', 'Suspended'" for a wrong name, "1 (Active), 2 (Suspended)" for a wrong number. */
static void list_choices(const struct dnp_type *type, enum dnp_dialect dialect, bool numbers, char *text, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < type->value_count && used < size; i++) {
        const struct dnp_enum_value *value = &type->values[i];
        if ((value->dialects & (unsigned)dialect) != 0) {
            const char *separator = used > 0 ? ", " : "";
            int length =
                numbers ? snprintf(text + used, size - used, "%s%d (%s)", separator, (int)value->number, value->name)
                        : snprintf(text + used, size - used, "%s'%s'", separator, value->name);
            used += length > 0 ? (size_t)length : 0;
        }
    }
}

static enum dnp_presence no_such_name(const struct ldnp_place *place, const struct dnp_type *type,
                                      struct dnp_slice name)
{
    struct dnp_suggestion suggestion;
    char buffer[LDNP_SHOWN_SIZE];
    char choices[256] = "";
    char hint[DNP_NAME_SIZE + 32] = "";
    dnp_suggest_start(&suggestion, name.data, name.length);
    for (size_t i = 0; i < type->value_count; i++) {
        if ((type->values[i].dialects & (unsigned)place->source->dialect) != 0) {
            dnp_suggest_consider(&suggestion, type->values[i].name);
        }
    }
    if (suggestion.best != NULL) {
        dnp_suggest_format(&suggestion, hint, sizeof hint);
    }
    list_choices(type, place->source->dialect, false, choices, sizeof choices);
    return REJECT(place, ": expected one of %s, got '%s'%s", choices, ldnp_shown(name, buffer), hint);
}

/* A member of an enumeration, by number or by name. */
static enum dnp_presence get_choice(const struct ldnp_place *place, const struct dnp_type *type,
                                    struct dnp_value *value)
{
    lua_State *L = place->source->L;
    const struct dnp_enum_value *choice = NULL;
    if (lua_type(L, place->at) == LUA_TSTRING) {
        struct dnp_slice name = {NULL, 0};
        name.data = lua_tolstring(L, place->at, &name.length);
        choice = dnp_find_enum_name(type, name.data, name.length, place->source->dialect);
        if (choice == NULL && holds_number(place)) {
            return REJECT(place, ": expected number or name of a %s, got " NUMBER_IN_STRING, type->name);
        }
        if (choice == NULL) {
            return no_such_name(place, type, name);
        }
    } else if (lua_type(L, place->at) == LUA_TNUMBER) {
        enum dnp_presence presence = get_integer(place, value);
        if (presence != DNP_PRESENT) {
            return presence;
        }
        choice = dnp_find_enum_number(type, value->integer, place->source->dialect);
        if (choice == NULL) {
            char choices[256] = "";
            list_choices(type, place->source->dialect, true, choices, sizeof choices);
            return REJECT(place, ": expected one of %s, got %d", choices, (int)value->integer);
        }
    } else {
        return REJECT(place, ": expected number or name of a %s, got %s", type->name, type_name(place));
    }
    value->integer = choice->number;
    value->text = dnp_slice_of(choice->name);
    return DNP_PRESENT;
}

/* What the panel would cut or change without a word. What it gave itself fits, but for characters that another code
 * page than the usual one has, so those of a record that was read are not looked at. */
static enum dnp_presence check_column(const struct ldnp_place *place, struct dnp_slice text)
{
    const struct dnp_field *field = place->field;
    size_t units = field->length > 0 && text.length > field->length ? dnp_column_units(text) : 0;
    if (units > field->length) {
        return REJECT(place, " must be at most %u characters, got %zu", field->length, units);
    }
    if (place->source->operation->rewrites) {
        return DNP_PRESENT;
    }
    if ((field->flags & DNP_NAME) != 0 && dnp_column_trims(text)) {
        return REJECT(place, " must not begin or end with a blank");
    }
    size_t wide = (field->flags & DNP_NARROW) != 0 ? dnp_column_find_wide(text) : text.length;
    if (wide < text.length) {
        struct dnp_slice rest = {text.data + wide, text.length - wide};
        return REJECT(place, " holds U+%04X, which the panel keeps as a question mark (byte %zu)",
                      (unsigned)dnp_utf8_take(&rest), wide + 1);
    }
    return DNP_PRESENT;
}

/* Whether none of eight bytes is a control character, or beyond ASCII. */
static bool is_ascii_word(uint64_t word)
{
    const uint64_t each = UINT64_C(0x0101010101010101);
    return ((word | (word - 0x20 * each)) & (0x80 * each)) == 0;
}

static uint64_t load_word(const char *text)
{
    uint64_t word = 0;
    memcpy(&word, text, sizeof word);
    return word;
}

static uint64_t load_half(const char *text)
{
    uint32_t half = 0;
    memcpy(&half, text, sizeof half);
    return half;
}

/* Whether a text is surely good; most are, and short. The last bytes are looked at twice. */
static bool is_ascii(const char *text, size_t length)
{
    if (length < 8) {
        return length >= 4 && is_ascii_word(load_half(text) << 32 | load_half(text + length - 4));
    }
    for (size_t i = 0; i + 8 < length; i += 8) {
        if (!is_ascii_word(load_word(text + i))) {
            return false;
        }
    }
    return is_ascii_word(load_word(text + length - 8));
}

static enum dnp_presence get_string(const struct ldnp_place *place, struct dnp_value *value)
{
    lua_State *L = place->source->L;
    const char *reason = NULL;
    if (lua_type(L, place->at) != LUA_TSTRING) {
        return REJECT(place, ": expected string, got %s", type_name(place));
    }
    value->text.data = lua_tolstring(L, place->at, &value->text.length);
    size_t at =
        is_ascii(value->text.data, value->text.length) ? value->text.length : dnp_utf8_check(value->text, &reason);
    if (at < value->text.length) {
        return REJECT(place, " %s (byte %zu)", reason, at + 1);
    }
    return check_column(place, value->text);
}

/* What the panel keeps as it is: it converts a date with an offset to its own time, and its database begins in 1753. */
static enum dnp_presence check_stored_date(const struct ldnp_place *place, const struct dnp_date *date)
{
    if (date->zone == DNP_ZONE_OFFSET) {
        return REJECT(place, " must not have an offset, by which the panel would convert it to its own time");
    }
    return date->day >= dnp_day_number(1753, 1, 1) ? DNP_PRESENT : REJECT(place, " must not be before 1753");
}

/* A time becomes local time without a zone, which is what the panel stores. */
static enum dnp_presence get_time(const struct ldnp_place *place, struct dnp_value *value, struct dnp_date *date)
{
    struct ldnp_source *source = place->source;
    int64_t seconds = 0;
    if (!ldnp_to_integer(source->L, place->at, &seconds)) {
        return REJECT(place, ": expected time in whole seconds, got %.14g", (double)lua_tonumber(source->L, place->at));
    }
    if (!dnp_date_local(seconds, date)) {
        return REJECT(place, ": the time %.14g is outside the years 1 to 9999", (double)seconds);
    }
    dnp_date_write(date, source->date);
    value->text = dnp_slice_of(source->date);
    return DNP_PRESENT;
}

static enum dnp_presence get_date(const struct ldnp_place *place, struct dnp_value *value)
{
    lua_State *L = place->source->L;
    char buffer[LDNP_SHOWN_SIZE];
    struct dnp_date date = {.zone = DNP_ZONE_NONE};
    enum dnp_presence presence = DNP_PRESENT;
    if (lua_type(L, place->at) == LUA_TNUMBER) {
        presence = get_time(place, value, &date);
    } else if (lua_type(L, place->at) == LUA_TSTRING) {
        value->text.data = lua_tolstring(L, place->at, &value->text.length);
        if (!dnp_date_parse(value->text, &date)) {
            return REJECT(place, ": '%s' is not a date such as '2010-07-16T12:53:06'", ldnp_shown(value->text, buffer));
        }
    } else {
        return REJECT(place, ": expected date as string or os.time() number, got %s", type_name(place));
    }
    return presence == DNP_PRESENT && place->source->check != NULL ? check_stored_date(place, &date) : presence;
}

static enum dnp_presence get_number(const struct ldnp_place *place, struct dnp_value *value)
{
    lua_State *L = place->source->L;
    if (lua_type(L, place->at) != LUA_TNUMBER) {
        return REJECT(place, ": expected number, got %s", holds_number(place) ? NUMBER_IN_STRING : type_name(place));
    }
    value->number = (double)lua_tonumber(L, place->at);
    if (!isfinite(value->number)) {
        return REJECT(place, ": expected finite number, got %.14g", value->number);
    }
    return DNP_PRESENT;
}

static enum dnp_presence get_boolean(const struct ldnp_place *place, struct dnp_value *value)
{
    if (!lua_isboolean(place->source->L, place->at)) {
        return REJECT(place, ": expected boolean, got %s", type_name(place));
    }
    value->boolean = lua_toboolean(place->source->L, place->at) != 0;
    return DNP_PRESENT;
}

enum dnp_presence ldnp_get_scalar(const struct ldnp_place *place, struct dnp_value *value)
{
    const struct dnp_type *type = place->field->type;
    if (place->field->values != NULL) {
        return get_choice(place, place->field->values, value);
    }
    switch (type->kind) {
    case DNP_ENUM:
        return get_choice(place, type, value);
    case DNP_BOOL:
        return get_boolean(place, value);
    case DNP_STRING:
        return get_string(place, value);
    case DNP_DATETIME:
        return get_date(place, value);
    case DNP_DOUBLE:
        return get_number(place, value);
    case DNP_INT:
    case DNP_USHORT:
    case DNP_LONG:
        return get_integer(place, value);
    default:
        return REJECT(place, ": a %s cannot be sent", type->name);
    }
}
