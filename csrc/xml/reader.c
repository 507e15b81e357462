/*
 * The token reader over libxml2's push parser.
 *
 * libxml2's callbacks only append to a queue of tokens and an arena of text, both owned by the reader; nobody
 * outside runs while libxml2 is on the stack. A START whose element may still turn out to be a leaf stays in the
 * queue ("pending") until its first child or its end is seen, and so does a TEXT until the next tag.
 *
 * A fast path (leaf_scan.h) takes leaves of the plainest shape past libxml2 wherever that stands in content with
 * nothing pending; a whole element there changes nothing in its state, so both see the same document.
 *
 * The parser runs in libxml2's recovery mode for one reason: a character reference that XML forbids is then only
 * reported, with its number, and parsing can go on. Every other error stops it for good.
 */
#include "xml/reader.h"

#include <libxml/entities.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/utf8.h"
#include "xml/leaf_scan.h"

/* Names that were met lately, so that the scan of leaves need not ask libxml2's dictionary for each. */
#define NAME_CACHE_SIZE 256

/* A dictionary beyond these is not kept for the next document. */
#define KEPT_NAMES 1024
#define KEPT_NAME_BYTES ((size_t)64 * 1024)

/* What stands for half a character, and its bytes in UTF-8. */
#define REPLACEMENT 0xFFFDU
#define REPLACEMENT_LENGTH 3

/* No name of an entity that a document could use is longer. */
#define LONGEST_REFERENCE 64

/* Bytes before the end of what libxml2 is given that are ASCII if possible. */
#define CUT_ASCII ((size_t)4)

/* Bytes by which libxml2 knows an encoding that is not written like ASCII. */
#define DETECTED ((size_t)4)
/* Of a document that is converted at once, and so kept in memory; all others are read as they come. */
#define MAX_HELD ((size_t)4 * 1024 * 1024)

/* The scan gives up on a document where it finds little to do. */
#define MAX_SCAN_MISSES 64

struct queued_token {
    const char *name;
    const char *xml_namespace;
    const char *borrowed; /* text of a leaf that was scanned: in the caller's bytes, not in the arena */
    size_t text_offset;
    size_t text_length;
    size_t attribute_offset;
    size_t attribute_count;
    enum dnp_token_kind kind;
    bool declares;
};

struct queued_attribute {
    const char *name;
    const char *prefix;
    const char *xml_namespace;
    size_t text_offset;
    size_t text_length;
};

struct dnp_xml_reader {
    xmlParserCtxtPtr parser;
    struct queued_token *tokens;
    size_t token_count;
    size_t token_capacity;
    size_t next_token;
    struct queued_attribute *attributes;
    size_t attribute_count;
    size_t attribute_capacity;
    struct dnp_buffer arena;
    struct dnp_buffer held; /* a document that can only be converted whole, until its end has come */
    struct dnp_attribute current[DNP_XML_MAX_ATTRIBUTES];
    const char *cached_names[NAME_CACHE_SIZE];
    /* The default namespace inside the element at each depth; [0] is outside the root. */
    const char *default_namespaces[DNP_XML_MAX_DEPTH + 1];
    const char *prefixes[DNP_XML_MAX_DEPTH + 1]; /* of the open element at each depth; NULL: none */
    size_t max_text;
    size_t depth;
    uint32_t high_surrogate; /* the reference that the newest token's text ends with, or 0 */
    size_t after_high;       /* and how long the text was then */
    size_t dropped;          /* bytes that the newest token's text is longer than what is kept of it */
    size_t scan_misses;      /* less the hits, down to 0 */
    size_t brackets;         /* "]" that were fed last, and that libxml2 gets with what comes next; at most 2 */
    const void *names_of;    /* see dnp_xml_lacks_names */
    bool scans_leaves;
    bool keep_surrogates;
    bool keeps_no_more; /* of the newest token's text */
    bool pending;       /* the newest token is a START that may become a LEAF, or a TEXT that may go on */
    bool root_seen;
    bool last;     /* no more bytes come */
    bool tag_seen; /* a start tag, or the end of an element, since this was cleared */
    bool failed;
    struct dnp_error failure;
};

/*
 * From here on all callbacks return at once and no more bytes are parsed. Not xmlStopParser: it frees the input under
 * libxml2's own feet when an encoding error calls it (seen with 2.9.14).
 */
static void stop(struct dnp_xml_reader *reader)
{
    reader->failed = true;
}

static void stop_without_memory(struct dnp_xml_reader *reader)
{
    dnp_fail_memory(&reader->failure);
    stop(reader);
}

static void stop_at_limit(struct dnp_xml_reader *reader, const char *what, size_t limit)
{
    dnp_fail(&reader->failure, DNP_LIMIT, "the XML has %s beyond the limit of %zu", what, limit);
    stop(reader);
}

/* Makes room for one more element of `size` bytes; returns the array, or NULL when out of memory. */
static void *grown(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        return array;
    }
    size_t wanted = *capacity == 0 ? 64 : *capacity * 2;
    if (wanted > SIZE_MAX / size) {
        return NULL;
    }
    void *bigger = realloc(array, wanted * size);
    if (bigger != NULL) {
        *capacity = wanted;
    }
    return bigger;
}

