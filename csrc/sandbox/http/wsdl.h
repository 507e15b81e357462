/* A service's description, made from the contract. */
#ifndef DNP_SANDBOX_WSDL_H
#define DNP_SANDBOX_WSDL_H

#include "base/buffer.h"
#include "base/slice.h"
#include "contract/contract.h"

/* `address` is the service's own. Failure is the buffer's. */
void dnp_wsdl_write(struct dnp_buffer *out, const struct dnp_service_info *service,
                    const struct dnp_dialect_info *dialect, const char *address);

#endif
