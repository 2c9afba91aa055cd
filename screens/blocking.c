#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/blocking.h"
#include "screens/format.h"
#include "screens/write.h"
#include "tui/overlay.h"

enum { REASONS_MOST = 16 };

static void clear(struct blocking *k)
{
	for (int i = 0; i < k->n; i++) {
		free(k->units[i]);
		free(k->labels[i]);
	}
	k->n = 0;
	free(k->what);
	k->what = NULL;
}

void blocking_start(struct blocking *k, day_t from, day_t to)
{
	clear(k);
	k->from = from;
	k->to = to;
}

void blocking_add(struct blocking *k, const char *unit, const char *label)
{
	k->units = xreallocarray(k->units, (size_t)k->n + 1, sizeof(*k->units));
	k->labels = xreallocarray(k->labels, (size_t)k->n + 1, sizeof(*k->labels));
	k->units[k->n] = xstrdup(unit);
	k->labels[k->n++] = xstrdup(label);
}

void blocking_free(struct blocking *k)
{
	clear(k);
	free(k->units);
	free(k->labels);
	k->units = k->labels = NULL;
}

void blocking_describe(int units, day_t from, day_t to, struct strbuf *out)
{
	int nights = to - from;

	strbuf_printf(out, P_("%d unit", "%d units", units), units);
	strbuf_puts(out, " × ");
	strbuf_printf(out, P_("%d night", "%d nights", nights), nights);
	strbuf_puts(out, ", ");
	format_day(out, from);
	strbuf_puts(out, " – ");
	format_day(out, to);
}

/* ---- writing ---- */

static json_t *block_json(const struct blocking *k, int i, const char *reason)
{
	char from[16], to[16];

	day_format(k->from, from);
	day_format(k->to, to);
	return json_pack("{s:s, s:s, s:s, s:s}", "unit", k->units[i], "check_in", from, "check_out", to, "reason", reason);
}

static void on_one(struct screen *s, const struct reply *r, void *arg)
{
	struct blocking *k = arg;

	(void)r;
	k->done(s);
}

static void write_blocks(struct screen *s, struct blocking *k, const struct choice *reason)
{
	const struct resource *res = catalogue_resource("block");
	json_t **sets = xcalloc((size_t)k->n, sizeof(*sets));
	struct strbuf what = { 0 };

	for (int i = 0; i < k->n; i++)
		sets[i] = block_json(k, i, reason->value);
	if (k->n == 1)
		strbuf_printf(&what, "%s, ", k->labels[0]);
	blocking_describe(k->n, k->from, k->to, &what);
	strbuf_printf(&what, ": %s, %s", _("blocked"), _(reason->label));
	if (k->n == 1)
		write_one(s, &(struct mutation){ .res = res, .kind = "create", .set = sets[0] }, strbuf_str(&what), on_one, k);
	else
		write_new(s, res, (const json_t *const *)sets, (const char *const *)k->labels, k->n, strbuf_str(&what), k->done);
	for (int i = 0; i < k->n; i++)
		json_decref(sets[i]);
	free(sets);
	strbuf_free(&what);
}

static const struct choice *reasons(void)
{
	return resource_field(catalogue_resource("block"), "reason")->choices;
}

static void reason_chosen(struct screen *s, int choice, void *arg)
{
	struct blocking *k = arg;

	if (choice >= 0)
		write_blocks(s, k, &reasons()[choice]);
}

void blocking_ask(struct screen *s, struct blocking *k)
{
	struct menu_item items[REASONS_MOST] = { 0 };
	struct strbuf title = { 0 };
	int n = 0;

	if (k->n == 0)
		return;
	for (const struct choice *c = reasons(); c->value && n < REASONS_MOST; c++, n++)
		items[n] = (struct menu_item){ .label = _(c->label), .key = (char)('1' + n) };
	strbuf_printf(&title, "%s: ", _("Block"));
	blocking_describe(k->n, k->from, k->to, &title);
	menu_ask(s, strbuf_str(&title), items, n, 0, reason_chosen, k);
	strbuf_free(&title);
}

/* ---- taking away ---- */

static void removal_agreed(struct screen *s, bool agreed, void *arg)
{
	struct blocking *k = arg;

	if (agreed)
		write_one(s, &(struct mutation){ .res = catalogue_resource("block"), .kind = "action", .action = "delete",
			.record = k->id, .version = k->version }, k->what, on_one, k);
}

void blocking_remove(struct screen *s, struct blocking *k, const char *id, int version, const char *what)
{
	struct strbuf text = { 0 };

	clear(k);
	snprintf(k->id, sizeof(k->id), "%s", id);
	k->what = xasprintf("%s: %s", what, _("block removed"));
	k->version = version;
	strbuf_printf(&text, "%s\n%s", what, _("The nights become free again."));
	confirm_ask(s, _("Remove the block"), strbuf_str(&text), 0, removal_agreed, k);
	strbuf_free(&text);
}
