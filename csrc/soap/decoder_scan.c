/*
 * The fast path: records and rows that record_scan.h reads from the bytes, past libxml2.
 *
 * The sink receives what it would from tokens, in the same order, and frames are left as tokens would leave them. What
 * is not scanned stays in front of the bytes, for libxml2 to read and to check.
 */
#include "soap/decoder_private.h"

/* White space before an element that it looks past. */
#define FAST_BLANKS 256

/* Whether elements of a type can be read whole: records, and arrays of scalars. */
static bool is_scannable(const struct dnp_type *type)
{
    return type->kind == DNP_RECORD || (type->kind == DNP_ARRAY && DNP_IS_SCALAR(type->fields[0].type->kind));
}

/* The record or array that is expected next in the newest frame; NULL when something else is. */
static const struct dnp_field *expected_record(struct dnp_soap_decoder *decoder)
{
    const struct frame *frame = top(decoder);
    if ((frame->state != IN_RECORD && frame->state != IN_ARRAY) || frame->type->field_count == 0) {
        return NULL;
    }
    const struct dnp_field *field = &frame->type->fields[frame->state == IN_RECORD ? frame->next : 0];
    bool here = frame->state == IN_ARRAY || dnp_field_on_wire(field, decoder->dialect->dialect);
    return here && is_scannable(field->type) ? field : NULL;
}

/* The sink receives what dnp_decoder_in_record and _in_array would report, token by token. */
static bool take_scanned_record(struct dnp_soap_decoder *decoder, const struct dnp_field *field)
{
    const struct dnp_sink *sink = decoder->sink;
    struct frame *frame = top(decoder);
    if (frame->state == IN_RECORD) {
        note_member(frame, field);
        decoder->has_result = decoder->has_result || frame->field == NULL;
    }
    return sink_ok(decoder, sink->begin(sink->context, field)) && dnp_decoder_take_scanned_values(decoder, false) &&
           sink_ok(decoder, sink->end(sink->context, field));
}

/* The same for dnp_decoder_in_rows. */
static bool take_scanned_row(struct dnp_soap_decoder *decoder)
{
    const struct dnp_sink *sink = decoder->sink;
    const struct dnp_table *table = decoder->row_table;
    size_t index = (size_t)(table - decoder->dataset.tables);
    return sink_ok(decoder, sink->row_begin(sink->context, table, index)) &&
           dnp_decoder_take_scanned_values(decoder, true) &&
           sink_ok(decoder, sink->row_end(sink->context, table, index));
}

/* The same for members of the newest frame: of a record, an array or a row. */
static bool take_scanned_members(struct dnp_soap_decoder *decoder)
{
    struct frame *frame = top(decoder);
    const struct dnp_field *last = decoder->scanned.values[decoder->scanned.count - 1].field;
    if (frame->state == IN_ROW) {
        size_t index = (size_t)(last - frame->table->columns);
        frame->next = index + 1 == frame->table->column_count ? 0 : index + 1;
        return dnp_decoder_take_scanned_values(decoder, true);
    }
    if (frame->state == IN_RECORD) {
        note_member(frame, last);
        decoder->has_result = decoder->has_result || frame->field == NULL;
    }
    return dnp_decoder_take_scanned_values(decoder, false);
}

/* The form of a record, with a prefix or NULL; NULL when there is none for it. `name` is in the contract. */
static struct dnp_record_form *find_form(struct dnp_soap_decoder *decoder, const struct dnp_type *type,
                                         const char *name, const char *prefix)
{
    enum dnp_dialect dialect = decoder->dialect->dialect;
    prefix = prefix != NULL ? prefix : "";
    for (size_t i = 0; i < FORMS; i++) {
        struct record_form *known = &decoder->forms[i];
        if (known->form.owner == type && known->name == name && known->dialect == dialect &&
            strcmp(known->prefix, prefix) == 0) {
            return &known->form;
        }
    }
    size_t length = strlen(prefix);
    if (length >= PREFIX_SIZE) {
        return NULL;
    }
    struct record_form *made = &decoder->forms[decoder->next_form];
    decoder->next_form = (decoder->next_form + 1) % FORMS;
    memcpy(made->prefix, prefix, length + 1);
    made->dialect = dialect;
    made->name = name;
    dnp_record_form_make(&made->form, type, name, dialect, dnp_slice_of(prefix));
    return &made->form;
}

/* Whether an element begins, and no end tag, comment or text, after at most one line's indentation. */
static bool begins_element(struct dnp_slice bytes)
{
    const char *at = bytes.data;
    const char *end = bytes.data + bytes.length;
    while (at < end && at - bytes.data < FAST_BLANKS && dnp_is_blank(*at)) {
        at++;
    }
    return end - at > 1 && at[0] == '<' && ((at[1] >= 'A' && at[1] <= 'Z') || (at[1] >= 'a' && at[1] <= 'z'));
}

/* Lets libxml2 read the start tag of a record that was scanned in part, and takes its members. */
static bool take_begun(struct dnp_soap_decoder *decoder, struct dnp_slice *bytes, struct dnp_error *error)
{
    const struct dnp_scanned_record *scanned = &decoder->scanned;
    struct dnp_slice start_tag = {bytes->data, scanned->start_tag};
    advance(bytes, scanned->length);
    if (!dnp_xml_feed(decoder->reader, start_tag, error)) {
        return false;
    }
    (void)dnp_xml_pass(decoder->reader);
    return dnp_decoder_take_ready(decoder, error) && take_scanned_members(decoder);
}

