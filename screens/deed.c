#include "config.h"

#include "screens/deed.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/bulk.h"
#include "screens/edit.h"
#include "screens/palette.h"
#include "screens/reveal.h"
#include "screens/seeing.h"
#include "screens/write.h"
#include "tui/overlay.h"

void deed_free(struct deed *d)
{
	free(d->id);
	free(d->label);
	free(d->state);
	json_decref(d->args);
	*d = (struct deed){ 0 };
}

/* ---- the next state -------------------------------------------------------------------------- */

static int place_of(const struct field *f, const char *state)
{
	for (int i = 0; f && f->choices && f->choices[i].value; i++)
		if (!strcmp(f->choices[i].value, state))
			return i;
	return -1;
}

const struct action *deed_step(const struct resource *res, const char *state, int step)
{
	const struct field *f = res->state ? resource_field(res, res->state) : NULL;
	int here = place_of(f, state);

	for (const struct action *a = res->actions; a && a->name && here >= 0; a++) {
		int there = a->to ? place_of(f, a->to) : -1;

		if (there >= 0 && !(a->flags & A_DESTRUCTIVE) && action_starts(a, state) && (there - here) * step > 0)
			return a;
	}
	return NULL;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put_through(struct screen *s, const struct deed *d)
{
	const struct mutation m = {
		.res = d->res, .kind = "action", .record = d->id, .version = d->version, .action = d->action->name,
		.args = d->args,
	};
	char *what = xasprintf("%s: %s", d->label, _(d->action->label));

	write_one(s, &m, what, NULL, NULL);
	free(what);
}

static const struct arg *missing_arg(const struct deed *d)
{
	for (const struct arg *a = d->action->args; a && a->name; a++)
		if (a->required && !a->fallback && !json_object_get(d->args, a->name))
			return a;
	return NULL;
}

static void agreed(struct screen *s, bool yes, void *arg)
{
	struct deed *d = palette_deed(screen_palette(s));

	(void)arg;
	if (yes)
		put_through(s, d);
	else
		app_message(screen_app(s), TOK_DIM, _("nothing was changed"));
	deed_free(d);
}

static void act(struct screen *s, struct deed *d)
{
	char *title, *text;

	if (!seeing_may_write(s, d->action->permission)) {
		deed_free(d);
		return;
	}
	if (d->action->flags & A_REVEALS) {
		reveal_open(s, d->id, d->label);
		deed_free(d);
		return;
	}
	if (missing_arg(d) || d->action->flags & A_FOREVER) {
		const char *id = d->id, *label = d->label;

		ask_action(s, d->res, d->action, &id, &label, 1, &(struct ask_more){ .version = d->version });
		deed_free(d);
		return;
	}
	if (!(d->action->flags & A_DESTRUCTIVE)) {
		put_through(s, d);
		deed_free(d);
		return;
	}
	deed_free(palette_deed(screen_palette(s)));
	*palette_deed(screen_palette(s)) = *d;
	title = xasprintf("%s", _(d->action->label));
	text = xasprintf("%s %s: %s", _(d->res->label), d->label, _(d->action->label));
	*d = (struct deed){ 0 };
	confirm_ask(s, title, text, 0, agreed, NULL);
	free(title);
	free(text);
}

static void step(struct screen *s, struct deed *d)
{
	const struct field *f = d->res->state ? resource_field(d->res, d->res->state) : NULL;
	const struct choice *state = f ? choice_find(f->choices, d->state) : NULL;

	d->action = deed_step(d->res, d->state, d->step);
	if (d->action) {
		act(s, d);
		return;
	}
	app_message(screen_app(s), TOK_WARNING, d->step > 0 ? _("%s is %s: there is no step on from there") :
	    _("%s is %s: there is no step back from there"), d->label, state ? _(state->label) : d->state);
	deed_free(d);
}

void deed_do(struct screen *s, struct deed *d)
{
	const struct record_arg record = { .res = d->res, .id = d->id, .title = d->label };

	switch (d->kind) {
	case COMMAND_EDIT:
		edit_open(s, d->res, d->id, NULL, 0);
		deed_free(d);
		return;
	case COMMAND_ACTION:
		act(s, d);
		return;
	case COMMAND_STEP:
		step(s, d);
		return;
	default:
		app_push(screen_app(s), &record_class, &record);
		deed_free(d);
	}
}
