/*
 * What the themes look like to eyes: contrast (WCAG 2), the heat ramp's lightness and the distance of its steps (CIE
 * Lab) in normal, protan, deutan and tritan vision (Machado 2009, severity 1), and that no meaning rests on colour.
 */
#include "config.h"

#include <math.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "tests/cunit.h"
#include "tui/app.h"
#include "tui/heat.h"
#include "tui/term.h"

enum { CONTRAST_LEAST = 45, DISTANCE_LEAST = 15 }; /* tenths; Lab */

static const char *const TOKENS[] = {
#define X(id, name) name,
	THEME_TOKENS(X)
#undef X
};
static const enum colours RUNGS[] = { COLOURS_TRUE, COLOURS_256, COLOURS_16, COLOURS_8 };

/* ---- colour arithmetic ---- */

static double linear(int v)
{
	double c = v / 255.0;

	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static void linear_rgb(int colour, double out[3])
{
	int rgb[3];

	theme_rgb(colour, rgb);
	for (int i = 0; i < 3; i++)
		out[i] = linear(rgb[i]);
}

static double luminance(int colour)
{
	double c[3];

	linear_rgb(colour, c);
	return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
}

static double contrast(int a, int b)
{
	double la = luminance(a), lb = luminance(b);

	return la > lb ? (la + 0.05) / (lb + 0.05) : (lb + 0.05) / (la + 0.05);
}

enum vision { NORMAL, PROTAN, DEUTAN, TRITAN, VISIONS };
static const char *const VISION[] = { "normal", "protan", "deutan", "tritan" };
static const double SEEN[VISIONS][3][3] = {
	[NORMAL] = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } },
	[PROTAN] = { { 0.152286, 1.052583, -0.204868 }, { 0.114503, 0.786281, 0.099216 }, { -0.003882, -0.048116, 1.051998 } },
	[DEUTAN] = { { 0.367322, 0.860646, -0.227968 }, { 0.280085, 0.672501, 0.047413 }, { -0.011820, 0.042940, 0.968881 } },
	[TRITAN] = { { 1.255528, -0.076749, -0.178779 }, { -0.078411, 0.930809, 0.147602 }, { 0.004733, 0.691367, 0.303900 } },
};

static double lab_root(double t)
{
	return t > 216.0 / 24389.0 ? cbrt(t) : (24389.0 / 27.0 * t + 16.0) / 116.0;
}

static void lab(int colour, enum vision v, double out[3])
{
	double c[3], s[3], x, y, z;

	linear_rgb(colour, c);
	for (int i = 0; i < 3; i++)
		s[i] = fmin(1, fmax(0, SEEN[v][i][0] * c[0] + SEEN[v][i][1] * c[1] + SEEN[v][i][2] * c[2]));
	x = lab_root((0.4124564 * s[0] + 0.3575761 * s[1] + 0.1804375 * s[2]) / 0.95047);
	y = lab_root(0.2126729 * s[0] + 0.7151522 * s[1] + 0.0721750 * s[2]);
	z = lab_root((0.0193339 * s[0] + 0.1191920 * s[1] + 0.9503041 * s[2]) / 1.08883);
	out[0] = 116 * y - 16;
	out[1] = 500 * (x - y);
	out[2] = 200 * (y - z);
}

static double distance(int a, int b, enum vision v)
{
	double p[3], q[3];

	lab(a, v, p);
	lab(b, v, q);
	return sqrt((p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1]) + (p[2] - q[2]) * (p[2] - q[2]));
}

/* The figures that the field knows: they would show a mistake in the arithmetic above. */
static void arithmetic(void)
{
	static const int cividis[] = { 0x00204D, 0x39486B, 0x707173, 0xC4B56C, 0xFFEA46 };
	static const int least[VISIONS] = { 20, 19, 20, 16 };

	CU_ASSERT_DOUBLE_EQUAL(contrast(16, 231), 21, 0.01);
	CU_ASSERT_DOUBLE_EQUAL(contrast(LOOK_RGB | 0x767676, 231), 4.54, 0.01);
	for (int v = 0; v < VISIONS; v++) {
		double min = 1000;

		for (int i = 0; i < 4; i++)
			min = fmin(min, distance(LOOK_RGB | cividis[i], LOOK_RGB | cividis[i + 1], (enum vision)v));
		CU_ASSERT_EQUAL(lround(min), least[v]);
	}
}

