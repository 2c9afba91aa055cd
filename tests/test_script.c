#include "config.h"

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "tests/cunit.h"
#include "tui/app.h"

/*
 * A made-up console: a home with a row of events, a list that is busy until a
 * timer fires (the database of this test), a help. What happened is noted in `seen`.
 */
static struct strbuf seen, dump;
static uv_loop_t loop;
static uv_timer_t answer;
static bool in_flight;
static char language[4];

static void note(const char *what)
{
	strbuf_printf(&seen, "%s%s", seen.len ? " " : "", what);
}

static enum result do_note(struct screen *s, int arg)
{
	char what[16];

	(void)s;
	snprintf(what, sizeof(what), "%c", arg);
	note(what);
	return R_HANDLED;
}

static enum result do_nothing(struct screen *s, int arg)
{
	(void)s;
	(void)arg;
	return R_NONE;
}

static void live(struct screen *s, const char *text)
{
	(void)s;
	strbuf_printf(&seen, " ~%s", text);
}

static void done(struct screen *s, const char *text)
{
	(void)s;
	strbuf_printf(&seen, " =%s", text ? text : "(none)");
}

static enum result do_prompt(struct screen *s, int arg)
{
	app_prompt(screen_app(s), s, "Find:", arg ? "ab" : NULL, arg ? NULL : live, done);
	return R_REDRAW;
}

static enum result do_twice(struct screen *s, int arg)
{
	app_go(screen_app(s), app_class(screen_app(s), "list"), &arg);
	note("after"); /* s is closed but still there */
	CU_ASSERT_PTR_NOT_NULL(screen_state(s));
	return R_HANDLED;
}

static enum result do_message(struct screen *s, int arg)
{
	struct err e;

	(void)arg;
	err_set(&e, ERR_CONFLICT, "DM004", "check_in", "Choose other dates", "the unit is taken\033[2J");
	app_error(screen_app(s), &e);
	return R_HANDLED;
}

static void home_event(struct screen *s, enum screen_event ev)
{
	static const char *const names[] = { "DATA", "STATE", "RESUME", "LANGUAGE", "REFRESH" };

	(void)s;
	note(names[ev]);
}

static void home_draw(struct screen *s, struct canvas c)
{
	(void)s;
	draw_frame(c, "Body", true);
}

static const struct binding HOME_KEYS[] = {
	{ "a", "note", "note", do_note, 'a', B_FOOTER, NULL },
	{ "b x+y", "note", "note", do_note, 'b', 0, NULL },
	{ "s", "secret", "secret", do_note, 's', B_FOOTER, "vault.open" },
	{ "/", "find", "find", do_prompt, 0, B_FOOTER, NULL },
	{ "e", "edit", "edit", do_prompt, 1, 0, NULL },
	{ "m", "message", "message", do_message, 0, 0, NULL },
	{ "F5", "mine-first", "mine first", do_nothing, 0, 0, NULL },
	{ 0 },
};
static const struct screen_class HOME = {
	.name = "home", .title = "Home", .digit = '1', .go = 'h', .keys = HOME_KEYS, .event = home_event, .draw = home_draw,
};

/* ---- the slow one ---- */

struct slow { bool ready; int row; };

static uint64_t slow_id;
static struct app *app;

static void answered(uv_timer_t *t)
{
	struct screen *s = app_screen(app, slow_id);

	(void)t;
	in_flight = false;
	if (!s)
		return;
	((struct slow *)screen_state(s))->ready = true;
	note("ready");
	app_redraw(app);
}

static bool list_open(struct screen *s, const void *arg)
{
	if (arg && *(const int *)arg == 99) {
		app_message(screen_app(s), TOK_WARNING, "not today");
		return false;
	}
	slow_id = screen_id(s);
	in_flight = true;
	uv_timer_start(&answer, answered, 5, 0);
	return true;
}

static bool list_busy(const struct screen *s)
{
	return !((struct slow *)screen_state((struct screen *)s))->ready;
}

static enum result do_down(struct screen *s, int arg)
{
	struct slow *l = screen_state(s);

