#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "tui/app.h"
#include "tui/overlay.h"
#include "tui/plain.h"
#include "tui/term.h"

enum { CANCEL_CODE = 'c' };

/* ---- global bindings ---- */

enum result input_go(struct screen *s, int arg)
{
	struct app *a = s->app;

	app_go(a, a->cfg.screens[arg], NULL);
	return R_REDRAW;
}

/* On an error that was just said: its second-level text (ux.md C.9). */
static enum result do_help(struct screen *s, int arg)
{
	const struct screen_class *help = app_class(s->app, "help"), *alert = app_class(s->app, "alert");

	(void)arg;
	if (s->app->said_error && alert && s->cls != alert)
		app_push(s->app, alert, alerts_get(s->app, 0));
	else if (help && s->cls != help)
		app_push(s->app, help, s);
	return R_REDRAW;
}

static enum result do_alerts(struct screen *s, int arg)
{
	const struct screen_class *alerts = app_class(s->app, "alerts");

	(void)arg;
	if (alerts && s->cls != alerts)
		app_push(s->app, alerts, NULL);
	return R_REDRAW;
}

static void quit_agreed(struct screen *s, bool agreed, void *arg)
{
	(void)arg;
	if (agreed)
		app_quit(s->app);
}

static enum result do_back(struct screen *s, int arg)
{
	struct app *a = s->app;
	int unsaved = arg && a->depth == 1 && a->cfg.unsaved ? a->cfg.unsaved(a->cfg.ctx) : 0;
	char text[160];

	if (a->depth > 1)
		return R_CLOSE;
	if (unsaved == 0)
		return arg ? R_QUIT : R_HANDLED;
	snprintf(text, sizeof(text), P_("%d change is not saved yet. Leaving now may lose it.",
	    "%d changes are not saved yet. Leaving now may lose them.", (unsigned)unsaved), unsaved);
	confirm_ask(s, _("Quit"), text, 0, quit_agreed, NULL);
	return R_REDRAW;
}

static enum result do_refresh(struct screen *s, int arg)
{
	(void)arg;
	uint64_t id = s->id;
	struct app *a = s->app;

	app_event(a, EV_DATA);
	if (app_screen(a, id))
		app_event(a, EV_REFRESH);
	return R_REDRAW;
}

static enum result do_repaint(struct screen *s, int arg)
{
	(void)arg;
	if (s->app->plain)
		plain_read(s->app);
	draw_repaint();
	return R_REDRAW;
}

static enum result do_suspend(struct screen *s, int arg)
{
	(void)s;
	(void)arg;
	term_suspend();
	return R_REDRAW;
}

static enum result do_cancel(struct screen *s, int arg)
{
	struct app *a = s->app;

	(void)arg;
	if (a->cfg.idle && !a->cfg.idle(a->cfg.ctx)) {
		if (a->cfg.cancel)
			a->cfg.cancel(a->cfg.ctx, s->id);
		app_message(a, TOK_DIM, _("cancelled; F5 asks again"));
	}
	s->impatient = true;
	return R_REDRAW;
}

static enum result do_language(struct screen *s, int arg)
{
	(void)arg;
	s->app->cfg.language(s->app->cfg.ctx);
	app_event(s->app, EV_LANGUAGE);
	return R_REDRAW;
}

static enum result do_theme(struct screen *s, int arg)
{
	(void)arg;
	if (!s->cls->overlay)
		app_theme_menu(s);
	return R_REDRAW;
}

bool app_mouse(struct app *a, bool on)
{
	a->mouse = !a->plain && term_mouse(on); /* the linear mode has nothing to point at */
	app_message(a, TOK_TEXT, a->mouse ? _("mouse on: Shift-drag still selects") : _("mouse off"));
	return a->mouse == on;
}

static enum result do_mouse(struct screen *s, int arg)
{
	(void)arg;
	app_mouse(s->app, !s->app->mouse);
	return R_REDRAW;
}

static enum result do_row(struct screen *s, int arg)
{
	(void)arg;
	if (s->app->plain)
		plain_row(s->app);
	else
		app_message(s->app, TOK_DIM, _("it is read out with --plain"));
	return R_HANDLED;
}

