/*
 * Messages of usage errors: which method, which argument, which field.
 */
#ifndef LDNP_USAGE_ERROR_H
#define LDNP_USAGE_ERROR_H

#include "lua/core/source.h"

/* What a message shows of a caller's text, and the buffer that it needs. */
#define LDNP_SHOWN_BYTES 60
#define LDNP_SHOWN_SIZE (LDNP_SHOWN_BYTES + 4)
/* A path within an argument: "Vlans[2].Comment". */
#define LDNP_PATH_SIZE 256

/* Fills the source's error with "add_user: argument 1 (user): field 'Vlans[2].Comment'" and the rest of the sentence;
 * `format` brings its own ": " or blank. The field is `name` in the source's current frame, or item `index` when that
 * is an array; NULL means the frame itself. */
enum dnp_presence ldnp_reject(struct ldnp_source *source, const char *name, size_t index, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A caller's text for a message: short, and nothing that a terminal would obey. */
const char *ldnp_shown(struct dnp_slice text, char buffer[LDNP_SHOWN_SIZE]);

/* Position of a parameter among the method's arguments, from 0. */
int ldnp_argument_position(const struct ldnp_source *source, const struct dnp_field *parameter);

#endif
