/* What went wrong is kept: the ring, what counts as the same, what was looked at; texts in lines. */
#include "config.h"

#include "base/mem.h"
#include "base/text.h"
#include "tests/cunit.h"
#include "tui/app.h"
#include "tui/wrap.h"

static uv_loop_t loop;

static void clock_hook(void *ctx, char buf[static 8])
{
	(void)ctx;
	snprintf(buf, 8, "09:05");
}

static const struct screen_class HOME = { .name = "home", .title = "Home", .digit = '1', .go = 'h' };
static const struct screen_class QUESTION = { .name = "question", .title = "Question", .overlay = true };
static const struct screen_class *const SCREENS[] = { &HOME, &QUESTION, NULL };

static struct app *start(void)
{
	const struct app_config cfg = {
		.loop = &loop, .headless = true, .width = 80, .height = 24, .screens = SCREENS, .clock = clock_hook,
	};
	struct app *a;

	uv_loop_init(&loop);
	a = app_new(&cfg, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	app_push(a, &HOME, NULL);
	return a;
}

static void stop(struct app *a)
{
	app_free(a);
	uv_run(&loop, UV_RUN_DEFAULT);
	CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
}

static void fail(struct app *a, const char *code, int n)
{
	struct err e;

	err_set(&e, ERR_CONFLICT, code, "unit", "Choose another", "taken %d", n);
	app_error(a, &e);
}

static void kept_with_time_and_screen(void)
{
	struct app *a = start();

	CU_ASSERT_EQUAL(alerts_count(a), 0);
	CU_ASSERT_PTR_NULL(alerts_get(a, 0));
	CU_ASSERT_PTR_NULL(alerts_find(a, 1));
	app_push(a, &QUESTION, NULL);
	fail(a, "DM004", 1);
	app_message(a, TOK_WARNING, "mind the %s", "gap");
	app_message(a, TOK_DIM, "by the way");
	CU_ASSERT_EQUAL_FATAL(alerts_count(a), 2);
	CU_ASSERT_STRING_EQUAL(alerts_get(a, 0)->err.text, "mind the gap");
	CU_ASSERT_STRING_EQUAL(alerts_get(a, 0)->err.code, "");
	CU_ASSERT_EQUAL(alerts_get(a, 0)->style, TOK_WARNING);
	CU_ASSERT_STRING_EQUAL(alerts_get(a, 1)->err.code, "DM004");
	CU_ASSERT_STRING_EQUAL(alerts_get(a, 1)->err.remedy, "Choose another");
	CU_ASSERT_STRING_EQUAL(alerts_get(a, 1)->screen, "Home");
	CU_ASSERT_STRING_EQUAL(alerts_get(a, 1)->clock, "09:05");
	CU_ASSERT_PTR_EQUAL(alerts_find(a, 1), alerts_get(a, 1));
	CU_ASSERT_PTR_NULL(alerts_get(a, 2));
	CU_ASSERT_PTR_NULL(alerts_get(a, -1));
	stop(a);
}

static void repeated_once(void)
{
	struct app *a = start();

	for (int i = 0; i < 5; i++)
		fail(a, "DM004", 1);
	CU_ASSERT_EQUAL(alerts_count(a), 1);
	CU_ASSERT_EQUAL(alerts_get(a, 0)->times, 5);
	fail(a, "DM004", 2);
	fail(a, "DM004", 1);
	CU_ASSERT_EQUAL(alerts_count(a), 3);
	CU_ASSERT_EQUAL(alerts_unread(a), 3);
	alerts_read(a);
	CU_ASSERT_EQUAL(alerts_unread(a), 0);
	fail(a, "DM004", 7);
	CU_ASSERT_EQUAL(alerts_unread(a), 1);
	stop(a);
}

static void the_oldest_goes(void)
{
	struct app *a = start();

	for (int i = 1; i <= ALERTS_MOST + 7; i++)
		fail(a, "DM004", i);
	CU_ASSERT_EQUAL(alerts_count(a), ALERTS_MOST);
	CU_ASSERT_EQUAL(alerts_unread(a), ALERTS_MOST);
	CU_ASSERT_STRING_EQUAL(alerts_get(a, ALERTS_MOST - 1)->err.text, "taken 8");
	CU_ASSERT_PTR_NULL(alerts_find(a, 7));
	CU_ASSERT_PTR_NOT_NULL(alerts_find(a, 8));
	CU_ASSERT_EQUAL(alerts_find(a, ALERTS_MOST + 7)->n, ALERTS_MOST + 7);
	CU_ASSERT_PTR_NULL(alerts_find(a, ALERTS_MOST + 8));
	stop(a);
}

static void is(const char *first, const char *text, int width, const char *want)
{
	struct strbuf b = { 0 };

	wrap_text(&b, first, text, width);
	CU_ASSERT_STRING_EQUAL(strbuf_str(&b), want);
	if (strcmp(strbuf_str(&b), want) != 0)
		fprintf(stderr, "got \"%s\"\n", strbuf_str(&b));
	strbuf_free(&b);
}

static void words_in_lines(void)
{
	is("", "one two three", 8, "one two\nthree\n");
	is("", "one two three", 80, "one two three\n");
	is("A: ", "one two", 7, "A: one\n   two\n");
	is("", "one\ntwo", 80, "one\ntwo\n");
	is("", "", 80, "\n");
	is("", "абвгд", 2, "аб\nвг\nд\n");
	is("", "a\033[2Jb", 80, "a^[[2Jb\n");
}

/* Whatever the text: no line is wider, and no letter is lost. */
static void no_line_is_wider(void)
{
	static const char *const parts[] = { "a", "длинное", "слово", " ", "  ", "\n", "ۀ", "漢字", "e\u0301", "-", "\t" };

	for (int i = 0; i < test_count(2000); i++) {
		struct strbuf text = { 0 }, out = { 0 };
		int width = 2 + (int)test_below(30), letters = 0;

		for (int n = (int)test_below(20); n > 0; n--)
			strbuf_puts(&text, parts[test_below(ARRAY_LEN(parts))]);
		wrap_text(&out, "", strbuf_str(&text), width);
		for (const char *s = strbuf_str(&text); *s; s++)
			letters += *s != ' ' && *s != '\n' && *s != '\t';
		for (const char *s = strbuf_str(&out); *s; s++)
			letters -= *s != ' ' && *s != '\n';
		CU_ASSERT_EQUAL(letters, 0);
		for (char *line = strtok(out.s, "\n"); line; line = strtok(NULL, "\n"))
			CU_ASSERT(text_width(line) <= width);
		strbuf_free(&text);
		strbuf_free(&out);
	}
}

TESTS("alerts", T(kept_with_time_and_screen), T(repeated_once), T(the_oldest_goes), T(words_in_lines),
    T(no_line_is_wider))
