/*
 * Reading xs:schema: the outermost xs:element is the DataSet, those inside it are tables, those inside are columns.
 * Everything between (complexType, choice, sequence) is passed over.
 */
#include "soap/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "soap/names.h"
#include "xml/buffer.h"

/* XML Schema's types in the contract's kinds; any other is read as the string it is on the wire. */
static const struct dnp_type column_types[] = {
    {.name = "int", .kind = DNP_INT},
    {.name = "short", .kind = DNP_INT},
    {.name = "byte", .kind = DNP_INT},
    {.name = "unsignedByte", .kind = DNP_INT},
    {.name = "unsignedShort", .kind = DNP_USHORT},
    {.name = "unsignedInt", .kind = DNP_LONG},
    {.name = "long", .kind = DNP_LONG},
    {.name = "unsignedLong", .kind = DNP_DECIMAL},
    {.name = "decimal", .kind = DNP_DECIMAL},
    {.name = "double", .kind = DNP_DOUBLE},
    {.name = "float", .kind = DNP_DOUBLE},
    {.name = "boolean", .kind = DNP_BOOL},
    {.name = "dateTime", .kind = DNP_DATETIME},
};

void dnp_dataset_init(struct dnp_dataset *dataset)
{
    memset(dataset, 0, sizeof *dataset);
}

void dnp_dataset_clear(struct dnp_dataset *dataset)
{
    for (size_t i = 0; i < dataset->table_count; i++) {
        const struct dnp_table *table = &dataset->tables[i];
        for (size_t j = 0; j < table->column_count; j++) {
            free((void *)table->columns[j].name);
        }
        free((void *)table->columns);
        free((void *)table->name);
    }
    dnp_dataset_init(dataset);
}

static const struct dnp_type *type_named(struct dnp_slice name)
{
    const char *colon = memchr(name.data, ':', name.length);
    if (colon != NULL) {
        name.length -= (size_t)(colon + 1 - name.data);
        name.data = colon + 1;
    }
    for (size_t i = 0; i < sizeof column_types / sizeof column_types[0]; i++) {
        if (strlen(column_types[i].name) == name.length && memcmp(column_types[i].name, name.data, name.length) == 0) {
            return &column_types[i];
        }
    }
    return &dnp_type_string;
}

static bool find_attribute(const struct dnp_token *token, const char *name, struct dnp_slice *value)
{
    for (size_t i = 0; i < token->attribute_count; i++) {
        const struct dnp_attribute *attribute = &token->attributes[i];
        if (attribute->xml_namespace[0] == '\0' && strcmp(attribute->name, name) == 0) {
            *value = attribute->value;
            return true;
        }
    }
    return false;
}

static bool add_table(struct dnp_dataset *dataset, struct dnp_slice name, struct dnp_error *error)
{
    if (dataset->table_count == DNP_DATASET_MAX_TABLES) {
        return dnp_fail(error, DNP_LIMIT, "a DataSet has more than %d tables", DNP_DATASET_MAX_TABLES);
    }
    char *copy = dnp_copy_text(name);
    if (copy == NULL) {
        return dnp_fail_memory(error);
    }
    struct dnp_table *table = &dataset->tables[dataset->table_count++];
    table->name = copy;
    table->columns = NULL;
    table->column_count = 0;
    dataset->column_capacity = 0;
    return true;
}

static bool grow_columns(struct dnp_dataset *dataset, struct dnp_table *table, struct dnp_error *error)
{
    if (table->column_count < dataset->column_capacity) {
        return true;
    }
    if (table->column_count >= DNP_DATASET_MAX_COLUMNS) {
        return dnp_fail(error, DNP_LIMIT, "a table of a DataSet has more than %d columns", DNP_DATASET_MAX_COLUMNS);
    }
    size_t capacity = dataset->column_capacity == 0 ? 32 : dataset->column_capacity * 2;
    struct dnp_field *columns = realloc((void *)table->columns, capacity * sizeof *columns);
    if (columns == NULL) {
        return dnp_fail_memory(error);
    }
    table->columns = columns;
    dataset->column_capacity = capacity;
    return true;
}

static bool add_column(struct dnp_dataset *dataset, struct dnp_slice name, const struct dnp_type *type,
                       struct dnp_error *error)
{
    struct dnp_table *table = &dataset->tables[dataset->table_count - 1];
    if (!grow_columns(dataset, table, error)) {
        return false;
    }
    char *copy = dnp_copy_text(name);
    if (copy == NULL) {
        return dnp_fail_memory(error);
    }
    struct dnp_field column = {.name = copy, .type = type, .dialects = DNP_ALL_DIALECTS};
    ((struct dnp_field *)table->columns)[table->column_count++] = column;
    return true;
}

/* An xs:element at `depth`: 0 is the DataSet, 1 a table, 2 a column. */
static bool take_element(struct dnp_dataset *dataset, const struct dnp_token *token, struct dnp_error *error)
{
    struct dnp_slice name = {"", 0};
    struct dnp_slice type = {"", 0};
    if (dataset->element_depth == 0) {
        return true;
    }
    if (!find_attribute(token, "name", &name)) {
        return dnp_fail(error, DNP_PROTOCOL, "a DataSet's schema has an element without a name");
    }
    if (dataset->element_depth == 1) {
        return add_table(dataset, name, error);
    }
    if (dataset->element_depth > 2) {
        return dnp_fail(error, DNP_PROTOCOL, "a DataSet's schema is nested too deeply");
    }
    (void)find_attribute(token, "type", &type);
    return add_column(dataset, name, type_named(type), error);
}

/* A column that is restricted in place (a length, say) names its type in xs:restriction. */
static void take_restriction(struct dnp_dataset *dataset, const struct dnp_token *token)
{
    struct dnp_slice base = {"", 0};
    if (dataset->element_depth != 3 || dataset->table_count == 0 || !find_attribute(token, "base", &base)) {
        return;
    }
    struct dnp_table *table = &dataset->tables[dataset->table_count - 1];
    if (table->column_count > 0) {
        ((struct dnp_field *)table->columns)[table->column_count - 1].type = type_named(base);
    }
}

bool dnp_dataset_schema_token(struct dnp_dataset *dataset, const struct dnp_token *token, struct dnp_error *error)
{
    if (strcmp(token->xml_namespace, DNP_XSD_NAMESPACE) != 0) {
        return true;
    }
    if (strcmp(token->name, "restriction") == 0 && token->kind != DNP_TOKEN_END) {
        take_restriction(dataset, token);
        return true;
    }
    if (strcmp(token->name, "element") != 0) {
        return true;
    }
    if (token->kind == DNP_TOKEN_END) {
        dataset->element_depth--;
        return true;
    }
    bool taken = take_element(dataset, token, error);
    if (token->kind == DNP_TOKEN_START) {
        dataset->element_depth++;
    }
    return taken;
}

const struct dnp_table *dnp_dataset_find(const struct dnp_dataset *dataset, const char *name, size_t *index)
{
    for (size_t i = 0; i < dataset->table_count; i++) {
        if (strcmp(dataset->tables[i].name, name) == 0) {
            *index = i;
            return &dataset->tables[i];
        }
    }
    return NULL;
}
