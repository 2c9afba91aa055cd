/* A day's writes, each kind of refusal, and every action of every kind of record as a preview: done to both. */
#include "config.h"

#include "tests/conformance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/secret.h"
#include "client/table.h"

#define UNIT "E04-4"

/* Ids of what the database writes beside; the hash chain over them. */
static const char *const made_there[] = { "view", "status_event", NULL };

static const char *const imported_there[] = { "record", NULL }; /* an import gives the ids itself */

static const char *const imported_ids[] = { "id", "no", NULL };

static const struct resource *res(const char *name)
{
	return catalogue_resource(name);
}

/* ---- mutations --------------------------------------------------------------------------------------------- */

static void ask_mutate(struct side *s, const void *arg)
{
	client_mutate(s->session, arg, 1, answered, s);
}

static const char *id_of(unsigned n) /* a UUIDv7 of the pinned day */
{
	static char id[4][40];
	char *to = id[n % 4];

	snprintf(to, sizeof id[0], "019ecf1a-0000-7000-8000-%012u", n);
	return to;
}

static bool mutate(struct pair *p, const struct mutation *m, const char *what)
{
	return same(p, ask_mutate, m, "%s", what);
}

static bool create(struct pair *p, unsigned id, const char *resource, const char *record, const char *set, const char *what)
{
	json_t *o = json_loads(set, 0, NULL);
	bool good = mutate(p, &(struct mutation){ .id = id_of(id), .res = res(resource), .kind = "create", .record = record,
		.set = o }, what);

	json_decref(o);
	return good;
}

static bool patch(struct pair *p, unsigned id, const char *resource, const char *record, int version, const char *set,
    const char *what)
{
	json_t *o = json_loads(set, 0, NULL);
	bool good = mutate(p, &(struct mutation){ .id = id_of(id), .res = res(resource), .kind = "patch", .record = record,
		.version = version, .set = o }, what);

	json_decref(o);
	return good;
}

static bool act(struct pair *p, unsigned id, const char *resource, const char *record, int version, const char *action,
    const char *args, const char *what)
{
	json_t *o = args != NULL ? json_loads(args, 0, NULL) : NULL;
	bool good = mutate(p, &(struct mutation){ .id = id_of(id), .res = res(resource), .kind = "action", .record = record,
		.version = version, .action = action, .args = o }, what);

	json_decref(o);
	return good;
}

static bool undo(struct pair *p, unsigned id, unsigned of, const char *what)
{
	char other[40];

	snprintf(other, sizeof other, "%s", id_of(of));
	return mutate(p, &(struct mutation){ .id = id_of(id), .kind = "undo", .undo = other }, what);
}

/* ---- a stay ------------------------------------------------------------------------------------------------ */

#define STAY(from, to) "{\"unit\":\"" UNIT "\",\"check_in\":\"" from "\",\"check_out\":\"" to "\"}"
#define STAY_ID "019ecf1a-0000-7000-8000-0000000000aa"

