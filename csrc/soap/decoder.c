/*
 * From an envelope that arrives in pieces to values: a stack of frames, one for each open element that matters. Each
 * token goes to the function of the newest frame's state:
 *
 *   decoder_envelope.c   Envelope, Header, Body, Fault
 *   decoder_records.c    the message, its records and arrays; what has no place in them
 *   decoder_values.c     their scalars, and the cells of rows
 *   decoder_dataset.c    DataSets: schema, diffgram, rows
 *   decoder_scan.c       the fast path: records and rows that are read whole, without tokens
 *
 * The stack is finite because the contract is: what is unknown is skipped by counting, not by frames. Tokens are
 * pulled outside libxml2, so a sink may leave by longjmp; start then makes the decoder usable again.
 */
#include "lookup/find.h"
#include "soap/decoder_private.h"

#include <stdlib.h>

#define MAX_RELATION ((size_t)64 * 1024)
#define MAX_UNKNOWN ((size_t)16 * 1024 * 1024)
/* Pieces are cut so that the queue of tokens stays small whatever the caller brings. */
#define PIECE ((size_t)16 * 1024)

struct dnp_soap_decoder *dnp_soap_decoder_new(const struct dnp_soap_limits *limits)
{
    struct dnp_soap_decoder *decoder = calloc(1, sizeof *decoder);
    if (decoder == NULL) {
        return NULL;
    }
    dnp_fault_init(&decoder->fault_reader);
    dnp_buffer_init(&decoder->relates_to, MAX_RELATION);
    dnp_buffer_init(&decoder->unknown, MAX_UNKNOWN);
    dnp_buffer_init(&decoder->unescaped, limits->max_text);
    dnp_dataset_init(&decoder->dataset);
    decoder->fast_wanted = true;
    decoder->max_text = limits->max_text;
    decoder->reader = dnp_xml_reader_new(limits->max_text);
    if (decoder->reader == NULL) {
        dnp_soap_decoder_free(decoder);
        return NULL;
    }
    return decoder;
}

void dnp_soap_decoder_free(struct dnp_soap_decoder *decoder)
{
    if (decoder == NULL) {
        return;
    }
    dnp_xml_reader_free(decoder->reader);
    dnp_fault_free(&decoder->fault_reader);
    dnp_buffer_free(&decoder->relates_to);
    dnp_buffer_free(&decoder->unknown);
    dnp_buffer_free(&decoder->unescaped);
    dnp_dataset_clear(&decoder->dataset);
    free(decoder);
}

void dnp_soap_decoder_forget(struct dnp_soap_decoder *decoder)
{
    dnp_xml_reader_forget(decoder->reader);
    dnp_fault_clear(&decoder->fault_reader);
    dnp_buffer_wipe(&decoder->unknown);
    dnp_buffer_wipe(&decoder->unescaped);
    dnp_dataset_clear(&decoder->dataset);
}

void dnp_soap_decoder_scan_leaves(struct dnp_soap_decoder *decoder, bool use)
{
    dnp_xml_reader_scan_leaves(decoder->reader, use);
}

void dnp_soap_decoder_scan_records(struct dnp_soap_decoder *decoder, bool use)
{
    decoder->fast_wanted = use;
}

static bool add_field_names(struct dnp_xml_reader *reader, const struct dnp_type *type)
{
    for (size_t i = 0; i < type->field_count; i++) {
        if (!dnp_xml_add_name(reader, type->fields[i].name)) {
            return false;
        }
    }
    return true;
}

/* The names of all elements that a message may hold, of any panel. */
static bool add_names(struct dnp_xml_reader *reader, const struct dnp_type *message)
{
    struct dnp_type_set set = {.count = 0};
    dnp_type_set_add_message(&set, message, DNP_ALL_DIALECTS);
    bool good = add_field_names(reader, message);
    for (size_t i = 0; good && i < set.count; i++) {
        good = add_field_names(reader, set.types[i]);
    }
    return good;
}

static bool reset_reader(struct dnp_soap_decoder *decoder, struct dnp_error *error)
{
    if (!dnp_xml_reader_reset(decoder->reader, error)) {
        return false;
    }
    return !dnp_xml_lacks_names(decoder->reader, decoder->message) || add_names(decoder->reader, decoder->message) ||
           dnp_fail_memory(error);
}