static struct queued_token *push_token(struct dnp_xml_reader *reader, enum dnp_token_kind kind)
{
    struct queued_token *tokens =
        grown(reader->tokens, reader->token_count, &reader->token_capacity, sizeof *reader->tokens);
    if (tokens == NULL) {
        stop_without_memory(reader);
        return NULL;
    }
    reader->tokens = tokens;
    struct queued_token *token = &tokens[reader->token_count++];
    memset(token, 0, sizeof *token);
    token->kind = kind;
    reader->high_surrogate = 0;
    reader->keeps_no_more = false;
    reader->dropped = 0;
    return token;
}

static bool push_attribute(struct dnp_xml_reader *reader, const xmlChar *const *attribute)
{
    struct queued_attribute *attributes =
        grown(reader->attributes, reader->attribute_count, &reader->attribute_capacity, sizeof *reader->attributes);
    if (attributes == NULL) {
        stop_without_memory(reader);
        return false;
    }
    reader->attributes = attributes;
    struct queued_attribute *queued = &attributes[reader->attribute_count];
    queued->name = (const char *)attribute[0];
    queued->prefix = (const char *)attribute[1];
    queued->xml_namespace = attribute[2] != NULL ? (const char *)attribute[2] : "";
    queued->text_offset = reader->arena.length;
    queued->text_length = (size_t)(attribute[4] - attribute[3]);
    if (!dnp_buffer_append(&reader->arena, attribute[3], queued->text_length)) {
        stop_without_memory(reader);
        return false;
    }
    reader->attribute_count++;
    return true;
}

static bool names_exceed(const struct dnp_xml_reader *reader, int count, size_t bytes)
{
    xmlDictPtr names = reader->parser->dict;
    return xmlDictSize(names) > count || xmlDictGetUsage(names) > bytes;
}

/* Where the name is that is one too many, not where the bytes at hand end: these differ. */
static bool within_names(struct dnp_xml_reader *reader)
{
    if (names_exceed(reader, DNP_XML_MAX_NAMES, DNP_XML_MAX_NAME_BYTES)) {
        stop_at_limit(reader, "different names", DNP_XML_MAX_NAMES);
        return false;
    }
    return true;
}

static bool within_limits(struct dnp_xml_reader *reader, const char *name, size_t attribute_count,
                          size_t namespace_count)
{
    if (reader->depth >= DNP_XML_MAX_DEPTH) {
        stop_at_limit(reader, "nesting", DNP_XML_MAX_DEPTH);
        return false;
    }
    if (attribute_count > DNP_XML_MAX_ATTRIBUTES) {
        stop_at_limit(reader, "attributes", DNP_XML_MAX_ATTRIBUTES);
        return false;
    }
    if (namespace_count > DNP_XML_MAX_ATTRIBUTES) {
        stop_at_limit(reader, "namespaces", DNP_XML_MAX_ATTRIBUTES);
        return false;
    }
    if (strnlen(name, DNP_XML_MAX_NAME + 1) > DNP_XML_MAX_NAME) {
        stop_at_limit(reader, "a name", DNP_XML_MAX_NAME);
        return false;
    }
    return within_names(reader);
}

static bool is_blank(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!dnp_is_blank(text[i])) {
            return false;
        }
    }
    return true;
}

/* A TEXT whose bytes, if it has any, are at the end of the arena already. */
static struct queued_token *push_text(struct dnp_xml_reader *reader, size_t offset)
{
    struct queued_token *token = push_token(reader, DNP_TOKEN_TEXT);
    if (token != NULL) {
        token->name = "";
        token->xml_namespace = "";
        token->text_offset = offset;
        token->text_length = reader->arena.length - offset;
    }
    return token;
}

/* A tag has come. What text a pending START has is beside a child then; text of white space alone is none. */
static void settle_pending(struct dnp_xml_reader *reader)
{
    if (!reader->pending) {
        return;
    }
    struct queued_token *token = &reader->tokens[reader->token_count - 1];
    size_t offset = token->text_offset;
    size_t length = token->text_length;
    reader->pending = false;
    if (length == 0 || is_blank(reader->arena.data + offset, length)) {
        reader->arena.length = offset;
        token->text_length = 0;
        reader->token_count -= token->kind == DNP_TOKEN_TEXT ? 1 : 0;
    } else if (token->kind == DNP_TOKEN_START) {
        token->text_length = 0;
        (void)push_text(reader, offset);
    }
}

