#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "client/value.h"
#include "screens/format.h"
#include "screens/person.h"

enum { LABEL_WIDTH = 12, CHARGES_MOST = 8, PAYMENTS_MOST = 4, STAYS_MOST = 2, ACCOUNTS_MOST = 20, NUMBERS_WIDTH = 52 };

/* ---- asking ---- */

static const struct { const char *resource, *filter, *sort; unsigned limit; } ASKED[PERSON_PARTS] = {
	[PERSON_SELF] = { "parties", "id=%s", "name", 1 },
	[PERSON_ACCOUNTS] = { "accounts", "party=%s kind=receivable,deposit", "no", ACCOUNTS_MOST },
	[PERSON_AGREEMENTS] = { "agreements", "party=%s status=active,notice,draft", "-starts_on", 2 },
	[PERSON_STAYS] = { "reservations", "party=%s status=hold,confirmed,checked_in", "check_in", STAYS_MOST },
	[PERSON_CHARGES] = { "charges", "party=%s status=overdue,partial,pending", "due_on", CHARGES_MOST },
	[PERSON_PAYMENTS] = { "payments", "party=%s", "-booked_on", PAYMENTS_MOST },
};

void person_open(struct person *p, struct screen *s, void (*ask)(struct screen *s), void (*again)(struct screen *s))
{
	p->screen = s;
	p->round = (struct round){ .screen = s, .slot = SLOT_DETAIL, .ask = ask, .again_fn = again };
}

static void forget(struct person *p)
{
	for (int i = 0; i < PERSON_PARTS; i++) {
		table_free(p->shown.rows[i]);
		p->shown.rows[i] = NULL;
	}
	p->shown.id[0] = '\0';
}

static void drop_answers(struct person *p)
{
	for (int i = 0; i < PERSON_PARTS; i++) {
		answer_free(&p->parts[i]);
		err_clear(&p->parts[i].err);
	}
}

void person_close(struct person *p)
{
	forget(p);
	drop_answers(p);
}

void person_ask(struct person *p)
{
	char filter[160];

	for (int i = 0; i < PERSON_PARTS && p->id[0]; i++) {
		snprintf(filter, sizeof(filter), ASKED[i].filter, p->id);
		answer_list(&p->parts[i], &p->round, ASKED[i].resource, filter, ASKED[i].sort, ASKED[i].limit);
	}
}

void person_load(struct person *p, const char *id)
{
	if (!strcmp(p->id, id) && (!id[0] || p->round.waiting > 0 || p->shown.id[0]))
		return;
	snprintf(p->id, sizeof(p->id), "%s", id);
	drop_answers(p);
	if (p->id[0])
		round_start(&p->round);
	else
		forget(p);
}

void person_refresh(struct person *p)
{
	if (p->id[0])
		round_change(&p->round);
}

/* All of it is here: it takes the place of what was shown. */
static void settle(struct person *p)
{
	if (p->round.waiting > 0 || !p->id[0] || !p->parts[PERSON_SELF].rows)
		return;
	forget(p);
	for (int i = 0; i < PERSON_PARTS; i++) {
		p->shown.rows[i] = table_ref(p->parts[i].rows);
		p->shown.err[i] = p->parts[i].err;
	}
	snprintf(p->shown.id, sizeof(p->shown.id), "%s", p->id);
}

/* ---- drawing ---- */

/* One line after another, as long as there is room. */
struct sheet_of { struct person *p; struct canvas c; int y; };

static const char *cell(const struct sheet_of *d, enum person_part part, int row, const char *column)
{
	return table_get(d->p->shown.rows[part], row, column);
}

static void put_line(struct sheet_of *d, const char *label, enum token style, const char *text)
{
	if (!text[0] || d->y >= d->c.h)
		return;
	draw_fit(d->c, d->y, 1, LABEL_WIDTH, TEXT_LEFT, TOK_DIM, label);
	draw_text(d->c, d->y++, LABEL_WIDTH + 2, -1, style, text);
}

static void put_money(struct strbuf *out, int64_t minor, const char *currency)
{
	if (format_is_whole(minor, currency))
		format_whole(out, minor, currency);
	else
		format_money(out, minor, currency);
	strbuf_printf(out, " %s", currency);
}

static void put_choice(const struct sheet_of *d, enum person_part part, int row, const char *field, struct strbuf *out)
{
	const struct field *f = resource_field(catalogue_resource(ASKED[part].resource), field);

	value_show(out, f->type, f->choices, cell(d, part, row, field), NULL);
}

