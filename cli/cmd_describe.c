/* describe: the catalogue as JSON; needs no database. */
#include "config.h"

#include <stdlib.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/say.h"
#include "client/describe.h"

/* A resource or a report; NULL and a usage error with the closest of both. */
static json_t *described(const char *name, struct err *e)
{
	const char *names[128];
	size_t n = 0;

	if (!name)
		return describe_catalogue();
	if (catalogue_resource(name))
		return describe_resource(catalogue_resource(name));
	if (catalogue_report(name))
		return describe_report(catalogue_report(name));
	for (const struct resource *const *r = catalogue_resources(); *r && n < ARRAY_LEN(names) - 1; r++)
		names[n++] = (*r)->name;
	for (const struct report *const *r = catalogue_reports(); *r && n < ARRAY_LEN(names) - 1; r++)
		names[n++] = (*r)->name;
	names[n] = NULL;
	const char *near = closest(name, names);
	char *remedy = near ? xasprintf(_("Did you mean %s?"), near) : xstrdup(_("See domovoi describe"));
	err_set(e, ERR_USAGE, "E-USAGE", NULL, remedy, _("there is no resource or report %s"), name);
	free(remedy);
	return NULL;
}

int cmd_describe(const struct options *o)
{
	struct err e = { 0 };
	json_t *json = described(o->nargs > 0 ? o->args[0] : NULL, &e);
	struct output *out = json ? output_open(o) : NULL;

	if (out) {
		char *text = json_dumps(json, JSON_INDENT(2));
		output_text(out, text);
		output_text(out, "\n");
		free(text);
		output_close(out, &e);
	}
	json_decref(json);
	return e.kind == ERR_NONE ? 0 : say_err(&e);
}
