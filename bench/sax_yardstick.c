/*
 * The yardstick: libxml2's push parser over a file, 16 KiB at a time, with SAX2 handlers that do nothing.
 * usage: sax_yardstick FILE [TIMES]
 */
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE ((size_t)16 * 1024)

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespace_count,
                     const xmlChar **namespaces, int attribute_count, int defaulted_count, const xmlChar **attributes)
{
    (void)context, (void)name, (void)prefix, (void)uri, (void)namespace_count, (void)namespaces;
    (void)attribute_count, (void)defaulted_count, (void)attributes;
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void)context, (void)name, (void)prefix, (void)uri;
}

static void on_characters(void *context, const xmlChar *text, int length)
{
    (void)context, (void)text, (void)length;
}

static char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    if (file == NULL) {
        return NULL;
    }
    if (fseek(file, 0, SEEK_END) == 0) {
        long size = ftell(file);
        bytes = size > 0 ? malloc((size_t)size) : NULL;
        rewind(file);
        if (bytes != NULL && fread(bytes, 1, (size_t)size, file) != (size_t)size) {
            free(bytes);
            bytes = NULL;
        }
        *length = (size_t)size;
    }
    (void)fclose(file);
    return bytes;
}

static int parse(const char *bytes, size_t length)
{
    xmlSAXHandler handler;
    memset(&handler, 0, sizeof handler);
    handler.initialized = XML_SAX2_MAGIC;
    handler.startElementNs = on_start;
    handler.endElementNs = on_end;
    handler.characters = on_characters;
    handler.ignorableWhitespace = on_characters;
    xmlParserCtxtPtr parser = xmlCreatePushParserCtxt(&handler, NULL, NULL, 0, NULL);
    if (parser == NULL) {
        return -1;
    }
    for (size_t at = 0; at < length; at += PIECE) {
        size_t piece = length - at < PIECE ? length - at : PIECE;
        (void)xmlParseChunk(parser, bytes + at, (int)piece, 0);
    }
    int result = xmlParseChunk(parser, NULL, 0, 1);
    xmlFreeParserCtxt(parser);
    return result;
}

int main(int argc, char **argv)
{
    size_t length = 0;
    char *bytes = argc > 1 ? read_file(argv[1], &length) : NULL;
    int result = bytes == NULL ? -1 : 0;
    for (int i = 0; result == 0 && i < (argc > 2 ? atoi(argv[2]) : 1); i++) {
        result = parse(bytes, length);
    }
    free(bytes);
    return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
