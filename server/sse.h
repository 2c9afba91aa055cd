/*
 * The text of server-sent events (WHATWG HTML, "Server-sent events"), and what is to be told when it can be: pokes that
 * have not gone out yet become one. Pure.
 */
#ifndef SERVER_SSE_H
#define SERVER_SSE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/strbuf.h"

/* id may be NULL. Line ends in the data become lines of their own; id and event must not have any. */
void sse_event(struct strbuf *out, const char *event, const char *id, const char *data);
void sse_comment(struct strbuf *out, const char *text);

/* Kinds of records that changed, without order and each once. Names must outlive it: they are the catalogue's. */
#define CHANGES_MAX 128
struct changes {
	bool any;
	bool reset;                     /* what changed is not known: everything may have */
	const char *name[CHANGES_MAX];
	int n;
};
void changes_note(struct changes *c, const char *name); /* NULL: something without a name */
void changes_merge(struct changes *to, const struct changes *from);
void changes_clear(struct changes *c);
/* {"resources": […]}, sorted, and "reset": true if so. */
json_t *changes_json(const struct changes *c);

/* "changes,alerts": a comma between words; NULL is the first of them. 0: one of them is not known. */
enum { TOPIC_CHANGES = 1, TOPIC_ALERTS = 2, TOPIC_METRICS = 4 };
unsigned topics_parse(const char *text);

#endif