	CU_ASSERT(l->ready || arg);
	l->row++;
	note("down");
	return R_REDRAW;
}

static void list_close(struct screen *s)
{
	(void)s;
	note("closed");
}

static void list_describe(struct screen *s, struct strbuf *out)
{
	strbuf_printf(out, "row %d", ((struct slow *)screen_state(s))->row);
}

static void list_summary(struct screen *s, struct strbuf *out)
{
	(void)s;
	strbuf_puts(out, "120 objects");
}

static void list_crumb(struct screen *s, struct strbuf *out)
{
	(void)s;
	strbuf_puts(out, "Rows\n");
}

static const struct binding LIST_BINDINGS[] = {
	{ "j Down", "down", "down", do_down, 0, 0, NULL },
	{ "t", "twice", "twice", do_twice, 1, 0, NULL },
	{ 0 },
};
static const struct screen_class LIST = {
	.name = "list", .title = "Portfolio", .digit = '2', .go = 'p', .state_size = sizeof(struct slow),
	.keys = LIST_BINDINGS, .open = list_open, .close = list_close, .describe = list_describe, .busy = list_busy,
	.summary = list_summary, .crumb = list_crumb,
};

/* ---- help ---- */

static void help_row(void *ctx, const struct binding *b, bool global)
{
	strbuf_printf(ctx, "%s%s;", global ? "*" : "", b->keys);
}

static bool help_open(struct screen *s, const void *arg)
{
	const struct screen *about = arg;

	strbuf_printf(&seen, " help of %s:", screen_kind(about)->name);
	app_each_binding(screen_app(s), about, help_row, &seen);
	return true;
}

static const struct screen_class HELP = { .name = "help", .title = "Help", .open = help_open };
static const struct screen_class *const SCREENS[] = { &HOME, &LIST, &HELP, NULL };

/* ---- the harness ---- */

static bool may(void *ctx, const char *permission)
{
	(void)ctx;
	return strcmp(permission, "vault.open") != 0;
}

static bool idle(void *ctx)
{
	(void)ctx;
	return !in_flight;
}

static void cancel(void *ctx, uint64_t owner)
{
	(void)ctx;
	if (owner == slow_id && in_flight) {
		uv_timer_stop(&answer);
		in_flight = false;
		note("cancelled");
	}
}

static void next_language(void *ctx)
{
	(void)ctx;
	snprintf(language, sizeof(language), "kk");
}

static void chip(void *ctx, struct strbuf *out, enum token *style)
{
	(void)ctx;
	*style = TOK_CHIP_WARN;
	strbuf_puts(out, "SLOW");
}

static void who(void *ctx, struct strbuf *out)
{
	(void)ctx;
	strbuf_puts(out, "Resort · head");
}

static void as_of(void *ctx, struct strbuf *out)
{
	(void)ctx;
	strbuf_puts(out, "as of 14:05");
}

