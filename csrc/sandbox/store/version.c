/*
 * Versions as one number: the place of the product among the dialects, then four parts of 14 bits.
 */
#include "sandbox/store/version.h"

#include <string.h>

#define PARTS 4
#define PART_BITS 14
#define PART_MAX ((1U << PART_BITS) - 1U)

/* Takes a number off the front; false when there is none or it is too big. */
static bool take_part(const char **text, unsigned *part)
{
    *part = 0;
    const char *start = *text;
    for (; **text >= '0' && **text <= '9'; ++*text) {
        *part = *part * 10 + (unsigned)(**text - '0');
        if (*part > PART_MAX) {
            return false;
        }
    }
    return *text != start;
}

bool dnp_version_make(const struct dnp_dialect_info *dialect, const char *numbers, enum dnp_version_end end,
                      dnp_panel_version *version)
{
    size_t count = 0;
    *version = (dnp_panel_version)(dialect - dnp_dialects);
    for (; numbers != NULL && count < PARTS; count++) {
        unsigned part = 0;
        if (!take_part(&numbers, &part) || (*numbers != '\0' && *numbers != '.')) {
            return false;
        }
        *version = *version << PART_BITS | part;
        numbers = *numbers == '.' ? numbers + 1 : NULL;
    }
    for (; count < PARTS; count++) {
        *version = *version << PART_BITS | (end == DNP_VERSION_LAST ? PART_MAX : 0U);
    }
    return numbers == NULL;
}

bool dnp_version_parse(const char *text, dnp_panel_version *version)
{
    size_t length = strcspn(text, " ");
    for (size_t i = 0; i < dnp_dialect_count; i++) {
        const char *name = dnp_dialects[i].name;
        if (strlen(name) == length && strncmp(name, text, length) == 0) {
            return dnp_version_make(&dnp_dialects[i], text[length] == ' ' ? text + length + 1 : NULL, DNP_VERSION_FIRST,
                                    version);
        }
    }
    return false;
}