/* ---- every theme, every rung ---- */

static void each(void (*check)(const char *theme, enum colours rung))
{
	const char *name, *text;
	struct err e;

	for (int i = 0; theme_builtin(i, &name, &text); i++)
		for (size_t r = 0; r < ARRAY_LEN(RUNGS); r++) {
			CU_ASSERT_FATAL(theme_parse(text, name, &e));
			theme_apply(RUNGS[r]);
			check(name, RUNGS[r]);
		}
	theme_load(NULL, NULL);
}

/* What stands for "default": the terminals that the theme is made for. As text, as background. */
static const int GROUNDS[][2][2] = {
	[THEME_ANY] = { { 16, 231 }, { 16, 231 } },
	[THEME_DARK] = { { 231, 252 }, { 16, 236 } },
	[THEME_LIGHT] = { { 16, 16 }, { 231, 255 } },
};

static double least_contrast(int fg, int bg)
{
	const int (*ground)[2] = GROUNDS[theme_background()];
	double min = 1000;

	if (fg < 0 && bg < 0)
		return min; /* the terminal's own */
	for (int i = 0; i < 2; i++)
		min = fmin(min, contrast(fg < 0 ? ground[0][i] : fg, bg < 0 ? ground[1][i] : bg));
	return min;
}

static void check_contrast(const char *theme, enum colours rung)
{
	for (int t = 0; t < TOK_COUNT; t++) {
		struct look l = theme_look((enum token)t);
		int fg = l.attrs & LOOK_REVERSE ? l.bg : l.fg, bg = l.attrs & LOOK_REVERSE ? l.fg : l.bg;
		double c = least_contrast(fg, bg);

		if (l.attrs & LOOK_BOLD && fg >= 0 && fg < 8) /* many terminals make it bright */
			c = fmin(c, least_contrast(fg + 8, bg));
		if (c * 10 < CONTRAST_LEAST)
			fprintf(stderr, "theme %s, %d colours, %s: contrast %.1f\n", theme, (int)rung, TOKENS[t], c);
		CU_ASSERT(c * 10 >= CONTRAST_LEAST);
	}
}

static void text_can_be_read(void)
{
	each(check_contrast);
}

static void check_ramp(const char *theme, enum colours rung)
{
	int bg[5], up = 0, steps = 0;

	for (int i = 0; i < 5; i++)
		bg[i] = theme_look((enum token)(TOK_HEAT0 + i)).bg;
	if (bg[0] < 0)
		return; /* this rung shows the steps by glyph and bold */
	for (int i = 0; i + 1 < 5; i++) {
		double a[3], b[3];

		lab(bg[i], NORMAL, a);
		lab(bg[i + 1], NORMAL, b);
		up += b[0] > a[0];
		steps++;
		for (int v = 0; v < VISIONS; v++) {
			double d = distance(bg[i], bg[i + 1], (enum vision)v);

			if (d < DISTANCE_LEAST)
				fprintf(stderr, "theme %s, %d colours, steps %d and %d, %s: %.1f\n", theme, (int)rung, i, i + 1,
				    VISION[v], d);
			CU_ASSERT(d >= DISTANCE_LEAST);
		}
	}
	CU_ASSERT(up == 0 || up == steps);
}

static void heat_steps_are_apart(void)
{
	each(check_ramp);
}

/* Good, warning and error, where each has a background of its own, are apart for everybody. */
static void check_verdicts(const char *theme, enum colours rung)
{
	static const enum token sets[][3] = { { TOK_CHIP_OK, TOK_CHIP_WARN, TOK_CHIP_BAD }, { TOK_GOOD, TOK_WARNING, TOK_ERROR } };
	bool few = rung < COLOURS_256 && strcmp(theme, "colourblind") != 0; /* green and red are all there is */

	for (size_t i = 0; i < ARRAY_LEN(sets); i++)
		for (int a = 0; a < 3; a++)
			for (int b = a + 1; b < 3; b++)
				for (int v = 0; v < VISIONS; v++) {
					int p = theme_look(sets[i][a]).bg, q = theme_look(sets[i][b]).bg;

					CU_ASSERT(few || p < 0 || q < 0 || distance(p, q, (enum vision)v) >= DISTANCE_LEAST);
				}
}

