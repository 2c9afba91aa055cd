#include "config.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <wchar.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "tests/cunit.h"
#include "tui/draw.h"
#include "tui/term.h"

static struct strbuf dump;

static struct canvas begin(int w, int h, bool ascii)
{
	struct err e = { 0 };

	i18n_init("en");
	CU_ASSERT_FATAL(term_open_headless(w, h, &e));
	theme_apply(COLOURS_256);
	return draw_begin(ascii);
}

static const char *shown(bool attrs)
{
	draw_end();
	strbuf_clear(&dump);
	draw_dump(&dump, attrs);
	return strbuf_str(&dump);
}

#define ENDS() do { term_close(); strbuf_free(&dump); } while (0)

static void text_is_clipped(void)
{
	struct canvas c = begin(12, 4, false), in;

	CU_ASSERT_EQUAL(draw_text(c, 0, 0, -1, TOK_TEXT, "0123456789abcdef"), 12);
	CU_ASSERT_EQUAL(draw_text(c, 1, 10, 5, TOK_TEXT, "xyz"), 2);
	CU_ASSERT_EQUAL(draw_text(c, 4, 0, -1, TOK_TEXT, "below"), 0);
	CU_ASSERT_EQUAL(draw_text(c, -1, 0, -1, TOK_TEXT, "above"), 0);
	in = canvas_sub(c, 2, 2, 9, 4);
	CU_ASSERT_EQUAL(in.h, 2);
	CU_ASSERT_EQUAL(draw_text(in, 0, 0, -1, TOK_TEXT, "abcdef"), 4);
	draw_text(in, 1, -2, -1, TOK_TEXT, "abcdef");
	CU_ASSERT_STRING_EQUAL(shown(false), "0123456789ab\n          xy\n  abcd\n  cdef\n");
	ENDS();
}

static void hostile_text_stays_in_its_cells(void)
{
	struct canvas c = begin(30, 6, false);

	draw_text(c, 0, 0, -1, TOK_TEXT, "a\033[31mb\nc\td\x07");
	draw_text(c, 1, 0, -1, TOK_TEXT, "\xff\xfe|");
	draw_text(c, 2, 0, -1, TOK_TEXT, "x\u202eevil\u200b|");
	draw_text(c, 3, 0, -1, TOK_TEXT, "日本語|e\u0301|");
	draw_text(c, 4, 28, -1, TOK_TEXT, "a日");
	draw_fit(c, 5, 0, 5, TEXT_LEFT, TOK_TEXT, "日本語");
	draw_text(c, 5, 5, -1, TOK_TEXT, "|");
	CU_ASSERT_STRING_EQUAL(shown(false),
	    "a^[[31mb^Jc^Id^G\n\ufffd\ufffd|\nx·evil·|\n日本語|e\u0301|\n                            a\n日本…|\n");
	ENDS();
}

static void fitting(void)
{
	struct canvas c = begin(20, 5, false);

	draw_fit(c, 0, 0, 6, TEXT_RIGHT, TOK_TEXT, "42");
	draw_text(c, 0, 6, -1, TOK_TEXT, "|");
	draw_fit(c, 1, 0, 6, TEXT_LEFT, TOK_TEXT, "Қазақстан");
	draw_text(c, 1, 6, -1, TOK_TEXT, "|");
	draw_fit(c, 2, 0, 6, TEXT_CENTRE, TOK_TEXT, "ab");
	draw_text(c, 2, 6, -1, TOK_TEXT, "|");
	draw_printf(c, 3, 1, TOK_TEXT, "%d %s", 7, "x");
	draw_fit(c, 4, 18, 6, TEXT_LEFT, TOK_TEXT, "abcd");
	CU_ASSERT_STRING_EQUAL(shown(false), "    42|\nҚазақ…|\n  ab  |\n 7 x\n                  ab\n");
	ENDS();
}

static void frames_and_bars(void)
{
	struct canvas c = begin(16, 6, false), in = draw_frame(canvas_sub(c, 0, 0, 4, 16), "Title", true);

	CU_ASSERT(in.y == 1 && in.x == 1 && in.h == 2 && in.w == 14);
	draw_hbar(in, 0, 0, 10, TOK_BAR, 55, 100);
	draw_hbar(in, 1, 0, 10, TOK_BAR, 1, 1000);
	draw_hbar(c, 4, 0, 10, TOK_BAR, 7, 0);
	draw_hbar(c, 5, 0, 4, TOK_BAR, 9, 3);
	CU_ASSERT_STRING_EQUAL(shown(false),
	    "┌─ Title ──────┐\n│█████▌        │\n│▌             │\n└──────────────┘\n\n████\n");
	ENDS();
}

static void ascii_rung(void)
{
	struct canvas c = begin(16, 4, true), in = draw_frame(canvas_sub(c, 0, 0, 3, 16), "T", false);

	draw_hbar(in, 0, 0, 8, TOK_BAR, 1, 2);
	draw_text(c, 3, 0, -1, TOK_TEXT, "Абай … · ▸ → «x»");
	CU_ASSERT_STRING_EQUAL(shown(false),
	    "+- T ----------+\n|####....      |\n+--------------+\nАбай ~ . > > \"x\"\n");
	CU_ASSERT(draw_ascii());
	ENDS();
}

