/*
 * Values that are told where Lua must not run, kept until it may.
 *
 * Gather in some order, then take in the same order. What cannot be kept when out of memory is noted in `failed`.
 */
#ifndef LDNP_SANDBOX_GATHER_H
#define LDNP_SANDBOX_GATHER_H

#include "base/buffer.h"
#include "lua/common/compat.h"
#include "sandbox/sandbox.h"

struct ldnp_gathered_value {
    enum dnp_cell_kind kind;
    bool boolean; /* an integer that is one */
    int64_t integer;
    double number;
    size_t offset;
    size_t length;
};

struct ldnp_gathered {
    struct ldnp_gathered_value *values;
    size_t count;
    size_t capacity;
    size_t next; /* to be taken */
    struct dnp_buffer text;
    bool failed;
};

/* Makes the metatable, once for a Lua state. */
void ldnp_gather_open(lua_State *L);

/* An empty one, left on the stack, which owns it. */
struct ldnp_gathered *ldnp_gather_new(lua_State *L);

/* False from the first failure on. */
bool ldnp_gather_value(struct ldnp_gathered *gathered, const struct dnp_sandbox_value *value, bool boolean);
bool ldnp_gather_integer(struct ldnp_gathered *gathered, int64_t integer);
/* NULL is nil. */
bool ldnp_gather_text(struct ldnp_gathered *gathered, const char *text);

bool ldnp_gather_has_next(const struct ldnp_gathered *gathered);
int64_t ldnp_gather_take_integer(struct ldnp_gathered *gathered);
void ldnp_gather_push_next(lua_State *L, struct ldnp_gathered *gathered);
/* Sets `field` of the table on top to the next value. */
void ldnp_gather_set_next(lua_State *L, struct ldnp_gathered *gathered, const char *field);

#endif
