/* Clicks, the wheel, bursts of keys and the clipboard, headless. */
#include "config.h"

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "tests/cunit.h"
#include "tui/app.h"

static struct strbuf seen, dump;
static uv_loop_t loop;
static struct app *app;
static int row;

static enum result do_note(struct screen *s, int arg)
{
	static const char *const what[] = { "a", "down", "up", "open" };

	(void)s;
	strbuf_printf(&seen, "%s%s", seen.len ? " " : "", what[arg]);
	row += arg == 1 ? 1 : arg == 2 ? -1 : 0;
	return R_REDRAW;
}

static void typed(struct screen *s, const char *text)
{
	(void)s;
	strbuf_printf(&seen, "=%s", text ? text : "(none)");
}

static enum result do_prompt(struct screen *s, int arg)
{
	(void)arg;
	app_prompt(screen_app(s), s, "Find:", "ab", NULL, typed);
	return R_REDRAW;
}

static void draw_eight_rows(struct screen *s, struct canvas c)
{
	(void)s;
	draw_rows(canvas_sub(c, 1, 4, 8, 20), row);
}

/* Its own sign at the top right; elsewhere nothing of its own. */
static enum result rows_click(struct screen *s, int y, int x)
{
	return y == 0 && x == 79 ? do_note(s, 0) : R_NONE;
}

static const struct binding HOME_KEYS[] = {
	{ "a", "note", "note", do_note, 0, B_FOOTER, NULL },
	{ "s", "secret", "secret", do_note, 0, B_FOOTER, "vault.open" },
	{ "e", "edit", "edit", do_prompt, 0, 0, NULL },
	{ 0 },
};
static const struct binding ROWS_KEYS[] = {
	{ "Down", "down", "down", do_note, 1, 0, NULL },
	{ "Up", "up", "up", do_note, 2, 0, NULL },
	{ "Enter", "open", "open", do_note, 3, 0, NULL },
	{ 0 },
};
static const struct screen_class HOME = { .name = "home", .title = "Home", .digit = '1', .go = 'h', .keys = HOME_KEYS };
static const struct screen_class ROWS = {
	.name = "rows", .title = "Rows", .digit = '2', .go = 'p', .keys = ROWS_KEYS, .draw = draw_eight_rows, .click = rows_click,
};
static const struct screen_class *const SCREENS[] = { &HOME, &ROWS, NULL };

static bool may(void *ctx, const char *permission)
{
	(void)ctx;
	return strcmp(permission, "vault.open") != 0;
}

