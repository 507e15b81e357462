/*
 * The schemes that there are.
 */
#include "auth/auth.h"

#include <string.h>

static const struct dnp_auth_scheme *const schemes[] = {&dnp_auth_basic, &dnp_auth_wse};

const struct dnp_auth_scheme *dnp_find_auth_scheme(const char *name)
{
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (strcmp(schemes[i]->name, name) == 0) {
            return schemes[i];
        }
    }
    return NULL;
}
