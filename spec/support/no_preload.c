/*
 * Loaded after ASan's runtime into a Lua that was built without it (see ./dev): keeps LD_PRELOAD from the programs
 * that a spec starts, for PHP cannot bear it.
 */
#include <stdlib.h>

__attribute__((constructor)) static void forget_preload(void)
{
    unsetenv("LD_PRELOAD");
}