static void begin(int w, int h)
{
	const struct app_config cfg = {
		.loop = &loop, .headless = true, .width = w, .height = h, .ascii = true, .screens = SCREENS, .may = may,
	};
	struct err e = { 0 };

	i18n_init("en");
	uv_loop_init(&loop);
	row = 0;
	app = app_new(&cfg, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(app);
	app_push(app, &HOME, NULL);
}

static void end(void)
{
	app_free(app);
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

static const char *line(int n)
{
	static char text[400];
	const char *s;

	strbuf_clear(&dump);
	app_dump(app, &dump);
	for (s = strbuf_str(&dump); n > 0; n--)
		s = strchr(s, '\n') + 1;
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(s, "\n"), s);
	return text;
}

/* All of it arrives before anything of it is acted on, as from a terminal. */
static const char *burst(const char *const *names, int n)
{
	strbuf_clear(&seen);
	for (int i = 0; i < n; i++) {
		struct key k;

		CU_ASSERT_PTR_NOT_NULL(key_parse(names[i], &k));
		input_key(app, k);
	}
	app_turn(app);
	return strbuf_str(&seen);
}

static void a_paste_with_control_characters_stays_a_paste(void)
{
	static const char *const keys[] = { "Paste", "a", "C-c", "a", "Enter", "q", "C-z", "Click:2,23", "S-Paste", "a" };

	begin(80, 24);
	CU_ASSERT_STRING_EQUAL(burst(keys, ARRAY_LEN(keys)), "a");
	CU_ASSERT(!app->quit);
	after("e");
	CU_ASSERT_STRING_EQUAL(burst(keys, ARRAY_LEN(keys) - 1), "");
	CU_ASSERT_STRING_EQUAL(line(22), " Find: abaa q");
	app_resize(app, 60, 20);
	burst(keys, ARRAY_LEN(keys) - 1);
	CU_ASSERT(!app->quit);
	end();
}

static int place_of(int y, const char *what)
{
	const char *text = line(y), *at = strstr(text, what);

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	return (int)(at - text);
}

static const char *clicked(int y, const char *what)
{
	char keys[32];

	snprintf(keys, sizeof(keys), "Click:%d,%d", place_of(y, what), y);
	return after(keys);
}

static void clicks(void)
{
	begin(80, 24);
	after("");
	CU_ASSERT_STRING_EQUAL(clicked(23, "note"), "a");
	CU_ASSERT_STRING_EQUAL(clicked(23, "secret"), "");
	CU_ASSERT_STRING_EQUAL(line(22), " secret: your role lacks the permission vault.open");
	CU_ASSERT_STRING_EQUAL(after("Click:79,23 Click:0,22 Click:5,5 WheelDn:5,0 Click:999,999"), "");
	after("e");
	CU_ASSERT_STRING_EQUAL(after("Click:30,10 WheelUp:30,10"), "");
	CU_ASSERT_STRING_EQUAL(clicked(23, "apply"), "=ab");
	CU_ASSERT_STRING_EQUAL(clicked(0, "Rows"), "");
	CU_ASSERT_STRING_EQUAL(after("Click:4,5"), "down down");
	CU_ASSERT_STRING_EQUAL(after("Click:23,5"), "open");
	CU_ASSERT_STRING_EQUAL(after("Click:24,5 Click:3,5 Click:4,2 Click:4,11"), "");
	CU_ASSERT_STRING_EQUAL(after("WheelDn:50,15"), "down down down");
	CU_ASSERT_STRING_EQUAL(clicked(0, "Home"), "");
	CU_ASSERT_STRING_EQUAL(after("Click:4,5"), ""); /* no rows here */
	end();
}

static void the_mouse_is_toggled(void)
{
	begin(80, 24);
	CU_ASSERT(!app->mouse);
	after("M-m");
	CU_ASSERT(app->mouse);
	CU_ASSERT_STRING_EQUAL(line(22), " mouse on: Shift-drag still selects");
	after("M-m");
	CU_ASSERT(!app->mouse);
	CU_ASSERT_STRING_EQUAL(line(22), " mouse off");
	end();
}

static void clipboard_sequences(void)
{
	struct strbuf out = { 0 };
	char much[601];
	int pieces = 0;

	copy_sequence(&out, "ab\n", false);
	CU_ASSERT_STRING_EQUAL(out.s, "\033]52;c;YWIK\a");
	strbuf_clear(&out);
	copy_sequence(&out, "", true);
	CU_ASSERT_STRING_EQUAL(out.s, "\033P\033]52;c;\a\033\\");
	strbuf_clear(&out);
	memset(much, 'x', 600);
	much[600] = '\0';
	copy_sequence(&out, much, true);
	for (const char *s = out.s, *end; *s; s = end + 2, pieces++) {
		end = strstr(s, "\033\\");
		CU_ASSERT_FATAL(end != NULL && strncmp(s, "\033P", 2) == 0);
		CU_ASSERT(end - s < 256);
	}
	CU_ASSERT_EQUAL(pieces, 4);
	strbuf_free(&out);
}

static void copying(void)
{
	char *much = xmalloc(75001);

	begin(80, 24);
	CU_ASSERT(app_copy(app, "Абай\t\033[31m\xc2\x9b" "1\r\n\xff" "2"));
	CU_ASSERT_STRING_EQUAL(app_copied(app), "Абай\t[31m1\n2");
	after("");
	CU_ASSERT_STRING_EQUAL(line(22), " sent to the terminal (12 characters)");
	memset(much, 'x', 75000);
	much[74994] = '\0';
	CU_ASSERT(app_copy(app, much));
	CU_ASSERT_EQUAL(strlen(app_copied(app)), 74994);
	much[74994] = 'x';
	much[74995] = '\0';
	CU_ASSERT(!app_copy(app, much));
	CU_ASSERT_EQUAL(strlen(app_copied(app)), 74994);
	CU_ASSERT(app_copy(app, ""));
	CU_ASSERT_STRING_EQUAL(app_copied(app), "");
	free(much);
	end();
}

TESTS("mouse", T(a_paste_with_control_characters_stays_a_paste), T(clicks), T(the_mouse_is_toggled), T(clipboard_sequences), T(copying))
