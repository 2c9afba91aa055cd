#include "config.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "tui/app.h"
#include "tui/plain.h"
#include "tui/term.h"

/* ---- screens ---- */

void *screen_state(struct screen *s)
{
	return s->state;
}

uint64_t screen_id(const struct screen *s)
{
	return s->id;
}

struct app *screen_app(const struct screen *s)
{
	return s->app;
}

const struct screen_class *screen_kind(const struct screen *s)
{
	return s->cls;
}

void *app_ctx(const struct app *a)
{
	return a->cfg.ctx;
}

bool app_ascii(const struct app *a)
{
	return a->cfg.ascii;
}

struct screen *app_top(const struct app *a)
{
	return a->depth > 0 ? a->stack[a->depth - 1] : NULL;
}

struct screen *app_screen(struct app *a, uint64_t id)
{
	for (int i = 0; i < a->depth; i++)
		if (a->stack[i]->id == id)
			return a->stack[i];
	return NULL;
}

const struct screen_class *app_class(const struct app *a, const char *name)
{
	for (int i = 0; a->cfg.screens && a->cfg.screens[i]; i++)
		if (strcmp(a->cfg.screens[i]->name, name) == 0)
			return a->cfg.screens[i];
	return NULL;
}

bool app_prompting(const struct app *a)
{
	return a->prompt.active;
}

/* Its memory stays until the turn is over: the handler that asked for this may still be running on it. */
static void close_screen(struct app *a, struct screen *s)
{
	if (s->cls->close)
		s->cls->close(s);
	if (a->cfg.cancel)
		a->cfg.cancel(a->cfg.ctx, s->id);
	if (a->prompt.active && a->prompt.screen == s->id)
		prompt_close(a);
	s->next = a->closed;
	a->closed = s;
}

static void drop_top(struct app *a)
{
	a->depth--;
	close_screen(a, a->stack[a->depth]);
}

static void resume(struct app *a)
{
	struct screen *s = app_top(a);

	if (s && s->cls->event)
		s->cls->event(s, EV_RESUME);
	app_redraw(a);
}

void app_pop(struct app *a)
{
	if (a->depth == 0)
		return;
	drop_top(a);
	resume(a);
}

struct screen *app_at(const struct app *a, int i)
{
	return i >= 0 && i < a->depth ? a->stack[i] : NULL;
}

struct screen *app_place(const struct app *a)
{
	for (int i = a->depth - 1; i >= 0; i--)
		if (!a->stack[i]->cls->overlay)
			return a->stack[i];
	return NULL;
}

void app_quit(struct app *a)
{
	a->quit = true;
	app_redraw(a);
}

void app_close(struct app *a, uint64_t id)
{
	if (!app_screen(a, id))
		return;
	while (app_top(a)->id != id)
		drop_top(a);
	app_pop(a);
}

struct screen *app_push(struct app *a, const struct screen_class *cls, const void *arg)
{
	struct screen *s;

	if (a->depth == STACK_MAX) {
		app_message(a, TOK_WARNING, _("too many screens are open; q closes one"));
		return NULL;
	}
	s = xcalloc(1, sizeof(*s) + cls->state_size);
	s->cls = cls;
	s->app = a;
	s->id = ++a->last_id;
	a->stack[a->depth++] = s;
	app_redraw(a);
	if (cls->open && !cls->open(s, arg)) {
		drop_top(a);
		return NULL;
	}
	return s;
}

void app_go(struct app *a, const struct screen_class *cls, const void *arg)
{
	int keep = a->depth > 0 && a->stack[0]->cls == cls ? 1 : 2;

	if (arg == NULL && a->depth >= keep && a->stack[keep - 1]->cls == cls) {
		bool moved = a->depth > keep;

		while (a->depth > keep)
			drop_top(a);
		if (moved)
			resume(a);
		return;
	}
	while (a->depth > (keep == 1 ? 0 : 1))
		drop_top(a);
	app_push(a, cls, arg);
}

/* ---- what screens and the client say ---- */

uint64_t app_rested(const struct app *a)
{
	return a->cfg.headless ? UINT64_MAX : uv_now(a->cfg.loop) - a->key_at;
}

void app_redraw(struct app *a)
{
	a->dirty = true;
}

