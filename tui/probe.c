#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tui/app.h"
#include "tui/term.h"

/*
 * How wide does this terminal make what Unicode leaves open? Three signs are
 * printed and the cursor asked for; the line is painted anew in the same
 * breath. Line 2, because answers about line 1 look like F3 with modifiers.
 */
#define PATIENCE_MS 200
#define PROBE_LINE 1

static const struct { const char *sign; unsigned bit; } SIGNS[] = {
	{ "Ж", TEXT_WIDE_SIGNS }, { "Қ", TEXT_WIDE_CYRILLIC }, { "─", TEXT_WIDE_LINES },
};

static void take_wide(struct app *a, unsigned bits)
{
	text_set_ambiguous(bits);
	if (!bits)
		return;
	a->cfg.ascii = true; /* frames of double width would not close */
	draw_repaint();
	app_redraw(a);
}

void probe_prepare(struct app *a)
{
	const char *says = getenv("DOMOVOI_AMBIGUOUS");
	bool wide = says && strcmp(says, "wide") == 0, narrow = says && strcmp(says, "narrow") == 0;

	a->probe.due = !wide && !narrow && !a->cfg.ascii && term_reports();
	take_wide(a, wide ? TEXT_WIDE_SIGNS | TEXT_WIDE_CYRILLIC | TEXT_WIDE_LINES : 0);
}

bool probe_send(struct app *a)
{
	struct strbuf out = { 0 };

	if (!a->probe.due || a->too_small)
		return false;
	a->probe.due = false;
	a->probe.asked_at = uv_now(a->cfg.loop);
	a->probe.waiting = true;
	strbuf_puts(&out, "\0337");
	for (size_t i = 0; i < ARRAY_LEN(SIGNS); i++)
		strbuf_printf(&out, "\033[%d;1H%s\033[6n", PROBE_LINE + 1, SIGNS[i].sign);
	strbuf_puts(&out, "\0338");
	term_write(out.s, out.len);
	strbuf_free(&out);
	draw_repaint_line(PROBE_LINE);
	return true;
}

void probe_answer(struct app *a, struct key report)
{
	if (!a->probe.waiting || key_y(report) != PROBE_LINE)
		return;
	if (uv_now(a->cfg.loop) - a->probe.asked_at > PATIENCE_MS) {
		a->probe.waiting = false;
		return;
	}
	if (key_x(report) == 2)
		a->probe.wide |= SIGNS[a->probe.answers].bit;
	if (++a->probe.answers < (int)ARRAY_LEN(SIGNS))
		return;
	a->probe.waiting = false;
	take_wide(a, a->probe.wide);
}
