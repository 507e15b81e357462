/*
 * From an envelope that arrives in pieces to values: a stack of frames, one for each open element that matters.
 *
 * The stack is finite because the contract is: what is unknown is skipped by counting, not by frames. Tokens are
 * pulled outside libxml2, so a sink may leave by longjmp; start then makes the decoder usable again.
 */
#include "soap/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soap/dataset.h"
#include "soap/fault.h"
#include "soap/fragment.h"
#include "soap/names.h"
#include "soap/record_scan.h"
#include "soap/unexpected.h"
#include "xml/reader.h"

#define MAX_RELATION ((size_t)64 * 1024)
#define MAX_FRAMES 24
/* Of what is not a string: no number, date or name that a panel knows comes near it. */
#define MAX_SCALAR ((size_t)256)
#define MAX_UNKNOWN ((size_t)16 * 1024 * 1024)
#define EXPECTED_SIZE 128
/* "-04:00" */
#define ZONE_LENGTH 6
/* Pieces are cut so that the queue of tokens stays small whatever the caller brings. */
#define PIECE ((size_t)16 * 1024)
/* The fast path gives up on a document where it reads fewer records than it leaves, by so many. */
#define FAST_PATIENCE 8
/* And looks only now and then after so many tags without one. */
#define MOST_IDLE_TAGS 256
/* A longer prefix is not read by it. */
#define PREFIX_SIZE 32
/* White space before an element that it looks past. */
#define FAST_BLANKS 256
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

static void begin_message(struct dnp_soap_decoder *decoder, const struct dnp_type *message,
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
    begin_message(decoder, message, dialect, side, sink);
    return reset_reader(decoder, error);
}

void dnp_soap_decoder_pass_bodies(struct dnp_soap_decoder *decoder, size_t count)
{
    decoder->passing = count;
}

/* ---- helpers ---- */

/* A sink that stops has its own reason; this one stands for it where nobody looks further. */
static bool sink_ok(struct dnp_soap_decoder *decoder, bool good)
{
    return good || dnp_fail(decoder->error, DNP_PROTOCOL, "the reader of the values stopped");
}

static bool push_frame(struct dnp_soap_decoder *decoder, enum state state, const struct dnp_field *field,
                       const struct dnp_type *type)
{
    if (decoder->depth == MAX_FRAMES) {
        return dnp_fail(decoder->error, DNP_LIMIT, "the message is nested too deeply");
    }
    decoder->frames[decoder->depth++] =
        (struct frame){.state = state, .field = field, .type = type, .unknown_start = decoder->unknown.length};
    return true;
}

static struct frame *top(struct dnp_soap_decoder *decoder)
{
    return &decoder->frames[decoder->depth - 1];
}

static void skip(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    if (token->kind == DNP_TOKEN_START) {
        decoder->skipping = 1;
        decoder->keeping = KEEP_NOTHING;
    }
}

