/* What went wrong: the list under "!", and the second-level text of one of them (ux.md C.9). */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/explain.h"
#include "screens/screens.h"
#include "tui/alerts.h"
#include "tui/list.h"
#include "tui/wrap.h"

/* What a kind of error means to whoever asks a colleague about it; the number is the exit status of the commands. */
static const char *const KINDS[] = {
	[ERR_NONE] = "", [ERR_FAILED] = N_("failed"), [ERR_USAGE] = N_("written wrongly"),
	[ERR_NOT_FOUND] = N_("not found"), [ERR_DENIED] = N_("not permitted"), [ERR_CONFLICT] = N_("a conflict"),
	[ERR_INVALID] = N_("a value was refused"), [ERR_UNREACHABLE] = N_("no connection"),
};

/* ---- in words ---- */

static void put_part(struct strbuf *out, const char *name, const char *text, int width)
{
	struct strbuf first = { 0 };

	if (!*text)
		return;
	text_fit(&first, name, 12, TEXT_LEFT, draw_ascii());
	strbuf_putc(&first, ' ');
	wrap_text(out, strbuf_str(&first), text, width);
	strbuf_free(&first);
}

/* Everything that is known about it, for the eye and for the clipboard. */
static void tell(const struct alert *al, int width, struct strbuf *out)
{
	const struct explanation *why = al->err.code[0] ? err_explain(al->err.code) : NULL;
	char *when = xasprintf(_("%s, screen %s"), al->clock, al->screen);
	char *code = xasprintf(_("%s (%s, status %d)"), al->err.code, _(KINDS[al->err.kind]), (int)al->err.kind);

	put_part(out, _("What"), al->err.text, width);
	put_part(out, _("When"), when, width);
	put_part(out, _("Code"), al->err.code[0] ? code : "", width);
	put_part(out, _("Field"), al->err.field, width);
	strbuf_putc(out, '\n');
	put_part(out, _("Cause"), why ? _(why->cause) : _("The console says so itself: the key or the text does not fit here"),
	    width);
	put_part(out, _("Effect"), why ? _(why->effect) : _("Nothing was changed"), width);
	put_part(out, _("Remedy"), al->err.remedy[0] ? al->err.remedy : _("? shows what can be done here"), width);
	free(when);
	free(code);
}

/* ---- the list ---- */

struct alerts_screen {
	struct list list;
	struct app *app;
	int known; /* rows when it was last drawn: the cursor stays on its alert when others come */
};

enum { COL_TIME, COL_SCREEN, COL_CODE, COL_WHAT, COL_REMEDY };
static const struct list_column COLUMNS[] = {
	[COL_TIME] = { N_("Time"), 5, TEXT_LEFT, 0 },
	[COL_SCREEN] = { N_("Screen"), 14, TEXT_LEFT, 2 },
	[COL_CODE] = { N_("Code"), 8, TEXT_LEFT, 0 },
	[COL_WHAT] = { N_("What went wrong"), -1, TEXT_LEFT, 0 },
	[COL_REMEDY] = { N_("What helps"), 50, TEXT_LEFT, 3 },
};

static int rows(void *ctx)
{
	return alerts_count(((struct alerts_screen *)ctx)->app);
}

static void cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	const struct alert *al = alerts_get(((struct alerts_screen *)ctx)->app, row);

	(void)style;
	if (!al)
		return;
	switch (col) {
	case COL_TIME:
		strbuf_puts(out, al->clock);
		break;
	case COL_SCREEN:
		strbuf_puts(out, al->screen);
		break;
	case COL_CODE:
		strbuf_puts(out, al->err.code[0] ? al->err.code : al->style == TOK_ERROR ? _("error") : _("warning"));
		break;
	case COL_WHAT:
		strbuf_puts(out, al->err.text);
		if (al->times > 1)
			strbuf_printf(out, " ×%d", al->times);
		break;
	case COL_REMEDY:
		strbuf_puts(out, al->err.remedy);
		break;
	}
}

static const struct list_source SOURCE = { .rows = rows, .cell = cell };

static bool alerts_open(struct screen *s, const void *arg)
{
	struct alerts_screen *st = screen_state(s);

	(void)arg;
	st->app = screen_app(s);
	st->known = alerts_count(st->app);
	st->list = (struct list){
		.columns = COLUMNS, .ncolumns = ARRAY_LEN(COLUMNS), .source = &SOURCE, .ctx = st,
		.empty = N_("nothing went wrong"),
	};
	alerts_read(st->app);
	return true;
}

static void alerts_draw(struct screen *s, struct canvas c)
{
	struct alerts_screen *st = screen_state(s);
	int now = alerts_count(st->app);

	if (now > st->known && st->list.cursor > 0)
		st->list.cursor += now - st->known;
	st->known = now;
	list_draw(&st->list, c, true);
}

static enum result alerts_move(struct screen *s, int arg)
{
	return list_move(&((struct alerts_screen *)screen_state(s))->list, arg);
}

static enum result alerts_enter(struct screen *s, int arg)
{
	struct alerts_screen *st = screen_state(s);
	const struct alert *al = alerts_get(st->app, st->list.cursor);

	(void)arg;
	if (al)
		app_push(st->app, &alert_class, al);
	return R_REDRAW;
}