/* libxml2 lays declarations out in pairs: prefix (NULL for the default) and namespace ("" or NULL to undo it). */
static void note_default_namespace(struct dnp_xml_reader *reader, int count, const xmlChar **namespaces)
{
    const char *inside = reader->default_namespaces[reader->depth];
    for (int i = 0; i < count; i++) {
        if (namespaces[(size_t)2 * (size_t)i] == NULL) {
            const xmlChar *uri = namespaces[(size_t)2 * (size_t)i + 1];
            inside = uri != NULL ? (const char *)uri : "";
        }
    }
    reader->default_namespaces[reader->depth + 1] = inside;
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespace_count,
                     const xmlChar **namespaces, int attribute_count, int defaulted_count, const xmlChar **attributes)
{
    (void)defaulted_count;
    struct dnp_xml_reader *reader = context;
    if (reader->failed ||
        !within_limits(reader, (const char *)name, (size_t)attribute_count, (size_t)namespace_count)) {
        return;
    }
    settle_pending(reader);
    note_default_namespace(reader, namespace_count, namespaces);
    size_t first = reader->attribute_count;
    for (int i = 0; i < attribute_count; i++) {
        /* libxml2 lays attributes out in fives: name, prefix, namespace, start and end of the value. */
        if (!push_attribute(reader, attributes + (size_t)5 * (size_t)i)) {
            return;
        }
    }
    struct queued_token *token = push_token(reader, DNP_TOKEN_START);
    if (token == NULL) {
        return;
    }
    token->name = (const char *)name;
    token->xml_namespace = uri != NULL ? (const char *)uri : "";
    token->text_offset = reader->arena.length;
    token->attribute_offset = first;
    token->attribute_count = (size_t)attribute_count;
    token->declares = namespace_count > 0;
    reader->pending = true;
    reader->root_seen = true;
    reader->tag_seen = true;
    reader->depth++;
    reader->prefixes[reader->depth] = (const char *)prefix;
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void)prefix;
    struct dnp_xml_reader *reader = context;
    if (reader->failed) {
        return;
    }
    reader->depth--;
    reader->tag_seen = true;
    if (reader->pending && reader->tokens[reader->token_count - 1].kind == DNP_TOKEN_START) {
        reader->tokens[reader->token_count - 1].kind = DNP_TOKEN_LEAF;
        reader->pending = false;
        return;
    }
    settle_pending(reader);
    struct queued_token *token = push_token(reader, DNP_TOKEN_END);
    if (token != NULL) {
        token->name = (const char *)name;
        token->xml_namespace = uri != NULL ? (const char *)uri : "";
    }
}

static void add_text(struct dnp_xml_reader *reader, const void *bytes, size_t length)
{
    if (reader->failed) {
        return;
    }
    if (!reader->pending && push_text(reader, reader->arena.length) == NULL) {
        return;
    }
    reader->pending = true;
    struct queued_token *token = &reader->tokens[reader->token_count - 1];
    if (length > reader->max_text - token->text_length - reader->dropped) {
        stop_at_limit(reader, "a value", reader->max_text);
        return;
    }
    if (reader->keeps_no_more) {
        reader->dropped += length;
        return;
    }
    if (!dnp_buffer_append(&reader->arena, bytes, length)) {
        stop_without_memory(reader);
        return;
    }
    token->text_length += length;
}

static void on_characters(void *context, const xmlChar *bytes, int length)
{
    add_text(context, bytes, (size_t)length);
}

/*
 * libxml2 drops every reference to an entity after an error, also after one that is taken for what it is
 * (take_forbidden_reference); any other has stopped it. The document is well-formed again in time, since libxml2 asks
 * here before it looks.
 */
static xmlEntityPtr on_entity(void *context, const xmlChar *name)
{
    struct dnp_xml_reader *reader = context;
    reader->parser->wellFormed = 1;
    return xmlGetPredefinedEntity(name);
}

/* Its target is a name as well. */
static void on_instruction(void *context, const xmlChar *target, const xmlChar *data)
{
    (void)target, (void)data;
    struct dnp_xml_reader *reader = context;
    if (!reader->failed) {
        (void)within_names(reader);
    }
}

static void on_internal_subset(void *context, const xmlChar *name, const xmlChar *external_id, const xmlChar *system_id)
{
    (void)name, (void)external_id, (void)system_id;
    struct dnp_xml_reader *reader = context;
    if (!reader->failed) {
        dnp_fail(&reader->failure, DNP_PROTOCOL, "the XML has a DTD, which SOAP forbids");
        stop(reader);
    }
}

static void add_character(struct dnp_xml_reader *reader, uint32_t code)
{
    char bytes[DNP_UTF8_LONGEST];
    size_t length = dnp_utf8_encode(code, bytes);
    add_text(reader, bytes, length);
}

/* Whether the newest text ends with what stands for the first half of a pair. */
static bool ends_with_half(const struct dnp_xml_reader *reader)
{
    return reader->pending && reader->high_surrogate != 0 &&
           reader->after_high == reader->tokens[reader->token_count - 1].text_length;
}

/* The second half of a pair takes the place of what stands for the first. */
static void add_surrogate(struct dnp_xml_reader *reader, uint32_t code)
{
    if (code >= 0xDC00 && ends_with_half(reader) && !reader->keeps_no_more) {
        uint32_t character = dnp_utf16_join(reader->high_surrogate, code);
        reader->tokens[reader->token_count - 1].text_length -= REPLACEMENT_LENGTH;
        reader->arena.length -= REPLACEMENT_LENGTH;
        reader->high_surrogate = 0;
        add_character(reader, character);
        return;
    }
    add_character(reader, REPLACEMENT);
    if (code < 0xDC00 && !reader->failed) {
        reader->high_surrogate = code;
        reader->after_high = reader->tokens[reader->token_count - 1].text_length;
    }
}

/*
 * Only a reference in content is meant: a raw control character gives the same code with another message, and one
 * in an attribute is of no use to anybody.
 */
