/* The decoder's state, and what its files call of each other. Internal to csrc/soap: for decoder*.c alone. */
#ifndef DNP_SOAP_DECODER_PRIVATE_H
#define DNP_SOAP_DECODER_PRIVATE_H

#include <string.h>

#include "soap/codec.h"
#include "soap/dataset.h"
#include "soap/fault.h"
#include "soap/record_scan.h"
#include "xml/reader.h"

#define MAX_FRAMES 24
/* Of what is not a string: no number, date or name that a panel knows comes near it. */
#define MAX_SCALAR ((size_t)256)
/* The fast path gives up on a document where it reads fewer records than it leaves, by so many. */
#define FAST_PATIENCE 8
/* And looks only now and then after so many tags without one. */
#define MOST_IDLE_TAGS 256
/* A longer prefix is not read by it. */
#define PREFIX_SIZE 32
/* Forms of records that are kept ready: nested ones take turns. */
#define FORMS 3

enum state {
    AT_START, /* before the envelope */
    IN_ENVELOPE,
    IN_HEADER,
    IN_SECURITY, /* a wsse:Security that must be understood: a timestamp is, nothing else */
    IN_BODY,
    IN_FAULT,
    IN_RECORD,
    IN_ARRAY,
    IN_DATASET, /* beside the schema and the diffgram */
    IN_SCHEMA,
    IN_DIFFGRAM,
    IN_ROWS,
    IN_ROW,
    IN_TIMESTAMP
};

/* What becomes of a subtree that has no frames. */
enum keeping {
    KEEP_NOTHING,
    KEEP_UNKNOWN, /* it belongs to a record that carries unknown elements along */
    KEEP_FAULT_TEXT,
    KEEP_FAULT_DETAIL
};

struct frame {
    enum state state;
    bool known;                    /* of a record: one of its members was there */
    const struct dnp_field *field; /* of a record, array or DataSet; NULL for the message itself */
    const struct dnp_type *type;
    const struct dnp_table *table; /* of a row */
    char *const *columns;          /* the names that its columns have as elements */
    size_t next;                   /* the member, item or column that is expected */
    size_t unknown_start;          /* where this record's unknown elements begin */
    const char *stranger;          /* the first element of a record that is not a member, for the error */
    const char *stranger_namespace;
};

struct dnp_soap_decoder {
    struct dnp_xml_reader *reader;
    const struct dnp_type *message;
    const struct dnp_dialect_info *dialect;
    const struct dnp_sink *sink;
    const char *contract_namespace; /* the reader's pointer for the dialect's namespace, once seen */
    struct frame frames[MAX_FRAMES];
    size_t depth;
    size_t skipping; /* open elements of a subtree that is passed over */
    enum keeping keeping;
    enum dnp_side side;
    enum dnp_soap_version version;
    size_t passing; /* bodies before the one that counts, on a server's side */
    bool complete;  /* the envelope was closed */
    bool body_seen;
    bool message_seen;
    bool has_result;
    bool is_fault;
    bool schema_seen; /* of the DataSet that is open */
    bool diffgram_seen;
    struct dnp_fault_reader fault_reader;
    struct dnp_soap_fault fault;
    bool security_understood; /* the header Security may be passed over */
    struct dnp_buffer relates_to;
    struct dnp_buffer unknown;
    struct dnp_dataset dataset;
    bool fast_wanted;
    bool holds_error; /* `held` is what is wrong, unless the bytes before the next tag are not XML */
    struct dnp_error held;
    size_t max_text;
    size_t fast_misses; /* less the hits, down to 0 */
    size_t idle_tags;   /* that libxml2 read since the last hit */
    struct record_form {
        struct dnp_record_form form; /* no owner: not made yet */
        const char *name;            /* of the record's element */
        enum dnp_dialect dialect;
        char prefix[PREFIX_SIZE];
    } forms[FORMS];
    size_t next_form;                  /* the one that is replaced next */
    uint64_t named_tables;             /* of the DataSet, a bit each: the reader knows their columns' names */
    const struct dnp_table *row_table; /* of the newest row that libxml2 read; NULL: the others are not like it */
    struct dnp_record_form row_form;
    struct dnp_scanned_record scanned;
    struct dnp_buffer unescaped;
    struct dnp_error *error; /* the caller's, while a piece is decoded */
};

/* ---- small helpers ---- */

/* A sink that stops has its own reason; this one stands for it where nobody looks further. */
static inline bool sink_ok(struct dnp_soap_decoder *decoder, bool good)
{
    return good || dnp_fail(decoder->error, DNP_PROTOCOL, "the reader of the values stopped");
}

static inline struct frame *top(struct dnp_soap_decoder *decoder)
{
    return &decoder->frames[decoder->depth - 1];
}

static inline void skip(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    if (token->kind == DNP_TOKEN_START) {
        decoder->skipping = 1;
        decoder->keeping = KEEP_NOTHING;
    }
}

static inline bool in_contract_namespace(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    if (token->xml_namespace == decoder->contract_namespace) {
        return true;
    }
    if (strcmp(token->xml_namespace, decoder->dialect->xml_namespace) != 0) {
        return false;
    }
    decoder->contract_namespace = token->xml_namespace;
    return true;
}

/* A member of a record is there; the one behind it is expected next. */
static inline void note_member(struct frame *frame, const struct dnp_field *field)
{
    frame->known = true;
    frame->next = (size_t)(field + 1 - frame->type->fields);
    frame->next = frame->next == frame->type->field_count ? 0 : frame->next;
}

static inline bool is_too_long(const struct dnp_field *field, struct dnp_slice text)
{
    return text.length > MAX_SCALAR && DNP_IS_SCALAR(field->type->kind) && field->type->kind != DNP_STRING;
}

