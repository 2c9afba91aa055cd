#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "tui/app.h"

#define BRAND "DOMOVOI"

/* ---- header: brand, tabs, who, chip ---- */

/* How much of a tab is written, from roomy to a bare digit. */
static const struct { const char *gap; int title; } TAB_FORMS[] = {
	{ " ", 40 }, { "", 40 }, { "", 8 }, { "", 6 }, { "", 4 }, { "", 0 },
};

static const struct screen_class *active_tab(const struct app *a)
{
	for (int i = a->depth - 1; i >= 0; i--)
		if (a->stack[i]->cls->digit)
			return a->stack[i]->cls;
	return NULL;
}

static void tab_text(const struct screen_class *cls, int form, struct strbuf *out)
{
	struct strbuf title = { 0 };
	int width = TAB_FORMS[form].title;

	strbuf_clear(out);
	strbuf_printf(out, "%c%s", cls->digit, TAB_FORMS[form].gap);
	const char *word = _(cls->tab && width < 40 ? cls->tab : cls->title);
	text_clean(&title, word, strlen(word), TEXT_ONE_LINE);
	for (const char *s = strbuf_str(&title), *at = s; *at; s = at) {
		width -= text_cp_width(text_next(&at));
		if (width < 0)
			break;
		strbuf_add(out, s, (size_t)(at - s));
	}
	strbuf_free(&title);
}

static const struct binding *global_row(const struct app *a, const char *name)
{
	for (const struct binding *b = a->keys.globals; b->keys; b++)
		if (strcmp(b->name, name) == 0)
			return b;
	return NULL;
}

/* Draw the tabs, or with style TOK_COUNT only measure them. The active one stands in brackets. */
static int tabs(struct app *a, struct canvas line, int x, int form, bool measure)
{
	const struct screen_class *active = active_tab(a);
	struct strbuf text = { 0 };
	int start = x;

	for (int i = 0; a->cfg.screens && a->cfg.screens[i]; i++) {
		const struct screen_class *cls = a->cfg.screens[i];
		bool on = cls == active;

		if (!cls->digit)
			continue;
		tab_text(cls, form, &text);
		if (measure) {
			x += draw_width(strbuf_str(&text)) + 2;
			continue;
		}
		mouse_spot(a, line, x, draw_width(strbuf_str(&text)) + 2, global_row(a, cls->name), (struct key){ 0 });
		draw_text(line, 0, x, -1, on ? TOK_TAB_ACTIVE : TOK_TAB, on ? "[" : " ");
		x += 1 + draw_text(line, 0, x + 1, -1, on ? TOK_TAB_ACTIVE : TOK_TAB, strbuf_str(&text));
		x += draw_text(line, 0, x, -1, on ? TOK_TAB_ACTIVE : TOK_TAB, on ? "]" : " ");
	}
	strbuf_free(&text);
	return x - start;
}

static void draw_header(struct app *a, struct canvas line)
{
	struct strbuf chip = { 0 }, who = { 0 };
	enum token style = TOK_CHIP_OK;
	int left, right = line.w - 1, form = 0, room;

	if (a->cfg.chip)
		a->cfg.chip(a->cfg.ctx, &chip, &style);
	if (a->cfg.who)
		a->cfg.who(a->cfg.ctx, &who);
	left = 1 + draw_text(line, 0, 1, -1, TOK_HEADER, BRAND) + 1;
	if (chip.len > 0) {
		right -= draw_width(chip.s) + 2;
		draw_text(line, 0, right, 1, style, " ");
		draw_text(line, 0, right + 1, -1, style, chip.s);
		draw_text(line, 0, line.w - 2, 1, style, " ");
	}
	room = right - left - (who.len > 0 ? draw_width(who.s) + 2 : 0);
	while (form + 1 < (int)ARRAY_LEN(TAB_FORMS) && tabs(a, line, 0, form, true) > room)
		if (++form == 3) /* short tabs and a long name: the name gives way */
			room = right - left - (who.len > 0 ? 14 : 0);
	left += tabs(a, canvas_sub(line, 0, 0, 1, right), left, form, false) + 1;
	room = right - 1 - left;
	if (who.len > 0 && room >= 4) {
		int width = draw_width(who.s) < room ? draw_width(who.s) : room;

		draw_fit(line, 0, right - 1 - width, width, TEXT_RIGHT, TOK_DIM, who.s);
	}
	strbuf_free(&chip);
	strbuf_free(&who);
}

/* ---- breadcrumbs, summary, as of ---- */

