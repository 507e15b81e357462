/*
 * The list of types is complete, and a set of them has what a message is made of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lookup/find.h"

static bool holds(const struct dnp_type *const *types, size_t count, const struct dnp_type *type)
{
    size_t i = 0;
    while (i < count && types[i] != type) {
        i++;
    }
    return i < count;
}

/* Asserts that all that a message is made of is in the list and, where the dialect has it, in the set. */
static void look(const struct dnp_type *type, enum dnp_dialect dialect, const struct dnp_type_set *set)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const struct dnp_field *field = &type->fields[i];
        bool has = (field->dialects & (unsigned)dialect) != 0;
        bool listed = !DNP_IS_SCALAR(field->type->kind) || field->type->kind == DNP_ENUM;
        if (listed) {
            assert_true(holds(dnp_types, DNP_TYPE_COUNT, field->type));
            assert_true(!has || holds(set->types, set->count, field->type));
        }
        if (field->values != NULL) {
            assert_true(holds(dnp_types, DNP_TYPE_COUNT, field->values));
        }
        if (has) {
            look(field->type, dialect, set);
        }
    }
}

static void lists_every_type(void **state)
{
    struct dnp_type_set all = {.count = 0};
    (void)state;
    for (size_t i = 0; i < dnp_dialect_count; i++) {
        for (size_t j = 0; j < dnp_operation_count; j++) {
            const struct dnp_type *messages[] = {&dnp_operations[j].request, &dnp_operations[j].response};
            for (size_t k = 0; k < 2; k++) {
                struct dnp_type_set set = {.count = 0};
                dnp_type_set_add_message(&set, messages[k], dnp_dialects[i].dialect);
                dnp_type_set_add_message(&all, messages[k], dnp_dialects[i].dialect);
                look(messages[k], dnp_dialects[i].dialect, &set);
            }
        }
    }
    assert_in_range(all.count, 20, DNP_TYPE_COUNT);
}

static void lists_each_type_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < DNP_TYPE_COUNT; i++) {
        assert_ptr_equal(dnp_find_type(dnp_types[i]->name), dnp_types[i]);
    }
    assert_null(dnp_find_type("UserSettingsInfo"));
}

static void meets_own_fields_first(void **state)
{
    struct dnp_type_set set = {.count = 0};
    (void)state;
    dnp_type_set_add_message(&set, &dnp_find_operation("GetUsers", DNP_SOLIDCP)->response, DNP_SOLIDCP);
    assert_ptr_equal(set.types[0], &dnp_type_array_of_user_info);
    assert_ptr_equal(set.types[1], &dnp_type_user_info);
    assert_ptr_equal(set.types[2], &dnp_type_user_role);
    size_t count = set.count;
    dnp_type_set_add_message(&set, &dnp_find_operation("GetUserById", DNP_SOLIDCP)->response, DNP_SOLIDCP);
    assert_int_equal(set.count, count);
}

static void finds_fields_and_aliases(void **state)
{
    const struct dnp_field *number = dnp_find_field(&dnp_type_user_info, "LoginStatusId", DNP_SOLIDCP);
    const struct dnp_field *alias = dnp_find_field(&dnp_type_user_info, "LoginStatus", DNP_SOLIDCP);
    (void)state;
    assert_non_null(number);
    assert_ptr_equal(dnp_find_alias(&dnp_type_user_info, number, DNP_SOLIDCP), alias);
    assert_null(dnp_find_alias(&dnp_type_user_info, number, DNP_DOTNETPANEL));
    assert_null(dnp_find_alias(&dnp_type_user_info, alias, DNP_SOLIDCP));
    assert_null(dnp_find_field(&dnp_type_user_info, "LoginStatusId", DNP_DOTNETPANEL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_every_type),
        cmocka_unit_test(lists_each_type_once),
        cmocka_unit_test(meets_own_fields_first),
        cmocka_unit_test(finds_fields_and_aliases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
