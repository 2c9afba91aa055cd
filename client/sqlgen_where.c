#include "config.h"

#include "client/sqlgen_where.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/translit.h"
#include "base/uuid.h"

/* A word of the token tables is at most this long (domovoi.words). */
#define TOKEN_LENGTH 64

struct where {
	struct sql *s;
	const struct query *q;
	int company;
	int company_param; /* $n of the company, 0 if there is none */
};

static int new_param(struct sql *s, const char *value)
{
	if (s->n == SQL_MAX_PARAMS)
		die("more than %d parameters", SQL_MAX_PARAMS); /* sqlgen_where() has counted */
	s->param[s->n++] = xstrdup(value);
	return s->n;
}

void sqlgen_param(struct sql *s, const char *value)
{
	strbuf_printf(&s->text, "$%d", new_param(s, value));
}

void sqlgen_and(struct sql *s, bool *first)
{
	strbuf_puts(&s->text, *first ? " where " : " and ");
	*first = false;
}

void sqlgen_company(struct sql *s, int company, bool *first)
{
	char text[16];
	if (company == 0)
		return;
	snprintf(text, sizeof text, "%d", company);
	sqlgen_and(s, first);
	strbuf_puts(&s->text, "\"company\" = ");
	sqlgen_param(s, text);
}

/* " or " between alternatives. */
static void put_or(struct sql *s, bool *first)
{
	strbuf_puts(&s->text, *first ? "" : " or ");
	*first = false;
}

/* ---- records by id, code or number ------------------------------------------------------------- */

static bool is_bigint(const char *s)
{
	size_t n = strlen(s);
	return n >= 1 && n <= 18 && strspn(s, "0123456789") == n;
}

static void put_equal(struct sql *s, const struct field *f, const char *value, bool *first)
{
	char column[64];
	put_or(s, first);
	strbuf_printf(&s->text, "\"%s\" = ", field_column(f, column));
	sqlgen_param(s, value);
}

static bool could_hold(const struct field *f, const char *key)
{
	return f->type == FT_TEXT || (f->type == FT_INT && is_bigint(key)) || (f->type == FT_UUID &&
	    uuid_valid(key));
}

bool sqlgen_is_record(struct sql *s, const struct resource *res, const char *key)
{
	bool first = true;
	/* Internal to the statement's text, so put aside: nothing is written if nothing can match. */
	bool by_id = uuid_valid(key);

	strbuf_putc(&s->text, '(');
	for (const struct field *f = res->fields; f->name != NULL; f++) {
		unsigned wanted = by_id ? F_KEY : F_KEY | F_NUMBER;
		if ((f->flags & wanted) && could_hold(f, key))
			put_equal(s, f, key, &first);
	}
	strbuf_putc(&s->text, ')');
	return !first;
}

static void put_sub_company(const struct where *w, const char *alias)
{
	if (w->company_param > 0)
		strbuf_printf(&w->s->text, "%s\"company\" = $%d and ", alias, w->company_param);
}

/* "unit" = $1 for an id; else those whose code, number or name is this. */
static void put_ref(const struct where *w, const struct field *f, const char *value)
{
	const struct resource *target = catalogue_resource(f->ref);
	struct sql *s = w->s;
	bool first = true;

	strbuf_printf(&s->text, "\"%s\" ", f->name);
	if (uuid_valid(value)) {
		strbuf_puts(&s->text, "= ");
		sqlgen_param(s, value);
		return;
	}
	strbuf_printf(&s->text, "in (select \"%s\" from api.\"%s\" where ",
	    resource_key(target)->name, target->name);
	put_sub_company(w, "");
	strbuf_putc(&s->text, '(');
	for (const struct field *t = target->fields; t->name != NULL; t++)
		if ((t->flags & (F_NUMBER | F_LABEL)) && could_hold(t, value))
			put_equal(s, t, value, &first);
	if (first)
		strbuf_puts(&s->text, "false");
	strbuf_puts(&s->text, "))");
}

/* ---- fields -------------------------------------------------------------------------------------- */

