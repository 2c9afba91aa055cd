#include "config.h"

#include "base/strbuf.h"
#include "tests/cunit.h"
#include "tui/form.h"
#include "tui/term.h"

static struct strbuf seen, dump;
static const char *wrong; /* a value that is refused */

static struct form form;

static void left(void *ctx, int field)
{
	(void)ctx;
	form_error(&form, field, wrong && !strcmp(form_value(&form, field), wrong) ? "not that" : NULL);
}

static void list(void *ctx, int field, const char *typed)
{
	(void)ctx;
	strbuf_printf(&seen, "list %d '%s' ", field, typed);
}

static void saved(void *ctx)
{
	(void)ctx;
	strbuf_puts(&seen, "save ");
}

static const char *previous(void *ctx, int field)
{
	(void)ctx;
	return field == 0 ? "as before" : NULL;
}

static const struct form_source SOURCE = { .leave = left, .list = list, .save = saved, .previous = previous };

static void make(void)
{
	static const struct form_field FIELDS[] = {
		{ .name = "no", .label = "No.", .kind = FORM_NUMBER, .readonly = true },
		{ .name = "name", .label = "Name", .kind = FORM_TEXT, .width = 12, .required = true, .help = "As on the door" },
		{ .name = "floor", .label = "Floor", .kind = FORM_NUMBER, .width = 4 },
		{ .name = "from", .label = "Arrival", .kind = FORM_DATE, .width = 10 },
		{ .name = "kind", .label = "Kind", .kind = FORM_CHOICE, .width = 10 },
		{ .name = "note", .label = "Note", .kind = FORM_NOTE, .width = 30 },
	};

	form_free(&form);
	form = (struct form){ .source = &SOURCE };
	for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]); i++)
		CU_ASSERT_EQUAL(form_add(&form, &FIELDS[i]), (int)i);
	form_reset(&form, 0, "17");
	form_reset(&form, 1, "Flat");
	strbuf_clear(&seen);
	wrong = NULL;
}

static enum result press(const char *name)
{
	static const struct { const char *key; int what; } COMMANDS[] = {
		{ "Tab", FORM_NEXT }, { "BackTab", FORM_PREVIOUS }, { "F2", FORM_SAVE }, { "F4", FORM_LIST },
		{ "C-u", FORM_CLEAR }, { "C-d", FORM_DUPLICATE },
	};
	struct key k;
	enum result r;

	CU_ASSERT_PTR_NOT_NULL_FATAL(key_parse(name, &k));
	r = form_key(&form, k);
	for (size_t i = 0; r == R_NONE && i < sizeof(COMMANDS) / sizeof(COMMANDS[0]); i++)
		if (!strcmp(COMMANDS[i].key, name))
			return form_do(&form, COMMANDS[i].what);
	return r;
}

static void type(const char *text)
{
	while (*text)
		form_key(&form, (struct key){ (uint32_t)text_next(&text), 0 });
}

#define ENDS() do { form_free(&form); strbuf_free(&seen); strbuf_free(&dump); } while (0)

static void the_cursor_skips_what_cannot_be_typed(void)
{
	make();
	CU_ASSERT_EQUAL(form.cursor, 1);
	press("BackTab");
	CU_ASSERT_EQUAL(form.cursor, 5);
	press("Tab");
	CU_ASSERT_EQUAL(form.cursor, 1);
	ENDS();
}

static void what_differs_is_dirty(void)
{
	make();
	CU_ASSERT_EQUAL(form_changes(&form), 0);
	type("s");
	CU_ASSERT(form_dirty(&form, 1));
	press("Backspace");
	CU_ASSERT(!form_dirty(&form, 1));
	form_rebase(&form, 1, "House");
	CU_ASSERT(form_dirty(&form, 1));
	CU_ASSERT_STRING_EQUAL(form_value(&form, 1), "Flat");
	press("C-u");
	CU_ASSERT_STRING_EQUAL(form_value(&form, 1), "");
	press("C-d");
	CU_ASSERT_STRING_EQUAL(form_value(&form, 1), "");
	ENDS();
}

static void a_wrong_value_stops_only_the_saving(void)
{
	make();
	wrong = "x";
	press("Tab");
	type("x");
	press("Tab");
	CU_ASSERT_EQUAL(form.cursor, 3);
	CU_ASSERT_STRING_EQUAL(form.fields[2].error, "not that");
	press("F2");
	CU_ASSERT_EQUAL(form.cursor, 2);
	CU_ASSERT_EQUAL(form_first_error(&form), 2);
	CU_ASSERT_STRING_EQUAL(strbuf_str(&seen), "");
	press("C-u");
	CU_ASSERT_PTR_NULL(form.fields[2].error);
	press("F2");
	CU_ASSERT_STRING_EQUAL(strbuf_str(&seen), "save ");
	ENDS();
}

