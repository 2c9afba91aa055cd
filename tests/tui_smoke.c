/*
 * Not installed: the widgets on made-up rows in a real terminal, to look at
 * them and to count bytes. "tui_smoke" runs; "tui_smoke WxH KEYS" prints the
 * screen after those keys. THEME, COLOURS (0 8 16 256) and ASCII are taken
 * from the environment.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "tui/heat.h"
#include "tui/list.h"

#define ROWS 10000

/* ---- a long list ---- */

static char filter[64];
static bool mark[ROWS];

static int rows(void *ctx)
{
	(void)ctx;
	return filter[0] ? 14 : ROWS;
}

static void cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	static const char *const names[] = { "Достык 45", "Абай 10", "Сәтбаев 22", "Tole bi 7", "Қабанбай 9" };
	static const char *const states[] = { "free", "LET", "blocked" };

	(void)ctx;
	switch (col) {
	case 0:
		strbuf_printf(out, "OB-%05d", row);
		break;
	case 1:
		strbuf_printf(out, "%s, %d", names[row % 5], row);
		break;
	case 2:
		strbuf_printf(out, "%d", row * 37 % 101);
		break;
	case 3:
		strbuf_printf(out, "%d 000", row * 7919 % 997);
		break;
	case 4:
		if (row % 3 == 2)
			*style = TOK_WARNING;
		strbuf_puts(out, states[row % 3]);
		break;
	}
}

static bool marked(void *ctx, int row)
{
	(void)ctx;
	return mark[row];
}

static const struct list_column COLUMNS[] = {
	{ N_("Code"), 8, TEXT_LEFT, 0 }, { N_("Object"), -1, TEXT_LEFT, 0 }, { N_("Occ%"), 5, TEXT_RIGHT, 2 },
	{ N_("Debt"), 9, TEXT_RIGHT, 1 }, { N_("State"), 8, TEXT_LEFT, 3 },
};
static const struct list_source SOURCE = { .rows = rows, .cell = cell, .marked = marked };

static bool list_open(struct screen *s, const void *arg)
{
	struct list *l = screen_state(s);

	(void)arg;
	*l = (struct list){ .columns = COLUMNS, .ncolumns = 5, .source = &SOURCE, .empty = N_("nothing here") };
	return true;
}

static enum result list_key(struct screen *s, int arg)
{
	return list_move(screen_state(s), arg);
}

static enum result list_mark(struct screen *s, int arg)
{
	struct list *l = screen_state(s);

	(void)arg;
	mark[l->cursor] = !mark[l->cursor];
	list_move(l, LIST_DOWN);
	return R_REDRAW;
}

static void filter_set(struct screen *s, const char *text)
{
	snprintf(filter, sizeof(filter), "%s", text ? text : "");
	app_redraw(screen_app(s));
}

static enum result list_filter(struct screen *s, int arg)
{
	(void)arg;
	app_prompt(screen_app(s), s, "/", filter, filter_set, filter_set);
	return R_REDRAW;
}

static enum result denied(struct screen *s, int arg)
{
	(void)s;
	(void)arg;
	return R_HANDLED;
}

static void list_paint(struct screen *s, struct canvas c)
{
	struct canvas in = draw_frame(canvas_sub(c, 0, 0, -1, c.w >= 120 ? c.w / 2 : c.w), "Objects", true);

	list_draw(screen_state(s), in, true);
	if (c.w >= 120)
		draw_frame(canvas_sub(c, 0, c.w / 2, -1, -1), "Detail", false);
}

static void list_describe(struct screen *s, struct strbuf *out)
{
	struct list *l = screen_state(s);

	strbuf_printf(out, "%5d", l->cursor + 1);
}

static const struct binding LIST_BINDINGS[] = {
	LIST_KEYS(list_key),
	{ "/", "filter", N_("filter"), list_filter, 0, B_FOOTER, NULL },
	{ "Space", "mark", N_("mark"), list_mark, 0, B_FOOTER, NULL },
	{ "e", "edit", N_("edit"), denied, 0, B_FOOTER, "unit.edit" },
	{ 0 },
};
static const struct screen_class LIST = {
	.name = "portfolio", .title = N_("Portfolio"), .digit = '2', .go = 'p', .state_size = sizeof(struct list),
	.keys = LIST_BINDINGS, .open = list_open, .draw = list_paint, .describe = list_describe,
};

/* ---- a heat map ---- */

static int heat_rows(void *ctx)
{
	(void)ctx;
	return 200;
}

static int heat_cols(void *ctx)
{
	(void)ctx;
	return 31;
}

static void heat_row_title(void *ctx, int row, struct strbuf *out)
{
	(void)ctx;
	strbuf_printf(out, "Объект %d", row + 1);
}

static void heat_col_title(void *ctx, int col, char buf[static 8])
{
	(void)ctx;
	snprintf(buf, 8, "%d", (col + 1) % 100);
}

