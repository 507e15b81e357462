/*
 * The fast path: recognises a whole record in the one form that XmlSerializer writes, or a row of a DataSet, without
 * libxml2.
 *
 *     <UserInfo><UserId>7</UserId><Comments>a &amp; b</Comments><Email /></UserInfo>
 *     <Table diffgr:id="Table1" msdata:rowOrder="0"><UserID>7</UserID></Table>
 *
 * Its elements come in the contract's or the schema's order, have no attributes but those of a row that libxml2 has
 * read before, and no prefix but that of the element around it; white space may stand between them. A text holds no
 * "<", no carriage return, no other control character, no "]]>", no reference but the five that XML predefines, and is
 * valid UTF-8. All of it is in the bytes at hand. Of such bytes libxml2 would say the same, and a whole element in
 * content changes nothing in its state; everything else is left to it. Of a record that is like this only at its
 * beginning that much is taken, when libxml2 has read its start tag.
 *
 * Internal to csrc/soap.
 */
#ifndef DNP_SOAP_RECORD_SCAN_H
#define DNP_SOAP_RECORD_SCAN_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/slice.h"
#include "contract/contract.h"
#include "soap/codec.h"

#define DNP_RECORD_MAX_MEMBERS 64

/* With its prefix and colon; a longer one is not read. */
#define DNP_TAG_NAME_SIZE 48

/* What stood between the text of one member and that of the next, when both were last read: "</RoleId><Role>". The same
 * bytes mean the same again. */
#define DNP_BRIDGE_SIZE 72
struct dnp_bridge {
    size_t length; /* 0: not known */
    size_t next;   /* the other member */
    char text[DNP_BRIDGE_SIZE];
};

/* How an element is written behind "<" and "</", made ready to be compared eight bytes at a time. */
struct dnp_member_tag {
    const struct dnp_field *field;
    char text[DNP_TAG_NAME_SIZE]; /* "prefix:name>" */
    size_t length;
    size_t reach;       /* how many bytes a comparison looks at */
    uint64_t head;      /* its first eight bytes, zeros behind a shorter one */
    uint64_t head_mask; /* which of them count */
    uint64_t tail;      /* the last eight bytes of a longer one */
    struct dnp_bridge bridge;
};

/* The attributes of a start tag, each as it is written before its value: ` diffgr:id="`. */
#define DNP_TAG_ATTRIBUTES 4
#define DNP_TAG_ATTRIBUTE_SIZE 48
struct dnp_tag_attributes {
    size_t count;
    char texts[DNP_TAG_ATTRIBUTES][DNP_TAG_ATTRIBUTE_SIZE];
};

/* How a record is written: its own element, and in order its members on the wire, or a row's columns. Of what is not a
 * scalar only an empty array is read. */
struct dnp_record_form {
    const void *owner;            /* the type or table that it was made of */
    char name[DNP_TAG_NAME_SIZE]; /* "prefix:name"; empty: it cannot be read */
    struct dnp_tag_attributes attributes;
    bool repeats; /* it is an array: its one member comes any number of times */
    size_t count;
    struct dnp_member_tag members[DNP_RECORD_MAX_MEMBERS];
};

struct dnp_scanned_value {
    const struct dnp_field *field;
    struct dnp_slice text; /* in the bytes that were scanned */
    bool has_references;   /* dnp_record_unescape makes the value of it */
};

struct dnp_scanned_record {
    bool whole;
    size_t start_tag; /* the bytes of it and the white space before it; 0: it is not one that may be read here */
    size_t length;    /* of what was read: all of it, or up to the end of its last member */
    size_t count;
    struct dnp_scanned_value values[DNP_RECORD_MAX_MEMBERS];
};

/* Of a record or array called `name`; `prefix` is empty when the elements have none. */
void dnp_record_form_make(struct dnp_record_form *form, const struct dnp_type *type, const char *name,
                          enum dnp_dialect dialect, struct dnp_slice prefix);
/* `element` and `elements` are the names of the table and its columns as elements. */
void dnp_row_form_make(struct dnp_record_form *form, const struct dnp_table *table, const char *element,
                       char *const *elements);

/* Reads the record at the start of `bytes`, white space before it included, as far as it may be read here. The form
 * learns from it. */
void dnp_record_scan(struct dnp_record_form *form, size_t max_text, struct dnp_slice bytes,
                     struct dnp_scanned_record *record);
/* The same within a record whose start tag was read before: its members from `first` on. */
void dnp_record_scan_members(struct dnp_record_form *form, const struct dnp_field *first, size_t max_text,
                             struct dnp_slice bytes, struct dnp_scanned_record *record);

/* Puts the text that a value stands for into `out`, which is emptied before. False when out of memory. */
bool dnp_record_unescape(struct dnp_buffer *out, struct dnp_slice text);

#endif
