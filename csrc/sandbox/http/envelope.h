/* A first look at a request's XML, before its values are read. */
#ifndef DNP_SANDBOX_ENVELOPE_H
#define DNP_SANDBOX_ENVELOPE_H

#include "base/error.h"
#include "base/slice.h"
#include "soap/codec.h"

enum dnp_envelope_state {
    DNP_ENVELOPE_GOOD,
    DNP_ENVELOPE_NOT_XML,         /* ASP.NET answers 400 without a word */
    DNP_ENVELOPE_NOT_SOAP,        /* VersionMismatch */
    DNP_ENVELOPE_MUST_UNDERSTAND, /* a header that must be and is not understood: `element` */
    DNP_ENVELOPE_FAILED           /* out of memory */
};

struct dnp_envelope {
    enum dnp_soap_version version;
    char element[DNP_NAME_SIZE]; /* the body's, "" when it is empty */
    char element_namespace[256];
    size_t bodies;
};

/* Of several bodies the last one counts. */
enum dnp_envelope_state dnp_envelope_look(struct dnp_slice xml, struct dnp_envelope *envelope);

#endif
