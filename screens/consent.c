/* The end of an action that was asked for: what it will mean, consent, and the change; of many records the preview. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/asking.h"
#include "screens/foresee.h"
#include "screens/write.h"
#include "tui/overlay.h"

const char *asking_state(const struct resource *res, const char *state)
{
	const struct field *f = res->state ? resource_field(res, res->state) : NULL;

	for (const struct choice *c = f ? f->choices : NULL; c && c->value; c++)
		if (!strcmp(c->value, state))
			return _(c->label);
	return state;
}

/* Where it leads, or what it is called if that is where it starts. */
static const char *action_word(const struct resource *res, const struct action *act)
{
	return act->to && !action_starts(act, act->to) ? asking_state(res, act->to) : _(act->label);
}

/* "252: confirmed", "3 × Reservations: confirmed", "C001: Agent = aigul". */
static char *in_words(const struct asking *a)
{
	char *who = a->n == 1 ? xstrdup(a->labels[0]) : xasprintf("%s (%d)", _(a->res->label), a->n), *all;

	if (a->field)
		all = xasprintf("%s: %s = %s", who, _(a->field->label), strbuf_str(&a->words));
	else
		all = xasprintf("%s: %s", who, action_word(a->res, a->action));
	free(who);
	return all;
}

void asking_leave(struct screen *s)
{
	struct asking *a = screen_state(s);
	struct screen *owner = app_screen(screen_app(s), a->owner);
	void (*decided)(struct screen *s, const char *what) = a->more.decided;

	app_close(screen_app(s), screen_id(s));
	if (decided && owner)
		decided(owner, NULL);
}

static void free_copies(char **all, int n)
{
	for (int i = 0; i < n; i++)
		free(all[i]);
	free(all);
}

void asking_free(struct asking *a)
{
	free_copies(a->ids, a->n);
	free_copies(a->labels, a->n);
	json_decref(a->args);
	json_decref(a->set);
	strbuf_free(&a->words);
	free((char *)a->more.about);
	free((char *)a->more.consequence);
	free((char *)a->more.proposal);
}

/* The overlay goes first: what is asked next stands on the screen that asked. Its answers are ours until then. */
static void write_it(struct screen *s)
{
	struct asking *a = screen_state(s);
	struct screen *owner = app_screen(screen_app(s), a->owner);
	const struct mutation m = {
		.res = a->res, .kind = a->field ? "patch" : "action", .action = a->action ? a->action->name : NULL,
		.args = a->args, .set = a->set, .record = a->ids[0], .version = a->more.version,
	};
	char *what = in_words(a);
	struct asking own = *a;

	memset(a, 0, sizeof(*a));
	asking_leave(s);
	if (own.more.decided)
		own.more.decided(owner, what);
	if (own.n == 1)
		write_one(owner, &m, what, own.more.done, NULL);
	else
		write_many(owner, &m, (const char *const *)own.ids, (const char *const *)own.labels, own.n, what, NULL);
	asking_free(&own);
	free(what);
}

static void agreed(struct screen *s, bool yes, void *arg)
{
	(void)arg;
	if (yes)
		write_it(s);
	else
		asking_leave(s);
}

static void put_line(struct strbuf *out, const char *text)
{
	if (text && *text)
		strbuf_printf(out, "\n%s", text);
}

/* The question before what cannot be missed; `foreseen`: what the database says will come of it, "" = nothing. */
static void question(struct screen *s, const char *foreseen)
{
	struct asking *a = screen_state(s);
	int64_t number = strtoll(a->labels[0], NULL, 10);
	struct strbuf text = { 0 };
	char *type;

	number = number > 0 ? number : 1;
	type = xasprintf(_("To do it for ever, type %lld and press Enter:"), (long long)number);
	strbuf_puts(&text, a->more.about ? a->more.about : a->labels[0]);
	put_line(&text, strbuf_str(&a->words));
	put_line(&text, a->action->consequence ? _(a->action->consequence) : NULL);
	put_line(&text, a->more.consequence);
	put_line(&text, foreseen);
	while (text.len && text.s[text.len - 1] == '\n')
		text.s[--text.len] = '\0';
	confirm_typed(s, _(a->action->label), text.s, type, a->action->flags & A_FOREVER ? number : 0, agreed, NULL);
	strbuf_free(&text);
	free(type);
}

/* It would be refused: whoever asked learns it as from the action itself, without a question before it. */
static void refuse(struct screen *s, const struct err *e)
{
	struct app *app = screen_app(s);
	struct asking *a = screen_state(s);
	uint64_t owner = a->owner;
	void (*done)(struct screen *s, const struct reply *r, void *arg) = a->more.done;

	asking_leave(s);
	if (done && app_screen(app, owner))
		done(app_screen(app, owner), &(struct reply){ .err = e }, NULL);
	app_error(app, e);
}

static void on_foreseen(const struct reply *r, void *arg)
{
	struct screen *s = arg;
	struct asking *a = screen_state(s);
	struct strbuf text = { 0 };
	struct err e;

	a->waiting = false;
	if (!r->err && foresee_refused(r->rows, &e)) {
		refuse(s, &e);
		return;
	}
	if (!r->err)
		foresee_words(a->action, r->rows, &text);
	if (text.len || a->action->flags & A_DESTRUCTIVE)
		question(s, strbuf_str(&text));
	else
		write_it(s);
	strbuf_free(&text);
	app_redraw(screen_app(s));
}

/* All is known. Many are previewed and asked about there. */
void asking_finish(struct screen *s)
{
	struct asking *a = screen_state(s);

	if (a->n == 1 && a->action && foresee_knows(a->res, a->action)) {
		a->waiting = true;
		foresee_ask(s, a->action, a->ids[0], a->args, on_foreseen, s);
	} else if (a->n == 1 && a->action && a->action->flags & A_DESTRUCTIVE) {
		question(s, "");
	} else {
		write_it(s);
	}
}
