/*
 * libdnp, the client without Lua: a session makes calls, each of which takes values from a source and hands those of
 * its response to a sink. Start at client/call.h; contract/contract.h lists the operations, soap/codec.h says what a
 * source and a sink are. client/exchange.h moves a call over a transport: transport/curl.h is one, in a library of its
 * own. A session with dnp_auth_wse needs the table that crypto/openssl.h fills, in another.
 */
#ifndef DNP_H
#define DNP_H

#include "auth/auth.h"
#include "base/error.h"
#include "base/slice.h"
#include "client/address.h"
#include "client/call.h"
#include "client/exchange.h"
#include "client/response.h"
#include "client/session.h"
#include "contract/contract.h"
#include "crypto/openssl.h"
#include "lookup/find.h"
#include "soap/codec.h"
#include "transport/curl.h"
#include "transport/failure.h"
#include "transport/transport.h"

/* Earlier names. */
#define dnp_answer dnp_response
#define dnp_answer_head dnp_response_head
#define dnp_answer_clean dnp_response_clean
#define dnp_answer_kind dnp_result_kind
#define dnp_answer_new dnp_response_new
#define dnp_answer_free dnp_response_free
#define dnp_answer_set_clean dnp_response_set_clean
#define dnp_answer_set_memo dnp_response_set_memo
#define dnp_answer_begin dnp_response_begin
#define dnp_answer_feed dnp_response_feed
#define dnp_answer_finish dnp_response_finish
#define dnp_answer_forget dnp_response_forget
#define dnp_answer_consumed dnp_response_consumed
#define dnp_answer_decided dnp_response_decided
#define dnp_answer_wants_windows dnp_response_wants_windows
#define dnp_answer_fault_text dnp_response_fault_text
#define dnp_answer_relates_to dnp_response_relates_to
#define dnp_answer_fault_detail dnp_response_fault_detail
#define dnp_answer_remark dnp_response_remark
#define dnp_auth_answer dnp_auth_response
#define dnp_soap_decoder_use_lane dnp_soap_decoder_scan_leaves
#define dnp_answer_sign dnp_response_prefix_error
#define DNP_ANSWER_VALUE DNP_RESULT_VALUE
#define DNP_ANSWER_ID DNP_RESULT_ID
#define DNP_ANSWER_STATUS DNP_RESULT_STATUS
#define DNP_ANSWER_PACKAGE_ID DNP_RESULT_PACKAGE_ID
#define DNP_ANSWER_PACKAGE_STATUS DNP_RESULT_PACKAGE_STATUS
#define DNP_ANSWER_EXCERPT DNP_RESPONSE_EXCERPT
#define DNP_ELSEWHERE DNP_HOISTED

#endif
