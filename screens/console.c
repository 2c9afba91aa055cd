#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/client.h"
#include "screens/allot.h"
#include "screens/chessboard.h"
#include "screens/clock.h"
#include "screens/console_self.h"
#include "screens/drafts.h"
#include "screens/drill.h"
#include "screens/importing.h"
#include "screens/palette.h"
#include "screens/pay.h"
#include "screens/refund.h"
#include "screens/screens.h"
#include "screens/seeing.h"
#include "screens/signin.h"
#include "screens/statement.h"
#include "screens/timeline.h"
#include "screens/write.h"

static const struct screen_class *const SCREENS[] = {
	&home_class,
	&portfolio_class,
	&chessboard_class,
	&tenants_class,
	&duplicates_class,
	&payments_class,
	&bookings_class,
	&timeline_class,
	&analytics_class,
	&rentroll_class,
	&desk_class,
	&calls_class,
	&refunds_class,
	&chargerun_class,
	&statement_class,
	&moderation_class,
	&help_class,
	&report_class,
	&reports_class,
	&stays_class,
	&record_class,
	&import_class,
	&alerts_class,
	&alert_class,
	NULL,
};

const struct screen_class *const *console_classes(void)
{
	return SCREENS;
}
/* Work everywhere and know the data. */
static const struct binding EVERYWHERE[] = {
	{ ": F9", "command", N_("go anywhere, do anything"), palette_ask, 0, 0, NULL },
	{ "w C-s", "save-view", N_("save this view under a name"), palette_save, 0, 0, NULL },
	{ "[ M-Left", "history-back", N_("the place before"), palette_history, -1, 0, NULL },
	{ "] M-Right", "history-forward", N_("the place after"), palette_history, 1, 0, NULL },
	{ "- M-p", "last-view", N_("the last view"), palette_history, 0, 0, NULL },
	{ "u C-u", "undo", N_("take the last change back"), write_undo, 0, 0, NULL },
	{ "U C-r", "redo", N_("do it again"), write_undo, 1, 0, NULL },
	{ "H M-h", "history", N_("who did what with this record"), drill_history, 0, 0, NULL },
	{ "W M-w", "see-as", N_("see as this person, or stop it"), seeing_key, 0, 0, NULL },
	{ "p C-p", "pay", N_("register a payment"), pay_here, 0, 0, "payment.record" },
	{ "A M-x", "allocate", N_("what the payment covers, by hand"), allot_here, 0, 0, "payment.view" },
	{ "M-d", "drafts", N_("forms left unfinished"), drafts_menu, 0, 0, NULL },
	{ "R C-g", "refund", N_("ask for a refund"), refund_key, 0, 0, "refund.request" },
	{ 0 },
};

const struct binding *console_everywhere(void)
{
	return EVERYWHERE;
}

/* ---- what the screens ask (screens.h) ---- */

static struct console *console_of(const struct screen *s)
{
	return app_ctx(screen_app(s));
}

struct session *screen_session(struct screen *s)
{
	return console_of(s)->session;
}

struct palette *screen_palette(const struct screen *s)
{
	return console_of(s)->palette;
}

struct writes *screen_writes(struct screen *s)
{
	return console_of(s)->writes;
}

void console_again(struct screen *s, const char *see_as)
{
	struct console *c = console_of(s);

	c->again = true;
	c->see_as = xstrdup(see_as);
	app_quit(c->app);
}

const char *screen_seeing(const struct screen *s)
{
	return console_of(s)->opt->see_as;
}

bool screen_ready(struct screen *s)
{
	return session_role(screen_session(s))[0] != '\0';
}

bool screen_may(struct screen *s, const char *permission)
{
	return session_may(screen_session(s), permission);
}

bool screen_waiting(const struct screen *s)
{
	return !client_idle(console_of(s)->client);
}

const struct err *screen_trouble(const struct screen *s)
{
	const struct console *c = console_of(s);
	const struct err *why = client_error(c->client);

	return !session_role(c->session)[0] && why && why->kind && client_idle(c->client) ? why : NULL;
}

/* Headless runs remember nothing, unless a place for it is named: nobody's real state is touched by a script. */
struct statedir *screen_statedir(struct screen *s)
{
	struct console *c = console_of(s);
	char *place;

