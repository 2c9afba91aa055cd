#include "config.h"

#include "base/err.h"
#include "base/layout.h"
#include "base/mem.h"
#include "client/command.h"
#include "client/query.h"
#include "tests/cunit.h"

static const char *const THEMES[] = { "default", "light", "mono", NULL };
static const struct command_name SCREENS[] = {
	{ .name = "home", .title = "Home" }, { .name = "portfolio", .title = "Portfolio" },
	{ .name = "bookings", .title = "Bookings" }, { 0 },
};
static const struct command_name VERBS[] = {
	{ .name = "quit", .title = "leave the console" },
	{ .name = "theme", .title = "colours", .words = true, .values = THEMES }, { 0 },
};
static const struct command_name VIEWS[] = { { .name = "late", .title = "bk hold" }, { 0 } };
static struct command_env env = { .screens = SCREENS, .verbs = VERBS, .views = VIEWS };

static const char *const KINDS[] = { "none", "screen", "list", "open", "action", "step", "edit", "new", "view", "verb",
	"help" };

/* "action reservations 252 cancel reason=plans_changed", or "E: …". */
static char *read_line(const char *line)
{
	struct command c;
	struct err e = { 0 };
	struct strbuf out = { 0 };

	env.today = day_parse("2026-06-16");
	if (!command_parse(&c, &env, line, &e)) {
		strbuf_printf(&out, "E: %s", e.text);
	} else {
		strbuf_puts(&out, KINDS[c.kind]);
		if (c.res)
			strbuf_printf(&out, " %s", c.res->name);
		if (c.name)
			strbuf_printf(&out, " %s", c.name->name);
		if (*c.id)
			strbuf_printf(&out, " %s", c.id);
		if (c.action)
			strbuf_printf(&out, " %s", c.action->name);
		if (c.step)
			strbuf_printf(&out, " %+d", c.step);
		for (int i = 0; i < c.nparams; i++)
			strbuf_printf(&out, " %s=%s", c.params[i].name, c.params[i].value);
		if (*c.text)
			strbuf_printf(&out, " [%s]", c.text);
	}
	command_free(&c);
	return strbuf_steal(&out);
}

static void reads(const char *line, const char *want)
{
	char *got = read_line(line);

	CU_ASSERT_STRING_EQUAL(got, want);
	if (strcmp(got, want))
		printf("\n%s\n  got  %s\n  want %s\n", line, got, want);
	free(got);
}

static void places(void)
{
	reads("", "none");
	reads("   ", "none");
	reads("home", "screen home");
	reads("Portfolio", "screen portfolio");
	reads("home x", "E: home takes nothing behind it");
	reads("bookings", "screen bookings");
	reads("bookings hold", "list reservations [hold]");
	reads("? sort order", "help [sort order]");
	reads("@late", "view late");
	reads("bk @late", "view reservations late");
	reads("@", "E: name the view");
	reads("@nothing", "E: there is no saved view nothing");
	reads("theme light", "verb theme [light]");
	reads("quit now", "E: quit takes nothing behind it");
	reads("nonsense", "E: nonsense is no target, screen or command");
}

static void lists(void)
{
	reads("un", "list units");
	reads("units", "list units");
	reads("UNIT", "list units");
	reads("un status=free -archived", "list units [status=free -archived]");
	reads("bk hold", "list reservations [hold]");
	reads("tn ivan petrov", "list parties [ivan petrov]");
	reads("bk 252 hold", "list reservations [252 hold]");
	reads("bk check_in>=1606 \"two words\"", "list reservations [check_in>=1606 \"two words\"]");
	reads("bk stat=x", "E: reservations has no field \"stat\"; close: status, status_on, status_reason");
}

static void records(void)
{
	reads("bk252", "open reservations 252");
	reads("bk 252", "open reservations 252");
	reads("un C001", "open units C001");
	reads("tn 4421", "open parties 4421");
	reads("tn +77011234567", "open parties +77011234567");
	reads("252", "open 252");
	reads("C001", "open C001");
	reads("bk252 edit", "edit reservations 252");
	reads("tn ivanov edit", "edit parties ivanov");
	reads("bk889 >", "step reservations 889 +1");
	reads("bk 889 <", "step reservations 889 -1");
	reads("ob 12 >", "E: buildings have no states");
	reads("bk252 dance", "E: dance is nothing that can be done with it");
}

