#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "screens/alike.h"
#include "tui/list.h"
#include "tui/overlay.h"

enum { BY_PHONE, BY_NAME, WAYS, FOUND_MOST = 3, PHONE_DIGITS = 10, PHONE_LEAST = 7, WIDTH = 70 };

/* ---- the overlay: who is here already ---- */

struct line { char id[UUID_LEN + 1], no[24], name[160], phone[40]; int way; };

struct here {
	uint64_t owner;
	struct alike *alike; /* in the owner's state */
	struct line lines[WAYS * FOUND_MOST];
	int n;
	struct list list;
};

static int here_rows(void *ctx)
{
	return ((struct here *)ctx)->n;
}

static void here_cell(void *ctx, int row, int col, struct strbuf *out, enum token *style)
{
	const struct line *l = &((struct here *)ctx)->lines[row];
	const char *const cells[] = { l->no, l->name, l->phone, l->way == BY_PHONE ? _("same phone") : _("similar name") };

	if (col == 3)
		*style = TOK_WARNING;
	strbuf_puts(out, cells[col]);
}

static const struct list_source SOURCE = { .rows = here_rows, .cell = here_cell };
static const struct list_column COLUMNS[] = {
	{ N_("No."), 7, TEXT_RIGHT, 0 }, { N_("Name"), -1, TEXT_LEFT, 0 }, { N_("Phone"), 14, TEXT_LEFT, 2 },
	{ N_("Why"), 16, TEXT_LEFT, 0 },
};

static void take(struct here *h, const struct alike *a, int way, int row)
{
	const struct table *t = a->found[way];
	struct line *l = &h->lines[h->n];

	for (int i = 0; i < h->n; i++)
		if (!strcmp(h->lines[i].id, table_get(t, row, "id")))
			return;
	if (!strcmp(a->self, table_get(t, row, "id")))
		return;
	l->way = way;
	snprintf(l->id, sizeof(l->id), "%s", table_get(t, row, "id"));
	snprintf(l->no, sizeof(l->no), "%s", table_get(t, row, "no"));
	snprintf(l->name, sizeof(l->name), "%s", table_get(t, row, "name"));
	snprintf(l->phone, sizeof(l->phone), "%s", table_get(t, row, "phone"));
	h->n++;
}

static bool here_open(struct screen *s, const void *arg)
{
	struct here *h = screen_state(s);

	if (!arg)
		return false;
	*h = *(const struct here *)arg;
	h->list = (struct list){ .columns = COLUMNS, .ncolumns = ARRAY_LEN(COLUMNS), .source = &SOURCE, .ctx = h };
	return true;
}

static void here_draw(struct screen *s, struct canvas body)
{
	struct here *h = screen_state(s);
	struct canvas c = overlay_frame(body, h->n + 3, WIDTH, _("Somebody like this is here already"));

	list_draw(&h->list, canvas_sub(c, 0, 0, c.h - 2, c.w), true);
	draw_text(c, c.h - 1, 0, -1, TOK_DIM, _("Enter opens the record, F2 saves all the same, Esc goes on typing"));
}

static void here_describe(struct screen *s, struct strbuf *out)
{
	struct here *h = screen_state(s);
	const struct line *l = &h->lines[h->list.cursor];

	strbuf_printf(out, _("looks like %s %s"), l->no, l->name);
}

static enum result move(struct screen *s, int arg)
{
	return list_move(&((struct here *)screen_state(s))->list, arg);
}

/* The form stays where it is, below the record. */
static enum result open_record(struct screen *s, int arg)
{
	struct here *h = screen_state(s);
	struct line l = h->lines[h->list.cursor];
	struct app *a = screen_app(s);

	(void)arg;
	app_close(a, screen_id(s));
	app_push(a, &record_class, &(struct record_arg){ .res = catalogue_resource("parties"), .id = l.id, .title = l.name });
	return R_REDRAW;
}

static enum result leave(struct screen *s, int save)
{
	struct here *h = screen_state(s);
	struct screen *owner = app_screen(screen_app(s), h->owner);
	struct alike *a = h->alike;

	app_close(screen_app(s), screen_id(s));
	if (owner && save) {
		a->passed = true;
		a->save(owner);
	}
	return R_REDRAW;
}

