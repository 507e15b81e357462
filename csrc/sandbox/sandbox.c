/*
 * The sandbox as one object: store, log, rules, server, put together and taken apart in the right order.
 */
#include "sandbox/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/http/server.h"
#include "sandbox/store/version.h"

#define URL_SIZE 64

struct dnp_sandbox {
    struct dnp_service_state state;
    struct dnp_dialect_info dialect;
    struct dnp_server *server;
    char url[URL_SIZE];
    char *address;
};

void dnp_sandbox_options_init(struct dnp_sandbox_options *options)
{
    memset(options, 0, sizeof *options);
    options->seed = true;
    options->max_request_bytes = DNP_SANDBOX_MAX_REQUEST;
}

/* "http://panel.internal:9002", or https. */
static bool is_address(const char *text)
{
    size_t scheme = strncmp(text, "http://", 7) == 0 ? 7 : strncmp(text, "https://", 8) == 0 ? 8 : 0;
    return scheme > 0 && text[scheme] != '\0' && strchr(text + scheme, '/') == NULL;
}

static bool check(const struct dnp_sandbox_options *options, struct dnp_error *error)
{
    dnp_panel_version version = 0;
    if ((options->certificate == NULL) != (options->private_key == NULL)) {
        return dnp_fail(error, DNP_USAGE, "options 'certificate' and 'private_key' go together");
    }
    if (options->database != NULL && options->database[0] == '\0') {
        return dnp_fail(error, DNP_USAGE, "option 'database' must not be empty");
    }
    if (options->address != NULL && !is_address(options->address)) {
        return dnp_fail(error, DNP_USAGE,
                        "option 'address' must be a scheme, a host and perhaps a port, without a path");
    }
    if (!(options->clock_offset > -1e10 && options->clock_offset < 1e10)) {
        return dnp_fail(error, DNP_USAGE, "option 'clock_offset' must be a number of seconds");
    }
    if (!dnp_version_make(options->dialect, options->version, DNP_VERSION_LAST, &version)) {
        return dnp_fail(error, DNP_USAGE, "option 'version' must be up to four numbers such as '1.2.2', got '%s'",
                        options->version);
    }
    return (options->delete_delay >= 0 && options->delete_delay < 1e9) ||
           dnp_fail(error, DNP_USAGE, "option 'delete_delay' must be a number of seconds, and not negative");
}

/* The first versions of WebsitePanel have another namespace than DotNetPanel, and the same contract. */
static void choose_contract(struct dnp_sandbox *sandbox, const struct dnp_sandbox_options *options)
{
    dnp_panel_version version = 0;
    dnp_panel_version later = 0;
    sandbox->dialect = *options->dialect;
    if (dnp_version_make(options->dialect, options->version, DNP_VERSION_LAST, &version) &&
        dnp_version_parse("websitepanel 1.2.2.48", &later) && version < later) {
        sandbox->dialect.dialect = DNP_DOTNETPANEL;
    }
    sandbox->state.dialect = &sandbox->dialect;
}

/* The port is opened before the database: it is what fails most often, and nothing is left behind. */
static bool assemble(struct dnp_sandbox *sandbox, const struct dnp_sandbox_options *options, struct dnp_error *error)
{
    struct dnp_service_state *state = &sandbox->state;
    choose_contract(sandbox, options);
    state->url = sandbox->url;
    state->auth = options->auth;
    state->clock_offset = options->clock_offset;
    if (options->address != NULL) {
        sandbox->address = dnp_copy_text(dnp_slice_of(options->address));
        state->address = sandbox->address;
        if (sandbox->address == NULL) {
            return dnp_fail_memory(error);
        }
    }
    sandbox->server = dnp_server_open(options, error);
    if (sandbox->server == NULL) {
        return false;
    }
    (void)snprintf(sandbox->url, sizeof sandbox->url, "%s://127.0.0.1:%u",
                   options->certificate != NULL ? "https" : "http", (unsigned)dnp_server_port(sandbox->server));
    state->store = dnp_store_open(options, error);
    if (state->store == NULL) {
        return false;
    }
    state->calls = dnp_calls_new();
    state->injector = dnp_injector_new();
    if (state->calls == NULL || state->injector == NULL) {
        return dnp_fail_memory(error);
    }
    return dnp_server_run(sandbox->server, state, error);
}

