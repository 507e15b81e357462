/*
 * What the panel speaks, as data: types, operations, dialects, error codes.
 *
 * Everything here is const. The encoder, the decoder, the methods of a session with their argument
 * checks, the sandbox, its WSDL and the editor annotations are all made from these rows, so adding
 * an operation is adding a row. Field order is the order on the wire (XmlSerializer's).
 */
#ifndef DNP_CONTRACT_H
#define DNP_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A panel is one product with one namespace for all its services; bits so that a row can name several. A dialect is a
 * family of versions, and its rows are those of the newest: XmlSerializer passes over elements that it does not know,
 * so what an older version lacks may be sent to it all the same.
 */
enum dnp_dialect {
    DNP_DOTNETPANEL = 1,
    DNP_WEBSITEPANEL = 2,
    DNP_SOLIDCP = 4,
    DNP_CLASSIC = DNP_DOTNETPANEL | DNP_WEBSITEPANEL,
    DNP_LATER = DNP_WEBSITEPANEL | DNP_SOLIDCP,
    DNP_ALL_DIALECTS = DNP_CLASSIC | DNP_SOLIDCP
};

struct dnp_dialect_info {
    enum dnp_dialect dialect;
    const char *name;    /* "dotnetpanel" */
    const char *product; /* "DotNetPanel": what a person calls it, also in the server's realm */
    const char *xml_namespace;
};

enum dnp_service { DNP_ES_USERS, DNP_ES_PACKAGES, DNP_ES_AUTHENTICATION, DNP_SERVICE_COUNT };

struct dnp_service_info {
    enum dnp_service service;
    const char *name;   /* "esUsers"; the address is <url>/<name>.asmx */
    bool authenticated; /* esAuthentication takes no credentials */
};

enum dnp_kind {
    DNP_INT,
    DNP_USHORT,
    DNP_LONG,
    DNP_DOUBLE,
    DNP_DECIMAL,
    DNP_BOOL,
    DNP_STRING,
    DNP_DATETIME,
    DNP_ENUM,
    DNP_RECORD,
    DNP_ARRAY,
    DNP_DATASET
};

/* Kinds before DNP_RECORD are scalars: one element with text. */
#define DNP_IS_SCALAR(kind) ((kind) < DNP_RECORD)

struct dnp_enum_value {
    const char *name;
    int32_t number;
    unsigned dialects;
};

enum dnp_field_flag {
    DNP_SECRET = 1,    /* never in a message, log or dump */
    DNP_POSITIVE = 2,  /* an id or a quantity: below 1 is a usage error where it is required */
    DNP_HOISTED = 8,   /* callers put it here, but on the wire it travels in the parameter that names it */
    DNP_OPTIONAL = 16, /* a parameter that may be left out (nil) */
    DNP_NARROW = 32,   /* its column is varchar: what is not in code page 1252 becomes a question mark */
    DNP_NAME = 64      /* blanks at its ends are lost, or do not count */
};

/*
 * A password is kept in 200 characters: the Base64 text of its UTF-16 bytes, encrypted in blocks of 16 (CryptoUtils.cs,
 * Encrypt; WebsitePanel 1.0 and SolidCP). One of 72 characters is cut there, and nobody can log in with it.
 */
#define DNP_PASSWORD_LENGTH 71

struct dnp_type;

struct dnp_field {
    const char *name;
    const struct dnp_type *type;
    const struct dnp_type *values; /* for an int that holds a number of this enumeration, else NULL */
    const char *from;              /* parameter taken from this field of the first parameter, else NULL */
    const char *alias_of; /* the number that this field shows by its name; servers write it, clients do not send it */
    unsigned dialects;
    unsigned flags;
    unsigned length; /* UTF-16 units of a text that the panel keeps, the rest is cut without a word; 0: any number */
};

struct dnp_type {
    const char *name; /* "UserInfo", "int"; the name in the WSDL */
    enum dnp_kind kind;
    const struct dnp_field *fields; /* of a record; of an array: one field, the item */
    size_t field_count;
    const struct dnp_enum_value *values; /* of an enumeration */
    size_t value_count;
};