static bool in_contract_namespace(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
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

static const struct dnp_slice *attribute(const struct dnp_token *token, const char *xml_namespace, const char *name)
{
    for (size_t i = 0; i < token->attribute_count; i++) {
        const struct dnp_attribute *candidate = &token->attributes[i];
        if (strcmp(candidate->name, name) == 0 && strcmp(candidate->xml_namespace, xml_namespace) == 0) {
            return &candidate->value;
        }
    }
    return NULL;
}

static bool is_nil(const struct dnp_token *token)
{
    bool nil = false;
    const struct dnp_slice *value = token->attribute_count > 0 ? attribute(token, DNP_XSI_NAMESPACE, "nil") : NULL;
    return value != NULL && dnp_parse_boolean(*value, &nil) && nil;
}

static const char *envelope_namespace(const struct dnp_soap_decoder *decoder)
{
    return decoder->version == DNP_SOAP_11 ? DNP_SOAP11_NAMESPACE : DNP_SOAP12_NAMESPACE;
}

static bool is_soap(const struct dnp_soap_decoder *decoder, const struct dnp_token *token, const char *name)
{
    return strcmp(token->name, name) == 0 && strcmp(token->xml_namespace, envelope_namespace(decoder)) == 0;
}

static bool fast_path_is_open(const struct dnp_soap_decoder *decoder)
{
    return decoder->fast_wanted && decoder->fast_misses < FAST_PATIENCE;
}

/* ---- scalars ---- */

static bool bad_value(struct dnp_soap_decoder *decoder, const struct dnp_field *field)
{
    static const char *const names[] = {
        [DNP_INT] = "a 32-bit integer",     [DNP_USHORT] = "an unsigned 16-bit integer",
        [DNP_LONG] = "a 64-bit integer",    [DNP_DOUBLE] = "a number",
        [DNP_DECIMAL] = "a number",         [DNP_BOOL] = "a boolean",
        [DNP_DATETIME] = "a date and time",
    };
    if (field->type->kind == DNP_ENUM) {
        return dnp_fail(decoder->error, DNP_PROTOCOL, "<%s> does not hold a %s", field->name, field->type->name);
    }
    return dnp_fail(decoder->error, DNP_PROTOCOL, "<%s> does not hold %s", field->name, names[field->type->kind]);
}

static bool read_enum(const struct dnp_soap_decoder *decoder, const struct dnp_field *field, struct dnp_value *value)
{
    if (decoder->side == DNP_CLIENT_SIDE) {
        value->text = dnp_slice_trimmed(value->text); /* ASMX takes no blanks here */
    }
    const struct dnp_enum_value *member =
        dnp_find_enum_name(field->type, value->text.data, value->text.length, decoder->dialect->dialect);
    value->integer = member != NULL ? member->number : 0;
    /* A newer panel may have more members than we know; a server refuses them. */
    return member != NULL || decoder->side == DNP_CLIENT_SIDE;
}

static bool read_scalar(const struct dnp_soap_decoder *decoder, const struct dnp_field *field, struct dnp_value *value)
{
    switch (field->type->kind) {
    case DNP_INT:
        return dnp_parse_integer(value->text, INT32_MIN, INT32_MAX, &value->integer);
    case DNP_USHORT:
        return dnp_parse_integer(value->text, 0, UINT16_MAX, &value->integer);
    case DNP_LONG:
        return dnp_parse_integer(value->text, INT64_MIN, INT64_MAX, &value->integer);
    case DNP_BOOL:
        return dnp_parse_boolean(value->text, &value->boolean);
    case DNP_DOUBLE:
    case DNP_DECIMAL:
        value->text = dnp_slice_trimmed(value->text);
        return dnp_parse_number(value->text, &value->number);
    case DNP_ENUM:
        return read_enum(decoder, field, value);
    case DNP_DATETIME:
        value->text = dnp_slice_trimmed(value->text);
        return decoder->side == DNP_CLIENT_SIDE || dnp_check_datetime(value->text);
    default:
        return true;
    }
}

/* What SOAP encoding writes in place of a value that stands elsewhere. */
static bool refers_elsewhere(const struct dnp_token *token)
{
    return token->attribute_count > 0 &&
           (attribute(token, "", "href") != NULL || attribute(token, DNP_SOAP12_ENCODING, "ref") != NULL);
}

static bool told_elsewhere(struct dnp_soap_decoder *decoder, const struct dnp_field *field)
{
    return dnp_fail(decoder->error, DNP_PROTOCOL,
                    "<%s> refers to another element (href, as SOAP encoding does), which is not understood",
                    field->name);
}

static bool is_too_long(const struct dnp_field *field, struct dnp_slice text)
{
    return text.length > MAX_SCALAR && DNP_IS_SCALAR(field->type->kind) && field->type->kind != DNP_STRING;
}

static inline bool tell_scalar(struct dnp_soap_decoder *decoder, const struct dnp_field *field, struct dnp_slice text)
{
    struct dnp_value value;
    value.text = text;
    if (!read_scalar(decoder, field, &value)) {
        return bad_value(decoder, field);
    }
    return sink_ok(decoder, decoder->sink->value(decoder->sink->context, field, &value));
}

static bool take_scalar(struct dnp_soap_decoder *decoder, const struct dnp_field *field, const struct dnp_token *token)
{
    if (token->kind == DNP_TOKEN_START) {
        return dnp_fail(decoder->error, DNP_PROTOCOL, "<%s> holds elements where a value was expected", field->name);
    }
    if (is_too_long(field, token->text)) {
        return bad_value(decoder, field);
    }
    if (token->attribute_count > 0) {
        /* ASMX takes nil for an empty string and stumbles over it where a value type is wanted. */
        if (is_nil(token) && decoder->side == DNP_CLIENT_SIDE) {
            return true;
        }
        if (decoder->side == DNP_CLIENT_SIDE && refers_elsewhere(token)) {
            return told_elsewhere(decoder, field);
        }
    }
    return tell_scalar(decoder, field, token->text);
}

/* ---- what is not understood ---- */

/* The innermost element that has a name in the contract. */
static const char *holder(const struct dnp_soap_decoder *decoder)
{
    for (size_t i = decoder->depth; i > 0; i--) {
        const struct frame *frame = &decoder->frames[i - 1];
        if (frame->field != NULL || frame->type != NULL) {
            return frame->field != NULL ? frame->field->name : frame->type->name;
        }
    }
    return "Envelope";
}

/* What may stand in a frame; false where nobody minds what else does. */
static bool tell_expected(const struct frame *frame, char expected[EXPECTED_SIZE])
{
    switch (frame->state) {
    case IN_RECORD:
        (void)snprintf(expected, EXPECTED_SIZE, frame->field != NULL ? "a member of %s" : "<%s>",
                       frame->field != NULL ? frame->type->name : frame->type->fields[0].name);
        return true;
    case IN_ARRAY:
        (void)snprintf(expected, EXPECTED_SIZE, "<%s>", frame->type->fields[0].name);
        return true;
    case IN_DATASET:
        (void)snprintf(expected, EXPECTED_SIZE, "the schema or diffgram of a DataSet");
        return true;
    case IN_DIFFGRAM:
    case IN_ROWS:
        (void)snprintf(expected, EXPECTED_SIZE, "the row of a DataSet");
        return true;
    case IN_ROW:
        (void)snprintf(expected, EXPECTED_SIZE, "a column that the DataSet's schema declares");
        return true;
    default:
        return false;
    }
}

/* ASMX passes over what it does not know, and so does a server here; a client would take it for nothing. */
static bool unexpected_element(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    char expected[EXPECTED_SIZE];
    if (decoder->side != DNP_CLIENT_SIDE || !tell_expected(top(decoder), expected)) {
        skip(decoder, token);
        return true;
    }
    return dnp_unexpected_element(decoder->error, holder(decoder), token->name, token->xml_namespace, expected);
}

/* Text beside the elements of the newest frame, or in its place. */
static bool take_text(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    char expected[EXPECTED_SIZE];
    if (decoder->side != DNP_CLIENT_SIDE || dnp_slice_trimmed(token->text).length == 0 ||
        !tell_expected(top(decoder), expected)) {
        return true;
    }
    return dnp_unexpected_text(decoder->error, holder(decoder), token->text, expected);
}

/* ---- records, arrays, DataSets ---- */

static bool close_frame(struct dnp_soap_decoder *decoder);

/* Opens a frame for the element of a token that may be all of it. */
static bool open_frame(struct dnp_soap_decoder *decoder, enum state state, const struct dnp_field *field,
                       const struct dnp_type *type, const struct dnp_token *token)
{
    return push_frame(decoder, state, field, type) &&
           (token->kind == DNP_TOKEN_START || (take_text(decoder, token) && close_frame(decoder)));
}

static bool open_composite(struct dnp_soap_decoder *decoder, const struct dnp_field *field,
                           const struct dnp_token *token)
{
    static const enum state states[] = {[DNP_RECORD] = IN_RECORD, [DNP_ARRAY] = IN_ARRAY, [DNP_DATASET] = IN_DATASET};
    /* ASMX takes a nil object for an empty one. */
    if (decoder->side == DNP_CLIENT_SIDE && is_nil(token)) {
        skip(decoder, token);
        return true;
    }
    if (decoder->side == DNP_CLIENT_SIDE && refers_elsewhere(token)) {
        return told_elsewhere(decoder, field);
    }
    if (field->type->kind == DNP_DATASET) {
        dnp_dataset_clear(&decoder->dataset);
        decoder->schema_seen = false;
        decoder->diffgram_seen = false;
    }
    return sink_ok(decoder, decoder->sink->begin(decoder->sink->context, field)) &&
           open_frame(decoder, states[field->type->kind], field, field->type, token);
}

static bool take_field(struct dnp_soap_decoder *decoder, const struct dnp_field *field, const struct dnp_token *token)
{
    return DNP_IS_SCALAR(field->type->kind) ? take_scalar(decoder, field, token)
                                            : open_composite(decoder, field, token);
}

/* Elements come in schema order, so the one at `first` is tried first; any order is understood. */
static inline const struct dnp_field *find_member(const struct dnp_soap_decoder *decoder, const struct dnp_type *type,
                                                  size_t first, const char *name)
{
    const struct dnp_field *field = &type->fields[first];
    for (size_t tried = 0; tried < type->field_count; tried++) {
        if (strcmp(field->name, name) == 0 && dnp_field_on_wire(field, decoder->dialect->dialect)) {
            return field;
        }
        field = field + 1 == type->fields + type->field_count ? type->fields : field + 1;
    }
    return NULL;
}

static bool keep_unknown(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    dnp_fragment_write(&decoder->unknown, token);
    return dnp_buffer_check(&decoder->unknown, "what the contract does not know", decoder->error);
}

/* What is not a member of the record. A member's name in another namespace is not something newer but another kind of
 * answer, whose values would be lost. */
static bool take_unknown(struct dnp_soap_decoder *decoder, struct frame *frame, const struct dnp_token *token)
{
    bool own = in_contract_namespace(decoder, token);
    if (!own && decoder->side == DNP_CLIENT_SIDE && find_member(decoder, frame->type, 0, token->name) != NULL) {
        return dnp_unexpected_element(decoder->error, holder(decoder), token->name, token->xml_namespace,
                                      "the namespace of the contract");
    }
    if (frame->stranger == NULL) {
        frame->stranger = token->name;
        frame->stranger_namespace = token->xml_namespace;
    }
    bool keep = decoder->sink->unknown != NULL && own && !is_nil(token);
    skip(decoder, token);
    if (!keep) {
        return true;
    }
    decoder->keeping = token->kind == DNP_TOKEN_START ? KEEP_UNKNOWN : KEEP_NOTHING;
    return keep_unknown(decoder, token);
}

/* A member of a record is there; the one behind it is expected next. */
static void note_member(struct frame *frame, const struct dnp_field *field)
{
    frame->known = true;
    frame->next = (size_t)(field + 1 - frame->type->fields);
    frame->next = frame->next == frame->type->field_count ? 0 : frame->next;
}

static bool in_record(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    struct frame *frame = top(decoder);
    const struct dnp_field *field =
        in_contract_namespace(decoder, token) ? find_member(decoder, frame->type, frame->next, token->name) : NULL;
    if (field == NULL) {
        return take_unknown(decoder, frame, token);
    }
    note_member(frame, field);
    if (frame->field == NULL && !is_nil(token)) {
        decoder->has_result = true;
    }
    return take_field(decoder, field, token);
}

static bool in_array(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    const struct dnp_field *item = &top(decoder)->type->fields[0];
    if (!in_contract_namespace(decoder, token) || strcmp(item->name, token->name) != 0) {
        return unexpected_element(decoder, token);
    }
    return take_field(decoder, item, token);
}

static bool in_dataset(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    if (strcmp(token->name, "schema") == 0 && strcmp(token->xml_namespace, DNP_XSD_NAMESPACE) == 0) {
        decoder->schema_seen = true;
        dnp_dataset_clear(&decoder->dataset);
        return token->kind != DNP_TOKEN_START || push_frame(decoder, IN_SCHEMA, NULL, NULL);
    }
    if (strcmp(token->name, "diffgram") == 0 && strcmp(token->xml_namespace, DNP_DIFFGRAM_NAMESPACE) == 0) {
        decoder->diffgram_seen = true;
        return open_frame(decoder, IN_DIFFGRAM, NULL, NULL, token);
    }
    return unexpected_element(decoder, token);
}

/* Every element of the schema has a frame of its own, so that its end is seen too. */
static bool in_schema(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    return dnp_dataset_schema_token(&decoder->dataset, token, decoder->error) &&
           (token->kind != DNP_TOKEN_START || push_frame(decoder, IN_SCHEMA, NULL, NULL));
}

/* Beside the instance there may be diffgr:before and diffgr:errors. */
static bool in_diffgram(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    if (strcmp(token->xml_namespace, DNP_DIFFGRAM_NAMESPACE) == 0) {
        skip(decoder, token);
        return true;
    }
    decoder->row_table = NULL;
    decoder->named_tables = 0;
    return open_frame(decoder, IN_ROWS, NULL, NULL, token);
}

/* .NET's own attributes of a row have namespaces: diffgr:id, msdata:rowOrder, msdata:hiddenName. */
static bool check_row(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    for (size_t i = 0; i < token->attribute_count; i++) {
        if (token->attributes[i].xml_namespace[0] == '\0') {
            return dnp_fail(decoder->error, DNP_PROTOCOL,
                            "a DataSet has a row with the attribute %.64s, which its schema does not declare",
                            token->attributes[i].name);
        }
    }
    return true;
}

/* Whether a row's attributes can be looked for in the rows after it: their prefixes are declared outside. */
static bool learn_attributes(struct dnp_tag_attributes *attributes, const struct dnp_token *token)
{
    attributes->count = token->attribute_count;
    if (token->declares || token->attribute_count > DNP_TAG_ATTRIBUTES) {
        return false;
    }
    for (size_t i = 0; i < token->attribute_count; i++) {
        int length = snprintf(attributes->texts[i], DNP_TAG_ATTRIBUTE_SIZE, " %s:%s=\"", token->attributes[i].prefix,
                              token->attributes[i].name);
        if (length < 0 || length >= DNP_TAG_ATTRIBUTE_SIZE) {
            return false;
        }
    }
    return true;
}

/* Makes the fast path ready for more rows like this one. */
static void learn_row(struct dnp_soap_decoder *decoder, const struct dnp_token *token, size_t index)
{
    const struct dnp_table *table = &decoder->dataset.tables[index];
    bool known = table == decoder->row_table;
    decoder->row_table = NULL;
    if (!fast_path_is_open(decoder) || !learn_attributes(&decoder->row_form.attributes, token)) {
        return;
    }
    if (!known) {
        dnp_row_form_make(&decoder->row_form, table, token->name, decoder->dataset.column_elements[index]);
    }
    decoder->row_table = table;
}

/* Adds the names that the fast path may read, whether it does or not. */
static bool name_columns(struct dnp_soap_decoder *decoder, size_t index)
{
    uint64_t bit = UINT64_C(1) << index;
    size_t count = decoder->dataset.tables[index].column_count;
    if ((decoder->named_tables & bit) != 0) {
        return true;
    }
    decoder->named_tables |= bit;
    for (size_t i = 0; i < count && i < DNP_RECORD_MAX_MEMBERS; i++) {
        if (!dnp_xml_add_name(decoder->reader, decoder->dataset.column_elements[index][i])) {
            return dnp_fail_memory(decoder->error);
        }
    }
    return true;
}

static bool in_rows(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    size_t index = 0;
    const struct dnp_table *table = dnp_dataset_find(&decoder->dataset, token->name, &index);
    if (table == NULL) {
        return dnp_fail(decoder->error, DNP_PROTOCOL, "a DataSet has a row of <%s>, which its schema does not declare",
                        token->name);
    }
    if (!check_row(decoder, token) ||
        !sink_ok(decoder, decoder->sink->row_begin(decoder->sink->context, table, index)) ||
        !push_frame(decoder, IN_ROW, NULL, NULL) || !name_columns(decoder, index)) {
        return false;
    }
    learn_row(decoder, token, index);
    top(decoder)->table = table;
    top(decoder)->columns = decoder->dataset.column_elements[index];
    return token->kind == DNP_TOKEN_START || (take_text(decoder, token) && close_frame(decoder));
}

/*
 * The same dates have an offset in DataSets and none in records: it is that of the panel's own clock (DataSet's
 * UnspecifiedLocal), by which its records are written too.
 */
static struct dnp_slice without_zone(struct dnp_slice date)
{
    if (date.length == 0 || memchr(date.data, 'T', date.length) == NULL) {
        return date;
    }
    const char *end = date.data + date.length;
    if (end[-1] == 'Z') {
        date.length--;
    } else if (date.length > ZONE_LENGTH && (end[-ZONE_LENGTH] == '-' || end[-ZONE_LENGTH] == '+') && end[-3] == ':') {
        date.length -= ZONE_LENGTH;
    }
    return date;
}

static struct dnp_slice cell_text(const struct dnp_field *column, struct dnp_slice text)
{
    return column->type->kind == DNP_DATETIME ? without_zone(dnp_slice_trimmed(text)) : text;
}

static bool take_cell(struct dnp_soap_decoder *decoder, const struct dnp_field *column, const struct dnp_token *token)
{
    struct dnp_token cell = *token;
    if (token->kind == DNP_TOKEN_LEAF && is_too_long(column, token->text)) {
        return bad_value(decoder, column); /* blanks count, as while they come */
    }
    cell.text = cell_text(column, token->text);
    return take_scalar(decoder, column, &cell);
}

static bool in_row(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    struct frame *frame = top(decoder);
    const struct dnp_table *table = frame->table;
    for (size_t tried = 0; tried < table->column_count; tried++) {
        size_t index = frame->next;
        frame->next = index + 1 == table->column_count ? 0 : index + 1;
        if (strcmp(frame->columns[index], token->name) == 0) {
            return take_cell(decoder, &table->columns[index], token);
        }
    }
    return unexpected_element(decoder, token);
}

/* ---- the envelope ---- */

static bool at_start(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    bool soap11 = strcmp(token->xml_namespace, DNP_SOAP11_NAMESPACE) == 0;
    bool soap12 = strcmp(token->xml_namespace, DNP_SOAP12_NAMESPACE) == 0;
    if (strcmp(token->name, "Envelope") != 0 || (!soap11 && !soap12)) {
        dnp_fail(decoder->error, DNP_PROTOCOL, "the document is not a SOAP envelope but <%s>", token->name);
        dnp_error_set_name(decoder->error, "VersionMismatch");
        return false;
    }
    decoder->version = soap12 ? DNP_SOAP_12 : DNP_SOAP_11;
    return push_frame(decoder, IN_ENVELOPE, NULL, NULL) && (token->kind == DNP_TOKEN_START || close_frame(decoder));
}

static bool in_envelope(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    if (is_soap(decoder, token, "Header")) {
        return token->kind != DNP_TOKEN_START || push_frame(decoder, IN_HEADER, NULL, NULL);
    }
    if (is_soap(decoder, token, "Body")) {
        if (decoder->passing > 0) {
            decoder->passing--;
            skip(decoder, token);
            return true;
        }
        decoder->body_seen = true;
        return token->kind != DNP_TOKEN_START || push_frame(decoder, IN_BODY, NULL, NULL);
    }
    skip(decoder, token);
    return true;
}

static bool not_understood(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    dnp_fail(decoder->error, DNP_PROTOCOL, "the SOAP header <%s> must be understood, and is not", token->name);
    dnp_error_set_name(decoder->error, "MustUnderstand");
    return false;
}

static bool keep_relation(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    dnp_buffer_clear(&decoder->relates_to);
    return dnp_buffer_append(&decoder->relates_to, token->text.data, token->text.length) ||
           (decoder->relates_to.state == DNP_BUFFER_FULL
                ? dnp_fail(decoder->error, DNP_PROTOCOL, "the header RelatesTo is too long")
                : dnp_fail_memory(decoder->error));
}

static bool in_header(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    bool must = false;
    const struct dnp_slice *value = attribute(token, envelope_namespace(decoder), "mustUnderstand");
    bool understood = value == NULL || !dnp_parse_boolean(*value, &must) || !must;
    if (strcmp(token->name, "Security") == 0 && strcmp(token->xml_namespace, DNP_WSSE_NAMESPACE) == 0) {
        decoder->security_understood = understood;
        return token->kind != DNP_TOKEN_START || push_frame(decoder, IN_SECURITY, NULL, NULL);
    }
    if (token->kind == DNP_TOKEN_LEAF && strcmp(token->name, "RelatesTo") == 0 &&
        strcmp(token->xml_namespace, DNP_WSA_NAMESPACE) == 0) {
        return keep_relation(decoder, token);
    }
    if (!understood) {
        return not_understood(decoder, token);
    }
    skip(decoder, token);
    return true;
}

/* A timestamp is understood; of the rest nothing is, and that matters where it must be. */
static bool in_security(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    if (strcmp(token->name, "Timestamp") == 0) {
        return token->kind != DNP_TOKEN_START || push_frame(decoder, IN_TIMESTAMP, NULL, NULL);
    }
    if (!decoder->security_understood) {
        return not_understood(decoder, token);
    }
    skip(decoder, token);
    return true;
}

/* What is not a time is refused; when it was does not matter, since the clocks may differ. */
static bool in_timestamp(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    bool is_time = strcmp(token->xml_namespace, DNP_WSU_NAMESPACE) == 0 &&
                   (strcmp(token->name, "Created") == 0 || strcmp(token->name, "Expires") == 0);
    if (is_time && (token->kind != DNP_TOKEN_LEAF || !dnp_check_datetime(token->text))) {
        return dnp_fail(decoder->error, DNP_PROTOCOL, "the header Security has a timestamp whose %s is not a time",
                        token->name);
    }
    skip(decoder, token);
    return true;
}

static bool wrong_message(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    const struct dnp_dialect_info *other = dnp_find_dialect_by_namespace(token->xml_namespace);
    if (other != NULL && other != decoder->dialect) {
        dnp_fail(decoder->error, DNP_PROTOCOL, "the answer is in the %s dialect, but the session's is %s", other->name,
                 decoder->dialect->name);
        dnp_error_set_name(decoder->error, "wrong_dialect");
        return false;
    }
    return dnp_fail(decoder->error, DNP_PROTOCOL, "the answer is <%s> in namespace \"%s\" where <%s> was expected",
                    token->name, token->xml_namespace, decoder->message->name);
}

static bool open_message(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    const struct dnp_type *message = decoder->message;
    if (!in_contract_namespace(decoder, token) || strcmp(token->name, message->name) != 0) {
        if (decoder->side == DNP_CLIENT_SIDE) {
            return wrong_message(decoder, token);
        }
        /* ASMX runs the method that SOAPAction names, with every parameter at its zero. */
        skip(decoder, token);
        return true;
    }
    decoder->message_seen = true;
    return open_frame(decoder, IN_RECORD, NULL, message, token);
}

static bool in_body(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    if (decoder->message_seen || decoder->is_fault) {
        skip(decoder, token);
        return true;
    }
    if (decoder->side == DNP_CLIENT_SIDE && is_soap(decoder, token, "Fault")) {
        decoder->is_fault = true;
        return token->kind != DNP_TOKEN_START || push_frame(decoder, IN_FAULT, NULL, NULL);
    }
    return open_message(decoder, token);
}

/* Passes over what is inside an element, but for what is kept of it. */
static bool skip_keeping(struct dnp_soap_decoder *decoder, const struct dnp_token *token, enum keeping keeping)
{
    skip(decoder, token);
    decoder->keeping = keeping;
    return true;
}

static bool in_fault(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    struct dnp_fault_reader *reader = &decoder->fault_reader;
    bool leaf = token->kind == DNP_TOKEN_LEAF;
    if (leaf && (strcmp(token->name, "faultcode") == 0 || is_soap(decoder, token, "Value"))) {
        dnp_fault_take_code(reader, token->text);
        return true;
    }
    if (reader->text.length == 0 && (strcmp(token->name, "faultstring") == 0 || is_soap(decoder, token, "Text"))) {
        return leaf ? dnp_fault_take_text(reader, token, decoder->error)
                    : skip_keeping(decoder, token, KEEP_FAULT_TEXT);
    }
    if (strcmp(token->name, "detail") == 0 || is_soap(decoder, token, "Detail")) {
        return leaf ? dnp_fault_take_plain_detail(reader, token->text, decoder->error)
                    : skip_keeping(decoder, token, KEEP_FAULT_DETAIL);
    }
    if (!leaf && (is_soap(decoder, token, "Code") || is_soap(decoder, token, "Reason"))) {
        return push_frame(decoder, IN_FAULT, NULL, NULL);
    }
    skip(decoder, token);
    return true;
}

/* ---- the walk ---- */

static bool tell_tables(struct dnp_soap_decoder *decoder)
{
    for (size_t i = 0; i < decoder->dataset.table_count; i++) {
        if (!sink_ok(decoder, decoder->sink->table(decoder->sink->context, &decoder->dataset.tables[i], i))) {
            return false;
        }
    }
    return true;
}

/* XmlSerializer always writes some members of a record: those that cannot be null. */
static bool check_record(struct dnp_soap_decoder *decoder, const struct frame *frame)
{
    char expected[EXPECTED_SIZE];
    if (frame->known || decoder->side != DNP_CLIENT_SIDE || (frame->field == NULL && frame->stranger == NULL)) {
        return true;
    }
    const char *name = frame->field != NULL ? frame->field->name : frame->type->name;
    (void)tell_expected(frame, expected);
    return frame->stranger != NULL
               ? dnp_unexpected_element(decoder->error, name, frame->stranger, frame->stranger_namespace, expected)
               : dnp_fail(decoder->error, DNP_PROTOCOL, "<%s> is empty where %s was expected", name, expected);
}

static bool close_record(struct dnp_soap_decoder *decoder, const struct frame *frame)
{
    const struct dnp_sink *sink = decoder->sink;
    if (!check_record(decoder, frame)) {
        return false;
    }
    if (decoder->unknown.length > frame->unknown_start) {
        struct dnp_slice xml = {decoder->unknown.data + frame->unknown_start,
                                decoder->unknown.length - frame->unknown_start};
        if (frame->field != NULL && !sink_ok(decoder, sink->unknown(sink->context, xml))) {
            return false;
        }
        decoder->unknown.length = frame->unknown_start;
    }
    return frame->field == NULL || sink_ok(decoder, sink->end(sink->context, frame->field));
}

static bool close_dataset(struct dnp_soap_decoder *decoder, const struct dnp_field *field)
{
    if (decoder->side == DNP_CLIENT_SIDE &&
        (!decoder->schema_seen || !decoder->dataset.declared || !decoder->diffgram_seen)) {
        return dnp_fail(decoder->error, DNP_PROTOCOL, "<%s> is not a DataSet: it has no %s", field->name,
                        !decoder->schema_seen        ? "schema"
                        : !decoder->dataset.declared ? "declaration in its schema"
                                                     : "diffgram");
    }
    return sink_ok(decoder, decoder->sink->end(decoder->sink->context, field));
}

static bool close_schema(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    if (top(decoder)->state == IN_SCHEMA) {
        return dnp_dataset_schema_token(&decoder->dataset, token, decoder->error);
    }
    return tell_tables(decoder);
}

static bool close_row(struct dnp_soap_decoder *decoder, const struct dnp_table *table)
{
    size_t index = (size_t)(table - decoder->dataset.tables);
    return sink_ok(decoder, decoder->sink->row_end(decoder->sink->context, table, index));
}

static bool close_frame(struct dnp_soap_decoder *decoder)
{
    const struct frame frame = decoder->frames[--decoder->depth];
    switch (frame.state) {
    case IN_RECORD:
        return close_record(decoder, &frame);
    case IN_ARRAY:
        return sink_ok(decoder, decoder->sink->end(decoder->sink->context, frame.field));
    case IN_DATASET:
        return close_dataset(decoder, frame.field);
    case IN_ROW:
        return close_row(decoder, frame.table);
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
        return close_schema(decoder, token);
    }
    return close_frame(decoder);
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
        return keep_unknown(decoder, token);
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
        [AT_START] = at_start,       [IN_ENVELOPE] = in_envelope,   [IN_HEADER] = in_header,
        [IN_SECURITY] = in_security, [IN_BODY] = in_body,           [IN_FAULT] = in_fault,
        [IN_RECORD] = in_record,     [IN_ARRAY] = in_array,         [IN_DATASET] = in_dataset,
        [IN_SCHEMA] = in_schema,     [IN_DIFFGRAM] = in_diffgram,   [IN_ROWS] = in_rows,
        [IN_ROW] = in_row,           [IN_TIMESTAMP] = in_timestamp,
    };
    if (decoder->skipping > 0) {
        return skip_token(decoder, token);
    }
    if (token->kind >= DNP_TOKEN_END) {
        return token->kind == DNP_TOKEN_END ? end_element(decoder, token) : take_text(decoder, token);
    }
    return handlers[decoder->depth == 0 ? AT_START : top(decoder)->state](decoder, token);
}