static const struct binding FIXED[] = {
	{ "L M-l", "language", N_("language: English, русский, қазақша"), do_language, 0, 0, NULL },
	{ "? F1", "help", N_("help"), do_help, 0, B_FOOTER, NULL },
	{ "q F12", "back", N_("back"), do_back, 1, B_FOOTER, NULL },
	{ "Esc F3", "escape", N_("back"), do_back, 0, B_HIDDEN, NULL },
	{ "F5", "refresh", N_("refresh"), do_refresh, 0, 0, NULL },
	{ "C-c", "cancel", N_("cancel what is running, drop waiting keys"), do_cancel, 0, 0, NULL },
	{ "C-l", "repaint", N_("repaint the screen"), do_repaint, 0, 0, NULL },
	{ "C-z", "suspend", N_("suspend"), do_suspend, 0, 0, NULL },
	{ "! M-a", "alerts", N_("what went wrong"), do_alerts, 0, 0, NULL },
	{ "M-r", "read-row", N_("--plain: read the row with its headings"), do_row, 0, 0, NULL },
	{ "M-t", "theme", N_("theme"), do_theme, 0, 0, NULL },
	{ "M-m", "mouse", N_("mouse"), do_mouse, 0, 0, NULL },
};

const struct binding *input_fixed(int i, bool language)
{
	for (size_t n = 0; n < ARRAY_LEN(FIXED); n++)
		if ((FIXED[n].fn != do_language || language) && i-- == 0)
			return &FIXED[n];
	return NULL;
}

static void bad_key(void *ctx, const struct err *e)
{
	alerts_keep(ctx, TOK_WARNING, e);
}

void app_reload_keys(struct app *a)
{
	uint64_t before = a->alerts.count;
	struct keyfile f;
	int bad;

	keytable_free(&a->keys);
	keytable_init(&a->keys, a->cfg.screens, a->cfg.bindings, a->cfg.language != NULL);
	keyfile_read(&f, a->cfg.keyfile, bad_key, a);
	keytable_apply(&a->keys, &f, bad_key, a);
	key_set_layout(f.layout);
	keyfile_free(&f);
	bad = (int)(a->alerts.count - before);
	if (bad > 0)
		app_say(a, TOK_WARNING, P_("%d line of your key file is not used: ! says why",
		    "%d lines of your key file are not used: ! says why", bad), bad);
	app_redraw(a);
}

void app_each_binding(struct app *a, const struct screen *s,
    void (*fn)(void *ctx, const struct binding *b, bool global), void *ctx)
{
	for (const struct binding *b = s ? keytable_of(&a->keys, s->cls) : NULL; b && b->keys; b++)
		fn(ctx, b, false);
	for (const struct binding *b = a->keys.globals; b->keys; b++)
		fn(ctx, b, true);
}

/* ---- acting on one key ---- */

void input_obey(struct app *a, uint64_t screen, enum result r)
{
	if (r & R_REDRAW)
		app_redraw(a);
	if (r & R_QUIT)
		a->quit = true;
	if (r & R_CLOSE && app_top(a) && app_top(a)->id == screen) {
		if (a->depth > 1)
			app_pop(a);
		else
			a->quit = true;
	}
}

const char *app_lacks(struct screen *s, const struct binding *b)
{
	struct app *a = s->app;

	if (b->permission && a->cfg.may && !a->cfg.may(a->cfg.ctx, b->permission))
		return b->permission;
	return s->cls->lacks ? s->cls->lacks(s, b) : NULL;
}

bool input_run(struct app *a, struct screen *s, const struct binding *row)
{
	uint64_t id = s->id;
	const char *lacking = app_lacks(s, row);
	enum result r;

	if (lacking) {
		if (a->cfg.denied) { /* it will be said again with more, and kept then */
			app_say(a, TOK_WARNING, _("%s: your role lacks the permission %s"), _(row->note), lacking);
			a->cfg.denied(a->cfg.ctx, s, lacking);
		} else {
			app_message(a, TOK_WARNING, _("%s: your role lacks the permission %s"), _(row->note), lacking);
		}
		return true;
	}
	r = row->fn(s, row->arg);
	input_obey(a, id, r);
	return r != R_NONE;
}

void app_run_binding(struct screen *s, const struct binding *b)
{
	input_run(s->app, s, b);
}

