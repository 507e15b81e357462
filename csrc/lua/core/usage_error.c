/*
 * Messages of usage errors: which method, which argument, which field.
 *
 * A caller's text appears only where it names something, short and without control characters; values never do.
 */
#include "lua/core/usage_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "lua/common/raise.h"
#include "lua/core/check.h"

bool ldnp_is_argument(const struct dnp_field *parameter, enum dnp_dialect dialect)
{
    return parameter->from == NULL && (parameter->dialects & (unsigned)dialect) != 0;
}

void ldnp_argument_name(const struct dnp_field *parameter, char *name, size_t size)
{
    size_t length = 0;
    for (const char *letter = parameter->name; *letter != '\0' && length + 2 < size; letter++) {
        bool capital = *letter >= 'A' && *letter <= 'Z';
        if (capital && letter != parameter->name) {
            name[length++] = '_';
        }
        name[length++] = capital ? (char)(*letter - 'A' + 'a') : *letter;
    }
    name[length] = '\0';
}

int ldnp_argument_position(const struct ldnp_source *source, const struct dnp_field *parameter)
{
    int position = 0;
    for (const struct dnp_field *field = source->operation->request.fields; field < parameter; field++) {
        position += ldnp_is_argument(field, source->dialect);
    }
    return position;
}

static size_t append_step(char *path, size_t used, const char *name, bool item, size_t index)
{
    int length = item ? snprintf(path + used, LDNP_PATH_SIZE - used, "[%zu]", index + 1)
                      : snprintf(path + used, LDNP_PATH_SIZE - used, "%s%s", used > 0 ? "." : "", name);
    used += length > 0 ? (size_t)length : 0;
    return used < LDNP_PATH_SIZE ? used : LDNP_PATH_SIZE - 1;
}

/* "Vlans[2].Comment" for `name` in the current frame; the frame itself when it is NULL. */
static void describe_path(const struct ldnp_source *source, const char *name, size_t index, char path[LDNP_PATH_SIZE])
{
    size_t used = 0;
    const struct ldnp_source_frame *frames = source->frames;
    path[0] = '\0';
    for (int i = 1; i < source->depth; i++) {
        bool item = frames[i - 1].field->type->kind == DNP_ARRAY;
        used = append_step(path, used, frames[i].field->name, item, frames[i].index);
    }
    if (name != NULL) {
        bool item = source->depth > 0 && frames[source->depth - 1].field->type->kind == DNP_ARRAY;
        (void)append_step(path, used, name, item, index);
    }
}

/* "argument 1 (user): field 'Vlans[2].Comment'" */
static void describe(const struct ldnp_source *source, const char *path, char *text, size_t size)
{
    char argument[DNP_NAME_SIZE];
    const struct dnp_field *parameter = source->frames[0].field;
    ldnp_argument_name(parameter, argument, sizeof argument);
    const char *kind = path[0] == '[' ? "element" : "field";
    (void)snprintf(text, size, path[0] != '\0' ? "argument %d (%s): %s '%s'" : "argument %d (%s)",
                   ldnp_argument_position(source, parameter) + 1, argument, kind, path);
}

enum dnp_presence ldnp_reject(struct ldnp_source *source, const char *name, size_t index, const char *format, ...)
{
    char path[LDNP_PATH_SIZE];
    char where[LDNP_PATH_SIZE + 2 * DNP_NAME_SIZE];
    char what[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    describe_path(source, name, index, path);
    if (source->check != NULL) {
        memcpy(source->check->path, path, sizeof path);
        (void)dnp_fail(source->error, DNP_USAGE, "%s", what + strspn(what, ": "));
    } else {
        describe(source, path, where, sizeof where);
        (void)dnp_fail(source->error, DNP_USAGE, "%s: %s%s", source->operation->method, where, what);
    }
    return DNP_INVALID;
}

const char *ldnp_shown(struct dnp_slice text, char buffer[LDNP_SHOWN_SIZE])
{
    size_t length = dnp_slice_cut(text, LDNP_SHOWN_BYTES).length;
    memcpy(buffer, text.data, length);
    dnp_mask_controls(buffer, length);
    (void)snprintf(buffer + length, 4, "%s", length < text.length ? "..." : "");
    return buffer;
}
