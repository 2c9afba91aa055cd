#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "screens/marks.h"

/* FNV-1a. */
static uint32_t hash(const char *id)
{
	uint32_t h = 2166136261u;

	for (; *id; id++)
		h = (h ^ (unsigned char)*id) * 16777619u;
	return h;
}

/* The slot of an id: the one that names it, or the free one where it belongs. Needs a free slot. */
static int slot_of(const struct marks *m, const char *id)
{
	int at = (int)(hash(id) & (uint32_t)(m->nslots - 1));

	while (m->slots[at] && strcmp(m->all[m->slots[at] - 1].id, id) != 0)
		at = (at + 1) & (m->nslots - 1);
	return at;
}

/* Half of the slots stay free, so that a walk over the full ones is short. */
static void make_room(struct marks *m)
{
	if (m->n < m->cap)
		return;
	m->cap = m->cap ? m->cap * 2 : 32;
	m->all = xreallocarray(m->all, (size_t)m->cap, sizeof(*m->all));
	free(m->slots);
	m->nslots = m->cap * 2;
	m->slots = xcalloc((size_t)m->nslots, sizeof(*m->slots));
	for (int i = 0; i < m->n; i++)
		m->slots[slot_of(m, m->all[i].id)] = i + 1;
}

const struct mark *marks_find(const struct marks *m, const char *id)
{
	int at = m->n > 0 ? m->slots[slot_of(m, id)] : 0;

	return at ? &m->all[at - 1] : NULL;
}

void marks_put(struct marks *m, const struct mark *what)
{
	char *label = xstrdup(what->label ? what->label : "");
	int slot;

	make_room(m);
	slot = slot_of(m, what->id);
	if (m->slots[slot])
		free(m->all[m->slots[slot] - 1].label);
	else
		m->slots[slot] = ++m->n;
	m->all[m->slots[slot] - 1] = *what;
	m->all[m->slots[slot] - 1].label = label;
}

/* What stands behind a slot that became free might belong there: it is put in anew. */
static void free_slot(struct marks *m, int slot)
{
	m->slots[slot] = 0;
	for (int at = (slot + 1) & (m->nslots - 1); m->slots[at]; at = (at + 1) & (m->nslots - 1)) {
		int mark = m->slots[at];

		m->slots[at] = 0;
		m->slots[slot_of(m, m->all[mark - 1].id)] = mark;
	}
}

bool marks_drop(struct marks *m, const char *id)
{
	int slot = m->n > 0 ? slot_of(m, id) : 0, at = m->n > 0 ? m->slots[slot] - 1 : -1;

	if (at < 0)
		return false;
	free_slot(m, slot);
	free(m->all[at].label);
	m->n--;
	if (at < m->n) {
		m->slots[slot_of(m, m->all[m->n].id)] = at + 1;
		m->all[at] = m->all[m->n];
	}
	return true;
}

void marks_clear(struct marks *m)
{
	for (int i = 0; i < m->n; i++)
		free(m->all[i].label);
	free(m->all);
	free(m->slots);
	*m = (struct marks){ 0 };
}

static struct marks_total *total_of(struct marks_total *out, int *n, int most, const char *currency)
{
	for (int i = 0; i < *n; i++)
		if (strcmp(out[i].currency, currency) == 0)
			return &out[i];
	if (*n == most)
		return NULL;
	out[*n] = (struct marks_total){ 0 };
	memcpy(out[*n].currency, currency, sizeof(out->currency));
	return &out[(*n)++];
}

int marks_totals(const struct marks *m, int field, struct marks_total *out, int most)
{
	int n = 0;

	for (int i = 0; i < m->n; i++) {
		struct marks_total *t = m->all[i].known & 1u << field ? total_of(out, &n, most, m->all[i].currency) : NULL;

		if (!t)
			continue;
		t->counted++;
		t->overflow |= __builtin_add_overflow(t->sum, m->all[i].sum[field], &t->sum);
	}
	return n;
}
