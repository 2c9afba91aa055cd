#include "config.h"

#include "screens/seeing.h"

#include <string.h>

#include "base/i18n.h"
#include "screens/answer.h"
#include "screens/console.h"
#include "screens/write.h"

#define PERMISSION "user.see_as"

/* ---- seeing as ---- */

/* What is on its way to the database is this person's: it comes to its end first. */
static bool may_leave(struct screen *s, struct err *e)
{
	if (writes_unsaved(screen_writes(s)) == 0)
		return true;
	err_set(e, ERR_CONFLICT, "E-SEE-AS", NULL, _("Wait a moment, and try again"), _("a change is still being saved"));
	return false;
}

static bool begin(struct screen *s, const char *who, struct err *e)
{
	if (answer_refused(s, PERMISSION, e) || !may_leave(s, e))
		return false;
	console_again(s, who);
	return true;
}

bool seeing_verb(struct screen *s, const char *words, struct err *e)
{
	if (strcmp(words, "off"))
		return begin(s, words, e);
	if (!screen_seeing(s)) {
		err_set(e, ERR_USAGE, "E-SEE-AS", NULL, NULL, _("you see with your own eyes"));
		return false;
	}
	console_again(s, NULL);
	return true;
}

enum result seeing_key(struct screen *s, int arg)
{
	const char *id = "", *kind;
	struct err e = { 0 };

	(void)arg;
	if (screen_seeing(s)) {
		console_again(s, NULL);
		return R_HANDLED;
	}
	kind = screen_kind(s)->subject ? screen_kind(s)->subject(s, &id) : NULL;
	if (!screen_may(s, PERMISSION)) {
		app_message(screen_app(s), TOK_WARNING, _("%s: your role lacks the permission %s"), _("see as this person"),
		    PERMISSION);
		seeing_denied(NULL, s, PERMISSION);
	} else if (!kind || strcmp(kind, "users")) {
		app_message(screen_app(s), TOK_TEXT, _("go to a person of the staff (:users), or type :see-as LOGIN"));
	} else if (!begin(s, id, &e)) {
		app_error(screen_app(s), &e);
	}
	return R_REDRAW;
}

/* ---- a refused key ---- */

static void on_givers(const struct reply *r, void *arg)
{
	struct screen *s = arg;
	struct strbuf names = { 0 };
	int n = r->err ? 0 : table_rows(r->rows);

	for (int i = 0; i < n && table_get(r->rows, i, "name")[0]; i++)
		strbuf_printf(&names, "%s%s (%s)", i ? ", " : "", table_get(r->rows, i, "name"), table_get(r->rows, i, "role"));
	if (names.len)
		app_message(screen_app(s), TOK_WARNING, _("your role lacks the permission %s; %s can give it"),
		    table_get(r->rows, 0, "permission"), strbuf_str(&names));
	else if (n)
		app_message(screen_app(s), TOK_WARNING, _("your role lacks the permission %s"), table_get(r->rows, 0, "permission"));
	strbuf_free(&names);
}

void seeing_denied(void *ctx, struct screen *s, const char *permission)
{
	const struct param arg = { "permission", permission };

	(void)ctx;
	if (!screen_ready(s)) {
		app_message(screen_app(s), TOK_WARNING, _("your role lacks the permission %s"), permission);
		return;
	}
	screen_cancel(s, SLOT_GIVERS);
	client_report(screen_session(s), catalogue_report("givers"), &arg, 1, screen_owner(s, SLOT_GIVERS), on_givers, s);
}

bool seeing_may_write(struct screen *s, const char *permission)
{
	const char *needs = permission ? permission : "-";

	if (screen_seeing(s)) {
		app_message(screen_app(s), TOK_WARNING, _("you see as somebody else: nothing can be changed"));
		return false;
	}
	if (screen_may(s, needs))
		return true;
	/* Said again with more, and kept then. */
	app_say(screen_app(s), TOK_WARNING, _("your role lacks the permission %s"), needs);
	seeing_denied(NULL, s, needs);
	return false;
}