static inline bool fast_path_is_open(const struct dnp_soap_decoder *decoder)
{
    return decoder->fast_wanted && decoder->fast_misses < FAST_PATIENCE;
}

/* Whether the fast path may be of use after the next tag. */
static inline bool awaits_record(const struct dnp_soap_decoder *decoder)
{
    return fast_path_is_open(decoder) && decoder->idle_tags < MOST_IDLE_TAGS;
}

static inline void advance(struct dnp_slice *bytes, size_t count)
{
    bytes->data += count;
    bytes->length -= count;
}

/*
 * All that return bool are false with decoder->error filled. Functions named in_ take a start tag or a whole leaf that
 * came while the newest frame was in that state.
 */

/* decoder.c */
void dnp_decoder_begin_message(struct dnp_soap_decoder *decoder, const struct dnp_type *message,
                               const struct dnp_dialect_info *dialect, enum dnp_side side, const struct dnp_sink *sink);
bool dnp_decoder_push_frame(struct dnp_soap_decoder *decoder, enum state state, const struct dnp_field *field,
                            const struct dnp_type *type);
/* The newest frame's element has ended. */
bool dnp_decoder_close_frame(struct dnp_soap_decoder *decoder);
/* Takes all tokens that the reader has; `error` becomes decoder->error. */
bool dnp_decoder_take_ready(struct dnp_soap_decoder *decoder, struct dnp_error *error);

/* decoder_envelope.c */
bool dnp_decoder_at_start(struct dnp_soap_decoder *decoder, const struct dnp_token *token);
bool dnp_decoder_in_envelope(struct dnp_soap_decoder *decoder, const struct dnp_token *token);
bool dnp_decoder_in_header(struct dnp_soap_decoder *decoder, const struct dnp_token *token);
bool dnp_decoder_in_security(struct dnp_soap_decoder *decoder, const struct dnp_token *token);
bool dnp_decoder_in_timestamp(struct dnp_soap_decoder *decoder, const struct dnp_token *token);
bool dnp_decoder_in_body(struct dnp_soap_decoder *decoder, const struct dnp_token *token);
bool dnp_decoder_in_fault(struct dnp_soap_decoder *decoder, const struct dnp_token *token);

/* decoder_records.c */
bool dnp_decoder_in_record(struct dnp_soap_decoder *decoder, const struct dnp_token *token);
bool dnp_decoder_in_array(struct dnp_soap_decoder *decoder, const struct dnp_token *token);
/* Opens a frame for the element of a token that may be all of it. */
bool dnp_decoder_open_frame(struct dnp_soap_decoder *decoder, enum state state, const struct dnp_field *field,
                            const struct dnp_type *type, const struct dnp_token *token);
bool dnp_decoder_close_record(struct dnp_soap_decoder *decoder, const struct frame *frame);
/* A token of an unknown element that its record carries along. */
bool dnp_decoder_keep_unknown(struct dnp_soap_decoder *decoder, const struct dnp_token *token);
/* An element that has no place in the newest frame: an error for a client, passed over by a server. */
bool dnp_decoder_unexpected_element(struct dnp_soap_decoder *decoder, const struct dnp_token *token);
/* Text beside the elements of the newest frame, or in its place. */
bool dnp_decoder_take_text(struct dnp_soap_decoder *decoder, const struct dnp_token *token);
/* Of a value that has only begun and is too long for its type, no more is kept. */
void dnp_decoder_limit_unfinished(struct dnp_soap_decoder *decoder);

/* decoder_values.c */
const struct dnp_slice *dnp_decoder_attribute(const struct dnp_token *token, const char *xml_namespace,
                                              const char *name);
bool dnp_decoder_is_nil(const struct dnp_token *token);
/* Whether SOAP encoding's href or ref stands in place of a value; the other function makes an error of it. */
bool dnp_decoder_refers_elsewhere(const struct dnp_token *token);
bool dnp_decoder_fail_reference(struct dnp_soap_decoder *decoder, const struct dnp_field *field);
/* False: the text is not a value of the field's type. */
bool dnp_decoder_fail_value(struct dnp_soap_decoder *decoder, const struct dnp_field *field);
bool dnp_decoder_take_scalar(struct dnp_soap_decoder *decoder, const struct dnp_field *field,
                             const struct dnp_token *token);
bool dnp_decoder_take_cell(struct dnp_soap_decoder *decoder, const struct dnp_field *column,
                           const struct dnp_token *token);
/* The values in decoder->scanned. */
bool dnp_decoder_take_scanned_values(struct dnp_soap_decoder *decoder, bool are_cells);

/* decoder_dataset.c */
bool dnp_decoder_in_dataset(struct dnp_soap_decoder *decoder, const struct dnp_token *token);
bool dnp_decoder_in_schema(struct dnp_soap_decoder *decoder, const struct dnp_token *token);
bool dnp_decoder_in_diffgram(struct dnp_soap_decoder *decoder, const struct dnp_token *token);
bool dnp_decoder_in_rows(struct dnp_soap_decoder *decoder, const struct dnp_token *token);
bool dnp_decoder_in_row(struct dnp_soap_decoder *decoder, const struct dnp_token *token);
bool dnp_decoder_close_dataset(struct dnp_soap_decoder *decoder, const struct dnp_field *field);
/* Of an element of the schema, whose frame is gone already. */
bool dnp_decoder_close_schema(struct dnp_soap_decoder *decoder, const struct dnp_token *token);
bool dnp_decoder_close_row(struct dnp_soap_decoder *decoder, const struct dnp_table *table);

/* decoder_scan.c */
/* Takes records, rows and members off the front of `bytes`, as many as there are before something else. */
bool dnp_decoder_take_records(struct dnp_soap_decoder *decoder, struct dnp_slice *bytes, struct dnp_error *error);

#endif