static bool take_ready(struct dnp_soap_decoder *decoder, struct dnp_error *error)
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

/* What an element is in the contract; NULL when that is not known, or does not matter. */
static const struct dnp_field *find_field(struct dnp_soap_decoder *decoder, const struct dnp_token *token)
{
    const struct frame *frame = top(decoder);
    size_t next = 0;
    if (frame->state == IN_ROW) {
        while (next < frame->table->column_count && strcmp(frame->columns[next], token->name) != 0) {
            next++;
        }
        return next < frame->table->column_count ? &frame->table->columns[next] : NULL;
    }
    bool member = (frame->state == IN_RECORD || frame->state == IN_ARRAY) && in_contract_namespace(decoder, token);
    return member ? find_member(decoder, frame->type, 0, token->name) : NULL;
}

/* A value that has only begun: what is not a string does not grow long. */
static bool check_unfinished(struct dnp_soap_decoder *decoder)
{
    struct dnp_token token;
    if (decoder->skipping > 0 || decoder->depth == 0 || !dnp_xml_unfinished(decoder->reader, &token) ||
        token.text.length <= MAX_SCALAR) {
        return true;
    }
    const struct dnp_field *field = find_field(decoder, &token);
    return field == NULL || !is_too_long(field, token.text) || bad_value(decoder, field);
}

