/*
 * Finds secrets in text and puts DNP_REDACTED in their place.
 *
 * Works on bytes, not on a parsed document: what is shown may be cut or broken, and then too much is taken out
 * rather than too little. Which elements are secret is the contract's knowledge; no name is repeated here.
 */
#include "soap/redact.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/utf8.h"
#include "contract/contract.h"

/* A literal shorter than this would hit innocent text everywhere. */
#define SHORTEST_LITERAL 4

/* XML that a fault quotes is escaped twice on the wire, and once more on a page that shows it. */
#define MOST_ESCAPES 3

/* ---- which elements are secret ---- */

static bool equal(struct dnp_slice a, struct dnp_slice b)
{
    return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

static bool is_secret(struct dnp_slice name)
{
    for (const char *const *secret = dnp_secret_names; *secret != NULL; secret++) {
        if (equal(dnp_slice_of(*secret), name)) {
            return true;
        }
    }
    return false;
}

static bool holds_word(struct dnp_slice name, const char *word)
{
    size_t length = strlen(word);
    for (size_t at = 0; at + length <= name.length; at++) {
        size_t same = 0;
        while (same < length && ((unsigned char)name.data[at + same] | 0x20U) == (unsigned char)word[same]) {
            same++;
        }
        if (same == length) {
            return true;
        }
    }
    return false;
}

/* Their names are the panel's and its modules' own, so only words can tell. */
bool dnp_is_secret_setting(struct dnp_slice name)
{
    static const char *const words[] = {"password", "passwd", "pwd", "secret", "token", "apikey", "privatekey"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (holds_word(name, words[i])) {
            return true;
        }
    }
    return false;
}

/* ---- markup ---- */

enum markup { OPENING, CLOSING, EMPTY, OTHER };

struct tag {
    enum markup markup;
    struct dnp_slice name; /* local name, of the first three */
    size_t end;            /* just after it, or the end of the text when it is cut */
};

static size_t find(struct dnp_slice text, size_t at, const char *what)
{
    size_t length = strlen(what);
    while (at + length <= text.length) {
        const char *hit = memchr(text.data + at, what[0], text.length - length - at + 1);
        if (hit == NULL) {
            break;
        }
        at = (size_t)(hit - text.data);
        if (memcmp(hit, what, length) == 0) {
            return at;
        }
        at++;
    }
    return text.length;
}

static bool starts(struct dnp_slice text, size_t at, const char *what)
{
    size_t length = strlen(what);
    return text.length - at >= length && memcmp(text.data + at, what, length) == 0;
}

static size_t after(struct dnp_slice text, size_t at, const char *what)
{
    size_t found = find(text, at, what);
    return found == text.length ? found : found + strlen(what);
}

static bool ends_name(char c)
{
    return c == '>' || c == '/' || c == '<' || dnp_is_blank(c);
}

/*
 * Just after the '>' of the tag whose name ends at `at`; one inside a quoted attribute value does not count. A tag
 * that is cut or holds a '<' is broken: then `at` itself, so that whatever follows the name counts as content.
 */
static size_t tag_end(struct dnp_slice text, size_t at)
{
    char quote = '\0';
    for (size_t i = at; i < text.length && text.data[i] != '<'; i++) {
        char c = text.data[i];
        if (quote != '\0') {
            quote = c == quote ? '\0' : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            return i + 1;
        }
    }
    return at;
}

/* What begins with the '<' at `at`. */
static struct tag read_tag(struct dnp_slice text, size_t at)
{
    struct tag tag = {.markup = OTHER};
    if (starts(text, at, "<!--")) {
        tag.end = after(text, at, "-->");
        return tag;
    }
    if (starts(text, at, "<![CDATA[")) {
        tag.end = after(text, at, "]]>");
        return tag;
    }
    bool closing = starts(text, at, "</");
    size_t begin = at + (closing ? 2 : 1);
    size_t name_end = begin;
    while (name_end < text.length && !ends_name(text.data[name_end])) {
        if (text.data[name_end] == ':') {
            begin = name_end + 1;
        }
        name_end++;
    }
    tag.name.data = text.data + begin;
    tag.name.length = name_end - begin;
    tag.end = tag_end(text, name_end);
    tag.markup = closing ? CLOSING : OPENING;
    if (!closing && tag.end > name_end && text.data[tag.end - 2] == '/') {
        tag.markup = EMPTY;
    }
    return tag;
}

/* Where the content of the element `name` ends: at its closing tag, or where the text does. */
static size_t content_end(struct dnp_slice text, size_t at, struct dnp_slice name)
{
    size_t depth = 1;
    while ((at = find(text, at, "<")) < text.length) {
        struct tag tag = read_tag(text, at);
        if (tag.markup != OTHER && equal(tag.name, name)) {
            if (tag.markup == OPENING) {
                depth++;
            } else if (tag.markup == CLOSING && --depth == 0) {
                return at;
            }
        }
        at = tag.end;
    }
    return text.length;
}

/* Where in a setting, <ArrayOfString><string>name</string><string>value</string></ArrayOfString>, the hunt is. */
enum setting { NO_SETTING, NAME_EXPECTED, VALUE_IS_SECRET };

/* Whether an opening tag, after which the rest of `text` is, begins a secret. */
static bool begins_secret(struct dnp_slice text, const struct tag *tag, enum setting *setting)
{
    if (equal(tag->name, dnp_slice_of("ArrayOfString"))) {
        *setting = NAME_EXPECTED;
    } else if (equal(tag->name, dnp_slice_of("string"))) {
        struct dnp_slice content = {text.data + tag->end, content_end(text, tag->end, tag->name) - tag->end};
        bool secret = *setting == VALUE_IS_SECRET;
        *setting = *setting == NAME_EXPECTED && dnp_is_secret_setting(content) ? VALUE_IS_SECRET : NO_SETTING;
        return secret;
    }
    return is_secret(tag->name);
}

/*
 * The next secret at or after `*at`: its content, empty ones left out; `*at` moves past it. CDATA and comments
 * outside secrets are searched like anything else, because a document inside a document is shown too.
 */
static bool next_secret(struct dnp_slice text, size_t *at, enum setting *setting, struct dnp_slice *content)
{
    while ((*at = find(text, *at, "<")) < text.length) {
        struct tag tag = {.markup = OTHER};
        if (!starts(text, *at, "<!")) {
            tag = read_tag(text, *at);
        }
        if (tag.markup != OPENING || !begins_secret(text, &tag, setting)) {
            *at += 1;
            continue;
        }
        size_t end = content_end(text, tag.end, tag.name);
        content->data = text.data + tag.end;
        content->length = end - tag.end;
        *at = end;
        if (content->length > 0) {
            return true;
        }
    }
    return false;
}

bool dnp_redact_xml(struct dnp_buffer *out, struct dnp_slice xml)
{
    struct dnp_slice content;
    enum setting setting = NO_SETTING;
    size_t at = 0;
    size_t copied = 0;
    while (next_secret(xml, &at, &setting, &content)) {
        size_t begin = (size_t)(content.data - xml.data);
        dnp_buffer_append(out, xml.data + copied, begin - copied);
        dnp_buffer_puts(out, DNP_REDACTED);
        copied = begin + content.length;
    }
    return dnp_buffer_append(out, xml.data + copied, xml.length - copied);
}

/* ---- literals ---- */

struct reference {
    size_t length;                /* of the text "&...;", 0 when it is not a reference */
    char bytes[DNP_UTF8_LONGEST]; /* the character it stands for, as UTF-8 */
    size_t byte_count;
};

/* The number in "&#38;" or "&#x26;" from its first digit on; false when there is none up to a ';'. */
static bool read_number(struct dnp_slice text, size_t *at, unsigned base, uint32_t *code)
{
    size_t begin = *at;
    *code = 0;
    for (; *at < text.length && *code <= 0x10FFFF; *at += 1) {
        char c = text.data[*at];
        char lower = (char)(c | 0x20);
        if (c >= '0' && c <= '9') {
            *code = *code * base + (uint32_t)(c - '0');
        } else if (base == 16 && lower >= 'a' && lower <= 'f') {
            *code = *code * base + (uint32_t)(lower - 'a' + 10);
        } else {
            return c == ';' && *at > begin;
        }
    }
    return false;
}

/* What follows the '&' of a reference, from `at` on; the length of the result begins at `begin`. */
static struct reference read_reference_tail(struct dnp_slice text, size_t at, size_t begin)
{
    static const struct {
        const char *name;
        unsigned char code;
    } named[] = {{"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"apos;", '\''}};
    struct reference reference = {.length = 0};
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        if (starts(text, at, named[i].name)) {
            reference.length = at + strlen(named[i].name) - begin;
            reference.byte_count = dnp_utf8_encode(named[i].code, reference.bytes);
            return reference;
        }
    }
    if (starts(text, at, "#")) {
        uint32_t code = 0;
        bool hexadecimal = starts(text, at, "#x") || starts(text, at, "#X");
        size_t end = at + (hexadecimal ? 2 : 1);
        if (read_number(text, &end, hexadecimal ? 16 : 10, &code)) {
            reference.length = end + 1 - begin;
            reference.byte_count = dnp_utf8_encode(code, reference.bytes);
        }
    }
    return reference;
}

/* The character that a reference stands for when the text was escaped `times` times: "&amp;lt;" is '<' at twice. */
static struct reference read_reference(struct dnp_slice text, size_t at, unsigned times)
{
    struct reference reference = {.length = 0};
    size_t end = at + 1;
    unsigned ampersands = 0;
    while (ampersands < times && starts(text, end, "amp;")) {
        end += strlen("amp;");
        ampersands++;
    }
    if (ampersands < times) {
        reference = read_reference_tail(text, end, at);
    }
    if (reference.length == 0 && ampersands > 0) {
        reference.length = end - at;
        reference.byte_count = dnp_utf8_encode('&', reference.bytes);
    }
    return reference;
}

/* "%2F", as addresses have it. */
static struct reference read_percent(struct dnp_slice text, size_t at)
{
    struct reference reference = {.length = 0};
    unsigned value = 0;
    if (text.length - at < 3) {
        return reference;
    }
    for (size_t i = at + 1; i < at + 3; i++) {
        char c = text.data[i];
        char lower = (char)(c | 0x20);
        if (c >= '0' && c <= '9') {
            value = value * 16 + (unsigned)(c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            value = value * 16 + (unsigned)(lower - 'a' + 10);
        } else {
            return reference;
        }
    }
    reference.length = 3;
    reference.byte_count = 1;
    reference.bytes[0] = (char)value;
    return reference;
}

/* How many bytes at `at` stand for the beginning of `rest`, escaped or raw, and how many of it; 0 when they do not. */
static size_t match_one(struct dnp_slice text, size_t at, unsigned times, struct dnp_slice rest, size_t *matched)
{
    struct reference reference = {.length = 0};
    if (text.data[at] == '&') {
        reference = read_reference(text, at, times);
    } else if (text.data[at] == '%') {
        reference = read_percent(text, at);
    }
    if (reference.length > 0 && reference.byte_count <= rest.length &&
        memcmp(rest.data, reference.bytes, reference.byte_count) == 0) {
        *matched = reference.byte_count;
        return reference.length;
    }
    *matched = 1;
    return text.data[at] == rest.data[0] ? 1 : 0;
}

/*
 * How many bytes at `at` spell `secret` in a text that was escaped `times` times; 0 when they do not. What is shown
 * may be cut, so its end counts even if it only begins to spell it.
 */
static size_t match_escaped(struct dnp_slice text, size_t at, unsigned times, struct dnp_slice secret)
{
    size_t begin = at;
    size_t spelt = 0;
    while (spelt < secret.length) {
        struct dnp_slice rest = {secret.data + spelt, secret.length - spelt};
        size_t matched = 0;
        if (at == text.length) {
            return spelt >= SHORTEST_LITERAL ? at - begin : 0;
        }
        size_t length = match_one(text, at, times, rest, &matched);
        if (length == 0) {
            return 0;
        }
        at += length;
        spelt += matched;
    }
    return at - begin;
}

/* How many bytes at `at` spell `secret`, raw or escaped; 0 when they do not. */
static size_t match(struct dnp_slice text, size_t at, struct dnp_slice secret)
{
    size_t length = 0;
    if (text.length - at >= secret.length && memcmp(text.data + at, secret.data, secret.length) == 0) {
        return secret.length;
    }
    for (unsigned times = 1; times <= MOST_ESCAPES && length == 0; times++) {
        length = match_escaped(text, at, times, secret);
    }
    return length;
}

void dnp_redact_mark(char *marks, struct dnp_slice text, struct dnp_slice secret)
{
    size_t at = 0;
    if (secret.length < SHORTEST_LITERAL) {
        return;
    }
    while (at < text.length) {
        bool possible = text.data[at] == secret.data[0] || text.data[at] == '&' || text.data[at] == '%';
        size_t length = possible ? match(text, at, secret) : 0;
        memset(marks + at, 1, length);
        at += length > 0 ? length : 1;
    }
}

bool dnp_redact_marked(struct dnp_buffer *out, struct dnp_slice text, const char *marks)
{
    size_t copied = 0;
    for (size_t at = 0; at < text.length; at++) {
        if (marks[at] == 0) {
            continue;
        }
        dnp_buffer_append(out, text.data + copied, at - copied);
        dnp_buffer_puts(out, DNP_REDACTED);
        while (at + 1 < text.length && marks[at + 1] != 0) {
            at++;
        }
        copied = at + 1;
    }
    return dnp_buffer_append(out, text.data + copied, text.length - copied);
}
