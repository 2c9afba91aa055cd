#include "config.h"

#include "server/params.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"

bool flaw_set(struct flaw *f, const char *code, const char *pointer, const struct err *e)
{
	snprintf(f->code, sizeof f->code, "%s", code);
	snprintf(f->pointer, sizeof f->pointer, "%.90s", pointer);
	f->err = *e;
	return false;
}

bool flaw_say(struct flaw *f, const char *code, const char *pointer, const char *fmt, ...)
{
	char text[sizeof f->err.text];
	struct err e;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	err_set(&e, ERR_INVALID, "E-PARAM", NULL, NULL, "%s", text);
	return flaw_set(f, code, pointer, &e);
}

static bool refuse(struct flaw *f, const char *code, const char *name, const struct err *e)
{
	char pointer[80];

	snprintf(pointer, sizeof pointer, "?%.70s", name);
	return flaw_set(f, code, pointer, e);
}

/* ---- field=op.value --------------------------------------------------------------------------------------- */

/* An operator of the query, as the filter language has it. */
static const struct operator { const char *name, *text; bool many, negated; } operators[] = {
	{ "eq", "=", false, false }, { "ne", "!=", false, false }, { "lt", "<", false, false },
	{ "lte", "<=", false, false }, { "gt", ">", false, false }, { "gte", ">=", false, false },
	{ "prefix", "^=", false, false }, { "contains", "~", false, false },
	{ "in", "=", true, false }, { "nin", "=", true, true }, { "is", "=", false, false },
};

static const struct operator *find_operator(const char *value)
{
	size_t n = strcspn(value, ".");

	for (size_t i = 0; value[n] == '.' && i < ARRAY_LEN(operators); i++)
		if (strlen(operators[i].name) == n && strncmp(operators[i].name, value, n) == 0)
			return &operators[i];
	return NULL;
}

static void put_quoted(struct strbuf *out, const char *s, size_t n)
{
	strbuf_putc(out, '"');
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"' || s[i] == '\\')
			strbuf_putc(out, '\\');
		strbuf_putc(out, s[i]);
	}
	strbuf_putc(out, '"');
}

/* (a,"b,c",d): the values, quoted, with commas. False: not such a list. */
static bool put_list(struct strbuf *out, const char *s)
{
	struct strbuf value = { 0 };
	bool inside = false, good = *s++ == '(';

	for (; good && (*s != ')' || inside); s++) {
		if (*s == '\0') {
			good = false;
			break;
		} else if (*s == '"') {
			inside = !inside;
		} else if (*s == ',' && !inside) {
			put_quoted(out, strbuf_str(&value), value.len);
			strbuf_putc(out, ',');
			strbuf_clear(&value);
		} else {
			s += inside && *s == '\\' && (s[1] == '"' || s[1] == '\\');
			strbuf_putc(&value, *s);
		}
	}
	put_quoted(out, strbuf_str(&value), value.len);
	strbuf_free(&value);
	return good && s[1] == '\0';
}

static const struct field *field_named(const struct resource *res, const char *name)
{
	const struct field *found = NULL;

	for (const struct field *f = res->fields; f->name != NULL && found == NULL; f++)
		if (strcmp(f->name, name) == 0 || field_is_column(f, name))
			found = f;
	return found != NULL && (found->flags & F_SECRET) ? NULL : found;
}

/* is.null, is.true, is.false. */
static bool put_is(struct strbuf *out, const struct field *f, const char *value)
{
	bool truth = strcmp(value, "true") == 0 || strcmp(value, "false") == 0;

	if (truth && f->type == FT_BOOL)
		strbuf_puts(out, value);
	return (truth && f->type == FT_BOOL) || strcmp(value, "null") == 0;
}

/* The parameter as a term of the filter language, which knows the rest. */
static bool put_term(struct strbuf *out, const struct field *field, const struct pair *p, const struct operator *op,
    const char *value, struct flaw *f)
{
	char pointer[80];

	snprintf(pointer, sizeof pointer, "?%.70s", p->name);
	strbuf_printf(out, "%s%s%s", op->negated ? "-" : "", p->name, op->text);
	if (op->many && !put_list(out, value))
		return flaw_say(f, "unknown-filter", pointer, "a list is written as in.(a,b), values with commas in double quotes");
	if (strcmp(op->name, "is") == 0 && !put_is(out, field, value))
		return flaw_say(f, "unknown-filter", pointer, "is. asks for null, and of a yes or no for true or false");
	if (!op->many && strcmp(op->name, "is") != 0)
		put_quoted(out, value, strlen(value));
	return true;
}

