/* What a session shares with its calls. Internal to csrc/client. */
#ifndef DNP_CLIENT_SESSION_PRIVATE_H
#define DNP_CLIENT_SESSION_PRIVATE_H

#include "client/session.h"
#include "soap/memo.h"

struct dnp_call;

struct dnp_session {
    const struct dnp_dialect_info *dialect;
    struct dnp_address address;
    char *username;
    char *user_agent_line;
    const struct dnp_auth_scheme *auth;
    struct dnp_auth_identity *identity;
    size_t max_response_bytes;
    bool keep_excerpts;
    bool closed;           /* freed by its owner; lives on for its calls */
    size_t calls;          /* that are not freed */
    struct dnp_call *idle; /* freed ones, with their buffers and decoders, for the next calls */
    size_t idle_count;
    void (*free_idle)(struct dnp_session *session); /* frees those; NULL: there has been none */
    struct dnp_memo *memos;                         /* of each operation's responses */
};

/* After a call was freed. */
void dnp_session_release(struct dnp_session *session);

#endif
