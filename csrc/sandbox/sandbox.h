/*
 * An Enterprise Server for trials and tests: the contract, served over HTTP from an SQLite database.
 *
 * It serves on its own threads, on the loopback address only. Every function may be called from any thread; those
 * that return a struct dnp_sandbox_* value copy it out. No response, message or log entry but a panel's own read of a
 * user account holds a password.
 */
#ifndef DNP_SANDBOX_H
#define DNP_SANDBOX_H

#include "base/error.h"
#include "base/slice.h"
#include "contract/contract.h"

struct dnp_sandbox;

/* How callers may authenticate. */
enum dnp_sandbox_auth {
    DNP_SANDBOX_BOTH, /* message security where the request has it, else HTTP Basic */
    DNP_SANDBOX_BASIC,
    DNP_SANDBOX_WSE
};

struct dnp_sandbox_options {
    uint16_t port;                          /* 0: any that is free */
    const char *database;                   /* a file, made when it is not there; NULL: in memory */
    const struct dnp_dialect_info *dialect; /* NULL: DotNetPanel */
    const char *version;                    /* of the panel, such as "1.2.2" or "2.1.0.166"; NULL: its newest */
    bool panel_quotas;                      /* check quotas as panels do, not as their documentation says */
    bool seed;                              /* put the sample accounts, plans and spaces into a new database */
    double delete_delay;                    /* seconds that a deletion goes on in the background */
    const char *certificate;                /* PEM text; with `private_key` the server speaks https only */
    const char *private_key;
    enum dnp_sandbox_auth auth;
    double clock_offset;      /* seconds that the server's clock is ahead, for message security */
    const char *address;      /* scheme, host and port under which a proxy passes requests on; NULL: as they come */
    size_t max_request_bytes; /* 0: 8 MiB, as ASP.NET is set up */
};

#define DNP_SANDBOX_MAX_REQUEST ((size_t)8 * 1024 * 1024)

void dnp_sandbox_options_init(struct dnp_sandbox_options *options);

/* Serves when it returns. NULL with `error` filled when it cannot. */
struct dnp_sandbox *dnp_sandbox_start(const struct dnp_sandbox_options *options, struct dnp_error *error);
/* Closes every connection, ends all threads, closes the database, frees. Takes NULL. */
void dnp_sandbox_stop(struct dnp_sandbox *sandbox);

const char *dnp_sandbox_url(const struct dnp_sandbox *sandbox);
uint16_t dnp_sandbox_port(const struct dnp_sandbox *sandbox);
const struct dnp_dialect_info *dnp_sandbox_dialect(const struct dnp_sandbox *sandbox);

/* ---- state ---- */

/* The whole database as bytes. */
struct dnp_sandbox_state {
    unsigned char *data;
    size_t length;
};

bool dnp_sandbox_freeze(struct dnp_sandbox *sandbox, struct dnp_sandbox_state *state, struct dnp_error *error);
bool dnp_sandbox_restore(struct dnp_sandbox *sandbox, const struct dnp_sandbox_state *state, struct dnp_error *error);
void dnp_sandbox_state_free(struct dnp_sandbox_state *state);

enum dnp_sql_kind { DNP_SQL_NULL, DNP_SQL_INTEGER, DNP_SQL_REAL, DNP_SQL_TEXT };

/* A value for the database. */
struct dnp_sandbox_value {
    enum dnp_sql_kind kind;
    int64_t integer;
    double number;
    struct dnp_slice text;
};

struct dnp_sandbox_statement {
    const char *sql; /* one statement, with ? for its values */
    const struct dnp_sandbox_value *values;
    size_t value_count;
};

/* Runs all statements in one transaction, or none. For seeds; the names of the tables are in sql/schema.sql. */
bool dnp_sandbox_execute(struct dnp_sandbox *sandbox, const struct dnp_sandbox_statement *statements, size_t count,
                         struct dnp_error *error);

