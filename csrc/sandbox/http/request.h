/* The parameters of a request, as the codec's sink brings them. */
#ifndef DNP_SANDBOX_REQUEST_H
#define DNP_SANDBOX_REQUEST_H

#include "sandbox/store/sql_value.h"
#include "soap/codec.h"

struct dnp_request_sink {
    const struct dnp_type *message;
    struct dnp_parameters *parameters;
    const struct dnp_field *record; /* the record parameter that is being read */
    const struct dnp_field *list;   /* the list that is being read */
    struct dnp_buffer json;         /* of that list */
    unsigned depth;                 /* of open composites within the list, itself included */
    bool in_object;                 /* the innermost of them is a record */
    uint64_t seen[2];               /* parameters, and members of the record, that were there, a bit for each */
    unsigned ignoring;              /* open composites of one that is there a second time */
    struct dnp_sink sink;
};

/* Gives every parameter of the operation .NET's default, and makes the sink ready to replace them. */
bool dnp_request_sink_init(struct dnp_request_sink *request, const struct dnp_operation *operation,
                           struct dnp_parameters *parameters);
void dnp_request_sink_free(struct dnp_request_sink *request);

#endif