/* Hashed, so that neighbours differ: the dearest screen there is. RUNS=1: stays of three nights. */
static int heat_value(void *ctx, int row, int col)
{
	unsigned h = (unsigned)(row * 31 + (getenv("RUNS") ? col / 3 : col)) * 2654435761u;

	(void)ctx;
	return h >> 28 == 0 ? HEAT_EMPTY : h >> 28 < 3 ? 0 : h >> 28 > 13 ? 10000 : (int)((h >> 12) % 10000);
}

static const struct heat_source HEAT_SOURCE = {
	.rows = heat_rows, .cols = heat_cols, .row_title = heat_row_title, .col_title = heat_col_title, .value = heat_value,
};

static bool heat_open(struct screen *s, const void *arg)
{
	struct heat *h = screen_state(s);

	(void)arg;
	h->source = &HEAT_SOURCE;
	return true;
}

static enum result heat_key(struct screen *s, int arg)
{
	return heat_move(screen_state(s), arg);
}

static enum result heat_digits(struct screen *s, int arg)
{
	struct heat *h = screen_state(s);

	(void)arg;
	h->digits = !h->digits;
	return R_REDRAW;
}

static void heat_paint(struct screen *s, struct canvas c)
{
	heat_draw(screen_state(s), c, true);
}

static void heat_describe(struct screen *s, struct strbuf *out)
{
	struct heat *h = screen_state(s);

	strbuf_printf(out, "%2d Jun: %3d%%", h->col + 1, heat_value(NULL, h->row, h->col) / 100);
}

static const struct binding HEAT_BINDINGS[] = {
	HEAT_KEYS(heat_key),
	{ "n", "digits", N_("digits"), heat_digits, 0, B_FOOTER, NULL },
	{ 0 },
};
static const struct screen_class HEAT = {
	.name = "analytics", .title = N_("Analytics"), .digit = '7', .go = 's', .state_size = sizeof(struct heat),
	.keys = HEAT_BINDINGS, .open = heat_open, .draw = heat_paint, .describe = heat_describe,
};

/* ---- the rest ---- */

static void home_paint(struct screen *s, struct canvas c)
{
	struct canvas in = draw_frame(c, "Attention", true);

	(void)s;
	draw_text(in, 0, 1, -1, TOK_TEXT, "g p: a list; g s: a heat map");
	for (int i = 0; i < TOK_COUNT; i++)
		draw_printf(in, 2 + i % 12, 2 + i / 12 * 26, (enum token)i, "token %2d  abc АБВ", i);
	for (int i = 0; i <= 10; i++)
		draw_hbar(in, 15, 1 + i * 6, 5, TOK_BAR, i, 10);
}

static const struct screen_class HOME = {
	.name = "home", .title = N_("Home"), .digit = '1', .go = 'h', .draw = home_paint,
};
static const struct screen_class *const SCREENS[] = { &HOME, &LIST, &HEAT, NULL };

static bool may(void *ctx, const char *permission)
{
	(void)ctx;
	return strcmp(permission, "unit.edit") != 0;
}

static void chip(void *ctx, struct strbuf *out, enum token *style)
{
	(void)ctx;
	*style = TOK_CHIP_OK;
	strbuf_puts(out, "ONLINE pg");
}

static void as_of(void *ctx, struct strbuf *out)
{
	(void)ctx;
	strbuf_puts(out, "as of 14:05");
}

int main(int argc, char **argv)
{
	uv_loop_t *loop = uv_default_loop();
	const char *colours = getenv("COLOURS");
	struct app_config cfg = {
		.loop = loop, .headless = argc > 2, .colours = colours ? (enum colours)atoi(colours) : COLOURS_AUTO,
		.ascii = getenv("ASCII") != NULL, .screens = SCREENS, .may = may, .chip = chip, .as_of = as_of,
	};
	struct strbuf out = { 0 };
	struct err e = { 0 };
	struct app *a;
	char line[700];
	int status = 0;

	i18n_init("en");
	if (argc > 2 && sscanf(argv[1], "%dx%d", &cfg.width, &cfg.height) != 2)
		return 2;
	a = theme_load(getenv("THEME"), &e) ? app_new(&cfg, &e) : NULL;
	if (a) {
		app_push(a, &HOME, NULL);
		status = argc > 2 ? app_script(a, argv[2], &e) : app_run(a);
		if (argc > 2)
			app_dump(a, &out);
		app_free(a);
		uv_run(loop, UV_RUN_NOWAIT);
		uv_loop_close(loop);
	}
	fputs(strbuf_str(&out), stdout);
	strbuf_free(&out);
	if (e.kind == ERR_NONE)
		return status;
	err_line(&e, line, sizeof(line));
	fprintf(stderr, "tui_smoke: %s\n", line);
	return (int)e.kind;
}
