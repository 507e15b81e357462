/*
 * One loop for all sessions of a Lua state. A child process after a fork gets another one, and leaves its parent's
 * alone: what both share below must not be touched by the child.
 */
#include "lua/core/loop.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lua/common/raise.h"
#include "lua/core/clock.h"
#include "lua/core/error.h"

#define HOLDER "dnp.loop"

/* In the registry; the loop stays until no session needs it. */
struct holder {
    const struct dnp_transport_functions *functions;
    struct ldnp_loop *loop;
};

void ldnp_loop_release(struct ldnp_loop *loop)
{
    if (loop == NULL || --loop->references > 0) {
        return;
    }
    if (loop->owner == getpid()) {
        loop->functions->loop_free(loop->loop);
    }
    free(loop);
}

static int holder_gc(lua_State *L)
{
    struct holder *holder = lua_touserdata(L, 1);
    ldnp_loop_release(holder->loop);
    holder->loop = NULL;
    return 0;
}

/* NULL, with nothing pushed, when no transport is in use. */
static struct holder *find_holder(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, HOLDER);
    struct holder *holder = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return holder;
}

static const struct dnp_transport_functions *check_functions(lua_State *L)
{
    const struct dnp_transport_functions *const *functions = lua_touserdata(L, 1);
    bool same = false;
    if (functions != NULL && lua_getmetatable(L, 1)) {
        luaL_getmetatable(L, DNP_TRANSPORT_FUNCTIONS);
        same = lua_rawequal(L, -1, -2) != 0;
        lua_pop(L, 2);
    }
    if (!same) {
        (void)luaL_error(L, "use_transport: expected what require \"dnp.curl\" gives, got %s", luaL_typename(L, 1));
        return NULL;
    }
    if (strcmp((*functions)->version, DNP_VERSION) != 0 || (*functions)->size != sizeof **functions) {
        luaL_error(L, "dnp.curl is of version %s, dnp.core of " DNP_VERSION "; install one of both",
                   (*functions)->version);
    }
    return *functions;
}

int ldnp_loop_use(lua_State *L)
{
    const struct dnp_transport_functions *functions = check_functions(L);
    struct holder *holder = ldnp_new_userdata(L, sizeof *holder);
    *holder = (struct holder){.functions = functions};
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, holder_gc);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_setfield(L, LUA_REGISTRYINDEX, HOLDER);
    return 0;
}

static struct ldnp_loop *make_loop(const struct dnp_transport_functions *functions, struct dnp_error *error)
{
    struct ldnp_loop *loop = calloc(1, sizeof *loop);
    if (loop == NULL) {
        (void)dnp_fail_memory(error);
        return NULL;
    }
    loop->functions = functions;
    loop->owner = getpid();
    loop->references = 1;
    loop->loop = functions->loop_new(error);
    if (loop->loop == NULL) {
        free(loop);
        return NULL;
    }
    return loop;
}

struct ldnp_loop *ldnp_loop_acquire(lua_State *L, struct dnp_error *error)
{
    struct holder *holder = find_holder(L);
    if (holder == NULL) {
        luaL_error(L, "no transport is in use");
        return NULL;
    }
    if (holder->loop == NULL || holder->loop->owner != getpid()) {
        struct ldnp_loop *loop = make_loop(holder->functions, error);
        if (loop == NULL) {
            return NULL;
        }
        ldnp_loop_release(holder->loop);
        holder->loop = loop;
    }
    holder->loop->references++;
    return holder->loop;
}

/* Without a loop there is nothing but time to wait for. */
int ldnp_loop_wait(lua_State *L)
{
    const struct holder *holder = find_holder(L);
    struct dnp_error error;
    if (holder == NULL || holder->loop == NULL) {
        (void)ldnp_sleep(L);
    } else if (!holder->loop->cut &&
               !holder->loop->functions->loop_wait(holder->loop->loop, (double)luaL_checknumber(L, 1), &error)) {
        ldnp_raise_usage(L, &error, 1);
        lua_pushnil(L);
        ldnp_push_error(L, &error, NULL);
        return 2;
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* A call is known to its transfer by its number. */
int ldnp_loop_ready(lua_State *L)
{
    const struct holder *holder = find_holder(L);
    struct dnp_transfer *transfer = NULL;
    if (holder != NULL && holder->loop != NULL) {
        if (holder->loop->cut) {
            holder->loop->cut = false;
            lua_pushinteger(L, -1);
            return 1;
        }
        transfer = holder->loop->functions->loop_ready(holder->loop->loop);
    }
    if (transfer == NULL) {
        lua_pushnil(L);
    } else {
        lua_pushnumber(L, (lua_Number)(uintptr_t)holder->loop->functions->transfer_user(transfer));
    }
    return 1;
}
