/* HTTP Basic as the panel reads it, down to what it reads wrongly. */
#ifndef DNP_SANDBOX_AUTH_H
#define DNP_SANDBOX_AUTH_H

#include <stdbool.h>

#define DNP_CREDENTIAL_SIZE 512

enum dnp_credentials_state {
    DNP_CREDENTIALS_READ,
    DNP_CREDENTIALS_NONE,  /* no header, or another scheme */
    DNP_CREDENTIALS_BROKEN /* `fault` says what the panel would have thrown */
};

struct dnp_credentials {
    char username[DNP_CREDENTIAL_SIZE];
    char password[DNP_CREDENTIAL_SIZE];
    const char *fault;
};

/* `header` is the value of Authorization, or NULL. */
enum dnp_credentials_state dnp_credentials_read(const char *header, struct dnp_credentials *credentials);
void dnp_credentials_wipe(struct dnp_credentials *credentials);

#endif
