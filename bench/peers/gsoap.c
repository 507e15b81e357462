/*
 * gSOAP, with the code that it makes from the panel's WSDL. See ../client.lua for the tasks and what is printed.
 * It has no form for DataSets: their XML stays a text.
 */
#include <stdbool.h>

#include "esUsersSoap.nsmap"
#include "mark.h"
#include "soapH.h"

static const char usage[] = "usage: gsoap decode OPERATION FILE TIMES WARM_FILE WARM_TIMES\n"
                            "       gsoap encode OPERATION TIMES WARM_TIMES\n"
                            "       gsoap call OPERATION URL TIMES WARM_TIMES [CA_FILE]\n"
                            "       gsoap list OPERATION URL TIMES WARM_TIMES\n";

/* What is decoded, or what was encoded. */
struct memory {
    char *bytes;
    size_t length;
    size_t at;
    char encoded[8192];
};

struct digest {
    double count;
    double sum;
};

static size_t receive(struct soap *soap, char *bytes, size_t most)
{
    struct memory *memory = soap->user;
    size_t left = memory->length - memory->at;
    size_t length = left < most ? left : most;
    memcpy(bytes, memory->bytes + memory->at, length);
    memory->at += length;
    return length;
}

static int take_sent(struct soap *soap, const char *bytes, size_t length)
{
    struct memory *memory = soap->user;
    if (length >= sizeof memory->encoded - memory->length) {
        return SOAP_EOM;
    }
    memcpy(memory->encoded + memory->length, bytes, length);
    memory->length += length;
    memory->encoded[memory->length] = '\0';
    return SOAP_OK;
}

static void die(struct soap *soap)
{
    soap_print_fault(soap, stderr);
    exit(EXIT_FAILURE);
}

static void read_file(const char *path, struct memory *memory)
{
    FILE *file = fopen(path, "rb");
    long size = file != NULL && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    memory->bytes = size >= 0 ? malloc((size_t)size + 1) : NULL;
    if (memory->bytes == NULL || fseek(file, 0, SEEK_SET) != 0 ||
        fread(memory->bytes, 1, (size_t)size, file) != (size_t)size) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    (void)fclose(file);
    memory->length = (size_t)size;
}

/* ---- decode ---- */

static struct digest digest_of(const struct ns1__UserInfo *users, int count)
{
    struct digest digest = {.count = count};
    for (int i = 0; i < count; i++) {
        digest.sum += users[i].UserId;
    }
    return digest;
}

static void get_users(struct soap *soap, struct digest *digest)
{
    struct _ns1__GetUsersResponse answer;
    soap_default__ns1__GetUsersResponse(soap, &answer);
    if (soap_get__ns1__GetUsersResponse(soap, &answer, "ns1:GetUsersResponse", NULL) != NULL && digest != NULL) {
        *digest = digest_of(answer.GetUsersResult->UserInfo, answer.GetUsersResult->__sizeUserInfo);
    }
}

static void get_user(struct soap *soap, struct digest *digest)
{
    struct _ns1__GetUserByIdResponse answer;
    soap_default__ns1__GetUserByIdResponse(soap, &answer);
    if (soap_get__ns1__GetUserByIdResponse(soap, &answer, "ns1:GetUserByIdResponse", NULL) != NULL && digest != NULL) {
        *digest = digest_of(answer.GetUserByIdResult, 1);
    }
}

static void get_bool(struct soap *soap, struct digest *digest)
{
    struct _ns1__UserExistsResponse answer;
    soap_default__ns1__UserExistsResponse(soap, &answer);
    if (soap_get__ns1__UserExistsResponse(soap, &answer, "ns1:UserExistsResponse", NULL) != NULL && digest != NULL) {
        *digest = (struct digest){1, answer.UserExistsResult};
    }
}

typedef void (*get_function)(struct soap *soap, struct digest *digest);

static void decode(struct soap *soap, struct memory *memory, get_function get, long times, struct digest *digest)
{
    soap->user = memory;
    for (long i = 0; i < times; i++) {
        memory->at = 0;
        soap_destroy(soap);
        soap_end(soap);
        if (soap_begin_recv(soap) != SOAP_OK || soap_envelope_begin_in(soap) != SOAP_OK ||
            soap_recv_header(soap) != SOAP_OK || soap_body_begin_in(soap) != SOAP_OK) {
            die(soap);
        }
        get(soap, digest);
        if (soap->error != SOAP_OK || soap_body_end_in(soap) != SOAP_OK || soap_envelope_end_in(soap) != SOAP_OK ||
            soap_end_recv(soap) != SOAP_OK) {
            die(soap);
        }
    }
}

static void run_decode(struct soap *soap, char **argv)
{
    static struct memory answer;
    static struct memory warm;
    struct digest digest = {0};
    get_function get = strcmp(argv[2], "GetUsers") == 0      ? get_users
                       : strcmp(argv[2], "GetUserById") == 0 ? get_user
                                                             : get_bool;
    read_file(argv[3], &answer);
    read_file(argv[5], &warm);
    soap->frecv = receive;
    decode(soap, &warm, get, atol(argv[6]), NULL);
    bench_start();
    decode(soap, &answer, get, atol(argv[4]), &digest);
    bench_stop();
    bench_print(digest.count, digest.sum);
}

/* ---- encode ---- */