static bool take_forbidden_reference(struct dnp_xml_reader *reader, const xmlError *error)
{
    static const char message[] = "xmlParseCharRef:";
    if (error->code != XML_ERR_INVALID_CHAR || error->message == NULL ||
        strncmp(error->message, message, sizeof message - 1) != 0 || error->int1 < 0 || error->int1 > 0xFFFF ||
        reader->parser->instate == XML_PARSER_ATTRIBUTE_VALUE) {
        return false;
    }
    uint32_t code = (uint32_t)error->int1;
    if (code >= 0xD800 && code <= 0xDFFF && !reader->keep_surrogates) {
        add_surrogate(reader, code);
    } else {
        add_character(reader, code);
    }
    return true;
}

static void stop_at_ampersand(struct dnp_xml_reader *reader)
{
    dnp_fail(&reader->failure, DNP_PROTOCOL,
             "the XML is not well-formed: it holds an & that does not begin a reference, where &amp; was meant");
    stop(reader);
}

static void stop_incomplete(struct dnp_xml_reader *reader)
{
    dnp_fail(&reader->failure, DNP_PROTOCOL,
             reader->root_seen ? "the XML ends before it is complete" : "there is no XML document");
    stop(reader);
}

/* Whether libxml2 complains of nothing but that no more comes. */
static bool lacks_an_end(const struct dnp_xml_reader *reader, int code)
{
    const xmlParserInput *input = reader->parser->input;
    bool at_end = input == NULL || input->cur == input->end || code == XML_ERR_DOCUMENT_END;
    return reader->last && (!reader->root_seen || reader->depth > 0) && at_end;
}

/* Whether libxml2 says the same of an error however its bytes came. Of bad bytes and bad tags it does not: there it
 * depends on how much of them it has when it looks. */
static bool has_a_reason(int code)
{
    static const int codes[] = {XML_ERR_TAG_NAME_MISMATCH, XML_ERR_UNDECLARED_ENTITY, XML_WAR_UNDECLARED_ENTITY,
                                XML_NS_ERR_UNDEFINED_NAMESPACE, XML_ERR_DOCUMENT_END};
    size_t i = 0;
    while (i < sizeof codes / sizeof codes[0] && codes[i] != code) {
        i++;
    }
    return i < sizeof codes / sizeof codes[0];
}

/*
 * With libxml2's reason, less the number of the line that it gives for some: it has not seen the lines that were read
 * past it, and most responses are one line anyway.
 */
static void stop_malformed(struct dnp_xml_reader *reader, int code, const char *message)
{
    static const char LINE[] = " line ";
    static const char SENTENCE[] = "the XML is not well-formed";
    const char *line = strstr(message, LINE);
    const char *after = line != NULL ? line + strlen(LINE) + strspn(line + strlen(LINE), "0123456789") : "";
    bool numbered = line != NULL && after > line + strlen(LINE);
    size_t before = numbered ? (size_t)(line - message) : strcspn(message, "\n");
    after = numbered ? after : "";
    if (has_a_reason(code)) {
        dnp_fail(&reader->failure, DNP_PROTOCOL, "%s: %.*s%.*s", SENTENCE, (int)before, message,
                 (int)strcspn(after, "\n"), after);
    } else {
        dnp_fail(&reader->failure, DNP_PROTOCOL, "%s: it holds bad bytes or bad markup", SENTENCE);
    }
    stop(reader);
}

/* libxml2 2.12 made the error const; taking it as const through the conversion serves both. */
#if LIBXML_VERSION >= 21200
typedef const xmlError *error_argument;
#else
typedef xmlError *error_argument;
#endif

static void on_error(void *context, error_argument error)
{
    static const char ENTITY[] = "xmlParseEntityRef:";
    struct dnp_xml_reader *reader = context;
    if (reader->failed || error->level < XML_ERR_ERROR || take_forbidden_reference(reader, error)) {
        return;
    }
    if (error->code == XML_ERR_NO_MEMORY) {
        stop_without_memory(reader);
        return;
    }
    const char *message = error->message != NULL ? error->message : "no reason given";
    if (error->code == XML_ERR_ENTITYREF_SEMICOL_MISSING || strncmp(message, ENTITY, sizeof ENTITY - 1) == 0) {
        stop_at_ampersand(reader);
        return;
    }
    if (lacks_an_end(reader, error->code)) {
        stop_incomplete(reader);
    } else {
        stop_malformed(reader, error->code, message);
    }
}

/*
 * libxml2 reports trouble with memory or an encoding past the parser, to the thread's handler, which prints to stderr
 * unless it is set; so ours stands there while libxml2 works.
 */
struct handler {
    xmlStructuredErrorFunc function;
    void *context;
};

static struct handler take_handler(struct dnp_xml_reader *reader)
{
    struct handler before = {xmlStructuredError, xmlStructuredErrorContext};
    xmlSetStructuredErrorFunc(reader, on_error);
    return before;
}

static void give_handler(struct handler before)
{
    xmlSetStructuredErrorFunc(before.context, before.function);
}

static xmlParserCtxtPtr new_parser(struct dnp_xml_reader *reader)
{
    xmlSAXHandler handler;
    memset(&handler, 0, sizeof handler);
    handler.initialized = XML_SAX2_MAGIC;
    handler.startElementNs = on_start;
    handler.endElementNs = on_end;
    handler.characters = on_characters;
    handler.ignorableWhitespace = on_characters;
    handler.cdataBlock = on_characters;
    handler.getEntity = on_entity;
    handler.processingInstruction = on_instruction;
    handler.internalSubset = on_internal_subset;
    handler.serror = on_error;
    return xmlCreatePushParserCtxt(&handler, reader, NULL, 0, NULL);
}

