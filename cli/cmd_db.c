/* db: what the keeper of a database does. Blocking, but for notify. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/run.h"
#include "cli/say.h"
#include "cli/target.h"
#include "client/notifier.h"
#include "db/askpass.h"
#include "db/doctor.h"
#include "db/migrate.h"
#include "db/password.h"
#include "db/users.h"

#define DOCTOR_ROWS 64

static void step(void *arg, const char *name)
{
	(void)arg;
	say("%s", name);
}

static bool db_migrate(const struct options *o, const struct target *t, struct err *e)
{
	(void)o;
	return migrate_run(t->admin_dsn, MIGRATE_ALL, step, NULL, e);
}

static bool db_seed(const struct options *o, const struct target *t, struct err *e)
{
	(void)o;
	return migrate_run(t->admin_dsn, MIGRATE_SEED, step, NULL, e);
}

/* A few texts a row through the output of the lists. */
static struct out_columns columns_of(const char *const *names, const char *const *headings, size_t n)
{
	struct out_columns c = { 0 };

	for (size_t i = 0; i < n; i++)
		out_columns_add(&c, names[i], headings[i], FT_TEXT);
	return c;
}

static void add_text(struct table *t, const char *s)
{
	table_add(t, s, strlen(s));
}

static bool print_table(const struct options *o, struct table *t, struct out_columns *c, struct err *e)
{
	struct output *out = output_open(o);
	bool good = out != NULL;

	if (out) {
		output_begin(out, c, false);
		output_rows(out, t);
		good = output_close(out, e);
	}
	out_columns_free(c);
	table_free(t);
	return good;
}

/* A word of the database, translated where a person reads it. */
static const struct choice plan_states[] = {
	{ "applied", N_("applied") }, { "pending", N_("pending") }, { "edited", N_("edited") },
	{ "unknown", N_("unknown") }, { 0 },
};
static const struct choice doctor_states[] = {
	{ "ok", N_("ok") }, { "warning", N_("warning") }, { "bad", N_("bad") }, { 0 },
};

static bool db_status(const struct options *o, const struct target *t, struct err *e)
{
	static const char *const names[] = { "name", "kind", "state", "applied_at" };
	static const char *const headings[] = { N_("Name"), N_("Kind"), N_("State"), N_("Applied at") };
	struct migrate_row *rows;
	size_t n;

	if (!migrate_status(t->admin_dsn, &rows, &n, e))
		return false;
	struct out_columns c = columns_of(names, headings, ARRAY_LEN(names));
	struct table *table = table_new((int)ARRAY_LEN(names), names);
	c.v[2].choices = plan_states;
	for (size_t i = 0; i < n; i++) {
		add_text(table, rows[i].name);
		add_text(table, rows[i].kind);
		add_text(table, plan_state_name(rows[i].state));
		add_text(table, rows[i].applied_at);
	}
	free(rows);
	return print_table(o, table, &c, e);
}

static bool db_doctor(const struct options *o, const struct target *t, struct err *e)
{
	static const char *const names[] = { "check", "state", "detail", "remedy" };
	static const char *const headings[] = { N_("Check"), N_("State"), N_("Found"), N_("What to do") };
	struct doctor_row *rows = xcalloc(DOCTOR_ROWS, sizeof *rows);
	int n = doctor_run(t->admin_dsn, rows, DOCTOR_ROWS, e), bad = 0;
	bool good = n >= 0;

	if (good) {
		struct out_columns c = columns_of(names, headings, ARRAY_LEN(names));
		struct table *table = table_new((int)ARRAY_LEN(names), names);
		c.v[1].choices = doctor_states;
		for (int i = 0; i < n; i++) {
			add_text(table, _(rows[i].check));
			add_text(table, doctor_state_name(rows[i].state));
			add_text(table, rows[i].detail);
			add_text(table, rows[i].remedy);
			bad += rows[i].state == DOCTOR_BAD;
		}
		good = print_table(o, table, &c, e);
	}
	if (good && bad > 0) {
		err_set(e, ERR_FAILED, "E-DB", NULL, _("See the list above"),
		    P_("%d check failed", "%d checks failed", bad), bad);
		good = false;
	}
	free(rows);
	return good;
}

