/* How a person narrows the payment calendar: of what both its report and the list of charges know. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "screens/duegrid.h"

static char **narrowed_by(struct due_narrow *n, const struct field *f)
{
	return !strcmp(f->name, "unit") ? &n->unit : !strcmp(f->name, "agent") ? &n->agent :
	    !strcmp(f->name, "building") ? &n->building : !strcmp(f->name, "party") ? &n->party : NULL;
}

static bool narrow_term(struct due_narrow *n, const struct query_term *t, struct err *e)
{
	char **to = t->field && t->op == OP_EQ && !t->negated ? narrowed_by(n, t->field) : NULL;
	struct strbuf text = { 0 };

	for (size_t i = 0; to && i < t->count; i++)
		strbuf_printf(&text, "%s%s", i ? "," : "", t->values[i]);
	if (!to || *to || !text.len) {
		err_set(e, ERR_INVALID, "E-FILTER", NULL, _("Use building=, unit=, agent= or tenant=, each once"),
		    _("the calendar does not count by this"));
		strbuf_free(&text);
		return false;
	}
	*to = strbuf_steal(&text);
	return true;
}

void due_narrow_free(struct due_narrow *n)
{
	free(n->unit);
	free(n->agent);
	free(n->building);
	free(n->party);
}

bool due_narrow_read(struct due_narrow *n, struct screen *s, const char *text, struct err *e)
{
	struct query q;
	bool ok;

	*n = (struct due_narrow){ 0 };
	query_init(&q, catalogue_resource("charges"));
	ok = query_filter(&q, text, screen_today(s), session_currency(screen_session(s)), e);
	for (size_t i = 0; ok && i < q.nterms; i++)
		ok = narrow_term(n, &q.terms[i], e);
	query_free(&q);
	if (!ok)
		due_narrow_free(n);
	return ok;
}