static void actions(void)
{
	reads("bk252 confirm", "action reservations 252 confirm");
	reads("bk252 check in", "action reservations 252 check_in");
	reads("bk252 check-in", "action reservations 252 check_in");
	reads("bk 252 cancel reason=plans_changed", "action reservations 252 cancel reason=plans_changed");
	reads("bk 252 cancel plans_changed guest", "action reservations 252 cancel reason=plans_changed by=guest");
	reads("bk 252 cancel guest not at all", "action reservations 252 cancel by=guest reason=not at all");
	reads("bk 252 cancel by=nobody", "E: \"nobody\" is not one of the values");
	reads("bk 252 cancel when=now", "E: there is no argument when");
	reads("bk 252 cancel reason=x reason=y", "E: reason is given twice");
	reads("un C001 archive", "action units C001 archive");
	reads("bk 252 extend_hold 1706", "action reservations 252 extend_hold until=2026-06-17T00:00:00");
	reads("252 check_in", "action reservations 252 check_in");
	reads("252 confirm", "action reservations 252 confirm"); /* payments are confirmed, too, but nobody quotes their numbers */
	reads("252 dance", "E: 252 may be the number of several things");
	reads("bk confirm", "E: confirm: no record is named");
	reads("bk hold confirm", "list reservations [hold confirm]");
}

static void new_records(void)
{
	reads("bk+", "new reservations");
	reads("bk+ C001 1806 3n", "new reservations unit=C001 check_in=2026-06-18 check_out=2026-06-21");
	reads("bk+ 1806 1906 C001", "new reservations check_in=2026-06-18 check_out=2026-06-19 unit=C001");
	reads("bk+ unit=C001 adults=2", "new reservations unit=C001 adults=2");
	reads("bk+ 3n", "E: 3n: give the first day before the nights");
	reads("bk+ total=5", "E: total is not set by hand, it follows from other things");
	reads("tn+ Иван Петров phone=+77011234567", "new parties name=Иван Петров phone=+77011234567");
	reads("un+ A12 apartment Studio by the sea floor=3", "new units code=A12 kind=apartment title=Studio by the sea floor=3");
	reads("bk+ C001 1806 1906 what", "E: what: it is not clear which field this is for");
	reads("postings+", "E: postings are not made by hand");
}

static void other_layouts(void)
{
	reads("ил252", "open reservations 252");
	reads("ИЛ252", "open reservations 252");
	reads("иләғә", "open reservations 252"); /* kz: the digit row is letters */
	reads("ил252 сщташкь", "action reservations 252 confirm");
	reads("ил әғә", "open reservations 252");
	reads("әғә", "open 252");
	reads("бк252 отменить", "E: бк252 may be the number of several things");
	reads("bk252 cancel the", "action reservations 252 cancel");
	reads("bk252 check", "E: check is nothing that can be done with it");
	reads("гт", "list units");
	reads("гт статус", "list units [статус]");
	reads("рщьу", "screen home");
	reads("брони", "list reservations");
	reads(",hjyb", "list reservations");
	reads("бр252", "open reservations 252");
	reads("қонақ", "list parties");
	reads("ерьу", "E: ерьу is no target, screen or command");
	reads("еруьу light", "verb theme [light]");
}

/* Every word of the catalogue means one thing, in every layout. */
static void no_word_is_ambiguous(void)
{
	for (const struct resource *const *r = catalogue_resources(); *r; r++) {
		char want[80], *wrong, *line;

		snprintf(want, sizeof(want), "list %s", (*r)->name);
		if (strcmp((*r)->singular, "booking"))
			reads((*r)->singular, want);
		for (const char *const *a = (*r)->aliases; a && *a; a++) {
			if (strcmp(*a, "bookings"))
				reads(*a, want);
			wrong = strspn(*a, "abcdefghijklmnopqrstuvwxyz") ? layout_cyrillic(*a) : layout_latin(*a, false);
			line = xasprintf("%s x", wrong);
			char *got = read_line(line);
			CU_ASSERT(strncmp(got, "E: ", 3) != 0 || strstr(got, "could be") == NULL);
			free(got);
			free(line);
			free(wrong);
		}
	}
}

