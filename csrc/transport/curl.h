/* The transport over libcurl: the one name that this folder gives to others. */
#ifndef DNP_TRANSPORT_CURL_H
#define DNP_TRANSPORT_CURL_H

#include "transport/transport.h"

extern const struct dnp_transport_functions dnp_curl_functions;

#endif
