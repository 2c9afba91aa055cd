#include "config.h"

#include "server/stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "server/request.h"
#include "server/workers.h"

#define SEND_BUFFER 32768

struct stream {
	struct request *request;  /* NULL: it has ended */
	const struct stream_events *ev; /* NULL: closed */
	void *arg;
	struct strbuf queue;
	size_t sent;              /* of the queue */
	bool waiting;             /* the connection is suspended until there is something */
	bool ended, broken;
};

struct upgrade {
	struct request *request;
	const struct upgrade_events *ev; /* NULL: closed */
	void *arg;
	struct MHD_UpgradeResponseHandle *handle; /* NULL: not open */
};

/* ---- bodies without an end ------------------------------------------------------------------- */

static void closed(struct stream *s)
{
	const struct stream_events *ev = s->ev;

	s->ev = NULL;
	if (ev != NULL)
		ev->closed(s->arg);
}

/* MHD wants more. Nothing there: the connection sleeps until stream_write(). */
static ssize_t on_more(void *arg, uint64_t at, char *buf, size_t max)
{
	struct stream *s = arg;
	size_t n = s->queue.len - s->sent;

	(void)at;
	if (s->broken)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (n == 0 && s->ended)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (n == 0) {
		s->waiting = true;
		MHD_suspend_connection(s->request->mhd);
		return 0;
	}
	if (n > max)
		n = max;
	memcpy(buf, s->queue.s + s->sent, n);
	s->sent += n;
	if (s->sent == s->queue.len) {
		strbuf_clear(&s->queue);
		s->sent = 0;
	}
	s->request->bytes += n;
	return (ssize_t)n;
}

static void on_free(void *arg)
{
	struct stream *s = arg;

	if (s->request != NULL)
		s->request->stream = NULL;
	closed(s);
	strbuf_free(&s->queue);
	free(s);
}

static void wake(struct stream *s)
{
	if (!s->waiting)
		return;
	s->waiting = false;
	MHD_resume_connection(s->request->mhd);
	door_kick(s->request->conn->door);
}

struct stream *respond_stream(struct request *r, const char *type, const struct stream_events *ev, void *arg)
{
	struct stream *s = xcalloc(1, sizeof *s);
	int size = SEND_BUFFER;

	if (r->conn != NULL) /* else megabytes would lie in the kernel before a reader is seen to be slow */
		setsockopt(r->conn->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);

	*s = (struct stream){ .request = r, .ev = ev, .arg = arg };
	r->stream = s;
	r->close_after = true; /* nothing follows a body that went on */
	respond_with(r, 200, type, MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, on_more, s, on_free));
	return s;
}

bool stream_write(struct stream *s, const char *data, size_t n)
{
	if (s->ended || s->broken || s->request == NULL)
		return false;
	if (s->queue.len - s->sent + n > STREAM_BACKLOG) {
		stream_cut(s);
		return false;
	}
	if (s->sent > STREAM_BACKLOG) { /* what is sent need not be kept */
		memmove(s->queue.s, s->queue.s + s->sent, s->queue.len - s->sent + 1);
		s->queue.len -= s->sent;
		s->sent = 0;
	}
	strbuf_add(&s->queue, data, n);
	wake(s);
	return true;
}

size_t stream_backlog(const struct stream *s)
{
	return s->queue.len - s->sent;
}

void stream_end(struct stream *s)
{
	s->ended = true;
	wake(s);
}

struct request *stream_request(const struct stream *s)
{
	return s->request;
}

bool stream_waits(const struct stream *s)
{
	return s->waiting;
}

void stream_cut(struct stream *s)
{
	s->broken = true;
	if (s->request != NULL && s->request->conn != NULL)
		shutdown(s->request->conn->fd, SHUT_RDWR);
	wake(s);
}

/* ---- connections that become something else -------------------------------------------------- */

static void on_upgrade(void *arg, struct MHD_Connection *mhd, void *request, const char *extra, size_t n, MHD_socket fd,
    struct MHD_UpgradeResponseHandle *handle)
{
	struct request *r = request;
	struct upgrade *u = r != NULL ? r->upgrade : NULL;

	(void)arg, (void)mhd;
	if (u == NULL || u->ev == NULL) {
		MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
		return;
	}
	u->handle = handle;
	u->ev->open(u->arg, u, fd, extra, n);
}

void respond_upgrade(struct request *r, const char *protocol, const struct upgrade_events *ev, void *arg)
{
	struct upgrade *u = xcalloc(1, sizeof *u);

	*u = (struct upgrade){ .request = r, .ev = ev, .arg = arg };
	r->upgrade = u;
	if (r->conn != NULL)
		r->conn->upgraded = true;
	respond_header(r, "Upgrade", protocol);
	respond_with(r, 101, NULL, MHD_create_response_for_upgrade(on_upgrade, NULL));
}

void upgrade_close(struct upgrade *u)
{
	const struct upgrade_events *ev = u->ev;
	struct MHD_UpgradeResponseHandle *handle = u->handle;
	struct request *r = u->request;

	u->ev = NULL;
	u->handle = NULL;
	if (ev != NULL)
		ev->closed(u->arg);
	if (handle == NULL)
		return;
	MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
	if (r->conn != NULL)
		door_leave(r->conn);
}

/* ---- what requests and connections need ------------------------------------------------------ */

void stream_leave(struct request *r)
{
	if (r->stream != NULL) {
		struct stream *s = r->stream;

		r->stream = NULL;
		s->request = NULL;
		s->waiting = false;
		closed(s);
	}
	if (r->upgrade != NULL) {
		r->upgrade->handle = NULL; /* MHD has closed it */
		upgrade_close(r->upgrade);
		free(r->upgrade);
		r->upgrade = NULL;
	}
}

void stream_stopping(struct request *r)
{
	if (r->stream != NULL)
		stream_end(r->stream);
	if (r->upgrade != NULL && r->upgrade->ev != NULL)
		r->upgrade->ev->stopping(r->upgrade->arg);
}
