#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "tui/keymap.h"
#include "tui/keytable.h"

/* ---- as the program has them ---- */

static char *keep(struct keytable *t, char *text)
{
	t->texts = xreallocarray(t->texts, (size_t)t->ntexts + 1, sizeof(*t->texts));
	return t->texts[t->ntexts++] = text;
}

static struct binding *copy(const struct binding *table)
{
	struct binding *rows;
	size_t n = 0;

	while (table && table[n].keys)
		n++;
	rows = xcalloc(n + 1, sizeof(*rows));
	for (size_t i = 0; i < n; i++)
		rows[i] = table[i];
	return rows;
}

static char *go_keys(const struct screen_class *cls)
{
	if (cls->go && cls->digit)
		return xasprintf("g+%c M-%c", cls->go, cls->digit);
	return cls->go ? xasprintf("g+%c", cls->go) : xasprintf("M-%c", cls->digit);
}

void keytable_init(struct keytable *t, const struct screen_class *const *screens, const struct binding *more,
    bool language)
{
	int fixed = 0, extra = 0, n = 0;

	*t = (struct keytable){ .screens = screens };
	while (screens && screens[t->nscreens])
		t->nscreens++;
	while (input_fixed(fixed, language))
		fixed++;
	while (more && more[extra].keys)
		extra++;
	t->own = xcalloc((size_t)t->nscreens + 1, sizeof(*t->own));
	t->globals = xcalloc((size_t)(fixed + extra + t->nscreens) + 1, sizeof(*t->globals));
	for (int i = 0; i < t->nscreens; i++) {
		t->own[i] = copy(screens[i]->keys);
		if (screens[i]->go || screens[i]->digit)
			t->globals[n++] = (struct binding){
				.keys = keep(t, go_keys(screens[i])), .name = screens[i]->name, .note = screens[i]->title,
				.fn = input_go, .arg = i,
			};
	}
	for (int i = 0; i < extra; i++)
		t->globals[n++] = more[i];
	for (int i = 0; i < fixed; i++)
		t->globals[n++] = *input_fixed(i, language);
}

void keytable_free(struct keytable *t)
{
	for (int i = 0; i < t->nscreens; i++)
		free(t->own[i]);
	for (int i = 0; i < t->ntexts; i++)
		free(t->texts[i]);
	free(t->own);
	free(t->globals);
	free(t->texts);
	*t = (struct keytable){ 0 };
}

const struct binding *keytable_of(const struct keytable *t, const struct screen_class *cls)
{
	for (int i = 0; i < t->nscreens; i++)
		if (t->screens[i] == cls)
			return t->own[i];
	return cls->keys;
}

/* ---- the user's lines over it ---- */

struct change {
	const struct keyfile_line *from;
	struct binding *table, *row;
	const char *was;     /* the keys of the program */
};

struct changes { struct change *c; int n; };

static struct binding *find_table(struct keytable *t, const char *screen)
{
	if (!screen)
		return t->globals;
	for (int i = 0; i < t->nscreens; i++)
		if (strcmp(t->screens[i]->name, screen) == 0)
			return t->own[i];
	return NULL;
}

static struct binding *find_row(struct binding *table, const char *action)
{
	for (struct binding *b = table; b->keys; b++)
		if (b->name && strcmp(b->name, action) == 0)
			return b;
	return NULL;
}

/* How many keys the two sequences begin with alike. */
static int alike(const struct key *a, int n, const struct key *b, int m)
{
	int i = 0;

	while (i < n && i < m && key_equal(a[i], b[i]))
		i++;
	return i;
}

static bool among(const char *keys, const struct key *seq, int n)
{
	struct key other[KEYMAP_DEPTH];
	int m;

	while (keymap_next(&keys, other, &m))
		if (n == m && alike(seq, n, other, m) == n)
			return true;
	return false;
}

