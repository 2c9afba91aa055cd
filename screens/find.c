#include "config.h"

#include "screens/find.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/deed.h"
#include "tui/overlay.h"

#define KINDS_MOST 16
#define PHONE_TAIL 4

struct asked { struct screen *screen; const struct resource *res; struct table *row; };

struct find {
	struct deed deed;
	char *wanted;
	struct asked asked[KINDS_MOST]; /* one a kind of record that may have this number */
	int n, open;
	struct err err;                 /* of one that could not be asked */
	bool tail;                      /* no number at all: the last digits of a guest's phone */
};

struct find_arg { const struct command *c; };

/* ---- found ----------------------------------------------------------------------------------- */

/* The screen below does it: this one is over. */
static void finish(struct screen *s, const struct resource *res, const struct table *row)
{
	struct find *f = screen_state(s);
	const struct field *label = resource_label(res);
	struct app *a = screen_app(s);
	struct deed d = f->deed;

	f->deed = (struct deed){ 0 };
	d.res = res;
	d.id = xstrdup(table_get(row, 0, "id"));
	d.label = xstrdup(label ? table_get(row, 0, label->name) : f->wanted);
	d.state = xstrdup(res->state ? table_get(row, 0, res->state) : "");
	d.version = atoi(table_get(row, 0, "version"));
	app_close(screen_app(s), screen_id(s));
	deed_do(app_place(a), &d);
}

static void give_up(struct screen *s, const struct err *e)
{
	struct app *a = screen_app(s);

	app_close(screen_app(s), screen_id(s));
	app_error(a, e);
}

/* The whole list of what matches; to do something with one of them, one must be chosen. */
static void show_all(struct screen *s, const struct resource *res)
{
	struct find *f = screen_state(s);
	struct app *a = screen_app(s);
	char *filter = xasprintf("\"%s\"", f->wanted);
	char *title = xasprintf("%s: %s", _(res->label), f->wanted);
	bool open = f->deed.kind == COMMAND_OPEN;

	app_close(screen_app(s), screen_id(s));
	app_push(a, &stays_class, &(struct stays_arg){ .res = res, .filter = filter, .title = title });
	if (!open)
		app_message(a, TOK_WARNING, _("several match; choose one"));
	free(filter);
	free(title);
}

/* ---- by words, where no number or code is this ----------------------------------------------- */

static void not_found(struct screen *s)
{
	struct find *f = screen_state(s);
	struct err e = f->err;

	if (f->tail)
		f->deed.res = NULL;
	if (!e.kind)
		err_set(&e, ERR_NOT_FOUND, "E-FOUND", NULL, NULL, f->deed.res ? _("%s: none matches %.80s") :
		    _("%s has the number %.80s"), f->deed.res ? _(f->deed.res->label) : _("nothing"), f->wanted);
	give_up(s, &e);
}

static void on_words(const struct reply *r, void *arg)
{
	struct screen *s = arg;
	struct find *f = screen_state(s);

	f->open--;
	if (r->err)
		give_up(s, r->err);
	else if (table_rows(r->rows) == 0)
		not_found(s);
	else if (table_rows(r->rows) == 1)
		finish(s, f->deed.res, r->rows);
	else
		show_all(s, f->deed.res);
}

static void ask_words(struct screen *s)
{
	struct find *f = screen_state(s);
	char *filter = xasprintf("\"%s\"", f->wanted);
	struct query q;
	struct err e;

	query_init(&q, f->deed.res);
	q.limit = 2;
	if (strpbrk(f->wanted, "\"\\") || !query_filter(&q, filter, screen_today(s), NULL, &e)) {
		not_found(s);
	} else {
		f->open++;
		client_list(screen_session(s), &q, screen_owner(s, SLOT_MAIN), on_words, s);
	}
	query_free(&q);
	free(filter);
}

/* ---- by number or code ----------------------------------------------------------------------- */

static void chosen(struct screen *s, int i, void *arg)
{
	struct find *f = screen_state(s);

	(void)arg;
	for (int k = 0; k < f->n; k++)
		if (f->asked[k].row && i-- == 0) {
			finish(s, f->asked[k].res, f->asked[k].row);
			return;
		}
	app_close(screen_app(s), screen_id(s));
}