struct dnp_sandbox *dnp_sandbox_start(const struct dnp_sandbox_options *options, struct dnp_error *error)
{
    struct dnp_sandbox_options complete = *options;
    if (complete.dialect == NULL) {
        complete.dialect = &dnp_dialects[0];
    }
    if (complete.max_request_bytes == 0) {
        complete.max_request_bytes = DNP_SANDBOX_MAX_REQUEST;
    }
    if (!check(&complete, error)) {
        return NULL;
    }
    struct dnp_sandbox *sandbox = calloc(1, sizeof *sandbox);
    if (sandbox == NULL) {
        dnp_fail_memory(error);
        return NULL;
    }
    if (!assemble(sandbox, &complete, error)) {
        dnp_sandbox_stop(sandbox);
        return NULL;
    }
    return sandbox;
}

void dnp_sandbox_stop(struct dnp_sandbox *sandbox)
{
    if (sandbox == NULL) {
        return;
    }
    if (sandbox->state.injector != NULL) {
        dnp_injector_stop(sandbox->state.injector);
    }
    dnp_server_free(sandbox->server);
    dnp_store_close(sandbox->state.store);
    dnp_calls_free(sandbox->state.calls);
    dnp_injector_free(sandbox->state.injector);
    free(sandbox->address);
    free(sandbox);
}

const char *dnp_sandbox_url(const struct dnp_sandbox *sandbox)
{
    return sandbox->url;
}

uint16_t dnp_sandbox_port(const struct dnp_sandbox *sandbox)
{
    return dnp_server_port(sandbox->server);
}

const struct dnp_dialect_info *dnp_sandbox_dialect(const struct dnp_sandbox *sandbox)
{
    return sandbox->state.dialect;
}

bool dnp_sandbox_freeze(struct dnp_sandbox *sandbox, struct dnp_sandbox_state *state, struct dnp_error *error)
{
    return dnp_store_freeze(sandbox->state.store, state, error);
}

bool dnp_sandbox_restore(struct dnp_sandbox *sandbox, const struct dnp_sandbox_state *state, struct dnp_error *error)
{
    return dnp_store_restore(sandbox->state.store, state, error);
}

bool dnp_sandbox_execute(struct dnp_sandbox *sandbox, const struct dnp_sandbox_statement *statements, size_t count,
                         struct dnp_error *error)
{
    return dnp_store_execute(sandbox->state.store, statements, count, error);
}

bool dnp_sandbox_query(struct dnp_sandbox *sandbox, const struct dnp_sandbox_statement *statement, dnp_sandbox_row *row,
                       void *context, struct dnp_error *error)
{
    return dnp_store_query(sandbox->state.store, statement, row, context, error);
}

unsigned dnp_sandbox_misbehave(struct dnp_sandbox *sandbox, const struct dnp_sandbox_rule *rule,
                               struct dnp_error *error)
{
    return dnp_injector_add(sandbox->state.injector, rule, sandbox->state.dialect->dialect, error);
}

void dnp_sandbox_behave(struct dnp_sandbox *sandbox)
{
    dnp_injector_clear(sandbox->state.injector);
}

uint64_t dnp_sandbox_misbehaved(struct dnp_sandbox *sandbox, unsigned rule)
{
    return dnp_injector_applied(sandbox->state.injector, rule);
}

void dnp_sandbox_calls(struct dnp_sandbox *sandbox, const struct dnp_operation *operation,
                       dnp_sandbox_visit_call *visit, void *context)
{
    dnp_calls_each(sandbox->state.calls, operation, visit, context);
}

uint64_t dnp_sandbox_call_count(struct dnp_sandbox *sandbox, const struct dnp_operation *operation)
{
    return dnp_calls_count(sandbox->state.calls, operation);
}

void dnp_sandbox_clear_calls(struct dnp_sandbox *sandbox)
{
    dnp_calls_clear(sandbox->state.calls);
}
