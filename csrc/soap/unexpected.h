/* Sentences about what a response holds in place of what the contract says. Internal to csrc/soap. */
#ifndef DNP_SOAP_UNEXPECTED_H
#define DNP_SOAP_UNEXPECTED_H

#include "base/error.h"
#include "base/slice.h"

/* Both fail with DNP_PROTOCOL: "<GetUsersResult> holds <b> in the namespace "urn:x" where <UserInfo> was expected". */
bool dnp_unexpected_element(struct dnp_error *error, const char *holder, const char *name, const char *xml_namespace,
                            const char *expected);
bool dnp_unexpected_text(struct dnp_error *error, const char *holder, struct dnp_slice text, const char *expected);

#endif
