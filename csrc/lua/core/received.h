/*
 * What an engine has received, or why it has not: the words in which it says so.
 */
#ifndef LDNP_RECEIVED_H
#define LDNP_RECEIVED_H

#include "client/response.h"
#include "lua/common/compat.h"
#include "transport/failure.h"

/* The method that reads them, and how many functions up it raises. */
struct ldnp_reading {
    const char *method;
    int level;
};

/* Reads status and headers at these places; raises on what is neither. What the head borrows is pushed. */
void ldnp_read_head(lua_State *L, const struct ldnp_reading *reading, int status, int headers,
                    struct dnp_response_head *head);

/* Reads { name =, reason =, sent =, timeout = }. What it borrows stays in the table. Fields of wrong types count as not
 * there; raises when it is not a table. */
void ldnp_read_failure(lua_State *L, int index, struct dnp_failure *failure);

#endif
