/* The form of a report's arguments: the catalogue's choices, days from the calendar, records by their codes. */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "screens/report_self.h"
#include "screens/sheet.h"
#include "tui/overlay.h"

struct form_of_args {
	struct sheet sheet;                  /* first: see sheet.h */
	uint64_t owner;                      /* the report's screen */
	const struct report *rep;
	struct field fields[REPORT_ARGS];    /* the arguments as fields */
};

static struct report_view *view(struct screen *s)
{
	struct form_of_args *f = screen_state(s);
	struct screen *owner = app_screen(screen_app(s), f->owner);

	return owner ? screen_state(owner) : NULL;
}

/* What the database takes by id, code or name is a reference to whoever fills in the form. */
static const char *ref_of(const struct arg *a)
{
	static const struct { const char *name, *ref; } KNOWN[] = {
		{ "unit", "units" }, { "agent", "users" }, { "building", "buildings" }, { "stay", "reservations" },
	};

	for (size_t i = 0; i < sizeof(KNOWN) / sizeof(KNOWN[0]); i++)
		if (!strcmp(KNOWN[i].name, a->name) && a->type == FT_TEXT)
			return KNOWN[i].ref;
	return a->ref;
}

static void add(struct form_of_args *f, const struct report_view *v, int i)
{
	const struct arg *a = &f->rep->args[i];
	char buf[16];
	const char *value = report_value(v, i, buf);
	int at;

	f->fields[i] = (struct field){ .name = a->name, .label = a->label, .type = ref_of(a) ? FT_REF : a->type,
		.choices = a->choices, .ref = ref_of(a), .flags = a->required ? F_REQUIRED : 0 };
	at = sheet_add(&f->sheet, NULL, &f->fields[i], false);
	if (value && f->fields[i].type == FT_REF)
		sheet_name(&f->sheet, at, value);
	else if (value)
		form_reset(&f->sheet.form, at, choice_find(a->choices, value) ? _(choice_find(a->choices, value)->label) : value);
}

static void apply(struct screen *s)
{
	struct form_of_args *f = screen_state(s);
	struct report_view *v = view(s);
	struct err e = { 0 };

	if (!v || v->rep != f->rep) {
		app_close(screen_app(s), screen_id(s));
		return;
	}
	for (int i = 0; i < f->sheet.form.n; i++) {
		bool day = !strcmp(f->fields[i].name, "from") || !strcmp(f->fields[i].name, "to");

		if ((day || f->fields[i].type == FT_DATE || f->fields[i].type == FT_CHOICE) && !form_dirty(&f->sheet.form, i))
			continue;
		if (!report_set(v, f->fields[i].name, sheet_value(&f->sheet, i), &e)) {
			app_error(screen_app(s), &e);
			if (sheet_error(&f->sheet, &e))
				form_go(&f->sheet.form, form_first_error(&f->sheet.form));
			return;
		}
	}
	app_close(screen_app(s), screen_id(s));
	report_ask(v);
}

static bool args_open(struct screen *s, const void *arg)
{
	struct form_of_args *f = screen_state(s);
	const struct report_view *v = arg;

	if (!v || !v->rep || !v->started)
		return false;
	f->owner = screen_id(v->screen);
	f->rep = v->rep;
	sheet_open(&f->sheet, s);
	f->sheet.save = apply;
	for (int i = 0; f->rep->args && f->rep->args[i].name && i < REPORT_ARGS; i++)
		if (strcmp(f->rep->args[i].name, "company") != 0 || !session_company(screen_session(s)))
			add(f, v, i);
	return true;
}

static void args_close(struct screen *s)
{
	struct form_of_args *f = screen_state(s);

	sheet_close(&f->sheet);
}

static void args_draw(struct screen *s, struct canvas c)
{
	struct form_of_args *f = screen_state(s);

	form_draw(&f->sheet.form, c, true);
}

static enum result act(struct screen *s, int what)
{
	struct form_of_args *f = screen_state(s);

	return sheet_do(&f->sheet, what);
}

static bool args_wants_text(const struct screen *s)
{
	(void)s;
	return true;
}

static enum result args_text(struct screen *s, struct key k)
{
	struct form_of_args *f = screen_state(s);

	return form_key(&f->sheet.form, k);
}

static void args_describe(struct screen *s, struct strbuf *out)
{
	struct form_of_args *f = screen_state(s);

	form_describe(&f->sheet.form, out);
}

static const struct binding KEYS[] = {
	FORM_KEYS(act),
	{ "Esc F3 F12", "leave", N_("leave as it was"), overlay_leave, 0, B_FOOTER, NULL },
	{ 0 },
};

static const struct screen_class args_class = {
	.name = "reportargs", .title = N_("What is asked"), .state_size = sizeof(struct form_of_args), .keys = KEYS,
	.open = args_open, .close = args_close, .draw = args_draw, .text = args_text, .wants_text = args_wants_text,
	.describe = args_describe,
};

void report_args_ask(struct screen *s)
{
	const struct report_view *v = screen_state(s);

	if (v->rep->args && v->rep->args[0].name)
		app_push(screen_app(s), &args_class, v);
}
