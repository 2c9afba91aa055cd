#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "screens/answer.h"
#include "screens/estate_notes.h"
#include "screens/format.h"

enum { NOTES_MOST = 1000, ASK_MOST = 60, COUNT_MOST = 500 };

/* ---- notes and cares ---- */

struct note *note_find(const struct estate *e, const char *id)
{
	for (int i = 0; i < e->nnotes; i++)
		if (!strcmp(e->notes[i].id, id))
			return &e->notes[i];
	return NULL;
}

/* All are forgotten when there are too many: those of the nodes on the screen are asked for again. */
static struct note *note_make(struct estate *e, const char *id)
{
	struct note *n = note_find(e, id);

	if (n)
		return n;
	if (!e->notes)
		e->notes = xcalloc(NOTES_MOST, sizeof(*e->notes));
	if (e->nnotes == NOTES_MOST)
		e->nnotes = 0;
	n = &e->notes[e->nnotes++];
	*n = (struct note){ 0 };
	snprintf(n->id, sizeof(n->id), "%s", id);
	return n;
}

int estate_attention(const struct estate *e, const char *id)
{
	for (int i = 0; i < e->ncares; i++)
		if (!strcmp(e->cares[i].id, id))
			return e->cares[i].n;
	return 0;
}

static void care_for(struct estate *e, const char *id)
{
	for (int i = 0; i < e->ncares; i++) {
		if (strcmp(e->cares[i].id, id))
			continue;
		e->cares[i].n++;
		return;
	}
	if (!id[0])
		return;
	e->cares = xreallocarray(e->cares, (size_t)e->ncares + 1, sizeof(*e->cares));
	snprintf(e->cares[e->ncares].id, sizeof(e->cares->id), "%s", id);
	e->cares[e->ncares++].n = 1;
}

/* ---- questions ---- */

enum { Q_NONE, Q_LOOSE, Q_PARTS, Q_RATES, Q_COUNT, Q_MONTHS, Q_WORRIES, Q_WORRY, Q_DEBTS, Q_ALL };

static void on_answer(const struct reply *r, void *arg);

static void list(struct estate *e, const char *res, const char *filter, const char *branch, unsigned limit)
{
	struct query q;

	branch_query(e, &q, res, filter, branch);
	q.limit = limit;
	client_list(screen_session(e->screen), &q, screen_owner(e->screen, SLOT_NOTES), on_answer, e);
	query_free(&q);
}

static void report(struct estate *e, const char *name, const char *group, const char *unit)
{
	day_t today = screen_today(e->screen);
	char from[16], to[16];
	struct param args[4] = { { "from", from }, { "to", to }, { "group", group }, { "unit", unit } };

	day_format(day_month_start(today), from);
	day_format(today + 1, to);
	client_report(screen_session(e->screen), catalogue_report(name), args, group ? unit ? 4 : 3 : 0,
	    screen_owner(e->screen, SLOT_NOTES), on_answer, e);
}

static bool ask_months(struct estate *e)
{
	if (!e->months_stale)
		return false;
	e->months_stale = false;
	if (!screen_may(e->screen, catalogue_report("occupancy")->permission))
		return false;
	report(e, "occupancy", "building", NULL);
	return true;
}

static bool ask_debts(struct estate *e)
{
	const struct report *arrears = catalogue_report("arrears");

	if (!e->debts_stale)
		return false;
	e->debts_stale = false;
	e->debts_at = screen_clock(e->screen);
	if (!screen_may(e->screen, arrears->permission) || !screen_may(e->screen, "charge.view"))
		return false;
	client_report(screen_session(e->screen), arrears, &(struct param){ "group", "building" }, 1,
	    screen_owner(e->screen, SLOT_NOTES), on_answer, e);
	return true;
}

static bool ask_worries(struct estate *e)
{
	if (!e->worries_stale)
		return false;
	e->worries_stale = false;
	report(e, "attention", NULL, NULL);
	return true;
}

static bool ask_worry(struct estate *e)
{
	while (e->worry < table_rows(e->worries) && !catalogue_resource(table_get(e->worries, e->worry, "resource")))
		e->worry++; /* of a database that is newer than this program */
	if (e->worry >= table_rows(e->worries))
		return false;
	list(e, table_get(e->worries, e->worry, "resource"), table_get(e->worries, e->worry, "filter"), "", COUNT_MOST);
	e->worry++;
	return true;
}

static bool ask_loose(struct estate *e)
{
	for (int i = 0; i < e->nbranches; i++) {
		struct branch *b = e->branches[i];

		if (b->loose_known || !branch_holds_buildings(e, b->id) || !window_at_end(b->window))
			continue;
		snprintf(e->asked, sizeof(e->asked), "%s", b->id);
		list(e, "unit", "building= parent=", b->id, 1);
		return true;
	}
	return false;
}