static void a_stay(struct pair *p)
{
	create(p, 1, "reservations", STAY_ID, STAY("2031-03-01", "2031-03-05"), "create");
	create(p, 1, "reservations", STAY_ID, STAY("2031-03-01", "2031-03-05"), "create, sent again");
	create(p, 1, "reservations", STAY_ID, STAY("2031-03-01", "2031-03-06"), "create, another one under the same id");
	create(p, 2, "reservations", NULL, STAY("2031-03-04", "2031-03-08"), "create, taken");
	create(p, 3, "reservations", NULL, STAY("2031-03-08", "2031-03-04"), "create, backwards");
	create(p, 4, "reservations", NULL, STAY("never", "2031-03-04"), "create, no date");
	create(p, 5, "reservations", NULL, "{\"unit\":\"NOPE\",\"check_in\":\"2031-04-01\",\"check_out\":\"2031-04-02\"}",
	    "create, no such unit");
	create(p, 6, "reservations", NULL, "{\"unit\":\"" UNIT "\"}", "create, half of it");
	create(p, 7, "reservations", NULL, "{}", "create, nothing");
	create(p, 8, "reservations", NULL, "{\"check_in\":5,\"unit\":{\"a\":[1,null]}}", "create, other types");
	patch(p, 9, "reservations", STAY_ID, 0, "{\"check_out\":\"2031-03-06\"}", "patch of whatever it is");
	patch(p, 10, "reservations", STAY_ID, 1, "{\"check_out\":\"2031-03-07\"}", "patch, stale");
	patch(p, 11, "reservations", STAY_ID, 99, "{\"check_out\":\"2031-03-07\"}", "patch, of the future");
	patch(p, 12, "reservations", STAY_ID, 0, "{\"price_per_night\":\"75.00\",\"adults\":2}", "patch, an amount as typed");
	patch(p, 13, "reservations", STAY_ID, 0, "{\"adults\":-1}", "patch, out of bounds");
	patch(p, 14, "reservations", STAY_ID, 0, "{\"status\":\"completed\"}", "patch, what only an action changes");
	patch(p, 15, "reservations", "019ecf1a-0000-7000-8000-00000000ffff", 0, "{\"adults\":2}", "patch, no such record");
	patch(p, 16, "reservations", STAY_ID, 0, "{}", "patch, nothing");
	act(p, 17, "reservations", STAY_ID, 0, "check_out", NULL, "action, too early");
	act(p, 18, "reservations", STAY_ID, 0, "cancel", NULL, "action, without its reason");
	act(p, 19, "reservations", STAY_ID, 1, "cancel", "{\"reason\":\"guest\"}", "action, stale");
	act(p, 20, "reservations", STAY_ID, 0, "cancel", "{\"reason\":\"guest\"}", "action");
	act(p, 21, "reservations", STAY_ID, 0, "cancel", "{\"reason\":\"guest\"}", "action, once more");
	undo(p, 22, 20, "undo");
	undo(p, 23, 20, "undo of what is undone");
	undo(p, 24, 22, "undo of the undo");
	undo(p, 25, 999, "undo of nothing");
	undo(p, 26, 2, "undo of what was refused");
}

/* ---- a person ---------------------------------------------------------------------------------------------- */

#define PERSON "019ecf1a-0000-7000-8000-0000000000bb"

static void a_person(struct pair *p)
{
	create(p, 40, "parties", PERSON, "{\"name\":\"Айгүл Сәрсенқызы 'Ә' \\\"q\\\"\",\"kind\":\"person\",\"phone\":\"+7 701 123 45 67\"}",
	    "a person in Kazakh");
	patch(p, 41, "parties", PERSON, 1, "{\"name\":\"Иванова Мария\",\"email\":\"not an address\"}", "a bad address");
	patch(p, 42, "parties", PERSON, 1, "{\"name\":\"Иванова Мария\",\"email\":null}", "a name, and nothing for a null");
	patch(p, 43, "parties", PERSON, 2, "{\"name\":\"\"}", "no name");
	patch(p, 44, "parties", PERSON, 2, "{\"name\":\"a\\u202eb\"}", "a name that turns round");
	create(p, 45, "parties", NULL, "{\"name\":\"x\",\"kind\":\"no such kind\"}", "a kind that there is not");
	undo(p, 46, 42, "undo of a patch");
}

/* ---- several at once --------------------------------------------------------------------------------------- */

struct batch { const struct resource *res; json_t *rows; bool dry; const char *id; };

static void ask_import(struct side *s, const void *arg)
{
	const struct batch *b = arg;

	client_import(s->session, b->res, b->rows, b->dry, b->id, 1, answered, s);
}

static void imports(struct pair *p)
{
	json_t *rows = json_loads("[{\"line\":2,\"set\":{\"number\":\"C-1\",\"unit\":\"" UNIT "\",\"check_in\":\"2032-01-01\","
	    "\"check_out\":\"2032-01-03\",\"status\":\"confirmed\"}},"
	    "{\"line\":3,\"set\":{\"external_id\":\"C-2\",\"unit\":\"" UNIT "\",\"check_in\":\"2032-01-02\",\"check_out\":\"2032-01-04\","
	    "\"status\":\"confirmed\"}},"
	    "{\"line\":4,\"set\":{\"external_id\":\"C-3\",\"unit\":\"NOPE\",\"check_in\":\"2032-02-02\",\"check_out\":\"2032-02-04\"}},"
	    "{\"line\":5,\"set\":{\"external_id\":\"C-4\",\"unit\":\"" UNIT "\",\"check_in\":\"2032-03-02\",\"check_out\":\"2032-03-04\","
	    "\"status\":\"completed\",\"price_per_night\":\"10.00\"}},{\"line\":6,\"set\":{}}]", 0, NULL);
	struct batch b = { .res = res("reservations"), .rows = rows };

	ignore_columns(imported_there);
	b.dry = true;
	same(p, ask_import, &b, "import, tried");
	b.dry = false;
	b.id = id_of(60);
	same(p, ask_import, &b, "import");
	same(p, ask_import, &b, "import, sent again");
	ignore_columns(made_there);
	undo(p, 61, 60, "undo of the import");
	json_decref(rows);
}

