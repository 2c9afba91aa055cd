/*
 * Help: what is under the cursor in words and what can be done with it now, then the keys of the screen below and the
 * ones that work everywhere, read from the tables that make them work; filtered as one types.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/screens.h"
#include "tui/keymap.h"
#include "tui/list.h"
#include "tui/wrap.h"

struct help_line {
	const struct binding *binding; /* NULL: words */
	char *text;                    /* a heading or a sentence, as it is shown */
	bool heading;
};

struct help {
	struct list list;
	struct help_line *lines;
	int nlines, size;
	int *shown, nshown;            /* lines that the filter leaves */
	bool global;                   /* the global heading was added */
	struct screen *screen;
	uint64_t about;                /* whose keys these are */
	char *filter;                  /* folded; "" = none */
};

enum { COL_KEYS, COL_WHAT };
static const struct list_column COLUMNS[] = {
	[COL_KEYS] = { N_("Keys"), 22, TEXT_LEFT, 0 },
	[COL_WHAT] = { N_("What they do"), -1, TEXT_LEFT, 0 },
};

enum { WORDS_WIDTH = 54 }; /* sentences stand in the second column, at 80 columns too */

static bool permitted(const struct help *h, const struct binding *b)
{
	struct screen *about = app_screen(screen_app(h->screen), h->about);

	return !app_lacks(about ? about : h->screen, b);
}

/* ---- the lines ---- */

static void add(struct help *h, struct help_line line)
{
	if (h->nlines == h->size) {
		h->size = h->size ? h->size * 2 : 32;
		h->lines = xreallocarray(h->lines, (size_t)h->size, sizeof(*h->lines));
	}
	h->lines[h->nlines++] = line;
}

static void add_heading(struct help *h, const char *text)
{
	add(h, (struct help_line){ .text = xstrdup(text), .heading = true });
}

static void add_words(struct help *h, const char *first, const char *words)
{
	struct strbuf text = { 0 };

	wrap_text(&text, first, words, WORDS_WIDTH);
	for (const char *s = text.s; *s; s += strcspn(s, "\n") + 1)
		add(h, (struct help_line){ .text = xstrndup(s, strcspn(s, "\n")) });
	strbuf_free(&text);
}

/* What can be done here, and what cannot, with the reason: moving about goes without saying. */
struct sorted { struct help *h; struct strbuf can, cannot; };

static void sort_binding(void *ctx, const struct binding *b, bool global)
{
	struct sorted *s = ctx;
	struct strbuf *to = permitted(s->h, b) ? &s->can : &s->cannot;
	char label[40];

	if (global || b->flags & B_HIDDEN || !*b->keys)
		return;
	keymap_label(b, label);
	strbuf_printf(to, "%s%s %s", to->len ? ", " : "", label, _(b->note));
	if (to == &s->cannot && b->permission)
		strbuf_printf(to, " (%s)", b->permission);
}

static void add_cursor(struct help *h, struct screen *about)
{
	struct sorted s = { .h = h };
	struct strbuf words = { 0 };

	if (screen_kind(about)->describe)
		screen_kind(about)->describe(about, &words);
	app_each_binding(screen_app(h->screen), about, sort_binding, &s);
	if (words.len + s.can.len + s.cannot.len > 0)
		add_heading(h, _("Under the cursor"));
	if (words.len)
		add_words(h, "", strbuf_str(&words));
	if (s.can.len)
		add_words(h, _("Now: "), strbuf_str(&s.can));
	if (s.cannot.len)
		add_words(h, _("Not for your role: "), strbuf_str(&s.cannot));
	strbuf_free(&words);
	strbuf_free(&s.can);
	strbuf_free(&s.cannot);
}

static void add_binding(void *ctx, const struct binding *b, bool global)
{
	struct help *h = ctx;

	if (global && !h->global)
		add_heading(h, _("Everywhere"));
	h->global |= global;
	if (*b->keys)
		add(h, (struct help_line){ .binding = b });
}

static void free_lines(struct help *h)
{
	for (int i = 0; i < h->nlines; i++)
		free(h->lines[i].text);
	h->nlines = 0;
	h->global = false;
}

/* ---- what the filter leaves ---- */

static bool matches(const struct help *h, const struct help_line *line)
{
	char *text, *folded;
	bool found;

	if (!*h->filter)
		return true;
	if (!line->binding)
		return false;
	text = xasprintf("%s %s %s", line->binding->keys, line->binding->name, _(line->binding->note));
	folded = text_fold(text);
	found = strstr(folded, h->filter) != NULL;
	free(text);
	free(folded);
	return found;
}

