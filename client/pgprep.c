#include "config.h"

#include "client/pgprep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* If too many wait to be given up the rest stays on the server until the connection ends: it is a few kilobytes. */
static void drop(struct pgprep *p, struct pgprep_known *k)
{
	if (p->nstale < PGPREP_MOST)
		p->stale[p->nstale++] = k->no;
	free(k->sql);
	*k = p->known[--p->n];
}

static struct pgprep_known *find(struct pgprep *p, const char *sql)
{
	for (int i = 0; i < p->n; i++)
		if (strcmp(p->known[i].sql, sql) == 0)
			return &p->known[i];
	return NULL;
}

static void make_room(struct pgprep *p)
{
	struct pgprep_known *oldest = &p->known[0];

	if (p->n < PGPREP_MOST)
		return;
	for (int i = 1; i < p->n; i++)
		if (p->known[i].used < oldest->used)
			oldest = &p->known[i];
	drop(p, oldest);
}

unsigned pgprep_number(struct pgprep *p, const char *sql, bool *fresh)
{
	struct pgprep_known *k = find(p, sql);

	*fresh = k == NULL;
	if (k == NULL) {
		make_room(p);
		k = &p->known[p->n++];
		*k = (struct pgprep_known){ .sql = xstrdup(sql), .no = ++p->last };
	}
	k->used = ++p->clock;
	return k->no;
}

void pgprep_name(unsigned no, char buf[static PGPREP_NAME])
{
	snprintf(buf, PGPREP_NAME, "d_%u", no);
}

void pgprep_forget(struct pgprep *p, const unsigned *no, int n)
{
	for (int j = 0; j < n; j++)
		for (int i = 0; i < p->n; i++)
			if (p->known[i].no == no[j]) {
				drop(p, &p->known[i]);
				break;
			}
}

unsigned pgprep_stale(struct pgprep *p)
{
	return p->nstale > 0 ? p->stale[--p->nstale] : 0;
}

void pgprep_clear(struct pgprep *p)
{
	for (int i = 0; i < p->n; i++)
		free(p->known[i].sql);
	*p = (struct pgprep){ 0 };
}
