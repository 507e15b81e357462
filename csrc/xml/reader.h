/*
 * Reads XML that arrives in pieces: bytes are fed in, tokens are pulled out.
 *
 * libxml2's push parser works inside dnp_xml_feed only and never calls out, so whoever pulls tokens may leave
 * by longjmp without passing through it. An element without child elements is one LEAF token with its text;
 * any other is START ... END, and what text it has beside its child elements comes as TEXT tokens among theirs.
 * Comments, processing instructions and white space between elements do not appear. A DTD or an entity beyond the
 * five is a protocol error, depth, names and text are bounded.
 *
 * A character reference that XML forbids (&#x1;, &#xFFFE;) arrives as the UTF-8 bytes of that number: ASMX writes
 * such references, and the record is still wanted. Two references that are the halves of a surrogate pair are the
 * character that they stand for; a lone half is U+FFFD.
 */
#ifndef DNP_XML_READER_H
#define DNP_XML_READER_H

#include "base/error.h"
#include "base/slice.h"

enum dnp_token_kind {
    DNP_TOKEN_START,
    DNP_TOKEN_LEAF,
    DNP_TOKEN_END,
    DNP_TOKEN_TEXT, /* beside elements, not blank; has no name */
    DNP_TOKEN_NONE  /* no token yet: feed more, or all were taken */
};

struct dnp_attribute {
    const char *name;          /* local name */
    const char *prefix;        /* NULL when it has none */
    const char *xml_namespace; /* "" when it has none */
    struct dnp_slice value;
};

struct dnp_token {
    enum dnp_token_kind kind;
    const char *name;                       /* local name, NUL-terminated; equal names have equal pointers */
    const char *xml_namespace;              /* "" when it has none; equal namespaces have equal pointers */
    struct dnp_slice text;                  /* of a LEAF or TEXT; not NUL-terminated */
    const struct dnp_attribute *attributes; /* of START and LEAF */
    size_t attribute_count;
    bool declares; /* namespaces, which holds for what is in it */
};

#define DNP_XML_MAX_DEPTH 64
#define DNP_XML_MAX_NAME 512
#define DNP_XML_MAX_ATTRIBUTES 64 /* of one element, and as many declarations of namespaces */
/* Different names, prefixes and namespaces of one document. */
#define DNP_XML_MAX_NAMES 8192
#define DNP_XML_MAX_NAME_BYTES ((size_t)512 * 1024)
/* A tag or comment that is fed in pieces, and libxml2 keeps until its end has come. */
#define DNP_XML_MAX_TAG ((size_t)64 * 1024)

struct dnp_xml_reader;

/* NULL when out of memory. `max_text` bounds the text of one leaf, in bytes. */
struct dnp_xml_reader *dnp_xml_reader_new(size_t max_text);
void dnp_xml_reader_free(struct dnp_xml_reader *reader);
/* Makes it ready for another document; cheaper than a new one. */
bool dnp_xml_reader_reset(struct dnp_xml_reader *reader, struct dnp_error *error);
/* Wipes what it holds of the last document's text; until the next reset it can only be freed. */
void dnp_xml_reader_forget(struct dnp_xml_reader *reader);

/* Whether plain leaves may pass libxml2 by (leaf_scan.h); they do by default. Tests compare both ways. */
void dnp_xml_reader_scan_leaves(struct dnp_xml_reader *reader, bool use);

/* Halves of surrogate pairs that come as references stay what they are, each encoded as if it were a character, so
 * that whoever has to refuse them sees them. Off by default. */
void dnp_xml_reader_keep_surrogates(struct dnp_xml_reader *reader, bool keep);

/*
 * Takes the next bytes of the document. All tokens must have been pulled before, and the bytes must stay until the
 * new ones are. Failure is sticky until reset; the tokens before it can be pulled.
 */
bool dnp_xml_feed(struct dnp_xml_reader *reader, struct dnp_slice bytes, struct dnp_error *error);
/* As dnp_xml_feed, but leaves off early, behind a start tag or the end of an element: somebody else may be able to read
 * what follows. `*bytes` becomes what was not taken. */
bool dnp_xml_feed_tag(struct dnp_xml_reader *reader, struct dnp_slice *bytes, struct dnp_error *error);
/* Says that the document is complete. */
bool dnp_xml_finish(struct dnp_xml_reader *reader, struct dnp_error *error);
/* The next token; it is valid until the next feed, finish or reset. */
void dnp_xml_next(struct dnp_xml_reader *reader, struct dnp_token *token);
/*
 * Somebody who knows what comes may read whole elements past the reader, provided that they hold nothing of which XML
 * could say anything else. Whether the reader stands where one may come: in content, with no byte of it unread and no
 * text before it.
 */
bool dnp_xml_may_pass(const struct dnp_xml_reader *reader);
/* An element comes next, past the reader or not; makes the token of the one that it lies in ready. Returns the prefix
 * of that one, or NULL; an element with the same, and no declarations, is in the same namespace. */
const char *dnp_xml_pass(struct dnp_xml_reader *reader);
/*
 * Whoever reads elements past the reader adds the names that they may have, so that these count among the names of the
 * document whoever reads it. False when out of memory.
 */
bool dnp_xml_add_name(struct dnp_xml_reader *reader, const char *name);
/* Whether `owner` is another one than at the last call, or the reader has lost the names that were added since. */
bool dnp_xml_lacks_names(struct dnp_xml_reader *reader, const void *owner);
/* When all tokens were pulled: the element whose text is still coming, as far as it has come; false when there is
 * none. */
bool dnp_xml_unfinished(struct dnp_xml_reader *reader, struct dnp_token *token);
/* For whoever knows that the unfinished text is too long: what else comes of it counts against the limit, and is not
 * kept. */
void dnp_xml_keep_no_more(struct dnp_xml_reader *reader);

#endif