/* Receives each row of a query; `names` and `values` are valid during the call. Returning false ends the query. */
typedef bool dnp_sandbox_row(void *context, size_t column_count, const char *const *names,
                             const struct dnp_sandbox_value *values);
bool dnp_sandbox_query(struct dnp_sandbox *sandbox, const struct dnp_sandbox_statement *statement, dnp_sandbox_row *row,
                       void *context, struct dnp_error *error);

/* ---- misbehaviour ---- */

enum dnp_injection {
    DNP_INJECT_DELAY,  /* wait `seconds`, then go on as if nothing was */
    DNP_INJECT_FAULT,  /* HTTP 500 with a soap:Server fault saying `text` */
    DNP_INJECT_HTML,   /* HTTP `status` with an HTML page */
    DNP_INJECT_CUT,    /* the response, cut after `bytes` bytes of its body */
    DNP_INJECT_DROP,   /* the connection is closed without a response */
    DNP_INJECT_HANG,   /* no response until the client gives up */
    DNP_INJECT_REFUSE, /* the response is `code`, and nothing was done */
    DNP_INJECT_COUNT
};

/* "delay", "fault", "html", "cut", "drop", "hang", "refuse" */
extern const char *const dnp_injection_names[DNP_INJECT_COUNT];

struct dnp_sandbox_rule {
    const char *operation; /* NULL: every one */
    enum dnp_injection injection;
    bool after;     /* when the change was done, not before it; a cut is always after, a refusal never */
    unsigned nth;   /* first applies to the nth call that matches, counted from now; 0 is 1 */
    unsigned times; /* for so many calls; 0: without end */
    double rate;    /* apply with this probability; 0 is 1 */
    uint64_t seed;  /* of the generator for `rate`: the same seed gives the same calls */
    double seconds;
    int status; /* 0: 502 */
    int code;
    size_t bytes;
    const char *text; /* NULL: one that says what happened */
};

/* Returns the rule's number from 1 on, or 0 with `error` filled. Rules are tried in the order they were given. */
unsigned dnp_sandbox_misbehave(struct dnp_sandbox *sandbox, const struct dnp_sandbox_rule *rule,
                               struct dnp_error *error);
/* Forgets all rules, and ends what hangs or waits because of one. */
void dnp_sandbox_behave(struct dnp_sandbox *sandbox);
/* How often a rule was applied since the start; of rule 0: all together. */
uint64_t dnp_sandbox_misbehaved(struct dnp_sandbox *sandbox, unsigned rule);

/* ---- the log of calls ---- */

#define DNP_SANDBOX_MAX_CALLS 10000

struct dnp_sandbox_argument {
    const struct dnp_field *record; /* the parameter that holds it, when that is a record; else NULL */
    const struct dnp_field *field;
    struct dnp_sandbox_value value; /* of a secret: "[redacted]"; of a list: its JSON */
};

struct dnp_sandbox_call {
    uint64_t number;                              /* from 1 on, in order of arrival */
    const struct dnp_operation *operation;        /* NULL when the request named none */
    const char *caller;                           /* user name; "" when nobody was authenticated */
    const struct dnp_sandbox_argument *arguments; /* those that were sent */
    size_t argument_count;
    int64_t code;          /* of a status or id; of others 0 */
    int http_status;       /* 0 while it is not answered, or when it never was */
    const char *injection; /* what was done to it, or NULL */
};

/* Receives each call that is kept, oldest first; `call` is valid during it. Returning false ends the walk. */
typedef bool dnp_sandbox_visit_call(void *context, const struct dnp_sandbox_call *call);
void dnp_sandbox_calls(struct dnp_sandbox *sandbox, const struct dnp_operation *operation,
                       dnp_sandbox_visit_call *visit, void *context);
/* All calls since the start or the last clear, kept or not; NULL: of all operations, unknown ones too. */
uint64_t dnp_sandbox_call_count(struct dnp_sandbox *sandbox, const struct dnp_operation *operation);
void dnp_sandbox_clear_calls(struct dnp_sandbox *sandbox);

#endif
