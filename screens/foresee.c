#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/pgerr.h"
#include "screens/foresee.h"
#include "screens/format.h"
#include "tui/draw.h"

static const char *const KNOWN[] = { "cancel", "no_show", "extend", "check_in", "check_out" };

static bool is(const struct action *act, const char *name)
{
	return !strcmp(act->name, name);
}

bool foresee_knows(const struct resource *res, const struct action *act)
{
	for (size_t i = 0; i < ARRAY_LEN(KNOWN); i++)
		if (is(act, KNOWN[i]))
			return !strcmp(res->singular, "reservation");
	return false;
}

void foresee_ask(struct screen *s, const struct action *act, const char *id, const json_t *args, reply_fn done,
    void *arg)
{
	static const char *const PASSED[] = { "reason", "by", "check_out" };
	struct param p[2 + ARRAY_LEN(PASSED)] = { { "stay", id }, { "action", act->name } };
	int n = 2;

	for (size_t i = 0; i < ARRAY_LEN(PASSED); i++) {
		const char *value = json_string_value(json_object_get(args, PASSED[i]));

		if (value)
			p[n++] = (struct param){ PASSED[i], value };
	}
	client_report(screen_session(s), catalogue_report("stay_foresight"), p, n, screen_owner(s, SLOT_CELL), done, arg);
}

/* ---- in words ---- */

static bool told(const struct table *t, const char *column)
{
	return table_get(t, 0, column)[0] != '\0';
}

static int64_t sum(const struct table *t, const char *column)
{
	return format_number(table_get(t, 0, column));
}

static void put(const struct table *t, int64_t minor, struct strbuf *out)
{
	const char *currency = table_get(t, 0, "currency");

	if (format_is_whole(minor, currency))
		format_whole(out, minor, currency);
	else
		format_money(out, minor, currency);
}

/* One sentence with one amount: "%s" stands for it. */
static void line(const struct table *t, struct strbuf *out, const char *words, int64_t minor)
{
	struct strbuf text = { 0 };

	put(t, minor, &text);
	strbuf_printf(&text, " %s", table_get(t, 0, "currency"));
	strbuf_printf(out, words, text.s);
	strbuf_putc(out, '\n');
	strbuf_free(&text);
}

/* "Back to the guest: 43 000 KZT (50 % by the policy; a refund is asked for)" */
static void back_words(const struct table *t, struct strbuf *out)
{
	struct strbuf share = { 0 };

	line(t, out, _("Back to the guest: %s"), sum(t, "refund_minor"));
	if (told(t, "refund_bp")) {
		format_bp(&share, sum(t, "refund_bp"));
		strbuf_printf(out, _("  %s by the policy"), strbuf_str(&share));
		strbuf_puts(out, sum(t, "refund_minor") > 0 ? "; " : "\n");
	}
	if (sum(t, "refund_minor") > 0)
		strbuf_printf(out, "%s\n", _("a refund is asked for, somebody else approves it"));
	strbuf_free(&share);
}

static void cancel_words(const struct table *t, struct strbuf *out)
{
	if (!told(t, "paid_minor"))
		return;
	if (sum(t, "paid_minor") == 0) {
		strbuf_printf(out, "%s\n", _("Nothing was paid: nothing comes back."));
		return;
	}
	line(t, out, _("Paid: %s"), sum(t, "paid_minor"));
	back_words(t, out);
	line(t, out, _("Kept: %s"), sum(t, "kept_minor"));
}

static void no_show_words(const struct table *t, struct strbuf *out)
{
	if (told(t, "fee_minor"))
		line(t, out, _("Charged for not coming: %s"), sum(t, "fee_minor"));
	if (told(t, "paid_minor"))
		line(t, out, _("Paid: %s"), sum(t, "paid_minor"));
	if (sum(t, "refund_minor") > 0)
		back_words(t, out);
	if (sum(t, "owed_minor") > 0)
		line(t, out, _("Left to pay: %s"), sum(t, "owed_minor"));
}

static void foresee_unready(const char *list, struct strbuf *out)
{
	static const struct choice WORDS[] = {
		{ "cleaned", N_("not cleaned") }, { "linen", N_("no linen") }, { "codes", N_("codes not checked") },
		{ "amenities", N_("amenities not checked") }, { "problem", N_("a problem was found") },
	};

	for (size_t i = 0; i < ARRAY_LEN(WORDS); i++)
		if (strstr(list, WORDS[i].value))
			strbuf_printf(out, "%s%s", out->len ? ", " : "", _(WORDS[i].label));
}