/*
 * NOENT is what makes libxml2 give "&" for "&amp;" in an attribute ("&#38;" otherwise); there are no entities of a
 * DTD to substitute, since a DTD is refused. OLDSAX makes libxml2 ask on_entity for the predefined ones as well.
 */
static void use_options(struct dnp_xml_reader *reader)
{
    (void)xmlCtxtUseOptions(reader->parser, XML_PARSE_NONET | XML_PARSE_RECOVER | XML_PARSE_NOENT | XML_PARSE_OLDSAX);
}

struct dnp_xml_reader *dnp_xml_reader_new(size_t max_text)
{
    struct dnp_xml_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        return NULL;
    }
    xmlInitParser();
    dnp_buffer_init(&reader->arena, SIZE_MAX / 4);
    dnp_buffer_init(&reader->held, SIZE_MAX / 4);
    reader->max_text = max_text;
    reader->scans_leaves = true;
    reader->default_namespaces[0] = "";
    struct handler before = take_handler(reader);
    reader->parser = new_parser(reader);
    give_handler(before);
    if (reader->parser == NULL || reader->failed) {
        dnp_xml_reader_free(reader);
        return NULL;
    }
    use_options(reader);
    return reader;
}

/* Of a DTD that it had read before it was stopped, libxml2 has put entities into a document that it does not free. */
static void free_parser(xmlParserCtxtPtr parser)
{
    if (parser != NULL) {
        xmlFreeDoc(parser->myDoc);
        xmlFreeParserCtxt(parser);
    }
}

void dnp_xml_reader_free(struct dnp_xml_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    free_parser(reader->parser);
    dnp_buffer_free(&reader->arena);
    dnp_buffer_free(&reader->held);
    free(reader->tokens);
    free(reader->attributes);
    free(reader);
}

/* libxml2's dictionary only grows, and lives as long as its parser. */
static bool renew_parser(struct dnp_xml_reader *reader)
{
    struct handler before = take_handler(reader);
    xmlParserCtxtPtr parser = new_parser(reader);
    give_handler(before);
    if (parser == NULL || reader->failed) {
        free_parser(parser);
        return false;
    }
    free_parser(reader->parser);
    reader->parser = parser;
    reader->names_of = NULL;
    memset(reader->cached_names, 0, sizeof reader->cached_names);
    return true;
}

bool dnp_xml_reader_reset(struct dnp_xml_reader *reader, struct dnp_error *error)
{
    reader->token_count = 0;
    reader->next_token = 0;
    reader->attribute_count = 0;
    reader->depth = 0;
    reader->scan_misses = 0;
    reader->brackets = 0;
    reader->pending = false;
    reader->root_seen = false;
    reader->last = false;
    reader->failed = false;
    dnp_buffer_clear(&reader->arena);
    dnp_buffer_wipe_used(&reader->held);
    if (names_exceed(reader, KEPT_NAMES, KEPT_NAME_BYTES) && !renew_parser(reader)) {
        return dnp_fail_memory(error);
    }
    struct handler before = take_handler(reader);
    int reset = xmlCtxtResetPush(reader->parser, NULL, 0, NULL, NULL);
    give_handler(before);
    if (reset != 0 || reader->failed) {
        return dnp_fail_memory(error);
    }
    /* A reset context takes the encoding for settled; a new document may come in another. */
    reader->parser->charset = XML_CHAR_ENCODING_NONE;
    use_options(reader);
    return true;
}

void dnp_xml_reader_forget(struct dnp_xml_reader *reader)
{
    dnp_buffer_wipe(&reader->arena);
    dnp_buffer_wipe_used(&reader->held);
}

/* Forgets the tokens that were pulled; keeps a pending one with its text and attributes, moved to the front. */
static void forget_pulled(struct dnp_xml_reader *reader)
{
    if (!reader->pending) {
        reader->token_count = 0;
        reader->attribute_count = 0;
        dnp_buffer_clear(&reader->arena);
    } else if (reader->token_count > 1) {
        struct queued_token token = reader->tokens[reader->token_count - 1];
        size_t start =
            token.attribute_count > 0 ? reader->attributes[token.attribute_offset].text_offset : token.text_offset;
        if (start > 0) {
            memmove(reader->arena.data, reader->arena.data + start, reader->arena.length - start);
            reader->arena.length -= start;
        }
        for (size_t i = 0; i < token.attribute_count; i++) {
            reader->attributes[i] = reader->attributes[token.attribute_offset + i];
            reader->attributes[i].text_offset -= start;
        }
        reader->attribute_count = token.attribute_count;
        token.attribute_offset = 0;
        token.text_offset -= start;
        reader->tokens[0] = token;
        reader->token_count = 1;
    }
    reader->next_token = 0;
}

/* How many bytes libxml2 has taken without looking at them yet. */
static size_t backlog(const struct dnp_xml_reader *reader)
{
    const xmlParserInput *input = reader->parser->input;
    return input != NULL ? (size_t)(input->end - input->cur) : 0;
}

static bool is_name_byte(xmlChar byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           byte >= 0x80 || byte == '#' || byte == '_' || byte == '-' || byte == '.' || byte == ':';
}

