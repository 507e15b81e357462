/* What a soap:Fault says: code, text, detail. Internal to csrc/soap. */
#ifndef DNP_SOAP_FAULT_H
#define DNP_SOAP_FAULT_H

#include "base/buffer.h"
#include "base/error.h"
#include "soap/codec.h"
#include "xml/reader.h"

struct dnp_fault_reader {
    char code[DNP_NAME_SIZE];
    bool code_seen;
    struct dnp_buffer text;
    struct dnp_buffer detail;
};

void dnp_fault_init(struct dnp_fault_reader *reader);
void dnp_fault_free(struct dnp_fault_reader *reader);
/* Ready for another fault. */
void dnp_fault_clear(struct dnp_fault_reader *reader);

/* The local name of a code such as "soap:Server.userException", in SOAP 1.1's words. Only the first counts. */
void dnp_fault_take_code(struct dnp_fault_reader *reader, struct dnp_slice text);
/* One token from inside the element with the text; fails when there is too much. */
bool dnp_fault_take_text(struct dnp_fault_reader *reader, const struct dnp_token *token, struct dnp_error *error);
/* One token from inside the element with the detail; what is too much is left out. */
bool dnp_fault_take_detail(struct dnp_fault_reader *reader, const struct dnp_token *token, struct dnp_error *error);
/* A detail that is text alone. */
bool dnp_fault_take_plain_detail(struct dnp_fault_reader *reader, struct dnp_slice text, struct dnp_error *error);

void dnp_fault_get(const struct dnp_fault_reader *reader, struct dnp_soap_fault *fault);

#endif