static const char *sql_op(enum query_op op)
{
	return op == OP_LT ? "<" : op == OP_GT ? ">" : op == OP_LE ? "<=" : op == OP_GE ? ">=" : "=";
}

static void put_compare(struct sql *s, const char *column, const char *op, const char *value)
{
	strbuf_printf(&s->text, "\"%s\" %s ", column, op);
	sqlgen_param(s, value);
}

/* The day after an ISO day, for half-open comparisons of instants. */
static void next_day(const char *iso, char out[static 16])
{
	char first[16];
	snprintf(first, sizeof first, "%.10s", iso);
	day_format(day_parse(first) + 1, out);
}

/* Instants: a value of ten characters is a whole day of the session's zone. */
static void put_instant(struct sql *s, const char *column, enum query_op op, const char *value)
{
	char after[16];
	if (strlen(value) != 10) {
		put_compare(s, column, sql_op(op), value);
		return;
	}
	next_day(value, after);
	switch (op) {
	case OP_GT: put_compare(s, column, ">=", after); break;
	case OP_LE: put_compare(s, column, "<", after); break;
	case OP_LT:
	case OP_GE: put_compare(s, column, sql_op(op), value); break;
	default:
		strbuf_putc(&s->text, '(');
		put_compare(s, column, ">=", value);
		strbuf_puts(&s->text, " and ");
		put_compare(s, column, "<", after);
		strbuf_putc(&s->text, ')');
	}
}

static void put_scalar(struct sql *s, const struct field *f, enum query_op op, const char *value)
{
	char column[64];
	field_column(f, column);
	if (f->type == FT_TIME)
		put_instant(s, column, op, value);
	else
		put_compare(s, column, sql_op(op), value);
}

/* a..b, both included. */
static void put_range(struct sql *s, const struct field *f, const char *value, const char *dots)
{
	char *from = xstrndup(value, (size_t)(dots - value));
	strbuf_putc(&s->text, '(');
	put_scalar(s, f, OP_GE, from);
	strbuf_puts(&s->text, " and ");
	put_scalar(s, f, OP_LE, dots + 2);
	strbuf_putc(&s->text, ')');
	free(from);
}

/* % _ and \ stand for themselves. `before`: what may stand in front of the text, "%" or "". */
static void put_like(struct sql *s, const char *column, const char *before, const char *text)
{
	struct strbuf pattern = { 0 };
	strbuf_puts(&pattern, before);
	for (; *text != '\0'; text++) {
		if (*text == '%' || *text == '_' || *text == '\\')
			strbuf_putc(&pattern, '\\');
		strbuf_putc(&pattern, *text);
	}
	strbuf_putc(&pattern, '%');
	strbuf_printf(&s->text, "\"%s\" ilike ", column);
	sqlgen_param(s, strbuf_str(&pattern));
	strbuf_free(&pattern);
}

static void put_inside(struct sql *s, const char *column, const char *text)
{
	put_like(s, column, "%", text);
}

static void put_unset(struct sql *s, const struct field *f)
{
	char column[64];
	field_column(f, column);
	if (f->type == FT_TEXT)
		strbuf_printf(&s->text, "(\"%s\" is null or \"%s\" = '')", column, column);
	else
		strbuf_printf(&s->text, "\"%s\" is null", column);
}

/* One of several words of a record, which have a view of their own: an index finds a rare one. */
static void put_one_of_many(const struct where *w, const struct field *f, const char *value)
{
	strbuf_printf(&w->s->text, "exists (select from api.\"%s_%s\" as k where ", w->q->res->singular, f->name);
	put_sub_company(w, "k.");
	strbuf_printf(&w->s->text, "k.\"id\" = r.\"%s\" and k.\"value\" = ", resource_key(w->q->res)->name);
	sqlgen_param(w->s, value);
	strbuf_putc(&w->s->text, ')');
}

/* status = overdue, and open: the second is what an index knows. */
static void put_choice(struct sql *s, const struct field *f, enum query_op op, const char *value)
{
	const struct choice *c = f->narrow;

	while (c != NULL && c->value != NULL && strcmp(c->value, value) != 0)
		c++;
	bool narrow = c != NULL && c->value != NULL && (op == OP_EQ || op == OP_NE);
	strbuf_puts(&s->text, narrow ? "(" : "");
	put_scalar(s, f, op, value);
	if (narrow)
		strbuf_printf(&s->text, " and \"%s\")", c->label);
}

