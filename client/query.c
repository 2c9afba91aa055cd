/* The filter language: text -> terms. The way back and cursors are in query_text.c. */
#include "config.h"

#include "client/query.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/money.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "client/value.h"

#define DEFAULT_LIMIT 50
#define BLANKS " \t\r\n"

static void term_free(struct query_term *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->values[i]);
	free(t->values);
	*t = (struct query_term){ 0 };
}

static void drop_terms(struct query *q, size_t from)
{
	while (q->nterms > from)
		term_free(&q->terms[--q->nterms]);
}

void query_clear(struct query *q)
{
	drop_terms(q, 0);
}

void query_init(struct query *q, const struct resource *res)
{
	memset(q, 0, sizeof *q);
	q->res = res;
	q->limit = DEFAULT_LIMIT;
	q->descending = res->sort[0] == '-';
	q->sort = resource_field(res, res->sort + q->descending);
	memcpy(q->currency, "KZT", 4);
}

void query_free(struct query *q)
{
	query_clear(q);
	free(q->after);
	free(q->fields);
	q->after = q->fields = NULL;
}

static void add_value(struct query_term *t, char *value)
{
	t->values = xreallocarray(t->values, t->count + 1, sizeof *t->values);
	t->values[t->count++] = value;
}

void query_copy(struct query *to, const struct query *from)
{
	*to = *from;
	to->after = xstrdup(from->after);
	to->fields = xstrdup(from->fields);
	for (size_t i = 0; i < from->nterms; i++) {
		struct query_term *t = &to->terms[i];
		t->values = NULL;
		t->count = 0;
		for (size_t k = 0; k < from->terms[i].count; k++)
			add_value(t, xstrdup(from->terms[i].values[k]));
	}
}

/* ---- one term -------------------------------------------------------------------------------- */

struct parser {
	const struct query *q;
	const char *p;
	day_t today;
	struct err *e;
};

static bool refuse(struct parser *s, const char *field, const char *remedy, const char *why)
{
	err_set(s->e, ERR_INVALID, "E-FILTER", field, remedy, "%s", why);
	return false;
}

/* At an operator? Its length, and which. */
static size_t read_op(const char *s, enum query_op *op)
{
	static const struct { char text[3]; enum query_op op; } ops[] = {
		{ "!=", OP_NE }, { "^=", OP_PREFIX }, { "<=", OP_LE }, { ">=", OP_GE }, { "=", OP_EQ }, { "<", OP_LT }, { ">",
		    OP_GT },
		{ "~", OP_CONTAINS },
	};

	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		size_t n = strlen(ops[i].text);
		if (strncmp(s, ops[i].text, n) == 0) {
			*op = ops[i].op;
			return n;
		}
	}
	return 0;
}

/* The field name before an operator, copied; NULL if what follows is a bare word. Moves past both. */
static char *read_field(struct parser *s, enum query_op *op)
{
	const char *p = s->p;
	while (*p != '\0' && strchr(BLANKS "\"", *p) == NULL) {
		size_t n = read_op(p, op);
		if (n > 0) {
			if (p == s->p)
				return NULL;
			char *name = xstrndup(s->p, (size_t)(p - s->p));
			s->p = p + n;
			return name;
		}
		p++;
	}
	return NULL;
}

/* Up to a comma or blank; quotes hold those together. An open quote ends with the text. */
static char *read_value(struct parser *s, bool *quoted)
{
	struct strbuf out = { 0 };
	bool inside = false;

	for (*quoted = false; *s->p != '\0'; s->p++) {
		char c = *s->p;
		if (c == '"') {
			inside = !inside;
			*quoted = true;
			continue;
		}
		if (!inside && (c == ',' || strchr(BLANKS, c) != NULL))
			break;
		if (inside && c == '\\' && (s->p[1] == '"' || s->p[1] == '\\'))
			c = *++s->p;
		strbuf_putc(&out, c);
	}
	return strbuf_steal(&out);
}

/* ---- values of a field ----------------------------------------------------------------------- */