static void check_in_words(const struct table *t, struct strbuf *out)
{
	const char *missing = table_get(t, 0, "unready");
	struct strbuf text = { 0 };

	foresee_unready(missing, &text);
	if (!strcmp(missing, "none"))
		strbuf_printf(out, "%s\n", _("Nobody has looked whether the unit is ready (r: the checklist)."));
	else if (text.len)
		strbuf_printf(out, _("The unit is not ready: %s (r: the checklist).\n"), text.s);
	if (sum(t, "owed_minor") > 0)
		line(t, out, _("Left to pay: %s"), sum(t, "owed_minor"));
	strbuf_free(&text);
}

/* On the day that was agreed and with nothing left to pay it goes without a question. */
static void check_out_words(const struct table *t, struct strbuf *out)
{
	if (sum(t, "nights") < sum(t, "nights_was")) {
		int n = (int)(sum(t, "nights_was") - sum(t, "nights"));

		strbuf_printf(out, P_("The guest leaves %d night early.", "The guest leaves %d nights early.", (unsigned long)n), n);
		strbuf_putc(out, '\n');
		if (told(t, "charged_minor"))
			line(t, out, _("Charged for the stay: %s"), sum(t, "charged_minor"));
		if (told(t, "paid_minor"))
			line(t, out, _("Paid: %s"), sum(t, "paid_minor"));
		if (sum(t, "refund_minor") > 0)
			back_words(t, out);
		else if (told(t, "refund_minor"))
			strbuf_printf(out, "%s\n", _("Nothing comes back for the nights that are not used."));
	}
	if (sum(t, "owed_minor") > 0)
		line(t, out, _("Left to pay: %s"), sum(t, "owed_minor"));
}

void foresee_price(const struct table *t, struct strbuf *out)
{
	int64_t was = sum(t, "total_was_minor"), is = sum(t, "total_minor");

	strbuf_printf(out, P_("%d night", "%d nights", (unsigned long)sum(t, "nights_was")), (int)sum(t, "nights_was"));
	strbuf_puts(out, draw_ascii() ? " -> " : " → ");
	strbuf_printf(out, P_("%d night", "%d nights", (unsigned long)sum(t, "nights")), (int)sum(t, "nights"));
	if (!told(t, "total_minor"))
		return;
	strbuf_printf(out, ", %s ", _("price"));
	put(t, was, out);
	strbuf_puts(out, draw_ascii() ? " -> " : " → ");
	put(t, is, out);
	strbuf_printf(out, " %s (%s", table_get(t, 0, "currency"), is > was ? "+" : is == was ? "±" : "");
	put(t, is - was, out);
	strbuf_putc(out, ')');
}

void foresee_money(const struct table *t, struct strbuf *out)
{
	if (!told(t, "charged_minor"))
		return;
	int64_t over = sum(t, "paid_minor") - sum(t, "charged_minor") + sum(t, "owed_minor");

	strbuf_printf(out, "%s ", _("paid"));
	put(t, sum(t, "paid_minor"), out);
	strbuf_printf(out, ", %s ", over > 0 ? _("then paid too much:") : _("then left to pay"));
	put(t, over > 0 ? over : sum(t, "owed_minor"), out);
}

bool foresee_refused(const struct table *t, struct err *e)
{
	if (table_rows(t) == 0 || !told(t, "code"))
		return false;
	pgerr_from_parts(table_get(t, 0, "code"), table_get(t, 0, "field"), table_get(t, 0, "refusal"),
	    table_get(t, 0, "detail"), table_get(t, 0, "remedy"), e);
	return true;
}

void foresee_words(const struct action *act, const struct table *t, struct strbuf *out)
{
	if (table_rows(t) == 0)
		return;
	if (is(act, "cancel")) {
		cancel_words(t, out);
	} else if (is(act, "no_show")) {
		no_show_words(t, out);
	} else if (is(act, "check_in")) {
		check_in_words(t, out);
	} else if (is(act, "check_out")) {
		check_out_words(t, out);
	} else if (is(act, "extend")) {
		foresee_price(t, out);
		strbuf_putc(out, '\n');
		foresee_money(t, out);
		strbuf_putc(out, '\n');
	}
}