	if (!session_role(c->session)[0] || c->opt->see_as || (c->headless && !getenv("XDG_STATE_HOME")))
		return NULL; /* what somebody else has left there is not for other eyes */
	if (c->state && c->state_company == session_company(c->session))
		return c->state;
	statedir_close(c->state);
	c->state_company = session_company(c->session);
	place = xasprintf("%s %s %d %s", client_target(c->client), session_login(c->session), c->state_company,
	    session_role(c->session));
	c->state = statedir_open(place, NULL);
	free(place);
	return c->state;
}

day_t screen_today(struct screen *s)
{
	const char *as_of = console_of(s)->opt->as_of;
	day_t day = as_of ? day_parse(as_of) : DAY_NONE;

	return day != DAY_NONE ? day : session_today(screen_session(s));
}

void screen_now(const struct screen *s, char buf[static 24])
{
	const char *pinned = console_of(s)->opt->now;
	time_t now = time(NULL);

	if (pinned && strlen(pinned) >= 16)
		snprintf(buf, 24, "%.10s %.5s", pinned, pinned + 11);
	else
		strftime(buf, 24, "%Y-%m-%d %H:%M", localtime(&now));
}

owner_t screen_owner(const struct screen *s, unsigned slot)
{
	return screen_id(s) * SLOT_COUNT + slot;
}

void screen_cancel(struct screen *s, unsigned slot)
{
	client_cancel_owner(console_of(s)->client, screen_owner(s, slot));
}

unsigned screen_epoch(const struct screen *s)
{
	return console_of(s)->epoch;
}

bool clock_stands(const struct screen *s)
{
	return console_of(s)->opt->now != NULL;
}

int64_t clock_now(const struct screen *s)
{
	const char *pinned = console_of(s)->opt->now;
	int64_t at = pinned ? instant_parse(pinned) : INSTANT_NONE;

	return at != INSTANT_NONE ? at : (int64_t)time(NULL);
}

void screen_fresh(struct screen *s)
{
	console_of(s)->fresh = time(NULL);
	app_redraw(screen_app(s));
}

uint64_t screen_clock(const struct screen *s)
{
	return uv_now(&console_of(s)->loop);
}

static void on_later(uv_timer_t *timer)
{
	struct later *l = timer->data;
	struct screen *s = app_screen(l->console->app, l->screen);

	l->screen = 0;
	if (s)
		l->fn(s);
}

/* The same wish again moves the time; the last place is taken over when all are in use. */
static void arm(struct screen *s, void (*fn)(struct screen *s), unsigned ms, bool seen)
{
	struct console *c = console_of(s);
	struct later *l = NULL;

	for (int i = 0; i < LATER_MOST; i++)
		if (c->later[i].screen == screen_id(s) && c->later[i].fn == fn)
			l = &c->later[i];
	for (int i = 0; i < LATER_MOST && !l; i++)
		if (!c->later[i].screen || i == LATER_MOST - 1)
			l = &c->later[i];
	l->screen = screen_id(s);
	l->fn = fn;
	l->seen = seen;
	uv_timer_start(&l->timer, on_later, ms, 0);
}

const char *screen_codes_key(const struct screen *s, bool *make)
{
	const struct console_options *o = console_of(s)->opt;

	*make = o->codes_make;
	return o->codes_key;
}

bool screen_remote(const struct screen *s)
{
	return console_of(s)->opt->url != NULL;
}

bool screen_headless(const struct screen *s)
{
	return console_of(s)->headless;
}

void screen_later(struct screen *s, void (*fn)(struct screen *s))
{
	arm(s, fn, console_of(s)->headless ? 0 : APP_REST_MS, true);
}

void screen_after(struct screen *s, unsigned ms, void (*fn)(struct screen *s))
{
	arm(s, fn, ms, false);
}

void screen_put_off(struct screen *s, unsigned ms, void (*fn)(struct screen *s))
{
	arm(s, fn, ms, console_of(s)->headless);
}

/* ---- what the toolkit asks (app_config) ---- */

static bool hook_may(void *ctx, const char *permission)
{
	struct console *c = ctx;

	return session_may(c->session, permission);
}