/*
 * libxml2 waits for the ";" of a reference, to the end of the document if it must. Whether what it has of it cannot
 * become one any more; `complete` says that no more comes. An & in a CDATA section is one, wherever libxml2 stands in
 * it.
 */
static bool stands_at_ampersand(const struct dnp_xml_reader *reader, bool complete)
{
    const xmlParserInput *input = reader->parser->input;
    if (input == NULL || input->cur == input->end || *input->cur != '&' ||
        reader->parser->instate == XML_PARSER_CDATA_SECTION) {
        return false;
    }
    for (const xmlChar *at = input->cur + 1; at < input->end && at - input->cur < LONGEST_REFERENCE; at++) {
        if (*at == ';' || !is_name_byte(*at)) {
            return *at != ';';
        }
    }
    return complete || input->end - input->cur >= LONGEST_REFERENCE;
}

/*
 * What libxml2 has piled up after all bytes of a feed. Text and CDATA pass through in pieces; what is kept whole takes
 * it time that grows with its square.
 */
static void check_parser(struct dnp_xml_reader *reader)
{
    if (stands_at_ampersand(reader, false)) {
        stop_at_ampersand(reader);
    } else if (backlog(reader) > DNP_XML_MAX_TAG && reader->parser->instate != XML_PARSER_CDATA_SECTION) {
        stop_at_limit(reader, "a tag or comment", DNP_XML_MAX_TAG);
    }
}

static void parse_bytes(struct dnp_xml_reader *reader, const char *data, size_t length, bool last)
{
    struct handler before = take_handler(reader);
    (void)xmlParseChunk(reader->parser, data, (int)length, last ? 1 : 0);
    give_handler(before);
}

static void parse_some(struct dnp_xml_reader *reader, const char *data, size_t length)
{
    if (length > 0 && !reader->failed) {
        parse_bytes(reader, data, length, false);
    }
}

/*
 * libxml2 finds "]]>", which text must not hold, only where it sees all of it at once. So no chunk ends with a bracket:
 * the last two wait for what comes next, and are given with its first other byte.
 */
static void give_bytes(struct dnp_xml_reader *reader, const char *data, size_t length)
{
    char chunk[] = "]]>";
    size_t from = 0;
    size_t end = length;
    if (reader->brackets > 0) {
        while (from < length && data[from] == ']') {
            from++;
        }
        size_t run = reader->brackets + from;
        reader->brackets = run < 2 ? run : 2;
        parse_some(reader, data, run - reader->brackets);
        if (from == length) {
            return;
        }
        chunk[2] = data[from++];
        parse_some(reader, chunk + 2 - reader->brackets, reader->brackets + 1);
    }
    while (end > from && length - end < 2 && data[end - 1] == ']') {
        end--;
    }
    reader->brackets = length - end;
    parse_some(reader, data + from, end - from);
}

/* The same name always has the same pointer, which is libxml2's own. */
static const char *interned(struct dnp_xml_reader *reader, struct dnp_slice name)
{
    size_t slot = ((size_t)(unsigned char)name.data[0] * 7 + (size_t)(unsigned char)name.data[name.length - 1] * 31 +
                   name.length) %
                  NAME_CACHE_SIZE;
    const char *cached = reader->cached_names[slot];
    if (cached == NULL || strncmp(cached, name.data, name.length) != 0 || cached[name.length] != '\0') {
        cached = (const char *)xmlDictLookup(reader->parser->dict, (const xmlChar *)name.data, (int)name.length);
        reader->cached_names[slot] = cached;
    }
    return cached;
}

bool dnp_xml_lacks_names(struct dnp_xml_reader *reader, const void *owner)
{
    bool lacks = reader->names_of != owner;
    reader->names_of = owner;
    return lacks;
}

bool dnp_xml_add_name(struct dnp_xml_reader *reader, const char *name)
{
    return xmlDictLookup(reader->parser->dict, (const xmlChar *)name, -1) != NULL;
}

/* Queues a leaf that libxml2 never sees: a whole element within content changes nothing in its state. */
static void take_leaf(struct dnp_xml_reader *reader, const struct dnp_scanned_leaf *leaf)
{
    if (leaf->name.length > DNP_XML_MAX_NAME || reader->depth >= DNP_XML_MAX_DEPTH) {
        stop_at_limit(reader, leaf->name.length > DNP_XML_MAX_NAME ? "a name" : "nesting",
                      leaf->name.length > DNP_XML_MAX_NAME ? DNP_XML_MAX_NAME : DNP_XML_MAX_DEPTH);
        return;
    }
    const char *name = interned(reader, leaf->name);
    if (name != NULL && !within_names(reader)) {
        return;
    }
    settle_pending(reader);
    if (leaf->text.length > reader->max_text) {
        stop_at_limit(reader, "a value", reader->max_text);
        return;
    }
    struct queued_token *token = name != NULL ? push_token(reader, DNP_TOKEN_LEAF) : NULL;
    if (token == NULL) {
        stop_without_memory(reader);
        return;
    }
    token->name = name;
    token->xml_namespace = reader->default_namespaces[reader->depth];
    token->borrowed = leaf->text.data;
    token->text_length = leaf->text.length;
}

