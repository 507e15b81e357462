/*
 * The script engine: one SQL script per operation holds its rule.
 *
 * Statements run in order. Named parameters come from the request: :userId, the fields of a record parameter as
 * :user_Username, the record itself as :user (1 when it was there); what was not sent has .NET's default. A list is
 * its JSON. Besides there are :caller and :actor (who calls, and the account it acts as), :now (local time), :clock
 * (seconds), :deleteDelay, and :rows, the number of rows of the SELECT before. A SELECT is understood by the name of
 * its first column; one without rows does nothing:
 *
 *   refuse    ends the call with this negative code, unless it is NULL
 *   fault     ends the call with a soap:Server fault that says this
 *   raise     goes on, and what the script writes stays, but the response is a fault that says this: the panel's
 *             procedures do not return after RAISERROR
 *   result    ends the script with this response
 *   call      runs the script of that name, then goes on; :result is then its response
 *   execute   runs this text as a statement
 *   ":name"   every column sets the parameter of its name
 *   others    rows of the response: the record, the list, or one more table of the DataSet
 *
 * A column of rows is named like the field it is for. In a DataSet its type is the one that the table declares; an
 * alias can give one ("PackagesNumber int") and say since which panel there is such a column
 * ("SubscriberNumber@websitepanel 1.2.2.48").
 */
#include "sandbox/store/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "sandbox/store/json.h"
#include "sandbox/store/scripts.h"
#include "value/calendar.h"

#define MAX_DEPTH 8

enum step_kind {
    STEP_PLAIN,
    STEP_REFUSE,
    STEP_FAULT,
    STEP_RAISE,
    STEP_RESULT,
    STEP_CALL,
    STEP_EXECUTE,
    STEP_SET,
    STEP_ROWS
};

struct step {
    sqlite3_stmt *statement;
    enum step_kind kind;
};

struct program {
    struct step *steps;
    size_t count;
    bool compiled;
};

struct dnp_scripts {
    sqlite3 *database;
    dnp_panel_version version;
    struct program *programs; /* in the order of dnp_sandbox_scripts */
};

struct run {
    struct dnp_scripts *scripts;
    struct dnp_parameters *parameters;
    const struct dnp_type *result;
    struct dnp_script_outcome *outcome;
    unsigned depth;
};

/* What a step makes the script do. */
enum verdict { GO_ON, END_SCRIPT, END_CALL };

void dnp_script_outcome_free(struct dnp_script_outcome *outcome)
{
    dnp_sql_value_free(&outcome->result);
    for (size_t i = 0; i < outcome->table_count; i++) {
        dnp_rows_free(outcome->tables[i]);
    }
    memset(outcome, 0, sizeof *outcome);
}

static enum verdict fault(struct run *run, const char *message)
{
    run->outcome->ending = DNP_SCRIPT_FAULTED;
    if (!run->outcome->raised) {
        (void)snprintf(run->outcome->fault, sizeof run->outcome->fault, "%s", message);
    }
    return END_CALL;
}

static enum verdict database_fault(struct run *run)
{
    return fault(run, sqlite3_errmsg(run->scripts->database));
}

static enum verdict memory_fault(struct run *run)
{
    return fault(run, DNP_FAULT_OUT_OF_MEMORY);
}

/* ---- compiling ---- */

struct dnp_scripts *dnp_scripts_new(sqlite3 *database, dnp_panel_version version)
{
    struct dnp_scripts *scripts = calloc(1, sizeof *scripts);
    if (scripts == NULL) {
        return NULL;
    }
    scripts->database = database;
    scripts->version = version;
    scripts->programs = calloc(dnp_sandbox_script_count, sizeof *scripts->programs);
    if (scripts->programs == NULL) {
        free(scripts);
        return NULL;
    }
    return scripts;
}

static void free_program(struct program *program)
{
    for (size_t i = 0; i < program->count; i++) {
        sqlite3_finalize(program->steps[i].statement);
    }
    free(program->steps);
    memset(program, 0, sizeof *program);
}

void dnp_scripts_free(struct dnp_scripts *scripts)
{
    if (scripts == NULL) {
        return;
    }
    for (size_t i = 0; i < dnp_sandbox_script_count; i++) {
        free_program(&scripts->programs[i]);
    }
    free(scripts->programs);
    free(scripts);
}

