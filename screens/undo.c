#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "screens/undo.h"

void undo_entry_free(struct undo_entry *e)
{
	free(e->label);
	free(e->ids);
	*e = (struct undo_entry){ 0 };
}

static void forget(struct undo *u, enum undo_way way)
{
	while (u->n[way] > 0)
		undo_entry_free(&u->way[way][--u->n[way]]);
}

static void push(struct undo *u, enum undo_way way, const struct resource *res, const char *label,
    const undo_id *ids, int n)
{
	struct undo_entry *all = u->way[way];

	if (n <= 0)
		return;
	if (u->n[way] == UNDO_MOST) {
		undo_entry_free(&all[0]);
		memmove(all, all + 1, sizeof(*all) * (UNDO_MOST - 1));
		u->n[way]--;
	}
	struct undo_entry *e = &all[u->n[way]++];

	e->label = xstrdup(label);
	e->res = res;
	e->n = n;
	e->ids = xcalloc((size_t)n, sizeof(*e->ids));
	memcpy(e->ids, ids, sizeof(*ids) * (size_t)n);
}

void undo_did(struct undo *u, const struct resource *res, const char *label, const undo_id *ids, int n)
{
	if (n <= 0)
		return;
	forget(u, UNDO_AGAIN);
	push(u, UNDO_BACK, res, label, ids, n);
}

void undo_more(struct undo *u, const struct resource *res, const char *label, const undo_id *ids, int n)
{
	const char *newest = undo_next(u, UNDO_BACK);
	struct undo_entry *e = newest && strcmp(newest, label) == 0 ? &u->way[UNDO_BACK][u->n[UNDO_BACK] - 1] : NULL;

	if (!e || n <= 0) {
		undo_did(u, res, label, ids, n);
		return;
	}
	forget(u, UNDO_AGAIN);
	e->ids = xreallocarray(e->ids, (size_t)(e->n + n), sizeof(*e->ids));
	memcpy(e->ids + e->n, ids, sizeof(*ids) * (size_t)n);
	e->n += n;
}

void undo_joined(struct undo *u, const struct resource *res, const char *before, const char *label, const undo_id *ids,
    int n)
{
	const char *newest = undo_next(u, UNDO_BACK);

	if (n > 0 && newest && !strcmp(newest, before)) {
		struct undo_entry *e = &u->way[UNDO_BACK][u->n[UNDO_BACK] - 1];

		free(e->label);
		e->label = xstrdup(label);
	}
	undo_more(u, res, label, ids, n);
}

bool undo_take(struct undo *u, enum undo_way way, struct undo_entry *out)
{
	if (u->n[way] == 0)
		return false;
	*out = u->way[way][--u->n[way]];
	u->way[way][u->n[way]] = (struct undo_entry){ 0 };
	return true;
}

void undo_turned(struct undo *u, enum undo_way way, const struct resource *res, const char *label,
    const undo_id *reversals, int n)
{
	push(u, way == UNDO_BACK ? UNDO_AGAIN : UNDO_BACK, res, label, reversals, n);
}

void undo_kept(struct undo *u, enum undo_way way, const struct resource *res, const char *label,
    const undo_id *ids, int n)
{
	push(u, way, res, label, ids, n);
}

const char *undo_next(const struct undo *u, enum undo_way way)
{
	return u->n[way] > 0 ? u->way[way][u->n[way] - 1].label : NULL;
}

void undo_clear(struct undo *u)
{
	forget(u, UNDO_BACK);
	forget(u, UNDO_AGAIN);
}
