/*
 * What a program may do with its process and a library leaves alone, for the command.
 *
 * SIGPIPE is ignored for the whole process: the command must not end in the middle of a workflow because `head` has
 * read enough (a library has transport/sigpipe.h). Terminals are asked for here, since a shell that Lua starts to ask
 * `test -t` makes an interrupt that comes meanwhile get lost.
 */
#include "lua/core/process.h"

#include <signal.h>
#include <unistd.h>

int ldnp_ignore_sigpipe(lua_State *L)
{
    lua_pushboolean(L, signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    return 1;
}

int ldnp_is_terminal(lua_State *L)
{
    lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
    return 1;
}
