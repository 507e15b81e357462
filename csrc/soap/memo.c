/*
 * Documents that differ in the content of their result only. What stands before and after it was parsed by libxml2 when
 * it was learnt, and is nothing but the start and the end tags of envelope, body, message and result, so the content is
 * what decides. A plain word is of letters and digits and cannot mean anything else to a parser than it did; a record is
 * for dnp_soap_decoder_take_result to read.
 */
#include "soap/memo.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

#define MOST_MISSES 8
#define MOST_UNREAD 2
/* Envelope, body, message, result. */
#define ELEMENTS 4

void dnp_memo_init(struct dnp_memo *memo)
{
    memo->before = 0;
    memo->misses = 0;
    memo->unread = 0;
    dnp_buffer_init(&memo->document, DNP_MEMO_MAX_DOCUMENT);
}

void dnp_memo_free(struct dnp_memo *memo)
{
    dnp_buffer_free(&memo->document);
}

bool dnp_memo_suits(const struct dnp_operation *operation)
{
    enum dnp_kind kind = operation->response.fields[0].type->kind;
    return kind == DNP_INT || kind == DNP_BOOL || kind == DNP_RECORD;
}

bool dnp_memo_learns(const struct dnp_memo *memo)
{
    return memo->misses < MOST_MISSES;
}

/* A sign at the front, then letters and digits: an integer or a boolean as servers write them. */
static bool is_plain(struct dnp_slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        bool fits = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c == '-' && i == 0);
        if (!fits) {
            return false;
        }
    }
    return text.length > 0 && text.length <= DNP_MEMO_MAX_RESULT;
}

/* Where `word` stands in `text`, if it stands there once; else its length. */
static size_t find_once(struct dnp_slice text, const char *word)
{
    size_t length = strlen(word);
    size_t found = text.length;
    for (size_t i = 0; i + length <= text.length; i++) {
        if (text.data[i] == word[0] && memcmp(text.data + i, word, length) == 0) {
            if (found != text.length) {
                return text.length;
            }
            found = i;
        }
    }
    return found;
}

static bool holds(struct dnp_slice text, const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= text.length; i++) {
        if (text.data[i] == word[0] && memcmp(text.data + i, word, length) == 0) {
            return true;
        }
    }
    return false;
}

/* No byte that could put a parser into another state than it is in after reading text. */
static bool is_ascii_text(struct dnp_slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c >= 0x7F || (c < 0x20 && c != '\n' && c != '\r' && c != '\t')) {
            return false;
        }
    }
    return true;
}

/* Whether there are as many tags as elements, each with this byte behind its "<", and no other markup. */
static bool holds_tags(struct dnp_slice text, bool closing)
{
    size_t count = 0;
    for (size_t i = 0; i + 1 < text.length; i++) {
        if (text.data[i] == '<') {
            char next = text.data[i + 1];
            bool fits = closing ? next == '/' : next != '/' && next != '!' && next != '?';
            count += fits ? 1 : ELEMENTS + 1;
        }
    }
    return count == ELEMENTS;
}

/* The document behind its XML declaration, if it has one. */
static struct dnp_slice without_declaration(struct dnp_slice document)
{
    static const char DECLARATION[] = "<?xml ";
    size_t length = 0;
    if (document.length > strlen(DECLARATION) && memcmp(document.data, DECLARATION, strlen(DECLARATION)) == 0) {
        const char *end = memchr(document.data, '>', document.length);
        length = end != NULL ? (size_t)(end + 1 - document.data) : 0;
    }
    return (struct dnp_slice){document.data + length, document.length - length};
}

/* Whether text beyond ASCII is UTF-8 after this. */
static bool is_utf8(struct dnp_slice before)
{
    return !holds(before, "encoding") || holds(before, "encoding=\"utf-8\"?>") || holds(before, "encoding=\"UTF-8\"?>");
}

/* The place of what the result holds, if it is beyond doubt. */
static bool find_result(struct dnp_slice document, const char *name, size_t *begin, size_t *end)
{
    char opening[DNP_NAME_SIZE + 2];
    char closing[DNP_NAME_SIZE + 3];
    (void)snprintf(opening, sizeof opening, "<%s>", name);
    (void)snprintf(closing, sizeof closing, "</%s>", name);
    size_t open = find_once(document, opening);
    *begin = open + strlen(opening);
    *end = find_once(document, closing);
    return open != document.length && *end != document.length && *begin < *end;
}

void dnp_memo_learn(struct dnp_memo *memo, const struct dnp_operation *operation, struct dnp_slice document)
{
    const struct dnp_field *field = &operation->response.fields[0];
    size_t begin = 0;
    size_t end = 0;
    memo->misses++;
    dnp_buffer_wipe(&memo->document);
    if (document.length > DNP_MEMO_MAX_DOCUMENT || !find_result(document, field->name, &begin, &end)) {
        return;
    }
    struct dnp_slice before = {document.data, begin};
    struct dnp_slice result = {document.data + begin, end - begin};
    struct dnp_slice after = {document.data + end, document.length - end};
    bool fits = is_ascii_text(before) && is_ascii_text(after) && holds_tags(without_declaration(before), false) &&
                holds_tags(after, true);
    if (!fits || (field->type->kind == DNP_RECORD ? !is_utf8(before) : !is_plain(result))) {
        return;
    }
    memo->before = begin;
    dnp_buffer_append(&memo->document, before.data, before.length);
    if (!dnp_buffer_append(&memo->document, after.data, after.length)) {
        dnp_buffer_wipe(&memo->document); /* parsing serves as well */
    }
}

void dnp_memo_note(struct dnp_memo *memo, bool read)
{
    memo->unread = read ? 0 : memo->unread + 1;
}

bool dnp_memo_match(const struct dnp_memo *memo, struct dnp_slice document, struct dnp_slice *result)
{
    size_t known = memo->document.length;
    if (known == 0 || document.length <= known || memo->unread == MOST_UNREAD) {
        return false;
    }
    result->data = document.data + memo->before;
    result->length = document.length - known;
    return memcmp(document.data, memo->document.data, memo->before) == 0 &&
           memcmp(result->data + result->length, memo->document.data + memo->before, known - memo->before) == 0 &&
           (result->data[0] == '<' || is_plain(*result));
}