static void put_span(const struct sheet_of *d, enum person_part part, int row, const char *from, const char *to,
    struct strbuf *out)
{
	strbuf_printf(out, "%s – %s", cell(d, part, row, from), cell(d, part, row, to));
}

static void draw_self(struct sheet_of *d)
{
	struct strbuf text = { 0 };
	const char *status = cell(d, PERSON_SELF, 0, "status");
	bool banned = !strcmp(status, "blacklisted");

	if (!screen_may(d->p->screen, "party.contacts"))
		put_line(d, _("Phone"), TOK_DIM, _("hidden: your role lacks party.contacts"));
	put_line(d, _("Phone"), TOK_TEXT, cell(d, PERSON_SELF, 0, "phone"));
	put_line(d, _("E-mail"), TOK_TEXT, cell(d, PERSON_SELF, 0, "email"));
	put_choice(d, PERSON_SELF, 0, "status", &text);
	if (cell(d, PERSON_SELF, 0, "status_reason")[0])
		strbuf_printf(&text, ": %s", cell(d, PERSON_SELF, 0, "status_reason"));
	put_line(d, _("Status"), banned ? TOK_WARNING : TOK_TEXT, strbuf_str(&text));
	if (cell(d, PERSON_SELF, 0, "merged_into")[0])
		put_line(d, _("Merged into"), TOK_WARNING, cell(d, PERSON_SELF, 0, "merged_into_label"));
	put_line(d, _("Agent"), TOK_TEXT, cell(d, PERSON_SELF, 0, "agent_label"));
	put_line(d, _("Note"), TOK_TEXT, cell(d, PERSON_SELF, 0, "note"));
	strbuf_free(&text);
}

/* What is not for this role is said once, in place of the figures. */
static bool is_refused(struct sheet_of *d, enum person_part part, const char *label)
{
	if (!d->p->shown.err[part].kind)
		return false;
	put_line(d, label, TOK_DIM, d->p->shown.err[part].text);
	return true;
}

/* A line a currency: what is owed, and what is held as a deposit beside it. */
static void draw_balance(struct sheet_of *d)
{
	int n = table_rows(d->p->shown.rows[PERSON_ACCOUNTS]);
	struct strbuf text = { 0 };

	if (is_refused(d, PERSON_ACCOUNTS, _("Balance")))
		return;
	for (int i = 0; i < n; i++) {
		const char *currency = cell(d, PERSON_ACCOUNTS, i, "currency");
		int64_t owed = 0, held = 0;
		bool before = false;

		for (int k = 0; k < n; k++) {
			int64_t sum = format_number(cell(d, PERSON_ACCOUNTS, k, "balance_minor"));

			if (strcmp(cell(d, PERSON_ACCOUNTS, k, "currency"), currency))
				continue;
			before = before || k < i;
			if (!strcmp(cell(d, PERSON_ACCOUNTS, k, "kind"), "deposit"))
				held -= sum;
			else
				owed += sum;
		}
		if (before)
			continue;
		strbuf_clear(&text);
		put_money(&text, owed < 0 ? -owed : owed, currency);
		strbuf_printf(&text, " %s", owed > 0 ? _("owed") : owed < 0 ? _("paid in advance") : _("(settled)"));
		put_line(d, _("Balance"), owed > 0 ? TOK_WARNING : TOK_TEXT, strbuf_str(&text));
		strbuf_clear(&text);
		put_money(&text, held, currency);
		if (held != 0)
			put_line(d, _("Deposit"), TOK_TEXT, strbuf_str(&text));
	}
	strbuf_free(&text);
}

static void draw_agreement(struct sheet_of *d, int row)
{
	struct strbuf text = { 0 };

	strbuf_printf(&text, "%s ", cell(d, PERSON_AGREEMENTS, row, "no"));
	put_choice(d, PERSON_AGREEMENTS, row, "status", &text);
	strbuf_printf(&text, ", %s", cell(d, PERSON_AGREEMENTS, row, "unit_label"));
	put_line(d, _("Agreement"), TOK_TEXT, strbuf_str(&text));
	strbuf_clear(&text);
	put_span(d, PERSON_AGREEMENTS, row, "starts_on", "ends_on", &text);
	strbuf_puts(&text, ", ");
	put_money(&text, format_number(cell(d, PERSON_AGREEMENTS, row, "rent_now_minor")),
	    cell(d, PERSON_AGREEMENTS, row, "currency"));
	put_line(d, "", TOK_TEXT, strbuf_str(&text));
	strbuf_free(&text);
}

