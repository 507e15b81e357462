/*
 * Scanning for one record, element by element, each compared with those that the contract has next.
 *
 * Never reads beyond the bytes it was given. Any doubt ends the scan: NULL here, 0 for the caller.
 */
#include "soap/record_scan.h"

#include <stdint.h>
#include <string.h>

#include "xml/writer.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Of white space between two elements; longer runs are libxml2's. */
#define MAX_BLANKS 256
/* Of the value of a row's attribute. */
#define MAX_ATTRIBUTE 128

#define WORD (sizeof(uint64_t))

static inline uint64_t word_at(const char *at)
{
    uint64_t word = 0;
    memcpy(&word, at, WORD);
    return word;
}

static bool is_letter(char byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || byte == '_';
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Whether `name` can only be that of an element, wherever it stands behind a "<": a schema's names are any text, and may
 * look like a whole start tag. */
static bool is_plain_name(const char *name)
{
    if (!is_letter(name[0])) {
        return false;
    }
    while (is_letter(*name) || is_digit(*name) || *name == '-' || *name == '.') {
        name++;
    }
    return *name == '\0';
}

/* Makes "prefix:name" and a byte that is to follow it, if any; returns its length, or 0 when it is too long. */
static size_t write_tag(char text[DNP_TAG_NAME_SIZE], struct dnp_slice prefix, const char *name, char after)
{
    size_t length = strlen(name);
    size_t before = prefix.length > 0 ? prefix.length + 1 : 0;
    text[0] = '\0';
    if (before + length + 2 > DNP_TAG_NAME_SIZE) {
        return 0;
    }
    if (before > 0) {
        memcpy(text, prefix.data, prefix.length);
        text[prefix.length] = ':';
    }
    memcpy(text + before, name, length);
    text[before + length] = after;
    text[before + length + 1] = '\0';
    return before + length + (after != '\0' ? 1 : 0);
}

static void add_member(struct dnp_record_form *form, const struct dnp_field *field, struct dnp_slice prefix,
                       const char *name)
{
    struct dnp_member_tag *member = form->count < DNP_RECORD_MAX_MEMBERS ? &form->members[form->count] : NULL;
    size_t length = member != NULL ? write_tag(member->text, prefix, name, '>') : 0;
    if (length == 0) {
        return;
    }
    size_t head = length < WORD ? length : WORD;
    member->field = field;
    member->length = length;
    member->reach = length < WORD ? WORD : length;
    member->head = 0;
    member->head_mask = 0;
    memcpy(&member->head, member->text, head);
    memset(&member->head_mask, 0xFF, head);
    member->bridge.length = 0;
    member->tail = length > WORD ? word_at(member->text + length - WORD) : 0;
    form->count++;
}

void dnp_record_form_make(struct dnp_record_form *form, const struct dnp_type *type, const char *name,
                          enum dnp_dialect dialect, struct dnp_slice prefix)
{
    (void)write_tag(form->name, prefix, name, '\0');
    form->owner = type;
    form->repeats = type->kind == DNP_ARRAY;
    form->attributes.count = 0;
    form->count = 0;
    for (size_t i = 0; i < type->field_count; i++) {
        const struct dnp_field *member = &type->fields[i];
        bool readable = DNP_IS_SCALAR(member->type->kind) || member->type->kind == DNP_ARRAY;
        if (readable && dnp_field_on_wire(member, dialect)) {
            add_member(form, member, prefix, member->name);
        }
    }
}

void dnp_row_form_make(struct dnp_record_form *form, const struct dnp_table *table, const char *element,
                       char *const *elements)
{
    const struct dnp_slice no_prefix = {"", 0};
    form->owner = table;
    form->repeats = false;
    form->count = 0;
    form->name[0] = '\0';
    if (is_plain_name(element)) {
        (void)write_tag(form->name, no_prefix, element, '\0');
    }
    for (size_t i = 0; i < table->column_count && i < DNP_RECORD_MAX_MEMBERS; i++) {
        if (is_plain_name(elements[i])) {
            add_member(form, &table->columns[i], no_prefix, elements[i]);
        }
    }
}

static inline const char *skip_blanks(const char *at, const char *end)
{
    if (at < end && *at == '<') {
        return at;
    }
    const char *limit = end - at > MAX_BLANKS ? at + MAX_BLANKS : end;
    while (at < limit && dnp_is_blank(*at)) {
        at++;
    }
    return at;
}

/* ---- texts ---- */

/* The first byte from `at` on that may not simply be passed over: a control character, "<", "&" or "]". `*high` gets a
 * bit for bytes beyond ASCII before it. */
static const char *find_special_slowly(const char *at, const char *end, unsigned *high)
{
    while (at < end) {
        unsigned byte = (unsigned char)*at;
        if (byte < 0x20 || byte == '<' || byte == '&' || byte == ']') {
            break;
        }
        *high |= byte & 0x80U;
        at++;
    }
    return at;
}

#ifdef __SSE2__
static inline const char *find_special(const char *at, const char *end, unsigned *high)
{
    const __m128i last_control = _mm_set1_epi8(0x1F);
    const __m128i less = _mm_set1_epi8('<');
    const __m128i ampersand = _mm_set1_epi8('&');
    const __m128i bracket = _mm_set1_epi8(']');
    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i special = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(bytes, less), _mm_cmpeq_epi8(bytes, ampersand)),
            _mm_or_si128(_mm_cmpeq_epi8(bytes, bracket), _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes)));
        unsigned stops = (unsigned)_mm_movemask_epi8(special);
        unsigned beyond = (unsigned)_mm_movemask_epi8(bytes);
        if (stops != 0) {
            unsigned first = (unsigned)__builtin_ctz(stops);
            *high |= beyond & ((1U << first) - 1U);
            return at + first;
        }
        *high |= beyond;
    }
    return find_special_slowly(at, end, high);
}
#else
static inline const char *find_special(const char *at, const char *end, unsigned *high)
{
    return find_special_slowly(at, end, high);
}
#endif

