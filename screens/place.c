#include "config.h"

#include "screens/place.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void places_init(struct places *p)
{
	*p = (struct places){ .at = -1, .before = -1 };
}

static void forget(struct place *place)
{
	free(place->line);
	free(place->kept);
	*place = (struct place){ 0 };
}

void places_free(struct places *p)
{
	for (int i = 0; i < p->n; i++)
		forget(&p->list[i]);
	places_init(p);
}

static bool set(char **at, const char *text)
{
	if (*at && !strcmp(*at, text))
		return false;
	free(*at);
	*at = xstrdup(text);
	return true;
}

static void drop_ahead(struct places *p)
{
	while (p->n > p->at + 1)
		forget(&p->list[--p->n]);
	if (p->before >= p->n)
		p->before = p->at;
}

static void make_room(struct places *p)
{
	if (p->n < PLACES_MOST)
		return;
	forget(&p->list[0]);
	memmove(p->list, p->list + 1, (PLACES_MOST - 1) * sizeof(p->list[0]));
	p->n--;
	p->at--;
	p->before--;
	p->list[p->n] = (struct place){ 0 };
}

bool places_note(struct places *p, uint64_t screen, const char *line, const char *kept)
{
	bool same = p->at >= 0 && (screen == p->screen || p->moving || !strcmp(p->list[p->at].line, line));
	bool changed;

	p->screen = screen;
	p->moving = false;
	if (!same) {
		drop_ahead(p);
		make_room(p);
		p->before = p->at;
		p->at = p->n++;
		p->list[p->at] = (struct place){ 0 };
	}
	changed = set(&p->list[p->at].line, line);
	return set(&p->list[p->at].kept, kept) || changed;
}

const struct place *places_step(struct places *p, int step)
{
	int to = step ? p->at + step : p->before;

	if (to < 0 || to >= p->n || to == p->at)
		return NULL;
	p->before = p->at;
	p->at = to;
	p->moving = true;
	return &p->list[to];
}

void places_stay(struct places *p)
{
	p->moving = false;
	if (p->before >= 0)
		p->at = p->before;
}