static void fill_user(struct soap *soap, struct ns1__UserInfo *user)
{
    soap_default_ns1__UserInfo(soap, user);
    user->OwnerId = 2;
    user->RoleId = 3;
    user->Role = ns1__UserRole__User;
    user->StatusId = 1;
    user->Status = ns1__UserStatus__Active;
    user->Username = "jdoe";
    user->Password = "s3cret";
    user->FirstName = "John";
    user->LastName = "Doe";
    user->Email = "jdoe@example.com";
    user->Country = "DE";
    user->City = "Berlin";
    user->CompanyName = "Doe & Sons";
    user->HtmlMail = xsd__boolean__true_;
}

static void encode(struct soap *soap, struct memory *memory, long times)
{
    struct ns1__UserInfo user;
    struct _ns1__AddUser request = {.user = &user, .sendLetter = xsd__boolean__false_};
    struct __ns1__AddUser body = {.ns1__AddUser = &request};
    for (long i = 0; i < times; i++) {
        memory->length = 0;
        fill_user(soap, &user);
        soap_begin(soap);
        soap_serializeheader(soap);
        soap_serialize___ns1__AddUser(soap, &body);
        if (soap_begin_send(soap) != SOAP_OK || soap_envelope_begin_out(soap) != SOAP_OK ||
            soap_putheader(soap) != SOAP_OK || soap_body_begin_out(soap) != SOAP_OK ||
            soap_put___ns1__AddUser(soap, &body, "-ns1:AddUser", "") != SOAP_OK || soap_body_end_out(soap) != SOAP_OK ||
            soap_envelope_end_out(soap) != SOAP_OK || soap_end_send(soap) != SOAP_OK) {
            die(soap);
        }
    }
}

static void run_encode(struct soap *soap, char **argv)
{
    static struct memory memory;
    soap->user = &memory;
    soap->fsend = take_sent;
    encode(soap, &memory, atol(argv[4]));
    bench_start();
    encode(soap, &memory, atol(argv[3]));
    bench_stop();
    bench_print(1, 1);
    (void)fputs(memory.encoded, stdout);
}

/* ---- calls ---- */

static int add_user(struct soap *soap, const char *url, struct digest *digest)
{
    struct ns1__UserInfo user;
    struct _ns1__AddUser request = {.user = &user, .sendLetter = xsd__boolean__false_};
    struct _ns1__AddUserResponse answer;
    fill_user(soap, &user);
    int status = soap_call___ns1__AddUser(soap, url, NULL, &request, &answer);
    if (status == SOAP_OK) {
        *digest = (struct digest){1, answer.AddUserResult};
    }
    return status;
}

static int user_exists(struct soap *soap, const char *url, struct digest *digest)
{
    struct _ns1__UserExists request = {.username = "jdoe"};
    struct _ns1__UserExistsResponse answer;
    int status = soap_call___ns1__UserExists(soap, url, NULL, &request, &answer);
    if (status == SOAP_OK) {
        *digest = (struct digest){1, answer.UserExistsResult};
    }
    return status;
}

static int list_users(struct soap *soap, const char *url, struct digest *digest)
{
    struct _ns1__GetUsers request = {.ownerId = 1, .recursive = xsd__boolean__true_};
    struct _ns1__GetUsersResponse answer;
    int status = soap_call___ns1__GetUsers(soap, url, NULL, &request, &answer);
    if (status == SOAP_OK) {
        *digest = digest_of(answer.GetUsersResult->UserInfo, answer.GetUsersResult->__sizeUserInfo);
    }
    return status;
}

typedef int (*call_function)(struct soap *soap, const char *url, struct digest *digest);

static struct digest make_calls(struct soap *soap, call_function call, const char *url, long times)
{
    struct digest all = {0};
    for (long i = 0; i < times; i++) {
        struct digest digest = {0};
        soap->userid = "bench";
        soap->passwd = "bench";
        if (call(soap, url, &digest) != SOAP_OK) {
            die(soap);
        }
        all.count += digest.count;
        all.sum += digest.sum;
        soap_destroy(soap);
        soap_end(soap);
    }
    return all;
}

static void run_calls(struct soap *soap, int argc, char **argv)
{
    const char *url = argv[3];
    bool whole_list = strcmp(argv[1], "list") == 0;
    call_function call = whole_list ? list_users : strcmp(argv[2], "AddUser") == 0 ? add_user : user_exists;
    if (argc == 7) {
        soap_ssl_init();
        if (soap_ssl_client_context(soap, SOAP_SSL_REQUIRE_SERVER_AUTHENTICATION, NULL, NULL, argv[6], NULL, NULL)) {
            die(soap);
        }
    }
    (void)make_calls(soap, whole_list ? user_exists : call, url, atol(argv[5]));
    bench_start();
    struct digest digest = make_calls(soap, call, url, atol(argv[4]));
    bench_stop();
    bench_print(digest.count, digest.sum);
}

int main(int argc, char **argv)
{
    struct soap *soap = soap_new1(SOAP_IO_KEEPALIVE);
    soap_set_version(soap, 1);
    if (argc == 7 && strcmp(argv[1], "decode") == 0) {
        run_decode(soap, argv);
    } else if (argc == 5 && strcmp(argv[1], "encode") == 0) {
        run_encode(soap, argv);
    } else if (argc >= 6 && (strcmp(argv[1], "call") == 0 || strcmp(argv[1], "list") == 0)) {
        run_calls(soap, argc, argv);
    } else {
        (void)fputs(usage, stderr);
        return EXIT_FAILURE;
    }
    soap_destroy(soap);
    soap_end(soap);
    soap_free(soap);
    return EXIT_SUCCESS;
}
