/*
 * libdnp, the client without Lua: a session calls the operations of a panel and hands the values of each answer to
 * a sink. Start at client/session.h; contract/contract.h lists the operations, soap/codec.h says what a source and
 * a sink are.
 */
#ifndef DNP_H
#define DNP_H

#include "client/answer.h"
#include "client/session.h"
#include "contract/contract.h"
#include "contract/error.h"
#include "contract/slice.h"
#include "soap/codec.h"

#endif
