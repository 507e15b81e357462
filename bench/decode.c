/*
 * The decoder with a sink that keeps nothing, with its fast path for records or without: what trying it costs where it
 * never pays.
 * usage: decode records|leaves decode OPERATION FILE TIMES WARM_FILE WARM_TIMES
 * The sink counts the records and adds up their ids.
 */
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "lookup/find.h"
#include "mark.h"
#include "soap/codec.h"

struct found {
    double count;
    double sum;
};

static bool take_compound(void *context, const struct dnp_field *field)
{
    (void)context, (void)field;
    return true;
}

static bool take_value(void *context, const struct dnp_field *field, const struct dnp_value *value)
{
    struct found *found = context;
    if (strcmp(field->name, "UserId") == 0) {
        found->count++;
        found->sum += (double)value->integer;
    }
    return true;
}

static void decode(struct dnp_soap_decoder *decoder, const char *operation, struct dnp_slice bytes, struct found *found)
{
    const struct dnp_dialect_info *dialect = dnp_find_dialect("dotnetpanel");
    const struct dnp_operation *known = dnp_find_operation(operation, dialect->dialect);
    const struct dnp_sink sink = {.context = found, .begin = take_compound, .end = take_compound, .value = take_value};
    struct dnp_error error;
    *found = (struct found){0};
    if (known == NULL || !dnp_soap_decoder_start(decoder, &known->response, dialect, DNP_CLIENT_SIDE, &sink, &error) ||
        !dnp_soap_decoder_feed(decoder, bytes, &error) || !dnp_soap_decoder_finish(decoder, &error)) {
        (void)fprintf(stderr, "it is not decoded\n");
        exit(EXIT_FAILURE);
    }
}

static struct dnp_slice read_file(const char *path)
{
    struct dnp_slice bytes = {0};
    bytes.data = bench_read_file(path, &bytes.length);
    return bytes;
}

int main(int argc, char **argv)
{
    const struct dnp_soap_limits limits = {.max_text = DNP_SOAP_MAX_TEXT};
    struct found found = {0};
    struct dnp_soap_decoder *decoder = dnp_soap_decoder_new(&limits);
    if (argc != 8 || strcmp(argv[2], "decode") != 0 || decoder == NULL) {
        (void)fprintf(stderr, "usage: decode records|leaves decode OPERATION FILE TIMES WARM_FILE WARM_TIMES\n");
        return EXIT_FAILURE;
    }
    struct dnp_slice bytes = read_file(argv[4]);
    struct dnp_slice warm = read_file(argv[6]);
    dnp_soap_decoder_scan_records(decoder, strcmp(argv[1], "records") == 0);
    for (long i = strtol(argv[7], NULL, 10); i > 0; i--) {
        decode(decoder, argv[3], warm, &found);
    }
    const long times = strtol(argv[5], NULL, 10);
    bench_start();
    for (long i = 0; i < times; i++) {
        decode(decoder, argv[3], bytes, &found);
    }
    bench_stop();
    bench_print(found.count, found.sum);
    dnp_soap_decoder_free(decoder);
    free((char *)bytes.data);
    free((char *)warm.data);
    return EXIT_SUCCESS;
}
