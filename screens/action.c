/*
 * An action on one record or on the marked ones: the menu with what is
 * possible now and why not, then its arguments one after another, then the
 * question or the preview. What has been answered so far is the state of an
 * overlay that draws nothing but the wait for the first answer.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/table.h"
#include "client/value.h"
#include "screens/answer.h"
#include "screens/asking.h"
#include "screens/deal.h"
#include "screens/reveal.h"
#include "screens/write.h"
#include "tui/overlay.h"

struct asking_arg {
	struct screen *owner;
	const struct resource *res;
	const struct action *action;
	const char *const *ids, *const *labels;
	int n;
	const struct ask_more *more;
};

static void next_arg(struct screen *s);

/* ---- arguments, one after another ---- */

static struct field field_of_arg(const struct arg *arg)
{
	return (struct field){
		.name = arg->name, .label = arg->label, .type = arg->type, .choices = arg->choices, .ref = arg->ref,
	};
}

static void put_answer(struct asking *a, const struct arg *arg, const char *value, const char *shown)
{
	if (!a->args)
		a->args = json_object();
	json_object_set_new(a->args, arg->name, json_string(value));
	strbuf_printf(&a->words, "%s%s: %s", a->words.len ? "\n" : "", _(arg->label), shown);
}

static void arg_chosen(struct screen *s, int choice, void *p)
{
	struct asking *a = screen_state(s);
	const struct arg *arg = &a->action->args[a->arg];
	int i = arg->required ? choice : choice - 1; /* what need not be said has a line that leaves it open */

	(void)p;
	if (choice < 0) {
		asking_leave(s);
		return;
	}
	if (i >= 0)
		put_answer(a, arg, arg->choices[i].value, _(arg->choices[i].label));
	a->arg++;
	next_arg(s);
}

static void ask_text(struct screen *s, const char *label, const char *initial,
    void (*done)(struct screen *s, const char *text))
{
	char *colon = xasprintf("%s:", _(label));

	app_prompt(screen_app(s), s, colon, initial, NULL, done);
	free(colon);
}

static void arg_typed(struct screen *s, const char *text)
{
	struct asking *a = screen_state(s);
	const struct arg *arg = &a->action->args[a->arg];
	struct field f = field_of_arg(arg);
	struct err e = { 0 };

	if (!text) {
		asking_leave(s);
		return;
	}
	char *value = text[0] ? value_parse(&f, text, screen_today(s), session_currency(screen_session(s)), &e) : NULL;
	if (text[0] && !value) {
		app_error(screen_app(s), &e);
		ask_text(s, arg->label, text, arg_typed);
		return;
	}
	if (value)
		put_answer(a, arg, value, text);
	free(value);
	if (value || !arg->required)
		a->arg++;
	next_arg(s);
}

/* 1 to 9, a to f: before the letters that move. */
static char choice_key(int i)
{
	return (char)(i < 9 ? '1' + i : i < 15 ? 'a' + i - 9 : 0);
}

static void ask_choice(struct screen *s, const char *title, const struct choice *choices, bool open,
    void (*done)(struct screen *s, int choice, void *arg))
{
	struct menu_item items[ITEMS_MOST] = { 0 };
	int n = 0;

	if (open)
		items[n++] = (struct menu_item){ .label = _("not said"), .key = '0' };
	for (const struct choice *c = choices; c->value && n < ITEMS_MOST; c++, n++)
		items[n] = (struct menu_item){ .label = _(c->label), .key = choice_key((int)(c - choices)) };
	menu_ask(s, title, items, n, 0, done, NULL);
}

static void ask_choice_of(struct screen *s, const struct arg *arg)
{
	struct asking *a = screen_state(s);
	char *title = a->n == 1 ? xasprintf("%s: %s", a->labels[0], _(arg->label)) : xstrdup(_(arg->label));

	ask_choice(s, title, arg->choices, !arg->required, arg_chosen);
	free(title);
}

static void next_arg(struct screen *s)
{
	struct asking *a = screen_state(s);
	const struct arg *arg = a->action->args ? &a->action->args[a->arg] : NULL;

	if (!arg || !arg->name)
		asking_finish(s);
	else if (arg->choices)
		ask_choice_of(s, arg);
	else
		ask_text(s, arg->label, a->more.proposal ? a->more.proposal : arg->fallback, arg_typed);
}

/* ---- a field to set ---- */