static enum step_kind kind_of(sqlite3_stmt *statement)
{
    static const struct {
        const char *name;
        enum step_kind kind;
    } kinds[] = {{"refuse", STEP_REFUSE}, {"fault", STEP_FAULT}, {"raise", STEP_RAISE},
                 {"result", STEP_RESULT}, {"call", STEP_CALL},   {"execute", STEP_EXECUTE}};
    if (sqlite3_column_count(statement) == 0) {
        return STEP_PLAIN;
    }
    const char *name = sqlite3_column_name(statement, 0);
    for (size_t i = 0; name != NULL && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return kinds[i].kind;
        }
    }
    return name != NULL && name[0] == ':' ? STEP_SET : STEP_ROWS;
}

static bool add_step(struct program *program, sqlite3_stmt *statement)
{
    struct step *steps = realloc(program->steps, (program->count + 1) * sizeof *steps);
    if (steps == NULL) {
        sqlite3_finalize(statement);
        return false;
    }
    program->steps = steps;
    program->steps[program->count].statement = statement;
    program->steps[program->count].kind = kind_of(statement);
    program->count++;
    return true;
}

static bool compile(struct run *run, struct program *program, const char *text)
{
    while (*text != '\0') {
        sqlite3_stmt *statement = NULL;
        if (sqlite3_prepare_v3(run->scripts->database, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, &text) !=
            SQLITE_OK) {
            database_fault(run);
            free_program(program);
            return false;
        }
        if (statement != NULL && !add_step(program, statement)) {
            memory_fault(run);
            free_program(program);
            return false;
        }
    }
    program->compiled = true;
    return true;
}

/* ---- running one statement ---- */

static bool bind(struct run *run, sqlite3_stmt *statement)
{
    int count = sqlite3_bind_parameter_count(statement);
    for (int i = 1; i <= count; i++) {
        const char *name = sqlite3_bind_parameter_name(statement, i);
        const struct dnp_parameter *parameter = name != NULL ? dnp_parameters_find(run->parameters, name + 1) : NULL;
        if (parameter == NULL) {
            char message[DNP_FAULT_SIZE];
            (void)snprintf(message, sizeof message, "a script of the sandbox has no parameter %s",
                           name != NULL ? name : "?");
            fault(run, message);
            return false;
        }
        if (!dnp_sql_value_bind(&parameter->value, statement, i)) {
            memory_fault(run);
            return false;
        }
    }
    return true;
}

static enum verdict run_script(struct run *run, const char *name);

static enum verdict run_plain(struct run *run, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    while (code == SQLITE_ROW) {
        code = sqlite3_step(statement);
    }
    return code == SQLITE_DONE ? GO_ON : database_fault(run);
}

static enum verdict set_columns(struct run *run, sqlite3_stmt *statement)
{
    int count = sqlite3_column_count(statement);
    for (int i = 0; i < count; i++) {
        const char *name = sqlite3_column_name(statement, i);
        struct dnp_parameter *parameter = name != NULL ? dnp_parameters_add(run->parameters, name + 1) : NULL;
        if (parameter == NULL || !dnp_sql_value_read(&parameter->value, statement, i)) {
            return memory_fault(run);
        }
    }
    return GO_ON;
}

static enum verdict set_result(struct run *run, sqlite3_stmt *statement)
{
    struct dnp_parameter *parameter = dnp_parameters_add(run->parameters, "result");
    if (parameter == NULL || !dnp_sql_value_read(&parameter->value, statement, 0) ||
        !dnp_sql_value_read(&run->outcome->result, statement, 0)) {
        return memory_fault(run);
    }
    return END_SCRIPT;
}

/* The first one counts. */
static enum verdict raise_fault(struct run *run, sqlite3_stmt *statement)
{
    const char *text = (const char *)sqlite3_column_text(statement, 0);
    if (text == NULL) {
        return memory_fault(run);
    }
    if (!run->outcome->raised) {
        run->outcome->raised = true;
        (void)snprintf(run->outcome->fault, sizeof run->outcome->fault, "%s", text);
    }
    return GO_ON;
}

static enum verdict run_call(struct run *run, sqlite3_stmt *statement)
{
    char name[DNP_NAME_SIZE];
    const unsigned char *text = sqlite3_column_text(statement, 0);
    (void)snprintf(name, sizeof name, "%s", text != NULL ? (const char *)text : "");
    sqlite3_reset(statement);
    return run_script(run, name) == END_CALL ? END_CALL : GO_ON;
}

static enum verdict run_text(struct run *run, sqlite3_stmt *statement)
{
    sqlite3_stmt *made = NULL;
    const char *text = (const char *)sqlite3_column_text(statement, 0);
    if (text == NULL || sqlite3_prepare_v2(run->scripts->database, text, -1, &made, NULL) != SQLITE_OK) {
        return database_fault(run);
    }
    enum verdict verdict = bind(run, made) ? run_plain(run, made) : END_CALL;
    sqlite3_finalize(made);
    return verdict;
}

