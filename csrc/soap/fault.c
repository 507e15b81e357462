/*
 * Collecting what a fault says. Gateways put white space around everything and markup into the text, so all is
 * trimmed, and the text is what all elements in it hold.
 */
#include "soap/fault.h"

#include "soap/fragment.h"

#define MAX_TEXT ((size_t)1024 * 1024)
#define MAX_DETAIL ((size_t)64 * 1024)
/* Escapes make text longer, and every element has two tags. */
#define DETAIL_CEILING (MAX_DETAIL * 8)

void dnp_fault_init(struct dnp_fault_reader *reader)
{
    reader->code[0] = '\0';
    reader->code_seen = false;
    dnp_buffer_init(&reader->text, MAX_TEXT);
    dnp_buffer_init(&reader->detail, DETAIL_CEILING);
}

void dnp_fault_free(struct dnp_fault_reader *reader)
{
    dnp_buffer_free(&reader->text);
    dnp_buffer_free(&reader->detail);
}

void dnp_fault_clear(struct dnp_fault_reader *reader)
{
    reader->code[0] = '\0';
    reader->code_seen = false;
    dnp_buffer_wipe(&reader->text);
    dnp_buffer_wipe(&reader->detail);
}

static bool equals(struct dnp_slice text, const char *word)
{
    return text.length == strlen(word) && memcmp(text.data, word, text.length) == 0;
}

void dnp_fault_take_code(struct dnp_fault_reader *reader, struct dnp_slice text)
{
    if (reader->code_seen) {
        return;
    }
    text = dnp_slice_trimmed(text);
    const char *colon = text.length > 0 ? memchr(text.data, ':', text.length) : NULL;
    if (colon != NULL) {
        text.length -= (size_t)(colon + 1 - text.data);
        text.data = colon + 1;
    }
    if (equals(text, "Sender")) {
        text = dnp_slice_of("Client");
    } else if (equals(text, "Receiver")) {
        text = dnp_slice_of("Server");
    }
    text = dnp_slice_cut(text, sizeof reader->code - 1);
    memcpy(reader->code, text.data, text.length);
    reader->code[text.length] = '\0';
    reader->code_seen = true;
}

bool dnp_fault_take_text(struct dnp_fault_reader *reader, const struct dnp_token *token, struct dnp_error *error)
{
    struct dnp_buffer *text = &reader->text;
    if (token->text.length == 0 || (token->kind != DNP_TOKEN_LEAF && token->kind != DNP_TOKEN_TEXT)) {
        return true;
    }
    /* Where an element ends a word does too. */
    if (text->length > 0 && !dnp_is_blank(text->data[text->length - 1]) && !dnp_is_blank(token->text.data[0])) {
        (void)dnp_buffer_puts(text, " ");
    }
    (void)dnp_buffer_append(text, token->text.data, token->text.length);
    return dnp_buffer_check(text, "the text of the fault", error);
}

bool dnp_fault_take_detail(struct dnp_fault_reader *reader, const struct dnp_token *token, struct dnp_error *error)
{
    struct dnp_buffer *detail = &reader->detail;
    struct dnp_token shown = *token;
    if (detail->length >= MAX_DETAIL) {
        return true;
    }
    if (token->kind == DNP_TOKEN_LEAF || token->kind == DNP_TOKEN_TEXT) {
        shown.text = dnp_slice_cut(token->text, MAX_DETAIL - detail->length);
    }
    dnp_fragment_write(detail, &shown);
    return detail->state != DNP_BUFFER_NO_MEMORY || dnp_fail_memory(error);
}

bool dnp_fault_take_plain_detail(struct dnp_fault_reader *reader, struct dnp_slice text, struct dnp_error *error)
{
    text = dnp_slice_cut(text, reader->detail.length < MAX_DETAIL ? MAX_DETAIL - reader->detail.length : 0);
    (void)dnp_buffer_append(&reader->detail, text.data, text.length);
    return reader->detail.state != DNP_BUFFER_NO_MEMORY || dnp_fail_memory(error);
}

static struct dnp_slice content(const struct dnp_buffer *buffer)
{
    struct dnp_slice text = {buffer->length > 0 ? buffer->data : "", buffer->length};
    return dnp_slice_trimmed(text);
}

void dnp_fault_get(const struct dnp_fault_reader *reader, struct dnp_soap_fault *fault)
{
    memcpy(fault->code, reader->code, sizeof fault->code);
    fault->text = content(&reader->text);
    fault->detail = content(&reader->detail);
}
