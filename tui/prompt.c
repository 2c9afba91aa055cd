/* The prompt: one line, what it may become above it, what Enter does below it. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "tui/app.h"

static const struct prompt_help NO_HELP;

static struct screen *asker(struct app *a)
{
	return app_screen(a, a->prompt.screen);
}

/* ---- help: anew after every change ---- */

static void say(struct app *a)
{
	struct prompt *p = &a->prompt;

	strbuf_clear(&p->words);
	p->refused = asker(a) && p->help->words && !p->help->words(asker(a), lineedit_text(&p->line), &p->words);
}

static void changed(struct app *a)
{
	struct prompt *p = &a->prompt;

	app_redraw(a);
	if (p->searching)
		return;
	say(a);
	if (asker(a) && p->changed)
		p->changed(asker(a), lineedit_text(&p->line));
}

static void offer(struct app *a)
{
	struct prompt *p = &a->prompt;

	candidates_free(&p->candidates);
	p->chosen = -1;
	if (asker(a) && p->help->complete && !p->searching)
		p->help->complete(asker(a), lineedit_text(&p->line), p->line.cursor, &p->candidates);
}

/* ---- completion ---- */

/* `text` instead of bytes from..to; they move with it. */
static void put(struct prompt *p, const char *text)
{
	struct strbuf whole = { 0 };
	const char *line = lineedit_text(&p->line);
	size_t from = p->candidates.from, to = p->candidates.to;

	strbuf_add(&whole, line, from);
	strbuf_puts(&whole, text);
	strbuf_puts(&whole, line + to);
	lineedit_set(&p->line, whole.s);
	p->candidates.to = p->line.cursor = from + strlen(text);
	strbuf_free(&whole);
}

/* A word that is complete and the only one is followed by the next. */
static bool is_whole(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && text[n - 1] != '=';
}

static void complete(struct app *a, int step)
{
	struct prompt *p = &a->prompt;
	int n = p->candidates.n;

	if (n == 0)
		return;
	if (n == 1 && p->chosen < 0) {
		char *text = xasprintf("%s%s", p->candidates.c[0].text, is_whole(p->candidates.c[0].text) ? " " : "");

		put(p, text);
		free(text);
		offer(a);
	} else {
		p->chosen = p->chosen < 0 ? (step > 0 ? 0 : n - 1) : (p->chosen + step + n) % n;
		put(p, p->candidates.c[p->chosen].text);
	}
	changed(a);
}

/* ---- history ---- */

static const char *earlier(struct app *a, int back)
{
	struct prompt *p = &a->prompt;

	return back > 0 && asker(a) && p->help->history ? p->help->history(asker(a), back - 1) : NULL;
}

static void recall(struct app *a, int back)
{
	struct prompt *p = &a->prompt;
	const char *line = back == 0 ? p->typed : earlier(a, back);

	if (back < 0 || !line)
		return;
	if (p->back == 0)
		p->typed = xstrdup(lineedit_text(&p->line));
	lineedit_set(&p->line, line);
	p->back = back;
	if (back == 0) {
		free(p->typed);
		p->typed = NULL;
	}
	offer(a);
	changed(a);
}

/* The first line from `back` on that has the text in it, in any case. */
static void search(struct app *a, int back)
{
	struct prompt *p = &a->prompt;
	char *wanted = text_fold(lineedit_text(&p->line));
	const char *line;
	bool found = false;

	for (; !found && (line = earlier(a, back)); back++) {
		char *folded = text_fold(line);

		found = strstr(folded, wanted);
		if (found)
			p->back = back;
		free(folded);
	}
	free(wanted);
	app_redraw(a);
}

static void start_search(struct app *a)
{
	struct prompt *p = &a->prompt;

	if (!p->help->history)
		return;
	if (p->searching) {
		search(a, p->back + 1);
		return;
	}
	free(p->typed);
	p->typed = xstrdup(lineedit_text(&p->line));
	lineedit_set(&p->line, "");
	p->searching = true;
	p->back = 0;
	candidates_free(&p->candidates);
	search(a, 1);
}

