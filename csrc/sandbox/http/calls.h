/* The log of calls: a ring of the latest, and counts of all. */
#ifndef DNP_SANDBOX_CALLS_H
#define DNP_SANDBOX_CALLS_H

#include "sandbox/store/sql_value.h"

struct dnp_calls;

struct dnp_calls *dnp_calls_new(void); /* NULL: out of memory */
void dnp_calls_free(struct dnp_calls *calls);

/* Notes that a call has arrived; `parameters` may be NULL. Returns its number; out of memory, a call is only
 * counted. */
uint64_t dnp_calls_begin(struct dnp_calls *calls, const struct dnp_operation *operation, const char *caller,
                         const struct dnp_parameters *parameters);
void dnp_calls_end(struct dnp_calls *calls, uint64_t number, int64_t code, int http_status);
void dnp_calls_mark(struct dnp_calls *calls, uint64_t number, const char *injection);

void dnp_calls_each(struct dnp_calls *calls, const struct dnp_operation *operation, dnp_sandbox_visit_call *visit,
                    void *context);
uint64_t dnp_calls_count(struct dnp_calls *calls, const struct dnp_operation *operation);
void dnp_calls_clear(struct dnp_calls *calls);

#endif
