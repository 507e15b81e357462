/*
 * Reading xs:schema: the outermost xs:element is the DataSet, those inside it are tables, those inside are columns.
 * Everything between (complexType, choice, sequence) is passed over.
 */
#include "soap/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "soap/names.h"
#include "xml/element_name.h"

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

/* Tables beyond table_count are never looked at. */
void dnp_dataset_init(struct dnp_dataset *dataset)
{
    dataset->table_count = 0;
    dataset->column_capacity = 0;
    dataset->element_depth = 0;
    dataset->declared = false;
}

void dnp_dataset_clear(struct dnp_dataset *dataset)
{
    for (size_t i = 0; i < dataset->table_count; i++) {
        const struct dnp_table *table = &dataset->tables[i];
        for (size_t j = 0; j < table->column_count; j++) {
            free((void *)table->columns[j].name);
            free(dataset->column_elements[i][j]);
        }
        free((void *)table->columns);
        free(dataset->column_elements[i]);
        free((void *)table->name);
        free(dataset->elements[i]);
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

/* A name as it is in the schema and, decoded, as it is in the DataSet; false when out of memory. */
static bool copy_names(struct dnp_slice name, char **element, char **decoded)
{
    *element = dnp_copy_text(name);
    *decoded = *element != NULL ? dnp_copy_text(name) : NULL;
    if (*decoded == NULL) {
        free(*element);
        return false;
    }
    dnp_xml_decode_name(*decoded);
    return true;
}

static bool add_table(struct dnp_dataset *dataset, struct dnp_slice name, struct dnp_error *error)
{
    char *decoded = NULL;
    if (dataset->table_count == DNP_DATASET_MAX_TABLES) {
        return dnp_fail(error, DNP_LIMIT, "a DataSet has more than %d tables", DNP_DATASET_MAX_TABLES);
    }
    if (!copy_names(name, &dataset->elements[dataset->table_count], &decoded)) {
        return dnp_fail_memory(error);
    }
    dataset->column_elements[dataset->table_count] = NULL;
    dataset->tables[dataset->table_count++] = (struct dnp_table){.name = decoded};
    dataset->column_capacity = 0;
    return true;
}

static bool grow_columns(struct dnp_dataset *dataset, struct dnp_error *error)
{
    size_t newest = dataset->table_count - 1;
    struct dnp_table *table = &dataset->tables[newest];
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
    char **elements = realloc(dataset->column_elements[newest], capacity * sizeof *elements);
    if (elements == NULL) {
        return dnp_fail_memory(error);
    }
    dataset->column_elements[newest] = elements;
    dataset->column_capacity = capacity;
    return true;
}

static bool add_column(struct dnp_dataset *dataset, struct dnp_slice name, const struct dnp_type *type,
                       struct dnp_error *error)
{
    size_t newest = dataset->table_count - 1;
    struct dnp_table *table = &dataset->tables[newest];
    char *decoded = NULL;
    if (!grow_columns(dataset, error)) {
        return false;
    }
    if (!copy_names(name, &dataset->column_elements[newest][table->column_count], &decoded)) {
        return dnp_fail_memory(error);
    }
    struct dnp_field column = {.name = decoded, .type = type, .dialects = DNP_ALL_DIALECTS};
    ((struct dnp_field *)table->columns)[table->column_count++] = column;
    return true;
}

/* An xs:element at `depth`: 0 is the DataSet, 1 a table, 2 a column. */
static bool take_element(struct dnp_dataset *dataset, const struct dnp_token *token, struct dnp_error *error)
{
    struct dnp_slice name = {"", 0};
    struct dnp_slice type = {"", 0};
    if (dataset->element_depth == 0) {
        dataset->declared = true;
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
    if (strcmp(token->name, "attribute") == 0 && token->kind != DNP_TOKEN_END) {
        return dnp_fail(error, DNP_PROTOCOL, "a DataSet keeps columns in attributes, which is not understood");
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

const struct dnp_table *dnp_dataset_find(const struct dnp_dataset *dataset, const char *element, size_t *index)
{
    for (size_t i = 0; i < dataset->table_count; i++) {
        if (strcmp(dataset->elements[i], element) == 0) {
            *index = i;
            return &dataset->tables[i];
        }
    }
    return NULL;
}
