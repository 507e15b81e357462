/*
 * Documents that differ in a plain word only. What stands before and after it was parsed by libxml2 when it was learnt;
 * the word is of letters and digits, so it cannot mean anything else to a parser than it did.
 */
#include "soap/memo.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

#define MOST_MISSES 8

void dnp_memo_init(struct dnp_memo *memo)
{
    memo->before = 0;
    memo->misses = 0;
    dnp_buffer_init(&memo->document, DNP_MEMO_MAX_DOCUMENT);
}

void dnp_memo_free(struct dnp_memo *memo)
{
    dnp_buffer_free(&memo->document);
}

bool dnp_memo_suits(const struct dnp_operation *operation)
{
    enum dnp_kind kind = operation->response.fields[0].type->kind;
    return kind == DNP_INT || kind == DNP_BOOL;
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

/* The result's place, if it is beyond doubt: one element of its name, no comment, no header that is to be checked. */
static bool find_result(struct dnp_slice document, const char *name, size_t *begin, size_t *end)
{
    char opening[DNP_NAME_SIZE + 2];
    char closing[DNP_NAME_SIZE + 3];
    (void)snprintf(opening, sizeof opening, "<%s>", name);
    (void)snprintf(closing, sizeof closing, "</%s>", name);
    size_t open = find_once(document, opening);
    size_t close = find_once(document, closing);
    if (open == document.length || close == document.length || holds(document, "<!") || holds(document, "Header")) {
        return false;
    }
    *begin = open + strlen(opening);
    *end = close;
    return *begin < *end;
}

void dnp_memo_learn(struct dnp_memo *memo, const struct dnp_operation *operation, struct dnp_slice document)
{
    size_t begin = 0;
    size_t end = 0;
    memo->misses++;
    dnp_buffer_wipe(&memo->document);
    if (document.length > DNP_MEMO_MAX_DOCUMENT || !is_ascii_text(document) ||
        !find_result(document, operation->response.fields[0].name, &begin, &end)) {
        return;
    }
    struct dnp_slice result = {document.data + begin, end - begin};
    if (!is_plain(result)) {
        return;
    }
    memo->before = begin;
    dnp_buffer_append(&memo->document, document.data, begin);
    if (!dnp_buffer_append(&memo->document, document.data + end, document.length - end)) {
        dnp_buffer_wipe(&memo->document); /* parsing serves as well */
    }
}

bool dnp_memo_match(const struct dnp_memo *memo, struct dnp_slice document, struct dnp_slice *result)
{
    size_t known = memo->document.length;
    if (known == 0 || document.length <= known || document.length > known + DNP_MEMO_MAX_RESULT) {
        return false;
    }
    result->data = document.data + memo->before;
    result->length = document.length - known;
    return memcmp(document.data, memo->document.data, memo->before) == 0 &&
           memcmp(result->data + result->length, memo->document.data + memo->before, known - memo->before) == 0 &&
           is_plain(*result);
}
