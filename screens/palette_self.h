/* The inside of struct palette, shared by palette.c (the line), go.c (running it) and session.c (coming back). */
#ifndef SCREENS_PALETTE_SELF_H
#define SCREENS_PALETTE_SELF_H

#include <uv.h>

#include "screens/deed.h"
#include "screens/memory.h"
#include "screens/palette.h"
#include "screens/place.h"

struct palette {
	struct app *app;
	struct memory memory;
	struct places places;
	struct deed deed;                 /* waits for consent */

	struct command_name *screens, *verbs;
	const struct binding **bindings;  /* verbs behind the palette's own */
	int nown, nbindings;
	struct command_env env;
	const struct resource *filtered;  /* of the filter prompt that is open */

	uv_timer_t *save;                 /* NULL: this run comes back nowhere and is not come back to */
	bool restored, changed;
	uint64_t newest;                  /* screens up to this one began already */
};

/* What the parser needs to know, as seen from `s`. Valid until the next call. */
const struct command_env *palette_env(struct palette *p, struct screen *s);

/* Go to a place: `deeper` on top of what is open, else instead of all of it. */
bool palette_go(struct app *a, const char *line, const char *kept, bool deeper, struct err *e);

/* The line of where `s` is, appended; nothing if it is no place. */
void palette_line(struct screen *s, struct strbuf *out);

/* session.c */
void session_changed(struct palette *p);
void session_save(struct palette *p);

#endif