static void put_value(const struct where *w, const struct query_term *t, const char *value)
{
	const struct field *f = t->field;
	bool ordered = f->type != FT_TEXT && f->type != FT_REF && f->type != FT_CHOICE;
	const char *dots = ordered ? strstr(value, "..") : NULL;
	char column[64];

	if (*value == '\0') {
		put_unset(w->s, f);
	} else if (t->op == OP_CONTAINS || t->op == OP_PREFIX) {
		snprintf(column, sizeof column, "%s%s", f->name, f->type == FT_REF ? "_label" : "");
		put_like(w->s, column, t->op == OP_CONTAINS ? "%" : "", value);
	} else if (f->flags & F_MANY) {
		put_one_of_many(w, f, value);
	} else if (f->type == FT_REF) {
		put_ref(w, f, value);
	} else if (dots != NULL) {
		put_range(w->s, f, value, dots);
	} else {
		put_choice(w->s, f, t->op, value);
	}
}

/* ---- words --------------------------------------------------------------------------------------- */

/* The spellings of a word that are looked for: as typed, and in the other script. */
struct spellings { int param[1 + TRANSLIT_MOST], n; };

/*
 * Rows of which a word begins so: `column` is the id, or a reference to what has the words. EXISTS rather than IN:
 * beside an OR the planner may then choose, by the number of matches, between a hash of them and a look-up a row. All
 * spellings are ranges of the one EXISTS: an OR of several could not begin with the matches.
 */
static void put_prefix(const struct where *w, const char *column, const char *tokens, const struct spellings *all)
{
	struct strbuf *out = &w->s->text;

	strbuf_printf(out, "exists (select from api.\"%s\" as k where ", tokens);
	put_sub_company(w, "k.");
	strbuf_printf(out, "k.\"id\" = r.\"%s\" and %s", column, all->n > 1 ? "(" : "");
	for (int i = 0; i < all->n; i++)
		strbuf_printf(out, "%sk.\"token\" >= $%d and k.\"token\" < $%d || chr(1114111)", i ? " or " : "",
		    all->param[i], all->param[i]);
	strbuf_puts(out, all->n > 1 ? "))" : ")");
}

static void spell(struct sql *s, const char *token, struct spellings *all)
{
	char *as_stored = text_token(token), *others[TRANSLIT_MOST];
	int n = translit(as_stored, others);

	all->param[all->n++] = new_param(s, as_stored);
	for (int i = 0; i < n; i++) {
		all->param[all->n++] = new_param(s, others[i]);
		free(others[i]);
	}
	free(as_stored);
}

/* Everywhere that one word may be: own words, words of what is referred to, columns of a short list. */
static void put_token(const struct where *w, const char *token)
{
	struct sql *s = w->s;
	bool first = true, own = false;
	struct spellings all = { 0 };

	strbuf_putc(&s->text, '(');
	for (const struct field *f = w->q->res->fields; f->name != NULL; f++) {
		const struct resource *target = f->type == FT_REF ? catalogue_resource(f->ref) : NULL;
		const char *tokens = target != NULL ? target->tokens : f->type == FT_TEXT ?
		    w->q->res->tokens : NULL;
		if (!(f->flags & F_SEARCH) || (own && target == NULL && tokens != NULL))
			continue;
		if (target == NULL && tokens == NULL && (f->flags & F_NUMBER))
			continue; /* put_numbers() compares these as they stand */
		put_or(s, &first);
		if (tokens != NULL) {
			if (all.n == 0)
				spell(s, token, &all);
			put_prefix(w, target != NULL ? f->name : resource_key(w->q->res)->name, tokens, &all);
			own = own || target == NULL;
		} else {
			char column[80];
			snprintf(column, sizeof column, "%s%s", f->name, target != NULL ? "_label" : "");
			put_inside(s, column, token);
		}
	}
	if (first)
		strbuf_puts(&s->text, "false");
	strbuf_putc(&s->text, ')');
}

