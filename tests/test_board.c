#include "config.h"

#include "tests/cunit.h"
#include "tui/board.h"
#include "tui/term.h"

static int ncards[BOARD_MOST];
static int64_t beyond_below;
static int wanted_col, wanted_card;
static struct strbuf dump;

static int cards(void *ctx, int col)
{
	(void)ctx;
	return ncards[col];
}

static int64_t count(void *ctx, int col)
{
	(void)ctx;
	return ncards[col] + beyond_below;
}

static void line(void *ctx, int col, int card, int l, struct board_text *t)
{
	(void)ctx;
	strbuf_printf(&t->left, l == 0 ? "card %c%d" : "some guest", 'A' + col, card);
	if (l == 1)
		strbuf_printf(&t->right, "%d k", card);
}

static const char *mark(void *ctx, int col, int card)
{
	(void)ctx;
	return col == 0 && card == 1 ? "*" : "";
}

static void want(void *ctx, int col, int card, int page)
{
	(void)ctx;
	(void)page;
	wanted_col = col;
	wanted_card = card;
}

static int64_t beyond(void *ctx, int col, bool below)
{
	(void)ctx;
	(void)col;
	return below ? beyond_below : 0;
}

static const struct board_source SOURCE = {
	.cards = cards, .count = count, .line = line, .mark = mark, .want = want, .beyond = beyond,
};

static struct board made(int n, int each)
{
	static const char *const TITLES[BOARD_MOST] = {
		"HOLD", "CONFIRMED", "HERE", "DONE", "GONE", "AWAY", "LATE", "EIGHT", "NINE",
	};
	struct board b = { .ncolumns = n, .lines = 2, .source = &SOURCE, .empty = "none" };

	for (int i = 0; i < n; i++) {
		b.columns[i].title = TITLES[i];
		ncards[i] = each;
	}
	beyond_below = 0;
	return b;
}

static const char *shown(struct board *b, int w, int h)
{
	struct err e = { 0 };

	CU_ASSERT_FATAL(term_open_headless(w, h, &e));
	theme_apply(COLOURS_MONO);
	board_draw(b, draw_begin(true), true);
	draw_end();
	strbuf_clear(&dump);
	draw_dump(&dump, false);
	term_close();
	return strbuf_str(&dump);
}

static void columns_side_by_side(void)
{
	struct board b = made(2, 3);

	b.gap = 1;
	b.columns[0].limit = 2;
	ncards[1] = 0;
	CU_ASSERT_STRING_EQUAL(shown(&b, 41, 8),
	    "+- 1 HOLD 3 of 2 ! -++- 2 CONFIRMED 0 --+\n"
	    "|> card A0          ||  none            |\n"
	    "|  some guest   0 k ||                  |\n"
	    "|                   ||                  |\n"
	    "| *card A1          ||                  |\n"
	    "|  some guest   1 k ||                  |\n"
	    "|                   ||                  |\n"
	    "+- ~ 1 more --------++------------------+\n");
	strbuf_free(&dump);
}

static void narrow_is_one_column(void)
{
	struct board b = made(4, 1);

	b.col = 1;
	CU_ASSERT_STRING_EQUAL(shown(&b, 60, 5),
	    "+- 2 CONFIRMED 1 ------------------------------------------+\n"
	    "|> card B0                                                 |\n"
	    "|  some guest                                          0 k |\n"
	    "+----------------------------------------------------------+\n"
	    " 1 HOLD 1  [2 CONFIRMED 1]  3 HERE 1  4 DONE 1\n");
	CU_ASSERT_STRING_EQUAL(shown(&b, 24, 5),
	    "+- 2 CONFIRMED 1 ------+\n"
	    "|> card B0             |\n"
	    "|  some guest      0 k |\n"
	    "+----------------------+\n"
	    " 1:1 [2:1] 3:1 4:1\n");
	strbuf_free(&dump);
}

static void folded_in_a_line(void)
{
	struct board b = made(4, 1);

	board_fold(&b, 2);
	board_fold(&b, 3);
	CU_ASSERT_PTR_NOT_NULL(strstr(shown(&b, 34, 5), "\n 3 HERE 1  4 DONE 1\n"));
	CU_ASSERT_EQUAL(board_jump(&b, 3), R_REDRAW);
	CU_ASSERT_EQUAL(b.col, 3);
	CU_ASSERT(!b.columns[3].folded);
	CU_ASSERT_EQUAL(board_fold(&b, 3), R_REDRAW);
	CU_ASSERT_EQUAL(b.col, 1);
	board_fold(&b, 0);
	CU_ASSERT_EQUAL(board_fold(&b, 1), R_HANDLED); /* the last one stays */
	CU_ASSERT_EQUAL(board_jump(&b, 4), R_NONE);
	strbuf_free(&dump);
}

static void clicks_find_cards(void)
{
	struct board b = made(2, 3);
	int col, card;

	shown(&b, 40, 6);
	CU_ASSERT(board_hit(&b, 3, 25, &col, &card));
	CU_ASSERT_EQUAL(col, 1);
	CU_ASSERT_EQUAL(card, 1);
	CU_ASSERT(board_hit(&b, 0, 2, &col, &card));
	CU_ASSERT_EQUAL(card, -1);
	CU_ASSERT(!board_hit(&b, 6, 2, &col, &card));
	strbuf_free(&dump);
}