static bool is_ordered(enum field_type t)
{
	return t == FT_INT || t == FT_MONEY || t == FT_BP || t == FT_DATE || t == FT_TIME;
}

/* A month "2026-03", "03.2026" or an ISO week "w24" of this year: first and last day. */
static bool parse_span(const char *s, day_t today, day_t *first, day_t *last)
{
	char *end;
	size_t n = strlen(s), digits = strspn(s, "0123456789");
	if (n == 7 && (digits == 4 || digits == 2) && (s[digits] == '-' || s[digits] == '.')) {
		long a = strtol(s, &end, 10), b = isdigit((unsigned char)end[1]) ? strtol(end + 1, &end,
		    10) : 0;
		*first = digits == 4 ? day_from_ymd((int)a, (int)b, 1) : day_from_ymd((int)b, (int)a, 1);
		if (*first == DAY_NONE || *end != '\0')
			return false;
		*last = day_add_months(*first, 1) - 1;
		return true;
	}
	if ((s[0] == 'w' || s[0] == 'W') && n <= 3 && isdigit((unsigned char)s[1])) {
		long week = strtol(s + 1, &end, 10);
		day_t jan4 = day_from_ymd(day_to_ymd(today).y, 1, 4);
		*first = jan4 - day_weekday(jan4) + 7 * (day_t)(week - 1);
		*last = *first + 6;
		return *end == '\0' && week >= 1 && week <= 53;
	}
	return false;
}

/* One plain value, without the bounds that only a new value has to meet. */
static char *parse_one(struct parser *s, const struct field *f, bool exact, const char *text)
{
	struct field free_field = *f;
	struct err e = { 0 };

	free_field.min = free_field.max = 0;
	if (exact)
		free_field.type = FT_INT;
	char *value = value_parse(&free_field, text, s->today, s->q->currency, &e);
	if (value != NULL && f->type == FT_TIME && strchr(text, ':') == NULL)
		value[10] = '\0'; /* a day alone means all of it */
	if (value == NULL && strstr(e.text, text) != NULL)
		err_set(s->e, ERR_INVALID, "E-FILTER", f->name, e.remedy, "%s", e.text);
	else if (value == NULL)
		err_set(s->e, ERR_INVALID, "E-FILTER", f->name, e.remedy, "%s: \"%.80s\"", e.text, text);
	return value;
}

static bool parse_pair(struct parser *s, const struct field *f, bool exact, const char *text,
    char *pair[2])
{
	const char *dots = strstr(text, "..");
	day_t first, last;
	char iso[2][16];

	pair[0] = pair[1] = NULL;
	if ((f->type == FT_DATE || f->type == FT_TIME) && parse_span(text, s->today, &first, &last)) {
		day_format(first, iso[0]);
		day_format(last, iso[1]);
		pair[0] = xstrdup(iso[0]);
		pair[1] = xstrdup(iso[1]);
		return true;
	}
	if (dots == NULL || !is_ordered(f->type)) {
		pair[0] = parse_one(s, f, exact, text);
		return pair[0] != NULL;
	}
	char *from = xstrndup(text, (size_t)(dots - text));
	pair[0] = parse_one(s, f, exact, from);
	pair[1] = pair[0] != NULL ? parse_one(s, f, exact, dots + 2) : NULL;
	free(from);
	if (pair[1] == NULL) {
		free(pair[0]);
		pair[0] = NULL;
	}
	return pair[0] != NULL;
}

/* A span under an ordering: "< March" ends before its first day, "> March" begins after its last. */
static char *join_pair(enum query_op op, char *pair[2])
{
	char *value;
	if (pair[1] == NULL)
		return pair[0];
	if (op == OP_EQ || op == OP_NE)
		value = strcmp(pair[0], pair[1]) == 0 ? xstrdup(pair[0]) : xasprintf("%s..%s", pair[0],
		    pair[1]);
	else
		value = xstrdup(op == OP_LT || op == OP_GE ? pair[0] : pair[1]);
	free(pair[0]);
	free(pair[1]);
	return value;
}

