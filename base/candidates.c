#include "config.h"

#include "base/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void candidates_add(struct candidates *c, const char *text, const char *note)
{
	for (int i = 0; i < c->n; i++)
		if (!strcmp(c->c[i].text, text))
			return;
	if (c->n == CANDIDATES_MOST)
		return;
	c->c[c->n].text = xstrdup(text);
	c->c[c->n++].note = xstrdup(note ? note : "");
}

void candidates_free(struct candidates *c)
{
	for (int i = 0; i < c->n; i++) {
		free(c->c[i].text);
		free(c->c[i].note);
	}
	*c = (struct candidates){ 0 };
}
