/*
 * One SQLite connection behind one mutex: a call is a transaction, one after another.
 *
 * A file is kept with a write-ahead log and full synchronisation, so what was answered survives the process. Every
 * public function takes the lock once and leaves the connection outside a transaction.
 */
#include "sandbox/store/store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/store/functions.h"
#include "sandbox/store/scripts.h"
#include "value/calendar.h"

/* "dnpS": the PRAGMA application_id of a file of the sandbox. */
#define APPLICATION_ID 0x646E7053
#define SCHEMA_VERSION 2
#define BUSY_MILLISECONDS 5000
#define MAX_QUERY_COLUMNS 64

struct dnp_store {
    sqlite3 *database;
    pthread_mutex_t mutex;
    struct dnp_scripts *scripts;
    dnp_panel_version version;
    double delete_delay;
    bool panel_quotas;
};

static bool fail(struct dnp_store *store, const char *what, struct dnp_error *error)
{
    if (sqlite3_errcode(store->database) == SQLITE_NOMEM) {
        return dnp_fail_memory(error);
    }
    return dnp_fail(error, DNP_CONFLICT, "%s: %s", what, sqlite3_errmsg(store->database));
}

static bool run_sql(struct dnp_store *store, const char *sql)
{
    return sqlite3_exec(store->database, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static void roll_back(struct dnp_store *store)
{
    if (sqlite3_get_autocommit(store->database) == 0) {
        (void)run_sql(store, "ROLLBACK");
    }
}

/* Without memory SQLite can fail to begin and have begun, or fail to roll back: what is left of that ends here. */
static bool begin(struct dnp_store *store)
{
    roll_back(store);
    return run_sql(store, "BEGIN IMMEDIATE");
}

/* ---- opening ---- */

static bool run_script_text(struct dnp_store *store, const char *name)
{
    for (size_t i = 0; i < dnp_sandbox_script_count; i++) {
        if (strcmp(dnp_sandbox_scripts[i].name, name) == 0) {
            return run_sql(store, dnp_sandbox_scripts[i].text);
        }
    }
    return false;
}

static bool read_number(struct dnp_store *store, const char *sql, int *number)
{
    sqlite3_stmt *statement = NULL;
    bool read = sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) == SQLITE_OK &&
                sqlite3_step(statement) == SQLITE_ROW;
    if (read) {
        *number = sqlite3_column_int(statement, 0);
    }
    sqlite3_finalize(statement);
    return read;
}

/* Whose file it is. */
struct owner {
    int application;
    int version;
    int objects;    /* tables and the like */
    int our_tables; /* those that the first sandboxes made, which left no mark in the file */
};

static bool read_owner(struct dnp_store *store, struct owner *owner)
{
    return read_number(store, "PRAGMA application_id", &owner->application) &&
           read_number(store, "PRAGMA user_version", &owner->version) &&
           read_number(store, "SELECT count(*) FROM sqlite_schema", &owner->objects) &&
           read_number(store,
                       "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN "
                       "('UserTree', 'PackageTree', 'HostingPlanResources', 'Letters')",
                       &owner->our_tables);
}

static bool check_owner(const struct owner *owner, const char *name, struct dnp_error *error)
{
    bool fresh = owner->application == 0 && owner->version == 0 && owner->objects == 0;
    bool oldest = owner->application == 0 && owner->version == 1 && owner->our_tables == 4;
    if (fresh || oldest) {
        return true;
    }
    if (owner->application != APPLICATION_ID) {
        return dnp_fail(error, DNP_CONFLICT, "%s is not a database of the sandbox", name);
    }
    return owner->version == SCHEMA_VERSION ||
           dnp_fail(error, DNP_CONFLICT, "%s was made by a sandbox of another version", name);
}

static bool make_schema(struct dnp_store *store, const struct owner *owner, bool seed, struct dnp_error *error)
{
    bool fresh = owner->version == 0;
    if (owner->version == SCHEMA_VERSION) {
        return true;
    }
    if (begin(store) && (!fresh || run_script_text(store, "schema")) && run_script_text(store, "schema_2") &&
        (!fresh || !seed || run_script_text(store, "seed")) && run_sql(store, "COMMIT")) {
        return true;
    }
    fail(store, "the database cannot be made", error);
    roll_back(store);
    return false;
}

static bool open_file(struct dnp_store *store, const char *name, int flags, struct dnp_error *error)
{
    if (sqlite3_open_v2(name, &store->database, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        return fail(store, name, error);
    }
    (void)sqlite3_busy_timeout(store->database, BUSY_MILLISECONDS);
    return true;
}

/*
 * Looks at a file that exists without a right to write: opening another program's database for writing can change it,
 * if only by moving its log into it. What cannot be read in this way is left to the check after the real opening.
 */
static bool is_foreign(struct dnp_store *store, const char *name, struct dnp_error *error)
{
    struct owner owner = {0};
    struct dnp_error ignored;
    bool foreign = open_file(store, name, SQLITE_OPEN_READONLY, &ignored) && read_owner(store, &owner) &&
                   !check_owner(&owner, name, error);
    (void)sqlite3_close(store->database);
    store->database = NULL;
    return foreign;
}

static bool prepare_database(struct dnp_store *store, const struct dnp_sandbox_options *options, const char *name,
                             struct dnp_error *error)
{
    struct owner owner = {0};
    if (!read_owner(store, &owner)) {
        return fail(store, name, error);
    }
    if (!check_owner(&owner, name, error)) {
        return false;
    }
    if (!dnp_functions_add(store->database, &store->version) ||
        !run_sql(store, "PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON")) {
        return fail(store, name, error);
    }
    /* The mark of the sandbox is in the file itself before there is a log beside it. */
    return make_schema(store, &owner, options->seed, error) &&
           ((run_sql(store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL") &&
             run_script_text(store, "views")) ||
            fail(store, name, error));
}

static bool open_database(struct dnp_store *store, const struct dnp_sandbox_options *options, struct dnp_error *error)
{
    const char *name = options->database != NULL ? options->database : ":memory:";
    const char *shown = options->database != NULL ? options->database : "the database";
    if (options->database != NULL && is_foreign(store, name, error)) {
        return false;
    }
    if (!open_file(store, name, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error) ||
        !prepare_database(store, options, shown, error)) {
        return false;
    }
    store->scripts = dnp_scripts_new(store->database, store->version);
    return store->scripts != NULL || dnp_fail_memory(error);
}

struct dnp_store *dnp_store_open(const struct dnp_sandbox_options *options, struct dnp_error *error)
{
    struct dnp_store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        dnp_fail_memory(error);
        return NULL;
    }
    store->delete_delay = options->delete_delay;
    store->panel_quotas = options->panel_quotas;
    if (pthread_mutex_init(&store->mutex, NULL) != 0) {
        free(store);
        dnp_fail_memory(error);
        return NULL;
    }
    (void)dnp_version_make(options->dialect, options->version, DNP_VERSION_LAST, &store->version);
    if (!open_database(store, options, error)) {
        dnp_store_close(store);
        return NULL;
    }
    return store;
}

void dnp_store_close(struct dnp_store *store)
{
    if (store == NULL) {
        return;
    }
    dnp_scripts_free(store->scripts);
    (void)sqlite3_close(store->database);
    (void)pthread_mutex_destroy(&store->mutex);
    free(store);
}

/* ---- calls ---- */

/* Runs a script that finds out who somebody is. */
static bool identify(struct dnp_store *store, const char *script, struct dnp_parameters *parameters,
                     struct dnp_caller *caller, bool *found, struct dnp_error *error)
{
    struct dnp_script_outcome outcome = {0};
    (void)pthread_mutex_lock(&store->mutex);
    dnp_scripts_run(store->scripts, script, parameters, NULL, &outcome);
    (void)pthread_mutex_unlock(&store->mutex);
    bool ran = outcome.ending == DNP_SCRIPT_ENDED || dnp_fail(error, DNP_PROTOCOL, "%s", outcome.fault);
    const struct dnp_parameter *user = dnp_parameters_find(parameters, "caller");
    if (ran && user != NULL) {
        *found = true;
        caller->user = user->value.integer;
        caller->actor = dnp_parameters_find(parameters, "actor")->value.integer;
        (void)snprintf(caller->name, sizeof caller->name, "%s",
                       dnp_parameters_find(parameters, "callerName")->value.text);
    }
    dnp_script_outcome_free(&outcome);
    return ran;
}

bool dnp_store_authenticate(struct dnp_store *store, const char *username, const char *password,
                            struct dnp_caller *caller, bool *found, struct dnp_error *error)
{
    struct dnp_parameters parameters = {0};
    *found = false;
    bool set = (dnp_parameters_set_text(&parameters, "username", username) &&
                dnp_parameters_set_text(&parameters, "password", password)) ||
               dnp_fail_memory(error);
    bool asked = set && identify(store, "authenticate", &parameters, caller, found, error);
    dnp_parameters_free(&parameters);
    return asked;
}

bool dnp_store_find_user(struct dnp_store *store, const char *username, struct dnp_caller *caller,
                         struct dnp_buffer *password, bool *found, struct dnp_error *error)
{
    struct dnp_parameters parameters = {0};
    *found = false;
    bool set = dnp_parameters_set_text(&parameters, "username", username) || dnp_fail_memory(error);
    bool asked = set && identify(store, "token_user", &parameters, caller, found, error);
    if (asked && *found) {
        const struct dnp_sql_value *value = &dnp_parameters_find(&parameters, "password")->value;
        const char *text = value->text != NULL ? value->text : "";
        asked = dnp_buffer_puts(password, text) || dnp_fail_memory(error);
    }
    dnp_parameters_free(&parameters);
    return asked;
}

static bool set_surroundings(const struct dnp_store *store, const struct dnp_caller *caller,
                             struct dnp_parameters *parameters)
{
    char now[DNP_DATE_SIZE];
    dnp_date_now(now);
    struct dnp_sandbox_value clock = {DNP_SQL_REAL, 0, dnp_clock(), {"", 0}};
    struct dnp_sandbox_value delay = {DNP_SQL_REAL, 0, store->delete_delay, {"", 0}};
    struct dnp_parameter *parameter = NULL;
    return dnp_parameters_set_text(parameters, "now", now) &&
           dnp_parameters_set_integer(parameters, "caller", caller->user) &&
           dnp_parameters_set_integer(parameters, "actor", caller->actor) &&
           dnp_parameters_set_integer(parameters, "panelQuotas", store->panel_quotas ? 1 : 0) &&
           (parameter = dnp_parameters_add(parameters, "clock")) != NULL &&
           dnp_sql_value_copy(&parameter->value, &clock) &&
           (parameter = dnp_parameters_add(parameters, "deleteDelay")) != NULL &&
           dnp_sql_value_copy(&parameter->value, &delay);
}

/* BEGIN or COMMIT failed: the database itself is in trouble. */
static void in_trouble(const struct dnp_store *store, struct dnp_script_outcome *outcome)
{
    outcome->ending = DNP_SCRIPT_FAULTED;
    (void)snprintf(outcome->fault, sizeof outcome->fault, "%s", sqlite3_errmsg(store->database));
}

static void call_in_transaction(struct dnp_store *store, const struct dnp_operation *operation,
                                struct dnp_parameters *parameters, struct dnp_script_outcome *outcome)
{
    const struct dnp_type *result = operation->response.fields[0].type;
    if (begin(store)) {
        dnp_scripts_run(store->scripts, "purge", parameters, NULL, outcome);
    } else {
        in_trouble(store, outcome);
    }
    if (outcome->ending == DNP_SCRIPT_ENDED) {
        dnp_scripts_run(store->scripts, operation->name, parameters, result, outcome);
    }
    if (outcome->ending == DNP_SCRIPT_ENDED && !run_sql(store, "COMMIT")) {
        in_trouble(store, outcome);
    }
    if (outcome->raised) {
        outcome->ending = DNP_SCRIPT_FAULTED;
    }
    roll_back(store);
}

bool dnp_store_call(struct dnp_store *store, const struct dnp_operation *operation, const struct dnp_caller *caller,
                    struct dnp_parameters *parameters, struct dnp_script_outcome *outcome, struct dnp_error *error)
{
    if (!set_surroundings(store, caller, parameters)) {
        return dnp_fail_memory(error);
    }
    (void)pthread_mutex_lock(&store->mutex);
    call_in_transaction(store, operation, parameters, outcome);
    (void)pthread_mutex_unlock(&store->mutex);
    return true;
}

/* ---- freezing and restoring ---- */

bool dnp_store_freeze(struct dnp_store *store, struct dnp_sandbox_state *state, struct dnp_error *error)
{
    sqlite3_int64 length = 0;
    (void)pthread_mutex_lock(&store->mutex);
    unsigned char *data = sqlite3_serialize(store->database, "main", &length, 0);
    (void)pthread_mutex_unlock(&store->mutex);
    if (data == NULL) {
        return dnp_fail_memory(error);
    }
    state->data = data;
    state->length = (size_t)length;
    return true;
}

/* A connection that sees the frozen bytes as its database. SQLite frees the copy with it. */
static sqlite3 *open_frozen(const struct dnp_sandbox_state *state)
{
    sqlite3 *frozen = NULL;
    unsigned char *copy = sqlite3_malloc64(state->length);
    if (copy == NULL || sqlite3_open(":memory:", &frozen) != SQLITE_OK) {
        sqlite3_free(copy);
        (void)sqlite3_close(frozen);
        return NULL;
    }
    memcpy(copy, state->data, state->length);
    /* Bytes 18 and 19 say whether there is a write-ahead log; bytes in memory have none. */
    if (state->length > 20) {
        copy[18] = 1;
        copy[19] = 1;
    }
    if (sqlite3_deserialize(frozen, "main", copy, (sqlite3_int64)state->length, (sqlite3_int64)state->length,
                            SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY) != SQLITE_OK) {
        (void)sqlite3_close(frozen);
        return NULL;
    }
    return frozen;
}

void dnp_sandbox_state_free(struct dnp_sandbox_state *state)
{
    sqlite3_free(state->data);
    state->data = NULL;
    state->length = 0;
}

bool dnp_store_restore(struct dnp_store *store, const struct dnp_sandbox_state *state, struct dnp_error *error)
{
    sqlite3 *frozen = open_frozen(state);
    if (frozen == NULL) {
        return dnp_fail_memory(error);
    }
    (void)pthread_mutex_lock(&store->mutex);
    sqlite3_backup *backup = sqlite3_backup_init(store->database, "main", frozen, "main");
    if (backup != NULL) {
        (void)sqlite3_backup_step(backup, -1);
    }
    bool restored = backup != NULL && sqlite3_backup_finish(backup) == SQLITE_OK;
    if (!restored) {
        fail(store, "the state cannot be restored", error);
    }
    (void)pthread_mutex_unlock(&store->mutex);
    (void)sqlite3_close(frozen);
    return restored;
}

/* ---- statements from outside ---- */

static bool bind_values(sqlite3_stmt *prepared, const struct dnp_sandbox_statement *statement)
{
    for (size_t i = 0; i < statement->value_count; i++) {
        const struct dnp_sandbox_value *given = &statement->values[i];
        const struct dnp_sql_value value = {.kind = given->kind,
                                            .integer = given->integer,
                                            .number = given->number,
                                            .text = (char *)given->text.data,
                                            .length = given->text.length};
        if (!dnp_sql_value_bind(&value, prepared, (int)i + 1)) {
            return false;
        }
    }
    return true;
}

/* Rows of a seed come with the same text again and again: then `*prepared` is used once more. */
static bool execute_one(struct dnp_store *store, const struct dnp_sandbox_statement *statement, sqlite3_stmt **prepared)
{
    const char *last = *prepared != NULL ? sqlite3_sql(*prepared) : NULL;
    if (last == NULL || strcmp(last, statement->sql) != 0) {
        sqlite3_finalize(*prepared);
        *prepared = NULL;
        if (sqlite3_prepare_v2(store->database, statement->sql, -1, prepared, NULL) != SQLITE_OK) {
            return false;
        }
    }
    int code = bind_values(*prepared, statement) ? sqlite3_step(*prepared) : SQLITE_ERROR;
    while (code == SQLITE_ROW) {
        code = sqlite3_step(*prepared);
    }
    return sqlite3_reset(*prepared) == SQLITE_OK && code == SQLITE_DONE;
}

bool dnp_store_execute(struct dnp_store *store, const struct dnp_sandbox_statement *statements, size_t count,
                       struct dnp_error *error)
{
    sqlite3_stmt *prepared = NULL;
    (void)pthread_mutex_lock(&store->mutex);
    bool done = begin(store);
    for (size_t i = 0; done && i < count; i++) {
        done = execute_one(store, &statements[i], &prepared);
    }
    done = done && run_sql(store, "COMMIT");
    if (!done) {
        fail(store, "the sandbox's database", error);
    }
    sqlite3_finalize(prepared);
    roll_back(store);
    (void)pthread_mutex_unlock(&store->mutex);
    return done;
}

/* Reads a row and calls `row` with it; `*more` is what that returns. False: out of memory. */
static bool visit_row(sqlite3_stmt *prepared, dnp_sandbox_row *row, void *context, bool *more)
{
    const char *names[MAX_QUERY_COLUMNS];
    struct dnp_sql_value read_values[MAX_QUERY_COLUMNS] = {{0}};
    struct dnp_sandbox_value values[MAX_QUERY_COLUMNS];
    size_t count = (size_t)sqlite3_column_count(prepared);
    bool read = true;
    for (size_t i = 0; read && i < count; i++) {
        names[i] = sqlite3_column_name(prepared, (int)i);
        read = names[i] != NULL && dnp_sql_value_read(&read_values[i], prepared, (int)i);
        values[i] = dnp_sql_value_borrow(&read_values[i]);
    }
    *more = read && row(context, count, names, values);
    for (size_t i = 0; i < count; i++) {
        dnp_sql_value_free(&read_values[i]);
    }
    return read;
}

static bool run_query(struct dnp_store *store, sqlite3_stmt *prepared, dnp_sandbox_row *row, void *context,
                      struct dnp_error *error)
{
    bool more = true;
    if (sqlite3_column_count(prepared) > MAX_QUERY_COLUMNS) {
        return dnp_fail(error, DNP_USAGE, "the sandbox's database: a query has at most %d columns", MAX_QUERY_COLUMNS);
    }
    int code = SQLITE_ROW;
    while (more && code == SQLITE_ROW) {
        code = sqlite3_step(prepared);
        if (code == SQLITE_ROW && !visit_row(prepared, row, context, &more)) {
            return dnp_fail_memory(error);
        }
    }
    return code == SQLITE_DONE || code == SQLITE_ROW || fail(store, "the sandbox's database", error);
}

bool dnp_store_query(struct dnp_store *store, const struct dnp_sandbox_statement *statement, dnp_sandbox_row *row,
                     void *context, struct dnp_error *error)
{
    (void)pthread_mutex_lock(&store->mutex);
    sqlite3_stmt *prepared = NULL;
    bool ready = sqlite3_prepare_v2(store->database, statement->sql, -1, &prepared, NULL) == SQLITE_OK &&
                 bind_values(prepared, statement);
    bool done = ready ? run_query(store, prepared, row, context, error) : fail(store, "the sandbox's database", error);
    sqlite3_finalize(prepared);
    (void)pthread_mutex_unlock(&store->mutex);
    return done;
}
