/* The user's key file: what is read, what is refused with line and remedy, and that the rest holds. */
#include "config.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "tests/cunit.h"
#include "tui/keymap.h"
#include "tui/keytable.h"

static enum result nothing(struct screen *s, int arg)
{
	(void)s;
	(void)arg;
	return R_HANDLED;
}

static const struct binding LIST[] = {
	{ "Enter", "open", "open", nothing, 1, 0, NULL },
	{ "/ F7", "filter", "filter", nothing, 2, 0, NULL },
	{ "s", "sort", "sort", nothing, 3, 0, NULL },
	{ "F5", "own-refresh", "mine first", nothing, 4, 0, NULL }, /* hides a global one by the program's own wish */
	{ 0 },
};
static const struct screen_class HOME = { .name = "home", .title = "Home", .digit = '1', .go = 'h' };
static const struct screen_class LISTING = { .name = "listing", .title = "List", .digit = '2', .go = 'l', .keys = LIST };
static const struct screen_class *const SCREENS[] = { &HOME, &LISTING, NULL };

static struct strbuf said;

static void fault(void *ctx, const struct err *e)
{
	(void)ctx;
	CU_ASSERT_STRING_EQUAL(e->code, "E-KEY");
	CU_ASSERT(e->remedy[0] != '\0');
	strbuf_printf(&said, "%s;", e->text);
}

static struct keytable t;

static void apply(const char *text)
{
	struct keyfile f;

	strbuf_clear(&said);
	keytable_free(&t);
	keytable_init(&t, SCREENS, NULL, true);
	keyfile_parse(&f, text, "keys", fault, NULL);
	keytable_apply(&t, &f, fault, NULL);
	keyfile_free(&f);
	CU_ASSERT_PTR_NULL(keymap_fault(t.globals));
	CU_ASSERT_PTR_NULL(keymap_fault(t.own[1]));
}

static const char *keys_of(const struct binding *table, const char *action)
{
	for (const struct binding *b = table; b && b->keys; b++)
		if (strcmp(b->name, action) == 0)
			return b->keys;
	return "(none)";
}

#define OWN(action) keys_of(keytable_of(&t, &LISTING), action)
#define GLOBAL(action) keys_of(t.globals, action)
#define IS(got, want) do { \
	CU_ASSERT_STRING_EQUAL(got, want); \
	if (strcmp(got, want) != 0) \
		fprintf(stderr, "line %d: \"%s\"\n", __LINE__, got); \
} while (0)

static void keys_are_replaced(void)
{
	apply("# mine\n\nlisting.filter = f C-M-x  # said\r\nrefresh = C-r F9\nlisting =\tg+u\nlisting.open=Enter o\n"
	    "listing.sort = #\nhelp =\n");
	IS(strbuf_str(&said), "");
	IS(OWN("filter"), "f C-M-x");
	IS(OWN("open"), "Enter o");
	IS(OWN("sort"), "#");
	IS(GLOBAL("refresh"), "C-r F9");
	IS(GLOBAL("listing"), "g+u");
	IS(GLOBAL("help"), "");
	IS(GLOBAL("home"), "g+h M-1");
	apply("");
	IS(OWN("filter"), "/ F7");
}

static void two_may_change_places(void)
{
	apply("listing.sort = /\nlisting.filter = s\n");
	IS(strbuf_str(&said), "");
	IS(OWN("sort"), "/");
	IS(OWN("filter"), "s");
}

static void what_is_unknown_is_said(void)
{
	apply("listing.fly = f\nnowhere.sort = f\nfly = f\nlisting.sort = ab\nwords\nlisting.filter = f\nkeys.layout = de\n");
	IS(strbuf_str(&said), "keys:4: ab is not a key;keys:5: there is no =;keys:7: there is no layout de;"
	    "keys:1: the screen has no action fly;keys:2: there is no screen nowhere;"
	    "keys:3: there is no action fly that works everywhere;");
	IS(OWN("filter"), "f");
	IS(OWN("sort"), "s");
}

static void what_collides_is_left_out(void)
{
	apply("listing.sort = Enter\nlisting.filter = f\n");
	IS(strbuf_str(&said), "keys:1: Enter: this key is already that of open;");
	IS(OWN("filter"), "f");
	IS(OWN("sort"), "s");
	apply("listing.sort = f\nlisting.filter = f\n"); /* the later one gives way */
	IS(strbuf_str(&said), "keys:2: f: this key is already that of sort;");
	IS(OWN("filter"), "/ F7");
	apply("listing.sort = q\n");
	IS(strbuf_str(&said), "keys:1: q would hide the key of back, which works everywhere;");
	apply("refresh = s\n");
	IS(strbuf_str(&said), "keys:1: s would be hidden on the screen listing, where it is that of sort;");
	apply("listing.sort = g\n"); /* would stand before g+h */
	IS(strbuf_str(&said), "keys:1: g would hide the key of home, which works everywhere;");
	apply("listing.sort = x\nlisting.sort = y\n");
	IS(strbuf_str(&said), "keys:2: sort was given keys in line 1 already;");
	IS(OWN("sort"), "x");
	apply("listing.own-refresh = F5 r\n"); /* hid it before */
	IS(strbuf_str(&said), "");
	apply("listing.filter = s\nlisting.sort = x\nlisting.open = x\n"); /* one is taken back, the others stay */
	IS(strbuf_str(&said), "keys:3: x: this key is already that of sort;");
	IS(OWN("filter"), "s");
	IS(OWN("open"), "Enter");
}

static void the_layout_is_told(void)
{
	struct keyfile f;

	keyfile_parse(&f, "keys.layout = kz\n", "keys", NULL, NULL);
	CU_ASSERT_EQUAL(f.layout, KEYS_KZ);
	CU_ASSERT(f.layout_given);
	keyfile_free(&f);
	keyfile_parse(&f, "", "keys", NULL, NULL);
	CU_ASSERT_EQUAL(f.layout, KEYS_AUTO);
	keyfile_free(&f);
	keyfile_read(&f, "/nonexistent/keys", fault, NULL);
	CU_ASSERT_EQUAL(f.n, 0);
	keyfile_free(&f);
	strbuf_clear(&said);
	keyfile_read(&f, "/", fault, NULL);
	CU_ASSERT(said.len > 0);
	keyfile_free(&f);
}

/* Whatever the file: tables stay sound, and every fault has its line. */
static void random_files(void)
{
	static const char *const words[] = {
		"listing", ".", "sort", "filter", "open", "help", "refresh", "=", "\n", "#", " ", "f", "s", "g+h", "g", "Enter",
		"F5", "q", "keys.layout", "\t", "\x80", "\033", "C-x", "/",
	};

	for (int i = 0; i < test_count(3000); i++) {
		char text[300] = "";

		for (int w = (int)test_below(40); w > 0; w--)
			strncat(text, words[test_below(ARRAY_LEN(words))], 12);
		apply(text);
		CU_ASSERT(said.len == 0 || strncmp(said.s, "keys:", 5) == 0);
		CU_ASSERT(!said.s || !strpbrk(said.s, "\033\n"));
	}
	keytable_free(&t);
	strbuf_free(&said);
}

TESTS("keyfile", T(keys_are_replaced), T(two_may_change_places), T(what_is_unknown_is_said),
    T(what_collides_is_left_out), T(the_layout_is_told), T(random_files))