static void draw_stay(struct sheet_of *d, int row)
{
	struct strbuf text = { 0 };

	strbuf_printf(&text, "%s ", cell(d, PERSON_STAYS, row, "no"));
	put_choice(d, PERSON_STAYS, row, "status", &text);
	strbuf_printf(&text, ", %s", cell(d, PERSON_STAYS, row, "unit_label"));
	put_line(d, _("Stay"), TOK_TEXT, strbuf_str(&text));
	strbuf_clear(&text);
	put_span(d, PERSON_STAYS, row, "check_in", "check_out", &text);
	put_line(d, "", TOK_TEXT, strbuf_str(&text));
	strbuf_free(&text);
}

static void put_title(struct sheet_of *d, const char *title)
{
	d->y++;
	if (d->y < d->c.h)
		draw_text(d->c, d->y++, 1, -1, TOK_TITLE, title);
}

/* Number, day, kind or method, amount at the right. */
static void put_sum(struct sheet_of *d, enum person_part part, int row, const char *day, const char *what,
    const char *amount)
{
	struct strbuf text = { 0 };
	bool late = part == PERSON_CHARGES && !strcmp(cell(d, part, row, "status"), "overdue");
	int x = d->c.w >= NUMBERS_WIDTH ? 9 : 1; /* no numbers where there is no room */

	if (d->y >= d->c.h)
		return;
	if (x > 1)
		draw_fit(d->c, d->y, 1, 7, TEXT_RIGHT, TOK_DIM, cell(d, part, row, "no"));
	draw_fit(d->c, d->y, x, 10, TEXT_LEFT, TOK_TEXT, cell(d, part, row, day));
	put_choice(d, part, row, what, &text);
	if (part == PERSON_CHARGES || strcmp(cell(d, part, row, "status"), "succeeded")) {
		strbuf_puts(&text, ", ");
		put_choice(d, part, row, "status", &text);
	}
	draw_fit(d->c, d->y, x + 11, d->c.w - x - 29, TEXT_LEFT, late ? TOK_WARNING : TOK_TEXT, strbuf_str(&text));
	strbuf_clear(&text);
	put_money(&text, format_number(cell(d, part, row, amount)), cell(d, part, row, "currency"));
	draw_fit(d->c, d->y++, d->c.w - 17, 16, TEXT_RIGHT, late ? TOK_WARNING : TOK_TEXT, strbuf_str(&text));
	strbuf_free(&text);
}

static void draw_sums(struct sheet_of *d, enum person_part part, const char *title, const char *none, const char *day,
    const char *what, const char *amount)
{
	int n = table_rows(d->p->shown.rows[part]);

	put_title(d, title);
	if (!is_refused(d, part, "") && n == 0 && d->y < d->c.h)
		draw_text(d->c, d->y++, 1, -1, TOK_DIM, none);
	for (int i = 0; i < n; i++)
		put_sum(d, part, i, day, what, amount);
}

void person_draw(struct person *p, struct canvas c)
{
	struct sheet_of d = { .p = p };
	char title[200];

	settle(p);
	snprintf(title, sizeof(title), "%s %s", table_get(p->shown.rows[PERSON_SELF], 0, "no"),
	    table_get(p->shown.rows[PERSON_SELF], 0, "name"));
	d.c = draw_frame(c, p->shown.id[0] ? title : _("Person"), false);
	if (!p->shown.id[0]) {
		if (p->id[0])
			answer_draw_loading(p->screen, d.c);
		return;
	}
	draw_self(&d);
	d.y++;
	draw_balance(&d);
	for (int i = 0; i < table_rows(p->shown.rows[PERSON_AGREEMENTS]); i++)
		draw_agreement(&d, i);
	for (int i = 0; i < table_rows(p->shown.rows[PERSON_STAYS]); i++)
		draw_stay(&d, i);
	draw_sums(&d, PERSON_CHARGES, _("Open charges"), _("nothing is open"), "due_on", "kind", "open_minor");
	draw_sums(&d, PERSON_PAYMENTS, _("Last payments"), _("no payments"), "booked_on", "method", "amount_minor");
}