/* What was found comes onto the line, to be looked at before Enter; or what was typed before. */
static void end_search(struct app *a, bool take)
{
	struct prompt *p = &a->prompt;
	const char *found = take ? earlier(a, p->back) : NULL;

	lineedit_set(&p->line, found ? found : p->typed);
	free(p->typed);
	p->typed = NULL;
	p->searching = false;
	p->back = 0;
	offer(a);
	changed(a);
}

/* ---- life ---- */

void app_prompt_helped(struct app *a, struct screen *s, const char *label, const char *initial,
    const struct prompt_help *help, void (*on_change)(struct screen *s, const char *text),
    void (*done)(struct screen *s, const char *text))
{
	prompt_close(a);
	a->prompt = (struct prompt){
		.active = true, .screen = s->id, .label = xstrdup(label), .changed = on_change, .done = done,
		.help = help ? help : &NO_HELP, .chosen = -1,
	};
	lineedit_set(&a->prompt.line, initial);
	say(a);
	offer(a);
	app_redraw(a);
}

void app_prompt(struct app *a, struct screen *s, const char *label, const char *initial,
    void (*on_change)(struct screen *s, const char *text), void (*done)(struct screen *s, const char *text))
{
	app_prompt_helped(a, s, label, initial, NULL, on_change, done);
}

void prompt_close(struct app *a)
{
	free(a->prompt.label);
	free(a->prompt.typed);
	strbuf_free(&a->prompt.words);
	candidates_free(&a->prompt.candidates);
	lineedit_free(&a->prompt.line);
	a->prompt = (struct prompt){ 0 };
	app_redraw(a);
}

/* The answer may open the next prompt, so this one is put away first. */
static void finish(struct app *a, bool taken)
{
	struct prompt *p = &a->prompt;
	struct screen *s = asker(a);
	void (*done)(struct screen *, const char *) = p->done;
	char *text = strbuf_steal(&p->line.text);

	prompt_close(a);
	if (s && done)
		done(s, taken ? text : NULL);
	free(text);
}

static bool is_ctrl(struct key k, uint32_t code)
{
	return k.mods == MOD_CTRL && key_latin((struct key){ k.code, 0 }).code == code;
}

static void search_key(struct app *a, struct key k)
{
	if (is_ctrl(k, 'r') || k.code == KEYCODE_UP)
		search(a, a->prompt.back + 1);
	else if (k.code == KEYCODE_ESC || is_ctrl(k, 'c') || is_ctrl(k, 'g'))
		end_search(a, false);
	else if (k.code == KEYCODE_ENTER || k.code == KEYCODE_TAB || k.code == KEYCODE_RIGHT)
		end_search(a, true);
	else if (lineedit_key(&a->prompt.line, k) == LINEEDIT_CHANGED) {
		a->prompt.back = 0;
		search(a, 1);
	}
}

/* A held key or a paste: what the line means is worked out once, at its end. */
static bool more_text(const struct app *a)
{
	return a->count > 0 && key_is_text(a->waiting[a->first]);
}

static void catch_up(struct app *a)
{
	struct prompt *p = &a->prompt;
	bool moved = p->moved, edited = p->edited;

	p->moved = p->edited = false;
	if (moved)
		offer(a);
	if (edited)
		changed(a);
}

void prompt_key(struct app *a, struct key k)
{
	struct prompt *p = &a->prompt;
	enum lineedit_result r;

	if (p->searching) {
		search_key(a, k);
	} else if (k.code == KEYCODE_ENTER || k.code == KEYCODE_ESC || is_ctrl(k, 'c')) {
		finish(a, k.code == KEYCODE_ENTER);
	} else if (k.code == KEYCODE_TAB || k.code == KEYCODE_BACKTAB) {
		complete(a, k.code == KEYCODE_TAB ? 1 : -1);
	} else if (k.code == KEYCODE_UP || is_ctrl(k, 'p')) {
		recall(a, p->back + 1);
	} else if (k.code == KEYCODE_DOWN || is_ctrl(k, 'n')) {
		recall(a, p->back - 1);
	} else if (is_ctrl(k, 'r')) {
		start_search(a);
	} else {
		r = lineedit_key(&p->line, k);
		p->moved |= r != LINEEDIT_NONE;
		p->edited |= r == LINEEDIT_CHANGED;
		if (!more_text(a))
			catch_up(a);
		app_redraw(a);
	}
}

