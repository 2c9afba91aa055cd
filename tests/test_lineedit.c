#include "config.h"

#include "tests/cunit.h"
#include "tui/lineedit.h"
#include "tui/term.h"

static struct key named(const char *name)
{
	struct key k = { 0 };

	CU_ASSERT_PTR_NOT_NULL(key_parse(name, &k));
	return k;
}

static void typed_text_stands_at_the_cursor(void)
{
	struct lineedit l = { 0 };

	lineedit_set(&l, "ab\ncd");
	CU_ASSERT_STRING_EQUAL(lineedit_text(&l), "ab^Jcd");
	CU_ASSERT_EQUAL(l.cursor, 6);
	CU_ASSERT_EQUAL(lineedit_key(&l, named("Home")), LINEEDIT_MOVED);
	CU_ASSERT_EQUAL(lineedit_key(&l, named("x")), LINEEDIT_CHANGED);
	CU_ASSERT_EQUAL(lineedit_key(&l, named("C-e")), LINEEDIT_MOVED);
	CU_ASSERT_EQUAL(lineedit_key(&l, named("C-w")), LINEEDIT_CHANGED);
	CU_ASSERT_STRING_EQUAL(lineedit_text(&l), "");
	CU_ASSERT_EQUAL(lineedit_key(&l, named("F2")), LINEEDIT_NONE);
	CU_ASSERT_EQUAL(lineedit_key(&l, named("Up")), LINEEDIT_NONE);
	lineedit_free(&l);
}

static void a_full_line_takes_no_more(void)
{
	struct lineedit l = { .most = 3 };

	for (const char *s = "abcdef"; *s; s++)
		lineedit_key(&l, (struct key){ (uint32_t)*s, 0 });
	CU_ASSERT_STRING_EQUAL(lineedit_text(&l), "abc");
	CU_ASSERT_EQUAL(lineedit_key(&l, (struct key){ 'x', 0 }), LINEEDIT_MOVED);
	CU_ASSERT_EQUAL(lineedit_key(&l, named("Backspace")), LINEEDIT_CHANGED);
	CU_ASSERT_EQUAL(lineedit_key(&l, (struct key){ 0x44f, 0 }), LINEEDIT_MOVED); /* two bytes do not fit in one */
	lineedit_free(&l);
}

static void marks_go_with_their_letter(void)
{
	struct lineedit l = { 0 };

	lineedit_set(&l, "éx");
	lineedit_key(&l, named("Home"));
	lineedit_key(&l, named("Right"));
	CU_ASSERT_EQUAL(l.cursor, 3);
	lineedit_key(&l, named("Backspace"));
	CU_ASSERT_STRING_EQUAL(lineedit_text(&l), "x");
	lineedit_free(&l);
}

/* ---- generated keys against a model: an array of letters and a place in it ---- */

enum { MODEL_MOST = 64 };

struct model { uint32_t letters[MODEL_MOST]; int n, at; };

static void model_cut(struct model *m, int from, int to)
{
	memmove(m->letters + from, m->letters + to, (size_t)(m->n - to) * sizeof(m->letters[0]));
	m->n -= to - from;
	m->at = from;
}

static void model_insert(struct model *m, uint32_t letter)
{
	memmove(m->letters + m->at + 1, m->letters + m->at, (size_t)(m->n - m->at) * sizeof(m->letters[0]));
	m->letters[m->at++] = letter;
	m->n++;
}

static int model_word(const struct model *m)
{
	int at = m->at;

	while (at > 0 && m->letters[at - 1] == ' ')
		at--;
	while (at > 0 && m->letters[at - 1] != ' ')
		at--;
	return at;
}

static const char *const KEYS[] = {
	"Left", "Right", "Home", "End", "Backspace", "Delete", "C-a", "C-e", "C-b", "C-f", "C-d", "C-k", "C-u", "C-w",
};

static void model_key(struct model *m, unsigned key)
{
	switch (key) {
	case 0: case 8: m->at -= m->at > 0; break;
	case 1: case 9: m->at += m->at < m->n; break;
	case 2: case 6: m->at = 0; break;
	case 3: case 7: m->at = m->n; break;
	case 4: model_cut(m, m->at - (m->at > 0), m->at); break;
	case 5: case 10: model_cut(m, m->at, m->at + (m->at < m->n)); break;
	case 11: model_cut(m, m->at, m->n); break;
	case 12: model_cut(m, 0, m->n); break;
	case 13: model_cut(m, model_word(m), m->at); break;
	}
}

static bool agrees(const struct model *m, const struct lineedit *l)
{
	const char *s = lineedit_text(l);

	for (int i = 0; i < m->n; i++) {
		if (i == m->at && (size_t)(s - lineedit_text(l)) != l->cursor)
			return false;
		if ((uint32_t)text_next(&s) != m->letters[i])
			return false;
	}
	return *s == '\0' && (m->at < m->n || l->cursor == l->text.len);
}

static void any_keys_do_what_the_model_does(void)
{
	static const uint32_t LETTERS[] = { 'a', 'z', '7', ' ', 0x416, 0x4d9, 0x4e2d, 0x1f600 };

	for (int round = 0; round < test_count(200); round++) {
		struct lineedit l = { 0 };
		struct model m = { .n = 0 };

		for (int i = 0; i < 100; i++) {
			if (test_below(2) && m.n < MODEL_MOST) {
				uint32_t letter = LETTERS[test_below(8)];

				lineedit_key(&l, (struct key){ letter, 0 });
				model_insert(&m, letter);
			} else {
				unsigned key = test_below(14);

				lineedit_key(&l, named(KEYS[key]));
				model_key(&m, key);
			}
			CU_ASSERT_FATAL(agrees(&m, &l));
		}
		lineedit_free(&l);
	}
}

/* A letter with its mark is one dot; nothing of the text is on the screen. */
static void a_secret_is_dots(void)
{
	struct lineedit l = { .secret = true };
	struct strbuf seen = { 0 };
	struct err e = { 0 };
	int y, x;

	CU_ASSERT_FATAL(term_open_headless(20, 3, &e));
	theme_apply(COLOURS_MONO);
	lineedit_set(&l, "páЯ");
	lineedit_key(&l, named("Left"));
	CU_ASSERT_EQUAL(lineedit_draw(&l, draw_begin(true), TOK_TEXT, true), 3);
	draw_end();
	draw_dump(&seen, false);
	CU_ASSERT_EQUAL(strncmp(strbuf_str(&seen), "***\n", 4), 0);
	CU_ASSERT(draw_cursor_at(&y, &x) && y == 0 && x == 2);
	CU_ASSERT_STRING_EQUAL(lineedit_text(&l), "páЯ");
	strbuf_free(&seen);
	lineedit_free(&l);
	term_close();
}

TESTS("test_lineedit", T(typed_text_stands_at_the_cursor), T(a_full_line_takes_no_more),
    T(marks_go_with_their_letter), T(any_keys_do_what_the_model_does),
    T(a_secret_is_dots))
