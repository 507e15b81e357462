/*
 * SOAP messages to and from values, driven by the contract. No sockets, no Lua, no SQL.
 *
 * Encoding asks a *source* for each value; decoding hands each value to a *sink* as it is read. A message is an
 * element whose content is a record: the parameters of an operation (operation->request) or its result
 * (operation->response), so client and server use the same two functions in opposite directions.
 */
#ifndef DNP_SOAP_CODEC_H
#define DNP_SOAP_CODEC_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"
#include "contract/contract.h"
#include "soap/secrets.h"
#include "value/calendar.h"
#include "value/scalar.h"

struct dnp_value {
    int64_t integer;       /* DNP_INT, USHORT, LONG; DNP_ENUM: the number */
    double number;         /* DNP_DOUBLE; DNP_DECIMAL: nearest, see `text` */
    bool boolean;          /* DNP_BOOL */
    struct dnp_slice text; /* DNP_STRING; DATETIME and DECIMAL as on the wire; ENUM: the name */
    size_t count;          /* DNP_ARRAY: items; DNP_DATASET: tables */
};

/* A table of a DataSet. */
struct dnp_table {
    const char *name;                /* "Table", "Table1" */
    const struct dnp_field *columns; /* name and scalar type */
    size_t column_count;
};

enum dnp_presence {
    DNP_PRESENT,
    DNP_MISSING, /* null: the element is left out; in a list, an empty item cannot be left out and is an error */
    DNP_INVALID  /* the source has filled the error */
};

/*
 * Where the encoder gets values. For a scalar, `get` fills `value`; for a record, array or DataSet it moves into
 * it (filling `count`), and `leave` moves out again. `index` is the position in the enclosing array, or of the
 * column in its table, else 0. Text must stay valid until the next call.
 */
struct dnp_source {
    void *context;
    enum dnp_presence (*get)(void *context, const struct dnp_field *field, size_t index, struct dnp_value *value,
                             struct dnp_error *error);
    void (*leave)(void *context, const struct dnp_field *field);
    /* For a DataSet (NULL for sources that have none): describes table `index`, then steps through its rows. */
    bool (*table)(void *context, size_t index, struct dnp_table *table, struct dnp_error *error);
    enum dnp_presence (*row)(void *context, size_t table_index, struct dnp_error *error); /* MISSING: no more rows */
    /* Unknown elements that a record carries along, as XML; MISSING when there are none. NULL: never any. */
    enum dnp_presence (*unknown)(void *context, const struct dnp_field *field, struct dnp_slice *xml,
                                 struct dnp_error *error);
};

/*
 * What receives the values that are decoded. Any of these may return false to stop (then `error` is for the caller to
 * know) or leave by longjmp: nothing is held across a call. `field` of an array's item is type->fields[0] of the array.
 */
struct dnp_sink {
    void *context;
    bool (*begin)(void *context, const struct dnp_field *field); /* a record, array or DataSet starts */
    bool (*end)(void *context, const struct dnp_field *field);
    bool (*value)(void *context, const struct dnp_field *field, const struct dnp_value *value);
    /* A DataSet's table is declared (once each, before any row), a row starts, a row ends; its cells are `value`s
     * whose field lies in table->columns. */
    bool (*table)(void *context, const struct dnp_table *table, size_t index);
    bool (*row_begin)(void *context, const struct dnp_table *table, size_t index);
    bool (*row_end)(void *context, const struct dnp_table *table, size_t index);
    /* The elements of the current record that the contract does not know, re-written without namespaces;
     * called just before its `end`. NULL: not wanted. */
    bool (*unknown)(void *context, struct dnp_slice xml);
};

enum dnp_side {
    DNP_CLIENT_SIDE, /* sends no aliases, CR as a reference, refuses text that XML cannot carry */
    DNP_SERVER_SIDE  /* sends aliases too, writes text as ASMX does, reads leniently as ASMX does */
};

enum dnp_soap_version { DNP_SOAP_11, DNP_SOAP_12 };