void dnp_decoder_begin_message(struct dnp_soap_decoder *decoder, const struct dnp_type *message,
                               const struct dnp_dialect_info *dialect, enum dnp_side side, const struct dnp_sink *sink)
{
    decoder->message = message;
    decoder->dialect = dialect;
    decoder->side = side;
    decoder->sink = sink;
    decoder->contract_namespace = NULL;
    decoder->depth = 0;
    decoder->skipping = 0;
    decoder->keeping = KEEP_NOTHING;
    decoder->version = DNP_SOAP_11;
    decoder->passing = 0;
    decoder->fast_misses = 0;
    decoder->idle_tags = 0;
    decoder->holds_error = false;
    decoder->complete = false;
    decoder->body_seen = false;
    decoder->message_seen = false;
    decoder->has_result = false;
    decoder->is_fault = false;
    dnp_fault_clear(&decoder->fault_reader);
    dnp_buffer_clear(&decoder->relates_to);
    dnp_buffer_clear(&decoder->unknown);
    dnp_dataset_clear(&decoder->dataset);
}

bool dnp_soap_decoder_start(struct dnp_soap_decoder *decoder, const struct dnp_type *message,
                            const struct dnp_dialect_info *dialect, enum dnp_side side, const struct dnp_sink *sink,
                            struct dnp_error *error)
{
    dnp_decoder_begin_message(decoder, message, dialect, side, sink);
    return reset_reader(decoder, error);
}

void dnp_soap_decoder_pass_bodies(struct dnp_soap_decoder *decoder, size_t count)
{
    decoder->passing = count;
}

/* ---- the walk ---- */

bool dnp_decoder_push_frame(struct dnp_soap_decoder *decoder, enum state state, const struct dnp_field *field,
                            const struct dnp_type *type)
{
    if (decoder->depth == MAX_FRAMES) {
        return dnp_fail(decoder->error, DNP_LIMIT, "the message is nested too deeply");
    }
    decoder->frames[decoder->depth++] =
        (struct frame){.state = state, .field = field, .type = type, .unknown_start = decoder->unknown.length};
    return true;
}

bool dnp_decoder_close_frame(struct dnp_soap_decoder *decoder)
{
    const struct frame frame = decoder->frames[--decoder->depth];
    switch (frame.state) {
    case IN_RECORD:
        return dnp_decoder_close_record(decoder, &frame);
    case IN_ARRAY:
        return sink_ok(decoder, decoder->sink->end(decoder->sink->context, frame.field));
    case IN_DATASET:
        return dnp_decoder_close_dataset(decoder, frame.field);
    case IN_ROW:
        return dnp_decoder_close_row(decoder, frame.table);
    case IN_ENVELOPE:
        decoder->complete = true;
        return true;
    default:
        return true;
    }
}

static bool end_element(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    if (top(decoder)->state == IN_SCHEMA) {
        decoder->depth--;
        return dnp_decoder_close_schema(decoder, token);
    }
    return dnp_decoder_close_frame(decoder);
}

static bool skip_token(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    if (token->kind == DNP_TOKEN_START) {
        decoder->skipping++;
    } else if (token->kind == DNP_TOKEN_END) {
        decoder->skipping--;
    }
    switch (decoder->keeping) {
    case KEEP_UNKNOWN:
        return dnp_decoder_keep_unknown(decoder, token);
    case KEEP_FAULT_TEXT:
        return dnp_fault_take_text(&decoder->fault_reader, token, decoder->error);
    case KEEP_FAULT_DETAIL: /* its own end is not among what it holds */
        return decoder->skipping == 0 || dnp_fault_take_detail(&decoder->fault_reader, token, decoder->error);
    default:
        return true;
    }
}

static bool take_token(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    static bool (*const handlers[])(struct dnp_soap_decoder *, const struct dnp_token *) = {
        [AT_START] = dnp_decoder_at_start,       [IN_ENVELOPE] = dnp_decoder_in_envelope,
        [IN_HEADER] = dnp_decoder_in_header,     [IN_SECURITY] = dnp_decoder_in_security,
        [IN_BODY] = dnp_decoder_in_body,         [IN_FAULT] = dnp_decoder_in_fault,
        [IN_RECORD] = dnp_decoder_in_record,     [IN_ARRAY] = dnp_decoder_in_array,
        [IN_DATASET] = dnp_decoder_in_dataset,   [IN_SCHEMA] = dnp_decoder_in_schema,
        [IN_DIFFGRAM] = dnp_decoder_in_diffgram, [IN_ROWS] = dnp_decoder_in_rows,
        [IN_ROW] = dnp_decoder_in_row,           [IN_TIMESTAMP] = dnp_decoder_in_timestamp,
    };
    if (decoder->skipping > 0) {
        return skip_token(decoder, token);
    }
    if (token->kind >= DNP_TOKEN_END) {
        return token->kind == DNP_TOKEN_END ? end_element(decoder, token) : dnp_decoder_take_text(decoder, token);
    }
    return handlers[decoder->depth == 0 ? AT_START : top(decoder)->state](decoder, token);
}