/* A number or code of a resource without words of its own: exact; folded words have lost their case. */
static void put_numbers(const struct where *w, const char *word)
{
	struct sql *s = w->s;

	if (w->q->res->tokens != NULL)
		return;
	for (const struct field *f = w->q->res->fields; f->name != NULL; f++) {
		if ((f->flags & (F_SEARCH | F_NUMBER)) != (F_SEARCH | F_NUMBER) || !could_hold(f, word))
			continue;
		strbuf_printf(&s->text, " or \"%s\" ", f->name);
		if (f->type == FT_INT) {
			strbuf_puts(&s->text, "= ");
			sqlgen_param(s, word);
		} else {
			int p = new_param(s, word);
			strbuf_printf(&s->text, "in ($%d::text, upper($%d::text))", p, p);
		}
	}
}

static const char blanks[] = " \t\r\n";

/* The next word of *p without punctuation around it (as domovoi.words cuts them); NULL at the end. */
static char *next_token(const char **p)
{
	static const char around[] = ".,;:!?\"()";

	for (;;) {
		const char *s = *p + strspn(*p, blanks);
		size_t n = strcspn(s, blanks);
		*p = s + n;
		if (n == 0)
			return NULL;
		while (n > 0 && strchr(around, *s) != NULL)
			s++, n--;
		while (n > 0 && strchr(around, s[n - 1]) != NULL)
			n--;
		if (n == 0)
			continue;
		char *token = xstrndup(s, n);
		const char *end = token;
		for (int i = 0; i < TOKEN_LENGTH && *end != '\0'; i++)
			text_next(&end);
		token[end - token] = '\0';
		return token;
	}
}

/* All words of the value, or the whole of it as a number. */
static void put_words(const struct where *w, const char *value)
{
	struct sql *s = w->s;
	const char *p = value;
	char *token;
	bool any = false;

	strbuf_puts(&s->text, "((");
	for (; (token = next_token(&p)) != NULL; free(token)) {
		strbuf_puts(&s->text, any ? " and " : "");
		put_token(w, token);
		any = true;
	}
	strbuf_puts(&s->text, any ? ")" : "false)");
	put_numbers(w, value);
	strbuf_putc(&s->text, ')');
}

/* ---- terms --------------------------------------------------------------------------------------- */

static void put_term(const struct where *w, const struct query_term *t)
{
	/* `not (x = 1)` would lose the rows where x is null; `(x = 1) is not true` keeps them. */
	bool inverse = t->negated != (t->op == OP_NE);
	bool first = true;

	strbuf_putc(&w->s->text, '(');
	for (size_t i = 0; i < t->count; i++) {
		put_or(w->s, &first);
		if (t->op == OP_WORD)
			put_words(w, t->values[i]);
		else
			put_value(w, t, t->values[i]);
	}
	strbuf_puts(&w->s->text, inverse ? ") is not true" : ")");
}

/* Parameters that the terms need at most. */
static size_t count_params(const struct query *q)
{
	size_t n = 8;
	for (size_t i = 0; i < q->nterms; i++) {
		for (size_t k = 0; k < q->terms[i].count; k++) {
			const char *p = q->terms[i].values[k];
			char *token;
			n += 4;
			for (; q->terms[i].op == OP_WORD && (token = next_token(&p)) != NULL; free(token))
				n += 4 + TRANSLIT_MOST;
		}
	}
	return n;
}

bool sqlgen_where(struct sql *s, const struct query *q, int company, bool *first, struct err *e)
{
	struct where w = { .s = s, .q = q, .company = q->company != 0 ? q->company : company };

	if (count_params(q) > SQL_MAX_PARAMS) {
		err_set(e, ERR_INVALID, "E-FILTER", NULL, _("Leave some out"), _("too many words"));
		return false;
	}
	sqlgen_company(s, w.company, first);
	w.company_param = w.company != 0 ? s->n : 0;
	for (size_t i = 0; i < q->nterms; i++) {
		sqlgen_and(s, first);
		put_term(&w, &q->terms[i]);
	}
	return true;
}
