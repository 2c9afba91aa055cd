#include "config.h"

#include "server/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/strbuf.h"

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER; /* of the descriptor: lines only read it */
static int log_fd = STDERR_FILENO;

bool logger_open(const char *path, struct err *e)
{
	int fd = STDERR_FILENO;

	if (path != NULL)
		fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0) {
		err_set(e, ERR_FAILED, "E-CONFIG", "log", "Check the path and who may write there", "log: %s: %s", path,
		    strerror(errno));
		return false;
	}
	pthread_rwlock_wrlock(&lock);
	if (log_fd != STDERR_FILENO)
		close(log_fd);
	log_fd = fd;
	pthread_rwlock_unlock(&lock);
	return true;
}

void logger_close(void)
{
	logger_open(NULL, NULL);
}

/* What is written is JSON, of which a terminal or a grep can make nothing else: ASCII only. */
static void add_string(struct strbuf *b, const char *name, const char *value)
{
	strbuf_printf(b, ",\"%s\":\"", name);
	for (const unsigned char *p = (const unsigned char *)value; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			strbuf_printf(b, "\\%c", *p);
		else if (*p < 0x20 || *p >= 0x7F)
			strbuf_printf(b, "\\u%04x", *p);
		else
			strbuf_putc(b, (char)*p);
	}
	strbuf_putc(b, '"');
}

static void begin(struct strbuf *b, const char *level)
{
	struct timespec ts;
	struct tm tm;
	char stamp[32];

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &tm);
	strbuf_printf(b, "{\"time\":\"%s.%03ldZ\"", stamp, ts.tv_nsec / 1000000);
	add_string(b, "level", level);
}

/* A full disk loses the line, nothing else. */
static void end(struct strbuf *b)
{
	ssize_t done;

	strbuf_puts(b, "}\n");
	pthread_rwlock_rdlock(&lock);
	done = write(log_fd, b->s, b->len);
	pthread_rwlock_unlock(&lock);
	(void)done;
	strbuf_free(b);
}

void logger_event(const char *level, const char *event, json_t *more)
{
	struct strbuf b = { 0 };
	char *text = more != NULL ? json_dumps(more, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	size_t n = text != NULL ? strlen(text) : 0;

	begin(&b, level);
	add_string(&b, "event", event);
	if (n > 2) { /* without its braces */
		strbuf_putc(&b, ',');
		strbuf_add(&b, text + 1, n - 2);
	}
	free(text);
	json_decref(more);
	end(&b);
}

void logger_request(const struct logged_request *l)
{
	struct strbuf b = { 0 };

	begin(&b, l->level);
	add_string(&b, "event", l->slow ? "slow" : "request");
	add_string(&b, "trace", l->trace);
	add_string(&b, "method", l->method);
	add_string(&b, "route", l->route);
	strbuf_printf(&b, ",\"status\":%d,\"ms\":%d,\"db_ms\":%d,\"bytes\":%llu", l->status, l->ms, l->db_ms,
	    (unsigned long long)l->bytes);
	if (l->problem != NULL)
		add_string(&b, "problem", l->problem);
	if (*l->user != '\0')
		add_string(&b, "user", l->user);
	add_string(&b, "address", l->address);
	end(&b);
}
