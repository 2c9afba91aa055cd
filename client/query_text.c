/* Queries as text: the filter as it would be typed, and cursors. */
#include "config.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/money.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "client/query.h"
#include "client/value.h"

static const char *op_text(enum query_op op)
{
	static const char *const text[] = {
		[OP_EQ] = "=", [OP_NE] = "!=", [OP_LT] = "<", [OP_GT] = ">", [OP_LE] = "<=", [OP_GE] = ">=",
		[OP_CONTAINS] = "~", [OP_PREFIX] = "^=", [OP_WORD] = "",
	};
	return text[op];
}

/* Would a bare word be read as something else than a word? */
static bool word_needs_quotes(const struct resource *res, const char *s)
{
	const struct field *state = res->state != NULL ? resource_field(res, res->state) : NULL;
	return *s == '-' || *s == '@' || *s == '+' || strpbrk(s, "=<>~!") != NULL ||
	    (state != NULL && choice_find(state->choices, s) != NULL);
}

static bool needs_quotes(const struct query *q, const struct query_term *t, const char *s)
{
	if (*s == '\0')
		return t->count > 1;
	if (strpbrk(s, " \t\r\n\",\\") != NULL || *s == '=')
		return true;
	/* Quoted text stands as it is; unquoted it may be taken for the label of a known word. */
	if (t->field != NULL)
		return t->field->type == FT_TEXT && choice_find(t->field->choices, s) != NULL;
	return word_needs_quotes(q->res, s);
}

static void put_quoted(struct strbuf *out, const char *s)
{
	strbuf_putc(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			strbuf_putc(out, '\\');
		strbuf_putc(out, *s);
	}
	strbuf_putc(out, '"');
}

/* Minor units and basis points go back to what people type. */
static char *number_text(const struct query *q, const struct field *f, const char *s)
{
	char buf[40];
	/* Basis points have two decimals of a per cent, as a rouble has of kopeks. */
	money_format(strtoll(s, NULL, 10), f->type == FT_BP ? "RUB" : q->currency, false, buf);
	return xstrdup(buf);
}

static char *value_text(const struct query *q, const struct field *f, const char *s)
{
	if (f == NULL || (f->type != FT_MONEY && f->type != FT_BP) || *s == '\0')
		return xstrdup(s);
	const char *dots = strstr(s, "..");
	if (dots == NULL)
		return number_text(q, f, s);
	char *from = number_text(q, f, s), *to = number_text(q, f, dots + 2);
	char *both = xasprintf("%s..%s", from, to);
	free(from);
	free(to);
	return both;
}

static void put_term(struct strbuf *out, const struct query *q, const struct query_term *t)
{
	if (out->len > 0)
		strbuf_putc(out, ' ');
	if (t->negated)
		strbuf_putc(out, '-');
	if (t->field != NULL)
		strbuf_puts(out, t->field->name);
	strbuf_puts(out, op_text(t->op));
	for (size_t i = 0; i < t->count; i++) {
		char *s = value_text(q, t->field, t->values[i]);
		if (i > 0)
			strbuf_putc(out, ',');
		if (needs_quotes(q, t, s))
			put_quoted(out, s);
		else
			strbuf_puts(out, s);
		free(s);
	}
}

char *query_filter_text(const struct query *q)
{
	struct strbuf out = { 0 };
	for (size_t i = 0; i < q->nterms; i++)
		put_term(&out, q, &q->terms[i]);
	return strbuf_steal(&out);
}

/* ---- cursors: base64url of "resource,sort,id,value" ------------------------------------------- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static char *encode(const char *s, size_t n)
{
	struct strbuf out = { 0 };
	uint32_t bits = 0;
	int have = 0;

	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | (unsigned char)s[i];
		for (have += 8; have >= 6; have -= 6)
			strbuf_putc(&out, alphabet[bits >> (have - 6) & 63]);
	}
	if (have > 0)
		strbuf_putc(&out, alphabet[bits << (6 - have) & 63]);
	return strbuf_steal(&out);
}

static char *decode(const char *s)
{
	struct strbuf out = { 0 };
	uint32_t bits = 0;
	int have = 0;

	for (; *s != '\0'; s++) {
		const char *at = strchr(alphabet, *s);
		if (at == NULL) {
			strbuf_free(&out);
			return NULL;
		}
		bits = bits << 6 | (uint32_t)(at - alphabet);
		have += 6;
		if (have >= 8) {
			have -= 8;
			strbuf_putc(&out, (char)(bits >> have & 255));
		}
	}
	return strbuf_steal(&out);
}

char *query_cursor(const struct query *q, const char *sort_value, const char *id)
{
	char *plain = xasprintf("%s,%s,%s,%s", q->res->name, q->sort->name, id, sort_value);
	char *cursor = encode(plain, strlen(plain));
	free(plain);
	return cursor;
}

/* The text before the next comma if it equals `want` (NULL: any); moves past it. */
static char *part(char **p, const char *want)
{
	char *s = *p, *comma = s == NULL ? NULL : strchr(s, ',');
	if (comma == NULL)
		return NULL;
	*comma = '\0';
	*p = comma + 1;
	return want == NULL || strcmp(s, want) == 0 ? s : NULL;
}

/* What is no value of its field would be an error of the database: damage is found here. */
static bool fits(const struct field *f, const char *text)
{
	struct field any = *f;
	any.min = any.max = 0;
	if (f->type == FT_TEXT)
		return true;
	any.type = f->type == FT_MONEY || f->type == FT_BP ? FT_INT : f->type;
	char *value = value_parse(&any, text, 0, NULL, NULL);
	free(value);
	return value != NULL;
}

bool query_cursor_parse(const struct query *q, const char *cursor, char **sort_value, char **id)
{
	char *plain = decode(cursor), *p = plain;
	bool ok = part(&p, q->res->name) != NULL && part(&p, q->sort->name) != NULL;
	char *key = ok ? part(&p, NULL) : NULL;

	ok = key != NULL && fits(resource_key(q->res), key) && fits(q->sort, p);
	if (ok) {
		*id = xstrdup(key);
		*sort_value = xstrdup(p);
	}
	free(plain);
	return ok;
}

static bool begins(const char *name, const char *word)
{
	return strncmp(name, word, strlen(word)) == 0;
}

bool query_unfinished(const struct resource *res, const char *text)
{
	const char *word = strrchr(text, ' ');

	word = word != NULL ? word + 1 : text;
	word += *word == '-';
	if (*word == '\0')
		return false;
	if (strchr("=<>~!", word[strlen(word) - 1]) != NULL)
		return true;
	for (const struct field *f = res->fields; f->name != NULL; f++) {
		if (begins(f->name, word))
			return true;
		for (const char *const *a = f->aliases; a != NULL && *a != NULL; a++)
			if (begins(*a, word))
				return true;
	}
	return false;
}
