/*
 * The canonical form of a request's body, written from the body as the client's encoder wrote it.
 *
 * The encoder writes elements without prefixes whose only attributes are the default namespace on the outermost and,
 * where an element is nil, xsi:nil; text escapes what canonical XML escapes. So the two forms differ in empty
 * elements, in carriage returns and in the order of the declarations, and one pass over the text is enough. Anything
 * else is not guessed at but refused.
 */
#include "auth/wse.h"

#define XMLNS " xmlns=\""
#define NIL "xsi:nil=\"true\""
#define DECLARED_XSI "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""

struct pass {
    struct dnp_buffer *canonical;
    struct dnp_buffer *plain;
    const char *start;
    const char *at;
    const char *end;
};

static bool starts_with(const char *at, const char *end, const char *text)
{
    size_t length = strlen(text);
    return (size_t)(end - at) >= length && memcmp(at, text, length) == 0;
}

static size_t name_length(const char *at, const char *end)
{
    const char *name = at;
    while (name < end && *name != ' ' && *name != '>' && *name != '/' && *name != ':') {
        name++;
    }
    return (size_t)(name - at);
}

/* What stands between an element's name and its end: nothing, the message's namespace, or nil. */
static bool put_attributes(struct pass *pass, bool outermost, const char *at, const char *end)
{
    size_t length = (size_t)(end - at);
    const size_t before = strlen(XMLNS);
    if (length == 0) {
        return true;
    }
    if (outermost && length > before && starts_with(at, end, XMLNS) &&
        memchr(at + before, '"', length - before) == end - 1) {
        return dnp_buffer_append(pass->canonical, at, length);
    }
    bool nil = (length == strlen(" " NIL) && starts_with(at, end, " " NIL)) ||
               (length == strlen(" " NIL " " DECLARED_XSI) &&
                (starts_with(at, end, " " NIL " " DECLARED_XSI) || starts_with(at, end, " " DECLARED_XSI " " NIL)));
    return nil && dnp_buffer_puts(pass->canonical, " " DECLARED_XSI " " NIL);
}

/* A tag, from its bracket on: "<name ...>", "<name ... />" or "</name>". */
static bool put_tag(struct pass *pass)
{
    const char *close = memchr(pass->at, '>', (size_t)(pass->end - pass->at));
    if (close == NULL || close - pass->at < 2 || pass->at[1] == '!' || pass->at[1] == '?') {
        return false;
    }
    const char *tag = pass->at;
    pass->at = close + 1;
    dnp_buffer_append(pass->plain, tag, (size_t)(pass->at - tag));
    if (tag[1] == '/') {
        return dnp_buffer_append(pass->canonical, tag, (size_t)(pass->at - tag));
    }
    bool empty = close[-1] == '/';
    const char *end = empty ? close - (close[-2] == ' ' ? 2 : 1) : close;
    size_t length = name_length(tag + 1, end);
    dnp_buffer_append(pass->canonical, tag, 1 + length);
    bool put = put_attributes(pass, tag == pass->start, tag + 1 + length, end);
    if (empty) {
        dnp_buffer_puts(pass->canonical, "></");
        dnp_buffer_append(pass->canonical, tag + 1, length);
    }
    return dnp_buffer_puts(pass->canonical, ">") && put;
}

/* How many bytes at `at` stand for a carriage return; 0 when they do not. */
static size_t carriage_return(const char *at, const char *end)
{
    return *at == '\r' ? 1 : starts_with(at, end, "&#13;") ? strlen("&#13;") : 0;
}

static void put_text(struct pass *pass)
{
    const char *from = pass->at;
    for (; pass->at < pass->end && *pass->at != '<'; pass->at++) {
        size_t length = *pass->at == '\r' || *pass->at == '&' ? carriage_return(pass->at, pass->end) : 0;
        if (length == 0) {
            continue;
        }
        dnp_buffer_append(pass->canonical, from, (size_t)(pass->at - from));
        dnp_buffer_append(pass->plain, from, (size_t)(pass->at - from));
        dnp_buffer_puts(pass->plain, "\r");
        pass->at += length;
        from = pass->at;
        if (pass->at == pass->end || *pass->at != '\n') {
            dnp_buffer_puts(pass->canonical, "\n");
        }
        pass->at--;
    }
    dnp_buffer_append(pass->canonical, from, (size_t)(pass->at - from));
    dnp_buffer_append(pass->plain, from, (size_t)(pass->at - from));
}

bool dnp_wse_canonical(struct dnp_buffer *canonical, struct dnp_buffer *plain, struct dnp_slice body)
{
    struct pass pass = {canonical, plain, body.data, body.data, body.data + body.length};
    while (pass.at < pass.end) {
        if (*pass.at != '<') {
            put_text(&pass);
        } else if (!put_tag(&pass)) {
            return false;
        }
    }
    return canonical->state == DNP_BUFFER_OK && plain->state == DNP_BUFFER_OK;
}
