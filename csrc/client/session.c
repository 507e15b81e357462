/*
 * Options become a session. Owns the credentials (through the scheme) and wipes them.
 */
#include "client/session.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "client/session_private.h"

#define USER_AGENT "User-Agent: "

static bool has_control_character(const char *text)
{
    for (; *text != '\0'; text++) {
        if (dnp_is_control(*text)) {
            return true;
        }
    }
    return false;
}

static bool check_options(const struct dnp_session_options *options, struct dnp_error *error)
{
    if (options->username == NULL || options->password == NULL) {
        return dnp_fail(error, DNP_USAGE, "%s is missing", options->username == NULL ? "username" : "password");
    }
    if (has_control_character(options->username)) {
        return dnp_fail(error, DNP_USAGE, "username holds a control character");
    }
    if (options->user_agent != NULL && has_control_character(options->user_agent)) {
        return dnp_fail(error, DNP_USAGE, "user_agent holds a control character");
    }
    return options->dialect != NULL || dnp_fail(error, DNP_USAGE, "dialect is missing");
}

static bool set_user_agent(struct dnp_session *session, const char *user_agent)
{
    if (user_agent == NULL) {
        user_agent = "lua-dnp/" DNP_VERSION;
    }
    size_t size = sizeof USER_AGENT + strlen(user_agent);
    session->user_agent_line = malloc(size);
    if (session->user_agent_line == NULL) {
        return false;
    }
    (void)snprintf(session->user_agent_line, size, USER_AGENT "%s", user_agent);
    return true;
}

/* The address that the panel sees is an address like the session's own. */
static bool make_identity(struct dnp_session *session, const struct dnp_session_options *options,
                          struct dnp_error *error)
{
    struct dnp_address to = {0};
    if (options->wse_to != NULL && !dnp_address_parse(&to, options->wse_to, error)) {
        const struct dnp_error before = *error;
        dnp_address_free(&to);
        dnp_error_set_message(error, "%s%s", before.kind == DNP_USAGE ? "wse_to: " : "", before.message);
        return false;
    }
    const struct dnp_auth_options credentials = {.username = options->username,
                                                 .password = options->password,
                                                 .crypto = options->crypto,
                                                 .to = to.url,
                                                 .clock_offset = options->wse_clock_offset};
    session->identity = session->auth->identity_new(&credentials, error);
    dnp_address_free(&to);
    return session->identity != NULL;
}

static bool make_memos(struct dnp_session *session)
{
    session->memos = calloc(dnp_operation_count, sizeof *session->memos);
    for (size_t i = 0; session->memos != NULL && i < dnp_operation_count; i++) {
        dnp_memo_init(&session->memos[i]);
    }
    return session->memos != NULL;
}

static void free_memos(struct dnp_session *session)
{
    for (size_t i = 0; session->memos != NULL && i < dnp_operation_count; i++) {
        dnp_memo_free(&session->memos[i]);
    }
    free(session->memos);
}

static bool fill(struct dnp_session *session, const struct dnp_session_options *options, struct dnp_error *error)
{
    const size_t most = options->max_response_bytes;
    session->dialect = options->dialect;
    session->auth = options->auth != NULL ? options->auth : &dnp_auth_basic;
    session->max_response_bytes = most > 0 ? most : DNP_DEFAULT_MAX_RESPONSE_BYTES;
    session->keep_excerpts = options->keep_excerpts;
    if (!dnp_address_parse(&session->address, options->url, error)) {
        return false;
    }
    session->username = dnp_copy_text(dnp_slice_of(options->username));
    if (session->username == NULL || !set_user_agent(session, options->user_agent) || !make_memos(session)) {
        return dnp_fail_memory(error);
    }
    return make_identity(session, options, error);
}

static void destroy(struct dnp_session *session)
{
    free_memos(session);
    if (session->free_idle != NULL) {
        session->free_idle(session);
    }
    dnp_address_free(&session->address);
    session->auth->identity_free(session->identity);
    free(session->username);
    free(session->user_agent_line);
    free(session);
}

struct dnp_session *dnp_session_new(const struct dnp_session_options *options, struct dnp_error *error)
{
    if (!check_options(options, error)) {
        return NULL;
    }
    struct dnp_session *session = calloc(1, sizeof *session);
    if (session == NULL) {
        (void)dnp_fail_memory(error);
        return NULL;
    }
    if (!fill(session, options, error)) {
        destroy(session);
        return NULL;
    }
    return session;
}

void dnp_session_free(struct dnp_session *session)
{
    if (session != NULL) {
        session->closed = true;
        dnp_session_release(session);
    }
}

void dnp_session_release(struct dnp_session *session)
{
    if (session->closed && session->calls == 0) {
        destroy(session);
    }
}

const struct dnp_dialect_info *dnp_session_dialect(const struct dnp_session *session)
{
    return session->dialect;
}

const struct dnp_address *dnp_session_address(const struct dnp_session *session)
{
    return &session->address;
}

const char *dnp_session_username(const struct dnp_session *session)
{
    return session->username;
}

const char *dnp_session_auth_name(const struct dnp_session *session)
{
    return session->auth->name;
}