static bool op_fits(struct parser *s, const struct field *f, enum query_op op)
{
	if ((op == OP_CONTAINS || op == OP_PREFIX) && f->type != FT_TEXT && f->type != FT_REF)
		return refuse(s, f->name, _("Use = instead"), op == OP_CONTAINS
		    ? _("~ searches inside texts and names only") : _("^= looks at the beginning of texts and names only"));
	if (op >= OP_LT && op <= OP_GE && !is_ordered(f->type) && f->type != FT_TEXT)
		return refuse(s, f->name, _("Use = or != instead"), _("this field has no order"));
	return true;
}

/* `value` (taken over) is kept if the text that it comes from is text at all. */
static bool add_text(struct parser *s, struct query_term *t, const char *text, char *value)
{
	for (const char *p = text; *p != '\0';) {
		int cp = text_next(&p);
		if (cp == 0xFFFD || (cp < 0x20 && cp != '\n' && cp != '\t') || (cp >= 0x7F && cp < 0xA0)) {
			free(value);
			return refuse(s, t->field != NULL ? t->field->name : NULL, NULL,
			    _("the text is not valid UTF-8 text"));
		}
	}
	add_value(t, value);
	return true;
}

static bool parse_field_value(struct parser *s, struct query_term *t, bool exact,
    const char *text, bool quoted)
{
	bool blank = text[strspn(text, BLANKS)] == '\0';
	char *pair[2];

	if (blank && (t->op == OP_EQ || t->op == OP_NE)) {
		add_value(t, xstrdup(""));
		return true;
	}
	if (blank)
		return refuse(s, t->field->name, NULL, _("a value is missing"));
	if (t->op == OP_CONTAINS || t->op == OP_PREFIX || (quoted && t->field->type == FT_TEXT))
		return add_text(s, t, text, xstrdup(text));
	if (!parse_pair(s, t->field, exact, text, pair))
		return false;
	add_value(t, join_pair(t->op, pair));
	return true;
}

static const struct field *filter_field(struct parser *s, const char *name, bool *exact)
{
	const struct field *f = resource_field(s->q->res, name);
	*exact = false;
	for (const struct field *x = s->q->res->fields; f == NULL && x->name != NULL; x++) {
		if (field_is_column(x, name)) {
			*exact = true;
			f = x;
		}
	}
	if (f == NULL || (f->flags & F_SECRET)) {
		resource_unknown_field(s->q->res, name, ERR_INVALID, "E-FILTER", s->e);
		return NULL;
	}
	return f;
}

/* ---- terms ----------------------------------------------------------------------------------- */

/* "-cancelled": a bare word that is a value of the state field. */
static bool as_state(struct parser *s, struct query_term *t, const char *word)
{
	const struct resource *res = s->q->res;
	const struct field *state = res->state != NULL ? resource_field(res, res->state) : NULL;
	const struct choice *c = state != NULL ? choice_find(state->choices, word) : NULL;
	if (c == NULL)
		return false;
	t->field = state;
	t->op = OP_EQ;
	add_value(t, xstrdup(c->value));
	return true;
}

/* +7 701 123-45-67 is found by its digits. */
static char *fold_word(const char *word)
{
	if (*word != '+' || word[strspn(word, "+0123456789()- ")] != '\0')
		return text_fold(word);
	struct strbuf digits = { 0 };
	for (; *word != '\0'; word++)
		if (isdigit((unsigned char)*word))
			strbuf_putc(&digits, *word);
	return strbuf_steal(&digits);
}

static bool parse_word_value(struct parser *s, struct query_term *t, const char *word, bool quoted)
{
	if (word[strspn(word, BLANKS)] == '\0')
		return true; /* "a,,b" or "" finds what the rest finds */
	if (!quoted && *word == '@') {
		err_set(s->e, ERR_INVALID, "E-FILTER", NULL, NULL, _("there is no saved view %.60s"), word);
		return false;
	}
	if (!quoted && t->count == 0 && *s->p != ',' && as_state(s, t, word))
		return true;

	char *folded = fold_word(word);
	if (*folded != '\0')
		return add_text(s, t, word, folded);
	free(folded); /* "+": the beginning of a telephone that goes no further */
	return true;
}