static bool add_field(struct list_params *l, const struct pair *p, const struct asker *a, struct flaw *f)
{
	static const struct operator equal = { "eq", "=", false, false };
	const struct field *field = field_named(l->q.res, p->name);
	const struct operator *op = find_operator(p->value);
	struct strbuf term = { 0 };
	struct err e;

	if (field == NULL) {
		resource_unknown_field(l->q.res, p->name, ERR_INVALID, "E-FILTER", &e);
		return refuse(f, "unknown-filter", p->name, &e);
	}
	if (op == NULL && !a->plain) {
		err_set(&e, ERR_INVALID, "E-FILTER", field->name, "Operators: eq ne lt lte gt gte prefix contains in nin is",
		    "a filter is written with its operator, as in %s=eq.value", p->name);
		return refuse(f, "unknown-filter", p->name, &e);
	}
	const char *value = op != NULL ? strchr(p->value, '.') + 1 : p->value;
	bool good = put_term(&term, field, p, op != NULL ? op : &equal, value, f);
	if (good && !query_filter(&l->q, strbuf_str(&term), a->today, a->currency, &e))
		good = refuse(f, "unknown-filter", p->name, &e);
	strbuf_free(&term);
	return good;
}

/* ---- parameters that are no field --------------------------------------------------------------------------- */

bool params_number(const char *text, unsigned long most, unsigned long *value)
{
	size_t n = strlen(text);

	if (n == 0 || n > 9 || strspn(text, "0123456789") != n)
		return false;
	*value = strtoul(text, NULL, 10);
	return *value <= most;
}

static bool set_limit(struct list_params *l, const char *value, const struct asker *a, struct flaw *f)
{
	(void)a;
	if (!params_number(value, 999999999, &l->rows) || l->rows == 0)
		return flaw_say(f, "bad-parameter", "?limit", "limit is a whole number from 1");
	l->limited = true;
	l->q.limit = l->rows > QUERY_MAX_LIMIT ? QUERY_MAX_LIMIT : (unsigned)l->rows;
	return true;
}

static bool set_skip(struct list_params *l, const char *value, const struct asker *a, struct flaw *f)
{
	unsigned long n;

	(void)a;
	if (!params_number(value, QUERY_MAX_SKIP, &n))
		return flaw_say(f, "bad-parameter", "?skip", "skip is a whole number up to %d: go on with cursor instead",
		    QUERY_MAX_SKIP);
	l->q.skip = (unsigned)n;
	return true;
}

static bool set_count_most(struct list_params *l, const char *value, const struct asker *a, struct flaw *f)
{
	unsigned long n;

	(void)a;
	if (!params_number(value, 1000000, &n) || n == 0)
		return flaw_say(f, "bad-parameter", "?count_most", "count_most is a whole number from 1 to 1000000");
	l->q.count_most = (unsigned)n;
	return true;
}

static bool set_brief(struct list_params *l, const char *value, const struct asker *a, struct flaw *f)
{
	(void)a;
	l->q.brief = strcmp(value, "true") == 0;
	if (!l->q.brief && strcmp(value, "false") != 0)
		return flaw_say(f, "bad-parameter", "?brief", "brief is true or false");
	return true;
}

static bool add_filter(struct list_params *l, const char *value, const struct asker *a, struct flaw *f)
{
	struct err e;

	return query_filter(&l->q, value, a->today, a->currency, &e) || refuse(f, "unknown-filter", "filter", &e);
}

/* Words, and nothing but words: what looks like a condition there is looked for. */
static bool add_words(struct list_params *l, const char *value, const struct asker *a, struct flaw *f)
{
	struct strbuf words = { 0 };
	struct err e;
	const char *p = value;

	for (p += strspn(p, " \t"); *p != '\0'; p += strspn(p, " \t")) {
		size_t n = strcspn(p, " \t");
		strbuf_puts(&words, words.len > 0 ? " " : "");
		put_quoted(&words, p, n);
		p += n;
	}
	bool good = query_filter(&l->q, strbuf_str(&words), a->today, a->currency, &e) || refuse(f, "unknown-filter", "q", &e);
	strbuf_free(&words);
	return good;
}

static bool set_sort(struct list_params *l, const char *value, const struct asker *a, struct flaw *f)
{
	struct err e;

	(void)a;
	return query_sort(&l->q, value, &e) || refuse(f, "bad-parameter", "sort", &e);
}

static bool set_fields(struct list_params *l, const char *value, const struct asker *a, struct flaw *f)
{
	(void)a;
	(void)f;
	l->fields = value;
	return true;
}

static bool set_cursor(struct list_params *l, const char *value, const struct asker *a, struct flaw *f)
{
	(void)a;
	(void)f;
	l->cursor = value;
	return true;
}

static bool set_position(struct list_params *l, const char *value, bool backward, struct flaw *f)
{
	if (l->q.after != NULL || l->q.backward)
		return flaw_say(f, "bad-cursor", backward ? "?before" : "?after", "one of after and before, once");
	/* before nothing: the last page */
	l->q.after = backward && *value == '\0' ? NULL : xstrdup(value);
	l->q.backward = backward;
	return true;
}