static const char *typed_value(enum field_type t, const struct choice *choices, int64_t min)
{
	static char least[24];
	static const char *const v[] = { [FT_TEXT] = "x", [FT_INT] = "1", [FT_MONEY] = "1", [FT_BP] = "1", [FT_DATE] = "1806",
		[FT_TIME] = "1806 12:00", [FT_BOOL] = "yes", [FT_CHOICE] = "?", [FT_REF] = "x",
		[FT_UUID] = "018f0000-0000-7000-8000-000000000000" };

	if (min > 1 && !choices) {
		if (t == FT_TEXT)
			snprintf(least, sizeof(least), "%.*s", (int)min, "xxxxxxxxxx");
		else
			snprintf(least, sizeof(least), "%lld", (long long)min);
		return least;
	}
	return choices ? choices->value : v[t];
}

static bool offers(const char *line, const char *text)
{
	struct candidates c;
	bool found = false;

	command_complete(&env, line, strlen(line), &c);
	for (int i = 0; i < c.n; i++)
		found |= !strcmp(c.c[i].text, text);
	candidates_free(&c);
	return found;
}

/* Every resource x action, its words and its completion. */
static void every_action(void)
{
	for (const struct resource *const *r = catalogue_resources(); *r; r++)
		for (const struct action *a = (*r)->actions; a && a->name; a++) {
			struct strbuf line = { 0 }, words = { 0 };
			struct command c;
			struct err e = { 0 };

			strbuf_printf(&line, "%s 17 ", (*r)->name);
			CU_ASSERT(offers(line.s, a->name));
			strbuf_puts(&line, a->name);
			for (const struct arg *x = a->args; x && x->name; x++) {
				char *name = xasprintf("%s=", x->name);
				strbuf_putc(&line, ' ');
				CU_ASSERT(offers(line.s, name));
				strbuf_printf(&line, "%s\"%s\"", name, typed_value(x->type, x->choices, 0));
				free(name);
			}
			CU_ASSERT(command_parse(&c, &env, line.s, &e));
			CU_ASSERT_EQUAL(c.kind, COMMAND_ACTION);
			CU_ASSERT_PTR_EQUAL(c.action, a);
			command_words(&c, &env, &words);
			CU_ASSERT(strstr(strbuf_str(&words), a->label) != NULL);
			if (e.kind)
				printf("\n%s: %s\n", line.s, e.text);
			command_free(&c);
			strbuf_free(&words);
			strbuf_free(&line);
		}
}

/* Every resource x field: in a filter and in a new record. */
static void every_field(void)
{
	for (const struct resource *const *r = catalogue_resources(); *r; r++)
		for (const struct field *f = (*r)->fields; f->name; f++) {
			char *name = xasprintf("%s=", f->name), *start = xasprintf("%s ", (*r)->name);
			char *line = xasprintf("%s%s\"%s\"", start, name, typed_value(f->type, f->choices, f->min));
			struct command c;
			struct err e = { 0 };

			if (!(f->flags & (F_SECRET | F_KEY)))
				CU_ASSERT(offers(start, name));
			if (!(f->flags & F_SECRET) && f->type != FT_TIME) {
				CU_ASSERT(command_parse(&c, &env, line, &e));
				CU_ASSERT_EQUAL(c.kind, COMMAND_LIST);
				if (e.kind)
					printf("\n%s: %s\n", line, e.text);
				command_free(&c);
			}
			free(line);
			line = xasprintf("%s+ %s%s", (*r)->name, name, f->type == FT_TIME ? "tod" :
			    typed_value(f->type, f->choices, f->min));
			if ((*r)->create && field_creatable(f)) {
				CU_ASSERT(command_parse(&c, &env, line, &e));
				CU_ASSERT_EQUAL(c.nparams, 1);
				if (e.kind)
					printf("\n%s: %s\n", line, e.text);
				command_free(&c);
			}
			free(line);
			free(start);
			free(name);
		}
}