struct changes { struct mutation m[24]; size_t n; };

static void ask_preview(struct side *s, const void *arg)
{
	const struct changes *c = arg;

	client_preview(s->session, c->m, c->n, 1, answered, s);
}

static void previews(struct pair *p)
{
	json_t *later = json_loads("{\"check_out\":\"2031-03-09\"}", 0, NULL), *bad = json_loads("{\"adults\":-5}", 0, NULL);
	struct changes c = { .n = 4, .m = {
		{ .id = id_of(70), .res = res("reservations"), .kind = "patch", .record = STAY_ID, .set = later },
		{ .id = id_of(71), .res = res("reservations"), .kind = "patch", .record = STAY_ID, .set = bad },
		{ .id = id_of(72), .res = res("reservations"), .kind = "patch", .record = STAY_ID, .version = 1, .set = later },
		{ .id = id_of(73), .res = res("reservations"), .kind = "action", .record = STAY_ID, .action = "check_in" } } };

	same(p, ask_preview, &c, "preview of four");
	c.n = 0;
	same(p, ask_preview, &c, "preview of none");
	json_decref(later);
	json_decref(bad);
}

/* ---- an access code ---------------------------------------------------------------------------------------- */

static void ask_reveal(struct side *s, const void *arg)
{
	client_reveal(s->session, UNIT, arg, 2, 1, answered, s);
}

/* There is none, or one may not look: both are said before any key is asked for. */
static void reveals(struct pair *p)
{
	same(p, ask_reveal, (struct param[]){ { "kind", "intercom" }, { "reason", "a guest at the door" } }, "reveal of no code");
	same(p, ask_reveal, (struct param[]){ { "kind", "nonsense" }, { "reason", "x" } }, "reveal of no kind");
	same(p, ask_reveal, (struct param[]){ { "kind", "door" }, { "reason", NULL } }, "reveal without a reason");
}

static void ask_unit(struct side *s, const void *arg)
{
	(void)arg;
	client_get(s->session, res("units"), UNIT, 1, answered, s);
}

static void ask_query(struct side *s, const void *arg)
{
	client_list(s->session, arg, 1, answered, s);
}

static void ask_code(struct side *s, const void *arg)
{
	(void)arg;
	client_code(s->session, json_string_value(json_object_get(s->json, "view")), 1, answered, s);
}

/* The code itself: sealed over one side, opened over the other. The ids of the log's lines are each side's own. */
static void a_code(struct pair *p, const char *codes_key)
{
	struct param why[] = { { "kind", "door" }, { "reason", "a guest at the door" } };
	struct err e = { 0 };
	struct code_keys *keys = code_keys_read(codes_key, true, &e);
	struct code_place at = { .company = session_company(p->a.session), .kind = "door" };
	char unit[40] = "", *sealed, *args, *text = NULL;

	same(p, ask_unit, NULL, "the unit");
	if (keys == NULL || table_rows(p->a.rows) != 1 || !session_may(p->a.session, "secret.view"))
		goto out;
	snprintf(unit, sizeof unit, "%s", table_get(p->a.rows, 0, "id"));
	at.unit = unit;
	sealed = code_seal(keys, &at, "12-34 қақпа", &e);
	args = xasprintf("{\"kind\":\"door\",\"sealed\":\"%s\",\"key_version\":%d}", sealed, code_keys_newest(keys));
	if (act(p, 90, "units", UNIT, 0, "set_code", args, "a code is set")) {
		ask_both(p, ask_reveal, why);
		check(p->a.err.kind == ERR_NONE && p->b.err.kind == ERR_NONE, "both may look: %s %s", p->a.err.text, p->b.err.text);
		ask_both(p, ask_code, NULL);
		text = p->a.json != NULL ? code_open(keys, code_keys_newest(keys), &at,
		    json_string_value(json_object_get(p->a.json, "sealed")), &e) : NULL;
		const char *plain = json_string_value(json_object_get(p->b.json, "code"));
		check(text != NULL && plain != NULL && strcmp(text, plain) == 0, "the same code");
		check(!p->a.done || plain == NULL || strcmp(plain, "12-34 қақпа") == 0, "the code that was set");
	}
	free(sealed);
	free(args);
out:
	code_forget(text);
	code_keys_free(keys);
}

