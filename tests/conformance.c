/*
 * One program, the same cases over two backends: PostgreSQL says what is right, the other one must say the same, cell for
 * cell and word for word. Started by conformance.sh on two equal copies of the tiny demo.
 *
 *   conformance LANG LOGIN reads|writes|refusals DSN URL PASSWORD CODES_KEY
 *   conformance hash PEPPER PASSWORD        the hash of a password, for the second copy
 */
#include "config.h"

#include "tests/conformance.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/table.h"
#include "db/password.h"

uv_loop_t test_loop;
int test_passed, test_failed;
static const char *const *ignored;

void ignore_columns(const char *const *names)
{
	ignored = names;
}

static bool is_ignored(const char *name)
{
	for (const char *const *p = ignored; p != NULL && *p != NULL; p++)
		if (strcmp(*p, name) == 0)
			return true;
	return false;
}

void check(bool good, const char *fmt, ...)
{
	va_list ap;

	*(good ? &test_passed : &test_failed) += 1;
	if (good)
		return;
	va_start(ap, fmt);
	printf("not ok: ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
}

/* ---- answers ----------------------------------------------------------------------------------------------- */

static void forget(struct side *s)
{
	table_free(s->rows);
	json_decref(s->json);
	s->rows = NULL;
	s->json = NULL;
	s->done = false;
}

void answered(const struct reply *r, void *arg)
{
	struct side *s = arg;

	s->done = true;
	s->err = r->err != NULL ? *r->err : (struct err){ 0 };
	s->rows = r->rows != NULL ? table_ref(r->rows) : NULL;
	s->json = r->json != NULL ? json_deep_copy(r->json) : NULL;
	s->more = r->more;
	s->count = r->count;
}

static void drop_ignored(json_t *o)
{
	const char *key;
	json_t *value;
	size_t i;
	void *next;

	json_object_foreach_safe(o, next, key, value) {
		if (is_ignored(key))
			json_object_del(o, key);
		else
			drop_ignored(value);
	}
	json_array_foreach(o, i, value)
		drop_ignored(value);
}

static char *written(struct side *s)
{
	struct strbuf out = { 0 };

	if (s->err.kind != ERR_NONE)
		strbuf_printf(&out, "error %d %s [%s] %s | %s\n", (int)s->err.kind, s->err.code, s->err.field, s->err.text,
		    s->err.remedy);
	strbuf_printf(&out, "more %d count %lld\n", s->more, (long long)s->count);
	for (int c = 0; c < table_cols(s->rows); c++)
		strbuf_printf(&out, "%s%s", c > 0 ? "\t" : "", table_name(s->rows, c));
	for (int r = 0; r < table_rows(s->rows); r++) {
		strbuf_putc(&out, '\n');
		for (int c = 0; c < table_cols(s->rows); c++) {
			const char *cell = table_cell(s->rows, r, c);
			strbuf_printf(&out, "%s=%s\t", table_name(s->rows, c), is_ignored(table_name(s->rows, c)) ? "*" : cell ? cell : "\\N");
		}
	}
	if (s->json != NULL) {
		json_t *copy = json_deep_copy(s->json);
		drop_ignored(copy);
		char *text = json_dumps(copy, JSON_SORT_KEYS | JSON_INDENT(1) | JSON_ENCODE_ANY);
		strbuf_printf(&out, "\n%s", text);
		free(text);
		json_decref(copy);
	}
	return strbuf_steal(&out);
}

/* The first line, and in it the first word, that is another. */
static void show_difference(const char *a, const char *b)
{
	size_t at = 0;

	while (a[at] != '\0' && a[at] == b[at])
		at++;
	while (at > 0 && a[at - 1] != '\n' && a[at - 1] != '\t')
		at--;
	printf("    right: %.300s\n    other: %.300s\n", strndupa(a + at, strcspn(a + at, "\n")),
	    strndupa(b + at, strcspn(b + at, "\n")));
}

static void on_late(uv_timer_t *t)
{
	*(bool *)t->data = true;
}

bool wait_for(const bool *done)
{
	uv_timer_t limit;
	bool late = false;

	uv_timer_init(&test_loop, &limit);
	limit.data = &late;
	uv_timer_start(&limit, on_late, 60000, 0);
	while (!*done && !late)
		uv_run(&test_loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&limit, NULL);
	uv_run(&test_loop, UV_RUN_NOWAIT);
	return *done;
}

bool ask_both(struct pair *p, question ask, const void *arg)
{
	struct side *sides[] = { &p->a, &p->b };

	for (int i = 0; i < 2; i++) {
		struct side old = *sides[i];

		sides[i]->done = false;
		ask(sides[i], arg); /* may look at the last answer */
		table_free(old.rows);
		json_decref(old.json);
		sides[i]->rows = NULL;
		sides[i]->json = NULL;
	}
	return wait_for(&p->a.done) && wait_for(&p->b.done);
}

bool same(struct pair *p, question ask, const void *arg, const char *fmt, ...)
{
	char name[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(name, sizeof name, fmt, ap);
	va_end(ap);
	bool came = ask_both(p, ask, arg);
	if (!came) {
		check(false, "%s: %s did not answer", name, p->a.done ? p->b.name : p->a.name);
		return false;
	}
	char *a = written(&p->a), *b = written(&p->b);
	bool good = strcmp(a, b) == 0;
	check(good, "%s", name);
	if (!good)
		show_difference(a, b);
	free(a);
	free(b);
	return good;
}

/* ---- the two ----------------------------------------------------------------------------------------------- */

static bool open_side(struct side *s, const char *name, const char *dsn, const char *url, const char *login,
    const char *password)
{
	struct client_config cfg = { .dsn = dsn, .url = url, .lang = i18n_lang(), .connections = 1, .now = NOW, .retry_ms = 20000 };
	struct err e = { 0 };

	*s = (struct side){ .name = name, .client = client_new(&test_loop, &cfg, &e) };
	if (s->client == NULL) {
		check(false, "%s: %s", name, e.text);
		return false;
	}
	s->session = session_open(s->client, &(struct session_spec){ 0 });
	if (url != NULL) {
		client_sign_in(s->client, login, password, answered, s);
		if (!wait_for(&s->done) || s->err.kind != ERR_NONE) {
			check(false, "%s: %s signs in: %s", name, login, s->err.text);
			return false;
		}
		forget(s);
	}
	client_whoami(s->session, 1, answered, s);
	bool good = wait_for(&s->done) && s->err.kind == ERR_NONE;
	check(good, "%s: %s is known: %s", name, login, s->err.text);
	return good;
}

static void ask_whoami(struct side *s, const void *arg)
{
	(void)arg;
	client_whoami(s->session, 1, answered, s);
}

static void sessions_agree(const struct session *a, const struct session *b)
{
	check(session_company(a) == session_company(b), "the session's company");
	check(strcmp(session_login(a), session_login(b)) == 0, "the session's user");
	check(strcmp(session_name(a), session_name(b)) == 0, "the session's name");
	check(strcmp(session_company_name(a), session_company_name(b)) == 0, "the session's company's name");
	check(strcmp(session_role(a), session_role(b)) == 0, "the session's role");
	check(strcmp(session_scope(a), session_scope(b)) == 0, "the session's scope");
	check(strcmp(session_currency(a), session_currency(b)) == 0, "the session's currency");
	check(strcmp(session_tz(a), session_tz(b)) == 0, "the session's clock");
	check(session_today(a) == session_today(b), "the session's today");
}

static void close_side(struct side *s)
{
	forget(s);
	if (s->client != NULL)
		client_free(s->client);
}

static int hash(const char *path, const char *password)
{
	struct err e;
	struct pepper *p = pepper_read(path, &e);
	char *text = p != NULL ? password_hash(p, password, &e) : NULL;

	pepper_free(p);
	puts(text != NULL ? text : e.text);
	free(text);
	return text == NULL;
}

int main(int argc, char **argv)
{
	struct pair p = { 0 };
	char *dsn;

	i18n_init(argc > 1 && strcmp(argv[1], "hash") != 0 ? argv[1] : "en");
	if (argc == 4)
		return hash(argv[2], argv[3]);
	if (argc != 8)
		return 2;
	uv_loop_init(&test_loop);
	dsn = xasprintf("%s user=%s", argv[4], argv[2]);
	if (open_side(&p.a, "pg", dsn, NULL, argv[2], NULL) && open_side(&p.b, "rest", NULL, argv[5], argv[2], argv[6])) {
		sessions_agree(p.a.session, p.b.session);
		same(&p, ask_whoami, NULL, "%s: whoami", argv[2]);
		if (strcmp(argv[3], "reads") == 0)
			reads_of_everything(&p, session_today(p.a.session));
		else if (strcmp(argv[3], "writes") == 0)
			writes_of_a_day(&p, argv[7]);
		else
			refusals_of_everything(&p);
	}
	close_side(&p.a);
	close_side(&p.b);
	free(dsn);
	uv_run(&test_loop, UV_RUN_DEFAULT);
	check(uv_loop_close(&test_loop) == 0, "every handle is given back");
	printf("%s %s %s: %d passed, %d failed\n", argv[2], argv[3], argv[1], test_passed, test_failed);
	return test_failed > 0;
}
