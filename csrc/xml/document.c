/*
 * libxml2's tree behind opaque nodes.
 *
 * Parsing never fetches anything, substitutes only what needs no declaration, and stops at a DTD. Much of libxml2 goes
 * on without memory, with nodes that lack their names, and writes to standard error what it does not like. So its
 * errors are taken in the thread while it works: they are forgotten, but for that one.
 */
#include "xml/document.h"

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#include <limits.h>

#define OPTIONS (XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_NOCDATA | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)

static xmlDoc *doc_of(const struct dnp_document *document)
{
    return (xmlDoc *)document;
}

static xmlNode *raw(const struct dnp_node *node)
{
    return (xmlNode *)node;
}

static struct dnp_node *wrap(xmlNode *node)
{
    return (struct dnp_node *)node;
}

/* Whoever handled the thread's errors before, and what was seen meanwhile. */
struct watch {
    xmlStructuredErrorFunc handler;
    void *context;
    bool out_of_memory;
};

#if LIBXML_VERSION >= 21200
typedef const xmlError *reported_error;
#else
typedef xmlErrorPtr reported_error;
#endif

static void on_error(void *context, reported_error error)
{
    struct watch *watch = context;
    watch->out_of_memory = watch->out_of_memory || error->code == XML_ERR_NO_MEMORY;
}

static void watch_begin(struct watch *watch)
{
    *watch = (struct watch){xmlStructuredError, xmlStructuredErrorContext, false};
    xmlSetStructuredErrorFunc(watch, on_error);
}

/* False, with `error` filled, when memory ran out. */
static bool watch_end(const struct watch *watch, struct dnp_error *error)
{
    xmlSetStructuredErrorFunc(watch->context, watch->handler);
    return !watch->out_of_memory || dnp_fail_memory(error);
}

/* ---- documents ---- */

static void stop_at_dtd(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    (void)name;
    (void)external;
    (void)system;
    xmlStopParser(context);
}

struct dnp_document *dnp_document_parse(struct dnp_slice xml, struct dnp_error *error)
{
    struct watch watch;
    xmlParserCtxt *parser = xml.length <= INT_MAX ? xmlNewParserCtxt() : NULL;
    if (parser == NULL) {
        (void)dnp_fail_memory(error);
        return NULL;
    }
    parser->sax->internalSubset = stop_at_dtd;
    watch_begin(&watch);
    xmlDoc *doc = xmlCtxtReadMemory(parser, xml.data, (int)xml.length, NULL, NULL, OPTIONS);
    bool good = watch_end(&watch, error) &&
                ((doc != NULL && xmlDocGetRootElement(doc) != NULL) ||
                 dnp_fail(error, DNP_PROTOCOL, "the document is not well-formed XML without a DTD"));
    if (!good) {
        xmlFreeDoc(doc);
        doc = NULL;
    }
    xmlFreeParserCtxt(parser);
    return (struct dnp_document *)doc;
}

void dnp_document_free(struct dnp_document *document)
{
    xmlFreeDoc(doc_of(document));
}

bool dnp_document_write(const struct dnp_document *document, struct dnp_buffer *out)
{
    struct watch watch;
    struct dnp_error error;
    xmlChar *text = NULL;
    int length = 0;
    watch_begin(&watch);
    xmlDocDumpMemoryEnc(doc_of(document), &text, &length, "UTF-8");
    bool written = watch_end(&watch, &error) && text != NULL && dnp_buffer_append(out, text, (size_t)length);
    if (text != NULL) {
        dnp_wipe(text, (size_t)length);
    }
    xmlFree(text);
    return written;
}

/* ---- from node to node ---- */

static xmlNode *element_from(xmlNode *node)
{
    while (node != NULL && node->type != XML_ELEMENT_NODE) {
        node = node->next;
    }
    return node;
}

struct dnp_node *dnp_document_root(const struct dnp_document *document)
{
    return wrap(xmlDocGetRootElement(doc_of(document)));
}

struct dnp_node *dnp_node_parent(const struct dnp_node *node)
{
    xmlNode *parent = raw(node)->parent;
    return parent != NULL && parent->type == XML_ELEMENT_NODE ? wrap(parent) : NULL;
}

struct dnp_node *dnp_node_first(const struct dnp_node *node)
{
    return wrap(element_from(raw(node)->children));
}

struct dnp_node *dnp_node_next(const struct dnp_node *node)
{
    return wrap(element_from(raw(node)->next));
}

struct dnp_node *dnp_node_child(const struct dnp_node *node, const char *xml_namespace, const char *name)
{
    struct dnp_node *child = dnp_node_first(node);
    while (child != NULL && !dnp_node_is(child, xml_namespace, name)) {
        child = dnp_node_next(child);
    }
    return child;
}

struct dnp_node *dnp_node_walk(const struct dnp_node *node, const struct dnp_node *top)
{
    struct dnp_node *next = dnp_node_first(node);
    while (next == NULL && node != top) {
        next = dnp_node_next(node);
        node = dnp_node_parent(node);
    }
    return next;
}