/* Whether it leads, waits or cannot connect, said once each time that it changes. */
static void notify_state(const struct notifier *n, char *last, size_t size)
{
	const struct err *e = notifier_error(n);
	char line[sizeof *e];

	if (e && e->kind != ERR_NONE)
		err_line(e, line, sizeof line);
	else
		snprintf(line, sizeof line, "%s", notifier_leads(n) ? _("telling consoles about changes; Ctrl-C stops it")
		                                                    : _("another notifier leads; waiting"));
	if (!strcmp(line, last))
		return;
	snprintf(last, size, "%s", line);
	say("%s", line);
}

static void on_tick(uv_timer_t *t)
{
	(void)t; /* only turns the loop, so that the state is looked at */
}

/* Until somebody stops it: that is no failure. */
static bool db_notify(const struct options *o, const struct target *t, struct err *e)
{
	char last[sizeof(struct err)] = "";
	uv_loop_t loop;
	uv_timer_t tick;

	(void)o;
	uv_loop_init(&loop);
	struct notifier *n = notifier_start(&loop, t->admin_dsn);
	if (n) {
		run_catch_signals(&loop);
		uv_timer_init(&loop, &tick);
		uv_timer_start(&tick, on_tick, 1000, 1000);
		while (!run_interrupted()) {
			uv_run(&loop, UV_RUN_ONCE);
			notify_state(n, last, sizeof last);
		}
		notifier_stop(n);
		uv_close((uv_handle_t *)&tick, NULL);
		run_release_signals();
	} else {
		err_set(e, ERR_USAGE, "E-DSN", NULL, NULL, _("the connection string cannot be read"));
	}
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	return n != NULL;
}

/* ---- users and companies ---------------------------------------------------------------------------------- */

/* name=value words after `skip` others, into the texts that `known` names; NULL for what is not there. */
struct word_arg { const char *name; const char **to; bool required; };