static const struct reference {
    const char *name;
    size_t length;
    char character;
} references[] = {{"&amp;", 5, '&'}, {"&lt;", 4, '<'}, {"&gt;", 4, '>'}, {"&quot;", 6, '"'}, {"&apos;", 6, '\''}};

/* The one of the five references that `at` begins with, or NULL. */
static const struct reference *find_reference(const char *at, const char *end)
{
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
        const struct reference *reference = &references[i];
        if ((size_t)(end - at) >= reference->length && memcmp(at, reference->name, reference->length) == 0) {
            return reference;
        }
    }
    return NULL;
}

/* What follows a byte that find_special stopped at, when it may stand in a text; NULL when libxml2 must see it. */
static const char *pass_special(const char *at, const char *end)
{
    if (*at == '&') {
        const struct reference *reference = find_reference(at, end);
        return reference != NULL ? at + reference->length : NULL;
    }
    if (*at == ']') { /* "]]>" is an error in content */
        return end - at > 2 && (at[1] != ']' || at[2] != '>') ? at + 1 : NULL;
    }
    return *at == '\t' || *at == '\n' ? at + 1 : NULL;
}

static bool is_utf8(struct dnp_slice text)
{
    const char *reason = NULL;
    return dnp_utf8_check(text, &reason) == text.length;
}

/* The text at `at` up to the next "<", where it returns to; NULL when there is none that may be read here. */
static inline const char *scan_text(const char *at, const char *end, size_t max_text, struct dnp_scanned_value *value)
{
    const char *start = at;
    unsigned high = 0;
    bool has_references = false;
    for (at = find_special(at, end, &high); at < end && *at != '<'; at = find_special(at, end, &high)) {
        has_references = has_references || *at == '&';
        at = pass_special(at, end);
        if (at == NULL) {
            return NULL;
        }
    }
    value->text = (struct dnp_slice){start, (size_t)(at - start)};
    value->has_references = has_references;
    bool good = at < end && (size_t)(at - start) <= max_text && (high == 0 || is_utf8(value->text));
    return good ? at : NULL;
}

bool dnp_record_unescape(struct dnp_buffer *out, struct dnp_slice text)
{
    const char *at = text.data;
    const char *end = text.data + text.length;
    dnp_buffer_clear(out);
    while (at < end) {
        const char *ampersand = memchr(at, '&', (size_t)(end - at));
        const char *stop = ampersand != NULL ? ampersand : end;
        const struct reference *reference = ampersand != NULL ? find_reference(ampersand, end) : NULL;
        dnp_buffer_append(out, at, (size_t)(stop - at));
        if (reference != NULL) {
            dnp_buffer_append(out, &reference->character, 1);
        }
        at = reference != NULL ? stop + reference->length : end;
    }
    return out->state == DNP_BUFFER_OK;
}

/* ---- elements ---- */

/* The value of an attribute and the quote behind it; returns what follows, or NULL. */
static const char *scan_attribute_value(const char *at, const char *end)
{
    const char *limit = end - at > MAX_ATTRIBUTE ? at + MAX_ATTRIBUTE : end;
    while (at < limit && (is_letter(*at) || is_digit(*at))) {
        at++;
    }
    return at < limit && *at == '"' ? at + 1 : NULL;
}