/* Within a page a move changes two cells: the marker goes, the marker comes. */
static void a_move_repaints_two_markers(void)
{
	struct board b = made(3, 4);
	char *before;
	int cells;

	b.lines = 3;
	before = strdup(shown(&b, 80, 20));
	for (int move = BOARD_RIGHT; move <= BOARD_DOWN; move += 2) {
		board_move(&b, move);
		shown(&b, 80, 20);
		CU_ASSERT_EQUAL_FATAL(strlen(before), strlen(dump.s));
		cells = 0;
		for (size_t i = 0; before[i]; i++)
			cells += before[i] != dump.s[i];
		CU_ASSERT_EQUAL(cells, 2);
		free(before);
		before = strdup(dump.s);
	}
	free(before);
	strbuf_free(&dump);
}

/* A page less a card at a time: on a long column two keys of three scroll nothing. */
static void scrolls_by_pages(void)
{
	struct board b = made(1, 100);
	int scrolled = 0;

	shown(&b, 40, 12); /* five cards */
	CU_ASSERT_EQUAL(b.page, 5);
	for (int i = 0; i < 99; i++) {
		int top = b.columns[0].top;

		board_move(&b, BOARD_DOWN);
		scrolled += b.columns[0].top != top;
	}
	CU_ASSERT_EQUAL(b.columns[0].cursor, 99);
	CU_ASSERT(scrolled <= 33);
	CU_ASSERT_EQUAL(board_move(&b, BOARD_DOWN), R_HANDLED);
	strbuf_free(&dump);
}

/* ---- generated boards against a model: the cursor of each column as a bare number ---- */

struct model { int col, cursor[BOARD_MOST]; bool folded[BOARD_MOST]; };

static int model_next(const struct model *m, int n, int step)
{
	for (int i = m->col + step; i >= 0 && i < n; i += step)
		if (!m->folded[i])
			return i;
	return m->col;
}

static void model_move(struct model *m, const struct board *b, int move)
{
	int *at = &m->cursor[m->col], last = ncards[m->col] - 1;

	switch (move) {
	case BOARD_LEFT: m->col = model_next(m, b->ncolumns, -1); return;
	case BOARD_RIGHT: m->col = model_next(m, b->ncolumns, 1); return;
	case BOARD_UP: *at -= 1; break;
	case BOARD_DOWN: *at += 1; break;
	case BOARD_PGUP: *at -= b->page; break;
	case BOARD_PGDN: *at += b->page; break;
	case BOARD_HOME: *at = 0; break;
	case BOARD_END: *at = last; break;
	}
	*at = *at > last ? last : *at;
	*at = *at < 0 ? 0 : *at;
}

static void model_settle(struct model *m, int n)
{
	for (int i = 0; i < n; i++) {
		m->cursor[i] = m->cursor[i] >= ncards[i] ? ncards[i] - 1 : m->cursor[i];
		m->cursor[i] = m->cursor[i] < 0 ? 0 : m->cursor[i];
	}
}

static void one_step(struct board *b, struct model *m)
{
	int col = (int)test_below((uint32_t)b->ncolumns), open = 0;

	switch (test_below(12)) {
	case 0:
		ncards[col] = (int)test_below(30);
		board_settle(b);
		model_settle(m, b->ncolumns);
		break;
	case 1:
		board_jump(b, col);
		m->folded[col] = false;
		m->col = col;
		break;
	case 2:
		for (int i = 0; i < b->ncolumns; i++)
			open += !m->folded[i];
		if (open > 1 && !m->folded[col] && col != m->col) {
			board_fold(b, col);
			m->folded[col] = true;
		}
		break;
	default: {
		int move = (int)test_below(8);

		board_move(b, move);
		model_move(m, b, move);
		CU_ASSERT_EQUAL(wanted_col, b->col);
		CU_ASSERT_EQUAL(wanted_card, b->columns[b->col].cursor);
	}
	}
}

static void check(const struct board *b, const struct model *m)
{
	CU_ASSERT_EQUAL(b->col, m->col);
	for (int i = 0; i < b->ncolumns; i++) {
		const struct board_column *k = &b->columns[i];

		CU_ASSERT_EQUAL(k->cursor, m->cursor[i]);
		CU_ASSERT_EQUAL(k->folded, m->folded[i]);
		CU_ASSERT(k->top >= 0 && k->top <= k->cursor && k->cursor < k->top + b->page);
	}
}

/* Whatever stands on it, a board draws exactly one marker, and its frames end where the canvas ends. */
static void check_drawn(struct board *b, int w, int h)
{
	const char *text = shown(b, w, h);
	int markers = 0, lines = 0;

	for (const char *s = text; *s; s++) {
		markers += *s == '>';
		lines += *s == '\n';
	}
	CU_ASSERT_EQUAL(markers, 1);
	CU_ASSERT_EQUAL(lines, h);
	for (int i = 0; i < b->ncolumns; i++)
		CU_ASSERT(b->columns[i].at.x + b->columns[i].at.w <= w);
	CU_ASSERT(b->columns[b->col].at.w > 0);
}

static void generated_boards(void)
{
	for (int round = 0; round < test_count(40); round++) {
		struct board b = made(1 + (int)test_below(BOARD_MOST), 0);
		struct model m = { 0 };
		int w = 20 + (int)test_below(181), h = 8 + (int)test_below(40);

		b.lines = 1 + (int)test_below(4);
		b.gap = (int)test_below(2);
		for (int i = 0; i < b.ncolumns; i++)
			ncards[i] = (int)test_below(30);
		check_drawn(&b, w, h);
		for (int i = 0; i < 300; i++) {
			one_step(&b, &m);
			check(&b, &m);
			if (i % 50 == 0)
				check_drawn(&b, w, h);
		}
	}
	strbuf_free(&dump);
}

TESTS("board", T(columns_side_by_side), T(narrow_is_one_column), T(folded_in_a_line), T(clicks_find_cards),
    T(a_move_repaints_two_markers), T(scrolls_by_pages), T(generated_boards))
