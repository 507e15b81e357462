/*
 * The panels and services that are known, and the finders over the contract's tables.
 */
#include "contract/contract.h"

#include <string.h>

const struct dnp_dialect_info dnp_dialects[] = {
    {DNP_DOTNETPANEL, "dotnetpanel", "DotNetPanel", "http://officepark/dotnetpanel/enterpriseserver"},
    {DNP_WEBSITEPANEL, "websitepanel", "WebsitePanel", "http://smbsaas/websitepanel/enterpriseserver"},
    {DNP_SOLIDCP, "solidcp", "SolidCP", "http://smbsaas/solidcp/enterpriseserver"},
};
const size_t dnp_dialect_count = sizeof dnp_dialects / sizeof dnp_dialects[0];

const struct dnp_service_info dnp_services[DNP_SERVICE_COUNT] = {
    {DNP_ES_USERS, "esUsers", true},
    {DNP_ES_PACKAGES, "esPackages", true},
    {DNP_ES_AUTHENTICATION, "esAuthentication", false},
};

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
    for (size_t i = 0; i < type->field_count; i++) {
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
