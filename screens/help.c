/* Help: the keys of the screen below and the global ones, read from the tables that make them work. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/screens.h"
#include "tui/list.h"

struct help_line {
	const struct binding *binding; /* NULL: a heading */
	const char *heading;           /* msgid */
};

struct help {
	struct list list;
	struct help_line *lines;
	int nlines, size;
	bool global;                   /* the global heading was added */
	struct screen *screen;
	uint64_t about;                /* whose keys these are */
};

static const struct list_column COLUMNS[] = {
	{ N_("Keys"), 22, TEXT_LEFT, 0 },
	{ N_("What they do"), -1, TEXT_LEFT, 0 },
};

static void add(struct help *h, struct help_line line)
{
	if (h->nlines == h->size) {
		h->size = h->size ? h->size * 2 : 32;
		h->lines = xreallocarray(h->lines, (size_t)h->size, sizeof(*h->lines));
	}
	h->lines[h->nlines++] = line;
}

static void add_binding(void *ctx, const struct binding *b, bool global)
{
	struct help *h = ctx;

	if (global && !h->global)
		add(h, (struct help_line){ .heading = N_("Everywhere") });
	h->global |= global;
	add(h, (struct help_line){ .binding = b });
}

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
	return ((struct help *)ctx)->nlines;
}

static void cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	struct help *h = ctx;
	const struct help_line *line = &h->lines[row];

	if (!line->binding) {
		*style = TOK_TITLE;
		if (col == 0)
			strbuf_puts(out, _(line->heading));
		return;
	}
	const struct binding *b = line->binding;
	if (col == 0) {
		*style = TOK_KEY;
		show_keys(b->keys, out);
		return;
	}
	strbuf_puts(out, _(b->note));
	if (b->permission && !screen_may(h->screen, b->permission)) {
		*style = TOK_DIM;
		strbuf_printf(out, " — %s", _("not permitted to your role"));
	}
}

static const struct list_source SOURCE = { .rows = rows, .cell = cell };

static bool help_open(struct screen *s, const void *arg)
{
	struct help *h = screen_state(s);
	struct screen *about = (struct screen *)arg; /* the toolkit hands over the screen below */

	h->screen = s;
	h->about = about ? screen_id(about) : 0;
	h->list = (struct list){
		.columns = COLUMNS, .ncolumns = ARRAY_LEN(COLUMNS), .source = &SOURCE, .ctx = h,
		.empty = N_("no keys"),
	};
	if (about)
		add(h, (struct help_line){ .heading = screen_kind(about)->title });
	app_each_binding(screen_app(s), about, add_binding, h);
	return true;
}

static void help_close(struct screen *s)
{
	struct help *h = screen_state(s);

	free(h->lines);
}

static void help_draw(struct screen *s, struct canvas c)
{
	struct help *h = screen_state(s);

	list_draw(&h->list, c, true);
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
	LIST_KEYS(move),
	{ 0 },
};

const struct screen_class help_class = {
	.name = "help", .title = N_("Help"), .state_size = sizeof(struct help), .keys = KEYS,
	.open = help_open, .close = help_close, .draw = help_draw, .crumb = help_crumb,
};