static bool take_value(struct screen *s, const char *text, const char *shown)
{
	struct asking *a = screen_state(s);
	struct values v;
	struct err e = { 0 };
	bool good;

	values_init(&v, a->res);
	good = values_set(&v, a->field->name, text, screen_today(s), &e);
	if (good) {
		json_decref(a->set);
		a->set = values_json(&v);
		strbuf_clear(&a->words);
		strbuf_puts(&a->words, shown);
	} else {
		app_error(screen_app(s), &e);
	}
	values_free(&v);
	return good;
}

static void value_chosen(struct screen *s, int choice, void *p)
{
	struct asking *a = screen_state(s);

	(void)p;
	if (choice >= 0 && take_value(s, a->field->choices[choice].value, _(a->field->choices[choice].label)))
		asking_finish(s);
	else
		asking_leave(s);
}

static void value_typed(struct screen *s, const char *text)
{
	struct asking *a = screen_state(s);

	if (!text)
		asking_leave(s);
	else if (take_value(s, text, text))
		asking_finish(s);
	else
		ask_text(s, a->field->label, text, value_typed);
}

static void field_chosen(struct screen *s, int choice, void *p)
{
	struct asking *a = screen_state(s);

	(void)p;
	if (choice < 0) {
		asking_leave(s);
		return;
	}
	a->field = a->fields[choice];
	if (a->field->type == FT_CHOICE)
		ask_choice(s, _(a->field->label), a->field->choices, false, value_chosen);
	else
		ask_text(s, a->field->label, "", value_typed);
}

/* What identifies a record is not set for many. */
static void ask_field(struct screen *s)
{
	struct asking *a = screen_state(s);
	struct menu_item items[ITEMS_MOST] = { 0 };

	a->nfields = 0;
	for (const struct field *f = a->res->fields; f->name && a->nfields < ITEMS_MOST; f++)
		if (field_editable(f) && !(f->flags & F_SECRET) && !(a->n > 1 && f->flags & (F_NUMBER | F_LABEL))) {
			items[a->nfields].label = _(f->label);
			items[a->nfields].note = f->help ? _(f->help) : NULL;
			a->fields[a->nfields++] = f;
		}
	menu_ask(s, _("Set which field?"), items, a->nfields, 0, field_chosen, NULL);
}

/* ---- the menu ---- */

/* What it answers is shown, not written. */
static void reveal_it(struct screen *s)
{
	struct asking *a = screen_state(s);
	struct screen *owner = app_screen(screen_app(s), a->owner);
	char *id = xstrdup(a->ids[0]), *label = xstrdup(a->labels[0]);

	asking_leave(s);
	if (owner)
		reveal_open(owner, id, label);
	free(id);
	free(label);
}

/* Of an agreement: its form says what it will bring, and takes the place of the questions. */
static void deal(struct screen *s)
{
	struct asking *a = screen_state(s);
	struct screen *owner = app_screen(screen_app(s), a->owner);
	const struct action *action = a->action;
	char *id = xstrdup(a->ids[0]);

	app_close(screen_app(s), screen_id(s));
	if (owner)
		deal_open(owner, action, id);
	free(id);
}

static void action_chosen(struct screen *s, int choice, void *p)
{
	struct asking *a = screen_state(s);

	(void)p;
	if (choice < 0) {
		asking_leave(s);
		return;
	}
	a->action = a->item[choice];
	a->arg = 0;
	if (a->action && a->action->flags & A_REVEALS)
		reveal_it(s);
	else if (a->n == 1 && deal_is(a->res, a->action))
		deal(s);
	else if (a->action)
		next_arg(s);
	else
		ask_field(s);
}

/* The row of an action in the answer; -1 = it says nothing about it. */
static int row_of(const struct table *t, const char *action)
{
	for (int i = 0; i < table_rows(t); i++)
		if (!strcmp(table_get(t, i, "action"), action))
			return i;
	return -1;
}

static char *refusal(struct screen *s, const struct table *allowed, const struct action *act)
{
	struct err e;
	int row = row_of(allowed, act->name);

	if (row >= 0 && strcmp(table_get(allowed, row, "allowed"), "t")) {
		const char *reason = table_get(allowed, row, "reason"), *remedy = table_get(allowed, row, "remedy");

		return xasprintf("%s%s%s", reason, remedy[0] ? ". " : "", remedy);
	}
	return act->permission && answer_refused(s, act->permission, &e) ? xstrdup(e.text) : NULL;
}

