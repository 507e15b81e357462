/*
 * A program that has nothing of libdnp but what is installed: it makes a request, and takes a response that it has
 * written itself.
 */
#include <dnp.h>
#include <stdio.h>

_Static_assert(sizeof(struct dnp_answer_head) == sizeof(struct dnp_response_head) && DNP_ANSWER_ID == DNP_RESULT_ID,
               "earlier names are there");

static enum dnp_presence give(void *context, const struct dnp_field *field, size_t index, struct dnp_value *value,
                              struct dnp_error *error)
{
    (void)field, (void)index, (void)error;
    value->text = dnp_slice_of(context);
    return DNP_PRESENT;
}

static bool take(void *context, const struct dnp_field *field, const struct dnp_value *value)
{
    (void)field;
    *(bool *)context = value->boolean;
    return true;
}

static bool classify(struct dnp_session *session, bool *exists, struct dnp_error *error)
{
    static const char response[] =
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><UserExistsResponse "
        "xmlns=\"http://officepark/dotnetpanel/enterpriseserver\"><UserExistsResult>true</UserExistsResult>"
        "</UserExistsResponse></s:Body></s:Envelope>";
    char name[] = "bob";
    const struct dnp_source source = {.context = name, .get = give};
    const struct dnp_sink sink = {.context = exists, .value = take};
    const struct dnp_response_head head = {.status = 200, .content_type = "text/xml"};
    struct dnp_call *call = dnp_call_new(session, dnp_find_operation("UserExists", DNP_DOTNETPANEL), error);
    bool good = call != NULL && dnp_call_encode(call, &source, error) && dnp_call_head(call, &head, &sink, error) &&
                dnp_call_feed(call, dnp_slice_of(response), error) && dnp_call_finish(call, error);
    dnp_call_free(call);
    return good;
}

static bool has_transport(void)
{
#ifdef WITH_CURL
    struct dnp_error error;
    struct dnp_loop *loop = dnp_curl_functions.loop_new(&error);
    if (loop != NULL) {
        dnp_curl_functions.loop_free(loop);
    }
    return loop != NULL && strcmp(dnp_curl_functions.version, DNP_VERSION) == 0 &&
           dnp_curl_functions.size == sizeof(struct dnp_transport_functions);
#else
    return true;
#endif
}

static bool secure(struct dnp_session_options *options, struct dnp_crypto *crypto)
{
#ifdef WITH_OPENSSL
    options->auth = &dnp_auth_wse;
    options->crypto = crypto;
    return dnp_openssl_open(crypto);
#else
    (void)options, (void)crypto;
    return true;
#endif
}

static void release(struct dnp_crypto *crypto)
{
#ifdef WITH_OPENSSL
    dnp_openssl_close(crypto);
#else
    (void)crypto;
#endif
}

int main(void)
{
    struct dnp_session_options options = {.url = "http://localhost:9002",
                                          .username = "serveradmin",
                                          .password = "secret",
                                          .dialect = dnp_find_dialect("dotnetpanel")};
    struct dnp_error error = {.message = "the libraries do not fit"};
    struct dnp_crypto crypto;
    bool exists = false;
    struct dnp_session *session = secure(&options, &crypto) ? dnp_session_new(&options, &error) : NULL;
    bool good = session != NULL && classify(session, &exists, &error);
    dnp_session_free(session);
    release(&crypto);
    if (!good) {
        (void)fprintf(stderr, "%s\n", error.message);
    }
    return good && exists && has_transport() ? 0 : 1;
}
