/* What headers of a response mean to a person. */
#ifndef DNP_CLIENT_HEADERS_H
#define DNP_CLIENT_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

/* Copies what of an address may be shown: scheme, host, port and path, but no credentials and no query. */
void dnp_show_location(const char *location, char *shown, size_t size);
/* Whether ASP.NET redirects to its page for errors: then the method was reached, and failed somewhere within. */
bool dnp_is_aspx_error_page(const char *location);
/* Whether a WWW-Authenticate header offers Windows authentication and nothing else. */
bool dnp_wants_windows(const char *www_authenticate);

#endif