/* The visible nodes that something is not known of, gathered into one question. */
struct gather { struct estate *e; struct strbuf ids; int n; bool rates; };

static void gather_unit(void *ctx, const char *parent, int i)
{
	struct gather *g = ctx;
	const char *id = estate_node(g->e, parent, i);
	struct note *n;

	if (id[0] != 'u' || g->n >= ASK_MOST)
		return;
	n = note_make(g->e, id);
	if (n->fresh & (g->rates ? NOTE_RATE : NOTE_PARTS))
		return;
	n->pending = true;
	strbuf_printf(&g->ids, "%s%s", g->n++ ? "," : "", id + 1);
}

static bool gathered(struct estate *e, struct gather *g)
{
	for (int i = 0; i < e->nnotes; i++)
		e->notes[i].pending = false;
	tree_each_visible(&e->tree, gather_unit, g);
	return g->n > 0;
}

static bool ask_parts(struct estate *e)
{
	struct gather g = { .e = e };
	bool any = gathered(e, &g);

	if (any) {
		struct strbuf filter = { 0 };

		strbuf_printf(&filter, "parent=%s", strbuf_str(&g.ids));
		list(e, "unit", strbuf_str(&filter), "", COUNT_MOST);
		strbuf_free(&filter);
	}
	strbuf_free(&g.ids);
	return any;
}

static bool ask_rates(struct estate *e)
{
	struct gather g = { .e = e, .rates = true };
	bool any = screen_may(e->screen, catalogue_report("occupancy")->permission) && gathered(e, &g);

	if (any)
		report(e, "occupancy", "unit", strbuf_str(&g.ids));
	strbuf_free(&g.ids);
	return any;
}

static void find_uncounted(void *ctx, const char *parent, int i)
{
	struct estate *e = ctx;
	const char *id = estate_node(e, parent, i);

	if ((id[0] == 'b' || id[0] == 'n') && !e->asked[0] && !(note_make(e, id)->fresh & NOTE_COUNT))
		snprintf(e->asked, sizeof(e->asked), "%s", id);
}

static bool ask_count(struct estate *e)
{
	struct strbuf filter = { 0 };

	e->asked[0] = '\0';
	tree_each_visible(&e->tree, find_uncounted, e);
	if (!e->asked[0])
		return false;
	strbuf_printf(&filter, "building=%s", e->asked[0] == 'b' ? e->asked + 1 : "");
	list(e, "unit", strbuf_str(&filter), e->asked, COUNT_MOST);
	strbuf_free(&filter);
	return true;
}

static bool (*const ASK[Q_ALL])(struct estate *e) = {
	[Q_LOOSE] = ask_loose, [Q_PARTS] = ask_parts, [Q_RATES] = ask_rates, [Q_COUNT] = ask_count,
	[Q_MONTHS] = ask_months, [Q_WORRIES] = ask_worries, [Q_WORRY] = ask_worry,
	[Q_DEBTS] = ask_debts,
};

void estate_look(struct estate *e)
{
	if (!e->started || (e->question && e->epoch == screen_epoch(e->screen)))
		return;
	if (e->question) /* of an epoch that is over: it may still come, and would be taken for the answer to another */
		screen_cancel(e->screen, SLOT_NOTES);
	e->epoch = screen_epoch(e->screen);
	e->question = Q_NONE;
	for (int q = Q_NONE + 1; q < Q_ALL && !e->question; q++)
		if (ASK[q](e))
			e->question = q;
}

/* ---- answers ---- */

static void got_loose(struct estate *e, const struct reply *r)
{
	struct branch *b = branch_of(e, e->asked);

	if (!b)
		return;
	b->loose_known = true;
	b->loose = table_rows(r->rows) > 0;
}

static void know(struct note *n, unsigned what)
{
	n->known |= what;
	n->fresh |= what;
}

/* Those in the answer have parts; the others have none, unless it was cut off: they are asked about again. */
static void got_parts(struct estate *e, const struct reply *r)
{
	bool all = table_rows(r->rows) < COUNT_MOST;
	char id[TREE_ID];

	for (int i = 0; all && i < e->nnotes; i++) {
		if (!e->notes[i].pending)
			continue;
		e->notes[i].parts = false;
		know(&e->notes[i], NOTE_PARTS);
	}
	for (int i = 0; i < table_rows(r->rows); i++) {
		struct note *n;

		snprintf(id, sizeof(id), "u%s", table_get(r->rows, i, "parent"));
		if ((n = note_find(e, id)) == NULL)
			continue;
		n->parts = true;
		know(n, NOTE_PARTS);
	}
}