/* One number, several kinds of record: which is meant is asked, never guessed. */
static void choose(struct screen *s, int found)
{
	struct find *f = screen_state(s);
	struct menu_item items[KINDS_MOST] = { 0 };
	int n = 0;

	for (int k = 0; k < f->n; k++)
		if (f->asked[k].row) {
			const struct field *label = resource_label(f->asked[k].res);

			items[n].label = _(f->asked[k].res->label);
			items[n++].note = label ? table_get(f->asked[k].row, 0, label->name) : NULL;
		}
	menu_ask(s, f->wanted, items, found, 0, chosen, NULL);
}

/* As people quote it: four digits or more that are no record's number. Only to open: nothing is done to a guess. */
static bool is_phone_tail(struct screen *s)
{
	const struct find *f = screen_state(s);
	size_t n = strlen(f->wanted);

	return !f->deed.res && !f->err.kind && f->deed.kind == COMMAND_OPEN && n >= PHONE_TAIL &&
	    strspn(f->wanted, "0123456789") == n && screen_may(s, catalogue_resource("parties")->read);
}

static void all_asked(struct screen *s)
{
	struct find *f = screen_state(s);
	const struct asked *hit = NULL;
	int found = 0;

	for (int k = 0; k < f->n; k++)
		if (f->asked[k].row) {
			hit = &f->asked[k];
			found++;
		}
	if (found == 1)
		finish(s, hit->res, hit->row);
	else if (found > 1)
		choose(s, found);
	else if ((f->tail = is_phone_tail(s)))
		f->deed.res = catalogue_resource("parties");
	if (found == 0 && f->deed.res && !f->err.kind)
		ask_words(s);
	else if (found == 0)
		not_found(s);
}

static void on_get(const struct reply *r, void *arg)
{
	struct asked *q = arg;
	struct find *f = screen_state(q->screen);

	f->open--;
	if (!r->err && table_rows(r->rows) > 0)
		q->row = table_ref(r->rows);
	else if (r->err && r->err->kind != ERR_NOT_FOUND && r->err->kind != ERR_INVALID)
		f->err = *r->err;
	if (f->open == 0)
		all_asked(q->screen);
}

static void ask(struct screen *s, const struct resource *res)
{
	struct find *f = screen_state(s);
	struct asked *q = &f->asked[f->n];

	if (f->n == KINDS_MOST || !screen_may(s, res->read))
		return;
	*q = (struct asked){ .screen = s, .res = res };
	f->n++;
	f->open++;
	client_get(screen_session(s), res, f->wanted, screen_owner(s, SLOT_MAIN), on_get, q);
}

/* ---- the overlay ------------------------------------------------------------------------------ */

static bool find_open(struct screen *s, const void *arg)
{
	struct find *f = screen_state(s);
	const struct command *c = ((const struct find_arg *)arg)->c;

	f->wanted = xstrdup(c->id);
	f->deed = (struct deed){ .kind = c->kind, .res = c->res, .action = c->action, .step = c->step,
		.args = json_object() };
	for (int i = 0; i < c->nparams; i++)
		json_object_set_new(f->deed.args, c->params[i].name, json_string(c->params[i].value));
	for (const struct resource *const *r = catalogue_resources(); *r; r++)
		if (c->res ? *r == c->res : (*r)->quoted)
			ask(s, *r);
	if (f->n > 0)
		return true;
	app_message(screen_app(s), TOK_WARNING, _("%s: your role lacks the permission %s"), c->res ? _(c->res->label) :
	    c->id, c->res ? c->res->read : "");
	return false;
}

static void find_close(struct screen *s)
{
	struct find *f = screen_state(s);

	for (int k = 0; k < f->n; k++)
		table_free(f->asked[k].row);
	deed_free(&f->deed);
	free(f->wanted);
}

static bool find_busy(const struct screen *s)
{
	return ((struct find *)screen_state((struct screen *)s))->open > 0;
}

static void find_describe(struct screen *s, struct strbuf *out)
{
	struct find *f = screen_state(s);

	strbuf_printf(out, _("looking for %s…"), f->wanted);
}

static const struct binding KEYS[] = {
	{ "Esc q C-c F3 F12", "leave", N_("leave"), overlay_leave, 0, B_FOOTER, NULL },
	{ 0 },
};

const struct screen_class find_class = {
	.name = "find", .title = N_("Looking for a record"), .state_size = sizeof(struct find), .overlay = true,
	.keys = KEYS, .open = find_open, .close = find_close, .busy = find_busy, .describe = find_describe,
};

void find_and_do(struct screen *s, const struct command *c)
{
	app_push(screen_app(s), &find_class, &(struct find_arg){ c });
}