static bool parse_values(struct parser *s, struct query_term *t, bool exact)
{
	for (;;) {
		bool quoted;
		char *text = read_value(s, &quoted);
		bool ok = t->field != NULL ? parse_field_value(s, t, exact, text, quoted)
		                           : parse_word_value(s, t, text, quoted);
		free(text);
		if (!ok)
			return false;
		if (*s->p != ',')
			return true;
		s->p++;
	}
}

static bool parse_term(struct parser *s, struct query_term *t)
{
	bool exact = false;

	if (*s->p == '-') {
		t->negated = true;
		s->p++;
	}
	t->op = OP_WORD;
	char *name = read_field(s, &t->op);
	if (name == NULL) {
		t->op = OP_WORD;
		enum query_op op;
		if (read_op(s->p, &op) > 0)
			return refuse(s, NULL, _("For example status=confirmed"),
			    _("an operator without a field before it"));
	} else {
		t->field = filter_field(s, name, &exact);
		free(name);
		if (t->field == NULL || !op_fits(s, t->field, t->op))
			return false;
	}
	return parse_values(s, t, exact);
}

static size_t count_values(const struct query *q)
{
	size_t n = 0;
	for (size_t i = 0; i < q->nterms; i++)
		n += q->terms[i].count;
	return n;
}

static bool parse_all(struct query *q, struct parser *s)
{
	for (s->p += strspn(s->p, BLANKS); *s->p != '\0'; s->p += strspn(s->p, BLANKS)) {
		if (q->nterms == QUERY_MAX_TERMS)
			return refuse(s, NULL, _("Leave some out"), _("too many conditions"));
		struct query_term *t = &q->terms[q->nterms];
		*t = (struct query_term){ 0 };
		bool ok = parse_term(s, t);
		if (!ok || t->count == 0) /* `-` or "" alone: says nothing */
			term_free(t);
		else
			q->nterms++;
		if (!ok)
			return false;
		if (count_values(q) > QUERY_MAX_VALUES)
			return refuse(s, NULL, _("Leave some out"), _("too many values"));
	}
	return true;
}

bool query_filter(struct query *q, const char *text, day_t today, const char *currency,
    struct err *e)
{
	struct parser s = { .q = q, .p = text, .today = today, .e = e };
	size_t before = q->nterms;

	if (currency != NULL && money_digits(currency) >= 0)
		memcpy(q->currency, currency, sizeof q->currency);
	if (parse_all(q, &s))
		return true;
	drop_terms(q, before);
	return false;
}

/* ---- sort ------------------------------------------------------------------------------------ */

static bool refuse_sort(const struct query *q, const char *text, const char *why, struct err *e)
{
	struct strbuf names = { 0 };
	for (const struct field *f = q->res->fields; f->name != NULL; f++)
		if (f->flags & F_SORT)
			strbuf_printf(&names, "%s%s", names.len > 0 ? ", " : "", f->name);
	char *remedy = xasprintf(_("Sort by one of: %s"), strbuf_str(&names));
	err_set(e, ERR_INVALID, "E-SORT", NULL, remedy, why, text);
	free(remedy);
	strbuf_free(&names);
	return false;
}

bool query_sort(struct query *q, const char *text, struct err *e)
{
	bool descending = *text == '-';
	if (strchr(text, ',') != NULL)
		return refuse_sort(q, text,
		    _("a list is sorted by one field: more would read it to the end (\"%.60s\")"), e);
	const struct field *f = resource_field(q->res, text + descending);
	if (f == NULL)
		return refuse_sort(q, text + descending, _("no field \"%.60s\" to sort by"), e);
	if (!(f->flags & F_SORT))
		return refuse_sort(q, f->name,
		    _("%.60s has no index, a long list cannot be sorted by it"), e);
	q->sort = f;
	q->descending = descending;
	free(q->after);
	q->after = NULL;
	return true;
}
