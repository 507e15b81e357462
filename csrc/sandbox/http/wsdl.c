/*
 * WSDL 1.1 as ASMX writes it: one schema, a message pair per operation, bindings for SOAP 1.1 and 1.2.
 *
 * Types are written when they are first met, each once. Nothing here can fail but the buffer.
 */
#include "sandbox/http/wsdl.h"

#include <string.h>

#include "lookup/find.h"
#include "xml/writer.h"

struct wsdl {
    struct dnp_buffer *out;
    const struct dnp_service_info *service;
    const struct dnp_dialect_info *dialect;
    struct dnp_type_set types; /* met so far */
    size_t types_written;
};

static void put(struct wsdl *wsdl, const char *text)
{
    dnp_buffer_puts(wsdl->out, text);
}

static void put_all(struct wsdl *wsdl, const char *const *texts)
{
    for (; *texts != NULL; texts++) {
        put(wsdl, *texts);
    }
}

#define PUT(wsdl, ...) put_all((wsdl), (const char *const[]){__VA_ARGS__, NULL})

static bool offers(const struct wsdl *wsdl, const struct dnp_operation *operation)
{
    return operation->service == wsdl->service->service &&
           (operation->dialects & (unsigned)wsdl->dialect->dialect) != 0;
}

/* ---- schema ---- */

static bool is_builtin(const struct dnp_type *type)
{
    return DNP_IS_SCALAR(type->kind) && type->kind != DNP_ENUM;
}

/* As .NET writes it: the schema comes along in the response, then the rows. */
static void put_dataset_element(struct wsdl *wsdl)
{
    put(wsdl, "><s:complexType><s:sequence><s:element ref=\"s:schema\" /><s:any /></s:sequence></s:complexType>"
              "</s:element>");
}

static void put_element(struct wsdl *wsdl, const struct dnp_field *field, bool item)
{
    const struct dnp_type *type = field->type;
    bool nullable = type->kind == DNP_STRING || !DNP_IS_SCALAR(type->kind);
    PUT(wsdl, "<s:element minOccurs=\"", nullable || item ? "0" : "1", "\" maxOccurs=\"", item ? "unbounded" : "1",
        "\" name=\"", field->name, "\"");
    if (type->kind == DNP_DATASET) {
        put_dataset_element(wsdl);
        return;
    }
    PUT(wsdl, item && nullable ? " nillable=\"true\"" : "", " type=\"", is_builtin(type) ? "s:" : "tns:", type->name,
        "\" />");
}

static void put_sequence(struct wsdl *wsdl, const struct dnp_type *type)
{
    put(wsdl, "<s:sequence>");
    for (size_t i = 0; i < type->field_count; i++) {
        if (dnp_field_on_wire(&type->fields[i], wsdl->dialect->dialect)) {
            put_element(wsdl, &type->fields[i], type->kind == DNP_ARRAY);
        }
    }
    put(wsdl, "</s:sequence>");
}

static void put_enumeration(struct wsdl *wsdl, const struct dnp_type *type)
{
    PUT(wsdl, "<s:simpleType name=\"", type->name, "\"><s:restriction base=\"s:string\">");
    for (size_t i = 0; i < type->value_count; i++) {
        if ((type->values[i].dialects & (unsigned)wsdl->dialect->dialect) != 0) {
            PUT(wsdl, "<s:enumeration value=\"", type->values[i].name, "\" />");
        }
    }
    put(wsdl, "</s:restriction></s:simpleType>");
}

static void put_type(struct wsdl *wsdl, const struct dnp_type *type)
{
    if (type->kind == DNP_ENUM) {
        put_enumeration(wsdl, type);
    } else if (type->kind != DNP_DATASET) {
        PUT(wsdl, "<s:complexType name=\"", type->name, "\">");
        put_sequence(wsdl, type);
        put(wsdl, "</s:complexType>");
    }
}

static void put_message_schema(struct wsdl *wsdl, const struct dnp_type *message)
{
    PUT(wsdl, "<s:element name=\"", message->name, "\"><s:complexType>");
    put_sequence(wsdl, message);
    put(wsdl, "</s:complexType></s:element>");
    dnp_type_set_add_message(&wsdl->types, message, wsdl->dialect->dialect);
    while (wsdl->types_written < wsdl->types.count) {
        put_type(wsdl, wsdl->types.types[wsdl->types_written++]);
    }
}

static void put_types(struct wsdl *wsdl)
{
    PUT(wsdl, "<wsdl:types><s:schema elementFormDefault=\"qualified\" targetNamespace=\"", wsdl->dialect->xml_namespace,
        "\">");
    for (size_t i = 0; i < dnp_operation_count; i++) {
        if (offers(wsdl, &dnp_operations[i])) {
            put_message_schema(wsdl, &dnp_operations[i].request);
            put_message_schema(wsdl, &dnp_operations[i].response);
        }
    }
    put(wsdl, "</s:schema></wsdl:types>");
}

