/*
 * The same finger on the same key does the same thing in the us, ru and kz layouts (ux.md C.1, E.11): every single-key
 * command of every screen, generated from the keyboard tables of xkb (package xkb-data), shifted keys and two-key
 * sequences too. What cannot be told from the bytes is in EXCEPTIONS; no command may live there.
 */
#include "config.h"

#include <utf8proc.h>

#include "base/mem.h"
#include "screens/screens.h"
#include "tests/cunit.h"
#include "tui/keymap.h"
#include "tui/keytable.h"

/* ---- the keyboard tables ---- */

enum { KEYS_MOST = 64, LEVELS = 2 };
struct layout { struct { char name[8]; uint32_t code[LEVELS]; } keys[KEYS_MOST]; int n; };

static const struct { const char *name; uint32_t code; } SIGNS[] = {
	{ "grave", '`' }, { "asciitilde", '~' }, { "exclam", '!' }, { "at", '@' }, { "numbersign", '#' }, { "dollar", '$' },
	{ "percent", '%' }, { "asciicircum", '^' }, { "ampersand", '&' }, { "asterisk", '*' }, { "parenleft", '(' },
	{ "parenright", ')' }, { "minus", '-' }, { "underscore", '_' }, { "equal", '=' }, { "plus", '+' },
	{ "bracketleft", '[' }, { "braceleft", '{' }, { "bracketright", ']' }, { "braceright", '}' }, { "semicolon", ';' },
	{ "colon", ':' }, { "apostrophe", '\'' }, { "quotedbl", '"' }, { "comma", ',' }, { "less", '<' }, { "period", '.' },
	{ "greater", '>' }, { "slash", '/' }, { "question", '?' }, { "backslash", '\\' }, { "bar", '|' },
	{ "numerosign", 0x2116 }, { "brokenbar", 0xa6 },
};
static const struct { const char *name; uint32_t lower; } LETTERS[] = {
	{ "a", U'а' }, { "be", U'б' }, { "ve", U'в' }, { "ghe", U'г' }, { "de", U'д' }, { "ie", U'е' }, { "io", U'ё' },
	{ "zhe", U'ж' }, { "ze", U'з' }, { "i", U'и' }, { "shorti", U'й' }, { "ka", U'к' }, { "el", U'л' }, { "em", U'м' },
	{ "en", U'н' }, { "o", U'о' }, { "pe", U'п' }, { "er", U'р' }, { "es", U'с' }, { "te", U'т' }, { "u", U'у' },
	{ "ef", U'ф' }, { "ha", U'х' }, { "tse", U'ц' }, { "che", U'ч' }, { "sha", U'ш' }, { "shcha", U'щ' },
	{ "hardsign", U'ъ' }, { "yeru", U'ы' }, { "softsign", U'ь' }, { "e", U'э' }, { "yu", U'ю' }, { "ya", U'я' },
	{ "schwa", U'ә' }, { "en_descender", U'ң' }, { "ghe_bar", U'ғ' }, { "u_straight", U'ү' }, { "u_straight_bar", U'ұ' },
	{ "ka_descender", U'қ' }, { "o_bar", U'ө' }, { "shha", U'һ' },
};

static uint32_t keysym(const char *name, int level)
{
	uint32_t lower = strcasecmp(name, "Ukrainian_i") == 0 ? U'і' : 0;

	if (name[0] && !name[1])
		return (unsigned char)name[0];
	for (size_t i = 0; i < ARRAY_LEN(SIGNS); i++)
		if (strcmp(SIGNS[i].name, name) == 0)
			return SIGNS[i].code;
	for (size_t i = 0; i < ARRAY_LEN(LETTERS) && strncmp(name, "Cyrillic_", 9) == 0; i++)
		if (strcasecmp(LETTERS[i].name, name + 9) == 0)
			lower = LETTERS[i].lower;
	return level && lower ? (uint32_t)utf8proc_toupper((utf8proc_int32_t)lower) : lower;
}

