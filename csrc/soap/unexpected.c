/*
 * Sentences about what a response holds in place of what the contract says. What the server wrote is shown short.
 */
#include "soap/unexpected.h"

#define SHOWN_NAME 64
#define SHOWN_NAMESPACE 128
#define SHOWN_TEXT 60

bool dnp_unexpected_element(struct dnp_error *error, const char *holder, const char *name, const char *xml_namespace,
                            const char *expected)
{
    if (xml_namespace[0] == '\0') {
        return dnp_fail(error, DNP_PROTOCOL, "<%s> holds <%.*s> in no namespace where %s was expected", holder,
                        SHOWN_NAME, name, expected);
    }
    return dnp_fail(error, DNP_PROTOCOL, "<%s> holds <%.*s> in the namespace \"%.*s\" where %s was expected", holder,
                    SHOWN_NAME, name, SHOWN_NAMESPACE, xml_namespace, expected);
}

bool dnp_unexpected_text(struct dnp_error *error, const char *holder, struct dnp_slice text, const char *expected)
{
    struct dnp_slice shown = dnp_slice_cut(dnp_slice_trimmed(text), SHOWN_TEXT);
    return dnp_fail(error, DNP_PROTOCOL, "<%s> holds text where %s was expected: \"%.*s\"", holder, expected,
                    (int)shown.length, shown.data);
}