static void alerts_describe(struct screen *s, struct strbuf *out)
{
	struct alerts_screen *st = screen_state(s);
	const struct alert *al = alerts_get(st->app, st->list.cursor);

	if (al)
		strbuf_puts(out, al->err.remedy[0] ? al->err.remedy : al->err.text);
}

static void alerts_summary(struct screen *s, struct strbuf *out)
{
	int n = alerts_count(((struct alerts_screen *)screen_state(s))->app);

	strbuf_printf(out, P_("%d message", "%d messages", n), n);
}

static enum result alerts_copy(struct screen *s, int arg)
{
	struct alerts_screen *st = screen_state(s);
	const struct alert *al = alerts_get(st->app, st->list.cursor);
	struct strbuf text = { 0 };

	(void)arg;
	if (!al)
		return R_HANDLED;
	tell(al, 100, &text);
	app_copy(st->app, strbuf_str(&text));
	strbuf_free(&text);
	return R_REDRAW;
}

static const struct binding ALERTS_KEYS[] = {
	{ "Enter F1", "open", N_("cause and remedy"), alerts_enter, 0, B_FOOTER, NULL },
	{ "y M-y", "copy", N_("copy"), alerts_copy, 0, B_FOOTER, NULL },
	LIST_KEYS(alerts_move),
	{ 0 },
};

const struct screen_class alerts_class = {
	.name = "alerts", .title = N_("What went wrong"), .state_size = sizeof(struct alerts_screen),
	.keys = ALERTS_KEYS, .open = alerts_open, .draw = alerts_draw, .describe = alerts_describe,
	.summary = alerts_summary,
};

/* ---- one of them: cause, effect, remedy ---- */

struct alert_screen {
	struct alert alert;
	struct list list;
	char **lines;
	int n, width;
};

static void free_lines(struct alert_screen *st)
{
	for (int i = 0; i < st->n; i++)
		free(st->lines[i]);
	free(st->lines);
	st->lines = NULL;
	st->n = 0;
}

static void make_lines(struct alert_screen *st, int width)
{
	struct strbuf text = { 0 };

	free_lines(st);
	st->width = width;
	tell(&st->alert, width, &text);
	for (const char *line = strbuf_str(&text); *line; line += strcspn(line, "\n") + 1) {
		st->lines = xreallocarray(st->lines, (size_t)st->n + 1, sizeof(*st->lines));
		st->lines[st->n++] = xstrndup(line, strcspn(line, "\n"));
	}
	strbuf_free(&text);
}

static int alert_rows(void *ctx)
{
	return ((struct alert_screen *)ctx)->n;
}

static void alert_cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	(void)col;
	(void)style;
	strbuf_puts(out, ((struct alert_screen *)ctx)->lines[row]);
}

static const struct list_column ALERT_COLUMNS[] = { { "", -1, TEXT_LEFT, 0 } };
static const struct list_source ALERT_SOURCE = { .rows = alert_rows, .cell = alert_cell };

static bool alert_open(struct screen *s, const void *arg)
{
	struct alert_screen *st = screen_state(s);

	if (!arg)
		return false;
	st->alert = *(const struct alert *)arg;
	st->list = (struct list){
		.columns = ALERT_COLUMNS, .ncolumns = 1, .source = &ALERT_SOURCE, .ctx = st, .empty = "",
	};
	if (alerts_get(screen_app(s), 0) && alerts_get(screen_app(s), 0)->n == st->alert.n)
		alerts_read(screen_app(s));
	return true;
}

static void alert_close(struct screen *s)
{
	free_lines(screen_state(s));
}

static void alert_draw(struct screen *s, struct canvas c)
{
	struct alert_screen *st = screen_state(s);
	int width = c.w - 4 < 100 ? c.w - 4 : 100;

	if (width != st->width)
		make_lines(st, width);
	list_draw(&st->list, c, true);
}

static void alert_event(struct screen *s, enum screen_event ev)
{
	if (ev == EV_LANGUAGE)
		((struct alert_screen *)screen_state(s))->width = 0;
}

static enum result alert_move(struct screen *s, int arg)
{
	return list_move(&((struct alert_screen *)screen_state(s))->list, arg);
}

static enum result alert_copy(struct screen *s, int arg)
{
	struct strbuf text = { 0 };

	(void)arg;
	tell(&((struct alert_screen *)screen_state(s))->alert, 100, &text);
	app_copy(screen_app(s), strbuf_str(&text));
	strbuf_free(&text);
	return R_REDRAW;
}

static void alert_crumb(struct screen *s, struct strbuf *out)
{
	struct alert_screen *st = screen_state(s);

	strbuf_puts(out, st->alert.err.code[0] ? st->alert.err.code : _("Message"));
}

static const struct binding ALERT_KEYS[] = {
	{ "y M-y", "copy", N_("copy"), alert_copy, 0, B_FOOTER, NULL },
	LIST_KEYS(alert_move),
	{ 0 },
};

const struct screen_class alert_class = {
	.name = "alert", .title = N_("Message"), .state_size = sizeof(struct alert_screen), .keys = ALERT_KEYS,
	.open = alert_open, .close = alert_close, .draw = alert_draw, .event = alert_event, .crumb = alert_crumb,
};