/* "key <AE01> { [ quotedbl, exclam ] };": a later one replaces an earlier one. */
static void add_key(struct layout *l, const char *line)
{
	char name[8], word[2][40];
	int i = 0;

	if (sscanf(line, " key <%7[A-Z0-9]> { [ %39[A-Za-z0-9_] , %39[A-Za-z0-9_]", name, word[0], word[1]) != 3)
		return;
	while (i < l->n && strcmp(l->keys[i].name, name) != 0)
		i++;
	CU_ASSERT_FATAL(i < KEYS_MOST);
	if (i == l->n)
		snprintf(l->keys[l->n++].name, sizeof(l->keys[0].name), "%s", name);
	for (int level = 0; level < LEVELS; level++)
		l->keys[i].code[level] = keysym(word[level], level);
}

static void read_layout(struct layout *l, const char *file, const char *section)
{
	const char *dir = getenv("XKB_SYMBOLS");
	char *path = xasprintf("%s/%s", dir ? dir : "/usr/share/X11/xkb/symbols", file), line[400], head[80], other[40];
	FILE *f = fopen(path, "re");
	bool inside = false;

	if (!f)
		fprintf(stderr, "%s: package xkb-data is missing\n", path);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	snprintf(head, sizeof(head), "xkb_symbols \"%s\"", section);
	while (fgets(line, sizeof(line), f)) {
		inside = inside ? strncmp(line, "};", 2) != 0 : strstr(line, head) != NULL;
		if (inside && sscanf(line, " include \"%*[a-z](%39[a-z])", other) == 1 && strcmp(other, "comma") != 0)
			read_layout(l, file, other);
		else if (inside)
			add_key(l, line);
	}
	fclose(f);
	free(path);
}

static struct layout us, ru, kz;

static void tables_are_read(void)
{
	read_layout(&us, "us", "basic");
	read_layout(&ru, "ru", "winkeys");
	read_layout(&kz, "kz", "basic");
	CU_ASSERT(us.n >= 47 && ru.n >= 47 && kz.n >= 47);
	for (int i = 0; i < us.n; i++)
		CU_ASSERT(us.keys[i].code[0] && us.keys[i].code[1]);
}

/* What the same finger gives. 0: no such place. */
static uint32_t same_place(const struct layout *l, uint32_t code)
{
	for (int i = 0; i < us.n; i++)
		for (int level = 0; level < LEVELS; level++)
			for (int j = 0; us.keys[i].code[level] == code && j < l->n; j++)
				if (strcmp(l->keys[j].name, us.keys[i].name) == 0)
					return l->keys[j].code[level];
	return 0;
}

/* ---- the same finger ---- */

/*
 * Their place gives, in ru or kz, a sign that is a key of its own: ; : ? / and so on mean what they say there, so that
 * these are not to be had, and no command is bound to them.
 */
static const char EXCEPTIONS_RU[] = "$^&|", EXCEPTIONS_KZ[] = "^&|";

static bool exception(const char *list, uint32_t code)
{
	return code < 0x80 && strchr(list, (char)code) != NULL;
}

static void signs_of(const struct layout *l, enum key_layout layout, const char *exceptions)
{
	for (int i = 0; i < us.n; i++)
		for (int level = 0; level < LEVELS; level++) {
			uint32_t want = us.keys[i].code[level], there = same_place(l, want);
			struct key k = { there, 0 };

			key_set_layout(layout);
			if (key_latin(k).code != want && !exception(exceptions, want))
				fprintf(stderr, "layout %d, key %s, level %d: U+%04X is not %c\n", (int)layout, us.keys[i].name, level,
				    (unsigned)there, (int)want);
			CU_ASSERT(there != 0);
			CU_ASSERT((key_latin(k).code == want) == !exception(exceptions, want));
		}
	key_set_layout(KEYS_AUTO);
}

static void every_place_is_understood(void)
{
	signs_of(&us, KEYS_US, "");
	signs_of(&ru, KEYS_RU, EXCEPTIONS_RU);
	signs_of(&ru, KEYS_AUTO, EXCEPTIONS_RU);
	signs_of(&kz, KEYS_KZ, EXCEPTIONS_KZ);
	key_set_layout(KEYS_AUTO);
}