/* Which row of `table` has one of these keys, or one that begins like it? Not `self`; keys in `except` do not count. */
static const struct binding *clash(const struct binding *table, const char *keys, const struct binding *self,
    const char *except)
{
	struct key seq[KEYMAP_DEPTH], other[KEYMAP_DEPTH];
	int n, m;

	for (const char *at = keys; keymap_next(&at, seq, &n);) {
		if (among(except, seq, n))
			continue;
		for (const struct binding *b = table; b->keys; b++)
			for (const char *to = b->keys; b != self && keymap_next(&to, other, &m);)
				if (alike(seq, n, other, m) == (n < m ? n : m))
					return b;
	}
	return NULL;
}

/* What the program itself hides stays hidden: only new keys are looked at. */
static bool refused(struct keytable *t, const struct keyfile *f, const struct change *c, keyfile_fault fault, void *ctx)
{
	const struct binding *other = clash(c->table, c->row->keys, c->row, "");
	int line = c->from->line;

	if (other) {
		keyfile_fault_at(f, line, _("Give one of them another key"), fault, ctx,
		    _("%s: this key is already that of %s"), c->from->keys, other->name);
		return true;
	}
	if (c->table != t->globals) {
		other = clash(t->globals, c->row->keys, NULL, c->was);
		if (other)
			keyfile_fault_at(f, line, _("Take a key that is free everywhere"), fault, ctx,
			    _("%s would hide the key of %s, which works everywhere"), c->from->keys, other->name);
		return other != NULL;
	}
	for (int i = 0; i < t->nscreens && !other; i++) {
		other = clash(t->own[i], c->row->keys, NULL, c->was);
		if (other)
			keyfile_fault_at(f, line, _("Take a key that is free everywhere"), fault, ctx,
			    _("%s would be hidden on the screen %s, where it is that of %s"), c->from->keys, t->screens[i]->name,
			    other->name);
	}
	return other != NULL;
}

static void resolve_line(struct keytable *t, const struct keyfile *f, const struct keyfile_line *l, struct changes *all,
    keyfile_fault fault, void *ctx)
{
	struct binding *table = find_table(t, l->screen), *row = table ? find_row(table, l->action) : NULL;

	if (!table) {
		keyfile_fault_at(f, l->line, _("domovoi keys names them all"), fault, ctx, _("there is no screen %s"), l->screen);
		return;
	}
	if (!row) {
		keyfile_fault_at(f, l->line, _("domovoi keys names them all"), fault, ctx,
		    l->screen ? _("the screen has no action %s") : _("there is no action %s that works everywhere"), l->action);
		return;
	}
	for (int i = 0; i < all->n; i++)
		if (all->c[i].row == row) {
			keyfile_fault_at(f, l->line, _("Keep one of the lines"), fault, ctx, _("%s was given keys in line %d already"),
			    l->action, all->c[i].from->line);
			return;
		}
	all->c = xreallocarray(all->c, (size_t)all->n + 1, sizeof(*all->c));
	all->c[all->n++] = (struct change){ .from = l, .table = table, .row = row, .was = row->keys };
	row->keys = l->keys;
}

void keytable_apply(struct keytable *t, const struct keyfile *f, keyfile_fault fault, void *ctx)
{
	struct changes all = { 0 };

	for (int i = 0; i < f->n; i++)
		resolve_line(t, f, &f->lines[i], &all, fault, ctx);
	/* Of two lines the later one gives way. Taking it back may bring its old keys into the way of another: anew. */
	for (int i = all.n - 1; i >= 0; i--) {
		if (!all.c[i].row || !refused(t, f, &all.c[i], fault, ctx))
			continue;
		all.c[i].row->keys = all.c[i].was;
		all.c[i].row = NULL;
		i = all.n;
	}
	for (int i = 0; i < all.n; i++)
		if (all.c[i].row)
			all.c[i].row->keys = keep(t, xstrdup(all.c[i].from->keys));
	free(all.c);
}
