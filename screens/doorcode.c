#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "client/secret.h"
#include "screens/doorcode.h"
#include "tui/overlay.h"
#include "tui/wrap.h"

#define SHOWN_MS 30000
#define KINDS_MOST 16
#define REASON_MOST 200
#define WIDTH 56

struct doorcode {
	char unit[UUID_LEN + 1], label[80];
	const struct choice *kind;   /* which code; NULL before it is chosen */
	char reason[REASON_MOST];
	struct code_keys *keys;
	bool waiting;
	char *text;                  /* the code; NULL before it is here */
	uint64_t until;              /* then it goes, by the loop's clock */
};

struct doorcode_arg { const char *unit, *label; };

static void leave(struct screen *s)
{
	app_close(screen_app(s), screen_id(s));
}

static void fail(struct screen *s, const struct err *e)
{
	app_error(screen_app(s), e);
	leave(s);
}

/* ---- shown ---- */

static void tick(struct screen *s)
{
	const struct doorcode *d = screen_state(s);

	if (screen_clock(s) >= d->until)
		leave(s);
	else
		screen_after(s, 1000, tick);
	app_redraw(screen_app(s));
}

static void on_code(const struct reply *r, void *arg)
{
	struct screen *s = arg;
	struct doorcode *d = screen_state(s);
	const char *unit = json_string_value(json_object_get(r->json, "unit"));
	const char *sealed = json_string_value(json_object_get(r->json, "sealed"));
	struct code_place at = { .company = (int)json_integer_value(json_object_get(r->json, "company")), .unit = unit,
		.kind = d->kind->value };
	struct err e = { 0 };

	d->waiting = false;
	if (!r->err && json_object_get(r->json, "code")) /* an API server has opened it */
		d->text = xstrdup(json_string_value(json_object_get(r->json, "code")));
	else if (!r->err && unit && sealed)
		d->text = code_open(d->keys, (int)json_integer_value(json_object_get(r->json, "key_version")), &at, sealed, &e);
	if (!d->text) {
		fail(s, r->err ? r->err : &e);
		return;
	}
	code_keys_free(d->keys);
	d->keys = NULL;
	d->until = screen_clock(s) + SHOWN_MS;
	tick(s);
}

/* The look is in the log now, whatever comes of it. */
static void on_logged(const struct reply *r, void *arg)
{
	struct screen *s = arg;
	const char *view = json_string_value(json_object_get(r->json, "view"));

	if (r->err)
		fail(s, r->err);
	else
		client_code(screen_session(s), view ? view : "", screen_owner(s, SLOT_ACTION), on_code, s);
}

/* ---- asked ---- */

/* Without a key that opens it nobody's look is logged; an API server has its own. */
static bool read_keys(struct screen *s, struct err *e)
{
	struct doorcode *d = screen_state(s);
	bool make;
	const char *path = screen_codes_key(s, &make);

	if (screen_remote(s))
		return true;
	if (!path)
		err_set(e, ERR_FAILED, "E-SEAL", NULL, _("Write codes_key = FILE into the profile; see domovoi help --man"),
		    _("no key file for access codes is named"));
	else
		d->keys = code_keys_read(path, make, e);
	return d->keys != NULL;
}

static void reason_typed(struct screen *s, const char *text)
{
	struct doorcode *d = screen_state(s);
	struct err e = { 0 };

	if (!text) {
		leave(s);
		return;
	}
	snprintf(d->reason, sizeof(d->reason), "%s", text);
	if (!read_keys(s, &e)) {
		fail(s, &e);
		return;
	}
	d->waiting = true;
	client_reveal(screen_session(s), d->unit, (const struct param[]){ { "kind", d->kind->value },
	    { "reason", d->reason } }, 2, screen_owner(s, SLOT_ACTION), on_logged, s);
}

static const struct choice *kinds(void)
{
	return resource_action(catalogue_resource("unit"), "reveal_code")->args[0].choices;
}

static void kind_chosen(struct screen *s, int choice, void *arg)
{
	struct doorcode *d = screen_state(s);

	(void)arg;
	if (choice < 0) {
		leave(s);
		return;
	}
	d->kind = &kinds()[choice];
	app_prompt(screen_app(s), s, _("What for (it is logged):"), "", NULL, reason_typed);
}

static void ask_kind(struct screen *s)
{
	const struct doorcode *d = screen_state(s);
	struct menu_item items[KINDS_MOST] = { 0 };
	char *title = xasprintf(_("%s: which code?"), d->label);
	int n = 0;

	for (const struct choice *c = kinds(); c->value && n < KINDS_MOST; c++, n++)
		items[n] = (struct menu_item){ .label = _(c->label), .key = (char)('1' + n) };
	menu_ask(s, title, items, n, 0, kind_chosen, NULL);
	free(title);
}

/* ---- the overlay ---- */

static bool doorcode_open(struct screen *s, const void *arg)
{
	const struct doorcode_arg *a = arg;
	struct doorcode *d = screen_state(s);

	snprintf(d->unit, sizeof(d->unit), "%s", a->unit);
	snprintf(d->label, sizeof(d->label), "%s", a->label);
	return true;
}

static void doorcode_close(struct screen *s)
{
	struct doorcode *d = screen_state(s);

	code_forget(d->text);
	code_keys_free(d->keys);
}

static void draw_code(const struct doorcode *d, struct screen *s, struct canvas body)
{
	uint64_t now = screen_clock(s), left = now < d->until ? (d->until - now + 999) / 1000 : 0;
	struct strbuf lines = { 0 };
	char *title = xasprintf("%s  %s", d->label, _(d->kind->label));
	int n = 1, y = 0;

	wrap_text(&lines, "", screen_headless(s) ? _("(shown on a terminal only)") : d->text, WIDTH - 2);
	for (const char *p = strbuf_str(&lines); *p; p++)
		n += *p == '\n';
	struct canvas c = overlay_frame(body, n + 2, WIDTH, title);
	for (char *line = strbuf_str(&lines)[0] ? lines.s : NULL, *next; line && y < c.h - 1; line = next, y++) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		draw_text(c, y, 1, -1, TOK_TITLE, line);
	}
	draw_printf(c, c.h - 1, 1, TOK_DIM, P_("hidden again in %d second", "hidden again in %d seconds", (unsigned)left),
	    (int)left);
	if (lines.len)
		explicit_bzero(lines.s, lines.len);
	strbuf_free(&lines);
	free(title);
}

static void doorcode_draw(struct screen *s, struct canvas body)
{
	const struct doorcode *d = screen_state(s);

	if (d->text)
		draw_code(d, s, body);
	else if (d->waiting)
		draw_text(overlay_frame(body, 1, WIDTH, d->label), 0, 1, -1, TOK_DIM, _("asking for the code…"));
}

static bool doorcode_busy(const struct screen *s)
{
	return ((struct doorcode *)screen_state((struct screen *)s))->waiting && screen_waiting(s);
}

static const struct binding KEYS[] = {
	{ "Esc q Enter C-c F3 F8 F12", "leave", N_("hide"), overlay_leave, 0, B_FOOTER, NULL },
	{ 0 },
};

static const struct screen_class doorcode_class = {
	.name = "doorcode", .title = N_("Access code"), .state_size = sizeof(struct doorcode), .keys = KEYS, .overlay = true,
	.open = doorcode_open, .close = doorcode_close, .draw = doorcode_draw, .busy = doorcode_busy,
};

void doorcode_ask(struct screen *s, const char *unit, const char *label)
{
	struct screen *asking = app_push(screen_app(s), &doorcode_class, &(struct doorcode_arg){ unit, label });

	if (asking)
		ask_kind(asking);
}