static bool hook_idle(void *ctx)
{
	struct console *c = ctx;

	for (int i = 0; i < LATER_MOST; i++)
		if (c->later[i].screen && c->later[i].seen)
			return false;
	return client_idle(c->client);
}

static void hook_language(void *ctx)
{
	static const char *const NEXT[] = { "en", "ru", "kk", "en" };
	size_t i = 0;

	(void)ctx;
	while (i < 2 && strcmp(NEXT[i], i18n_lang()))
		i++;
	i18n_init(NEXT[i + 1]);
}

static int hook_unsaved(void *ctx)
{
	struct console *c = ctx;

	return c->writes ? writes_unsaved(c->writes) : 0;
}

static void hook_cancel(void *ctx, uint64_t screen)
{
	struct console *c = ctx;

	c->epoch++;
	for (unsigned slot = 0; slot < SLOT_COUNT; slot++)
		client_cancel_owner(c->client, screen * SLOT_COUNT + slot);
}

static void hook_painted(void *ctx)
{
	struct console *c = ctx;

	if (c->palette)
		palette_painted(c->palette);
	if (!c->headless)
		signin_look(c);
}

/* ---- what the client tells ---- */

/* Once, when it is known who is here. */
static void announce(struct console *c)
{
	struct screen *s = app_screen(c->app, c->first_screen);

	if (!s || !screen_ready(s))
		return;
	c->first_screen = 0;
	drafts_announce(s);
}

static void on_state(void *arg)
{
	struct console *c = arg;

	writes_state(c->writes);
	app_event(c->app, EV_STATE);
	palette_state(c->palette);
	announce(c);
	if (client_sign(c->client) != SIGN_NONE && !c->headless)
		signin_look(c);
	else if (client_state(c->client) == CLIENT_FAILED && client_error(c->client))
		app_error(c->app, client_error(c->client));
	app_redraw(c->app);
}

static void on_health(void *arg)
{
	app_redraw(((struct console *)arg)->app);
}

static void on_changed(void *arg)
{
	struct console *c = arg;

	app_event(c->app, EV_DATA);
}

/* ---- start and end ---- */

static bool console_start(struct console *c, bool headless, int w, int h, struct err *e)
{
	const struct client_config data = {
		.dsn = c->opt->dsn, .url = c->opt->url, .tokens = c->opt->login, .ca = c->opt->ca, .lang = c->opt->lang,
		.connections = 1, .now = c->opt->now,
	};
	const struct session_spec who = { .company = c->opt->company, .role = c->opt->role, .see_as = c->opt->see_as };
	struct app_config cfg = {
		.loop = &c->loop, .headless = headless, .width = w, .height = h,
		.colours = (enum colours)c->opt->colours, .ascii = c->opt->ascii, .screens = SCREENS,
		.plain = c->opt->plain && !headless,
		.bindings = EVERYWHERE,
		.may = hook_may, .denied = seeing_denied, .idle = hook_idle, .unsaved = hook_unsaved, .cancel = hook_cancel,
		.chip = header_chip, .who = header_who, .as_of = header_as_of, .clock = header_clock,
		.language = hook_language, .painted = hook_painted, .ctx = c,
	};

	c->headless = headless;
	c->keyfile = cfg.keyfile = console_keyfile();
	uv_loop_init(&c->loop);
	for (int i = 0; i < LATER_MOST; i++) {
		uv_timer_init(&c->loop, &c->later[i].timer);
		uv_unref((uv_handle_t *)&c->later[i].timer);
		c->later[i].timer.data = &c->later[i];
		c->later[i].console = c;
	}
	if (!theme_load(c->opt->theme, e))
		return false;
	c->client = client_new(&c->loop, &data, e);
	if (!c->client)
		return false;
	c->session = session_open(c->client, &who);
	c->app = app_new(&cfg, e);
	if (!c->app)
		return false;
	c->palette = palette_new(&c->loop, c->app, !headless);
	c->writes = writes_new(&c->loop, c->app, c->client, c->session);
	client_set_watch(c->client, &(struct client_watch){ .state = on_state, .changed = on_changed,
	    .health = on_health, .arg = c });
	return true;
}

