/* The database: opened, seeded, locked; calls as transactions. */
#ifndef DNP_SANDBOX_STORE_H
#define DNP_SANDBOX_STORE_H

#include "base/buffer.h"
#include "sandbox/store/script.h"

struct dnp_store;

struct dnp_store *dnp_store_open(const struct dnp_sandbox_options *options, struct dnp_error *error);
void dnp_store_close(struct dnp_store *store);

/* Whom the credentials belong to. False with `*found` false: nobody; `error` is for failures only. */
struct dnp_caller {
    int64_t user;
    int64_t actor; /* the account that it acts as */
    char name[DNP_NAME_SIZE];
};
bool dnp_store_authenticate(struct dnp_store *store, const char *username, const char *password,
                            struct dnp_caller *caller, bool *found, struct dnp_error *error);

/* Whose user name it is, and the password. */
bool dnp_store_find_user(struct dnp_store *store, const char *username, struct dnp_caller *caller,
                         struct dnp_buffer *password, bool *found, struct dnp_error *error);

/* Carries out one operation, durably when it DNP_SCRIPT_ENDED, without a trace otherwise. */
bool dnp_store_call(struct dnp_store *store, const struct dnp_operation *operation, const struct dnp_caller *caller,
                    struct dnp_parameters *parameters, struct dnp_script_outcome *outcome, struct dnp_error *error);

bool dnp_store_freeze(struct dnp_store *store, struct dnp_sandbox_state *state, struct dnp_error *error);
bool dnp_store_restore(struct dnp_store *store, const struct dnp_sandbox_state *state, struct dnp_error *error);
bool dnp_store_execute(struct dnp_store *store, const struct dnp_sandbox_statement *statements, size_t count,
                       struct dnp_error *error);
bool dnp_store_query(struct dnp_store *store, const struct dnp_sandbox_statement *statement, dnp_sandbox_row *row,
                     void *context, struct dnp_error *error);

#endif