/* Overlays stand over the screen below them. */
static int lowest_shown(const struct app *a)
{
	int i = a->depth > 0 ? a->depth - 1 : 0;

	while (i > 0 && a->stack[i]->cls->overlay)
		i--;
	return i;
}

static int first_crumb(const struct app *a)
{
	for (int i = a->depth - 1; i > 0; i--)
		if (a->stack[i]->cls->digit)
			return i;
	return 0;
}

void frame_crumbs(struct app *a, struct strbuf *out)
{
	for (int i = first_crumb(a); i < a->depth; i++) {
		struct screen *s = a->stack[i];

		if (s->cls->overlay && !s->cls->crumb)
			continue;
		if (out->len > 0)
			strbuf_puts(out, " > ");
		if (s->cls->crumb)
			s->cls->crumb(s, out);
		else
			strbuf_puts(out, _(s->cls->title));
	}
}

/* "!2" before the summary: what went wrong and was not looked at. Returns the columns taken. */
static int draw_unread(const struct app *a, struct canvas line, int right)
{
	char text[16];
	int width;

	if (alerts_unread(a) == 0)
		return 0;
	snprintf(text, sizeof(text), "!%d", alerts_unread(a));
	width = draw_width(text);
	draw_text(line, 0, right - width - 1, width, TOK_WARNING, text);
	return width + 1;
}

static void draw_crumbs(struct app *a, struct canvas line)
{
	struct screen *top = a->depth > 0 ? a->stack[lowest_shown(a)] : NULL;
	struct strbuf left = { 0 }, right = { 0 }, as_of = { 0 };
	int width, room = line.w - 2, least;

	frame_crumbs(a, &left);
	if (top && top->cls->summary)
		top->cls->summary(top, &right);
	if (a->cfg.as_of)
		a->cfg.as_of(a->cfg.ctx, &as_of);
	least = draw_width(strbuf_str(&as_of)); /* never cut: the summary gives way */
	draw_fit(line, 0, line.w - 1 - least, least, TEXT_RIGHT, TOK_DIM, strbuf_str(&as_of));
	width = draw_width(strbuf_str(&right));
	if (width > room * 2 / 3 - least - 2)
		width = room * 2 / 3 - least - 2;
	if (width > 0) {
		int gap = least ? least + 2 : 0;

		draw_fit(line, 0, line.w - 1 - gap - width, width, TEXT_RIGHT, TOK_DIM, strbuf_str(&right));
		width += gap;
	} else {
		width = least;
	}
	width += draw_unread(a, line, line.w - 1 - width - (width ? 1 : 0));
	draw_fit(line, 0, 1, room - width - (width ? 2 : 0), TEXT_LEFT, TOK_TITLE, strbuf_str(&left));
	strbuf_free(&left);
	strbuf_free(&right);
	strbuf_free(&as_of);
}

/* ---- status line ---- */

static void on_rest(uv_timer_t *h)
{
	struct handles *all = h->data;

	if (all->app)
		app_redraw(all->app);
}

/* What the cursor is on. While keys come what stands there stays. */
static void draw_words(struct app *a, struct screen *top, struct canvas line)
{
	uint64_t rested = app_rested(a);

	if (a->words_of != top->id || rested >= APP_REST_MS) {
		strbuf_clear(&a->words);
		top->cls->describe(top, &a->words);
	} else {
		uv_timer_start(&a->handles->rest, on_rest, APP_REST_MS - rested, 0);
	}
	a->words_of = top->id;
	draw_fit(line, 0, 1, line.w - 2, TEXT_LEFT, TOK_TEXT, strbuf_str(&a->words));
}

static void draw_status(struct app *a, struct canvas line)
{
	struct screen *top = app_top(a);
	struct strbuf text = { 0 };

	if (a->prompt.active || a->message.len > 0)
		a->words_of = 0;
	if (a->prompt.active) {
		prompt_draw(a, line);
		return;
	}
	input_status(a, &text);
	if (text.len > 0) {
		draw_fit(line, 0, 1, line.w - 2, TEXT_LEFT, TOK_DIM, text.s);
	} else if (a->message.len > 0) {
		int width = draw_width(a->message.s);

		draw_fit(line, 0, 1, width < line.w - 2 ? width : line.w - 2, TEXT_LEFT, a->message_style, a->message.s);
	} else if (top && top->cls->describe) {
		draw_words(a, top, line);
	}
	strbuf_free(&text);
}

/* ---- footer ---- */

static const char *note_of(const struct app *a, const struct binding *b)
{
	return a->depth == 1 && strcmp(b->name, "back") == 0 ? _("quit") : _(b->note);
}