static void close_left(uv_handle_t *h, void *arg)
{
	(void)arg;
	if (!uv_is_closing(h))
		uv_close(h, NULL);
}

static void console_end(struct console *c)
{
	if (c->client)
		client_set_watch(c->client, &(struct client_watch){ 0 });
	if (c->app)
		app_free(c->app);
	palette_free(c->palette);
	statedir_close(c->state);
	if (c->session)
		session_close(c->session);
	if (c->client)
		client_free(c->client);
	free((char *)c->keyfile);
	uv_walk(&c->loop, close_left, NULL);
	uv_run(&c->loop, UV_RUN_DEFAULT);
	writes_free(c->writes);
	uv_loop_close(&c->loop);
}

/* Until the user leaves, or wants to begin anew with other eyes: *next. */
static int run_once(const struct console_options *o, bool *again, char **next)
{
	struct console c = { .opt = o };
	struct err e = { 0 };
	int status;

	if (console_start(&c, false, 0, 0, &e)) {
		c.first_screen = screen_id(app_push(c.app, &home_class, NULL));
		status = app_run(c.app);
		palette_leave(c.palette);
		if (status == 0 && client_state(c.client) == CLIENT_FAILED) {
			e = *client_error(c.client);
			status = (int)e.kind;
		}
	} else {
		status = (int)e.kind;
	}
	*again = c.again;
	*next = c.see_as;
	console_end(&c);
	if (e.kind) {
		char line[700];

		err_line(&e, line, sizeof(line));
		fprintf(stderr, "domovoi: %s\n", line);
	}
	return status;
}

int console_run(const struct console_options *o)
{
	struct console_options now = *o;
	char *eyes = NULL, *next = NULL;
	bool again = true;
	int status = 0;

	while (again) {
		status = run_once(&now, &again, &next);
		free(eyes);
		now.see_as = eyes = next;
	}
	free(eyes);
	return status;
}

/* "report rent_roll as_of=2026-06-01": a screen with what stands behind its name on the palette's line. */
static bool show_place(struct console *c, const char *line, struct err *e)
{
	char *name = xstrndup(line, strcspn(line, " "));
	const struct screen_class *cls = app_class(c->app, name);
	struct screen *s = cls && cls->take ? app_push(c->app, cls, NULL) : NULL;

	if (!s)
		err_set(e, ERR_USAGE, "E-SCREEN", NULL, _("See domovoi show --help"), _("there is no screen %s"), line);
	free(name);
	return s && cls->take(s, line + strcspn(line, " ") + 1, e);
}

static bool show_open(struct console *c, const char *name, struct err *e)
{
	const struct screen_class *cls = app_class(c->app, name);
	const struct stays_arg list = { .res = catalogue_resource(name) };

	if (!cls && list.res) /* "bookings" is the board, "reservations" the list */
		return app_push(c->app, &stays_class, &list) != NULL;
	if (strchr(name, ' '))
		return show_place(c, name, e);
	if (!cls || screen_of_something(cls)) {
		err_set(e, ERR_USAGE, "E-SCREEN", NULL, _("See domovoi show --help"),
		    _("there is no screen %s"), name);
		return false;
	}
	if (cls != &help_class)
		return app_push(c->app, cls, NULL) != NULL;
	struct screen *home = app_push(c->app, &home_class, NULL); /* help is about the screen below it */
	return home && app_push(c->app, cls, home) != NULL;
}

int console_show(const struct console_options *o, const char *screen, int w, int h, const char *keys,
    struct strbuf *out, struct err *e)
{
	struct console c = { .opt = o };
	bool ok = console_start(&c, true, w, h, e) && show_open(&c, screen, e) &&
	    app_script(c.app, keys ? keys : "", e) == 0;

	if (ok && !session_role(c.session)[0]) {
		const struct err *why = client_error(c.client);

		if (why && why->kind)
			*e = *why;
		else
			err_set(e, ERR_UNREACHABLE, "E-CONN", NULL, NULL, _("the database did not answer"));
		ok = false;
	}
	if (ok && o->attrs)
		app_dump_attrs(c.app, out);
	else if (ok)
		app_dump(c.app, out);
	console_end(&c);
	return ok ? ERR_NONE : (int)e->kind;
}
