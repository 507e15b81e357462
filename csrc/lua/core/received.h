/*
 * What an engine has received, or why it has not: the words in which it tells.
 */
#ifndef LDNP_RECEIVED_H
#define LDNP_RECEIVED_H

#include "client/response.h"
#include "lua/common/compat.h"
#include "transport/failure.h"

/* Reads status and headers at these places. What the head borrows stays on the stack, or in the table of headers.
 * Raises, two functions up, on what is neither. */
void ldnp_read_head(lua_State *L, const char *method, int status, int headers, struct dnp_response_head *head);

/* Reads { name =, reason =, sent =, timeout = }. What it borrows stays in the table. Fields of wrong types count as not
 * there; raises when it is not a table. */
void ldnp_read_failure(lua_State *L, int index, struct dnp_failure *failure);

#endif