/* Whether libxml2 has nothing to convert. */
static bool reads_plainly(const struct dnp_xml_reader *reader)
{
    const xmlParserInput *input = reader->parser->input;
    return input != NULL && input->buf != NULL && input->buf->encoder == NULL;
}

/*
 * Whether libxml2 has ICU convert the document, which it tells with each chunk that no more comes: a character whose
 * bytes come in two chunks is bad. ICU is for what iconv does not know; iconv and libxml2's own converters keep what is
 * incomplete. 2.14 has this code anew, and does not show who converts.
 */
static bool converts_whole_only(const struct dnp_xml_reader *reader)
{
#if defined(LIBXML_ICU_ENABLED) && LIBXML_VERSION < 21400
    return !reads_plainly(reader) && reader->parser->input != NULL && reader->parser->input->buf != NULL &&
           reader->parser->input->buf->encoder->uconv_in != NULL;
#else
    (void)reader;
    return false;
#endif
}

static void hold(struct dnp_xml_reader *reader, struct dnp_slice bytes)
{
    if (bytes.length > MAX_HELD - reader->held.length) {
        stop_at_limit(reader, "text to convert at once", MAX_HELD);
    } else if (!dnp_buffer_append(&reader->held, bytes.data, bytes.length)) {
        stop_without_memory(reader);
    }
}

/*
 * Whether an element may pass libxml2 by: it stands in content, has looked at every byte it was given, and reads UTF-8
 * as it is. No text may have come before, or blanks that are passed over would be missing from it.
 */
bool dnp_xml_may_pass(const struct dnp_xml_reader *reader)
{
    const xmlParserInput *input = reader->parser->input;
    bool text_open = reader->pending && reader->tokens[reader->token_count - 1].text_length > 0;
    return !reader->failed && !text_open && reader->brackets == 0 && reader->parser->instate == XML_PARSER_CONTENT &&
           reads_plainly(reader) && input->cur == input->end;
}

const char *dnp_xml_pass(struct dnp_xml_reader *reader)
{
    settle_pending(reader);
    return reader->prefixes[reader->depth];
}

/* The scan has ended for good on a document where it found too little. */
static bool may_scan_leaf(const struct dnp_xml_reader *reader)
{
    return reader->scans_leaves && reader->scan_misses < MAX_SCAN_MISSES && dnp_xml_may_pass(reader);
}

static void take_leaves(struct dnp_xml_reader *reader, struct dnp_slice *bytes, bool one)
{
    struct dnp_scanned_leaf leaf;
    size_t taken = 1;
    while (taken > 0 && bytes->length > 0 && !reader->failed && !(one && reader->tag_seen)) {
        taken = dnp_leaf_scan(*bytes, &leaf);
        if (taken > 0) {
            take_leaf(reader, &leaf);
            reader->tag_seen = true;
            reader->scan_misses -= reader->scan_misses > 0 ? 1 : 0;
            bytes->data += taken;
            bytes->length -= taken;
        }
    }
    reader->scan_misses += taken == 0 ? 1 : 0;
}

static bool is_ascii(const char *at, const char *end)
{
    while (at < end && (unsigned char)*at < 0x80) {
        at++;
    }
    return at == end;
}

/*
 * How many bytes there are up to the first ">" from `least` on that has so many bytes of ASCII before it; all of them
 * when there is none. What libxml2 says of a bad byte depends on whether it sees as many behind it.
 */
static size_t find_cut(const struct dnp_xml_reader *reader, struct dnp_slice bytes, size_t least)
{
    const char *taken = (const char *)reader->parser->input->end;
    size_t known = backlog(reader) < CUT_ASCII ? backlog(reader) : CUT_ASCII;
    size_t from = is_ascii(taken - known, taken) || least > CUT_ASCII ? least : CUT_ASCII;
    while (from < bytes.length) {
        const char *at = memchr(bytes.data + from, '>', bytes.length - from);
        if (at == NULL) {
            break;
        }
        from = (size_t)(at + 1 - bytes.data);
        if (is_ascii(from > CUT_ASCII + 1 ? at - CUT_ASCII : bytes.data, at)) {
            return from;
        }
    }
    return bytes.length;
}

/*
 * What the scan could not read, up to the end of a tag: libxml2 may then stand where somebody else can go on. Up to the
 * XML declaration, with which it settles the encoding, it is given no more for whoever reads; and what it has to
 * convert comes as it is. What it says of bad bytes depends on how many it sees.
 */
static size_t parser_share(struct dnp_xml_reader *reader, struct dnp_slice bytes, size_t least, bool until_tag)
{
    bool scan_usable = reader->scans_leaves && reader->scan_misses < MAX_SCAN_MISSES;
    bool begins = reader->parser->instate == XML_PARSER_START;
    if (begins && reads_plainly(reader) && backlog(reader) < DETECTED) {
        size_t wanted = DETECTED - backlog(reader);
        return bytes.length < wanted ? bytes.length : wanted;
    }
    bool cuts = (begins || scan_usable || until_tag) && reads_plainly(reader);
    return cuts ? find_cut(reader, bytes, least) : bytes.length;
}

/*
 * libxml2 looks at an unfinished tag anew with every chunk, so a '>' that ended none (it may stand in an attribute's
 * value, or in a comment) makes the next share larger.
 */
