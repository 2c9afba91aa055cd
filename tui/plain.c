#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "tui/plain.h"
#include "tui/speak.h"

struct plain {
	bool tty, ended;               /* stdin is a terminal; nothing more will come */
	struct strbuf line;            /* a script's line that is not complete yet */
	struct key *keys;              /* typed or written, not handed on yet */
	size_t nkeys, next;
	bool asked;                    /* a key was handed on: its outcome is due */
	bool said;                     /* … and something was said about it */

	uint64_t screen;               /* what was said last: of which screen, … */
	char *place, *summary, *focus, *message, *prompt, *status, *chip;
};

static struct termios before;
static bool raw;

/* ---- words ---- */

void plain_say(const char *text)
{
	struct strbuf clean = { 0 };

	if (!*text)
		return;
	text_clean(&clean, text, strlen(text), TEXT_ONE_LINE);
	fputs(strbuf_str(&clean), stdout);
	putchar('\n');
	fflush(stdout);
	strbuf_free(&clean);
}

/* Lines, bars and markers are for the eye. */
static bool ornament(int cp)
{
	return (cp >= 0x2500 && cp <= 0x257f) || cp == 0x25b8 || cp == 0x2191 || cp == 0x2193;
}

/* A drawn line as it is read: without ornaments, runs of blanks as two. */
static void readable(const char *s, struct strbuf *out)
{
	int blanks = 0;

	strbuf_clear(out);
	while (*s) {
		const char *at = s;
		int cp = text_next(&s);

		if (cp == ' ' || ornament(cp)) {
			blanks++;
			continue;
		}
		if (out->len > 0 && blanks > 0)
			strbuf_puts(out, blanks > 1 ? "  " : " ");
		blanks = 0;
		strbuf_add(out, at, (size_t)(s - at));
	}
}

static void read_line(struct canvas c, int y, struct strbuf *out)
{
	struct strbuf line = { 0 };

	draw_line_text(&line, c, y);
	readable(strbuf_str(&line), out);
	strbuf_free(&line);
}

static struct canvas everything(void)
{
	return (struct canvas){ .h = PLAIN_HEIGHT, .w = PLAIN_WIDTH };
}

static void read_lines(struct canvas c)
{
	struct strbuf line = { 0 };

	for (int y = 0; y < c.h; y++) {
		read_line(c, y, &line);
		plain_say(strbuf_str(&line));
	}
	strbuf_free(&line);
}

void plain_read(struct app *a)
{
	struct canvas over;

	read_lines(speak_is_over(&over) ? over : everything());
	a->plain->said = true;
}

/* ---- where one is ---- */

/* The part of the line under the hardware cursor that lies between two upright lines. */
static void under_cursor(struct strbuf *out)
{
	struct strbuf line = { 0 };
	int y, x, left = 0, right = PLAIN_WIDTH;
	wchar_t cell;

	if (!draw_cursor_at(&y, &x))
		return;
	for (int i = 0; i < PLAIN_WIDTH; i++) {
		cell = draw_glyph_at(y, i);
		if (cell != 0x2502)
			continue;
		if (i <= x)
			left = i + 1;
		else if (i < right)
			right = i;
	}
	read_line(canvas_sub(everything(), y, left, 1, right - left), 0, out);
	strbuf_free(&line);
}

/* What a widget says, the signs of a tree as words. */
static void heard(const char *s, struct strbuf *out)
{
	strbuf_clear(out);
	s += strspn(s, " ");
	while (*s) {
		const char *at = s;
		int cp = text_next(&s);

		if (cp == 0x25b8 || cp == 0x25be) {
			strbuf_printf(out, "%s,", cp == 0x25b8 ? _("folded") : _("unfolded"));
			continue;
		}
		strbuf_add(out, at, (size_t)(s - at));
	}
}

static void focus_text(struct app *a, bool headings, struct strbuf *out)
{
	struct screen *s = app_top(a);

	heard(speak_focus_text(headings), out);
	if (!out->len && s && s->cls->describe && !(s->cls->wants_text && s->cls->wants_text(s)))
		s->cls->describe(s, out);
	if (!out->len)
		under_cursor(out);
}

void plain_row(struct app *a)
{
	struct strbuf text = { 0 };

	focus_text(a, true, &text);
	plain_say(text.len ? text.s : _("nothing is under the cursor"));
	a->plain->said = true;
	strbuf_free(&text);
}

/* ---- what changed ---- */

/* Keeps the new words; true if they are others. */
static bool changed(char **old, const char *now)
{
	if (*old && strcmp(*old, now) == 0)
		return false;
	free(*old);
	*old = xstrdup(now);
	return true;
}

static void say(struct app *a, const char *text)
{
	plain_say(text);
	a->plain->said |= *text != '\0';
}

