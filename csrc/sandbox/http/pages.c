/*
 * Help and error pages: short, and HTML where a client may have expected XML.
 */
#include "sandbox/http/pages.h"

#include <stdio.h>

#include "xml/writer.h"

void dnp_page_error(struct dnp_buffer *out, int status, const char *text)
{
    char number[16];
    (void)snprintf(number, sizeof number, "%d", status);
    dnp_buffer_puts(out, "<!DOCTYPE html>\n<html>\n<head><title>Error ");
    dnp_buffer_puts(out, number);
    dnp_buffer_puts(out, "</title></head>\n<body>\n<h1>Server Error in '/' Application</h1>\n<p>");
    dnp_xml_text(out, dnp_slice_of(text), DNP_TEXT_ASMX);
    dnp_buffer_puts(out, "<br>\n</p>\n</body>\n</html>\n");
}

void dnp_page_service(struct dnp_buffer *out, const struct dnp_service_info *service,
                      const struct dnp_dialect_info *dialect)
{
    dnp_buffer_puts(out, "<!DOCTYPE html>\n<html>\n<head><title>");
    dnp_buffer_puts(out, service->name);
    dnp_buffer_puts(out, " Web Service</title></head>\n<body>\n<h1>");
    dnp_buffer_puts(out, service->name);
    dnp_buffer_puts(out, "</h1>\n<p>");
    dnp_buffer_puts(out, dialect->product);
    dnp_buffer_puts(out, " Enterprise Server, sandbox. <a href=\"?WSDL\">Service description</a></p>\n<ul>\n");
    for (size_t i = 0; i < dnp_operation_count; i++) {
        const struct dnp_operation *operation = &dnp_operations[i];
        if (operation->service == service->service && (operation->dialects & (unsigned)dialect->dialect) != 0) {
            dnp_buffer_puts(out, "<li>");
            dnp_buffer_puts(out, operation->name);
            dnp_buffer_puts(out, ": ");
            dnp_xml_text(out, dnp_slice_of(operation->summary), DNP_TEXT_ASMX);
            dnp_buffer_puts(out, "</li>\n");
        }
    }
    dnp_buffer_puts(out, "</ul>\n</body>\n</html>\n");
}
