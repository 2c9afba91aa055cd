#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "client/value.h"
#include "screens/reveal.h"
#include "tui/overlay.h"

enum { SHOWN_MS = 30000, LABEL_WIDTH = 20, WIDTH = 64, LINES_MOST = 8 };

struct reveal {
	char party[UUID_LEN + 1], label[120];
	char mutation[UUID_LEN + 1]; /* the same one again: its answer comes once the log is committed */
	char *reason;
	int turn;
	bool waiting;
	json_t *data;                /* what is shown; NULL until then */
};

struct reveal_arg { const char *party, *label; };

static const struct resource *parties(void)
{
	return catalogue_resource("parties");
}

/* ---- asking ---- */

static void on_answer(const struct reply *r, void *arg);

static void ask(struct screen *s)
{
	struct reveal *v = screen_state(s);
	json_t *args = json_object();

	json_object_set_new(args, "reason", json_string(v->reason));
	v->waiting = true;
	client_mutate(screen_session(s), &(struct mutation){ .id = v->mutation, .res = parties(), .kind = "action",
	    .record = v->party, .action = "reveal_pii", .args = args }, screen_owner(s, SLOT_MAIN), on_answer, s);
	json_decref(args);
}

static void hide(struct screen *s)
{
	app_close(screen_app(s), screen_id(s));
}

static void on_answer(const struct reply *r, void *arg)
{
	struct screen *s = arg;
	struct reveal *v = screen_state(s);
	const json_t *data = r->err ? NULL : json_object_get(r->json, "revealed");
	struct app *a = screen_app(s);

	v->waiting = false;
	if (!r->err && v->turn++ == 0 && json_is_true(json_object_get(r->json, "repeat"))) {
		ask(s);
	} else if (json_is_object(data)) {
		v->data = json_deep_copy(data);
		screen_after(s, SHOWN_MS, hide);
		app_redraw(a);
	} else {
		hide(s);
		if (r->err)
			app_error(a, r->err);
	}
}

static void reason_typed(struct screen *s, const char *text)
{
	struct reveal *v = screen_state(s);

	if (!text) {
		hide(s);
	} else if (!text[strspn(text, " ")]) {
		app_message(screen_app(s), TOK_WARNING, _("say why: it is written to the log"));
		app_prompt(screen_app(s), s, _("What for (it is logged):"), "", NULL, reason_typed);
	} else {
		v->reason = xstrdup(text);
		ask(s);
	}
}

/* ---- the overlay ---- */

static bool reveal_opened(struct screen *s, const void *arg)
{
	const struct reveal_arg *from = arg;
	struct reveal *v = screen_state(s);

	if (!from)
		return false;
	snprintf(v->party, sizeof(v->party), "%s", from->party);
	snprintf(v->label, sizeof(v->label), "%s", from->label);
	uuid_v7(v->mutation);
	return true;
}

static void reveal_close(struct screen *s)
{
	struct reveal *v = screen_state(s);

	const char *name;
	json_t *value;

	json_object_foreach(v->data, name, value)
		if (json_is_string(value))
			explicit_bzero((char *)json_string_value(value), json_string_length(value));
	json_decref(v->data);
	free(v->reason);
}

/* What `show` draws goes into a file: not this. */
static int draw_data(const struct screen *s, const struct reveal *v, struct canvas c)
{
	const struct action *set = resource_action(parties(), "set_pii");
	struct strbuf text = { 0 };
	int y = 0;

	for (const struct arg *f = set->args; f->name; f++) {
		const char *value = json_string_value(json_object_get(v->data, f->name));

		strbuf_clear(&text);
		if (screen_headless(s))
			strbuf_puts(&text, _("(shown on a terminal only)"));
		else
			value_show(&text, f->type, f->choices, value, NULL);
		draw_fit(c, y, 0, LABEL_WIDTH, TEXT_LEFT, TOK_DIM, _(f->label));
		draw_text(c, y++, LABEL_WIDTH + 1, -1, value ? TOK_TEXT : TOK_DIM, value ? strbuf_str(&text) : _("not known"));
	}
	if (text.len)
		explicit_bzero(text.s, text.len);
	strbuf_free(&text);
	return y;
}

static void reveal_draw(struct screen *s, struct canvas body)
{
	const struct reveal *v = screen_state(s);
	struct canvas c;

	if (v->waiting) {
		draw_text(overlay_frame(body, 1, WIDTH, v->label), 0, 0, -1, TOK_DIM, _("writing the log…"));
	} else if (v->data) {
		c = overlay_frame(body, LINES_MOST - 2, WIDTH, v->label);
		draw_text(c, draw_data(s, v, c) + 1, 0, -1, TOK_DIM,
		    _("Logged. It hides by itself after 30 seconds."));
	}
}

static bool reveal_busy(const struct screen *s)
{
	return ((struct reveal *)screen_state((struct screen *)s))->waiting && screen_waiting(s);
}

static const struct binding KEYS[] = {
	{ "Esc F8 Enter q C-c F3 F12", "leave", N_("hide"), overlay_leave, 0, B_FOOTER, NULL },
	{ 0 },
};

static const struct screen_class reveal_class = {
	.name = "reveal", .title = N_("Personal data"), .state_size = sizeof(struct reveal), .keys = KEYS, .overlay = true,
	.open = reveal_opened, .close = reveal_close, .draw = reveal_draw, .busy = reveal_busy,
};

void reveal_open(struct screen *s, const char *party, const char *label)
{
	char *title = xasprintf("%s: %s", _("Personal data"), label);
	struct screen *over = app_push(screen_app(s), &reveal_class, &(struct reveal_arg){ party, title });

	free(title);
	if (over)
		app_prompt(screen_app(s), over, _("What for (it is logged):"), "", NULL, reason_typed);
}