static void what_there_is_now(struct pair *p)
{
	struct query q;
	struct err e;

	query_init(&q, res("reservations"));
	q.limit = 100;
	check(query_filter(&q, "check_in>=2031-01-01", 0, NULL, &e), "the filter");
	same(p, ask_query, &q, "the stays of the day");
	query_free(&q);
	query_init(&q, res("parties"));
	same(p, ask_query, &q, "the people of the day");
	query_free(&q);
}

void writes_of_a_day(struct pair *p, const char *codes_key)
{
	ignore_columns(made_there);
	a_stay(p);
	a_person(p);
	previews(p);
	imports(p);
	reveals(p);
	a_code(p, codes_key);
	ignore_columns(imported_ids);
	what_there_is_now(p);
}

/* ---- every action ------------------------------------------------------------------------------------------ */

static void ask_some(struct side *s, const void *arg)
{
	struct query q;

	query_init(&q, arg);
	q.limit = 3;
	client_list(s->session, &q, 1, answered, s);
	query_free(&q);
}

/* What stands in the form of every action, if it asks: good enough for some, wrong for others. */
static json_t *arguments(const struct action *a)
{
	json_t *o = json_object();

	for (const struct arg *g = a->args; g != NULL && g->name != NULL; g++) {
		const char *value = g->choices != NULL ? g->choices[0].value : g->type == FT_DATE ? "2026-07-01" : g->type == FT_INT ? "1" :
		    g->type == FT_MONEY ? "10.00" : g->type == FT_TEXT ? "почему-то" : NULL;
		if (value != NULL)
			json_object_set_new(o, g->name, json_string(value));
	}
	if (a->flags & A_REASON)
		json_object_set_new(o, "reason", json_string("Себебі бар"));
	return o;
}

/* Each action on a record, all tried and none done. */
static void actions_of(struct pair *p, const struct resource *r, const char *record)
{
	struct changes c = { 0 };
	json_t *args[24];

	for (const struct action *a = r->actions; a != NULL && a->name != NULL && c.n < 24; a++) {
		args[c.n] = arguments(a);
		c.m[c.n] = (struct mutation){ .res = r, .kind = "action", .record = record, .action = a->name, .args = args[c.n] };
		c.n++;
	}
	if (c.n > 0)
		same(p, ask_preview, &c, "preview of the actions of %s %s", r->name, record);
	for (size_t i = 0; i < c.n; i++)
		json_decref(args[i]);
}

void refusals_of_everything(struct pair *p)
{
	json_t *nothing = json_object();

	ignore_columns(made_there);
	for (const struct resource *const *r = catalogue_resources(); *r != NULL; r++) {
		if (is_volatile((*r)->name))
			continue;
		struct changes c = { .n = 2, .m = {
			{ .id = id_of(80), .res = *r, .kind = "create", .set = nothing },
			{ .id = id_of(81), .res = *r, .kind = "patch", .record = "nobody", .set = nothing } } };

		same(p, ask_some, *r, "some of %s", (*r)->name);
		struct table *some = p->a.rows != NULL ? table_ref(p->a.rows) : NULL;
		same(p, ask_preview, &c, "preview of nothing of %s", (*r)->name);
		for (int i = 0; i < table_rows(some); i++)
			actions_of(p, *r, table_get(some, i, "id"));
		table_free(some);
	}
	json_decref(nothing);
}