/* What stands at `at` must be `text`, with a byte behind it; returns what follows, or NULL. */
static const char *scan_exactly(const char *at, const char *end, const char *text)
{
    size_t length = strlen(text);
    return (size_t)(end - at) > length && memcmp(at, text, length) == 0 ? at + length : NULL;
}

/* The record's own start tag at `at`. */
static const char *scan_start_tag(const char *at, const char *end, const struct dnp_record_form *form)
{
    at = *at == '<' ? scan_exactly(at + 1, end, form->name) : NULL;
    for (size_t i = 0; at != NULL && i < form->attributes.count; i++) {
        at = scan_exactly(at, end, form->attributes.texts[i]);
        at = at != NULL ? scan_attribute_value(at, end) : NULL;
    }
    return at != NULL && at < end && *at == '>' ? at + 1 : NULL;
}

/* The record's own end tag at `at`. */
static const char *scan_end_tag(const char *at, const char *end, const struct dnp_record_form *form)
{
    at = end - at > 2 && at[0] == '<' && at[1] == '/' ? scan_exactly(at + 2, end, form->name) : NULL;
    return at != NULL && *at == '>' ? at + 1 : NULL;
}

/* Whether a member's "prefix:name>" stands at `at`. Looks at whole words, so it says no close to the end of the bytes;
 * the end tag of the record is behind every member. */
static inline bool is_tag(const char *at, const char *end, const struct dnp_member_tag *member)
{
    if ((size_t)(end - at) < member->reach || (word_at(at) & member->head_mask) != member->head) {
        return false;
    }
    return member->length <= WORD || (word_at(at + member->length - WORD) == member->tail &&
                                      (member->length <= 2 * WORD || memcmp(at, member->text, member->length) == 0));
}

/* "prefix:name />" or "prefix:name/>" at `at`; returns what follows, or NULL. */
static inline const char *scan_empty(const char *at, const char *end, const struct dnp_member_tag *member)
{
    size_t length = member->length - 1;
    if ((size_t)(end - at) < length + 3 || (at[length] != ' ' && at[length] != '/') ||
        memcmp(at, member->text, length) != 0) {
        return NULL;
    }
    at += length + (at[length] == ' ' ? 1 : 0);
    return at[0] == '/' && at[1] == '>' ? at + 2 : NULL;
}

/* Whether the bridge behind a member's text stands at `at`, with a byte behind it. */
#ifdef __SSE2__
static inline bool same_16(const char *a, const char *b)
{
    __m128i left = _mm_loadu_si128((const __m128i *)(const void *)a);
    __m128i right = _mm_loadu_si128((const __m128i *)(const void *)b);
    return _mm_movemask_epi8(_mm_cmpeq_epi8(left, right)) == 0xFFFF;
}

static inline bool is_bridge(const char *at, const char *end, const struct dnp_bridge *bridge)
{
    size_t length = bridge->length;
    if (length < WORD || (size_t)(end - at) <= length || word_at(at) != word_at(bridge->text)) {
        return false;
    }
    if (length <= 2 * WORD) {
        return word_at(at + length - WORD) == word_at(bridge->text + length - WORD);
    }
    for (size_t done = 0; done + 16 < length; done += 16) {
        if (!same_16(at + done, bridge->text + done)) {
            return false;
        }
    }
    return same_16(at + length - 16, bridge->text + length - 16);
}
#else
static inline bool is_bridge(const char *at, const char *end, const struct dnp_bridge *bridge)
{
    return bridge->length > 0 && (size_t)(end - at) > bridge->length && memcmp(at, bridge->text, bridge->length) == 0;
}
#endif

static void learn_bridge(struct dnp_bridge *bridge, const char *from, const char *to, size_t next)
{
    bridge->length = 0;
    if (to - from <= DNP_BRIDGE_SIZE) {
        bridge->length = (size_t)(to - from);
        bridge->next = next;
        memcpy(bridge->text, from, bridge->length);
    }
}

/* The end tag of a member behind its text. */
static inline const char *scan_member_end(const char *at, const char *end, const struct dnp_member_tag *member)
{
    return end - at >= 2 && at[1] == '/' && is_tag(at + 2, end, member) ? at + 2 + member->length : NULL;
}

struct scan {
    struct dnp_record_form *form;
    const char *end;
    size_t max_text;
    struct dnp_scanned_value *value; /* where the next one goes */
    struct dnp_scanned_value *limit;
    struct dnp_member_tag *open; /* the member whose text was read last, before `gap` */
    const char *gap;
    struct dnp_member_tag *last; /* that was read */
};

/* A member with text, whose start tag ends at `at`, and those behind it that are bridged to it; returns the end of the
 * last one, or NULL when not even the first can be read. */
