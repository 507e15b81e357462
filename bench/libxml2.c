/*
 * The yardstick of decoding: libxml2's SAX2 parser over a whole answer at once, with handlers that do nothing.
 * usage: libxml2 decode OPERATION FILE TIMES WARM_FILE WARM_TIMES
 * Before it is measured, other handlers count the records and add up their ids; for a single value they take that.
 */
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "mark.h"

/* What the handlers that count find: of each record or row the first element of the name UserId or UserID. */
struct found {
    double count;
    double sum;
    char text[32];
};

static void ignore_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                         int namespace_count, const xmlChar **namespaces, int attribute_count, int defaulted_count,
                         const xmlChar **attributes)
{
    (void)context, (void)name, (void)prefix, (void)uri, (void)namespace_count, (void)namespaces;
    (void)attribute_count, (void)defaulted_count, (void)attributes;
}

static void ignore_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void)context, (void)name, (void)prefix, (void)uri;
}

static void ignore_text(void *context, const xmlChar *text, int length)
{
    (void)context, (void)text, (void)length;
}

static void note_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                       int namespace_count, const xmlChar **namespaces, int attribute_count, int defaulted_count,
                       const xmlChar **attributes)
{
    struct found *found = context;
    (void)name, (void)prefix, (void)uri, (void)namespace_count, (void)namespaces;
    (void)attribute_count, (void)defaulted_count, (void)attributes;
    found->text[0] = '\0';
}

static void note_text(void *context, const xmlChar *text, int length)
{
    struct found *found = context;
    if ((size_t)length < sizeof found->text) {
        memcpy(found->text, text, (size_t)length);
        found->text[length] = '\0';
    }
}

static void note_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct found *found = context;
    (void)prefix, (void)uri;
    if (xmlStrcasecmp(name, BAD_CAST "UserId") == 0) {
        found->count++;
        found->sum += strtod(found->text, NULL);
    } else if (xmlStrEqual(name, BAD_CAST "UserExistsResult")) {
        found->count++;
        found->sum += strcmp(found->text, "true") == 0;
    }
}

static const xmlSAXHandler ignore = {.initialized = XML_SAX2_MAGIC,
                                     .startElementNs = ignore_start,
                                     .endElementNs = ignore_end,
                                     .characters = ignore_text,
                                     .ignorableWhitespace = ignore_text};
static const xmlSAXHandler note = {.initialized = XML_SAX2_MAGIC,
                                   .startElementNs = note_start,
                                   .endElementNs = note_end,
                                   .characters = note_text,
                                   .ignorableWhitespace = note_text};

static void parse(const xmlSAXHandler *handlers, void *context, const char *bytes, size_t length, long times)
{
    xmlSAXHandler copy = *handlers;
    for (long i = 0; i < times; i++) {
        if (xmlSAXUserParseMemory(&copy, context, bytes, (int)length) != 0) {
            (void)fprintf(stderr, "not well-formed\n");
            exit(EXIT_FAILURE);
        }
    }
}

int main(int argc, char **argv)
{
    struct found found = {0};
    size_t length = 0;
    size_t warm_length = 0;
    if (argc != 7 || strcmp(argv[1], "decode") != 0) {
        (void)fprintf(stderr, "usage: libxml2 decode OPERATION FILE TIMES WARM_FILE WARM_TIMES\n");
        return EXIT_FAILURE;
    }
    char *bytes = bench_read_file(argv[3], &length);
    char *warm = bench_read_file(argv[5], &warm_length);
    long times = strtol(argv[4], NULL, 10);
    parse(&note, &found, bytes, length, 1);
    parse(&ignore, NULL, warm, warm_length, strtol(argv[6], NULL, 10));
    bench_start();
    parse(&ignore, NULL, bytes, length, times);
    bench_stop();
    bench_print(found.count, found.sum);
    free(bytes);
    free(warm);
    return EXIT_SUCCESS;
}
