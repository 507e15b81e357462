/* The parts of the receiving side: each deals with one element of wsse:Security. Internal to csrc/sandbox. */
#ifndef DNP_SANDBOX_WSE_SERVER_PARTS_H
#define DNP_SANDBOX_WSE_SERVER_PARTS_H

#include "auth/wse_names.h"
#include "sandbox/http/wse_server.h"
#include "soap/names.h"
#include "xml/document.h"

/* WSE's limits, read from its configuration; what it answers beyond them is not known. */
#define DNP_WSE_SERVER_MAX_TOKENS 5
#define DNP_WSE_SERVER_MAX_SIGNED 16
#define DNP_WSE_SERVER_MAX_ENCRYPTED 5

#define DNP_WSE_SERVER_TOLERANCE 300 /* seconds between the two clocks, either way */

struct dnp_wse_server_token {
    struct dnp_slice id; /* in the document */
    unsigned char key[DNP_AES256_KEY_SIZE];
};

struct dnp_wse_server_check {
    const struct dnp_wse_server_rules *rules;
    struct dnp_wse_server_received *received;
    struct dnp_document *document;
    struct dnp_node *header;
    struct dnp_node *security;
    struct dnp_node *body;
    struct dnp_node *timestamp;
    struct dnp_wse_server_token tokens[DNP_WSE_SERVER_MAX_TOKENS];
    size_t token_count;
    const struct dnp_node *signed_nodes[DNP_WSE_SERVER_MAX_SIGNED]; /* for comparison only */
    size_t signed_count;
    size_t encrypted_count;
    bool body_encrypted;
    bool failed;            /* out of memory */
    struct dnp_buffer text; /* of the node looked at last */
};

/* Both return false. */
bool dnp_wse_server_refuse(struct dnp_wse_server_check *check, enum dnp_wse_server_fault fault);
bool dnp_wse_server_fail(struct dnp_wse_server_check *check);

/* The text of a node, in check->text; a node that is missing gives the fault. */
bool dnp_wse_server_read_text(struct dnp_wse_server_check *check, const struct dnp_node *node,
                              enum dnp_wse_server_fault fault);
/* The same, decoded from Base64. */
bool dnp_wse_server_read_base64(struct dnp_wse_server_check *check, const struct dnp_node *node,
                                enum dnp_wse_server_fault fault);
/* The one element with that wsu:Id, or Id; NULL when there is none, or several. */
struct dnp_node *dnp_wse_server_find(const struct dnp_wse_server_check *check, struct dnp_slice uri);
/* Whether an element of that name and "Algorithm" is a child. */
bool dnp_wse_server_has_algorithm(const struct dnp_node *parent, const char *xml_namespace, const char *name,
                                  const char *algorithm);
/* The token that a ds:KeyInfo refers to; NULL after a refusal. */
const struct dnp_wse_server_token *dnp_wse_server_token_of(struct dnp_wse_server_check *check,
                                                           const struct dnp_node *parent);

bool dnp_wse_server_take_timestamp(struct dnp_wse_server_check *check, struct dnp_node *timestamp);
bool dnp_wse_server_take_token(struct dnp_wse_server_check *check, const struct dnp_node *token);
bool dnp_wse_server_take_references(struct dnp_wse_server_check *check, const struct dnp_node *list);
bool dnp_wse_server_take_signature(struct dnp_wse_server_check *check, const struct dnp_node *signature);

#endif
