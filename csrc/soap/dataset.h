/*
 * The tables that a DataSet's inline schema declares. Internal to csrc/soap.
 *
 * Rows of all tables follow one another in the diffgram and are told apart by their element's name; a NULL column
 * is left out of its row, so only the schema knows it.
 */
#ifndef DNP_SOAP_DATASET_H
#define DNP_SOAP_DATASET_H

#include "base/error.h"
#include "soap/codec.h"
#include "xml/reader.h"

#define DNP_DATASET_MAX_TABLES 64
#define DNP_DATASET_MAX_COLUMNS 1024

struct dnp_dataset {
    struct dnp_table tables[DNP_DATASET_MAX_TABLES];
    /* Names as elements have them, where "Disk Space" is Disk_x0020_Space. */
    char *elements[DNP_DATASET_MAX_TABLES];
    char **column_elements[DNP_DATASET_MAX_TABLES];
    size_t table_count;
    size_t column_capacity; /* of the newest table */
    size_t element_depth;   /* how many xs:element are open */
    bool declared;          /* the schema had an element for the DataSet itself */
};

void dnp_dataset_init(struct dnp_dataset *dataset);
/* Frees the tables; ready for another DataSet. */
void dnp_dataset_clear(struct dnp_dataset *dataset);

/* Takes one token from inside xs:schema. */
bool dnp_dataset_schema_token(struct dnp_dataset *dataset, const struct dnp_token *token, struct dnp_error *error);

/* The table whose rows are elements of this name; NULL when the schema has none. `*index` is its position. */
const struct dnp_table *dnp_dataset_find(const struct dnp_dataset *dataset, const char *element, size_t *index);

#endif
