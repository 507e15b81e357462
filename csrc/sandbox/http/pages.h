/* The HTML that ASP.NET shows to browsers. */
#ifndef DNP_SANDBOX_PAGES_H
#define DNP_SANDBOX_PAGES_H

#include "base/buffer.h"
#include "contract/contract.h"

void dnp_page_error(struct dnp_buffer *out, int status, const char *text);
/* What a service offers. */
void dnp_page_service(struct dnp_buffer *out, const struct dnp_service_info *service,
                      const struct dnp_dialect_info *dialect);

#endif