/* One command of one table in one layout: every step of the sequence, typed by the same fingers. */
static void typed(const char *screen, const struct binding *table, const struct binding *b, const struct key *seq, int n,
    const struct layout *l, const char *exceptions)
{
	const struct binding *row = NULL;
	struct key there[KEYMAP_DEPTH];

	for (int i = 0; i < n; i++) {
		there[i] = seq[i];
		if (seq[i].mods == 0 && seq[i].code > ' ' && seq[i].code < 0x7f) {
			there[i].code = same_place(l, seq[i].code);
			CU_ASSERT(!exception(exceptions, seq[i].code));
		}
	}
	for (int i = 1; i <= n; i++) {
		enum keymap_hit hit = keymap_find(table, there, i, &row), want = i < n ? KEYMAP_PREFIX : KEYMAP_FOUND;

		if (hit != want || (hit == KEYMAP_FOUND && row != b))
			fprintf(stderr, "%s.%s (%s) is not to be had by the same fingers\n", screen, b->name, b->keys);
		CU_ASSERT(hit == want);
		CU_ASSERT(hit != KEYMAP_FOUND || row == b);
	}
}

static void table_in(const char *screen, const struct binding *table, const struct layout *l, enum key_layout layout,
    const char *exceptions)
{
	struct key seq[KEYMAP_DEPTH];
	int n;

	for (const struct binding *b = table; b && b->keys; b++)
		for (const char *at = b->keys; keymap_next(&at, seq, &n);) {
			key_set_layout(layout);
			typed(screen, table, b, seq, n, l, exceptions);
		}
	key_set_layout(KEYS_AUTO);
}

static void everywhere(const struct layout *l, enum key_layout layout, const char *exceptions)
{
	const struct screen_class *const *all = console_classes();
	struct keytable t;

	keytable_init(&t, all, console_everywhere(), true);
	for (int i = 0; i < t.nscreens; i++)
		table_in(all[i]->name, t.own[i], l, layout, exceptions);
	table_in("everywhere", t.globals, l, layout, exceptions);
	keytable_free(&t);
}

static void all_commands_in_three_layouts(void)
{
	everywhere(&us, KEYS_AUTO, "");
	everywhere(&ru, KEYS_AUTO, EXCEPTIONS_RU);
	everywhere(&ru, KEYS_RU, EXCEPTIONS_RU);
	everywhere(&kz, KEYS_KZ, EXCEPTIONS_KZ);
}

/* What a screen may do its own way: to leave, to stop, to take what came, to say why. */
static const char OWN_WAY[] = " Esc q C-c F1 F3 F5 F12 ";

static void hides_nothing(const char *screen, const struct binding *own, const struct binding *globals)
{
	const struct binding *row;
	struct key seq[KEYMAP_DEPTH];
	char name[20] = " ";
	int n;

	for (const struct binding *b = own; b && b->keys; b++)
		for (const char *at = b->keys; keymap_next(&at, seq, &n);) {
			if (n > 1 || keymap_find(globals, seq, n, &row) == KEYMAP_NONE || (row && strcmp(row->name, b->name) == 0))
				continue;
			key_format(seq[0], name + 1);
			strcat(name, " ");
			if (!strstr(OWN_WAY, name))
				fprintf(stderr, "%s.%s hides what%smeans everywhere\n", screen, b->name, name);
			CU_ASSERT(strstr(OWN_WAY, name) != NULL);
		}
}

/* A key that works everywhere does so: no screen has it for something else. */
static void no_screen_hides_a_key(void)
{
	const struct screen_class *const *all = console_classes();
	struct keytable t;

	keytable_init(&t, all, console_everywhere(), true);
	for (int i = 0; i < t.nscreens; i++)
		hides_nothing(all[i]->name, t.own[i], t.globals);
	keytable_free(&t);
}

/* Without a word in the key file: the first letter that only kz has tells. */
static void kazakh_is_found_out(void)
{
	struct key slash = { same_place(&kz, '/'), 0 }, seven = { same_place(&kz, '7'), 0 }, two = { same_place(&kz, '2'), 0 };

	key_set_layout(KEYS_AUTO);
	CU_ASSERT_EQUAL(key_latin(seven).code, '/'); /* "." of ru until then */
	CU_ASSERT_EQUAL(key_latin(two).code, '2');
	CU_ASSERT_EQUAL(key_latin(seven).code, '7');
	CU_ASSERT_EQUAL(key_latin(slash).code, '/');
	key_set_layout(KEYS_AUTO);
}

TESTS("layouts", T(tables_are_read), T(every_place_is_understood), T(all_commands_in_three_layouts),
    T(no_screen_hides_a_key), T(kazakh_is_found_out))
