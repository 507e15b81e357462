/*
 * The names of a dialect's fields as Lua strings, made once for a Lua state.
 *
 * One table for a dialect, from the address of a record type to a table that holds, for each field of its row
 * number i, [i + 1] = name, and for each field that the dialect has, [name] = i + 1; [0] is LDNP_UNKNOWN_NAME. It keeps
 * these strings, and Lua has no short string twice, so most keys of a record are found by the address of their text:
 * [-1] is a struct ldnp_name_index, and [-2] the type's constructor once there is one.
 */
#ifndef LDNP_FIELD_NAMES_H
#define LDNP_FIELD_NAMES_H

#include "contract/contract.h"
#include "lua/common/compat.h"

/* Where a record carries the elements that the contract does not know. */
#define LDNP_UNKNOWN_NAME "_unknown"

#define LDNP_NAME_SLOTS 128
/* A set of fields is the bits of one word. */
#define LDNP_MOST_FIELDS 64

/* The fields that operations want to be there. */
struct ldnp_required {
    const char *const *names; /* as the operation has them */
    uint64_t fields;
};

/* A table of addresses with open addressing, `number` is 0 where there is none; and what else is known of the fields of
 * a record before there is one. */
struct ldnp_name_index {
    struct {
        const char *text;
        int number;
    } slots[LDNP_NAME_SLOTS];
    unsigned char aliases[LDNP_MOST_FIELDS]; /* of each field the number of its alias; 0: it has none */
    size_t required_count;
    struct ldnp_required required[];
};

/* Those of all records of a dialect; valid as long as the Lua state is. */
struct ldnp_dialect_names {
    size_t count;
    struct {
        const struct dnp_type *type;
        const struct ldnp_name_index *index;
    } records[DNP_TYPE_COUNT];
};

/* Of a record type. */
static inline const struct ldnp_name_index *ldnp_find_index(const struct ldnp_dialect_names *names,
                                                            const struct dnp_type *type)
{
    size_t i = 0;
    while (names->records[i].type != type) {
        i++;
    }
    return names->records[i].index;
}

static inline uint64_t ldnp_field_bit(size_t field)
{
    return (uint64_t)1 << field;
}

/* The number of a field from 1 on; 0: look it up by its name. */
static inline int ldnp_find_name(const struct ldnp_name_index *index, const char *text)
{
    size_t slot = ((uintptr_t)text >> 4) % LDNP_NAME_SLOTS;
    while (index->slots[slot].number != 0 && index->slots[slot].text != text) {
        slot = (slot + 1) % LDNP_NAME_SLOTS;
    }
    return index->slots[slot].number;
}

void ldnp_push_field_names(lua_State *L, const struct dnp_dialect_info *dialect);
const struct ldnp_dialect_names *ldnp_dialect_names(lua_State *L, const struct dnp_dialect_info *dialect);
/* Pushes the names of one record type; `names` is the index of the dialect's table. */
void ldnp_push_record_names(lua_State *L, int names, const struct dnp_type *type);

/*
 * Pushes a function of Lua that takes the values of all fields of a record type in their order, nil for those that are
 * not there, and returns the record; nil where it does not pay. LuaJIT makes a table of known names in less time than
 * setting one after the other takes; Lua itself does not.
 */
void ldnp_push_constructor(lua_State *L, int names, const struct dnp_type *type, enum dnp_dialect dialect);

#endif
