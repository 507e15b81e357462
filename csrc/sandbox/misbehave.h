/* Rules by which the sandbox goes wrong on purpose, and the waiting they ask for. */
#ifndef DNP_SANDBOX_MISBEHAVE_H
#define DNP_SANDBOX_MISBEHAVE_H

#include "sandbox/sandbox.h"

struct dnp_mischief_maker;

#define DNP_DEED_TEXT 1024

/* What is to be done to one call. */
struct dnp_deed {
    bool any;
    enum dnp_mischief mischief;
    bool after;
    double seconds;
    int status;
    int code;
    size_t bytes;
    char text[DNP_DEED_TEXT];
};

struct dnp_mischief_maker *dnp_mischief_new(void); /* NULL: no memory */
void dnp_mischief_free(struct dnp_mischief_maker *maker);

unsigned dnp_mischief_add(struct dnp_mischief_maker *maker, const struct dnp_sandbox_rule *rule,
                          enum dnp_dialect dialect, struct dnp_error *error);
void dnp_mischief_clear(struct dnp_mischief_maker *maker);
uint64_t dnp_mischief_applied(struct dnp_mischief_maker *maker, unsigned rule);

/* Asks once for each call: the first rule that applies is used up a little. */
void dnp_mischief_ask(struct dnp_mischief_maker *maker, const struct dnp_operation *operation, struct dnp_deed *deed);

/*
 * Waits for `seconds`, or without end when negative: until the rules are cleared, the server stops, or the client at
 * `socket` has gone; with -1 it is not watched. False when there is nobody to answer any more.
 */
bool dnp_mischief_wait(struct dnp_mischief_maker *maker, double seconds, int socket);
/* Ends all waiting, now and later. */
void dnp_mischief_stop(struct dnp_mischief_maker *maker);

#endif
