#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tui/keymap.h"

bool keymap_next(const char **keys, struct key seq[static KEYMAP_DEPTH], int *n)
{
	const char *s = *keys + strspn(*keys, " ");

	for (*n = 0; *s && *n < KEYMAP_DEPTH;) {
		s = key_parse(s, &seq[*n]);
		if (!s)
			return false;
		(*n)++;
		if (*s != '+')
			break;
		s++;
	}
	*keys = s;
	return *n > 0 && (*s == '\0' || *s == ' ');
}

static enum keymap_hit compare(const struct key *bound, int nbound, const struct key *typed, int n)
{
	for (int i = 0; i < n && i < nbound; i++)
		if (!key_equal(bound[i], typed[i]))
			return KEYMAP_NONE;
	return n == nbound ? KEYMAP_FOUND : n < nbound ? KEYMAP_PREFIX : KEYMAP_NONE;
}

static enum keymap_hit find(const struct binding *table, const struct key *typed, int n, const struct binding **row)
{
	enum keymap_hit best = KEYMAP_NONE;

	for (const struct binding *b = table; b && b->keys; b++) {
		const char *at = b->keys;
		struct key seq[KEYMAP_DEPTH];
		int len;

		while (keymap_next(&at, seq, &len)) {
			enum keymap_hit hit = compare(seq, len, typed, n);

			if (hit > best) {
				best = hit;
				*row = b;
			}
		}
	}
	return best;
}

enum keymap_hit keymap_find(const struct binding *table, const struct key *seq, int n, const struct binding **row)
{
	struct key latin[KEYMAP_DEPTH];
	enum keymap_hit hit;

	*row = NULL;
	if (n > KEYMAP_DEPTH)
		return KEYMAP_NONE;
	hit = find(table, seq, n, row);
	if (hit != KEYMAP_NONE)
		return hit;
	for (int i = 0; i < n; i++)
		latin[i] = key_latin(seq[i]);
	return find(table, latin, n, row);
}

void keymap_label(const struct binding *b, char buf[static 40])
{
	const char *at = b->keys;
	struct key seq[KEYMAP_DEPTH];
	char name[KEYMAP_DEPTH][16] = { "", "" };
	int n;

	buf[0] = '\0';
	if (!keymap_next(&at, seq, &n))
		return;
	for (int i = 0; i < n; i++)
		key_format(seq[i], name[i]);
	snprintf(buf, 40, "%s%s%s", name[0], n > 1 ? " " : "", name[1]);
}

const char *keymap_fault(const struct binding *table)
{
	for (const struct binding *b = table; b && b->keys; b++) {
		const char *at = b->keys;
		struct key seq[KEYMAP_DEPTH];
		const struct binding *row;
		int n;

		while (*at) {
			if (!keymap_next(&at, seq, &n) || !b->name || !b->note || !b->fn)
				return b->keys;
			if (find(table, seq, n, &row) != KEYMAP_FOUND || row != b)
				return b->keys;
			if (n > 1 && find(table, seq, 1, &row) == KEYMAP_FOUND)
				return b->keys;
		}
	}
	return NULL;
}
