/* The namespaces and algorithms of WSE 3.0's messages, besides those of soap/names.h. */
#ifndef DNP_AUTH_WSE_NAMES_H
#define DNP_AUTH_WSE_NAMES_H

#include "soap/names.h"

#define DNP_DS_NAMESPACE "http://www.w3.org/2000/09/xmldsig#"
#define DNP_XENC_NAMESPACE "http://www.w3.org/2001/04/xmlenc#"

#define DNP_WSA_ANONYMOUS DNP_WSA_NAMESPACE "/role/anonymous"
#define DNP_WSA_FAULT_ACTION DNP_WSA_NAMESPACE "/fault"

#define DNP_EXCLUSIVE_C14N "http://www.w3.org/2001/10/xml-exc-c14n#"
#define DNP_DS_SHA1 DNP_DS_NAMESPACE "sha1"
#define DNP_DS_HMAC_SHA1 DNP_DS_NAMESPACE "hmac-sha1"
#define DNP_XENC_AES256_CBC DNP_XENC_NAMESPACE "aes256-cbc"
#define DNP_XENC_CONTENT DNP_XENC_NAMESPACE "Content"
#define DNP_USERNAME_TOKEN_TYPE \
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#UsernameToken"

#endif
