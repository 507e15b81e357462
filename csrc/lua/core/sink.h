/*
 * Lua values from decoded ones.
 */
#ifndef LDNP_SINK_H
#define LDNP_SINK_H

#include "lua/common/compat.h"
#include "soap/codec.h"

/* Records, arrays, DataSets and rows within one another; the contract has no deeper ones. */
#define LDNP_SINK_DEPTH 16

/* A record type of a response, with its names ready among the upvalues of the function that reads. */
struct ldnp_sink_type {
    const struct dnp_type *type;
    int constructor; /* pseudo-index of the function that makes a record; 0: none, but names */
    int names;       /* pseudo-index of the first name; the others follow */
    int size;        /* fields that this panel sends */
};

/* Those of one operation in one dialect. */
struct ldnp_sink_layout {
    int count;
    struct ldnp_sink_type types[DNP_TYPE_COUNT];
};

/* A record, array, DataSet or row that is being read; the bottom one stands for the message itself. */
struct ldnp_sink_frame {
    enum ldnp_frame_kind {
        LDNP_IN_MESSAGE,
        LDNP_IN_RECORD,
        LDNP_IN_ARGUMENTS, /* of a record's constructor */
        LDNP_IN_ARRAY,
        LDNP_IN_DATASET,
        LDNP_IN_ROW
    } kind;
    const struct dnp_field *fields; /* of a record or row: what index is counted from */
    int table;                      /* stack index of the Lua table; or of the constructor, below its arguments */
    int names; /* index of a record's first name; of that of an array's records, 0: see their type; else of a table */
    int count; /* of an array; or how many arguments there are */
    int fields_count; /* how many the constructor takes */
    int index;        /* of a record, array or DataSet among the arguments of the frame around it */
};

struct ldnp_sink {
    struct dnp_sink sink; /* what the decoder is given */
    lua_State *L;
    const struct ldnp_sink_layout *layout; /* of the function that runs */
    size_t compounds;                      /* records and rows so far */
    bool lets_collector_run; /* the records are handed over while the response is read: they become garbage */
    bool collector_stopped;
    int kilobytes; /* that Lua used when the collector was stopped */
    struct ldnp_sink_frame *top;
    struct ldnp_sink_frame frames[LDNP_SINK_DEPTH];
};

/* Before anything else; does not raise. */
void ldnp_sink_init(struct ldnp_sink *sink, lua_State *L);
/* Pushes `run` as a function with the names of all fields that a response can hold: only within it the sink can be fed,
 * its stack has what was read so far and nothing else, and it returns all of that. May raise. */
void ldnp_sink_push_function(lua_State *L, const struct dnp_operation *operation,
                             const struct dnp_dialect_info *dialect, lua_CFunction run);
/* Within that function, before each feed. */
void ldnp_sink_enter(struct ldnp_sink *sink);
/* Before each feed: a long response goes on without the collector. */
void ldnp_sink_resume(struct ldnp_sink *sink);
/* Lets go of what was read; ready for another response. Does not raise. */
void ldnp_sink_clear(struct ldnp_sink *sink);
/* Pushes what was read: nil when it was nothing. */
void ldnp_sink_push_result(const struct ldnp_sink *sink);
/* After each feed: lets the collector run again if the sink had stopped it; needed on every path. Does not raise.
 * Returns how many kilobytes were made meanwhile. */
int ldnp_sink_pause(struct ldnp_sink *sink);
/* Notes how much the collector has to catch up with; else a loop of long responses would outrun it. May raise. */
void ldnp_sink_owe(lua_State *L, int kilobytes);

/* Moves the records of a list, or the rows of a DataSet, that are complete to the end of the array at `target`; of a
 * row its table follows it. Returns the new length of the array. The stack of the sink and L may differ. */
int ldnp_sink_drain(struct ldnp_sink *sink, lua_State *L, int target, int length);

#endif
