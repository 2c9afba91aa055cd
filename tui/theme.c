#include "config.h"

#include <curses.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "tui/rgb.h"
#include "tui/theme.h"

enum level { LTRUE, L256, L16, L8, LMONO, LEVELS };

struct style { bool set; struct look look; };
struct theme { struct style styles[TOK_COUNT][LEVELS]; enum theme_background background; };

static const char *const TOKENS[] = {
#define X(id, name) name,
	THEME_TOKENS(X)
#undef X
};
#define HEX "0123456789abcdefABCDEF"
static const char *const COLOUR_NAMES[] = { "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white" };
static const struct { const char *name; unsigned bit; } ATTRS[] = {
	{ "bold", LOOK_BOLD }, { "dim", LOOK_DIM }, { "underline", LOOK_UNDERLINE }, { "reverse", LOOK_REVERSE },
};
static const struct { const char *name, *text; } BUILTIN[] = {
#include "themes/builtin.inc"
};

static struct theme current;
static bool loaded;
static char loaded_name[128] = "default";
static struct look looks[TOK_COUNT]; /* as applied */

/* ---- parsing ---- */

static int parse_colour(const char *w)
{
	int bright = strncmp(w, "bright-", 7) == 0 ? 8 : 0;
	char *end;
	long n;

	if (strcmp(w, "default") == 0)
		return -1;
	if (*w == '#')
		return strspn(w + 1, HEX) == 6 && w[7] == '\0' ? LOOK_RGB | (int)strtol(w + 1, NULL, 16) : -2;
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
			*(at++ == FG ? &l->fg : &l->bg) = colour;
	}
	return at != BG; /* "on" and no colour */
}

static int parse_token(char *name, enum level *level)
{
	char *slash = strchr(name, '/');

	*level = L256;
	if (slash) {
		*slash++ = '\0';
		*level = strcmp(slash, "true") == 0 ? LTRUE : strcmp(slash, "16") == 0 ? L16 : strcmp(slash, "8") == 0 ? L8 :
		    strcmp(slash, "mono") == 0 ? LMONO : LEVELS;
	}
	for (int i = 0; i < TOK_COUNT; i++)
		if (strcmp(name, TOKENS[i]) == 0)
			return i;
	return -1;
}

/* A new look for many colours replaces what an older file said for all and for few. */
static void set_style(struct theme *t, int token, enum level level, struct look look)
{
	if (level == L256)
		for (int l = LTRUE; l < LEVELS; l++)
			t->styles[token][l].set = false;
	t->styles[token][level] = (struct style){ true, look };
}

/* A comment begins with "#", unless it is the first of #RRGGBB: a digit comes next, and something before. */
static size_t comment_at(const char *line)
{
	size_t n = 0;

	while (line[n] && line[n] != '\r' && (line[n] != '#' || (n > 0 && line[n + 1] && strchr(HEX, line[n + 1]))))
		n++;
	return n;
}

static bool parse_background(struct theme *t, const char *value)
{
	static const char *const names[] = { [THEME_ANY] = "any", [THEME_DARK] = "dark", [THEME_LIGHT] = "light" };
	size_t n;

	value += strspn(value, " \t");
	n = strcspn(value, " \t");
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strlen(names[i]) == n && strncmp(names[i], value, n) == 0 && value[n + strspn(value + n, " \t")] == '\0') {
			t->background = (enum theme_background)i;
			return true;
		}
	return false;
}

/* The line is cut up. NULL = fine, else what is wrong (a msgid). */
static const char *parse_line(struct theme *t, char *line)
{
	char *eq, *name, *end;
	enum level level;
	struct look look;
	int token;

	line[comment_at(line)] = '\0';
	name = line + strspn(line, " \t");
	if (!*name)
		return NULL;
	eq = strchr(name, '=');
	if (!eq)
		return N_("a line is TOKEN = LOOK");
	for (end = eq; end > name && (end[-1] == ' ' || end[-1] == '\t'); end--)
		;
	*eq = *end = '\0';
	if (strcmp(name, "background") == 0)
		return parse_background(t, eq + 1) ? NULL : N_("the background is dark, light or any");
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

/* Where the user keeps his themes; where the shipped ones lie, NULL = nowhere. Caller frees. */
static char *own_dir(void)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	return xdg && *xdg ? xasprintf("%s/domovoi/themes", xdg) : xasprintf("%s/.config/domovoi/themes", home ? home : "");
}

static char *shipped_dir(void)
{
	const char *dir = getenv("DOMOVOI_THEMEDIR");

#ifdef THEMEDIR
	if (!dir)
		dir = THEMEDIR;
#endif
	return dir ? xstrdup(dir) : NULL;
}

static char *read_in(char *dir, const char *name)
{
	char *path = dir ? xasprintf("%s/%s.theme", dir, name) : NULL;
	char *text = path ? read_file(path) : NULL;

	free(path);
	free(dir);
	return text;
}

static char *read_named(const char *name)
{
	char *text = read_in(own_dir(), name);

	return text ? text : read_in(shipped_dir(), name);
}

static void add_name(char ***names, size_t *n, const char *name, size_t len)
{
	for (size_t i = 0; i < *n; i++)
		if (strlen((*names)[i]) == len && strncmp((*names)[i], name, len) == 0)
			return;
	*names = xreallocarray(*names, *n + 2, sizeof(**names));
	(*names)[(*n)++] = xstrndup(name, len);
	(*names)[*n] = NULL;
}

