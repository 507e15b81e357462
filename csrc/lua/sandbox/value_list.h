/*
 * A list of values that arrive where Lua must not run, kept until it may.
 *
 * They are read in the order in which they were added. What cannot be kept when out of memory is noted in `failed`.
 */
#ifndef LDNP_SANDBOX_VALUE_LIST_H
#define LDNP_SANDBOX_VALUE_LIST_H

#include "base/buffer.h"
#include "lua/common/compat.h"
#include "sandbox/sandbox.h"

struct ldnp_listed_value {
    enum dnp_sql_kind kind;
    bool boolean; /* an integer that is one */
    int64_t integer;
    double number;
    size_t offset;
    size_t length;
};

struct ldnp_value_list {
    struct ldnp_listed_value *values;
    size_t count;
    size_t capacity;
    size_t next; /* to be read */
    struct dnp_buffer text;
    bool failed;
};

/* Makes the metatable, once for a Lua state. */
void ldnp_value_list_open(lua_State *L);

/* An empty one, left on the stack, which owns it. */
struct ldnp_value_list *ldnp_value_list_new(lua_State *L);

/* False from the first failure on. */
bool ldnp_value_list_add_value(struct ldnp_value_list *list, const struct dnp_sandbox_value *value, bool boolean);
bool ldnp_value_list_add_integer(struct ldnp_value_list *list, int64_t integer);
/* NULL is nil. */
bool ldnp_value_list_add_text(struct ldnp_value_list *list, const char *text);

bool ldnp_value_list_has_next(const struct ldnp_value_list *list);
int64_t ldnp_value_list_next_integer(struct ldnp_value_list *list);
void ldnp_value_list_push_next(lua_State *L, struct ldnp_value_list *list);
/* Sets `field` of the table on top to the next value. */
void ldnp_value_list_set_next(lua_State *L, struct ldnp_value_list *list, const char *field);

#endif
