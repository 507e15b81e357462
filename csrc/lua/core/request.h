/*
 * Requests and responses as tables: for engines in clear, for traces without secrets.
 */
#ifndef LDNP_REQUEST_H
#define LDNP_REQUEST_H

#include "lua/core/call.h"

/*
 * Pushes the form and the body of a call's request; the session is at `session`. The form is one table for all requests
 * of an operation in a session: { url =, scheme =, host =, port =, path =, headers =, mutates =, operation = }.
 */
void ldnp_push_request(lua_State *L, int session, const struct dnp_call *call);
/* core.request_of(call): the same. */
int ldnp_request_fields(lua_State *L);
/* core.describe_request(call): { event = "request", operation =, url =, headers =, body =, encrypted = } */
int ldnp_describe_request(lua_State *L);
/* core.describe_response(call, seconds): { event = "response", operation =, status =, body =, seconds =, error = } */
int ldnp_describe_response(lua_State *L);

#endif
