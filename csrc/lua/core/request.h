/*
 * Requests and answers as tables: for engines in clear, for traces without secrets.
 */
#ifndef LDNP_REQUEST_H
#define LDNP_REQUEST_H

#include "lua/common/compat.h"

/* core.request(call): { url =, scheme =, host =, port =, path =, method =, headers =, body =, mutates =, operation = } */
int ldnp_request_fields(lua_State *L);
/* core.describe_request(call): { event = "request", operation =, url =, headers =, body =, encrypted = } */
int ldnp_describe_request(lua_State *L);
/* core.describe_response(call, seconds): { event = "response", operation =, status =, body =, seconds =, error = } */
int ldnp_describe_response(lua_State *L);

#endif
