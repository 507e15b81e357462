/* Which panel the sandbox is, by product and version: its rules ask whether it has come so far. */
#ifndef DNP_SANDBOX_VERSION_H
#define DNP_SANDBOX_VERSION_H

#include "contract/contract.h"

/*
 * Every panel that a rule can tell apart, in one order: DotNetPanel, then WebsitePanel, which grew out of it, then
 * SolidCP, which grew out of that; within a product by its version.
 */
typedef uint64_t dnp_panel_version;

/* Parts of a version that are left out are the lowest ("2.1" is where 2.1 begins), or the highest (its last build). */
enum dnp_version_end { DNP_VERSION_FIRST, DNP_VERSION_LAST };

/* "1.2.2.48": up to four numbers; NULL: none of them. False: it is not a version. */
bool dnp_version_make(const struct dnp_dialect_info *dialect, const char *numbers, enum dnp_version_end end,
                      dnp_panel_version *version);
/* "websitepanel 1.2.2.48" or "solidcp": the first of that name. False: it is not a version. */
bool dnp_version_parse(const char *text, dnp_panel_version *version);

#endif