static const struct binding KEYS[] = {
	{ "Enter", "open", N_("open"), open_record, 0, B_FOOTER, NULL },
	{ "F2 C-x", "save", N_("save all the same"), leave, 1, B_FOOTER, NULL },
	{ "Esc q F3 F12", "leave", N_("go on typing"), leave, 0, B_FOOTER, NULL },
	LIST_KEYS(move),
	{ 0 },
};

static const struct screen_class here_class = {
	.name = "alike", .title = N_("Here already"), .state_size = sizeof(struct here), .keys = KEYS, .overlay = true,
	.open = here_open, .draw = here_draw, .describe = here_describe,
};

/* ---- looking ---- */

static void look_done(struct alike *a)
{
	struct here h = { .owner = screen_id(a->screen), .alike = a };

	for (int way = 0; way < WAYS; way++)
		for (int i = 0; i < table_rows(a->found[way]) && i < FOUND_MOST; i++)
			take(&h, a, way, i);
	if (h.n > 0) {
		app_push(screen_app(a->screen), &here_class, &h);
		return;
	}
	a->passed = true;
	a->save(a->screen);
}

static void on_found(struct alike *a, int way, const struct reply *r)
{
	if (!r->err) /* who cannot be looked for keeps nobody from saving */
		a->found[way] = table_ref(r->rows);
	if (--a->waiting == 0)
		look_done(a);
	app_redraw(screen_app(a->screen));
}

static void on_phone(const struct reply *r, void *arg)
{
	on_found(arg, BY_PHONE, r);
}

static void on_name(const struct reply *r, void *arg)
{
	on_found(arg, BY_NAME, r);
}

static void look(struct alike *a, const char *filter, reply_fn fn)
{
	struct query q;
	struct err e;

	query_init(&q, catalogue_resource("parties"));
	q.limit = FOUND_MOST + 1; /* one of them may be the record itself */
	q.brief = true;
	if (query_filter(&q, filter, screen_today(a->screen), NULL, &e)) {
		a->waiting++;
		client_list(screen_session(a->screen), &q, screen_owner(a->screen, SLOT_DETAIL), fn, a);
	}
	query_free(&q);
}

/* The end of the number, however its beginning was written: 8 701… is +7 701…. "" if it is too short to tell. */
static void phone_tail(const char *phone, char out[static PHONE_DIGITS + 1])
{
	char digits[64];
	size_t n = 0;

	for (; phone && *phone && n + 1 < sizeof(digits); phone++)
		if (isdigit((unsigned char)*phone))
			digits[n++] = *phone;
	digits[n] = '\0';
	snprintf(out, PHONE_DIGITS + 1, "%.10s", n < PHONE_LEAST ? "" : n > PHONE_DIGITS ? digits + n - PHONE_DIGITS : digits);
}

void alike_close(struct alike *a)
{
	for (int way = 0; way < WAYS; way++) {
		table_free(a->found[way]);
		a->found[way] = NULL;
	}
}

/* A name is compared when somebody is new; with those who are here a letter may be corrected unasked. */
bool alike_ask(struct screen *s, struct alike *a, const char *self, const struct values *v,
    void (*save)(struct screen *s))
{
	const char *name = self[0] ? NULL : values_get(v, "name");
	char tail[PHONE_DIGITS + 1], asked[sizeof(a->asked)], *quoted;

	if (strcmp(v->res->name, "parties") || !screen_may(s, v->res->read))
		return false;
	phone_tail(values_get(v, "phone"), tail);
	snprintf(asked, sizeof(asked), "%s %s", tail, name ? name : "");
	if (a->passed && !strcmp(asked, a->asked))
		return false;
	alike_close(a);
	a->screen = s;
	a->save = save;
	a->passed = false;
	snprintf(a->asked, sizeof(a->asked), "%s", asked);
	snprintf(a->self, sizeof(a->self), "%s", self);
	if (tail[0])
		look(a, tail, on_phone);
	if (name && name[0] && !strpbrk(name, "\"\\")) {
		quoted = xasprintf("\"%s\"", name);
		look(a, quoted, on_name);
		free(quoted);
	}
	return a->waiting > 0;
}