static void choose_lines(struct help *h)
{
	h->shown = xreallocarray(h->shown, (size_t)h->nlines + 1, sizeof(*h->shown));
	h->nshown = 0;
	for (int i = 0; i < h->nlines; i++)
		if (matches(h, &h->lines[i]))
			h->shown[h->nshown++] = i;
	list_settle(&h->list);
}

static void fill(struct help *h)
{
	struct screen *about = app_screen(screen_app(h->screen), h->about);

	free_lines(h);
	if (about) {
		add_cursor(h, about);
		add_heading(h, _(screen_kind(about)->title));
	}
	app_each_binding(screen_app(h->screen), about, add_binding, h);
	choose_lines(h);
}

static void filter_changed(struct screen *s, const char *text)
{
	struct help *h = screen_state(s);

	free(h->filter);
	h->filter = text_fold(text);
	choose_lines(h);
	app_redraw(screen_app(s));
}

static void filter_done(struct screen *s, const char *text)
{
	filter_changed(s, text ? text : "");
}

static enum result ask_filter(struct screen *s, int arg)
{
	(void)arg;
	app_prompt(screen_app(s), s, "/", "", filter_changed, filter_done);
	return R_REDRAW;
}

/* "? words" of the palette. */
static bool help_take(struct screen *s, const char *words, struct err *e)
{
	(void)e;
	filter_changed(s, words);
	return true;
}

/* ---- the list ---- */

/* "Down j" -> "Down, j"; "g+h" -> "g h". */
static void show_keys(const char *keys, struct strbuf *out)
{
	for (const char *k = keys; *k; k++) {
		if (*k == ' ')
			strbuf_puts(out, ", ");
		else
			strbuf_putc(out, *k == '+' && k > keys && k[1] && k[1] != ' ' && k[-1] != ' ' ? ' ' : *k);
	}
}

static int rows(void *ctx)
{
	return ((struct help *)ctx)->nshown;
}

static void cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	struct help *h = ctx;
	const struct help_line *line = &h->lines[h->shown[row]];
	const struct binding *b = line->binding;

	if (!b) {
		*style = line->heading ? TOK_TITLE : TOK_ROW;
		if (line->heading == (col == COL_KEYS))
			strbuf_puts(out, line->text);
	} else if (col == COL_KEYS) {
		*style = TOK_KEY;
		show_keys(b->keys, out);
	} else {
		strbuf_puts(out, _(b->note));
		if (!permitted(h, b)) {
			*style = TOK_DIM;
			strbuf_printf(out, " — %s", _("not permitted to your role"));
		}
	}
}

static const struct list_source SOURCE = { .rows = rows, .cell = cell };

/* ---- the screen ---- */

static bool help_open(struct screen *s, const void *arg)
{
	struct help *h = screen_state(s);
	struct screen *about = (struct screen *)arg; /* the toolkit hands over the screen below */

	h->screen = s;
	h->about = about ? screen_id(about) : 0;
	h->filter = xstrdup("");
	h->list = (struct list){
		.columns = COLUMNS, .ncolumns = ARRAY_LEN(COLUMNS), .source = &SOURCE, .ctx = h,
		.empty = N_("no keys"),
	};
	fill(h);
	return true;
}

static void help_close(struct screen *s)
{
	struct help *h = screen_state(s);

	free_lines(h);
	free(h->lines);
	free(h->shown);
	free(h->filter);
}

static void help_draw(struct screen *s, struct canvas c)
{
	struct help *h = screen_state(s);

	list_draw(&h->list, c, true);
}

static void help_event(struct screen *s, enum screen_event ev)
{
	if (ev == EV_LANGUAGE || ev == EV_STATE)
		fill(screen_state(s));
}

static enum result move(struct screen *s, int arg)
{
	struct help *h = screen_state(s);

	return list_move(&h->list, arg);
}

static void help_crumb(struct screen *s, struct strbuf *out)
{
	struct help *h = screen_state(s);
	struct screen *about = app_screen(screen_app(s), h->about);

	strbuf_puts(out, _("Help"));
	if (about)
		strbuf_printf(out, ": %s", _(screen_kind(about)->title));
}

static const struct binding KEYS[] = {
	{ "/ F7", "filter", N_("filter"), ask_filter, 0, B_FOOTER, NULL },
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class help_class = {
	.name = "help", .title = N_("Help"), .read_out = true, .state_size = sizeof(struct help), .keys = KEYS,
	.take = help_take, .open = help_open, .close = help_close, .draw = help_draw, .event = help_event,
	.crumb = help_crumb,
};