/* A menu or a question: its text and its choices, one line. */
static void say_over(struct app *a, struct canvas inside)
{
	struct strbuf all = { 0 }, line = { 0 };

	strbuf_puts(&all, speak_title());
	for (int y = 0; y < inside.h; y++) {
		read_line(inside, y, &line);
		if (line.len > 0)
			strbuf_printf(&all, "; %s", line.s);
	}
	say(a, strbuf_str(&all));
	strbuf_free(&all);
	strbuf_free(&line);
}

static void place_text(struct app *a, struct strbuf *out)
{
	struct screen *s = app_top(a);

	frame_crumbs(a, out);
	if (s->cls->overlay && !s->cls->crumb)
		strbuf_printf(out, ": %s", speak_title());
}

/* True: a new screen, question or menu was announced. */
static bool say_place(struct app *a)
{
	struct plain *p = a->plain;
	struct screen *s = app_top(a);
	struct strbuf place = { 0 }, summary = { 0 };
	struct canvas inside;
	bool fresh = s->id != p->screen, renamed;

	place_text(a, &place);
	if (s->cls->summary)
		s->cls->summary(s, &summary);
	renamed = changed(&p->place, strbuf_str(&place));
	fresh |= renamed;
	p->screen = s->id;
	if (fresh && s->cls->overlay && speak_is_over(&inside)) {
		say_over(a, inside);
	} else if (changed(&p->summary, strbuf_str(&summary)) || fresh) {
		if (fresh && summary.len > 0)
			strbuf_puts(&place, ". ");
		if (!fresh)
			strbuf_clear(&place);
		strbuf_puts(&place, strbuf_str(&summary));
		say(a, strbuf_str(&place));
	}
	strbuf_free(&place);
	strbuf_free(&summary);
	return fresh;
}

static void say_focus(struct app *a, bool fresh)
{
	struct plain *p = a->plain;
	struct strbuf text = { 0 };
	struct screen *s = app_top(a);

	focus_text(a, false, &text);
	if (fresh && s->cls->read_out) {
		free(p->focus);
		p->focus = xstrdup(strbuf_str(&text));
		read_lines(canvas_sub(everything(), BODY_TOP, 0, PLAIN_HEIGHT - 4, -1));
	} else if (fresh && s->cls->overlay && !*speak_focus_text(false)) {
		changed(&p->focus, strbuf_str(&text)); /* a question: read as a whole already */
	} else if (changed(&p->focus, strbuf_str(&text)) || fresh) {
		say(a, strbuf_str(&text));
	}
	strbuf_free(&text);
}

static void say_prompt(struct app *a)
{
	struct strbuf text = { 0 };
	const struct prompt *pr = &a->prompt;

	if (pr->active) {
		strbuf_printf(&text, "%s%s", pr->label, strbuf_str(&pr->line.text));
		if (pr->words.len)
			strbuf_printf(&text, "  (%s)", pr->words.s);
	}
	if (changed(&a->plain->prompt, strbuf_str(&text)))
		say(a, strbuf_str(&text));
	strbuf_free(&text);
}

static void say_message(struct app *a)
{
	struct strbuf text = { 0 };

	if (a->plain->message && !a->message.len)
		changed(&a->plain->message, "");
	else if (changed(&a->plain->message, strbuf_str(&a->message)))
		say(a, strbuf_str(&a->message));
	input_status(a, &text);
	if (changed(&a->plain->status, strbuf_str(&text)))
		say(a, strbuf_str(&text));
	strbuf_free(&text);
}

/* The state of the connection in words; its latency is none. */
static void say_chip(struct app *a)
{
	struct strbuf text = { 0 };
	enum token style = TOK_CHIP_OK;

	if (a->cfg.chip)
		a->cfg.chip(a->cfg.ctx, &text, &style);
	if (style == TOK_CHIP_OK)
		strbuf_clear(&text);
	if (!a->plain->chip)
		changed(&a->plain->chip, "");
	if (changed(&a->plain->chip, strbuf_str(&text)))
		say(a, text.len ? text.s : _("the connection is back"));
	strbuf_free(&text);
}

static void announce(struct app *a)
{
	bool fresh;

	if (!app_top(a))
		return;
	say_chip(a);
	if (a->prompt.active) {
		say_prompt(a);
	} else {
		say_prompt(a);
		fresh = say_place(a);
		say_focus(a, fresh);
	}
	say_message(a);
	if (a->plain->asked && !a->plain->said)
		plain_say(_("no change"));
	a->plain->asked = false;
	a->plain->said = false;
}

/* ---- keys ---- */

