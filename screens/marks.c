#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "screens/marks.h"

/* Where the id is, or where it belongs. */
static int place(const struct marks *m, const char *id, bool *found)
{
	int low = 0, high = m->n;

	while (low < high) {
		int middle = (low + high) / 2;

		if (strcmp(m->all[middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*found = low < m->n && strcmp(m->all[low].id, id) == 0;
	return low;
}

const struct mark *marks_find(const struct marks *m, const char *id)
{
	bool found;
	int at = place(m, id, &found);

	return found ? &m->all[at] : NULL;
}

void marks_put(struct marks *m, const struct mark *what)
{
	bool found;
	int at = place(m, what->id, &found);
	char *label = xstrdup(what->label ? what->label : "");

	if (found) {
		free(m->all[at].label);
	} else {
		if (m->n == m->cap) {
			m->cap = m->cap ? m->cap * 2 : 32;
			m->all = xreallocarray(m->all, (size_t)m->cap, sizeof(*m->all));
		}
		memmove(m->all + at + 1, m->all + at, sizeof(*m->all) * (size_t)(m->n - at));
		m->n++;
	}
	m->all[at] = *what;
	m->all[at].label = label;
}

bool marks_drop(struct marks *m, const char *id)
{
	bool found;
	int at = place(m, id, &found);

	if (!found)
		return false;
	free(m->all[at].label);
	memmove(m->all + at, m->all + at + 1, sizeof(*m->all) * (size_t)(m->n - at - 1));
	m->n--;
	return true;
}

void marks_clear(struct marks *m)
{
	for (int i = 0; i < m->n; i++)
		free(m->all[i].label);
	free(m->all);
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
