/* The response of a script as the codec's source. */
#ifndef DNP_SANDBOX_OUTCOME_SOURCE_H
#define DNP_SANDBOX_OUTCOME_SOURCE_H

#include "sandbox/store/script.h"
#include "soap/codec.h"

#define DNP_OUTCOME_DEPTH 8

struct dnp_outcome_frame {
    const struct dnp_rows *rows; /* NULL in a record whose members are the outcome's own: PackageResult */
    size_t row;
    bool dataset;
};

struct dnp_outcome_source {
    const struct dnp_script_outcome *outcome;
    enum dnp_dialect dialect;
    struct dnp_outcome_frame frames[DNP_OUTCOME_DEPTH];
    size_t depth;
    size_t next_row; /* of the DataSet's table that is being written */
    char scratch[64];
    struct dnp_source source;
};

void dnp_outcome_source_init(struct dnp_outcome_source *source, const struct dnp_script_outcome *outcome,
                             enum dnp_dialect dialect);

#endif
