#include "config.h"

#include "base/i18n.h"
#include "base/strbuf.h"
#include "tests/cunit.h"
#include "tui/app.h"
#include "tui/pick.h"

/* A town of names; `late`: rows come only when the test says so. */
static const char *const NAMES[] = { "Abay", "Abylai", "Dostyk", "Satpaev" };
static char words[40], shown_for[40];
static bool late;
static struct strbuf seen;
static uv_loop_t loop;

static bool matches(int i)
{
	return strncmp(NAMES[i], shown_for, strlen(shown_for)) == 0;
}

static int nth(int row)
{
	for (int i = 0; i < 4; i++)
		if (matches(i) && row-- == 0)
			return i;
	return -1;
}

static int rows(struct screen *s)
{
	int n = 0;

	(void)s;
	for (int i = 0; i < 4; i++)
		n += matches(i);
	return n;
}

static void cell(struct screen *s, int row, struct strbuf *value, struct strbuf *note)
{
	(void)s;
	strbuf_puts(value, NAMES[nth(row)]);
	strbuf_puts(note, "street");
}

static void find(struct screen *s, const char *text)
{
	(void)s;
	snprintf(words, sizeof(words), "%s", text);
	if (!late)
		snprintf(shown_for, sizeof(shown_for), "%s", text);
}

static bool waiting(struct screen *s)
{
	(void)s;
	return strcmp(words, shown_for) != 0;
}

static const struct pick_source SOURCE = { .rows = rows, .cell = cell, .find = find, .waiting = waiting };

static void done(struct screen *s, int row, const char *text)
{
	(void)s;
	strbuf_printf(&seen, "%s(%s) ", row < 0 ? "none" : NAMES[nth(row)], text);
}

static enum result ask(struct screen *s, int arg)
{
	(void)arg;
	pick_ask(s, "Street", "", &SOURCE, done);
	return R_REDRAW;
}

static const struct binding KEYS[] = { { "F4", "ask", "ask", ask, 0, 0, NULL }, { 0 } };
static const struct screen_class base_class = { .name = "base", .title = "Base", .keys = KEYS };

static struct app *start(void)
{
	struct app_config cfg = { .loop = &loop, .headless = true, .width = 80, .height = 24, .colours = COLOURS_MONO };
	struct err e = { 0 };
	struct app *a;

	i18n_init("en");
	uv_loop_init(&loop);
	a = app_new(&cfg, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	app_push(a, &base_class, NULL);
	late = false;
	words[0] = shown_for[0] = '\0';
	strbuf_clear(&seen);
	return a;
}

static void keys(struct app *a, const char *list)
{
	struct key k;

	while ((list = key_parse(list, &k)) != NULL) {
		input_key(a, k);
		app_turn(a);
		while (*list == ' ')
			list++;
		if (!*list)
			break;
	}
}

static void end(struct app *a)
{
	app_free(a);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	strbuf_free(&seen);
}

static void what_is_typed_narrows_it(void)
{
	struct app *a = start();
	struct strbuf dump = { 0 };

	keys(a, "F4 A b");
	app_dump(a, &dump);
	CU_ASSERT_PTR_NOT_NULL(strstr(strbuf_str(&dump), "Abylai"));
	CU_ASSERT_PTR_NULL(strstr(strbuf_str(&dump), "Dostyk"));
	keys(a, "Down Enter");
	CU_ASSERT_STRING_EQUAL(strbuf_str(&seen), "Abylai(Ab) ");
	keys(a, "F4 x Enter Esc");
	CU_ASSERT_STRING_EQUAL(strbuf_str(&seen), "Abylai(Ab) none(x) ");
	strbuf_free(&dump);
	end(a);
}

static void enter_waits_for_its_rows(void)
{
	struct app *a = start();

	late = true;
	keys(a, "F4 D o Enter");
	CU_ASSERT_STRING_EQUAL(strbuf_str(&seen), "");
	snprintf(shown_for, sizeof(shown_for), "%s", words); /* they have come */
	pick_fresh(a->stack[0]);
	CU_ASSERT_STRING_EQUAL(strbuf_str(&seen), "Dostyk(Do) ");
	end(a);
}

static void an_asker_that_is_gone_is_not_called(void)
{
	struct app *a = start();

	keys(a, "F4");
	CU_ASSERT_EQUAL(a->depth, 2);
	app_go(a, &base_class, "again");
	keys(a, "Enter");
	CU_ASSERT_STRING_EQUAL(strbuf_str(&seen), "");
	end(a);
}

TESTS("test_pick", T(what_is_typed_narrows_it), T(enter_waits_for_its_rows), T(an_asker_that_is_gone_is_not_called))