static bool take_words(const struct options *o, int skip, const struct word_arg *known, size_t n, struct args *args,
    const char *usage, struct err *e)
{
	struct arg spec[8] = { 0 };

	for (size_t i = 0; i < n; i++)
		spec[i] = (struct arg){ .name = known[i].name, .type = FT_TEXT };
	if (o->nargs < skip) {
		err_set(e, ERR_USAGE, "E-USAGE", NULL, usage, _("the command is not complete"));
		return false;
	}
	if (!args_parse(args, spec, o->nargs - skip, o->args + skip, 0, NULL, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		for (int j = 0; j < args->n; j++)
			if (args->v[j].name == known[i].name)
				*known[i].to = args->v[j].value;
		if (known[i].required && !*known[i].to) {
			err_set(e, ERR_USAGE, "E-USAGE", known[i].name, usage, _("it is missing"));
			return false;
		}
	}
	return true;
}

static bool user_add(const struct options *o, const struct target *t, struct err *e)
{
	struct user_spec spec = { .login = o->args[2], .company = o->company };
	const struct word_arg known[] = { { "name", &spec.name, false }, { "role", &spec.role, false } };
	struct args args = { 0 };
	char *password = NULL;
	bool good = take_words(o, 3, known, ARRAY_LEN(known), &args,
	    "domovoi db user add LOGIN name=… role=… [--company C]", e) &&
	    (password = users_read_password(spec.login, e)) && users_add(t->admin_dsn, &spec, password, e);

	askpass_forget(password);
	args_free(&args);
	return good;
}

static bool user_reset(const struct options *o, const struct target *t, struct err *e)
{
	char *password = users_read_password(o->args[2], e);
	bool good = password && users_reset(t->admin_dsn, o->args[2], password, e);

	askpass_forget(password);
	return good;
}

static bool user_disable(const struct options *o, const struct target *t, struct err *e)
{
	return users_disable(t->admin_dsn, o->args[2], e);
}

/* What the person signs in to the API with. The pepper is the file that the server hashes with. */
static bool user_api_password(const struct options *o, const struct target *t, struct err *e)
{
	const char *file = NULL;
	const struct word_arg known[] = { { "pepper", &file, true } };
	struct args args = { 0 };
	struct pepper *pepper = NULL;
	char *password = NULL, *hash = NULL;
	bool good = take_words(o, 3, known, ARRAY_LEN(known), &args, "domovoi db user api-password LOGIN pepper=FILE", e) &&
	    (pepper = pepper_read(file, e)) && (password = users_read_password(o->args[2], e)) &&
	    (hash = password_hash(pepper, password, e)) && users_set_hash(t->admin_dsn, o->args[2], hash, e);

	free(hash);
	askpass_forget(password);
	pepper_free(pepper);
	args_free(&args);
	return good;
}

static bool db_user(const struct options *o, const struct target *t, struct err *e)
{
	static const struct { const char *name; bool (*run)(const struct options *, const struct target *, struct err *); }
	verbs[] = { { "add", user_add }, { "disable", user_disable }, { "reset", user_reset },
		{ "api-password", user_api_password } };

	for (size_t i = 0; o->nargs >= 3 && i < ARRAY_LEN(verbs); i++)
		if (!strcmp(o->args[1], verbs[i].name))
			return verbs[i].run(o, t, e);
	err_set(e, ERR_USAGE, "E-USAGE", NULL, "domovoi db user add|disable|reset|api-password LOGIN",
	    _("which user, and what to do?"));
	return false;
}

static bool db_api_role(const struct options *o, const struct target *t, struct err *e)
{
	const char *trusted = NULL;
	const struct word_arg known[] = { { "trusted", &trusted, false } };
	static const char usage[] = "domovoi db api-role NAME [trusted=yes|no]";
	struct args args = { 0 };
	bool good = take_words(o, 2, known, ARRAY_LEN(known), &args, usage, e);

	if (good && trusted && strcmp(trusted, "yes") && strcmp(trusted, "no")) {
		err_set(e, ERR_USAGE, "E-USAGE", "trusted", usage, _("yes or no?"));
		good = false;
	}
	good = good && users_api_role(t->admin_dsn, o->args[1], trusted && !strcmp(trusted, "yes"), e);
	args_free(&args);
	return good;
}

/* The new company's number goes to stdout: it is what --company takes. */
static bool db_company(const struct options *o, const struct target *t, struct err *e)
{
	struct company_spec spec = { 0 };
	const struct word_arg known[] = {
		{ "slug", &spec.slug, true }, { "kind", &spec.kind, false }, { "country", &spec.country, false },
		{ "tz", &spec.tz, false }, { "currency", &spec.currency, false },
	};
	static const char usage[] = "domovoi db company add NAME slug=… [kind=… country=… tz=… currency=…]";
	struct args args = { 0 };
	int id;

	if (o->nargs < 3 || strcmp(o->args[1], "add")) {
		err_set(e, ERR_USAGE, "E-USAGE", NULL, usage, _("the command is not complete"));
		return false;
	}
	spec.name = o->args[2];
	bool good = take_words(o, 3, known, ARRAY_LEN(known), &args, usage, e) && company_add(t->admin_dsn, &spec, &id, e);
	if (good)
		printf("%d\n", id);
	args_free(&args);
	return good;
}

/* ---- which ------------------------------------------------------------------------------------------------ */

typedef bool (*db_verb)(const struct options *o, const struct target *t, struct err *e);

static db_verb find_verb(const struct options *o, struct err *e)
{
	static const db_verb verbs[] = { db_migrate, db_status, db_seed, db_doctor, db_notify, db_user, db_company,
		db_api_role };
	const char *const *names = o->command->verbs;

	for (size_t i = 0; i < ARRAY_LEN(verbs) && names[i]; i++)
		if (!strcmp(o->args[0], names[i]))
			return verbs[i];
	const char *near = closest(o->args[0], names);
	char *remedy = near ? xasprintf(_("Did you mean %s?"), near) : xstrdup(_("See domovoi help db"));
	err_set(e, ERR_USAGE, "E-USAGE", NULL, remedy, _("db has no verb %s"), o->args[0]);
	free(remedy);
	return NULL;
}

int cmd_db(const struct options *o)
{
	struct target t;
	struct err e = { 0 };
	db_verb verb = find_verb(o, &e);

	if (!verb || !target_open(&t, o, &e))
		return say_err(&e);
	bool good = t.admin_dsn && verb(o, &t, &e);
	if (!t.admin_dsn)
		err_set(&e, ERR_USAGE, "E-USAGE", NULL, _("Give --dsn, or a profile with one"),
		    _("this is done at the database, not at an API server"));
	target_close(&t);
	return good ? 0 : say_err(&e);
}