static void got_rates(struct estate *e, const struct reply *r)
{
	char id[TREE_ID];

	for (int i = 0; i < e->nnotes; i++) {
		if (!e->notes[i].pending)
			continue;
		e->notes[i].rate = -1;
		know(&e->notes[i], NOTE_RATE);
	}
	for (int i = 0; i < table_rows(r->rows); i++) {
		struct note *n;

		snprintf(id, sizeof(id), "u%s", table_get(r->rows, i, "key"));
		if ((n = note_find(e, id)) != NULL && format_number(table_get(r->rows, i, "available_nights")) > 0)
			n->rate = format_number(table_get(r->rows, i, "occupancy_bp"));
	}
}

static bool is_parent(const struct table *t, const char *id)
{
	for (int i = 0; i < table_rows(t); i++)
		if (!strcmp(table_get(t, i, "parent"), id))
			return true;
	return false;
}

/* What is let is counted: a room with beds stands for its beds. */
static void got_count(struct estate *e, const struct reply *r)
{
	struct note *n = note_find(e, e->asked);
	bool parts = false;

	if (!n)
		return;
	know(n, NOTE_COUNT);
	n->more = r->more;
	n->units = n->free = 0;
	for (int i = 0; i < table_rows(r->rows) && !parts; i++)
		parts = table_get(r->rows, i, "parent")[0] != '\0';
	for (int i = 0; i < table_rows(r->rows); i++) {
		const char *status = table_get(r->rows, i, "status");

		if (!strcmp(status, "archived") || (parts && is_parent(r->rows, table_get(r->rows, i, "id"))))
			continue;
		n->units++;
		n->free += !strcmp(status, "free");
	}
}

static void got_months(struct estate *e, const struct reply *r)
{
	table_free(e->months);
	e->months = table_ref(r->rows);
}

static void got_debts(struct estate *e, const struct reply *r)
{
	table_free(e->debts);
	e->debts = table_ref(r->rows);
}

static void got_worries(struct estate *e, const struct reply *r)
{
	table_free(e->worries);
	e->worries = table_ref(r->rows);
	e->worry = 0;
	e->ncares = 0;
}

static void got_worry(struct estate *e, const struct reply *r)
{
	for (int i = 0; i < table_rows(r->rows); i++) {
		care_for(e, table_get(r->rows, i, "unit"));
		care_for(e, table_get(r->rows, i, "building"));
	}
}

static void (*const GOT[Q_ALL])(struct estate *e, const struct reply *r) = {
	[Q_LOOSE] = got_loose, [Q_PARTS] = got_parts, [Q_RATES] = got_rates, [Q_COUNT] = got_count,
	[Q_MONTHS] = got_months, [Q_WORRIES] = got_worries, [Q_WORRY] = got_worry,
	[Q_DEBTS] = got_debts,
};

static void on_answer(const struct reply *r, void *arg)
{
	struct estate *e = arg;
	int question = e->question;

	e->question = Q_NONE;
	if (r->err) { /* the columns stay empty: asked again with the next change */
		app_error(screen_app(e->screen), r->err);
		return;
	}
	GOT[question](e, r);
	tree_refresh(&e->tree);
	app_redraw(screen_app(e->screen));
	estate_look(e);
}

const struct table *estate_month(const struct estate *e, const char *building, int *row)
{
	for (*row = 0; *row < table_rows(e->months); ++*row)
		if (!strcmp(table_get(e->months, *row, "key"), building))
			return e->months;
	return NULL;
}

const struct table *estate_debt(const struct estate *e, const char *building, int *row)
{
	for (*row = 0; *row < table_rows(e->debts); ++*row)
		if (!strcmp(table_get(e->debts, *row, "key"), building))
			return e->debts;
	return NULL;
}

/* Sums of several currencies are not added up: the first is told, and that there are more. */
static void sum_debts(const struct estate *e, struct strbuf *out)
{
	const char *currency = table_rows(e->debts) ? table_get(e->debts, 0, "currency") : "";
	int64_t sum = 0;
	bool others = false;

	for (int i = 0; i < table_rows(e->debts); i++) {
		if (strcmp(table_get(e->debts, i, "currency"), currency) != 0)
			others = true;
		else if (__builtin_add_overflow(sum, format_number(table_get(e->debts, i, "arrears_minor")), &sum))
			return;
	}
	strbuf_printf(out, "%s ", _("overdue"));
	format_whole(out, sum, currency);
	strbuf_printf(out, " %s%s", currency, others ? " +" : "");
}

void estate_sum(const struct estate *e, struct strbuf *out)
{
	int64_t sold = 0, offered = 0;

	for (int i = 0; i < table_rows(e->months); i++) {
		sold += format_number(table_get(e->months, i, "sold_nights"));
		offered += format_number(table_get(e->months, i, "available_nights"));
	}
	if (offered > 0) {
		strbuf_printf(out, "%s ", _("occupancy of the month"));
		format_bp(out, sold * 10000 / offered);
	}
	if (table_rows(e->debts) > 0) {
		strbuf_puts(out, out->len ? "   " : "");
		sum_debts(e, out);
	}
}
