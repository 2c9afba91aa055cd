#include "config.h"

#include <curses.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "tui/theme.h"

enum level { L256, L16, L8, LMONO, LEVELS };

struct style { bool set; struct look look; };
struct theme { struct style styles[TOK_COUNT][LEVELS]; };

static const char *const TOKENS[] = {
#define X(id, name) name,
	THEME_TOKENS(X)
#undef X
};
static const char *const COLOUR_NAMES[] = { "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white" };
static const struct { const char *name; unsigned bit; } ATTRS[] = {
	{ "bold", LOOK_BOLD }, { "dim", LOOK_DIM }, { "underline", LOOK_UNDERLINE }, { "reverse", LOOK_REVERSE },
};
static const struct { const char *name, *text; } BUILTIN[] = {
#include "themes/builtin.inc"
};

static struct theme current;
static bool loaded;
static struct look looks[TOK_COUNT]; /* as applied */

/* ---- parsing ---- */

static int parse_colour(const char *w)
{
	int bright = strncmp(w, "bright-", 7) == 0 ? 8 : 0;
	char *end;
	long n;

	if (strcmp(w, "default") == 0)
		return -1;
	for (int i = 0; i < 8; i++)
		if (strcmp(w + (bright ? 7 : 0), COLOUR_NAMES[i]) == 0)
			return bright + i;
	n = strtol(w, &end, 10);
	return *w >= '0' && *w <= '9' && *end == '\0' && n >= 0 && n <= 255 ? (int)n : -2;
}

static unsigned attr_bit(const char *w)
{
	for (size_t i = 0; i < ARRAY_LEN(ATTRS); i++)
		if (strcmp(w, ATTRS[i].name) == 0)
			return ATTRS[i].bit;
	return 0;
}

static bool parse_look(char *words, struct look *l)
{
	enum { FG, AFTER_FG, BG, AFTER_BG } at = FG;
	char *save, *w;

	*l = (struct look){ .fg = -1, .bg = -1 };
	for (w = strtok_r(words, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
		int colour = parse_colour(w);

		if (attr_bit(w))
			l->attrs |= attr_bit(w);
		else if (strcmp(w, "on") == 0 && at < BG)
			at = BG;
		else if (colour < -1 || at == AFTER_FG || at == AFTER_BG)
			return false;
		else
			*(at++ == FG ? &l->fg : &l->bg) = (short)colour;
	}
	return at != BG; /* "on" and no colour */
}

static int parse_token(char *name, enum level *level)
{
	char *slash = strchr(name, '/');

	*level = L256;
	if (slash) {
		*slash++ = '\0';
		*level = strcmp(slash, "16") == 0 ? L16 : strcmp(slash, "8") == 0 ? L8 :
		    strcmp(slash, "mono") == 0 ? LMONO : LEVELS;
	}
	for (int i = 0; i < TOK_COUNT; i++)
		if (strcmp(name, TOKENS[i]) == 0)
			return i;
	return -1;
}

/* A new look for all colours replaces what an older file said for few. */
static void set_style(struct theme *t, int token, enum level level, struct look look)
{
	if (level == L256)
		for (int l = L16; l < LEVELS; l++)
			t->styles[token][l].set = false;
	t->styles[token][level] = (struct style){ true, look };
}

/* The line is cut up. NULL = fine, else what is wrong (a msgid). */
static const char *parse_line(struct theme *t, char *line)
{
	char *eq, *name, *end;
	enum level level;
	struct look look;
	int token;

	line[strcspn(line, "#\r")] = '\0';
	name = line + strspn(line, " \t");
	if (!*name)
		return NULL;
	eq = strchr(name, '=');
	if (!eq)
		return N_("a line is TOKEN = LOOK");
	for (end = eq; end > name && (end[-1] == ' ' || end[-1] == '\t'); end--)
		;
	*eq = *end = '\0';
	token = parse_token(name, &level);
	if (token < 0 || level == LEVELS)
		return N_("there is no such token");
	if (!parse_look(eq + 1, &look))
		return N_("the look is [COLOUR] [on COLOUR] [bold|dim|underline|reverse]");
	set_style(t, token, level, look);
	return NULL;
}

static bool parse_into(struct theme *t, const char *text, const char *origin, struct err *e)
{
	char *copy = xstrdup(text), *line = copy, *next;
	const char *fault = NULL;
	int n = 0;

	for (; line && !fault; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		n++;
		fault = parse_line(t, line);
	}
	free(copy);
	if (!fault)
		return true;
	err_set(e, ERR_USAGE, "E-THEME", NULL, _("Mend the theme file or take another with --theme"),
	    _("theme %s, line %d: %s"), origin, n, _(fault));
	return false;
}

bool theme_builtin(int i, const char **name, const char **text)
{
	if (i < 0 || i >= (int)ARRAY_LEN(BUILTIN))
		return false;
	*name = BUILTIN[i].name;
	*text = BUILTIN[i].text;
	return true;
}

static const char *builtin_text(const char *wanted)
{
	const char *name, *text;

	for (int i = 0; theme_builtin(i, &name, &text); i++)
		if (strcmp(name, wanted) == 0)
			return text;
	return NULL;
}

bool theme_parse(const char *text, const char *origin, struct err *e)
{
	struct theme t = { 0 };

	if (!parse_into(&t, builtin_text("default"), "default", e) || !parse_into(&t, text, origin, e))
		return false;
	current = t;
	loaded = true;
	return true;
}

/* ---- loading ---- */

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "re");
	struct strbuf b = { 0 };
	char buf[4096];
	size_t n;

	if (!f)
		return NULL;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0 && b.len < 1 << 20)
		strbuf_add(&b, buf, n);
	fclose(f);
	return strbuf_steal(&b);
}