/* ---- drawing ---- */

void prompt_draw(struct app *a, struct canvas line)
{
	struct prompt *p = &a->prompt;
	int x = 1 + draw_text(line, 0, 1, line.w / 2, TOK_KEY, p->searching ? _("earlier:") : p->label) + 1;

	lineedit_draw(&p->line, canvas_sub(line, 0, x, 1, -1), TOK_INPUT, true);
}

/* Does the note say more than the name? */
static bool has_note(const struct prompt *p, int i)
{
	char *text = text_fold(p->candidates.c[i].text), *note = text_fold(p->candidates.c[i].note);
	bool more = *note && strcmp(text, note) != 0;

	free(text);
	free(note);
	return more;
}

static int draw_candidate(const struct prompt *p, int i, struct canvas line, int x)
{
	int from = x;

	x += draw_text(line, 0, x, -1, i == p->chosen ? TOK_TITLE : TOK_KEY, p->candidates.c[i].text);
	if (has_note(p, i))
		x += 1 + draw_text(line, 0, x + 1, -1, TOK_DIM, p->candidates.c[i].note);
	return x - from + 2;
}

static int candidate_width(const struct prompt *p, int i)
{
	return draw_width(p->candidates.c[i].text) + (has_note(p, i) ? 1 + draw_width(p->candidates.c[i].note) : 0) + 2;
}

void prompt_draw_above(struct app *a, struct canvas line)
{
	struct prompt *p = &a->prompt;
	int first = 0, x = 1, used = 0, i;

	if (p->candidates.n == 0 || p->searching)
		return;
	draw_fill(line, 0, 0, 1, line.w, TOK_TEXT);
	for (i = 0; i <= p->chosen; i++) { /* the chosen one is always in sight */
		used += candidate_width(p, i);
		if (used > line.w - 8) {
			first = i;
			used = candidate_width(p, i);
		}
	}
	for (i = first; i < p->candidates.n && x + candidate_width(p, i) <= line.w - 5; i++)
		x += draw_candidate(p, i, line, x);
	if (i < p->candidates.n)
		draw_printf(line, 0, x, TOK_DIM, "+%d", p->candidates.n - i);
}

static void draw_keys(struct app *a, struct canvas line)
{
	static const struct { const char *key, *note; } items[] = {
		{ "Enter", N_("apply") }, { "Esc", N_("cancel") }, { "C-u", N_("clear") }, { "C-w", N_("delete word") },
	};
	int x = 1;

	for (size_t i = 0; i < ARRAY_LEN(items); i++) {
		int start = x;
		struct key k;

		x += draw_text(line, 0, x, -1, TOK_KEY, items[i].key) + 1;
		x += draw_text(line, 0, x, -1, TOK_NOTE, _(items[i].note)) + 2;
		key_parse(items[i].key, &k);
		mouse_spot(a, line, start, x - start - 2, NULL, k);
	}
}

void prompt_draw_below(struct app *a, struct canvas line)
{
	struct prompt *p = &a->prompt;
	const char *found = p->searching ? earlier(a, p->back) : NULL;

	if (p->searching)
		draw_fit(line, 0, 1, line.w - 2, TEXT_LEFT, found ? TOK_TEXT : TOK_DIM,
		    found ? found : _("no earlier line has this"));
	else if (p->words.len > 0)
		draw_fit(line, 0, 1, line.w - 2, TEXT_LEFT, p->refused ? TOK_WARNING : TOK_TEXT, p->words.s);
	else
		draw_keys(a, line);
}