/* A SELECT with a meaning: only its first row counts. */
static enum verdict run_first_row(struct run *run, const struct step *step)
{
    int code = sqlite3_step(step->statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        return database_fault(run);
    }
    if (!dnp_parameters_set_integer(run->parameters, "rows", code == SQLITE_ROW ? 1 : 0)) {
        return memory_fault(run);
    }
    if (code == SQLITE_DONE) {
        return GO_ON;
    }
    switch (step->kind) {
    case STEP_REFUSE:
        if (sqlite3_column_type(step->statement, 0) == SQLITE_NULL) {
            return GO_ON;
        }
        run->outcome->ending = DNP_SCRIPT_REFUSED;
        dnp_sql_value_set_integer(&run->outcome->result, sqlite3_column_int64(step->statement, 0));
        return END_CALL;
    case STEP_FAULT:
        return fault(run, (const char *)sqlite3_column_text(step->statement, 0));
    case STEP_RAISE:
        return raise_fault(run, step->statement);
    case STEP_RESULT:
        return set_result(run, step->statement);
    case STEP_CALL:
        return run_call(run, step->statement);
    case STEP_EXECUTE:
        return run_text(run, step->statement);
    default:
        return set_columns(run, step->statement);
    }
}

/* ---- rows ---- */

struct column {
    struct dnp_slice name;
    const struct dnp_type *type;
    bool wanted; /* by this panel */
};

static const struct dnp_type *column_type(const char *declared)
{
    static const struct {
        const char *name;
        const struct dnp_type *type;
    } types[] = {{"int", &dnp_type_int},          {"integer", &dnp_type_int},  {"bit", &dnp_type_bool},
                 {"bigint", &dnp_type_long},      {"float", &dnp_type_double}, {"money", &dnp_type_decimal},
                 {"datetime", &dnp_type_datetime}};
    for (size_t i = 0; declared != NULL && i < sizeof types / sizeof types[0]; i++) {
        if (dnp_ascii_equal(types[i].name, declared)) {
            return types[i].type;
        }
    }
    return &dnp_type_string;
}

/* "name", "name type", "name@panel", "name type@panel" */
static void describe_column(const struct run *run, sqlite3_stmt *statement, int index, struct column *column)
{
    char type[DNP_NAME_SIZE];
    const char *alias = sqlite3_column_name(statement, index);
    column->name = dnp_slice_of(alias != NULL ? alias : "");
    column->wanted = true;
    column->type = NULL;
    const char *at = memchr(column->name.data, '@', column->name.length);
    if (at != NULL) {
        dnp_panel_version first = 0;
        column->wanted = dnp_version_parse(at + 1, &first) && run->scripts->version >= first;
        column->name.length = (size_t)(at - column->name.data);
    }
    const char *blank = memchr(column->name.data, ' ', column->name.length);
    if (blank != NULL) {
        size_t length = column->name.length - (size_t)(blank + 1 - column->name.data);
        (void)snprintf(type, sizeof type, "%.*s", (int)length, blank + 1);
        column->type = column_type(type);
        column->name.length = (size_t)(blank - column->name.data);
    } else {
        column->type = column_type(sqlite3_column_decltype(statement, index));
    }
}

/* The record that a row is for, or NULL. */
static const struct dnp_type *record_type(const struct dnp_type *result)
{
    if (result != NULL && result->kind == DNP_ARRAY) {
        result = result->fields[0].type;
    }
    return result != NULL && result->kind == DNP_RECORD ? result : NULL;
}

/* The composite field that a column is for, or NULL. */
static const struct dnp_field *composite_field(const struct dnp_type *record, const struct dnp_field *column)
{
    for (size_t i = 0; record != NULL && i < record->field_count; i++) {
        const struct dnp_field *field = &record->fields[i];
        if (!DNP_IS_SCALAR(field->type->kind) && dnp_ascii_equal(field->name, column->name)) {
            return field;
        }
    }
    return NULL;
}

static bool add_offset(struct dnp_sql_value *value)
{
    char date[DNP_DATE_SIZE];
    return value->kind != DNP_SQL_TEXT || !dnp_date_with_offset(value->text, date) ||
           dnp_sql_value_set_text(value, dnp_slice_of(date));
}