/* NAME.theme in a directory. */
static void add_files(char ***names, size_t *n, char *dir)
{
	char *pattern = dir ? xasprintf("%s/*.theme", dir) : NULL;
	glob_t found;

	if (pattern && glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			const char *base = strrchr(found.gl_pathv[i], '/') + 1;

			add_name(names, n, base, strlen(base) - strlen(".theme"));
		}
		globfree(&found);
	}
	free(pattern);
	free(dir);
}

char **theme_names(void)
{
	char **names = NULL;
	const char *name, *text;
	size_t n = 0;

	for (int i = 0; theme_builtin(i, &name, &text); i++)
		add_name(&names, &n, name, strlen(name));
	add_files(&names, &n, shipped_dir());
	add_files(&names, &n, own_dir());
	return names;
}

static char *builtin_names(void)
{
	struct strbuf all = { 0 };
	const char *name, *text;
	char *said;

	for (int i = 0; theme_builtin(i, &name, &text); i++)
		strbuf_printf(&all, "%s%s", i ? ", " : "", name);
	said = xasprintf(_("Built in are: %s"), strbuf_str(&all));
	strbuf_free(&all);
	return said;
}

bool theme_load(const char *name, struct err *e)
{
	const char *built = builtin_text(name ? name : "default");
	char *text = NULL;
	bool ok;

	if (name)
		text = strchr(name, '/') ? read_file(name) : read_named(name);
	if (!text && !built) {
		char *names = builtin_names();

		err_set(e, ERR_USAGE, "E-THEME", NULL, names, _("there is no theme %s"), name);
		free(names);
		return false;
	}
	ok = theme_parse(text ? text : built, name ? name : "default", e);
	free(text);
	if (ok)
		snprintf(loaded_name, sizeof(loaded_name), "%s", name ? name : "default");
	return ok;
}

/* ---- fewer colours ---- */

static const int ANSI[16] = { /* as xterm has them */
	0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
	0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
};

void theme_rgb(int c, int rgb[static 3])
{
	static const int cube[6] = { 0, 95, 135, 175, 215, 255 };
	int packed = c >= LOOK_RGB ? c & 0xffffff : c >= 0 && c < 16 ? ANSI[c] : -1;

	for (int i = 0; i < 3; i++) {
		if (packed >= 0)
			rgb[i] = packed >> (16 - 8 * i) & 255;
		else if (c >= 232)
			rgb[i] = 8 + (c - 232) * 10;
		else
			rgb[i] = cube[(c - 16) / (i == 0 ? 36 : i == 1 ? 6 : 1) % 6];
	}
}

/* Of the palette of `count`. The first sixteen differ between terminals: with more at hand they are not taken. */
static int nearest(int colour, int count)
{
	int want[3], best = 0, least = 1 << 30;

	if (colour < count)
		return colour;
	theme_rgb(colour, want);
	for (int c = count > 16 ? 16 : 0; c < count; c++) {
		int have[3], far = 0;

		theme_rgb(c, have);
		for (int i = 0; i < 3; i++)
			far += (want[i] - have[i]) * (want[i] - have[i]);
		if (far < least) {
			least = far;
			best = c;
		}
	}
	return best;
}

static struct look degrade(struct look l, enum level level)
{
	static const int counts[] = { [LTRUE] = INT_MAX, [L256] = 256, [L16] = 16, [L8] = 8 };

	if (level == LMONO)
		return (struct look){ .fg = -1, .bg = -1, .attrs = l.attrs };
	l.fg = nearest(l.fg, counts[level]);
	l.bg = nearest(l.bg, counts[level]);
	return l;
}

/* What the file says for this depth, else what it says for the next richer one (256 speaks for all), made poorer. */
static struct look resolve(const struct style s[LEVELS], enum level level)
{
	enum level l = level == LTRUE && !s[LTRUE].set ? L256 : level;

	while (l > L256 && !s[l].set)
		l--;
	return degrade(s[l].look, level);
}

static enum level level_of(enum colours depth)
{
	return depth > COLOURS_256 ? LTRUE : depth == COLOURS_256 ? L256 : depth >= COLOURS_16 ? L16 :
	    depth >= COLOURS_8 ? L8 : LMONO;
}

/* The number that curses knows a colour by; -2: it has none for it. */
static int curses_colour(int colour)
{
	int n = colour >= LOOK_RGB ? term_rgb((unsigned)colour & 0xffffff) : colour;

	return colour >= LOOK_RGB && n < 0 ? -2 : n;
}

/* False: the terminal cannot show one of them. */
static bool make_pairs(void)
{
	for (int t = 0; t < TOK_COUNT; t++) {
		int fg = curses_colour(looks[t].fg), bg = curses_colour(looks[t].bg);

		if (fg < -1 || bg < -1)
			return false;
		init_pair((short)(t + 1), (short)fg, (short)bg);
	}
	return true;
}

static void resolve_all(enum level level)
{
	for (int t = 0; t < TOK_COUNT; t++)
		looks[t] = resolve(current.styles[t], level);
}

void theme_apply(enum colours depth)
{
	bool screen = stdscr != NULL;
	int have = screen && has_colors() ? COLORS : COLOURS_MONO;

	if (!loaded)
		theme_load(NULL, NULL);
	if (depth == COLOURS_AUTO || (screen && (int)depth > have))
		depth = (enum colours)have;
	resolve_all(level_of(depth));
	if (!screen || have < COLOURS_8 || make_pairs())
		return;
	resolve_all(L256);
	make_pairs();
}

struct look theme_look(enum token t)
{
	return looks[t];
}

enum theme_background theme_background(void)
{
	return current.background;
}

const char *theme_name(void)
{
	return loaded_name;
}
