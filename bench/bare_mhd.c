/*
 * The bare HTTP library answering a constant: what is left of the API's time when nothing is asked, known or checked. The
 * same flags as the server: epoll, one daemon a thread, all on one port.
 *
 *   bare_mhd PORT BYTES THREADS      runs until it is killed
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct MHD_Response *constant;

static enum MHD_Result answer(void *cls, struct MHD_Connection *c, const char *url, const char *method, const char *version,
    const char *data, size_t *length, void **request)
{
	(void)cls, (void)url, (void)method, (void)version, (void)data;
	*length = 0;
	if (!*request) {
		*request = &constant;
		return MHD_YES;
	}
	return MHD_queue_response(c, MHD_HTTP_OK, constant);
}

static struct MHD_Response *constant_of(size_t bytes)
{
	char *body = malloc(bytes);
	if (!body)
		abort();
	memset(body, 'x', bytes);
	struct MHD_Response *r = MHD_create_response_from_buffer(bytes, body, MHD_RESPMEM_MUST_FREE);
	MHD_add_response_header(r, "Content-Type", "application/json");
	MHD_add_response_header(r, "Cache-Control", "no-store");
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	return r;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	constant = constant_of((size_t)atol(argv[2]));
	struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, NULL, MHD_OPTION_SOCK_ADDR, &at,
	    MHD_OPTION_THREAD_POOL_SIZE, (unsigned)atoi(argv[3]), MHD_OPTION_CONNECTION_LIMIT, 4096u, MHD_OPTION_END);
	if (!d) {
		perror("bare_mhd");
		return 1;
	}
	pause();
	return 0;
}
