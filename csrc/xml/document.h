/*
 * A whole XML document in memory, for what cannot be read in one pass: message security looks at parts of a message
 * in another order than they come, and at their canonical form. libxml2's tree, of which nothing shows.
 *
 * Functions that return a node return NULL when there is none. Nodes belong to their document.
 */
#ifndef DNP_XML_DOCUMENT_H
#define DNP_XML_DOCUMENT_H

#include "base/buffer.h"
#include "base/error.h"

struct dnp_document;
struct dnp_node;

/* A DTD is refused. NULL: DNP_PROTOCOL or DNP_MEMORY. */
struct dnp_document *dnp_document_parse(struct dnp_slice xml, struct dnp_error *error);
void dnp_document_free(struct dnp_document *document);
/* Appends the document as it is now. */
bool dnp_document_write(const struct dnp_document *document, struct dnp_buffer *out);

struct dnp_node *dnp_document_root(const struct dnp_document *document);
struct dnp_node *dnp_node_parent(const struct dnp_node *node);
/* Elements only. */
struct dnp_node *dnp_node_first(const struct dnp_node *node);
struct dnp_node *dnp_node_next(const struct dnp_node *node);
/* The first child element of that name. */
struct dnp_node *dnp_node_child(const struct dnp_node *node, const char *xml_namespace, const char *name);
/* The next element in document order, the children of `node` first; for walks over everything below `top`. */
struct dnp_node *dnp_node_walk(const struct dnp_node *node, const struct dnp_node *top);

bool dnp_node_is(const struct dnp_node *node, const char *xml_namespace, const char *name);
/* `xml_namespace` is "" for an attribute without prefix. False when there is none. */
bool dnp_node_attribute(const struct dnp_node *node, const char *xml_namespace, const char *name,
                        struct dnp_slice *value);
/* Replaces the buffer's content by the text directly in the element. */
bool dnp_node_text(const struct dnp_node *node, struct dnp_buffer *text);
/* Whether the element holds nothing but `only` and white space. */
bool dnp_node_holds_only(const struct dnp_node *node, const struct dnp_node *only);

/* Appends the element in exclusive canonical form, without comments. False: it has none (DNP_PROTOCOL), or out of
 * memory. */
bool dnp_node_canonical(const struct dnp_document *document, const struct dnp_node *node, struct dnp_buffer *out,
                        struct dnp_error *error);

/* Puts the nodes of `xml`, which may use the prefixes that are declared around it, in place of `node`. False: not
 * well-formed there (DNP_PROTOCOL), or out of memory, after which the document can only be freed. */
bool dnp_node_replace(struct dnp_node *node, struct dnp_slice xml, struct dnp_error *error);
void dnp_node_remove(struct dnp_node *node);

#endif