static void add_keys(struct plain *p, const struct key *keys, size_t n)
{
	if (p->next > 0) {
		memmove(p->keys, p->keys + p->next, (p->nkeys - p->next) * sizeof(*p->keys));
		p->nkeys -= p->next;
		p->next = 0;
	}
	p->keys = xreallocarray(p->keys, p->nkeys + n + 1, sizeof(*p->keys));
	memcpy(p->keys + p->nkeys, keys, n * sizeof(*keys));
	p->nkeys += n;
}

static void script_line(struct app *a, const char *line)
{
	struct key *keys = NULL;
	size_t n = 0;
	struct err e;
	char text[700];

	if (script_parse(line, &keys, &n, &e)) {
		add_keys(a->plain, keys, n);
	} else {
		err_line(&e, text, sizeof(text));
		plain_say(text);
	}
	free(keys);
}

static void take_bytes(struct app *a, const char *bytes, size_t n)
{
	struct plain *p = a->plain;

	for (size_t i = 0; i < n; i++) {
		struct key keys[KEYDEC_MAX];

		if (p->tty) {
			add_keys(p, keys, (size_t)keydec_push(&a->keydec, (unsigned char)bytes[i], keys));
		} else if (bytes[i] == '\n') {
			script_line(a, strbuf_str(&p->line));
			strbuf_clear(&p->line);
		} else {
			strbuf_putc(&p->line, bytes[i]);
		}
	}
}

static void input_ended(struct app *a)
{
	struct plain *p = a->plain;

	if (p->line.len > 0)
		script_line(a, p->line.s);
	strbuf_clear(&p->line);
	p->ended = true;
}

static void on_escape(uv_timer_t *t)
{
	struct handles *all = t->data;
	struct key keys[KEYDEC_MAX];

	if (all->app)
		add_keys(all->app->plain, keys, (size_t)keydec_flush(&all->app->keydec, keys));
}

static void on_readable(uv_poll_t *h, int status, int events)
{
	struct handles *all = h->data;
	char buf[4096];
	ssize_t n = status < 0 ? 0 : read(STDIN_FILENO, buf, sizeof(buf));

	(void)events;
	if (n > 0) {
		take_bytes(all->app, buf, (size_t)n);
	} else if (n == 0 || errno != EAGAIN) {
		uv_poll_stop(h);
		input_ended(all->app);
	}
	if (keydec_wait(&all->app->keydec) > 0)
		uv_timer_start(&all->escape, on_escape, (uint64_t)keydec_wait(&all->app->keydec), 0);
}

bool plain_turn(struct app *a)
{
	struct plain *p = a->plain;

	if (!app_quiet(a) || a->quit)
		return false;
	announce(a);
	if (p->next < p->nkeys) {
		p->asked = true;
		input_key(a, p->keys[p->next++]);
		return true;
	}
	a->quit = p->ended;
	return false;
}

/* ---- the terminal ---- */

static void give_back(void)
{
	if (raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	raw = false;
}

/* Keys one by one and unseen; C-z stays the terminal's own. */
static void take_terminal(void)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return;
	t = before;
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
	t.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IXON);
	t.c_cc[VINTR] = t.c_cc[VQUIT] = _POSIX_VDISABLE;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &t) == 0;
}

static void on_signal(uv_signal_t *h, int signum)
{
	struct handles *all = h->data;

	if (signum == SIGCONT)
		take_terminal();
	else if (all->app)
		all->app->quit = true;
}

/* What cannot be waited for, a file, is read at once. */
static void read_all(struct app *a)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) > 0)
		take_bytes(a, buf, (size_t)n);
	input_ended(a);
}

void plain_open(struct app *a)
{
	struct handles *all = a->handles;

	a->plain = xcalloc(1, sizeof(*a->plain));
	a->plain->tty = isatty(STDIN_FILENO);
	speak_listen(true);
	if (a->plain->tty) {
		take_terminal();
		atexit(give_back);
	}
	uv_timer_init(a->cfg.loop, &all->escape);
	uv_signal_init(a->cfg.loop, &all->stop);
	uv_signal_init(a->cfg.loop, &all->cont);
	app_own(all, &all->escape);
	app_own(all, &all->stop);
	app_own(all, &all->cont);
	uv_signal_start(&all->stop, on_signal, SIGTERM);
	uv_signal_start(&all->cont, on_signal, SIGCONT);
	if (uv_poll_init(a->cfg.loop, &all->input, STDIN_FILENO) == 0) {
		app_own(all, &all->input);
		uv_poll_start(&all->input, UV_READABLE, on_readable);
	} else {
		read_all(a);
	}
}

void plain_close(struct app *a)
{
	struct plain *p = a->plain;
	char *texts[] = { p->place, p->summary, p->focus, p->message, p->prompt, p->status, p->chip };

	give_back();
	speak_listen(false);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		free(texts[i]);
	strbuf_free(&p->line);
	free(p->keys);
	free(p);
	a->plain = NULL;
}
