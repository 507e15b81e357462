/*
 * What a WSE 3.0 server does with a request, in its order: addressing headers that must be there, the elements of
 * wsse:Security as they come, the policy, the address.
 *
 * Which element is refused with which fault was seen with WSE itself (spec/wse), except where a comment calls it a
 * guess. A signed part is known by its node, never by its name, so a second element of that name is not signed by it.
 */
#include "sandbox/http/wse_server_parts.h"

#include <string.h>

#include "base/ascii.h"
#include "base/base64.h"

#define MAX_TEXT ((size_t)256 * 1024 * 1024)

bool dnp_wse_server_refuse(struct dnp_wse_server_check *check, enum dnp_wse_server_fault fault)
{
    check->received->fault = fault;
    return false;
}

bool dnp_wse_server_fail(struct dnp_wse_server_check *check)
{
    check->failed = true;
    return false;
}

/* ---- reading ---- */

bool dnp_wse_server_read_text(struct dnp_wse_server_check *check, const struct dnp_node *node,
                              enum dnp_wse_server_fault fault)
{
    if (node == NULL) {
        return dnp_wse_server_refuse(check, fault);
    }
    return dnp_node_text(node, &check->text) || dnp_wse_server_fail(check);
}

bool dnp_wse_server_read_base64(struct dnp_wse_server_check *check, const struct dnp_node *node,
                                enum dnp_wse_server_fault fault)
{
    if (!dnp_wse_server_read_text(check, node, fault)) {
        return false;
    }
    struct dnp_slice digits = {check->text.data, check->text.length};
    /* What is decoded is shorter than what it was decoded from. */
    return dnp_base64_decode(digits, (unsigned char *)check->text.data, &check->text.length) ||
           dnp_wse_server_refuse(check, fault);
}

struct dnp_node *dnp_wse_server_find(const struct dnp_wse_server_check *check, struct dnp_slice uri)
{
    struct dnp_node *root = dnp_document_root(check->document);
    struct dnp_node *found = NULL;
    struct dnp_slice id;
    for (struct dnp_node *node = root; node != NULL; node = dnp_node_walk(node, root)) {
        if ((dnp_node_attribute(node, DNP_WSU_NAMESPACE, "Id", &id) || dnp_node_attribute(node, "", "Id", &id)) &&
            uri.length == id.length + 1 && uri.data[0] == '#' && memcmp(uri.data + 1, id.data, id.length) == 0) {
            if (found != NULL) {
                return NULL;
            }
            found = node;
        }
    }
    return found;
}

bool dnp_wse_server_has_algorithm(const struct dnp_node *parent, const char *xml_namespace, const char *name,
                                  const char *algorithm)
{
    struct dnp_slice value;
    const struct dnp_node *node = dnp_node_child(parent, xml_namespace, name);
    return node != NULL && dnp_node_attribute(node, "", "Algorithm", &value) && strcmp(value.data, algorithm) == 0;
}

const struct dnp_wse_server_token *dnp_wse_server_token_of(struct dnp_wse_server_check *check,
                                                           const struct dnp_node *parent)
{
    struct dnp_slice uri = {"", 0};
    const struct dnp_node *info = dnp_node_child(parent, DNP_DS_NAMESPACE, "KeyInfo");
    const struct dnp_node *named =
        info != NULL ? dnp_node_child(info, DNP_WSSE_NAMESPACE, "SecurityTokenReference") : NULL;
    const struct dnp_node *reference = named != NULL ? dnp_node_child(named, DNP_WSSE_NAMESPACE, "Reference") : NULL;
    if (reference != NULL && dnp_node_attribute(reference, "", "URI", &uri) && uri.data[0] == '#') {
        for (size_t i = 0; i < check->token_count; i++) {
            if (strcmp(check->tokens[i].id.data, uri.data + 1) == 0) {
                return &check->tokens[i];
            }
        }
    }
    (void)dnp_wse_server_refuse(check, DNP_WSE_SERVER_TOKEN_UNAVAILABLE);
    return NULL;
}

/* ---- addressing ---- */

static bool read_header(struct dnp_wse_server_check *check, const char *name, struct dnp_buffer *text)
{
    const struct dnp_node *node = dnp_node_child(check->header, DNP_WSA_NAMESPACE, name);
    return node == NULL || dnp_node_text(node, text) || dnp_wse_server_fail(check);
}