bool dnp_decoder_take_ready(struct dnp_soap_decoder *decoder, struct dnp_error *error)
{
    struct dnp_token token;
    decoder->error = error;
    for (dnp_xml_next(decoder->reader, &token); token.kind != DNP_TOKEN_NONE; dnp_xml_next(decoder->reader, &token)) {
        if (!take_token(decoder, &token)) {
            return false;
        }
    }
    return true;
}

/* ---- pieces ---- */

/*
 * Takes what was fed. What is wrong first in the document is reported, wherever pieces end and whoever reads them; so
 * what came before the reader failed is looked at, too. A value is looked at when it is complete: how much of it has
 * come before it turns out not to be XML depends on the pieces.
 */
static bool take_fed(struct dnp_soap_decoder *decoder, const struct dnp_error *failure, struct dnp_error *error)
{
    if (!dnp_decoder_take_ready(decoder, error)) {
        return false;
    }
    if (failure != NULL) {
        *error = *failure;
        return false;
    }
    dnp_decoder_limit_unfinished(decoder);
    return true;
}

/* Whether the error that is held is to be reported now: the tag after it has come. */
static bool check_held(struct dnp_soap_decoder *decoder, const struct dnp_error *failure, struct dnp_error *error)
{
    struct dnp_token token;
    dnp_xml_next(decoder->reader, &token);
    bool ready = token.kind != DNP_TOKEN_NONE || dnp_xml_unfinished(decoder->reader, &token);
    if (ready && token.kind != DNP_TOKEN_TEXT) {
        *error = decoder->held;
        return false;
    }
    if (failure != NULL) {
        *error = *failure;
    }
    return failure == NULL;
}

/* Takes what the fast path has left of a piece: up to a tag after which it may go on, or all of it. */
static bool take_piece(struct dnp_soap_decoder *decoder, struct dnp_slice *piece, struct dnp_error *error)
{
    struct dnp_error failure;
    bool fed = false;
    if (awaits_record(decoder) || decoder->holds_error) {
        decoder->idle_tags++;
        fed = dnp_xml_feed_tag(decoder->reader, piece, &failure);
    } else {
        fed = dnp_xml_feed(decoder->reader, *piece, &failure);
        piece->length = 0;
    }
    return decoder->holds_error ? check_held(decoder, fed ? NULL : &failure, error)
                                : take_fed(decoder, fed ? NULL : &failure, error);
}

/* Pieces end at the same places whoever reads them. */
bool dnp_soap_decoder_feed(struct dnp_soap_decoder *decoder, struct dnp_slice bytes, struct dnp_error *error)
{
    size_t all = bytes.length;
    while (bytes.length > 0) {
        if (!dnp_decoder_take_records(decoder, &bytes, error)) {
            return false;
        }
        size_t left_of_piece = PIECE - (all - bytes.length) % PIECE;
        struct dnp_slice piece = {bytes.data, bytes.length < left_of_piece ? bytes.length : left_of_piece};
        size_t before = piece.length;
        if (before > 0 && !take_piece(decoder, &piece, error)) {
            return false;
        }
        advance(&bytes, before - piece.length);
    }
    return true;
}

bool dnp_soap_decoder_finish(struct dnp_soap_decoder *decoder, struct dnp_error *error)
{
    struct dnp_error failure;
    bool finished = dnp_xml_finish(decoder->reader, &failure);
    if (decoder->holds_error) {
        return check_held(decoder, finished ? NULL : &failure, error);
    }
    if (!take_fed(decoder, finished ? NULL : &failure, error)) {
        return false;
    }
    if (!decoder->complete || !decoder->body_seen) {
        return dnp_fail(error, DNP_PROTOCOL, "the SOAP envelope has no body");
    }
    if (decoder->side == DNP_CLIENT_SIDE && !decoder->message_seen && !decoder->is_fault) {
        return dnp_fail(error, DNP_PROTOCOL, "the SOAP body is empty");
    }
    dnp_fault_get(&decoder->fault_reader, &decoder->fault);
    return true;
}

/* ---- what was read ---- */

const struct dnp_soap_fault *dnp_soap_decoder_fault(const struct dnp_soap_decoder *decoder)
{
    return decoder->is_fault ? &decoder->fault : NULL;
}

const char *dnp_soap_decoder_relates_to(const struct dnp_soap_decoder *decoder)
{
    return decoder->relates_to.length > 0 ? decoder->relates_to.data : NULL;
}

bool dnp_soap_decoder_has_result(const struct dnp_soap_decoder *decoder)
{
    return decoder->has_result;
}

enum dnp_soap_version dnp_soap_decoder_version(const struct dnp_soap_decoder *decoder)
{
    return decoder->version;
}
