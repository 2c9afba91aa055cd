/* How quick a connection is: a running average, and when it is called slow. Internal to client/. */
#ifndef CLIENT_PACE_H
#define CLIENT_PACE_H

#include <stdbool.h>

struct pace { int average_ms, samples; bool slow; }; /* zero: nothing is known */

/* A short question was answered. True: slow says something else than before. */
static inline bool pace_took(struct pace *p, int ms)
{
	enum { SLOW_MS = 500, SAMPLES = 3 }; /* an average over this is called slow, of at least so many answers */
	bool slow;

	/* one slow answer among quick ones is no news, nor is one quick among slow ones */
	p->average_ms = p->samples == 0 ? ms : (3 * p->average_ms + ms) / 4;
	if (p->samples < SAMPLES)
		p->samples++;
	slow = p->samples >= SAMPLES && p->average_ms > (p->slow ? SLOW_MS * 4 / 5 : SLOW_MS);
	bool other = slow != p->slow;
	p->slow = slow;
	return other;
}

#endif
