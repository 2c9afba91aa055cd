/*
 * The palette: one line that goes anywhere and does anything (ux.md C.4), its
 * history, saved views, and the places that were visited. One for a console.
 */
#ifndef SCREENS_PALETTE_H
#define SCREENS_PALETTE_H

#include "client/command.h"
#include "screens/screens.h"

struct palette;
struct palette *palette_new(uv_loop_t *loop, struct app *a, bool restores); /* restores: the next start comes back here */
void palette_free(struct palette *p);
struct palette *screen_palette(const struct screen *s);

/* Key handlers, for the table that works everywhere. */
enum result palette_ask(struct screen *s, int arg);      /* ":" */
enum result palette_save(struct screen *s, int arg);     /* w */
enum result palette_history(struct screen *s, int step); /* "[" -1, "]" 1, "-" 0 */

/* Run a line as if it had been typed over `s`. False: e says what is wrong; what comes later is said by app_error(). */
bool palette_run(struct screen *s, const char *line, struct err *e);

/*
 * The filter prompt of a list of `res`: what it means in words, fields and values by Tab, earlier filters by Up. As
 * app_prompt() otherwise.
 */
void palette_filter(struct screen *s, const struct resource *res, const char *initial,
    void (*changed)(struct screen *s, const char *text), void (*done)(struct screen *s, const char *text));

void palette_filtered(struct screen *s, const struct resource *res, const char *text); /* it was applied: remember it */

bool palette_help(struct screen *s, const char *words, struct err *e); /* about s; "" = all of it */
bool palette_save_as(struct screen *s, const char *name, struct err *e); /* a view of where the user is */
struct memory *palette_memory(struct palette *p);

/* What waits for the user's consent; one at a time. */
struct deed *palette_deed(struct palette *p);

/* ---- for console.c ---- */

void palette_painted(struct palette *p); /* note where the user is */
void palette_state(struct palette *p);   /* the connection's state changed: restore once the session is known */
void palette_leave(struct palette *p);   /* the program ends: keep the last place */

#endif