void app_event(struct app *a, enum screen_event ev)
{
	uint64_t ids[STACK_MAX];
	int n = a->depth;

	for (int i = 0; i < n; i++)
		ids[i] = a->stack[i]->id;
	for (int i = 0; i < n; i++) {
		struct screen *s = app_screen(a, ids[i]); /* an earlier one may have closed it */

		if (s && s->cls->event)
			s->cls->event(s, ev);
	}
	if (ev == EV_STATE || ev == EV_LANGUAGE)
		app_redraw(a);
}

static void say(struct app *a, enum token style, const char *text)
{
	strbuf_clear(&a->message);
	strbuf_puts(&a->message, text);
	a->message_style = style;
	app_redraw(a);
}

void app_say(struct app *a, enum token style, const char *fmt, ...)
{
	char buf[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	say(a, style, buf);
}

void app_message(struct app *a, enum token style, const char *fmt, ...)
{
	struct err e;
	char buf[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	say(a, style, buf);
	if (style != TOK_ERROR && style != TOK_WARNING)
		return;
	err_set(&e, ERR_FAILED, NULL, NULL, NULL, "%s", buf);
	e.code[0] = '\0'; /* a word of the console: it has none */
	alerts_keep(a, style, &e);
}

void app_error(struct app *a, const struct err *e)
{
	char line[700];

	err_line(e, line, sizeof(line));
	say(a, TOK_ERROR, line);
	alerts_keep(a, TOK_ERROR, e);
}

/* ---- the loop ---- */

static void free_closed(struct app *a)
{
	while (a->closed) {
		struct screen *s = a->closed;

		a->closed = s->next;
		free(s);
	}
}

void app_paint(struct app *a)
{
	a->dirty = false;
	frame_draw(a, draw_begin(a->cfg.ascii));
	draw_end();
	if (app_top(a))
		app_top(a)->painted = true;
	if (a->cfg.painted)
		a->cfg.painted(a->cfg.ctx);
}

bool app_quiet(const struct app *a)
{
	return !a->dirty && a->count == 0 && (!a->cfg.idle || a->cfg.idle(a->cfg.ctx));
}

void app_turn(struct app *a)
{
	do {
		input_turn(a);
		free_closed(a);
		if (a->dirty)
			app_paint(a);
		if (a->dirty) /* what looked at the frame went elsewhere */
			app_paint(a);
	} while (a->plain && plain_turn(a));
	if (a->probe.due && probe_send(a))
		app_paint(a);
	if (a->quit && a->running)
		uv_stop(a->cfg.loop);
}

static void on_turn(uv_prepare_t *h)
{
	struct handles *all = h->data;

	if (!all->app)
		return;
	app_turn(all->app);
	if (all->app->settling && app_quiet(all->app))
		uv_stop(all->app->cfg.loop); /* a timer made it quiet: nothing else would wake the poll that follows */
}

static void take_keys(struct app *a, const struct key *keys, int n)
{
	for (int i = 0; i < n; i++) {
		uint32_t kind = key_kind(keys[i]);

		if (kind == KEYCODE_REPORT)
			probe_answer(a, keys[i]);
		else if (kind == 0 || a->mouse)
			input_key(a, keys[i]);
	}
}

static void on_escape(uv_timer_t *h)
{
	struct handles *all = h->data;
	struct key keys[KEYDEC_MAX];

	take_keys(all->app, keys, keydec_flush(&all->app->keydec, keys));
}

static void on_input(uv_poll_t *h, int status, int events)
{
	struct handles *all = h->data;
	struct app *a = all->app;
	unsigned char buf[4096];
	int n = status < 0 ? -1 : term_read(buf, sizeof(buf));

	(void)events;
	a->key_at = uv_now(a->cfg.loop);
	if (n < 0) { /* the terminal is gone: nothing can be said any more */
		uv_poll_stop(h);
		a->quit = true;
		return;
	}
	for (int i = 0; i < n; i++) {
		struct key keys[KEYDEC_MAX];

		take_keys(a, keys, keydec_push(&a->keydec, buf[i], keys));
	}
	if (keydec_wait(&a->keydec) > 0)
		uv_timer_start(&all->escape, on_escape, (uint64_t)keydec_wait(&a->keydec), 0);
	else
		uv_timer_stop(&all->escape);
}

static void on_signal(uv_signal_t *h, int signum)
{
	struct handles *all = h->data;

	if (signum == SIGWINCH) {
		term_fit();
		draw_repaint(); /* terminals keep, cut or wrap what was there, each in its own way */
	} else if (signum == SIGCONT) {
		term_resume();
	} else {
		term_suspend();
	}
	app_redraw(all->app);
}

void app_resize(struct app *a, int width, int height)
{
	term_set_size(width, height);
	app_redraw(a);
}

static void on_closed(uv_handle_t *h)
{
	struct handles *all = h->data;

	if (--all->open == 0)
		free(all);
}

void app_own(struct handles *all, void *handle)
{
	((uv_handle_t *)handle)->data = all;
	all->open++;
}

static void open_terminal_handles(struct app *a)
{
	struct handles *all = a->handles;

	uv_poll_init(a->cfg.loop, &all->input, term_fd());
	uv_timer_init(a->cfg.loop, &all->escape);
	uv_signal_init(a->cfg.loop, &all->winch);
	uv_signal_init(a->cfg.loop, &all->stop);
	uv_signal_init(a->cfg.loop, &all->cont);
	app_own(all, &all->input);
	app_own(all, &all->escape);
	app_own(all, &all->winch);
	app_own(all, &all->stop);
	app_own(all, &all->cont);
	uv_poll_start(&all->input, UV_READABLE, on_input);
	uv_signal_start(&all->winch, on_signal, SIGWINCH);
	uv_signal_start(&all->stop, on_signal, SIGTSTP);
	uv_signal_start(&all->cont, on_signal, SIGCONT);
}

static void open_handles(struct app *a)
{
	struct handles *all = a->handles = xcalloc(1, sizeof(*all));

	all->app = a;
	uv_prepare_init(a->cfg.loop, &all->turn);
	uv_timer_init(a->cfg.loop, &all->watchdog);
	uv_timer_init(a->cfg.loop, &all->rest);
	app_own(all, &all->turn);
	app_own(all, &all->watchdog);
	app_own(all, &all->rest);
	uv_prepare_start(&all->turn, on_turn);
	uv_unref((uv_handle_t *)&all->turn);
	if (a->cfg.plain)
		plain_open(a);
	else if (!a->cfg.headless)
		open_terminal_handles(a);
}

static void close_handles(struct handles *all)
{
	void *each[] = { &all->turn, &all->watchdog, &all->rest,
	    &all->input, &all->escape, &all->winch, &all->stop, &all->cont };

	all->app = NULL;
	for (size_t i = 0; i < ARRAY_LEN(each); i++)
		if (((uv_handle_t *)each[i])->data)
			uv_close(each[i], on_closed);
}

struct app *app_new(const struct app_config *cfg, struct err *e)
{
	struct app *a;

	if (!(cfg->plain ? term_open_headless(PLAIN_WIDTH, PLAIN_HEIGHT, e) :
	    cfg->headless ? term_open_headless(cfg->width, cfg->height, e) : term_open(e)))
		return NULL;
	a = xcalloc(1, sizeof(*a));
	a->cfg = *cfg;
	a->cfg.headless |= cfg->plain;
	a->cfg.ascii = cfg->ascii || (!a->cfg.headless && term_plain());
	probe_prepare(a);
	theme_apply(cfg->colours);
	if (!a->cfg.headless)
		term_learn(&a->keydec);
	open_handles(a);
	app_reload_keys(a);
	app_redraw(a);
	return a;
}

void app_free(struct app *a)
{
	while (a->depth > 0)
		drop_top(a);
	free_closed(a);
	prompt_close(a);
	if (a->plain)
		plain_close(a);
	close_handles(a->handles);
	term_close();
	keytable_free(&a->keys);
	strbuf_free(&a->message);
	strbuf_free(&a->words);
	strbuf_free(&a->copied);
	free(a);
}

int app_run(struct app *a)
{
	a->running = true;
	if (!a->quit)
		uv_run(a->cfg.loop, UV_RUN_DEFAULT);
	a->running = false;
	return 0;
}
