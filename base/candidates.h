/* What a word that is being typed may become: made by whoever knows the words, shown and chosen by the prompt. */
#ifndef BASE_CANDIDATES_H
#define BASE_CANDIDATES_H

#include <stddef.h>

enum { CANDIDATES_MOST = 64 };

struct candidates {
	size_t from, to;      /* bytes of the line that a candidate replaces */
	int n;
	struct { char *text, *note; } c[CANDIDATES_MOST]; /* owned; note: what it is, "" = nothing to say */
};

/* One more, unless it is there already or there are too many. note may be NULL. Both are copied. */
void candidates_add(struct candidates *c, const char *text, const char *note);
void candidates_free(struct candidates *c); /* empty again */

#endif
