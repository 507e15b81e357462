/*
 * The arguments of a call as the encoder's source, checked while they are read.
 *
 * Only raw reads: no metamethod runs, so nothing can change or re-enter while a request is written. A usage
 * error fills `error` with a message that names method, argument and field; nothing here raises.
 */
#ifndef LDNP_SOURCE_H
#define LDNP_SOURCE_H

#include "lua/common/compat.h"
#include "soap/codec.h"

struct ldnp_check;
struct ldnp_dialect_names;
struct ldnp_name_index;

/* Records and arrays within one another in a request; the contract has no deeper ones. */
#define LDNP_SOURCE_DEPTH 8

/* A parameter, record or array that is being written. */
struct ldnp_source_frame {
    const struct dnp_field *field;
    const struct dnp_field *fields;        /* of its type */
    size_t index;                          /* in the enclosing array */
    int table;                             /* stack index of the Lua table */
    const struct ldnp_name_index *numbers; /* of these, by the address of their text */
    uint64_t present;                      /* of a record: which fields are there */
    int values; /* of a record: that of what it carries unknown; behind it are those of its fields */
};

struct ldnp_source {
    struct dnp_source source; /* what the encoder is given */
    lua_State *L;
    const struct dnp_operation *operation;
    enum dnp_dialect dialect;
    const struct dnp_dialect_info *info; /* of the dialect */
    const struct ldnp_dialect_names *names;
    int first; /* stack index of the first argument */
    int last;
    int depth;
    const struct ldnp_source_frame *record; /* the current frame, where it is one's; else NULL */
    struct ldnp_source_frame frames[LDNP_SOURCE_DEPTH];
    char date[DNP_DATE_SIZE];
    struct ldnp_check *check; /* for values that are checked without a call; else NULL */
    struct dnp_error *error;
};

/* What a value is to become. */
struct ldnp_place {
    struct ldnp_source *source;
    const struct dnp_field *field;
    const char *name; /* NULL: a whole argument */
    size_t index;     /* in the enclosing array */
    int at;           /* stack index of the value */
};

/* Arguments are at `first` up to `last`. Raises only when the Lua stack cannot grow. */
void ldnp_source_init(struct ldnp_source *source, lua_State *L, const struct dnp_operation *operation,
                      const struct dnp_dialect_info *dialect, const struct ldnp_dialect_names *names, int first,
                      int last);
/* Pushes the value of a field of the current frame, or of an argument, as it was given; an alias stands in for a number
 * that is nil. */
struct ldnp_place ldnp_source_push(struct ldnp_source *source, const struct dnp_field *field, size_t index);
/* Makes the record or array on top of the stack the current frame; `value` gets its count. */
enum dnp_presence ldnp_source_enter(const struct ldnp_place *place, struct dnp_value *value);
/* Leaves it, and pops it with all above. */
void ldnp_source_leave(struct ldnp_source *source);
/* Whether there are too many arguments. */
bool ldnp_source_check_count(struct ldnp_source *source, struct dnp_error *error);

/* "sendLetter" becomes "send_letter": the name of a parameter in Lua. */
void ldnp_argument_name(const struct dnp_field *parameter, char *name, size_t size);
/* Whether a parameter is an argument of the method in this dialect. */
bool ldnp_is_argument(const struct dnp_field *parameter, enum dnp_dialect dialect);

#endif
