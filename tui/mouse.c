#include "config.h"

#include <stdlib.h>

#include "base/mem.h"
#include "tui/app.h"

#define WHEEL_ROWS 3

void mouse_forget(struct app *a)
{
	a->nspots = 0;
}

void mouse_spot(struct app *a, struct canvas line, int x, int w, const struct binding *row, struct key key)
{
	if (a->nspots < SPOTS_MAX && w > 0)
		a->spots[a->nspots++] = (struct spot){ line.y, line.x + x, w, row, key };
}

static const struct spot *spot_at(const struct app *a, int y, int x)
{
	for (int i = 0; i < a->nspots; i++) {
		const struct spot *t = &a->spots[i];

		if (t->y == y && x >= t->x && x < t->x + t->w)
			return t;
	}
	return NULL;
}

/* The screen may be another one after each of them. */
static void press(struct app *a, uint32_t code, int times)
{
	while (times-- > 0 && app_top(a) && !a->quit)
		input_act(a, (struct key){ code, 0 });
}

/* The rows of the focused list answer to keys, with all that the screen ties to them; a second click opens. */
static void click_row(struct app *a, int y, int x)
{
	int steps;

	if (!draw_row_at(y, x, &steps))
		return;
	if (steps == 0)
		press(a, KEYCODE_ENTER, 1);
	else
		press(a, steps < 0 ? KEYCODE_UP : KEYCODE_DOWN, abs(steps));
}

static void click(struct app *a, struct screen *s, int y, int x)
{
	const struct spot *spot = spot_at(a, y, x);
	enum result r = R_NONE;
	uint64_t id = s->id;

	if (spot && spot->row) {
		input_run(a, s, spot->row);
	} else if (spot) {
		input_act(a, spot->key);
	} else if (!a->prompt.active) {
		if (s->cls->click && y >= BODY_TOP)
			r = s->cls->click(s, y - BODY_TOP, x);
		input_obey(a, id, r);
		if (r == R_NONE)
			click_row(a, y, x);
	}
}

void mouse_act(struct app *a, struct key k)
{
	uint32_t kind = key_kind(k);

	if (a->dirty)
		app_paint(a); /* else the place would be one of the picture before the last */
	if (kind == KEYCODE_CLICK)
		click(a, app_top(a), key_y(k), key_x(k));
	else if (!a->prompt.active && (kind == KEYCODE_WHEEL_UP || kind == KEYCODE_WHEEL_DOWN))
		press(a, kind == KEYCODE_WHEEL_UP ? KEYCODE_UP : KEYCODE_DOWN, WHEEL_ROWS);
}