/* Takes a record or row off the front of `bytes`, or as much of it as may be taken here. */
static bool take_record(struct dnp_soap_decoder *decoder, struct dnp_slice *bytes, const char *prefix,
                        struct dnp_error *error)
{
    const struct dnp_field *field = expected_record(decoder);
    const struct dnp_scanned_record *scanned = &decoder->scanned;
    struct dnp_record_form *form = NULL;
    if (field != NULL) {
        form = find_form(decoder, field->type, field->name, prefix);
    } else if (top(decoder)->state == IN_ROWS && decoder->row_table != NULL) {
        form = &decoder->row_form;
    }
    if (form == NULL) {
        return true;
    }
    dnp_record_scan(form, decoder->max_text, *bytes, &decoder->scanned);
    if (scanned->count == 0) {
        return true;
    }
    if (!scanned->whole) {
        return take_begun(decoder, bytes, error);
    }
    advance(bytes, scanned->length);
    return field != NULL ? take_scanned_record(decoder, field) : take_scanned_row(decoder);
}

/* Takes members of the newest frame off the front of `bytes`. */
static bool take_members(struct dnp_soap_decoder *decoder, struct dnp_slice *bytes, const char *prefix)
{
    const struct frame *frame = top(decoder);
    const struct dnp_field *first = NULL;
    struct dnp_record_form *form = NULL;
    if ((frame->state == IN_RECORD || frame->state == IN_ARRAY) && frame->type->field_count > 0) {
        form = find_form(decoder, frame->type, frame->field != NULL ? frame->field->name : frame->type->name, prefix);
        first = &frame->type->fields[frame->next];
    } else if (frame->state == IN_ROW && frame->table == decoder->row_table && frame->table->column_count > 0) {
        form = &decoder->row_form;
        first = &frame->table->columns[frame->next];
    }
    if (form == NULL) {
        return true;
    }
    dnp_record_scan_members(form, first, decoder->max_text, *bytes, &decoder->scanned);
    if (decoder->scanned.count == 0) {
        return true;
    }
    advance(bytes, decoder->scanned.length);
    return take_scanned_members(decoder);
}

bool dnp_soap_decoder_take_result(struct dnp_soap_decoder *decoder, const struct dnp_type *message,
                                  const struct dnp_dialect_info *dialect, const struct dnp_sink *sink,
                                  struct dnp_slice content, bool *taken, struct dnp_error *error)
{
    const struct dnp_field *field = &message->fields[0];
    dnp_decoder_begin_message(decoder, message, dialect, DNP_CLIENT_SIDE, sink);
    decoder->error = error;
    struct dnp_record_form *form = find_form(decoder, field->type, field->name, NULL);
    dnp_record_scan_members(form, field->type->fields, decoder->max_text, content, &decoder->scanned);
    *taken = decoder->scanned.count > 0 && decoder->scanned.length == content.length;
    decoder->has_result = *taken;
    return *taken && sink_ok(decoder, sink->begin(sink->context, field)) &&
           dnp_decoder_take_scanned_values(decoder, false) && sink_ok(decoder, sink->end(sink->context, field));
}

/* Where the fast path may read something now. */
static bool stands_before_record(const struct dnp_soap_decoder *decoder)
{
    return fast_path_is_open(decoder) && decoder->depth > 0 && decoder->skipping == 0;
}

static bool tries_here(enum state state)
{
    return state == IN_RECORD || state == IN_ARRAY || state == IN_ROWS || state == IN_ROW;
}

/* Takes what is next off the front of `bytes`, and leaves them as they are when there is nothing for the fast path. */
static bool take_next(struct dnp_soap_decoder *decoder, struct dnp_slice *bytes, struct dnp_error *error)
{
    size_t before = bytes->length;
    const char *prefix = dnp_xml_pass(decoder->reader);
    if (!dnp_decoder_take_ready(decoder, error)) {
        /* No tag has come that would tell that the element before it is whole; it only looks like that. */
        decoder->held = *error;
        decoder->holds_error = true;
        return true;
    }
    if (!stands_before_record(decoder)) {
        return true;
    }
    if (!take_record(decoder, bytes, prefix, error) ||
        (bytes->length == before && !take_members(decoder, bytes, prefix))) {
        return false;
    }
    if (bytes->length < before) {
        decoder->fast_misses -= decoder->fast_misses > 0 ? 1 : 0;
        decoder->idle_tags = 0;
    } else {
        decoder->fast_misses += tries_here(top(decoder)->state) ? 1 : 0;
    }
    return true;
}

bool dnp_decoder_take_records(struct dnp_soap_decoder *decoder, struct dnp_slice *bytes, struct dnp_error *error)
{
    size_t left = bytes->length + 1;
    while (bytes->length < left && fast_path_is_open(decoder) && !decoder->holds_error &&
           dnp_xml_may_pass(decoder->reader) && begins_element(*bytes)) {
        left = bytes->length;
        if (!take_next(decoder, bytes, error)) {
            return false;
        }
    }
    return true;
}
