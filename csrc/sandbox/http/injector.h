/* Rules by which the sandbox goes wrong on purpose, and the waiting they ask for. */
#ifndef DNP_SANDBOX_INJECTOR_H
#define DNP_SANDBOX_INJECTOR_H

#include "sandbox/sandbox.h"

struct dnp_injector;

#define DNP_INJECTED_TEXT 1024

/* What is to be done to one call. */
struct dnp_injected {
    bool any;
    enum dnp_injection injection;
    bool after;
    double seconds;
    int status;
    int code;
    size_t bytes;
    char text[DNP_INJECTED_TEXT];
};

struct dnp_injector *dnp_injector_new(void); /* NULL: out of memory */
void dnp_injector_free(struct dnp_injector *injector);

unsigned dnp_injector_add(struct dnp_injector *injector, const struct dnp_sandbox_rule *rule, enum dnp_dialect dialect,
                          struct dnp_error *error);
void dnp_injector_clear(struct dnp_injector *injector);
uint64_t dnp_injector_applied(struct dnp_injector *injector, unsigned rule);

/* Asks once for each call: the first rule that applies is used up a little. */
void dnp_injector_ask(struct dnp_injector *injector, const struct dnp_operation *operation,
                      struct dnp_injected *injected);

/*
 * Waits for `seconds`, or without end when negative: until the rules are cleared, the server stops, or the client at
 * `socket` has gone; with -1 it is not watched. False when there is nobody to answer any more.
 */
bool dnp_injector_wait(struct dnp_injector *injector, double seconds, int socket);
/* Ends all waiting, now and later. */
void dnp_injector_stop(struct dnp_injector *injector);

#endif
