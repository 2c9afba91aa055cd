#include "config.h"

#include "server/sse.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void sse_event(struct strbuf *out, const char *event, const char *id, const char *data)
{
	strbuf_printf(out, "event: %s\n", event);
	if (id != NULL)
		strbuf_printf(out, "id: %s\n", id);
	for (;;) {
		size_t n = strcspn(data, "\r\n");

		strbuf_puts(out, "data: ");
		strbuf_add(out, data, n);
		strbuf_putc(out, '\n');
		data += n;
		if (*data == '\0')
			break;
		data += data[0] == '\r' && data[1] == '\n' ? 2 : 1;
	}
	strbuf_putc(out, '\n');
}

void sse_comment(struct strbuf *out, const char *text)
{
	strbuf_printf(out, ": %s\n\n", text);
}

/* ---- what changed ---------------------------------------------------------------------------- */

void changes_note(struct changes *c, const char *name)
{
	c->any = true;
	if (name == NULL)
		return;
	for (int i = 0; i < c->n; i++)
		if (strcmp(c->name[i], name) == 0)
			return;
	if (c->n < CHANGES_MAX)
		c->name[c->n++] = name;
	else
		c->reset = true;
}

void changes_merge(struct changes *to, const struct changes *from)
{
	to->any |= from->any;
	to->reset |= from->reset;
	for (int i = 0; i < from->n; i++)
		changes_note(to, from->name[i]);
}

void changes_clear(struct changes *c)
{
	c->any = c->reset = false;
	c->n = 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

json_t *changes_json(const struct changes *c)
{
	const char *name[CHANGES_MAX];
	json_t *list = json_array(), *o = json_pack("{s:o}", "resources", list);

	memcpy(name, c->name, sizeof name);
	qsort(name, (size_t)c->n, sizeof *name, by_name);
	for (int i = 0; i < c->n; i++)
		json_array_append_new(list, json_string(name[i]));
	if (c->reset)
		json_object_set_new(o, "reset", json_true());
	return o;
}

unsigned topics_parse(const char *text)
{
	static const struct { const char *word; unsigned bit; } words[] = {
		{ "changes", TOPIC_CHANGES }, { "alerts", TOPIC_ALERTS }, { "metrics", TOPIC_METRICS },
	};
	unsigned topics = 0;

	if (text == NULL)
		return TOPIC_CHANGES;
	for (;;) {
		size_t n = strcspn(text, ","), i;

		for (i = 0; i < ARRAY_LEN(words); i++)
			if (strlen(words[i].word) == n && memcmp(words[i].word, text, n) == 0)
				break;
		if (i == ARRAY_LEN(words))
			return 0;
		topics |= words[i].bit;
		if (text[n] == '\0')
			return topics;
		text += n + 1;
	}
}