static const char *scan_bridged(struct scan *scan, const char *at, struct dnp_member_tag *member)
{
    const char *behind = NULL;
    scan->open = NULL;
    while (scan->value < scan->limit) {
        const char *text_end = scan_text(at, scan->end, scan->max_text, scan->value);
        if (text_end == NULL) {
            break;
        }
        scan->value->field = member->field;
        scan->last = member;
        if (scan->value + 1 < scan->limit && is_bridge(text_end, scan->end, &member->bridge)) {
            behind = text_end + member->length + 2;
            at = text_end + member->bridge.length;
            member = &scan->form->members[member->bridge.next];
            scan->value++;
            continue;
        }
        const char *after = scan_member_end(text_end, scan->end, member);
        if (after == NULL) {
            break;
        }
        scan->value++;
        scan->open = member;
        scan->gap = text_end;
        return after;
    }
    return behind;
}

/* The member's element at `at`, behind its "<", and those bridged to it; returns what follows, or NULL. */
static const char *scan_member(struct scan *scan, const char *at, struct dnp_member_tag *member)
{
    if (!is_tag(at, scan->end, member)) {
        at = scan_empty(at, scan->end, member);
        if (at != NULL) {
            *scan->value++ = (struct dnp_scanned_value){.field = member->field, .text = {"", 0}};
            scan->last = member;
            scan->open = NULL;
        }
        return at;
    }
    if (!DNP_IS_SCALAR(member->field->type->kind)) {
        return NULL;
    }
    at += member->length;
    if (scan->open != NULL) {
        learn_bridge(&scan->open->bridge, scan->gap, at, (size_t)(member - scan->form->members));
    }
    return scan_bridged(scan, at, member);
}

/* The members at `at`, the first of which may be `member`, up to what is not one; white space behind the last is passed
 * over. Returns where it stopped; `*behind_last` is the end of the last one. */
static const char *scan_members(struct scan *scan, const char *at, struct dnp_member_tag *member,
                                const char **behind_last)
{
    const struct dnp_member_tag *behind = scan->form->members + scan->form->count;
    *behind_last = at;
    scan->open = NULL;
    while (scan->end - at >= 2 && at[0] == '<' && at[1] != '/' && scan->value < scan->limit) {
        const char *after = NULL;
        while (after == NULL && member < behind) {
            after = scan_member(scan, at + 1, member++);
        }
        if (after == NULL) {
            break;
        }
        member = scan->form->repeats ? scan->last : scan->last + 1;
        *behind_last = after;
        at = skip_blanks(after, scan->end);
    }
    return at;
}

static struct scan begin_scan(struct dnp_record_form *form, size_t max_text, const char *end,
                              struct dnp_scanned_record *record)
{
    return (struct scan){.form = form,
                         .end = end,
                         .max_text = max_text,
                         .value = record->values,
                         .limit = record->values + DNP_RECORD_MAX_MEMBERS};
}

void dnp_record_scan(struct dnp_record_form *form, size_t max_text, struct dnp_slice bytes,
                     struct dnp_scanned_record *record)
{
    const char *end = bytes.data + bytes.length;
    const char *at = skip_blanks(bytes.data, end);
    const char *behind_last = NULL;
    struct scan scan = begin_scan(form, max_text, end, record);
    at = at < end && form->name[0] != '\0' ? scan_start_tag(at, end, form) : NULL;
    record->whole = false;
    record->count = 0;
    record->start_tag = at != NULL ? (size_t)(at - bytes.data) : 0;
    if (at == NULL) {
        return;
    }
    at = scan_members(&scan, skip_blanks(at, end), form->members, &behind_last);
    record->count = (size_t)(scan.value - record->values);
    at = record->count > 0 ? scan_end_tag(at, end, form) : NULL;
    record->whole = at != NULL;
    record->length = (size_t)((at != NULL ? at : behind_last) - bytes.data);
}

void dnp_record_scan_members(struct dnp_record_form *form, const struct dnp_field *first, size_t max_text,
                             struct dnp_slice bytes, struct dnp_scanned_record *record)
{
    const char *end = bytes.data + bytes.length;
    struct dnp_member_tag *member = form->members;
    const char *behind_last = NULL;
    struct scan scan = begin_scan(form, max_text, end, record);
    while (member < form->members + form->count && member->field < first) {
        member++;
    }
    record->start_tag = 0;
    record->whole = false;
    (void)scan_members(&scan, skip_blanks(bytes.data, end), member, &behind_last);
    record->count = (size_t)(scan.value - record->values);
    record->length = record->count > 0 ? (size_t)(behind_last - bytes.data) : 0;
}