/* ---- messages, port, bindings ---- */

static void put_messages(struct wsdl *wsdl, const struct dnp_operation *operation)
{
    PUT(wsdl, "<wsdl:message name=\"", operation->name,
        "SoapIn\"><wsdl:part name=\"parameters\" element=\"tns:", operation->request.name,
        "\" /></wsdl:message><wsdl:message name=\"", operation->name,
        "SoapOut\"><wsdl:part name=\"parameters\" element=\"tns:", operation->response.name, "\" /></wsdl:message>");
}

static void put_port_operation(struct wsdl *wsdl, const struct dnp_operation *operation)
{
    PUT(wsdl, "<wsdl:operation name=\"", operation->name, "\"><wsdl:documentation>");
    dnp_xml_text(wsdl->out, dnp_slice_of(operation->summary), DNP_TEXT_ASMX);
    PUT(wsdl, "</wsdl:documentation><wsdl:input message=\"tns:", operation->name,
        "SoapIn\" /><wsdl:output message=\"tns:", operation->name, "SoapOut\" /></wsdl:operation>");
}

static void put_bound_operation(struct wsdl *wsdl, const struct dnp_operation *operation, const char *prefix)
{
    PUT(wsdl, "<wsdl:operation name=\"", operation->name, "\"><", prefix, ":operation soapAction=\"",
        wsdl->dialect->xml_namespace, "/", operation->name, "\" style=\"document\" /><wsdl:input><", prefix,
        ":body use=\"literal\" /></wsdl:input><wsdl:output><", prefix,
        ":body use=\"literal\" /></wsdl:output></wsdl:operation>");
}

static void put_binding(struct wsdl *wsdl, const char *suffix, const char *prefix)
{
    const char *name = wsdl->service->name;
    PUT(wsdl, "<wsdl:binding name=\"", name, suffix, "\" type=\"tns:", name, "Soap\"><", prefix,
        ":binding transport=\"http://schemas.xmlsoap.org/soap/http\" />");
    for (size_t i = 0; i < dnp_operation_count; i++) {
        if (offers(wsdl, &dnp_operations[i])) {
            put_bound_operation(wsdl, &dnp_operations[i], prefix);
        }
    }
    put(wsdl, "</wsdl:binding>");
}

static void put_port(struct wsdl *wsdl, const char *suffix, const char *prefix, const char *address)
{
    const char *name = wsdl->service->name;
    PUT(wsdl, "<wsdl:port name=\"", name, suffix, "\" binding=\"tns:", name, suffix, "\"><", prefix,
        ":address location=\"");
    dnp_xml_attribute_text(wsdl->out, dnp_slice_of(address));
    put(wsdl, "\" /></wsdl:port>");
}

void dnp_wsdl_write(struct dnp_buffer *out, const struct dnp_service_info *service,
                    const struct dnp_dialect_info *dialect, const char *address)
{
    struct wsdl wsdl = {.out = out, .service = service, .dialect = dialect};
    PUT(&wsdl,
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
        "<wsdl:definitions xmlns:soap12=\"http://schemas.xmlsoap.org/wsdl/soap12/\" xmlns:tns=\"",
        dialect->xml_namespace,
        "\" xmlns:s=\"http://www.w3.org/2001/XMLSchema\" xmlns:soap=\"http://schemas.xmlsoap.org/wsdl/soap/\" "
        "targetNamespace=\"",
        dialect->xml_namespace, "\" xmlns:wsdl=\"http://schemas.xmlsoap.org/wsdl/\">");
    put_types(&wsdl);
    for (size_t i = 0; i < dnp_operation_count; i++) {
        if (offers(&wsdl, &dnp_operations[i])) {
            put_messages(&wsdl, &dnp_operations[i]);
        }
    }
    PUT(&wsdl, "<wsdl:portType name=\"", service->name, "Soap\">");
    for (size_t i = 0; i < dnp_operation_count; i++) {
        if (offers(&wsdl, &dnp_operations[i])) {
            put_port_operation(&wsdl, &dnp_operations[i]);
        }
    }
    put(&wsdl, "</wsdl:portType>");
    put_binding(&wsdl, "Soap", "soap");
    put_binding(&wsdl, "Soap12", "soap12");
    PUT(&wsdl, "<wsdl:service name=\"", service->name, "\">");
    put_port(&wsdl, "Soap", "soap", address);
    put_port(&wsdl, "Soap12", "soap12", address);
    put(&wsdl, "</wsdl:service></wsdl:definitions>");
}
