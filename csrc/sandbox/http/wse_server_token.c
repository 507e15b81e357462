/*
 * The two elements with times in them: wsu:Timestamp, which says when a message was made and how long it is good for,
 * and wsse:UsernameToken, whose time goes into the key.
 */
#include "sandbox/http/wse_server_parts.h"

#include "auth/wse.h"
#include "value/calendar.h"

/* The time in a child wsu:`name`. */
static bool read_time(struct dnp_wse_server_check *check, const struct dnp_node *parent, const char *name,
                      enum dnp_wse_server_fault fault, int64_t *seconds)
{
    if (!dnp_wse_server_read_text(check, dnp_node_child(parent, DNP_WSU_NAMESPACE, name), fault)) {
        return false;
    }
    struct dnp_slice text = {check->text.data, check->text.length};
    return dnp_date_read_universal(text, seconds) || dnp_wse_server_refuse(check, fault);
}

bool dnp_wse_server_take_timestamp(struct dnp_wse_server_check *check, struct dnp_node *timestamp)
{
    int64_t now = check->rules->now;
    int64_t created = 0;
    int64_t expires = 0;
    if (check->timestamp != NULL) {
        return dnp_wse_server_refuse(check, DNP_WSE_SERVER_INVALID_SECURITY); /* a second one: a guess */
    }
    check->timestamp = timestamp;
    if (!read_time(check, timestamp, "Created", DNP_WSE_SERVER_INVALID_SECURITY, &created)) {
        return false;
    }
    if (created > now + DNP_WSE_SERVER_TOLERANCE) {
        return dnp_wse_server_refuse(check, DNP_WSE_SERVER_INVALID_SECURITY);
    }
    if (dnp_node_child(timestamp, DNP_WSU_NAMESPACE, "Expires") == NULL) {
        return true;
    }
    return read_time(check, timestamp, "Expires", DNP_WSE_SERVER_INVALID_SECURITY, &expires) &&
           (expires >= now - DNP_WSE_SERVER_TOLERANCE || dnp_wse_server_refuse(check, DNP_WSE_SERVER_EXPIRED));
}

/* The password of the token's user; it must be wiped. */
static bool find_password(struct dnp_wse_server_check *check, const struct dnp_node *node, struct dnp_buffer *password)
{
    const struct dnp_wse_server_rules *rules = check->rules;
    struct dnp_buffer *username = &check->received->username;
    const struct dnp_node *name = dnp_node_child(node, DNP_WSSE_NAMESPACE, "Username");
    bool found = false;
    if (name == NULL) {
        return dnp_wse_server_refuse(check, DNP_WSE_SERVER_INVALID_TOKEN);
    }
    if (!dnp_node_text(name, username) || !rules->find_password(rules->context, username->data, password, &found)) {
        return dnp_wse_server_fail(check);
    }
    if (!found) {
        return dnp_wse_server_refuse(check, DNP_WSE_SERVER_FAILED_AUTHENTICATION);
    }
    return password->length > 0 || dnp_wse_server_refuse(check, DNP_WSE_SERVER_INVALID_TOKEN);
}

/* The key comes from the time in whole seconds, whatever fraction was sent. */
static bool make_key(struct dnp_wse_server_check *check, const struct dnp_node *node, const struct dnp_buffer *password,
                     struct dnp_wse_server_token *token)
{
    char created[DNP_WSE_TIME_SIZE];
    int64_t seconds = 0;
    if (!read_time(check, node, "Created", DNP_WSE_SERVER_INVALID_TOKEN, &seconds)) {
        return false;
    }
    if (seconds > check->rules->now + DNP_WSE_SERVER_TOLERANCE) {
        return dnp_wse_server_refuse(check, DNP_WSE_SERVER_INVALID_TOKEN);
    }
    if (!dnp_wse_server_read_base64(check, dnp_node_child(node, DNP_WSSE_NAMESPACE, "Nonce"),
                                    DNP_WSE_SERVER_INVALID_TOKEN)) {
        return false;
    }
    dnp_wse_format_time(seconds, created);
    dnp_wse_derive_key(check->rules->crypto, (struct dnp_slice){password->data, password->length},
                       (struct dnp_slice){check->text.data, check->text.length}, created, token->key);
    return true;
}

bool dnp_wse_server_take_token(struct dnp_wse_server_check *check, const struct dnp_node *node)
{
    struct dnp_buffer password;
    if (check->token_count == DNP_WSE_SERVER_MAX_TOKENS) {
        return dnp_wse_server_refuse(check, DNP_WSE_SERVER_INVALID_SECURITY); /* a guess */
    }
    struct dnp_wse_server_token *token = &check->tokens[check->token_count];
    if (!dnp_node_attribute(node, DNP_WSU_NAMESPACE, "Id", &token->id)) {
        return dnp_wse_server_refuse(check, DNP_WSE_SERVER_INVALID_TOKEN); /* a guess: nothing can refer to it */
    }
    dnp_buffer_init(&password, SIZE_MAX / 4);
    bool taken = find_password(check, node, &password) && make_key(check, node, &password, token);
    dnp_buffer_free(&password);
    check->token_count += taken ? 1 : 0;
    return taken;
}
