#include "config.h"

#include "base/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

static int log_fd = -1;

bool log_open(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	/* A file of an earlier, laxer umask or hand: what is in it stays private from now on. */
	if (fchmod(fd, 0600) != 0) {
		close(fd);
		return false;
	}
	log_close();
	log_fd = fd;
	return true;
}

void log_line(const char *fmt, ...)
{
	if (log_fd < 0)
		return;

	char *raw = NULL;
	va_list ap;
	va_start(ap, fmt);
	int n = vasprintf(&raw, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;

	struct timespec ts;
	struct tm tm;
	char stamp[32];
	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &tm);

	struct strbuf line = { 0 };
	strbuf_printf(&line, "%s.%03ldZ [%ld] ", stamp, ts.tv_nsec / 1000000, (long)getpid());
	text_clean(&line, raw, (size_t)n, TEXT_ONE_LINE);
	strbuf_putc(&line, '\n');
	/* One write a line: lines of several processes do not mix. A full disk loses the line, nothing else. */
	ssize_t done = write(log_fd, line.s, line.len);
	(void)done;
	strbuf_free(&line);
	free(raw);
}

void log_close(void)
{
	if (log_fd >= 0)
		close(log_fd);
	log_fd = -1;
}
