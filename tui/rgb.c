#include "config.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "tui/rgb.h"

static struct { bool on; unsigned colour[RGB_MOST]; int n; } rgb;

/* ---- which terminals ---- */

static bool wanted(void)
{
	const char *says = getenv("COLORTERM");
	const char *setaf = tigetstr("setaf");

	return says && (strcmp(says, "truecolor") == 0 || strcmp(says, "24bit") == 0) && tigetnum("colors") == RGB_FIRST &&
	    setaf && setaf != (char *)-1 && strstr(setaf, "38;5;") != NULL;
}

/*
 * What sets colour %p1: as before below 256, else by red, green, blue. These come from the 26 variables of terminfo
 * (%gA…%gZ) that live as long as the terminal, because the string itself cannot change after newterm().
 */
static char *setter(const char *plain, int sgr)
{
	static const char unpack[] = "%{65536}%/%d;%ga%{256}%/%{255}%&%d;%ga%{255}%&%d";
	struct strbuf out = { 0 };

	strbuf_printf(&out, "%%?%%p1%%{%d}%%<%%t%s%%e\033[%d;2;%%{0}%%Pa", RGB_FIRST, plain, sgr);
	for (int i = 0; i < RGB_MOST; i++)
		strbuf_printf(&out, "%%?%%p1%%{%d}%%=%%t%%g%c%%Pa%%;", RGB_FIRST + i, 'A' + i);
	strbuf_printf(&out, "%%ga%sm%%;", unpack);
	return strbuf_steal(&out);
}

/* ---- a compiled description, see term(5) ---- */

static void put16(struct strbuf *out, int n)
{
	char bytes[2] = { (char)(n & 0xff), (char)(n >> 8 & 0xff) };

	strbuf_add(out, bytes, sizeof(bytes));
}

static void put_strings(struct strbuf *out, struct strbuf *table, char *const *strings, int n)
{
	for (int i = 0; i < n; i++) {
		const char *s = strings[i];

		put16(out, !s ? -1 : s == (char *)-1 ? -2 : (int)table->len);
		if (s && s != (char *)-1)
			strbuf_add(table, s, strlen(s) + 1);
	}
}

/* Capabilities outside the standard set stay behind: curses draws without them. */
static void compile(const TERMTYPE *t, struct strbuf *out)
{
	int bools = t->num_Booleans - t->ext_Booleans, numbers = t->num_Numbers - t->ext_Numbers;
	int strings = t->num_Strings - t->ext_Strings;
	struct strbuf offsets = { 0 }, table = { 0 };
	size_t name = strlen(t->term_names) + 1;

	put_strings(&offsets, &table, t->Strings, strings);
	put16(out, 0432);
	put16(out, (int)name);
	put16(out, bools);
	put16(out, numbers);
	put16(out, strings);
	put16(out, (int)table.len);
	strbuf_add(out, t->term_names, name);
	for (int i = 0; i < bools; i++)
		strbuf_add(out, t->Booleans[i] == 1 ? "\1" : "\0", 1);
	if (out->len % 2)
		strbuf_add(out, "\0", 1);
	for (int i = 0; i < numbers; i++)
		put16(out, t->Numbers[i]);
	strbuf_add(out, offsets.s, offsets.len);
	strbuf_add(out, table.s, table.len);
	strbuf_free(&offsets);
	strbuf_free(&table);
}

char *rgb_terminfo(void)
{
	char *fore, *back, *old_fore = set_a_foreground, *old_back = set_a_background, *value;
	struct strbuf entry = { 0 };

	if (!wanted() || !old_back || old_back == (char *)-1)
		return NULL;
	fore = set_a_foreground = setter(old_fore, 38);
	back = set_a_background = setter(old_back, 48);
	max_colors = RGB_FIRST + RGB_MOST;
	compile(&cur_term->type, &entry);
	set_a_foreground = old_fore;
	set_a_background = old_back;
	max_colors = RGB_FIRST;
	free(fore);
	free(back);
	value = xmalloc(sizeof("b64:") + 4 * (entry.len / 3 + 1));
	memcpy(value, "b64:", 4);
	EVP_EncodeBlock((unsigned char *)value + 4, (const unsigned char *)entry.s, (int)entry.len);
	strbuf_free(&entry);
	return value;
}

/* ---- the colours ---- */

void rgb_begin(bool on)
{
	rgb.on = on && COLORS >= RGB_FIRST + RGB_MOST;
	rgb.n = 0;
}

short term_rgb(unsigned colour)
{
	char keep[] = "%p1%PA";

	for (int i = 0; i < rgb.n; i++)
		if (rgb.colour[i] == colour)
			return (short)(RGB_FIRST + i);
	if (!rgb.on || rgb.n == RGB_MOST)
		return -1;
	keep[5] = (char)('A' + rgb.n);
	tparm(keep, (long)colour, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L);
	rgb.colour[rgb.n] = colour;
	return (short)(RGB_FIRST + rgb.n++);
}