static bool set_after(struct list_params *l, const char *value, const struct asker *a, struct flaw *f)
{
	(void)a;
	return set_position(l, value, false, f);
}

static bool set_before(struct list_params *l, const char *value, const struct asker *a, struct flaw *f)
{
	(void)a;
	return set_position(l, value, true, f);
}

/* In the order in which they are taken: a position belongs to a sort. */
static const struct { const char *name; bool (*set)(struct list_params *, const char *, const struct asker *,
	struct flaw *); } known[] = {
	{ "sort", set_sort }, { "limit", set_limit }, { "skip", set_skip }, { "count_most", set_count_most },
	{ "brief", set_brief }, { "filter", add_filter }, { "q", add_words }, { "fields", set_fields },
	{ "cursor", set_cursor }, { "after", set_after }, { "before", set_before },
};

/* A field may have such a name (the trail has `after`): then its operator tells. */
static size_t which(const struct list_params *l, const struct pair *p)
{
	size_t i = 0;

	if (find_operator(p->value) != NULL && field_named(l->q.res, p->name) != NULL)
		return ARRAY_LEN(known);
	while (i < ARRAY_LEN(known) && strcmp(known[i].name, p->name) != 0)
		i++;
	return i;
}

static bool take_all(struct list_params *l, const struct pair *p, size_t n, const struct asker *a, struct flaw *f)
{
	char seen[ARRAY_LEN(known)] = { 0 };

	for (size_t k = 0; k <= ARRAY_LEN(known); k++) {
		for (size_t i = 0; i < n; i++) {
			if (which(l, &p[i]) != k)
				continue;
			if (k == ARRAY_LEN(known) ? !add_field(l, &p[i], a, f) : !known[k].set(l, p[i].value, a, f))
				return false;
			if (k < ARRAY_LEN(known) && seen[k]++ > 0) {
				char pointer[40];
				snprintf(pointer, sizeof pointer, "?%s", known[k].name);
				return flaw_say(f, "bad-parameter", pointer, "%s is given twice", known[k].name);
			}
		}
	}
	return true;
}

static bool check(struct list_params *l, struct flaw *f)
{
	char *value = NULL, *id = NULL;

	if ((l->q.after != NULL || l->q.backward) && l->cursor != NULL)
		return flaw_say(f, "bad-cursor", "?cursor", "one of cursor, after and before, once");
	if (l->q.skip > 0 && (l->q.after != NULL || l->q.backward || l->cursor != NULL))
		return flaw_say(f, "bad-parameter", "?skip", "skip goes with a first page alone");
	if (l->q.after != NULL && !query_cursor_parse(&l->q, l->q.after, &value, &id))
		return flaw_say(f, "bad-cursor", l->q.backward ? "?before" : "?after",
		    "the position does not belong to this list and sort");
	free(value);
	free(id);
	return true;
}

bool params_list(struct list_params *l, const struct resource *res, const struct pair *p, size_t n,
    const struct asker *a, struct flaw *f)
{
	*l = (struct list_params){ 0 };
	query_init(&l->q, res);
	if (take_all(l, p, n, a, f) && check(l, f))
		return true;
	list_params_free(l);
	return false;
}

void list_params_free(struct list_params *l)
{
	if (l->q.res != NULL)
		query_free(&l->q);
	*l = (struct list_params){ 0 };
}

/* ---- headers ------------------------------------------------------------------------------------------------ */

bool params_prefers(const char *header, const char *what)
{
	size_t n = strlen(what);

	for (const char *p = header; p != NULL && *p != '\0';) {
		p += strspn(p, " \t,;");
		size_t len = strcspn(p, " \t,;");
		if (len == n && strncasecmp(p, what, n) == 0)
			return true;
		p += len;
	}
	return false;
}

unsigned params_wait(const char *header)
{
	const char *p = header != NULL ? strcasestr(header, "wait=") : NULL;
	unsigned long seconds = p != NULL ? strtoul(p + 5, NULL, 10) : 0;

	return seconds > 30 ? 30 : (unsigned)seconds;
}

int params_version(const char *if_match)
{
	int version = 0;
	const char *p = if_match;

	if (strcmp(p, "*") == 0)
		return 0;
	if (strncmp(p, "W/", 2) == 0)
		return -1; /* RFC 9110 §13.1.1: a weak tag never matches there */
	if (strncmp(p, "\"v", 2) != 0)
		return -1;
	for (p += 2; isdigit((unsigned char)*p) && version < 100000000; p++)
		version = version * 10 + (*p - '0');
	if (version == 0 || (*p != '"' && *p != '.'))
		return -1;
	p += strcspn(p, "\"");
	return strcmp(p, "\"") == 0 ? version : -1;
}