static void letters_of_another_layout_do_not_spoil_numbers(void)
{
	make();
	press("Tab");
	type("12ә");
	CU_ASSERT_STRING_EQUAL(form_value(&form, 2), "12");
	CU_ASSERT_STRING_EQUAL(form.fields[2].hint, "layout kz: use the keypad or switch");
	type("3");
	CU_ASSERT_PTR_NULL(form.fields[2].hint);
	press("Tab");
	type("ертең"); /* days have names */
	CU_ASSERT_STRING_EQUAL(form_value(&form, 3), "ертең");
	press("C-u");
	type("ң1ғ");
	CU_ASSERT_STRING_EQUAL(form_value(&form, 3), "1");
	CU_ASSERT_PTR_NOT_NULL(form.fields[3].hint);
	press("BackTab");
	press("BackTab");
	type("Қо"); /* in text no key is another one */
	CU_ASSERT_STRING_EQUAL(form_value(&form, 1), "FlatҚо");
	ENDS();
}

static void a_choice_is_taken_from_its_list(void)
{
	make();
	form_go(&form, 4);
	type("a");
	CU_ASSERT_STRING_EQUAL(strbuf_str(&seen), "list 4 'a' ");
	CU_ASSERT_STRING_EQUAL(form_value(&form, 4), "");
	form_set(&form, 4, "apartment");
	press("Backspace");
	CU_ASSERT_STRING_EQUAL(form_value(&form, 4), "");
	press("F4");
	CU_ASSERT_STRING_EQUAL(strbuf_str(&seen), "list 4 'a' list 4 '' ");
	ENDS();
}

/* ---- generated keys: the values are what a model of them says ---- */

static void any_keys_leave_what_the_model_has(void)
{
	static const int OPEN[] = { 1, 2, 3, 5 }; /* the choice is not typed into */

	for (int round = 0; round < test_count(100); round++) {
		char model[4][64] = { "Flat", "", "", "" };
		int at = 0;

		make();
		for (int i = 0; i < 120; i++) {
			size_t n = strlen(model[at]);
			unsigned what = test_below(8);

			if (what == 0) {
				press("Tab");
				at = (at + 1) % 4;
				if (at == 3 && form.cursor == 4)
					press("Tab");
			} else if (what == 1 && n > 0) {
				press("Backspace");
				model[at][n - 1] = '\0';
			} else if (what == 2) {
				press("C-u");
				model[at][0] = '\0';
			} else if (n < 60) {
				char c = "a1 .Z"[test_below(5)];

				type((char[]){ c, '\0' });
				model[at][n] = c;
				model[at][n + 1] = '\0';
			}
			CU_ASSERT_EQUAL_FATAL(form.cursor, OPEN[at]);
			for (int j = 0; j < 4; j++)
				CU_ASSERT_STRING_EQUAL_FATAL(form_value(&form, OPEN[j]), model[j]);
		}
	}
	ENDS();
}

/* ---- what it looks like ---- */

static const char *shown(int w, int h)
{
	struct err e = { 0 };

	i18n_init("en");
	CU_ASSERT_FATAL(term_open_headless(w, h, &e));
	theme_apply(COLOURS_MONO);
	form_draw(&form, draw_begin(true), true);
	draw_end();
	strbuf_clear(&dump);
	draw_dump(&dump, false);
	term_close();
	return strbuf_str(&dump);
}

static void one_column_with_an_error_under_its_field(void)
{
	make();
	type("s");
	form_error(&form, 2, "at most 200");
	form_aside(&form, 3, "3 nights");
	CU_ASSERT_STRING_EQUAL(shown(60, 8),
	    "  No. . . . .    17\n"
	    "> Name  . . . * [Flats       ]\n"
	    "  Floor . . .   [    ]\n"
	    "              ! at most 200\n"
	    "  Arrival . .   [          ] 3 nights\n"
	    "  Kind  . . .   [          ]\n"
	    "  Note  . . .   [                                        ]\n\n");
	ENDS();
}

static void two_columns_where_there_is_room(void)
{
	char line[200];

	make();
	snprintf(line, sizeof(line), "%s", shown(130, 6));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "No."));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "Name"));
	CU_ASSERT(strstr(line, "Name") - strstr(line, "No.") > 50);
	ENDS();
}

static void a_tall_form_scrolls_to_the_cursor(void)
{
	make();
	CU_ASSERT_PTR_NOT_NULL(strstr(shown(60, 3), "> Name"));
	CU_ASSERT_PTR_NULL(strstr(shown(60, 3), "Note"));
	for (int i = 0; i < 4; i++)
		press("Tab");
	CU_ASSERT_PTR_NOT_NULL(strstr(shown(60, 3), "> Note"));
	CU_ASSERT_PTR_NULL(strstr(shown(60, 3), "Name"));
	press("Tab");
	CU_ASSERT_PTR_NOT_NULL(strstr(shown(60, 3), "> Name"));
	ENDS();
}

TESTS("test_form", T(the_cursor_skips_what_cannot_be_typed), T(what_differs_is_dirty),
    T(a_wrong_value_stops_only_the_saving), T(letters_of_another_layout_do_not_spoil_numbers),
    T(a_choice_is_taken_from_its_list), T(any_keys_leave_what_the_model_has),
    T(one_column_with_an_error_under_its_field), T(two_columns_where_there_is_room), T(a_tall_form_scrolls_to_the_cursor))