/* `allowed`: what the database says of this one record; NULL for many, where the preview tells. */
static void show_menu(struct screen *s, const struct table *allowed)
{
	struct asking *a = screen_state(s);
	struct menu_item items[ITEMS_MOST] = { 0 };
	char *why[ITEMS_MOST + 1] = { 0 };
	char title[200];
	struct err e;
	int n = 0;

	for (const struct action *act = a->res->actions; act && act->name && n < ITEMS_MOST - 1; act++) {
		if (act->flags & A_SEALED || (act->flags & A_REVEALS && a->n > 1)) /* on the command line; one at a time */
			continue;
		why[n] = refusal(s, allowed, act);
		items[n] = (struct menu_item){ .label = _(act->label), .refused = why[n],
		    .note = act->to ? asking_state(a->res, act->to) : NULL };
		a->item[n++] = act;
	}
	if (a->res->edit) {
		why[n] = answer_refused(s, a->res->edit, &e) ? xstrdup(e.text) : NULL;
		items[n] = (struct menu_item){ .label = _("Set a field…"), .refused = why[n], .key = '=' };
		a->item[n++] = NULL;
	}
	snprintf(title, sizeof(title), a->n == 1 ? "%s" : _("%s: %d marked"), a->n == 1 ? a->labels[0] : _(a->res->label),
	    a->n);
	menu_ask(s, title, items, n, 0, action_chosen, NULL);
	for (int i = 0; i < n; i++)
		free(why[i]);
}

static void on_actions(const struct reply *r, void *arg)
{
	struct screen *s = arg;
	struct asking *a = screen_state(s);

	a->waiting = false;
	if (r->err) {
		app_error(screen_app(s), r->err);
		asking_leave(s);
	} else {
		show_menu(s, r->rows);
	}
}

/* ---- the overlay ---- */

static char **copies(const char *const *from, int n)
{
	char **all = xcalloc((size_t)n + 1, sizeof(*all));

	for (int i = 0; i < n; i++)
		all[i] = xstrdup(from && from[i] ? from[i] : "");
	return all;
}

static bool asking_open(struct screen *s, const void *arg)
{
	const struct asking_arg *from = arg;
	struct asking *a = screen_state(s);

	a->owner = screen_id(from->owner);
	a->res = from->res;
	a->n = from->n;
	a->ids = copies(from->ids, from->n);
	a->labels = copies(from->labels, from->n);
	a->action = from->action;
	if (from->more) {
		a->more = *from->more;
		a->more.about = xstrdup(a->more.about);
		a->more.consequence = xstrdup(a->more.consequence);
		a->more.proposal = xstrdup(a->more.proposal);
	}
	if (a->action || a->n > 1 || !a->res->actions)
		return true; /* goes on once it is on the stack: see push() */
	a->waiting = true;
	client_actions(screen_session(s), a->res, a->ids[0], screen_owner(s, SLOT_ACTION), on_actions, s);
	return true;
}

static void asking_close(struct screen *s)
{
	asking_free(screen_state(s));
}

static void asking_draw(struct screen *s, struct canvas body)
{
	const struct asking *a = screen_state(s);

	if (a->waiting)
		draw_text(overlay_frame(body, 1, 40, a->labels[0]), 0, 0, -1, TOK_DIM, _("asking what is possible…"));
}

static bool asking_busy(const struct screen *s)
{
	return ((struct asking *)screen_state((struct screen *)s))->waiting && screen_waiting(s);
}

static const struct binding KEYS[] = {
	{ "Esc q C-c F3 F12", "leave", N_("leave"), overlay_leave, 0, B_FOOTER, NULL },
	{ 0 },
};

static const struct screen_class asking_class = {
	.name = "action", .title = N_("Actions"), .state_size = sizeof(struct asking), .keys = KEYS, .overlay = true,
	.open = asking_open, .close = asking_close, .draw = asking_draw, .busy = asking_busy,
};

static void push(const struct asking_arg *arg)
{
	struct screen *s = arg->n > 0 ? app_push(screen_app(arg->owner), &asking_class, arg) : NULL;
	struct asking *a = s ? screen_state(s) : NULL;

	if (!a || a->waiting)
		return;
	if (a->action)
		next_arg(s);
	else
		show_menu(s, NULL);
}

void actions_menu(struct screen *s, const struct resource *res, const char *const *ids, const char *const *labels,
    int n)
{
	push(&(struct asking_arg){ .owner = s, .res = res, .ids = ids, .labels = labels, .n = n });
}

void ask_action(struct screen *s, const struct resource *res, const struct action *act, const char *const *ids,
    const char *const *labels, int n, const struct ask_more *more)
{
	if (n == 1 && !more && deal_is(res, act))
		deal_open(s, act, ids[0]);
	else
		push(&(struct asking_arg){ .owner = s, .res = res, .action = act, .ids = ids, .labels = labels, .n = n,
		    .more = more });
}
