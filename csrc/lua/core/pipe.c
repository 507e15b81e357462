/*
 * SIGPIPE, ignored for the whole process, by whoever owns the process.
 *
 * A library leaves the disposition of signals alone (see transport/sigpipe.h). This is for the command, which must not
 * end in the middle of a workflow because `head` has read enough.
 */
#include "lua/core/pipe.h"

#include <signal.h>

int ldnp_ignore_sigpipe(lua_State *L)
{
    lua_pushboolean(L, signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    return 1;
}