/* Appends a whole envelope holding `message` (operation->request or ->response) to `out`. The values of secret fields
 * are added to `secrets`, unless it is NULL. */
bool dnp_soap_encode(struct dnp_buffer *out, const struct dnp_type *message, const struct dnp_dialect_info *dialect,
                     enum dnp_side side, enum dnp_soap_version version, const struct dnp_source *source,
                     struct dnp_secrets *secrets, struct dnp_error *error);

/* Appends a whole envelope holding a fault. `code` is the SOAP 1.1 local name: "Client", "Server", ... */
bool dnp_soap_encode_fault(struct dnp_buffer *out, enum dnp_soap_version version, const char *code,
                           const char *fault_string, struct dnp_error *error);

/* Reads one envelope that arrives in pieces. The reader is resumable at any byte. */
struct dnp_soap_decoder;

struct dnp_soap_fault {
    char code[DNP_NAME_SIZE]; /* local name in SOAP 1.1 terms: Sender is Client, Receiver is Server */
    struct dnp_slice text;    /* faultstring, whole; valid until the decoder starts anew or is freed */
    struct dnp_slice detail;  /* what detail holds, as text or XML without namespaces, up to some length; likewise */
};

struct dnp_soap_limits {
    size_t max_text; /* bytes in one value */
};

#define DNP_SOAP_MAX_TEXT ((size_t)64 * 1024 * 1024)

struct dnp_soap_decoder *dnp_soap_decoder_new(const struct dnp_soap_limits *limits); /* NULL: out of memory */
void dnp_soap_decoder_free(struct dnp_soap_decoder *decoder);

/* Wipes what it holds of the last message; until the next start it can only be freed. */
void dnp_soap_decoder_forget(struct dnp_soap_decoder *decoder);

/* Whether plain leaves (xml/leaf_scan.h) and records (record_scan.h) may pass libxml2 by; both do by default. Tests
 * compare all ways. */
void dnp_soap_decoder_scan_leaves(struct dnp_soap_decoder *decoder, bool use);
void dnp_soap_decoder_scan_records(struct dnp_soap_decoder *decoder, bool use);

/* Passes over the first `count` bodies of the message that was started: of several a server reads the last. */
void dnp_soap_decoder_pass_bodies(struct dnp_soap_decoder *decoder, size_t count);

/* Starts a new message; reuses what was allocated. */
bool dnp_soap_decoder_start(struct dnp_soap_decoder *decoder, const struct dnp_type *message,
                            const struct dnp_dialect_info *dialect, enum dnp_side side, const struct dnp_sink *sink,
                            struct dnp_error *error);
bool dnp_soap_decoder_feed(struct dnp_soap_decoder *decoder, struct dnp_slice bytes, struct dnp_error *error);
/* No more bytes: fails unless a whole envelope was read. */
bool dnp_soap_decoder_finish(struct dnp_soap_decoder *decoder, struct dnp_error *error);

/*
 * Instead of start, feed and finish: takes the content of the message's result, a record whose elements have no prefix,
 * which a client received in an envelope that holds nothing else. False with `error` when it is wrong. `*taken` is
 * false, and the sink has received nothing, when it has to be fed like others.
 */
bool dnp_soap_decoder_take_result(struct dnp_soap_decoder *decoder, const struct dnp_type *message,
                                  const struct dnp_dialect_info *dialect, const struct dnp_sink *sink,
                                  struct dnp_slice content, bool *taken, struct dnp_error *error);

/* After finish: the fault, or NULL when the message was not a fault. */
const struct dnp_soap_fault *dnp_soap_decoder_fault(const struct dnp_soap_decoder *decoder);
/* What the header wsa:RelatesTo says, or NULL; valid until the decoder starts anew. */
const char *dnp_soap_decoder_relates_to(const struct dnp_soap_decoder *decoder);
/* Whether any field of the message was there: an empty response element means "absent". */
bool dnp_soap_decoder_has_result(const struct dnp_soap_decoder *decoder);
enum dnp_soap_version dnp_soap_decoder_version(const struct dnp_soap_decoder *decoder);

#endif