/* MessageID may be missing, but not where there is a ReplyTo. */
static bool check_addressing(struct dnp_wse_server_check *check)
{
    struct dnp_wse_server_received *received = check->received;
    if (!read_header(check, "Action", &received->action) || !read_header(check, "MessageID", &received->message_id)) {
        return false;
    }
    bool complete = dnp_node_child(check->header, DNP_WSA_NAMESPACE, "Action") != NULL &&
                    dnp_node_child(check->header, DNP_WSA_NAMESPACE, "To") != NULL &&
                    (dnp_node_child(check->header, DNP_WSA_NAMESPACE, "MessageID") != NULL ||
                     dnp_node_child(check->header, DNP_WSA_NAMESPACE, "ReplyTo") == NULL);
    return complete || dnp_wse_server_refuse(check, DNP_WSE_SERVER_HEADER_REQUIRED);
}

/* The parts of a url that are compared, each in its way. */
struct address {
    struct dnp_slice scheme;
    struct dnp_slice host;
    struct dnp_slice port;
    struct dnp_slice path;
};

static bool is_scheme(struct dnp_slice scheme, const char *name)
{
    return scheme.length == strlen(name) && dnp_ascii_equal_start(scheme.data, name, scheme.length);
}

static bool split_address(const char *url, struct address *address)
{
    const char *host = strstr(url, "://");
    if (host == NULL) {
        return false;
    }
    address->scheme = (struct dnp_slice){url, (size_t)(host - url)};
    host += strlen("://");
    const char *end = host + strcspn(host, "/?#");
    const char *port = end;
    while (port > host && *port != ':' && *port != ']') {
        port--;
    }
    bool named = port > host && *port == ':';
    address->host = (struct dnp_slice){host, (size_t)((named ? port : end) - host)};
    address->port = named                                 ? (struct dnp_slice){port + 1, (size_t)(end - port - 1)}
                    : is_scheme(address->scheme, "https") ? dnp_slice_of("443")
                                                          : dnp_slice_of("80");
    address->path = dnp_slice_of(*end != '\0' ? end : "/");
    return true;
}

static bool is_same(struct dnp_slice a, struct dnp_slice b)
{
    return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

static bool is_same_address(const char *to, const char *own)
{
    struct address a;
    struct address b;
    return split_address(to, &a) && split_address(own, &b) && a.scheme.length == b.scheme.length &&
           dnp_ascii_equal_start(a.scheme.data, b.scheme.data, a.scheme.length) && a.host.length == b.host.length &&
           dnp_ascii_equal_start(a.host.data, b.host.data, a.host.length) && is_same(a.port, b.port) &&
           is_same(a.path, b.path);
}

static bool check_to(struct dnp_wse_server_check *check)
{
    if (!dnp_wse_server_read_text(check, dnp_node_child(check->header, DNP_WSA_NAMESPACE, "To"),
                                  DNP_WSE_SERVER_HEADER_REQUIRED)) {
        return false;
    }
    return check->rules->address == NULL || is_same_address(check->text.data, check->rules->address) ||
           dnp_wse_server_refuse(check, DNP_WSE_SERVER_UNREACHABLE);
}

/* ---- the policy ---- */

static bool is_signed(const struct dnp_wse_server_check *check, const struct dnp_node *node)
{
    for (size_t i = 0; i < check->signed_count; i++) {
        if (check->signed_nodes[i] == node) {
            return true;
        }
    }
    return false;
}

/* Every header of addressing that is there; Action and To are there. */
static bool headers_are_signed(const struct dnp_wse_server_check *check)
{
    static const char *const names[] = {"Action", "To", "MessageID", "ReplyTo", "From", "FaultTo", "RelatesTo"};
    for (const struct dnp_node *node = dnp_node_first(check->header); node != NULL; node = dnp_node_next(node)) {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            if (dnp_node_is(node, DNP_WSA_NAMESPACE, names[i]) && !is_signed(check, node)) {
                return false;
            }
        }
    }
    return true;
}