/* How a result says yes or no. A negative number is a refusal, not a fault. */
enum dnp_result_kind {
    DNP_RESULT_VALUE,         /* the result itself: bool, record, list, DataSet; no record means absent */
    DNP_RESULT_ID,            /* int: an id */
    DNP_RESULT_STATUS,        /* int: 0 */
    DNP_RESULT_PACKAGE_ID,    /* PackageResult: an id in Result */
    DNP_RESULT_PACKAGE_STATUS /* PackageResult: 0 in Result */
};

struct dnp_operation {
    const char *name;    /* "AddUser" */
    const char *method;  /* "add_user" */
    const char *summary; /* one sentence for people */
    enum dnp_service service;
    unsigned dialects;
    /* What stands second in a union is its earlier name. */
    union {
        bool mutates; /* must never be sent twice */
        bool changes;
    };
    bool rewrites; /* takes a record that was read, with whatever the panel gave in it */
    union {
        enum dnp_result_kind result_kind;
        enum dnp_result_kind answer;
    };
    struct dnp_type request;     /* a record: the parameters; its name is the element's */
    struct dnp_type response;    /* a record with one field, <Name>Result */
    const char *const *required; /* fields that the record parameter must have; NULL-terminated, or NULL */
    const int32_t *positive;     /* business codes above 0 that it answers where 0 means done; 0 ends them, or NULL */
};

struct dnp_business_code {
    const char *name;     /* "ERROR_USER_ALREADY_EXISTS" */
    const char *alias;    /* another name of the same number, or NULL */
    const char *sentence; /* for people, no full stop */
    int32_t code;
    unsigned dialects; /* whose panels define it; any may turn up in newer ones */
    bool partly;       /* answered in the middle of the work, some of which may be done */
    bool done;         /* no refusal: the call did what it should, and there is something to add */
};

#define DNP_DIALECT_COUNT 3
extern const struct dnp_dialect_info dnp_dialects[DNP_DIALECT_COUNT];
extern const size_t dnp_dialect_count;
extern const struct dnp_service_info dnp_services[DNP_SERVICE_COUNT];
extern const struct dnp_operation dnp_operations[];
extern const size_t dnp_operation_count;
extern const struct dnp_business_code dnp_business_codes[];
extern const size_t dnp_business_code_count;
/* The names of all DNP_SECRET fields and parameters, once each; NULL-terminated. */
extern const char *const dnp_secret_names[];

/* Every type that has rows: enumerations, records, arrays, and the DataSet. A C test finds one that is missing here. */
#define DNP_TYPE_COUNT 25
extern const struct dnp_type *const dnp_types[DNP_TYPE_COUNT];

extern const struct dnp_type dnp_type_int;
extern const struct dnp_type dnp_type_ushort;
extern const struct dnp_type dnp_type_long;
extern const struct dnp_type dnp_type_double;
extern const struct dnp_type dnp_type_decimal;
extern const struct dnp_type dnp_type_bool;
extern const struct dnp_type dnp_type_string;
extern const struct dnp_type dnp_type_datetime;
extern const struct dnp_type dnp_type_dataset;
extern const struct dnp_type dnp_type_user_role;
extern const struct dnp_type dnp_type_user_status;
extern const struct dnp_type dnp_type_user_login_status;
extern const struct dnp_type dnp_type_package_status;
extern const struct dnp_type dnp_type_user_info;
extern const struct dnp_type dnp_type_package_info;
extern const struct dnp_type dnp_type_package_addon_info;
extern const struct dnp_type dnp_type_package_result;
extern const struct dnp_type dnp_type_hosting_plan_info;
extern const struct dnp_type dnp_type_quota_value_info;
extern const struct dnp_type dnp_type_package_context;
extern const struct dnp_type dnp_type_user_settings;
extern const struct dnp_type dnp_type_array_of_string;
extern const struct dnp_type dnp_type_array_of_user_info;
extern const struct dnp_type dnp_type_array_of_package_info;
extern const struct dnp_type dnp_type_array_of_hosting_plan_info;

/* Whether a field is an element of its record on the wire in this dialect. */
static inline bool dnp_field_on_wire(const struct dnp_field *field, enum dnp_dialect dialect)
{
    return (field->dialects & (unsigned)dialect) != 0 && (field->flags & DNP_HOISTED) == 0;
}

#endif
