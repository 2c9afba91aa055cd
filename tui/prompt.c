#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tui/app.h"

/* ---- life ---- */

void app_prompt(struct app *a, struct screen *s, const char *label, const char *initial,
    void (*changed)(struct screen *s, const char *text), void (*done)(struct screen *s, const char *text))
{
	prompt_close(a);
	a->prompt = (struct prompt){
		.active = true, .screen = s->id, .label = xstrdup(label), .changed = changed, .done = done,
	};
	lineedit_set(&a->prompt.line, initial);
	app_redraw(a);
}

void prompt_close(struct app *a)
{
	free(a->prompt.label);
	lineedit_free(&a->prompt.line);
	a->prompt = (struct prompt){ 0 };
	app_redraw(a);
}

/* The answer may open the next prompt, so this one is put away first. */
static void finish(struct app *a, bool taken)
{
	struct prompt *p = &a->prompt;
	struct screen *s = app_screen(a, p->screen);
	void (*done)(struct screen *, const char *) = p->done;
	char *text = strbuf_steal(&p->line.text);

	prompt_close(a);
	if (s && done)
		done(s, taken ? text : NULL);
	free(text);
}

void prompt_key(struct app *a, struct key k)
{
	struct prompt *p = &a->prompt;
	struct screen *s = app_screen(a, p->screen);

	if (k.code == KEYCODE_ENTER || k.code == KEYCODE_ESC || (k.code == 'c' && k.mods == MOD_CTRL)) {
		finish(a, k.code == KEYCODE_ENTER);
		return;
	}
	enum lineedit_result r = lineedit_key(&p->line, k);

	app_redraw(a);
	if (s && p->changed && r == LINEEDIT_CHANGED)
		p->changed(s, lineedit_text(&p->line));
}

/* ---- drawing ---- */

/* Scrolls so that the cursor is on the line. Returns the columns used. */
int prompt_draw(struct app *a, struct canvas line)
{
	struct prompt *p = &a->prompt;
	int x = 1 + draw_text(line, 0, 1, line.w / 2, TOK_KEY, p->label) + 1;
	struct canvas field = canvas_sub(line, 0, x, 1, -1);

	return x + lineedit_draw(&p->line, field, TOK_INPUT, true);
}