/* ---- the fast path ---- */

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

/* A value that is not simply the bytes that were read. */
static bool take_odd_value(struct dnp_soap_decoder *decoder, const struct dnp_scanned_value *value, bool is_cell)
{
    const struct dnp_field *field = value->field;
    struct dnp_slice text = value->text;
    if (!DNP_IS_SCALAR(field->type->kind)) {
        return sink_ok(decoder, decoder->sink->begin(decoder->sink->context, field)) &&
               sink_ok(decoder, decoder->sink->end(decoder->sink->context, field));
    }
    if (value->has_references) {
        if (!dnp_record_unescape(&decoder->unescaped, text)) {
            return dnp_fail_memory(decoder->error);
        }
        text = (struct dnp_slice){decoder->unescaped.data, decoder->unescaped.length};
    }
    if (is_too_long(field, text)) {
        return bad_value(decoder, field);
    }
    return tell_scalar(decoder, field, is_cell ? cell_text(field, text) : text);
}

static bool take_scanned_values(struct dnp_soap_decoder *decoder, bool are_cells)
{
    const struct dnp_sink *sink = decoder->sink;
    const struct dnp_scanned_value *end = decoder->scanned.values + decoder->scanned.count;
    struct dnp_value told_value;
    for (const struct dnp_scanned_value *value = decoder->scanned.values; value < end; value++) {
        bool plain = value->field->type->kind == DNP_STRING && !value->has_references;
        told_value.text = value->text;
        if (plain ? !sink_ok(decoder, sink->value(sink->context, value->field, &told_value))
                  : !take_odd_value(decoder, value, are_cells)) {
            return false;
        }
    }
    return true;
}