static void verdicts_are_apart(void)
{
	each(check_verdicts);
}

/* ---- without any colour ---- */

/* What says the same where there is no colour: a glyph or a word that is always there. "" = the attributes do. */
static const struct { enum token token; int group; const char *carrier; } CARRIERS[] = {
	{ TOK_ROW, 1, " " }, { TOK_ROW_CURSOR, 1, "▸ marker" }, { TOK_ROW_MARKED, 1, "* mark" },
	{ TOK_TAB, 2, "blanks around" }, { TOK_TAB_ACTIVE, 2, "[brackets]" },
	{ TOK_CHIP_OK, 3, "ONLINE" }, { TOK_CHIP_WARN, 3, "reconnecting…, SLOW" }, { TOK_CHIP_BAD, 3, "REFUSED" },
	{ TOK_FRAME, 4, "" }, { TOK_FRAME_FOCUS, 4, "" },
	{ TOK_ERROR, 5, "code and sentence" }, { TOK_WARNING, 5, "sentence" }, { TOK_GOOD, 5, "sentence of success" },
	{ TOK_HEAT0, 6, "-" }, { TOK_HEAT1, 6, "░" }, { TOK_HEAT2, 6, "▒" }, { TOK_HEAT3, 6, "▓" }, { TOK_HEAT4, 6, "█" },
	{ TOK_HEAT_CURSOR, 6, "[ ]" },
};

static void nothing_by_colour_alone(void)
{
	const char *name, *text;
	struct err e;

	for (int n = 0; theme_builtin(n, &name, &text); n++) {
		CU_ASSERT_FATAL(theme_parse(text, name, &e));
		theme_apply(COLOURS_MONO);
		for (size_t i = 0; i < ARRAY_LEN(CARRIERS); i++)
			for (size_t j = i + 1; j < ARRAY_LEN(CARRIERS); j++) {
				bool worded = CARRIERS[i].carrier[0] && strcmp(CARRIERS[i].carrier, CARRIERS[j].carrier) != 0;
				bool looks = theme_look(CARRIERS[i].token).attrs != theme_look(CARRIERS[j].token).attrs;

				CU_ASSERT(CARRIERS[i].group != CARRIERS[j].group || worded || looks);
			}
	}
	theme_load(NULL, NULL);
}

/* The heat map as it is drawn: a glyph of its own for each step and for nothing, in both glyph sets. */
static int one(void *ctx) { (void)ctx; return 1; }
static int six(void *ctx) { (void)ctx; return 6; }
static void row_title(void *ctx, int row, struct strbuf *out) { (void)ctx; (void)row; strbuf_puts(out, "row"); }
static void col_title(void *ctx, int col, char buf[static 8]) { (void)ctx; snprintf(buf, 8, "%d", col); }

static int value(void *ctx, int row, int col)
{
	static const int values[] = { HEAT_EMPTY, 0, 3999, 6999, 9999, 10000 };

	(void)ctx;
	(void)row;
	return values[col];
}

static void glyphs_differ(void)
{
	static const struct heat_source source = { one, six, row_title, col_title, value };

	CU_ASSERT_FATAL(term_open_headless(80, 24, NULL));
	theme_apply(COLOURS_MONO);
	for (int ascii = 0; ascii < 2; ascii++) {
		struct heat h = { .source = &source };
		struct strbuf dump = { 0 };
		char cells[6][8] = { "" };
		int n = 0;

		heat_draw(&h, canvas_sub(draw_begin(ascii), 0, 0, 5, 80), false);
		draw_dump(&dump, false);
		char *line = strstr(dump.s, "row");
		line[strcspn(line, "\n")] = '\0';
		for (char *w = strtok(line + 3, " "); w && n < 6; w = strtok(NULL, " "))
			snprintf(cells[n++], sizeof(cells[0]), "%s", w);
		CU_ASSERT_EQUAL(n, 6);
		for (int i = 0; i < n; i++)
			for (int j = i + 1; j < n; j++)
				CU_ASSERT(strcmp(cells[i], cells[j]) != 0);
		strbuf_free(&dump);
	}
	draw_end();
	term_close();
}

TESTS("looks", T(arithmetic), T(text_can_be_read), T(heat_steps_are_apart), T(verdicts_are_apart),
    T(nothing_by_colour_alone), T(glyphs_differ))
