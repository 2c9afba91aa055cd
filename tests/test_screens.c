/* What of the screens is pure: key tables, how numbers read, the way from a report's row to its list. */
#include "config.h"

#include "screens/chessboard.h"
#include "screens/drill.h"
#include "screens/format.h"
#include "base/mem.h"
#include "tests/cunit.h"
#include "tui/keymap.h"
#include "tui/keytable.h"

/* A place in all tables of the console: every screen there is, and what works everywhere. */
static struct keytable tables;

static const struct binding *table(int i)
{
	if (!tables.globals)
		keytable_init(&tables, console_classes(), console_everywhere(), true);
	return i < tables.nscreens ? tables.own[i] : i == tables.nscreens ? tables.globals : NULL;
}

static const char *table_title(int i)
{
	return i < tables.nscreens ? tables.screens[i]->name : "everywhere";
}

static void key_tables_are_sound(void)
{
	for (int i = 0; table(i); i++) {
		const char *fault = keymap_fault(table(i));

		if (fault)
			fprintf(stderr, "%s: %s\n", table_title(i), fault);
		CU_ASSERT_PTR_NULL(fault);
	}
}

/* The key file, the palette and the manual page know an action by screen and name. */
static void every_key_has_a_note_and_a_name(void)
{
	for (int i = 0; table(i); i++)
		for (const struct binding *b = table(i); b->keys; b++) {
			CU_ASSERT(b->note && b->note[0]);
			CU_ASSERT(b->name && strspn(b->name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(b->name));
			for (const struct binding *other = table(i); other < b; other++) {
				if (!strcmp(other->name, b->name))
					fprintf(stderr, "%s: %s twice\n", table_title(i), b->name);
				CU_ASSERT(strcmp(other->name, b->name) != 0);
			}
		}
}

/* Taken by terminals, or the same byte as another key (ux.md C.1): never the only way. */
static bool unreliable(struct key k)
{
	return k.code == KEYCODE_F1 + 9 || k.code == KEYCODE_F1 + 10 ||
	    (k.mods == MOD_CTRL && k.code < 0x80 && strchr(" sqjmih", (int)k.code));
}

static void no_action_only_where_terminals_are(void)
{
	struct key seq[KEYMAP_DEPTH];
	int n;

	for (int i = 0; table(i); i++)
		for (const struct binding *b = table(i); b->keys; b++) {
			bool good = false;

			for (const char *at = b->keys; keymap_next(&at, seq, &n);)
				good |= !unreliable(seq[0]) && (n == 1 || !unreliable(seq[1]));
			if (!good)
				fprintf(stderr, "%s.%s: %s\n", table_title(i), b->name, b->keys);
			CU_ASSERT(good);
		}
}

/* They sit on other keys in ru and kz. */
static void marks_are_no_commands(void)
{
	struct key seq[KEYMAP_DEPTH];
	int n;

	for (int i = 0; table(i); i++)
		for (const struct binding *b = table(i); b->keys; b++)
			for (const char *at = b->keys; keymap_next(&at, seq, &n);)
				for (int j = 0; j < n; j++) {
					bool mark = seq[j].mods == 0 && seq[j].code < 0x80 && strchr(".,\"", (int)seq[j].code);

					if (mark)
						fprintf(stderr, "%s.%s: %s\n", table_title(i), b->name, b->keys);
					CU_ASSERT(!mark);
				}
	keytable_free(&tables);
}

/* Where a state is a choice, its word tells it from the others: colour and glyph only repeat it. */
static void states_have_words_of_their_own(void)
{
	static const char *const languages[] = { "en", "ru", "kk" };

	for (size_t l = 0; l < ARRAY_LEN(languages); l++) {
		i18n_init(languages[l]);
		for (const struct resource *const *r = catalogue_resources(); *r; r++)
			for (const struct field *f = (*r)->fields; f->name; f++)
				for (const struct choice *a = f->choices; a && a->value; a++)
					for (const struct choice *b = f->choices; b < a; b++) {
						if (!strcmp(_(a->label), _(b->label)))
							fprintf(stderr, "%s: %s.%s: %s and %s\n", languages[l], (*r)->name, f->name, a->value, b->value);
						CU_ASSERT(strcmp(_(a->label), _(b->label)) != 0);
					}
	}
	i18n_init("en");
}

static void check(struct strbuf *got, const char *want)
{
	if (strcmp(strbuf_str(got), want))
		fprintf(stderr, "got \"%s\", want \"%s\"\n", strbuf_str(got), want);
	CU_ASSERT_STRING_EQUAL(strbuf_str(got), want);
	strbuf_clear(got);
}

static void numbers_are_grouped(void)
{
	struct strbuf b = { 0 };

	format_int(&b, 0);
	check(&b, "0");
	format_int(&b, 999);
	check(&b, "999");
	format_int(&b, 1000);
	check(&b, "1 000");
	format_int(&b, -123456);
	check(&b, "-123 456");
	format_int(&b, INT64_MIN);
	check(&b, "-9 223 372 036 854 775 808");
	strbuf_free(&b);
}

static void money_in_brief(void)
{
	struct strbuf b = { 0 };

	format_brief(&b, 0, "KZT");
	check(&b, "0");
	format_brief(&b, 99999, "KZT");
	check(&b, "999");
	format_brief(&b, 4194999999, "KZT");
	check(&b, "41.9 M");
	format_brief(&b, -150000, "KZT");
	check(&b, "-1.5 k");
	format_brief(&b, 1234, "JPY");
	check(&b, "1.2 k");
	CU_ASSERT(format_is_whole(1200, "EUR"));
	CU_ASSERT(!format_is_whole(1201, "EUR"));
	format_whole(&b, 120000, "EUR");
	check(&b, "1 200");
	strbuf_free(&b);
}

static void changes(void)
{
	struct strbuf b = { 0 };

	format_change(&b, 110, 100, true);
	check(&b, "+10.0 %");
	format_change(&b, 90, 120, true);
	check(&b, "-25.0 %");
	format_change(&b, 5, 0, true); /* base 0: never 100 % */
	check(&b, "-");
	format_change(&b, INT64_MAX, 1, true);
	CU_ASSERT(b.len > 0);
	strbuf_clear(&b);
	format_points(&b, 6650, 6010, 10, true);
	check(&b, "+6.4 pt");
	format_points(&b, 6650, 0, 0, true);
	check(&b, "-");
	CU_ASSERT_STRING_EQUAL(format_verdict(2, 1, 1), "higher");
	CU_ASSERT_STRING_EQUAL(format_verdict(1, 2, 1), "lower");
	CU_ASSERT_STRING_EQUAL(format_verdict(1, 1, 1), "same");
	CU_ASSERT_STRING_EQUAL(format_verdict(1, 0, 0), "");
	strbuf_free(&b);
}

static void days(void)
{
	struct strbuf b = { 0 };
	day_t day = day_from_ymd(2026, 6, 16);

	format_day(&b, day);
	check(&b, "Tue 16 Jun");
	format_date(&b, day);
	check(&b, "Tue 16 Jun 2026");
	format_month(&b, day);
	check(&b, "June 2026");
	for (int m = 1; m <= 12; m++) {
		format_month_short(&b, m);
		CU_ASSERT_EQUAL(b.len, 3);
		strbuf_clear(&b);
	}
	strbuf_free(&b);
}

static void a_row_opens_what_it_counted(void)
{
	static const char *const NAMES[] = { "filter", "cell", "cell_end" };
	static const char *const CELLS[] = {
		"unit=A1", "2026-06-16", "2026-06-17", NULL, "2026-06-16", "2026-06-17",
	};
	const struct report rep = { .drill_filter = "{filter} check_in<{cell_end} check_out>{cell}" };
	struct table *t = table_new(3, NAMES);
	struct strbuf b = { 0 };

	for (int i = 0; i < 6; i++)
		table_add(t, CELLS[i], CELLS[i] ? strlen(CELLS[i]) : 0);
	CU_ASSERT(drill_filter(&rep, t, 0, &b));
	check(&b, "unit=A1 check_in<2026-06-17 check_out>2026-06-16");
	CU_ASSERT(!drill_filter(&rep, t, 1, &b)); /* "others" is no list */
	strbuf_clear(&b);
	CU_ASSERT(!drill_filter(&rep, t, 2, &b));
	CU_ASSERT(!drill_filter(NULL, t, 0, &b));
	table_free(t);
	strbuf_free(&b);
}

TESTS("screens", T(key_tables_are_sound), T(every_key_has_a_note_and_a_name),
    T(no_action_only_where_terminals_are), T(marks_are_no_commands), T(states_have_words_of_their_own), T(numbers_are_grouped), T(money_in_brief),
    T(changes), T(days), T(a_row_opens_what_it_counted))
