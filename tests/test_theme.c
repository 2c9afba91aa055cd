#include "config.h"

#include <unistd.h>

#include "base/mem.h"
#include "tests/cunit.h"
#include "tui/theme.h"

static bool sound(const char *text)
{
	struct err e = { 0 };
	bool ok = theme_parse(text, "test", &e);

	CU_ASSERT_EQUAL(ok, e.kind == ERR_NONE);
	return ok;
}

#define LOOKS(t, f, b, a) do { \
	struct look l = theme_look(t); \
	CU_ASSERT_EQUAL(l.fg, f); \
	CU_ASSERT_EQUAL(l.bg, b); \
	CU_ASSERT_EQUAL(l.attrs, (unsigned)(a)); \
} while (0)

static void parses_looks(void)
{
	CU_ASSERT(sound("# only words\n\n text = red on 17 bold underline # said\r\nkey=on blue\nrow =\n"
	    "dim = bright-cyan reverse"));
	theme_apply(COLOURS_256);
	LOOKS(TOK_TEXT, 1, 17, LOOK_BOLD | LOOK_UNDERLINE);
	LOOKS(TOK_KEY, -1, 4, 0);
	LOOKS(TOK_ROW, -1, -1, 0);
	LOOKS(TOK_DIM, 14, -1, LOOK_REVERSE);
}

static void refuses_nonsense(void)
{
	static const char *const bad[] = {
		"text", "nothing = red", "text = rde", "text = red blue", "text = on", "text = on red on blue", "text = 256",
		"text = -1", "text/9 = red", "= red", "text = red on on", "text = on bold",
	};

	CU_ASSERT(sound("text = 5"));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT_FALSE(sound(bad[i]));
	theme_apply(COLOURS_256);
	LOOKS(TOK_TEXT, 5, -1, 0); /* a refused theme leaves the old one */
}

static void says_where(void)
{
	struct err e = { 0 };

	CU_ASSERT_FALSE(theme_parse("text = red\n\nkey = grue\n", "mine", &e));
	CU_ASSERT_EQUAL(e.kind, ERR_USAGE);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "mine, line 3"));
}

static void true_colours(void)
{
	CU_ASSERT(sound("text = #102030 on #ffFFff bold # said\nkey = 231 on 17\nkey/true = 231 on #00204D # no\nrow=#000080"));
	theme_apply(COLOURS_TRUE);
	LOOKS(TOK_TEXT, LOOK_RGB | 0x102030, LOOK_RGB | 0xffffff, LOOK_BOLD);
	LOOKS(TOK_ROW, LOOK_RGB | 0x000080, -1, 0);
	theme_apply(COLOURS_256);
	LOOKS(TOK_TEXT, 234, 231, LOOK_BOLD);
	LOOKS(TOK_KEY, 231, 17, 0);
	LOOKS(TOK_ROW, 18, -1, 0);
	CU_ASSERT_FALSE(sound("text = #1020"));
	CU_ASSERT_FALSE(sound("text = red on #12345g"));
	CU_ASSERT_FALSE(sound("background = grey"));
	CU_ASSERT(sound("background = light # paper"));
	CU_ASSERT_EQUAL(theme_background(), THEME_LIGHT);
	CU_ASSERT(sound("# text = #102030\n"));
	CU_ASSERT_EQUAL(theme_background(), THEME_ANY);
}

static void degrades(void)
{
	CU_ASSERT(sound("text = 226 on 17 bold\nkey = 196\nkey/16 = green\n"
	    "row = 160 on 255\nrow/8 = underline\nrow/mono = reverse"));
	theme_apply(COLOURS_256);
	LOOKS(TOK_TEXT, 226, 17, LOOK_BOLD);
	LOOKS(TOK_KEY, 196, -1, 0);
	theme_apply(COLOURS_16);
	LOOKS(TOK_TEXT, 11, 0, LOOK_BOLD);
	LOOKS(TOK_KEY, 2, -1, 0);
	theme_apply(COLOURS_8);
	LOOKS(TOK_TEXT, 3, 0, LOOK_BOLD);
	LOOKS(TOK_KEY, 2, -1, 0);
	LOOKS(TOK_ROW, -1, -1, LOOK_UNDERLINE);
	theme_apply(COLOURS_MONO);
	LOOKS(TOK_TEXT, -1, -1, LOOK_BOLD);
	LOOKS(TOK_ROW, -1, -1, LOOK_REVERSE);
}

/* In what comes with the program: heat steps all differ, and in mono nothing at all has a colour. */
static void built_in_themes(void)
{
	const char *name, *text;
	struct err e = { 0 };
	int n = 0;

	for (; theme_builtin(n, &name, &text); n++) {
		CU_ASSERT(theme_load(name, &e));
		theme_apply(COLOURS_256);
		for (int a = TOK_HEAT0; a < TOK_HEAT4 && strcmp(name, "mono") != 0; a++)
			CU_ASSERT(theme_look((enum token)a).bg != theme_look((enum token)(a + 1)).bg);
		theme_apply(COLOURS_MONO);
		for (int t = 0; t < TOK_COUNT; t++)
			CU_ASSERT(theme_look((enum token)t).fg == -1 && theme_look((enum token)t).bg == -1);
		CU_ASSERT(theme_look(TOK_ROW_CURSOR).attrs != theme_look(TOK_ROW).attrs);
		CU_ASSERT(theme_look(TOK_ERROR).attrs != 0);
	}
	CU_ASSERT(n >= 4);
	CU_ASSERT_FALSE(theme_load("no-such-theme", &e));
	CU_ASSERT_EQUAL(e.kind, ERR_USAGE);
	CU_ASSERT(theme_load(NULL, &e));
}

static void loads_from_files(void)
{
	char dir[] = "/tmp/domovoi-theme.XXXXXX", *path;
	struct err e = { 0 };
	FILE *f;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	path = xasprintf("%s/own.theme", dir);
	f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs("text = 99\n", f);
	fclose(f);
	setenv("DOMOVOI_THEMEDIR", dir, 1);
	setenv("XDG_CONFIG_HOME", dir, 1);
	CU_ASSERT(theme_load("own", &e));
	theme_apply(COLOURS_256);
	LOOKS(TOK_TEXT, 99, -1, 0);
	CU_ASSERT(theme_load(NULL, &e));
	CU_ASSERT(theme_load(path, &e));
	CU_ASSERT(theme_load("light", &e)); /* not in that directory: compiled in */
	unlink(path);
	CU_ASSERT_FALSE(theme_load(path, &e));
	rmdir(dir);
	free(path);
}

static void random_text(void)
{
	static const char *const words[] = {
		"text", "heat-0", "/", "mono", "8", "=", "on", "red", "bold", "300", "default", "\n", "#", " ", "\t", "\x80",
	};

	for (int i = 0; i < test_count(5000); i++) {
		char text[256] = "";

		for (int w = (int)test_below(24); w > 0; w--) {
			strncat(text, words[test_below(ARRAY_LEN(words))], 12);
			if (test_below(2))
				strncat(text, " ", 2);
		}
		theme_parse(text, "random", NULL);
	}
	CU_ASSERT(theme_load(NULL, NULL));
}

TESTS("theme", T(parses_looks), T(refuses_nonsense), T(says_where), T(true_colours), T(degrades), T(built_in_themes),
    T(loads_from_files), T(random_text))