static void completes(void)
{
	CU_ASSERT(offers("", "portfolio"));
	CU_ASSERT(offers("", "@late"));
	CU_ASSERT(offers("po", "portfolio"));
	CU_ASSERT(offers("зщ", "portfolio"));
	CU_ASSERT(offers("брон", "брони"));
	CU_ASSERT(offers("@", "@late"));
	CU_ASSERT(offers("theme ", "light"));
	CU_ASSERT(offers("theme li", "light"));
	CU_ASSERT(offers("un st", "status="));
	CU_ASSERT(offers("un -st", "-status="));
	CU_ASSERT(offers("un status=", "status=free"));
	CU_ASSERT(offers("un status=free,bl", "status=free,blocked"));
	CU_ASSERT(offers("un -arch", "-archived"));
	CU_ASSERT(offers("bk check_in>=t", "check_in>=tom"));
	CU_ASSERT(offers("bk252 ", "confirm"));
	CU_ASSERT(offers("bk252 can", "cancel"));
	CU_ASSERT(offers("bk252 cancel pla", "plans_changed"));
	CU_ASSERT(offers("bk252 cancel reason=pla", "reason=plans_changed"));
	CU_ASSERT(offers("bk+ ch", "check_in="));
	CU_ASSERT_FALSE(offers("bk+ to", "total="));
	CU_ASSERT_FALSE(offers("? so", "sort"));
	CU_ASSERT_FALSE(offers("bk252 ", "status="));
}

static void says(const char *line, const char *want)
{
	struct command c;
	struct strbuf out = { 0 };

	CU_ASSERT(command_parse(&c, &env, line, NULL));
	command_words(&c, &env, &out);
	CU_ASSERT_STRING_EQUAL(strbuf_str(&out), want);
	if (strcmp(strbuf_str(&out), want))
		printf("\n%s: %s\n", line, strbuf_str(&out));
	command_free(&c);
	strbuf_free(&out);
}

static void says_what_enter_does(void)
{
	says("home", "go to: Home");
	says("un", "Units: list all");
	says("un status=free,blocked -bed", "Units: list; Status: free or blocked; not \"bed\"");
	says("bk check_in>=1606", "Reservations: list; Check-in >= 2026-06-16");
	says("bk252", "Reservations 252: open");
	says("252", "252: open whatever has this number");
	says("bk252 confirm", "Reservations 252: Confirm (hold > confirmed)");
	says("bk252 cancel terms", "Reservations 252: Cancel the stay (> cancelled); Reason: Terms did not suit");
	says("bk252 >", "Reservations 252: on to its next state");
	says("bk+ C001 1806 3n", "Reservations: new; Unit: C001; Check-in: 2026-06-18; Check-out: 2026-06-21");
	says("@late", "view late: bk hold");
	says("theme light", "colours: light");
}

/* Random bytes and random pieces of good lines: no crash, no leak, and what parses can be said. */
static void fuzz(void)
{
	static const char *const pieces[] = { "bk", "252", " ", "un", "+", "status=", "free", "\"", "-", "@late", "?", ">", "<",
		"cancel", "reason=", ",", "~", "\\", "3n", "1806", "ил", "ә", "\xff", "\xc3", "tn", "edit", "theme", "=", "..", "\t",
		"check in", "until=", "не", "\xf0\x9f\x98\x80" };
	int rounds = test_count(1500);

	for (int i = 0; i < rounds; i++) {
		struct strbuf line = { 0 }, words = { 0 };
		struct command c;
		struct candidates k;
		struct err e = { 0 };
		int n = (int)test_below(12);

		for (int j = 0; j < n; j++) {
			if (i % 3 == 0)
				strbuf_putc(&line, (char)(1 + test_below(255)));
			else
				strbuf_puts(&line, pieces[test_below(ARRAY_LEN(pieces))]);
		}
		bool ok = command_parse(&c, &env, strbuf_str(&line), &e);
		CU_ASSERT_EQUAL(ok, e.kind == ERR_NONE);
		if (ok)
			command_words(&c, &env, &words);
		command_free(&c);
		command_complete(&env, strbuf_str(&line), test_below(40), &k);
		CU_ASSERT(k.from <= k.to && k.to <= line.len);
		candidates_free(&k);
		strbuf_free(&line);
		strbuf_free(&words);
	}
}

TESTS("test_command", T(places), T(lists), T(records), T(actions), T(new_records), T(other_layouts),
    T(no_word_is_ambiguous), T(every_action), T(every_field), T(completes), T(says_what_enter_does), T(fuzz))