/*
 * The key that works here: where letters are text it is not a letter, and a key that the screen has for itself is not
 * the global one. False: there is none.
 */
static bool key_here(const struct app *a, const struct binding *b, bool global, char label[static 40])
{
	const struct screen *top = app_top(a);
	bool typing = top && top->cls->wants_text && top->cls->wants_text(top);
	const char *at = b->keys;
	const struct binding *own;
	struct key seq[KEYMAP_DEPTH];
	char name[KEYMAP_DEPTH][16];
	int n;

	while (keymap_next(&at, seq, &n)) {
		if (typing && key_is_text(seq[0]))
			continue;
		if (global && top && keymap_find(keytable_of(&a->keys, top->cls), seq, n, &own) == KEYMAP_FOUND)
			continue;
		key_format(seq[0], name[0]);
		if (n > 1)
			key_format(seq[1], name[1]);
		snprintf(label, 40, n > 1 ? "%s %s" : "%s", name[0], name[1]);
		return true;
	}
	return false;
}

static int item_width(const struct app *a, const struct binding *b, bool global)
{
	char label[40];

	if (!key_here(a, b, global, label))
		return 0;
	return draw_width(label) + 1 + draw_width(note_of(a, b)) + 2;
}

/* What may not be done is shown all the same: dim, and the key says what is missing. */
static int draw_item(struct app *a, struct canvas line, int x, const struct binding *b, bool global)
{
	bool allowed = !app_top(a) || !app_lacks(app_top(a), b);
	char label[40];

	if (!key_here(a, b, global, label))
		return x;
	mouse_spot(a, line, x, item_width(a, b, global) - 2, b, (struct key){ 0 });
	x += draw_text(line, 0, x, -1, allowed ? TOK_KEY : TOK_DIM, label) + 1;
	return x + draw_text(line, 0, x, -1, allowed ? TOK_NOTE : TOK_DIM, note_of(a, b)) + 2;
}

static void draw_footer(struct app *a, struct canvas line)
{
	struct screen *top = app_top(a);
	int x = 1, kept = 0;

	for (const struct binding *b = a->keys.globals; b->keys; b++)
		if (b->flags & B_FOOTER)
			kept += item_width(a, b, true);
	for (const struct binding *b = top ? keytable_of(&a->keys, top->cls) : NULL; b && b->keys; b++)
		if (b->flags & B_FOOTER && x + item_width(a, b, false) + kept <= line.w + 1)
			x = draw_item(a, line, x, b, false);
	for (const struct binding *b = a->keys.globals; b->keys; b++)
		if (b->flags & B_FOOTER)
			x = draw_item(a, line, x, b, true);
}

/* ---- all of it ---- */

static void draw_too_small(struct canvas all)
{
	draw_printf(all, 0, 0, TOK_WARNING, _("The window is %dx%d."), all.w, all.h);
	draw_printf(all, 1, 0, TOK_TEXT, _("%dx%d is needed: enlarge it, or q quits."), SCREEN_MIN_WIDTH,
	    SCREEN_MIN_HEIGHT);
}

/* The screen on top, and what it stands over. */
static void draw_screens(struct app *a, struct canvas body)
{
	for (int i = lowest_shown(a); i < a->depth; i++) {
		draw_rows(canvas_sub(body, 0, 0, 0, 0), 0); /* only the top one's can be clicked */
		if (a->stack[i]->cls->draw)
			a->stack[i]->cls->draw(a->stack[i], body);
	}
}

void frame_draw(struct app *a, struct canvas all)
{
	mouse_forget(a);
	a->too_small = all.w < SCREEN_MIN_WIDTH || all.h < SCREEN_MIN_HEIGHT;
	if (a->too_small) {
		draw_too_small(all);
		return;
	}
	draw_header(a, canvas_sub(all, 0, 0, 1, -1));
	draw_crumbs(a, canvas_sub(all, 1, 0, 1, -1));
	draw_screens(a, canvas_sub(all, BODY_TOP, 0, all.h - 4, -1));
	if (a->prompt.active)
		prompt_draw_above(a, canvas_sub(all, all.h - 3, 0, 1, -1));
	draw_status(a, canvas_sub(all, all.h - 2, 0, 1, -1));
	if (a->prompt.active)
		prompt_draw_below(a, canvas_sub(all, all.h - 1, 0, 1, -1));
	else
		draw_footer(a, canvas_sub(all, all.h - 1, 0, 1, -1));
}
