#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "client/value.h"
#include "screens/tally.h"

static int rows(void *ctx)
{
	return table_rows(((struct tally *)ctx)->answer.rows);
}

static void cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	struct tally *t = ctx;
	const struct column *f = t->fields[col];
	const char *text = answer_text(&t->answer, row, f->name);

	if (t->cell && t->cell(t, row, f->name, out, style))
		return;
	if (f->type == FT_MONEY && !strcmp(text, "0"))
		return; /* nothing is easier to see than a nought */
	if (text[0])
		value_show(out, f->type, NULL, text, answer_text(&t->answer, row, "currency"));
}

static const struct list_source SOURCE = { .rows = rows, .cell = cell };

static const struct column *column_of(const struct report *rep, const char *name)
{
	const struct column *f = rep->columns;

	while (f->name && strcmp(f->name, name) != 0)
		f++;
	return f;
}

static bool is_number(enum field_type type)
{
	return type == FT_INT || type == FT_MONEY || type == FT_BP;
}

void tally_open(struct tally *t, struct screen *s, struct round *r, const char *report,
    const struct tally_column *columns, const char *empty)
{
	int n = 0;

	t->screen = s;
	t->answer.round = r;
	t->answer.report = catalogue_report(report);
	for (; columns[n].name && n < TALLY_MOST; n++) {
		const struct column *f = column_of(t->answer.report, columns[n].name);

		t->fields[n] = f;
		t->columns[n] = (struct list_column){ .title = f->label, .width = columns[n].width ? columns[n].width : f->width,
			.align = is_number(f->type) ? TEXT_RIGHT : TEXT_LEFT, .drop = columns[n].drop };
	}
	t->list = (struct list){ .columns = t->columns, .ncolumns = n, .source = &SOURCE, .ctx = t, .empty = empty };
}

void tally_close(struct tally *t)
{
	answer_free(&t->answer);
}

void tally_ask(struct tally *t, struct round *r, const struct param *args, int n)
{
	answer_report(&t->answer, r, t->answer.report->name, args, n);
}

/* ---- the cursor belongs to what the row is about ---- */

static void key_of(const struct tally *t, int row, char out[static 120])
{
	const char *key = answer_text(&t->answer, row, "key");

	if (key[0])
		snprintf(out, 120, "%s %s", key, answer_text(&t->answer, row, "currency"));
	else
		snprintf(out, 120, "%d", row);
}

static void note(struct tally *t)
{
	if (t->list.cursor < rows(t))
		key_of(t, t->list.cursor, t->key);
}

/* Rows came: it is where it was, or where it would be. */
static void follow(struct tally *t)
{
	char key[120];

	if (!t->key[0]) {
		note(t);
		return;
	}
	for (int row = 0; row < rows(t); row++) {
		key_of(t, row, key);
		if (strcmp(key, t->key) != 0)
			continue;
		if (t->stay && row != t->list.cursor)
			break;
		t->list.cursor = row;
		return;
	}
	t->stay = false;
	list_settle(&t->list);
	note(t);
}

void tally_draw(struct tally *t, struct canvas c, bool focused)
{
	if (answer_draw_missing(t->screen, &t->answer, c))
		return;
	follow(t);
	list_draw(&t->list, c, focused);
}

enum result tally_move(struct tally *t, int move)
{
	enum result done;

	follow(t);
	done = list_move(&t->list, move);
	note(t);
	return done;
}

int tally_row(struct tally *t)
{
	follow(t);
	return t->list.cursor < rows(t) ? t->list.cursor : -1;
}

const char *tally_get(struct tally *t, const char *column)
{
	int row = tally_row(t);

	return row < 0 ? "" : answer_text(&t->answer, row, column);
}

void tally_keep(const struct tally *t, struct strbuf *out)
{
	strbuf_puts(out, t->key);
}

void tally_restore(struct tally *t, const char *kept)
{
	snprintf(t->key, sizeof(t->key), "%s", kept);
	app_redraw(screen_app(t->screen));
}