/* A key without a meaning here. The digits beside the names of the screens invite to be pressed alone. */
static void unknown(struct app *a, const struct key *seq, int n)
{
	char name[KEYMAP_DEPTH][16] = { "", "" };
	struct key meta = { seq[0].code, MOD_ALT };
	const struct binding *go;

	for (int i = 0; i < n; i++)
		key_format(seq[i], name[i]);
	if (n == 1 && seq[0].code >= '1' && seq[0].code <= '9' && !seq[0].mods &&
	    keymap_find(a->keys.globals, &meta, 1, &go) == KEYMAP_FOUND) {
		app_message(a, TOK_DIM, _("M-%s (Alt with %s, or Esc and then %s) opens: %s"), name[0], name[0], name[0],
		    _(go->note));
		return;
	}
	app_message(a, TOK_DIM, _("%s%s%s is not a key here; ? lists the keys"), name[0], n > 1 ? " " : "", name[1]);
}

/* A key in command mode: the screen's table first, then the global one. */
static void command(struct app *a, struct screen *s, struct key k)
{
	struct key seq[KEYMAP_DEPTH] = { a->pending, k };
	const struct key *typed = a->in_sequence ? seq : seq + 1;
	int n = a->in_sequence ? 2 : 1;
	const struct binding *own, *global;
	enum keymap_hit here = keymap_find(keytable_of(&a->keys, s->cls), typed, n, &own);
	enum keymap_hit everywhere = keymap_find(a->keys.globals, typed, n, &global);
	bool was = a->in_sequence;

	if (!was && s->cls->hotkey) {
		uint64_t id = s->id;
		enum result r = s->cls->hotkey(s, k);

		input_obey(a, id, r);
		if (r != R_NONE)
			return;
	}
	a->in_sequence = false;
	if (here == KEYMAP_FOUND && input_run(a, s, own))
		return;
	if (here == KEYMAP_PREFIX || everywhere == KEYMAP_PREFIX) {
		a->pending = k;
		a->in_sequence = true;
		app_redraw(a);
	} else if (everywhere == KEYMAP_FOUND) {
		input_run(a, s, global);
	} else if (was && k.code == KEYCODE_ESC) {
		app_redraw(a);
	} else if (here == KEYMAP_FOUND) { /* its footer names it: not unknown, but without anything to work on */
		app_message(a, TOK_DIM, _("%s: nothing here to do that with"), _(own->note));
	} else {
		unknown(a, typed, n);
	}
}

static bool wants_text(const struct screen *s)
{
	return s->cls->text && s->cls->wants_text && s->cls->wants_text(s);
}

/* Into a field of the screen. False: the field has no use for it, it may be a command. */
static bool into_field(struct app *a, struct screen *s, struct key k)
{
	uint64_t id = s->id;
	enum result r = s->cls->text(s, k);

	input_obey(a, id, r);
	return r != R_NONE || key_is_text(k);
}

static void paste_key(struct app *a, struct screen *s, struct key k)
{
	if (k.code == KEYCODE_ENTER || k.code == KEYCODE_TAB)
		k = (struct key){ ' ', 0 }; /* a pasted line end never submits */
	if (!key_is_text(k))
		return;
	if (a->prompt.active)
		prompt_key(a, k);
	else if (wants_text(s) && !s->cls->guarded)
		into_field(a, s, k);
	else
		app_message(a, TOK_WARNING, _("pasted text goes only into a text field"));
}

/* About the terminal, C-l and C-z: also while a text is typed or the window is too small, and what was said stays to be
 * read. NULL: another key. */
static const struct binding *about_terminal(const struct app *a, struct key k)
{
	const struct binding *row;
	bool found = !key_is_text(k) && keymap_find(a->keys.globals, &k, 1, &row) == KEYMAP_FOUND;

	return found && (row->fn == do_repaint || row->fn == do_suspend) ? row : NULL;
}

void input_act(struct app *a, struct key k)
{
	struct screen *s = app_top(a);
	bool pasted = k.mods & MOD_PASTED;
	const struct binding *terminal;

	k.mods &= (uint8_t)~MOD_PASTED;
	if (!s)
		return;
	terminal = pasted ? NULL : about_terminal(a, k);
	if (terminal && (a->too_small || a->prompt.active || wants_text(s))) {
		input_run(a, s, terminal);
		return;
	}
	if (a->too_small) { /* nothing is shown that a key could mean */
		a->quit = a->quit || (!pasted && (k.code == KEYCODE_F12 || key_latin(k).code == 'q'));
		return;
	}
	a->said_error = a->message.len > 0 && a->message_style == TOK_ERROR;
	if (a->message.len > 0 && !pasted && !terminal) {
		strbuf_clear(&a->message);
		app_redraw(a);
	}
	if (pasted)
		paste_key(a, s, k);
	else if (key_kind(k))
		mouse_act(a, k);
	else if (a->prompt.active)
		prompt_key(a, k);
	else if (!wants_text(s) || !into_field(a, s, k))
		command(a, s, k);
}

