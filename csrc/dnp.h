/*
 * libdnp, the client without Lua: a session makes calls, each of which takes values from a source and hands those of its
 * answer to a sink. Start at client/call.h; contract/contract.h lists the operations, soap/codec.h says what a source
 * and a sink are. client/exchange.h moves a call over a transport: transport/curl.h is one, in a library of its own.
 * A session with dnp_auth_wse needs the table that crypto/openssl.h fills, in another.
 */
#ifndef DNP_H
#define DNP_H

#include "auth/auth.h"
#include "base/error.h"
#include "base/slice.h"
#include "client/address.h"
#include "client/answer.h"
#include "client/call.h"
#include "client/exchange.h"
#include "client/session.h"
#include "contract/contract.h"
#include "crypto/openssl.h"
#include "soap/codec.h"
#include "transport/curl.h"
#include "transport/failure.h"
#include "transport/transport.h"

#endif
