/* Dates as HTTP headers have them. */
#ifndef DNP_CLIENT_HTTP_DATE_H
#define DNP_CLIENT_HTTP_DATE_H

#include <stdbool.h>
#include <stdint.h>

/* Seconds since 1970 of "Sun, 06 Nov 1994 08:49:37 GMT", or of either of the two older forms that RFC 9110 wants read.
 * False when it is not an HTTP date. */
bool dnp_http_date(const char *text, int64_t *seconds);

/* Seconds that a Retry-After header asks to wait, a number or a date; `date` is the response's own Date header or NULL.
 * 0 when it asks for nothing. */
int dnp_retry_after(const char *text, const char *date);

#endif