static void take_bytes(struct dnp_xml_reader *reader, struct dnp_slice *bytes, bool until_tag)
{
    size_t least = 0;
    reader->tag_seen = false;
    while (bytes->length > 0 && !reader->failed && !(until_tag && reader->tag_seen)) {
        if (may_scan_leaf(reader)) {
            take_leaves(reader, bytes, until_tag);
        }
        if (converts_whole_only(reader)) {
            hold(reader, *bytes);
            bytes->length = 0;
        }
        bool done = bytes->length == 0 || (until_tag && reader->tag_seen);
        size_t share = done ? 0 : parser_share(reader, *bytes, least, until_tag);
        if (share > 0 && !reader->failed) {
            give_bytes(reader, bytes->data, share);
            least = backlog(reader) > 0 ? least * 2 + 64 : 0;
            bytes->data += share;
            bytes->length -= share;
        }
    }
}

static bool report(const struct dnp_xml_reader *reader, struct dnp_error *error)
{
    if (reader->failed) {
        *error = reader->failure;
    }
    return !reader->failed;
}

void dnp_xml_reader_scan_leaves(struct dnp_xml_reader *reader, bool use)
{
    reader->scans_leaves = use;
}

void dnp_xml_reader_keep_surrogates(struct dnp_xml_reader *reader, bool keep)
{
    reader->keep_surrogates = keep;
}

static bool feed(struct dnp_xml_reader *reader, struct dnp_slice *bytes, bool until_tag, struct dnp_error *error)
{
    if (bytes->length > INT32_MAX) {
        return dnp_fail(error, DNP_LIMIT, "too much XML at once");
    }
    forget_pulled(reader);
    take_bytes(reader, bytes, until_tag);
    if (!reader->failed && bytes->length == 0) {
        check_parser(reader);
    }
    return report(reader, error);
}

bool dnp_xml_feed(struct dnp_xml_reader *reader, struct dnp_slice bytes, struct dnp_error *error)
{
    return feed(reader, &bytes, false, error);
}

bool dnp_xml_feed_tag(struct dnp_xml_reader *reader, struct dnp_slice *bytes, struct dnp_error *error)
{
    return feed(reader, bytes, true, error);
}

/* libxml2 reads a CDATA section some bytes at a time; how far it is depends on how often it was called. */
static void finish_cdata(struct dnp_xml_reader *reader)
{
    size_t left = SIZE_MAX;
    while (!reader->failed && reader->parser->instate == XML_PARSER_CDATA_SECTION && backlog(reader) < left) {
        left = backlog(reader);
        parse_bytes(reader, NULL, 0, false);
    }
}

bool dnp_xml_finish(struct dnp_xml_reader *reader, struct dnp_error *error)
{
    forget_pulled(reader);
    if (reader->held.length > 0 && !reader->failed) {
        give_bytes(reader, reader->held.data, reader->held.length);
    }
    parse_some(reader, "]]", reader->brackets);
    reader->brackets = 0;
    if (!reader->failed && stands_at_ampersand(reader, true)) {
        stop_at_ampersand(reader);
    }
    finish_cdata(reader);
    reader->last = true;
    if (!reader->failed) {
        parse_bytes(reader, NULL, 0, true);
    }
    if (!reader->failed && (!reader->root_seen || reader->depth > 0)) {
        stop_incomplete(reader);
    }
    return report(reader, error);
}

/* Pointers into the arena are made only now, because it moves while it grows. */
static void resolve_attributes(struct dnp_xml_reader *reader, const struct queued_token *queued)
{
    for (size_t i = 0; i < queued->attribute_count; i++) {
        const struct queued_attribute *attribute = &reader->attributes[queued->attribute_offset + i];
        reader->current[i].name = attribute->name;
        reader->current[i].prefix = attribute->prefix;
        reader->current[i].xml_namespace = attribute->xml_namespace;
        reader->current[i].value.data = reader->arena.data + attribute->text_offset;
        reader->current[i].value.length = attribute->text_length;
    }
}

static void fill_token(struct dnp_xml_reader *reader, const struct queued_token *queued, struct dnp_token *token)
{
    token->kind = queued->kind;
    token->name = queued->name;
    token->xml_namespace = queued->xml_namespace;
    if (queued->text_length == 0) {
        token->text.data = "";
    } else {
        token->text.data = queued->borrowed != NULL ? queued->borrowed : reader->arena.data + queued->text_offset;
    }
    token->text.length = queued->text_length;
    token->attributes = reader->current;
    token->attribute_count = queued->attribute_count;
    token->declares = queued->declares;
    if (queued->attribute_count > 0) {
        resolve_attributes(reader, queued);
    }
}

void dnp_xml_next(struct dnp_xml_reader *reader, struct dnp_token *token)
{
    size_t ready = reader->pending ? reader->token_count - 1 : reader->token_count;
    if (reader->next_token >= ready) {
        token->kind = DNP_TOKEN_NONE;
        return;
    }
    fill_token(reader, &reader->tokens[reader->next_token++], token);
}

bool dnp_xml_unfinished(struct dnp_xml_reader *reader, struct dnp_token *token)
{
    if (!reader->pending) {
        return false;
    }
    fill_token(reader, &reader->tokens[reader->token_count - 1], token);
    return true;
}

void dnp_xml_keep_no_more(struct dnp_xml_reader *reader)
{
    reader->keeps_no_more = true;
}
