/*
 * The finders over the contract's tables, and the walk over the types that a message is made of.
 */
#include "lookup/find.h"

#include <string.h>

const struct dnp_dialect_info *dnp_find_dialect(const char *name)
{
    for (size_t i = 0; i < dnp_dialect_count; i++) {
        if (strcmp(dnp_dialects[i].name, name) == 0) {
            return &dnp_dialects[i];
        }
    }
    return NULL;
}

const struct dnp_dialect_info *dnp_find_dialect_by_namespace(const char *xml_namespace)
{
    for (size_t i = 0; i < dnp_dialect_count; i++) {
        if (strcmp(dnp_dialects[i].xml_namespace, xml_namespace) == 0) {
            return &dnp_dialects[i];
        }
    }
    return NULL;
}

const struct dnp_operation *dnp_find_operation(const char *name, enum dnp_dialect dialect)
{
    for (size_t i = 0; i < dnp_operation_count; i++) {
        const struct dnp_operation *operation = &dnp_operations[i];
        if ((operation->dialects & (unsigned)dialect) != 0 && strcmp(operation->name, name) == 0) {
            return operation;
        }
    }
    return NULL;
}

const struct dnp_business_code *dnp_find_business_code(int32_t code)
{
    for (size_t i = 0; i < dnp_business_code_count; i++) {
        if (dnp_business_codes[i].code == code) {
            return &dnp_business_codes[i];
        }
    }
    return NULL;
}

const struct dnp_field *dnp_find_field(const struct dnp_type *type, const char *name, enum dnp_dialect dialect)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const struct dnp_field *field = &type->fields[i];
        if ((field->dialects & (unsigned)dialect) != 0 && strcmp(field->name, name) == 0) {
            return field;
        }
    }
    return NULL;
}

const struct dnp_field *dnp_find_alias(const struct dnp_type *type, const struct dnp_field *field,
                                       enum dnp_dialect dialect)
{
    if (field->values == NULL) {
        return NULL; /* aliases are names of an enumeration */
    }
    /* Only a number of an enumeration can have one. */
    for (size_t i = 0; field->values != NULL && i < type->field_count; i++) {
        const struct dnp_field *alias = &type->fields[i];
        if (alias->alias_of != NULL && (alias->dialects & (unsigned)dialect) != 0 &&
            strcmp(alias->alias_of, field->name) == 0) {
            return alias;
        }
    }
    return NULL;
}

const struct dnp_enum_value *dnp_find_enum_name(const struct dnp_type *type, const char *name, size_t length,
                                                enum dnp_dialect dialect)
{
    for (size_t i = 0; i < type->value_count; i++) {
        const struct dnp_enum_value *value = &type->values[i];
        if ((value->dialects & (unsigned)dialect) != 0 && strlen(value->name) == length &&
            memcmp(value->name, name, length) == 0) {
            return value;
        }
    }
    return NULL;
}

const struct dnp_enum_value *dnp_find_enum_number(const struct dnp_type *type, int64_t number, enum dnp_dialect dialect)
{
    for (size_t i = 0; i < type->value_count; i++) {
        const struct dnp_enum_value *value = &type->values[i];
        if ((value->dialects & (unsigned)dialect) != 0 && value->number == number) {
            return value;
        }
    }
    return NULL;
}

const struct dnp_type *dnp_find_type(const char *name)
{
    for (size_t i = 0; i < DNP_TYPE_COUNT; i++) {
        if (strcmp(dnp_types[i]->name, name) == 0) {
            return dnp_types[i];
        }
    }
    return NULL;
}

/* ---- the types of a message ---- */

void dnp_type_set_add(struct dnp_type_set *set, const struct dnp_type *type)
{
    size_t i = 0;
    if (DNP_IS_SCALAR(type->kind) && type->kind != DNP_ENUM) {
        return;
    }
    while (i < set->count && set->types[i] != type) {
        i++;
    }
    if (i == set->count) {
        set->types[set->count++] = type;
    }
}

static void add_fields(struct dnp_type_set *set, const struct dnp_type *type, enum dnp_dialect dialect)
{
    for (size_t i = 0; i < type->field_count; i++) {
        if ((type->fields[i].dialects & (unsigned)dialect) != 0) {
            dnp_type_set_add(set, type->fields[i].type);
        }
    }
}

void dnp_type_set_add_message(struct dnp_type_set *set, const struct dnp_type *message, enum dnp_dialect dialect)
{
    size_t next = set->count;
    add_fields(set, message, dialect);
    for (; next < set->count; next++) {
        add_fields(set, set->types[next], dialect);
    }
}