/* Tells the sink what in_record and in_array would, token by token. */
static bool take_scanned_record(struct dnp_soap_decoder *decoder, const struct dnp_field *field)
{
    const struct dnp_sink *sink = decoder->sink;
    struct frame *frame = top(decoder);
    if (frame->state == IN_RECORD) {
        note_member(frame, field);
        decoder->has_result = decoder->has_result || frame->field == NULL;
    }
    return sink_ok(decoder, sink->begin(sink->context, field)) && take_scanned_values(decoder, false) &&
           sink_ok(decoder, sink->end(sink->context, field));
}

/* The same for in_rows. */
static bool take_scanned_row(struct dnp_soap_decoder *decoder)
{
    const struct dnp_sink *sink = decoder->sink;
    const struct dnp_table *table = decoder->row_table;
    size_t index = (size_t)(table - decoder->dataset.tables);
    return sink_ok(decoder, sink->row_begin(sink->context, table, index)) && take_scanned_values(decoder, true) &&
           sink_ok(decoder, sink->row_end(sink->context, table, index));
}

/* The same for members of the newest frame, in in_record, in_array or in_row. */
static bool take_scanned_members(struct dnp_soap_decoder *decoder)
{
    struct frame *frame = top(decoder);
    const struct dnp_field *last = decoder->scanned.values[decoder->scanned.count - 1].field;
    if (frame->state == IN_ROW) {
        size_t index = (size_t)(last - frame->table->columns);
        frame->next = index + 1 == frame->table->column_count ? 0 : index + 1;
        return take_scanned_values(decoder, true);
    }
    if (frame->state == IN_RECORD) {
        note_member(frame, last);
        decoder->has_result = decoder->has_result || frame->field == NULL;
    }
    return take_scanned_values(decoder, false);
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

static void advance(struct dnp_slice *bytes, size_t count)
{
    bytes->data += count;
    bytes->length -= count;
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
    return take_ready(decoder, error) && take_scanned_members(decoder);
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
    begin_message(decoder, message, dialect, DNP_CLIENT_SIDE, sink);
    decoder->error = error;
    struct dnp_record_form *form = find_form(decoder, field->type, field->name, NULL);
    dnp_record_scan_members(form, field->type->fields, decoder->max_text, content, &decoder->scanned);
    *taken = decoder->scanned.count > 0 && decoder->scanned.length == content.length;
    decoder->has_result = *taken;
    return *taken && sink_ok(decoder, sink->begin(sink->context, field)) && take_scanned_values(decoder, false) &&
           sink_ok(decoder, sink->end(sink->context, field));
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
    if (!take_ready(decoder, error)) {
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

static bool take_records(struct dnp_soap_decoder *decoder, struct dnp_slice *bytes, struct dnp_error *error)
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

/* Whether the fast path may be of use after the next tag. */
static bool awaits_record(const struct dnp_soap_decoder *decoder)
{
    return fast_path_is_open(decoder) && decoder->idle_tags < MOST_IDLE_TAGS;
}

/*
 * Takes what was fed. What is wrong first in the document is reported, wherever pieces end and whoever reads them; so
 * what came before the reader failed is looked at, too.
 */
static bool take_fed(struct dnp_soap_decoder *decoder, const struct dnp_error *failure, bool piece_ended,
                     struct dnp_error *error)
{
    if (!take_ready(decoder, error) || ((failure != NULL || piece_ended) && !check_unfinished(decoder))) {
        return false;
    }
    if (failure != NULL) {
        *error = *failure;
    }
    return failure == NULL;
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
                                : take_fed(decoder, fed ? NULL : &failure, piece->length == 0, error);
}

/* Pieces end at the same places whoever reads them. */
bool dnp_soap_decoder_feed(struct dnp_soap_decoder *decoder, struct dnp_slice bytes, struct dnp_error *error)
{
    size_t all = bytes.length;
    while (bytes.length > 0) {
        if (!take_records(decoder, &bytes, error)) {
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
    if (!take_fed(decoder, finished ? NULL : &failure, false, error)) {
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