/* ---- keys that wait ---- */

/* With nothing in flight nothing will come, and keys need not wait for it. */
static bool input_busy(const struct app *a)
{
	struct screen *s = app_top(a);
	bool busy = s && s->cls->busy && s->cls->busy(s) && !(a->cfg.idle && a->cfg.idle(a->cfg.ctx));

	if (s && !busy)
		s->impatient = false;
	return busy && !s->impatient && !a->prompt.active;
}

static bool leaves(struct key k)
{
	return k.code == KEYCODE_ESC || k.code == KEYCODE_F1 + 2 || k.code == KEYCODE_F12 ||
	    key_latin(k).code == 'q';
}

/* What is pasted is marked as such when it arrives: whatever becomes of its neighbours, it stays data. */
void input_key(struct app *a, struct key k)
{
	if (k.code == KEYCODE_PASTE) {
		a->pasting = !(k.mods & MOD_SHIFT);
		return;
	}
	if (a->pasting)
		k.mods |= MOD_PASTED;
	if (k.code == CANCEL_CODE && k.mods == MOD_CTRL && !a->prompt.active) {
		a->count = 0;
		a->in_sequence = false;
	}
	/* Nothing was typed before it, so going back from a screen that is still waiting overtakes nobody. */
	if (a->count == 0 && input_busy(a) && (leaves(k) || (k.code == CANCEL_CODE && k.mods == MOD_CTRL))) {
		input_act(a, k);
		return;
	}
	if (a->count == WAITING_MAX) {
		app_message(a, TOK_ERROR, _("too many keys are waiting; the last one was not taken"));
		return;
	}
	a->waiting[(a->first + a->count++) % WAITING_MAX] = k;
	if (input_busy(a))
		app_redraw(a);
}

unsigned app_keys_waiting(const struct app *a)
{
	return a->count;
}

/* A question answers only to keys read after it was seen (ux.md C.7). */
static void drop_early_keys(struct app *a)
{
	app_message(a, TOK_WARNING, P_("%u key typed before the question was not taken",
	    "%u keys typed before the question were not taken", a->count), a->count);
	a->count = 0;
	a->in_sequence = false;
}

bool input_turn(struct app *a)
{
	while (a->count > 0 && !a->quit) {
		struct key k = a->waiting[a->first];

		if (input_busy(a))
			return false;
		if (app_top(a) && (app_top(a)->cls->guarded || app_top(a)->cls->unforeseen) && !app_top(a)->painted) {
			drop_early_keys(a);
			break;
		}
		a->first = (a->first + 1) % WAITING_MAX;
		a->count--;
		input_act(a, k);
	}
	return true;
}

/* What may follow the first key of a sequence. */
static void continuations(const struct app *a, const struct binding *table, struct strbuf *out)
{
	struct key seq[KEYMAP_DEPTH], first = key_latin(a->pending);
	char name[16];
	int n;

	for (const struct binding *b = table; b && b->keys; b++)
		for (const char *at = b->keys; keymap_next(&at, seq, &n);)
			if (n > 1 && (key_equal(seq[0], a->pending) || key_equal(seq[0], first))) {
				key_format(seq[1], name);
				strbuf_printf(out, "  %s %s", name, _(b->note));
			}
}

void input_status(const struct app *a, struct strbuf *out)
{
	char name[16];

	if (a->count > 0) {
		strbuf_printf(out, P_("%u key waiting; C-c drops it", "%u keys waiting; C-c drops them", a->count), a->count);
	} else if (a->in_sequence) {
		key_format(a->pending, name);
		strbuf_printf(out, "%s…", name);
		continuations(a, app_top(a) ? keytable_of(&a->keys, app_top(a)->cls) : NULL, out);
		continuations(a, a->keys.globals, out);
	}
}