/* ---- what a node is ---- */

static const char *namespace_of(const struct dnp_node *node)
{
    const xmlNs *ns = raw(node)->ns;
    return ns != NULL && ns->href != NULL ? (const char *)ns->href : "";
}

bool dnp_node_is(const struct dnp_node *node, const char *xml_namespace, const char *name)
{
    return strcmp((const char *)raw(node)->name, name) == 0 && strcmp(namespace_of(node), xml_namespace) == 0;
}

bool dnp_node_attribute(const struct dnp_node *node, const char *xml_namespace, const char *name,
                        struct dnp_slice *value)
{
    for (const xmlAttr *attribute = raw(node)->properties; attribute != NULL; attribute = attribute->next) {
        const char *its_namespace = attribute->ns != NULL ? (const char *)attribute->ns->href : "";
        if (strcmp((const char *)attribute->name, name) == 0 && strcmp(its_namespace, xml_namespace) == 0) {
            const xmlNode *text = attribute->children;
            *value = dnp_slice_of(text != NULL && text->content != NULL ? (const char *)text->content : "");
            return true;
        }
    }
    return false;
}

bool dnp_node_text(const struct dnp_node *node, struct dnp_buffer *text)
{
    dnp_buffer_wipe(text);
    for (const xmlNode *child = raw(node)->children; child != NULL; child = child->next) {
        if (child->type == XML_TEXT_NODE && child->content != NULL) {
            dnp_buffer_puts(text, (const char *)child->content);
        }
    }
    return dnp_buffer_puts(text, ""); /* a buffer that is never touched has no NUL */
}

bool dnp_node_holds_only(const struct dnp_node *node, const struct dnp_node *only)
{
    for (xmlNode *child = raw(node)->children; child != NULL; child = child->next) {
        if (child != raw(only) && xmlIsBlankNode(child) == 0) {
            return false;
        }
    }
    return true;
}

/* ---- canonical form ---- */

struct subtree {
    const xmlNode *top;
};

/* For a declaration `node` is an xmlNs, and its element is the parent. */
static int is_in_subtree(void *context, xmlNode *node, xmlNode *parent)
{
    const struct subtree *subtree = context;
    const xmlNode *at = node->type == XML_NAMESPACE_DECL ? parent : node;
    while (at != NULL && at != subtree->top) {
        at = at->parent;
    }
    return at != NULL ? 1 : 0;
}

static int append_to_buffer(void *context, const char *bytes, int length)
{
    return dnp_buffer_append(context, bytes, (size_t)length) ? length : -1;
}

/* Some well-formed documents have no canonical form, such as those with relative addresses as namespaces. */
static bool canonicalize(xmlDoc *doc, struct subtree *subtree, struct dnp_buffer *out)
{
    xmlOutputBuffer *output = xmlOutputBufferCreateIO(append_to_buffer, NULL, out, NULL);
    if (output == NULL) {
        return false;
    }
    int done = xmlC14NExecute(doc, is_in_subtree, subtree, XML_C14N_EXCLUSIVE_1_0, NULL, 0, output);
    return xmlOutputBufferClose(output) >= 0 && done >= 0;
}

bool dnp_node_canonical(const struct dnp_document *document, const struct dnp_node *node, struct dnp_buffer *out,
                        struct dnp_error *error)
{
    struct watch watch;
    struct subtree subtree = {raw(node)};
    watch_begin(&watch);
    bool done = canonicalize(doc_of(document), &subtree, out);
    if (!watch_end(&watch, error)) {
        return false;
    }
    if (!dnp_buffer_check(out, "the canonical form", error)) {
        return false;
    }
    return done || dnp_fail(error, DNP_PROTOCOL, "the element has no canonical form");
}

/* ---- changes ---- */

/* The nodes of `xml` as a list; NULL when there are none. */
static bool parse_in_place(const xmlNode *old, struct dnp_slice xml, xmlNode **list)
{
    return xml.length == 0 || (xml.length <= INT_MAX && xmlParseInNodeContext(old->parent, xml.data, (int)xml.length,
                                                                              OPTIONS, list) == XML_ERR_OK);
}

bool dnp_node_replace(struct dnp_node *node, struct dnp_slice xml, struct dnp_error *error)
{
    struct watch watch;
    xmlNode *list = NULL;
    watch_begin(&watch);
    bool parsed = parse_in_place(raw(node), xml, &list);
    if (!watch_end(&watch, error) ||
        !(parsed || dnp_fail(error, DNP_PROTOCOL, "the text is not the content of an element"))) {
        xmlFreeNodeList(list);
        return false;
    }
    while (list != NULL) {
        xmlNode *next = list->next;
        list->next = NULL;
        list->prev = NULL;
        (void)xmlAddPrevSibling(raw(node), list); /* texts side by side become one node */
        list = next;
    }
    dnp_node_remove(node);
    return true;
}

void dnp_node_remove(struct dnp_node *node)
{
    xmlUnlinkNode(raw(node));
    xmlFreeNode(raw(node));
}
