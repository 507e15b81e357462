/*
 * Looking things up in the contract's tables.
 */
#ifndef DNP_FIND_H
#define DNP_FIND_H

#include "contract/contract.h"

/* All find functions return NULL when there is none. Names are case-sensitive, as on the wire. */
const struct dnp_dialect_info *dnp_find_dialect(const char *name);
const struct dnp_dialect_info *dnp_find_dialect_by_namespace(const char *xml_namespace);
const struct dnp_operation *dnp_find_operation(const char *name, enum dnp_dialect dialect);
const struct dnp_business_code *dnp_find_business_code(int32_t code);
const struct dnp_enum_value *dnp_find_enum_name(const struct dnp_type *type, const char *name, size_t length,
                                                enum dnp_dialect dialect);
const struct dnp_field *dnp_find_field(const struct dnp_type *type, const char *name, enum dnp_dialect dialect);
/* The field that shows `field` by its name. */
const struct dnp_field *dnp_find_alias(const struct dnp_type *type, const struct dnp_field *field,
                                       enum dnp_dialect dialect);
const struct dnp_enum_value *dnp_find_enum_number(const struct dnp_type *type, int64_t number,
                                                  enum dnp_dialect dialect);

const struct dnp_type *dnp_find_type(const char *name);

/* Some of dnp_types, each once, in the order in which they were met. Zeroed, it is empty. */
struct dnp_type_set {
    const struct dnp_type *types[DNP_TYPE_COUNT];
    size_t count;
};

/* Adds one type; scalars without rows are passed over. */
void dnp_type_set_add(struct dnp_type_set *set, const struct dnp_type *type);
/* Adds all that the fields of `message` are made of in a dialect: its own first, then those of their fields. */
void dnp_type_set_add_message(struct dnp_type_set *set, const struct dnp_type *message, enum dnp_dialect dialect);

#endif