static char *read_named(const char *name)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME"), *shipped = getenv("DOMOVOI_THEMEDIR");
	char *path, *text;

	path = xdg && *xdg ? xasprintf("%s/domovoi/themes/%s.theme", xdg, name) :
	    xasprintf("%s/.config/domovoi/themes/%s.theme", home ? home : "", name);
	text = read_file(path);
	free(path);
	if (text)
		return text;
#ifdef THEMEDIR
	if (!shipped)
		shipped = THEMEDIR;
#endif
	if (!shipped)
		return NULL;
	path = xasprintf("%s/%s.theme", shipped, name);
	text = read_file(path);
	free(path);
	return text;
}

bool theme_load(const char *name, struct err *e)
{
	const char *built = builtin_text(name ? name : "default");
	char *text = NULL;
	bool ok;

	if (name)
		text = strchr(name, '/') ? read_file(name) : read_named(name);
	if (!text && !built) {
		err_set(e, ERR_USAGE, "E-THEME", NULL, _("Built in are: default, light, contrast, mono"),
		    _("there is no theme %s"), name);
		return false;
	}
	ok = theme_parse(text ? text : built, name ? name : "default", e);
	free(text);
	return ok;
}

/* ---- fewer colours ---- */

static void rgb_of(int c, int rgb[static 3])
{
	static const int cube[6] = { 0, 95, 135, 175, 215, 255 };

	for (int i = 0; i < 3; i++) {
		if (c >= 232)
			rgb[i] = 8 + (c - 232) * 10;
		else if (c >= 16)
			rgb[i] = cube[(c - 16) / (i == 0 ? 36 : i == 1 ? 6 : 1) % 6];
		else
			rgb[i] = (c & 7) >> i & 1 ? (c >= 8 ? 255 : 187) : (c == 8 ? 85 : 0);
	}
}

static short nearest(short colour, int count)
{
	int want[3], best = 0, least = 1 << 30;

	if (colour < count)
		return colour;
	rgb_of(colour, want);
	for (int c = 0; c < count; c++) {
		int have[3], far = 0;

		rgb_of(c, have);
		for (int i = 0; i < 3; i++)
			far += (want[i] - have[i]) * (want[i] - have[i]);
		if (far < least) {
			least = far;
			best = c;
		}
	}
	return (short)best;
}

static struct look degrade(struct look l, enum level level)
{
	static const int counts[] = { [L256] = 256, [L16] = 16, [L8] = 8 };

	if (level == LMONO)
		return (struct look){ .fg = -1, .bg = -1, .attrs = l.attrs };
	l.fg = nearest(l.fg, counts[level]);
	l.bg = nearest(l.bg, counts[level]);
	return l;
}

/* What the file says for this depth, else what it says for the next richer one, made poorer. */
static struct look resolve(const struct style s[LEVELS], enum level level)
{
	enum level l = level;

	while (l > L256 && !s[l].set)
		l--;
	return degrade(s[l].look, level);
}

static enum level level_of(enum colours depth)
{
	return depth >= COLOURS_256 ? L256 : depth >= COLOURS_16 ? L16 : depth >= COLOURS_8 ? L8 : LMONO;
}

void theme_apply(enum colours depth)
{
	bool screen = stdscr != NULL;
	int have = screen && has_colors() ? COLORS : COLOURS_MONO;

	if (!loaded)
		theme_load(NULL, NULL);
	if (depth == COLOURS_AUTO || (screen && (int)depth > have))
		depth = (enum colours)have;
	for (int t = 0; t < TOK_COUNT; t++) {
		looks[t] = resolve(current.styles[t], level_of(depth));
		if (screen && have >= COLOURS_8)
			init_pair((short)(t + 1), looks[t].fg, looks[t].bg);
	}
}

struct look theme_look(enum token t)
{
	return looks[t];
}