static void begin(int w, int h)
{
	const struct app_config cfg = {
		.loop = &loop, .headless = true, .width = w, .height = h, .colours = COLOURS_256, .ascii = true,
		.screens = SCREENS, .may = may, .idle = idle, .cancel = cancel, .language = next_language, .chip = chip,
		.who = who, .as_of = as_of,
	};
	struct err e = { 0 };

	i18n_init("en");
	uv_loop_init(&loop);
	uv_timer_init(&loop, &answer);
	in_flight = false;
	slow_id = 0;
	strbuf_clear(&seen);
	app = app_new(&cfg, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(app);
	app_push(app, &HOME, NULL);
}

static void end(void)
{
	app_free(app);
	uv_close((uv_handle_t *)&answer, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
	strbuf_free(&seen);
	strbuf_free(&dump);
}

static const char *after(const char *keys)
{
	struct err e = { 0 };

	strbuf_clear(&seen);
	CU_ASSERT_EQUAL(app_script(app, keys, &e), 0);
	return strbuf_str(&seen);
}

/* Line n of the screen. */
static const char *line(int n)
{
	static char text[400];
	const char *s;

	strbuf_clear(&dump);
	app_dump(app, &dump);
	s = strbuf_str(&dump);
	while (n-- > 0)
		s = strchr(s, '\n') + 1;
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(s, "\n"), s);
	return text;
}

/* ---- tests ---- */

static void keys_reach_their_rows(void)
{
	begin(80, 24);
	CU_ASSERT_STRING_EQUAL(after("a b x+y"), "a b b");
	CU_ASSERT_STRING_EQUAL(after("ф и чн"), "a b b"); /* the same keys in a Cyrillic layout */
	CU_ASSERT_STRING_EQUAL(after("ab<F5>a"), "a b DATA REFRESH a"); /* R_NONE goes on to the global F5 */
	CU_ASSERT_STRING_EQUAL(after("# a comment b\na"), "a");
	CU_ASSERT_STRING_EQUAL(after("Q"), "");
	CU_ASSERT_STRING_EQUAL(line(22), " Q is not a key here; ? lists the keys");
	CU_ASSERT_STRING_EQUAL(after("x"), "");
	CU_ASSERT_STRING_EQUAL(line(22), " x~  y note");
	CU_ASSERT_STRING_EQUAL(after("g"), "");
	CU_ASSERT_STRING_EQUAL(line(22), " x g is not a key here; ? lists the keys");
	after("g");
	CU_ASSERT_STRING_EQUAL(line(22), " g~  h Home  p Portfolio");
	after("Esc");
	CU_ASSERT_STRING_EQUAL(line(22), "");
	end();
}

static void a_missing_permission_is_named(void)
{
	begin(80, 24);
	CU_ASSERT_STRING_EQUAL(after("s"), "");
	CU_ASSERT_STRING_EQUAL(line(22), " secret: your role lacks the permission vault.open");
	after("a");
	CU_ASSERT_STRING_EQUAL(line(22), ""); /* a message lives until the next key */
	CU_ASSERT_STRING_EQUAL(line(23), " a note  s secret  / find  ? help  q quit");
	end();
}

static void errors_are_cleaned(void)
{
	begin(80, 24);
	after("m");
	CU_ASSERT_PTR_NOT_NULL(strstr(line(22), "DM004"));
	CU_ASSERT_PTR_NOT_NULL(strstr(line(22), "taken^[[2J"));
	end();
}

static void going_and_coming_back(void)
{
	begin(80, 24);
	CU_ASSERT_STRING_EQUAL(after("g+p j"), "ready down");
	CU_ASSERT_STRING_EQUAL(line(0), " DOMOVOI  1 Home [2 Portfolio]                             Resort . head  SLOW");
	CU_ASSERT_STRING_EQUAL(line(1), " Rows^J                                                120 objects  as of 14:05");
	CU_ASSERT_STRING_EQUAL(line(22), " row 1");
	CU_ASSERT_STRING_EQUAL(line(23), " ? help  q back");
	CU_ASSERT_STRING_EQUAL(after("M-2 j"), "down"); /* it is where it was */
	CU_ASSERT_STRING_EQUAL(after("q"), "closed RESUME");
	CU_ASSERT_STRING_EQUAL(line(1), " Home                                                               as of 14:05");
	CU_ASSERT_STRING_EQUAL(after("M-2 g+h"), "ready closed RESUME");
	CU_ASSERT_STRING_EQUAL(after("g+p t"), "ready closed after ready");
	CU_ASSERT_STRING_EQUAL(after("Esc Esc Esc"), "closed RESUME");
	CU_ASSERT_STRING_EQUAL(after("q a a"), ""); /* the end: what is left of the script is not typed */
	end();
}

static void a_screen_may_refuse_to_open(void)
{
	int no = 99;

	begin(80, 24);
	CU_ASSERT_PTR_NULL(app_push(app, &LIST, &no));
	after("");
	CU_ASSERT_STRING_EQUAL(line(22), " not today");
	CU_ASSERT_STRING_EQUAL(after("a"), "a");
	end();
}

/* Keys typed before the rows are there wait, in order, and say so. */
static void typing_ahead(void)
{
	const char *keys = "gpjjjqa";
	struct key k;

	begin(80, 24);
	after("");
	for (const char *s = keys; *s; s++) {
		char one[2] = { *s, 0 };

		key_parse(one, &k);
		input_key(app, k);
	}
	app_turn(app);
	CU_ASSERT_STRING_EQUAL(strbuf_str(&seen), "");
	CU_ASSERT_STRING_EQUAL(line(22), " 5 keys waiting; C-c drops them");
	while (in_flight)
		uv_run(&loop, UV_RUN_ONCE);
	app_turn(app);
	CU_ASSERT_STRING_EQUAL(strbuf_str(&seen), "ready down down down closed RESUME a");
	end();
}

static void waiting_can_be_given_up(void)
{
	struct key k;

	begin(80, 24);
	after("");
	for (const char *s = "gpjjj"; *s; s++) {
		char one[2] = { *s, 0 };

		key_parse(one, &k);
		input_key(app, k);
	}
	app_turn(app);
	key_parse("C-c", &k);
	input_key(app, k);
	app_turn(app);
	CU_ASSERT_STRING_EQUAL(strbuf_str(&seen), "cancelled");
	key_parse("q", &k);
	input_key(app, k);
	app_turn(app);
	CU_ASSERT_STRING_EQUAL(strbuf_str(&seen), "cancelled closed RESUME");
	end();
}

static void thousands_of_keys_are_kept(void)
{
	struct key a, g, p;

	begin(80, 24);
	after("");
	key_parse("g", &g);
	key_parse("p", &p);
	key_parse("j", &a);
	input_key(app, g);
	input_key(app, p);
	app_turn(app);
	for (int i = 0; i < 1000; i++)
		input_key(app, a);
	while (in_flight)
		uv_run(&loop, UV_RUN_ONCE);
	app_turn(app);
	app_redraw(app);
	app_turn(app);
	CU_ASSERT_STRING_EQUAL(line(22), " row 1000");
	end();
}

static void prompts(void)
{
	begin(80, 24);
	CU_ASSERT_STRING_EQUAL(after("/ аб<Space>c<Backspace><Backspace> Enter"), " ~а ~аб ~аб  ~аб c ~аб  ~аб =аб");
	CU_ASSERT_STRING_EQUAL(after("e x Esc a"), " =(none) a");
	CU_ASSERT_STRING_EQUAL(after("e Left Left x End y Enter"), " =xaby");
	CU_ASSERT_STRING_EQUAL(after("e C-a Delete C-e z C-b C-b C-k Enter"), " =");
	CU_ASSERT_STRING_EQUAL(after("e <Space>cd<Space> C-w q Enter"), " =ab q");
	CU_ASSERT_STRING_EQUAL(after("e C-u q Enter"), " =q");
	CU_ASSERT_STRING_EQUAL(after("e e\xcc\x81 Left Left Delete Enter"), " =ae\xcc\x81"); /* a mark goes with its letter */
	after("e");
	CU_ASSERT_STRING_EQUAL(line(22), " Find: ab");
	CU_ASSERT_STRING_EQUAL(line(23), " Enter apply  Esc cancel  C-u clear  C-w delete word");
	for (int i = 0; i < 30; i++)
		after("wxyz");
	CU_ASSERT_PTR_NOT_NULL(strstr(line(22), "Find: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(line(22), "wxyzwxyz")); /* scrolled, by a third at a time */
	CU_ASSERT_STRING_EQUAL(after("C-c"), " =(none)");
	end();
}

static void pasted_text_is_never_a_command(void)
{
	begin(80, 24);
	CU_ASSERT_STRING_EQUAL(after("Paste a q Enter s S-Paste"), "");
	CU_ASSERT_STRING_EQUAL(line(22), " pasted text goes only into a text field");
	CU_ASSERT_STRING_EQUAL(after("e Paste x Enter C-u y S-Paste z Enter"), " =abx yz");
	end();
}

static void help_comes_from_the_tables(void)
{
	begin(80, 24);
	after("g+p");
	CU_ASSERT_STRING_EQUAL(after("?"),
	    " help of list:j Down;t;*g+h M-1;*g+p M-2;*L M-l;*? F1;*q F12;*Esc F3;*F5;*C-c;*C-l;*C-z;*! M-a;*M-r;*M-t;*M-m;");
	CU_ASSERT_STRING_EQUAL(line(1), " Rows^J > Help                                                      as of 14:05");
	CU_ASSERT_PTR_NULL(keymap_fault(app->keys.globals));
	end();
}

static void language_at_once(void)
{
	begin(80, 24);
	CU_ASSERT_STRING_EQUAL(after("L"), "LANGUAGE");
	CU_ASSERT_STRING_EQUAL(language, "kk");
	end();
}

static void any_size(void)
{
	begin(80, 24);
	for (int i = 0; i < test_count(60); i++) {
		app_resize(app, 1 + (int)test_below(200), 1 + (int)test_below(60));
		after("");
	}
	app_resize(app, 60, 20);
	CU_ASSERT_STRING_EQUAL(after("a"), ""); /* nothing is shown, so nothing is done */
	CU_ASSERT_STRING_EQUAL(line(0), "The window is 60x20.");
	app_resize(app, 100, 30);
	CU_ASSERT_STRING_EQUAL(after("a"), "a");
	CU_ASSERT_STRING_EQUAL(line(29), " a note  s secret  / find  ? help  q quit");
	app_resize(app, 79, 24);
	after("q a");
	CU_ASSERT(app->quit);
	end();
}

static void dumps_have_their_size(void)
{
	int lines = 0;

	begin(80, 24);
	after("");
	app_dump(app, &dump);
	for (size_t i = 0; i < dump.len; i++)
		lines += dump.s[i] == '\n';
	CU_ASSERT_EQUAL(lines, 24);
	strbuf_clear(&dump);
	app_dump_attrs(app, &dump);
	lines = 0;
	for (size_t i = 0; i < dump.len; i++)
		lines += dump.s[i] == '\n';
	CU_ASSERT_EQUAL(lines, 24);
	end();
}

static void bad_scripts(void)
{
	struct err e = { 0 };

	begin(80, 24);
	CU_ASSERT_EQUAL(app_script(app, "a \xff", &e), ERR_USAGE);
	CU_ASSERT_STRING_EQUAL(after("<"), "");
	CU_ASSERT_STRING_EQUAL(line(22), " < is not a key here; ? lists the keys");
	end();
}

/* A monkey: any keys in any order; nothing breaks and nothing leaks. */
static void monkey(void)
{
	static const char *const keys[] = {
		"a", "b", "x", "y", "s", "/", "e", "m", "g", "p", "h", "q", "Esc", "Enter", "j", "t", "?", "M-2", "C-c", "C-l",
		"L", "F5", "Left", "Backspace", "ж", "日", "Paste", "S-Paste",
		"M-m", "Click:2,23", "Click:20,0", "WheelDn:9,9",
	};

	begin(80, 24);
	for (int i = 0; i < test_count(3000); i++) {
		struct key k;

		key_parse(keys[test_below(ARRAY_LEN(keys))], &k);
		input_key(app, k);
		if (test_below(3) == 0)
			uv_run(&loop, UV_RUN_NOWAIT);
		if (test_below(50) == 0)
			app_resize(app, 40 + (int)test_below(100), 10 + (int)test_below(40));
		if (app->quit) {
			end();
			begin(80, 24);
		}
	}
	end();
}

TESTS("script", T(keys_reach_their_rows), T(a_missing_permission_is_named), T(errors_are_cleaned),
    T(going_and_coming_back), T(a_screen_may_refuse_to_open), T(typing_ahead), T(waiting_can_be_given_up),
    T(thousands_of_keys_are_kept), T(prompts), T(pasted_text_is_never_a_command), T(help_comes_from_the_tables),
    T(language_at_once), T(any_size), T(dumps_have_their_size), T(bad_scripts), T(monkey))
