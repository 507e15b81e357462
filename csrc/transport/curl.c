/* The table of functions that the others fill. */
#include "transport/curl.h"

#include "transport/internal.h"

const struct dnp_transport_functions dnp_curl_functions = {
    .version = DNP_VERSION,
    .size = sizeof(struct dnp_transport_functions),
    .loop_new = loop_new,
    .loop_free = loop_free,
    .loop_wait = loop_wait,
    .loop_ready = loop_ready,
    .transport_new = transport_new,
    .transport_free = transport_free,
    .transfer_start = transfer_start,
    .transfer_take = transfer_take,
    .transfer_end = transfer_end,
    .transfer_user = transfer_user,
    .transfer_status = transfer_status,
    .transfer_header = transfer_header,
};
