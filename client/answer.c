#include "config.h"

#include "client/answer.h"

#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/pgerr.h"

static void add_text(struct table *t, const char *s)
{
	table_add(t, s, s != NULL ? strlen(s) : 0);
}

struct table *answer_actions(void)
{
	static const char *const names[] = { "action", "label", "allowed", "code", "reason", "remedy" };

	return table_new((int)ARRAY_LEN(names), names);
}

void answer_add_action(struct table *t, const struct resource *res, const char *action, const struct err *why)
{
	const struct action *act = resource_action(res, action);

	add_text(t, action);
	add_text(t, act != NULL ? _(act->label) : action);
	add_text(t, why == NULL ? "t" : "f");
	add_text(t, why != NULL ? why->code : NULL);
	add_text(t, why != NULL ? why->text : NULL);
	add_text(t, why != NULL ? why->remedy : NULL);
}

struct table *answer_previews(void)
{
	static const char *const names[] = { "n", "record", "label", "outcome", "code", "field", "reason", "remedy" };

	return table_new((int)ARRAY_LEN(names), names);
}

void answer_add_preview(struct table *t, const char *const cell[static PREVIEW_CELLS], const struct err *why)
{
	for (int c = 0; c < PREVIEW_CELLS; c++)
		add_text(t, cell[c]);
	add_text(t, why != NULL ? why->code : NULL);
	add_text(t, why != NULL ? why->field : NULL);
	add_text(t, why != NULL ? why->text : NULL);
	add_text(t, why != NULL ? why->remedy : NULL);
}

void answer_add_reason(struct table *t, const char *said)
{
	char text[sizeof ((struct err *)NULL)->text];

	pgerr_sentence(said, text, sizeof text);
	add_text(t, text);
}

void answer_no_record(struct err *e, const char *key)
{
	pgerr_from_parts("DM006", NULL, "There is no such record.", key, NULL, e);
}

void answer_several(struct err *e, const char *key)
{
	err_set(e, ERR_CONFLICT, "E-KEY", NULL, _("Name the company, or use the id"),
	    _("several records have this number: %s"), key);
}

void answer_import_broke(struct err *e)
{
	err_set(e, ERR_UNREACHABLE, "E-CONN", NULL, _("Import the same file again: rows already taken stay unchanged"), "%s",
	    _("the connection broke during the import"));
}

void answer_lines(json_t *lines, refusal_fn refusal)
{
	size_t i;
	json_t *line;

	json_array_foreach(lines, i, line) {
		struct err e;

		if (!json_is_string(json_object_get(line, "code")))
			continue;
		refusal(line, &e);
		json_object_set_new(line, "message", json_string(e.text));
		json_object_set_new(line, "remedy", json_string(e.remedy));
		json_object_del(line, "detail"); /* is part of the message now */
	}
}

bool answer_applied(json_t *outcome, refusal_fn refusal, struct err *e)
{
	const char *status = json_string_value(json_object_get(outcome, "status"));

	if (status == NULL || strcmp(status, "applied") != 0) {
		refusal(outcome, e);
		return false;
	}
	answer_lines(json_object_get(outcome, "left"), refusal); /* of an import that was taken back */
	return true;
}
