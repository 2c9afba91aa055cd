#include "config.h"

#include "client/sseread.h"

#include <stdlib.h>
#include <string.h>

#define RETRY_MOST 600000 /* ms; a longer wait would be as good as none at all */

static void dispatch(struct sseread *s)
{
	struct sse_event e = { .name = s->name.len > 0 ? strbuf_str(&s->name) : "message", .data = strbuf_str(&s->data),
		.id = strbuf_str(&s->id) };

	if (s->has_data)
		s->event(&e, s->arg);
	strbuf_clear(&s->name);
	strbuf_clear(&s->data);
	s->has_data = false;
}

static void set(struct strbuf *b, const char *value)
{
	strbuf_clear(b);
	strbuf_puts(b, value);
}

static bool add_data(struct sseread *s, const char *value)
{
	if (s->has_data)
		strbuf_putc(&s->data, '\n');
	strbuf_puts(&s->data, value);
	s->has_data = true;
	return s->data.len <= SSE_MOST;
}

static bool is_number(const char *s)
{
	return *s != '\0' && strlen(s) <= 9 && strspn(s, "0123456789") == strlen(s);
}

/* A whole line, without its end. */
static bool take_line(struct sseread *s)
{
	char *line = s->line.len > 0 ? s->line.s : NULL, *value;

	if (line == NULL || *line == '\0') {
		dispatch(s);
		return true;
	}
	value = strchr(line, ':');
	if (value == line)
		return true; /* a comment */
	if (value != NULL) {
		*value++ = '\0';
		value += *value == ' ';
	} else {
		value = line + strlen(line);
	}
	if (strcmp(line, "data") == 0)
		return add_data(s, value);
	if (strcmp(line, "event") == 0)
		set(&s->name, value);
	else if (strcmp(line, "id") == 0)
		set(&s->id, value);
	else if (strcmp(line, "retry") == 0 && is_number(value))
		s->retry_ms = atoi(value) < RETRY_MOST ? atoi(value) : RETRY_MOST;
	return true;
}

static bool end_line(struct sseread *s)
{
	/* a byte order mark may stand before the first line */
	if (!s->begun && s->line.len >= 3 && memcmp(s->line.s, "\xef\xbb\xbf", 3) == 0) {
		memmove(s->line.s, s->line.s + 3, s->line.len - 2);
		s->line.len -= 3;
	}
	s->begun = true;
	bool good = take_line(s);
	strbuf_clear(&s->line);
	return good;
}

bool sseread_feed(struct sseread *s, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool follows = s->cr && bytes[i] == '\n'; /* CR LF is one end, also in two pieces */

		s->cr = bytes[i] == '\r';
		if (follows)
			continue;
		if (bytes[i] == '\n' || bytes[i] == '\r') {
			if (!end_line(s))
				return false;
		} else if (bytes[i] != '\0') { /* an id with a NUL is none, says the standard; nothing else has one */
			strbuf_putc(&s->line, bytes[i]);
		}
		if (s->line.len > SSE_MOST)
			return false;
	}
	return true;
}

void sseread_restart(struct sseread *s)
{
	strbuf_clear(&s->line);
	strbuf_clear(&s->name);
	strbuf_clear(&s->data);
	s->has_data = s->cr = s->begun = false;
}

void sseread_free(struct sseread *s)
{
	strbuf_free(&s->line);
	strbuf_free(&s->name);
	strbuf_free(&s->data);
	strbuf_free(&s->id);
}