static bool take_cell(struct run *run, const struct dnp_rows *rows, size_t column, sqlite3_stmt *statement, int index,
                      struct dnp_sql_value *value)
{
    if (!dnp_sql_value_read(value, statement, index)) {
        return false;
    }
    const struct dnp_field *field = &rows->columns[column];
    if (run->result != NULL && run->result->kind == DNP_DATASET && field->type->kind == DNP_DATETIME) {
        return add_offset(value);
    }
    const struct dnp_field *composite = composite_field(record_type(run->result), field);
    if (composite == NULL || value->kind != DNP_SQL_TEXT) {
        return true;
    }
    value->rows = dnp_json_expand(run->scripts->database, composite->type, value->text);
    return value->rows != NULL;
}

#define MAX_COLUMNS 64

static bool take_columns(struct run *run, sqlite3_stmt *statement, struct dnp_rows *rows, int *indexes)
{
    int count = sqlite3_column_count(statement);
    for (int i = 0; i < count && rows->column_count < MAX_COLUMNS; i++) {
        struct column column;
        describe_column(run, statement, i, &column);
        if (!column.wanted) {
            continue;
        }
        indexes[rows->column_count] = i;
        if (!dnp_rows_add_column(rows, column.name, column.type)) {
            return false;
        }
    }
    return true;
}

static enum verdict fill_rows(struct run *run, sqlite3_stmt *statement, struct dnp_rows *rows)
{
    int indexes[MAX_COLUMNS] = {0};
    if (!take_columns(run, statement, rows, indexes)) {
        return memory_fault(run);
    }
    int code = sqlite3_step(statement);
    for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
        struct dnp_sql_value *row = dnp_rows_add(rows);
        if (row == NULL) {
            return memory_fault(run);
        }
        for (size_t i = 0; i < rows->column_count; i++) {
            if (!take_cell(run, rows, i, statement, indexes[i], &row[i])) {
                return memory_fault(run);
            }
        }
    }
    return code == SQLITE_DONE ? GO_ON : database_fault(run);
}

static enum verdict run_rows(struct run *run, sqlite3_stmt *statement)
{
    struct dnp_script_outcome *outcome = run->outcome;
    if (outcome->table_count == DNP_MAX_TABLES) {
        return fault(run, "a script of the sandbox has too many tables");
    }
    struct dnp_rows *rows = dnp_rows_new();
    if (rows == NULL) {
        return memory_fault(run);
    }
    outcome->tables[outcome->table_count++] = rows;
    enum verdict verdict = fill_rows(run, statement, rows);
    if (verdict != GO_ON) {
        return verdict;
    }
    const struct dnp_type *record = record_type(run->result);
    if ((record != NULL && !dnp_rows_map(rows, record)) ||
        !dnp_parameters_set_integer(run->parameters, "rows", (int64_t)rows->row_count)) {
        return memory_fault(run);
    }
    return GO_ON;
}

/* ---- running a script ---- */

static enum verdict run_step(struct run *run, const struct step *step)
{
    if (!bind(run, step->statement)) {
        return END_CALL;
    }
    enum verdict verdict = GO_ON;
    if (step->kind == STEP_PLAIN) {
        verdict = run_plain(run, step->statement);
    } else if (step->kind == STEP_ROWS) {
        verdict = run_rows(run, step->statement);
    } else {
        verdict = run_first_row(run, step);
    }
    sqlite3_reset(step->statement);
    sqlite3_clear_bindings(step->statement);
    return verdict;
}

static struct program *find_program(struct run *run, const char *name)
{
    for (size_t i = 0; i < dnp_sandbox_script_count; i++) {
        if (strcmp(dnp_sandbox_scripts[i].name, name) == 0) {
            struct program *program = &run->scripts->programs[i];
            return program->compiled || compile(run, program, dnp_sandbox_scripts[i].text) ? program : NULL;
        }
    }
    char message[DNP_FAULT_SIZE];
    (void)snprintf(message, sizeof message, "the sandbox has no script %s", name);
    fault(run, message);
    return NULL;
}

static enum verdict run_script(struct run *run, const char *name)
{
    if (run->depth == MAX_DEPTH) {
        return fault(run, "the scripts of the sandbox call each other too deeply");
    }
    const struct program *program = find_program(run, name);
    if (program == NULL) {
        return END_CALL;
    }
    enum verdict verdict = GO_ON;
    run->depth++;
    for (size_t i = 0; i < program->count && verdict == GO_ON; i++) {
        verdict = run_step(run, &program->steps[i]);
    }
    run->depth--;
    return verdict;
}

void dnp_scripts_run(struct dnp_scripts *scripts, const char *name, struct dnp_parameters *parameters,
                     const struct dnp_type *result, struct dnp_script_outcome *outcome)
{
    struct run run = {scripts, parameters, result, outcome, 0};
    outcome->ending = DNP_SCRIPT_ENDED;
    (void)run_script(&run, name);
}