static bool check_policy(struct dnp_wse_server_check *check)
{
    bool kept = check->timestamp != NULL && is_signed(check, check->timestamp) && is_signed(check, check->body) &&
                headers_are_signed(check) && check->body_encrypted;
    return kept || dnp_wse_server_refuse(check, DNP_WSE_SERVER_POLICY);
}

/* ---- all of it ---- */

static bool take_element(struct dnp_wse_server_check *check, struct dnp_node *node)
{
    if (dnp_node_is(node, DNP_WSU_NAMESPACE, "Timestamp")) {
        return dnp_wse_server_take_timestamp(check, node);
    }
    if (dnp_node_is(node, DNP_WSSE_NAMESPACE, "UsernameToken")) {
        return dnp_wse_server_take_token(check, node);
    }
    if (dnp_node_is(node, DNP_XENC_NAMESPACE, "ReferenceList")) {
        return dnp_wse_server_take_references(check, node);
    }
    if (dnp_node_is(node, DNP_DS_NAMESPACE, "Signature")) {
        return dnp_wse_server_take_signature(check, node);
    }
    return dnp_wse_server_refuse(check, DNP_WSE_SERVER_INVALID_SECURITY); /* a guess */
}

static bool take_security(struct dnp_wse_server_check *check)
{
    for (struct dnp_node *node = dnp_node_first(check->security); node != NULL; node = dnp_node_next(node)) {
        if (!take_element(check, node)) {
            return false;
        }
    }
    return true;
}

/* A header that was dealt with is gone for those who come after. */
static bool write_clear(struct dnp_wse_server_check *check)
{
    dnp_node_remove(check->security);
    return dnp_document_write(check->document, &check->received->clear) || dnp_wse_server_fail(check);
}

static bool run(struct dnp_wse_server_check *check)
{
    return check_addressing(check) && take_security(check) && check_policy(check) && check_to(check) &&
           write_clear(check);
}

/* False when there is nothing to check. */
static bool find_parts(struct dnp_wse_server_check *check)
{
    const struct dnp_node *root = dnp_document_root(check->document);
    if (!dnp_node_is(root, DNP_SOAP11_NAMESPACE, "Envelope")) {
        return false;
    }
    check->header = dnp_node_child(root, DNP_SOAP11_NAMESPACE, "Header");
    check->body = dnp_node_child(root, DNP_SOAP11_NAMESPACE, "Body");
    if (check->header == NULL || check->body == NULL) {
        return false;
    }
    check->security = dnp_node_child(check->header, DNP_WSSE_NAMESPACE, "Security");
    return check->security != NULL;
}

enum dnp_wse_server_verdict dnp_wse_server_receive(struct dnp_slice request, const struct dnp_wse_server_rules *rules,
                                                   struct dnp_wse_server_received *received)
{
    struct dnp_error error = {0};
    struct dnp_wse_server_check check = {.rules = rules, .received = received};
    check.document = dnp_document_parse(request, &error);
    if (check.document == NULL) {
        return error.kind == DNP_MEMORY ? DNP_WSE_SERVER_FAILED : DNP_WSE_SERVER_ABSENT;
    }
    enum dnp_wse_server_verdict verdict = DNP_WSE_SERVER_ABSENT;
    if (find_parts(&check)) {
        dnp_buffer_init(&check.text, MAX_TEXT);
        verdict = run(&check) ? DNP_WSE_SERVER_ACCEPTED : check.failed ? DNP_WSE_SERVER_FAILED : DNP_WSE_SERVER_REFUSED;
        dnp_buffer_free(&check.text);
        dnp_wipe(check.tokens, sizeof check.tokens);
        rules->crypto->forget(rules->crypto->context);
    }
    dnp_document_free(check.document);
    return verdict;
}

void dnp_wse_server_received_init(struct dnp_wse_server_received *received)
{
    memset(received, 0, sizeof *received);
    dnp_buffer_init(&received->username, MAX_TEXT);
    dnp_buffer_init(&received->action, MAX_TEXT);
    dnp_buffer_init(&received->message_id, MAX_TEXT);
    dnp_buffer_init(&received->clear, MAX_TEXT);
}

void dnp_wse_server_received_free(struct dnp_wse_server_received *received)
{
    dnp_buffer_free(&received->username);
    dnp_buffer_free(&received->action);
    dnp_buffer_free(&received->message_id);
    dnp_buffer_free(&received->clear);
}