static void styles_can_be_read_back(void)
{
	struct canvas c = begin(8, 2, false);

	draw_text(c, 0, 0, -1, TOK_TITLE, "ab");
	draw_text(c, 0, 3, -1, TOK_HEAT_CURSOR, "日");
	draw_fill(c, 1, 0, 1, 3, TOK_DIM);
	shown(true);
	CU_ASSERT_EQUAL(dump.s[0], draw_style_letter(TOK_TITLE));
	CU_ASSERT_EQUAL(dump.s[2], '.');
	CU_ASSERT_EQUAL(dump.s[3], draw_style_letter(TOK_HEAT_CURSOR));
	CU_ASSERT_EQUAL(dump.s[4], draw_style_letter(TOK_HEAT_CURSOR));
	CU_ASSERT_STRING_EQUAL(strchr(dump.s, '\n') + 1, "AAA\n");
	for (int a = 0; a < TOK_COUNT; a++)
		for (int b = 0; b < a; b++)
			CU_ASSERT(draw_style_letter((enum token)a) != draw_style_letter((enum token)b));
	ENDS();
}

/* One table of widths: curses moves on by what we reckon, whatever the terminal is like. */
static void curses_counts_as_we_do(void)
{
	static const unsigned modes[] = { 0, TEXT_WIDE_LINES, TEXT_WIDE_SIGNS, TEXT_WIDE_SIGNS | TEXT_WIDE_CYRILLIC, 7 };
	int signs = 0;

	begin(80, 24, false);
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		text_set_ambiguous(modes[i]);
		for (wchar_t c = 0xa0; c < 0x20000; c += 1 + (wchar_t)test_below(7)) {
			cchar_t cell;
			int y, x;

			if (wcwidth(c) < 1 || setcchar(&cell, (wchar_t[]){ c, 0 }, A_NORMAL, 0, NULL) != OK)
				continue;
			move(0, 0);
			add_wch(&cell);
			getyx(stdscr, y, x);
			if (y != 0 || x != text_cp_width((int)c))
				CU_FAIL("another width");
			signs++;
		}
	}
	CU_ASSERT(signs > 10000);
	text_set_ambiguous(TEXT_WIDE_SIGNS);
	CU_ASSERT(text_cp_width(L'Ж') == 2 && text_cp_width(L'Қ') == 1 && text_cp_width(L'─') == 1);
	text_set_ambiguous(TEXT_WIDE_CYRILLIC);
	CU_ASSERT(text_cp_width(L'Ж') == 2 && text_cp_width(L'Қ') == 2 && text_cp_width(L'─') == 1);
	text_set_ambiguous(TEXT_WIDE_LINES);
	CU_ASSERT(text_cp_width(L'Ж') == 1 && text_cp_width(L'─') == 2 && text_cp_width('a') == 1 && text_cp_width(0x301) == 0);
	text_set_ambiguous(0);
	ENDS();
}

static void wide_letters(void)
{
	struct canvas c = begin(12, 3, true);

	text_set_ambiguous(7);
	CU_ASSERT_EQUAL(draw_text(c, 0, 0, -1, TOK_TEXT, "Жаа…"), 8);
	draw_text(c, 0, 8, -1, TOK_TEXT, "|");
	draw_fit(c, 1, 0, 5, TEXT_LEFT, TOK_TEXT, "Абай");
	draw_text(c, 1, 5, -1, TOK_TEXT, "|");
	draw_frame(canvas_sub(c, 2, 0, 1, 4), NULL, false);
	CU_ASSERT_STRING_EQUAL(shown(false), "Жаа~ |\nАб~|\n\n");
	text_set_ambiguous(0);
	ENDS();
}

static void rows_can_be_found(void)
{
	struct canvas c = begin(20, 10, false);
	int below = -99;

	CU_ASSERT(!draw_row_at(0, 0, &below));
	draw_rows(canvas_sub(c, 2, 3, 4, 5), 1);
	CU_ASSERT(draw_row_at(2, 3, &below) && below == -1);
	CU_ASSERT(draw_row_at(5, 7, &below) && below == 2);
	CU_ASSERT(!draw_row_at(6, 3, &below) && !draw_row_at(2, 8, &below) && !draw_row_at(1, 3, &below));
	draw_begin(false);
	CU_ASSERT(!draw_row_at(2, 3, &below));
	ENDS();
}

/* Any bytes anywhere: every line of the screen has exactly its width. */
static void random_text(void)
{
	struct canvas c = begin(24, 8, false);

	for (int i = 0; i < test_count(3000); i++) {
		char text[40];
		int n = (int)test_below(sizeof(text) - 1);

		for (int b = 0; b < n; b++)
			text[b] = (char)(test_below(4) ? 1 + test_below(255) : 0xf0 + test_below(8));
		text[n] = '\0';
		c = draw_begin(test_below(2));
		draw_text(c, (int)test_below(8), (int)test_below(30) - 3, (int)test_below(30) - 1, TOK_TEXT, text);
		draw_fit(c, 2, 20, 4, TEXT_LEFT, TOK_ROW, text);
		draw_text(c, 2, 19, 1, TOK_TEXT, "|");
		draw_end();
	}
	CU_ASSERT_EQUAL(c.w, 24);
	ENDS();
}

TESTS("draw", T(text_is_clipped), T(hostile_text_stays_in_its_cells), T(fitting), T(frames_and_bars), T(ascii_rung),
    T(styles_can_be_read_back), T(random_text), T(curses_counts_as_we_do),
    T(wide_letters), T(rows_can_be_found))
