/*
 * The transport's tests once more over poll, which takes the place of epoll here: this program brings the functions
 * that the library's file would.
 */
#define DNP_USE_POLL
#include "../../csrc/transport/poller_poll.c"
#include "transport_test.c"
