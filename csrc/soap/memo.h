/*
 * A memo of a response whose result is one integer, boolean or record. A panel writes such a response alike every time,
 * but for what is in the result; so what was parsed once need not be parsed again. Only what is the same to the byte is
 * taken from the memo.
 */
#ifndef DNP_SOAP_MEMO_H
#define DNP_SOAP_MEMO_H

#include "base/buffer.h"
#include "contract/contract.h"

/* Longest document that is remembered, and longest result that is not a record. */
#define DNP_MEMO_MAX_DOCUMENT 4096
#define DNP_MEMO_MAX_RESULT 24

struct dnp_memo {
    struct dnp_buffer document; /* without its result; empty: nothing is remembered */
    size_t before;              /* how much of it comes before the result */
    unsigned misses;            /* documents that were learnt since one was seen again */
    unsigned unread;            /* records in a row that were parsed all the same; see dnp_memo_note */
};

void dnp_memo_init(struct dnp_memo *memo);
void dnp_memo_free(struct dnp_memo *memo);

/* Whether an operation's responses can be remembered. */
bool dnp_memo_suits(const struct dnp_operation *operation);
/* Whether it is worth to learn one more document; where each differs from the last, it is not. */
bool dnp_memo_learns(const struct dnp_memo *memo);
/* Remembers a document that was parsed whole, and was good. */
void dnp_memo_learn(struct dnp_memo *memo, const struct dnp_operation *operation, struct dnp_slice document);
/* What the result holds when the document is the remembered one but for that; within `document`. */
bool dnp_memo_match(const struct dnp_memo *memo, struct dnp_slice document, struct dnp_slice *result);
/* Whether what a match gave could be read; where it seldom can, nothing matches any more. */
void dnp_memo_note(struct dnp_memo *memo, bool read);

#endif
