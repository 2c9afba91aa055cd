/*
 * A list request as data: filter, sort, page. Parsed from the one filter
 * language (ux.md C.4) that the console's `/`, the command line and, as
 * field=op.value, the API share. Pure: no I/O here.
 *
 *   status=confirmed,checked_in check_in>=2026-03-01 name~aig -channel=Direct "two words"
 *
 * Words and terms joined by spaces must all hold; values joined by ',' are
 * alternatives; '-' in front negates, also for rows where the field is empty;
 * double quotes hold spaces and commas together (\" and \\ inside). A value may
 * be a range a..b (both included); a date also a month (2026-03, 03.2026) or a
 * week (w24); an empty value (agent=) means "not set". code^=A-1 finds what
 * begins so. A bare word that is a
 * state (-cancelled) is that state; in quotes it is always a word.
 */
#ifndef CLIENT_QUERY_H
#define CLIENT_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/date.h"
#include "client/resource.h"

struct err;

enum query_op { OP_EQ, OP_NE, OP_LT, OP_GT, OP_LE, OP_GE, OP_CONTAINS, OP_PREFIX, OP_WORD };

struct query_term {
	const struct field *field; /* NULL for OP_WORD: any searchable word or phone tail, by prefix */
	enum query_op op;
	bool negated;
	size_t count;              /* values joined by ',' : any of them */
	char **values;             /* normalised: ISO dates, minor units, folded words, "a..b", ""; owned */
};

#define QUERY_MAX_TERMS 20
#define QUERY_MAX_VALUES 80 /* of all terms together */
#define QUERY_MAX_LIMIT 500
#define QUERY_MAX_SKIP 10000

struct query {
	const struct resource *res;
	size_t nterms;
	struct query_term terms[QUERY_MAX_TERMS];
	char currency[4]; /* of amounts in the terms, as query_filter() was told */
	const struct field *sort;
	bool descending;
	bool backward;    /* the page before the cursor; rows still come in sort order */
	unsigned limit;   /* 1..QUERY_MAX_LIMIT */
	unsigned skip;    /* rows left out before the page, 0..QUERY_MAX_SKIP; of the API alone: it reads what it leaves out */
	char *after;      /* cursor as query_cursor() made it, or NULL; owned */
	bool brief;       /* only the list's columns and what identifies, sorts and prices a row: cheaper to plan and join */
	char *fields;     /* names, columns or label columns with commas: these, and what identifies, sorts and prices a row;
	                     NULL = all, or brief; of the API alone; owned */
	bool count;       /* also ask for the number of matching rows, one more than count_most if there are more */
	unsigned count_most; /* 0 = 10000 */
	int company;      /* 0 = the session's own; platform sessions may name one */
};

/* Start a query with the resource's defaults (sort, limit 50). */
void query_init(struct query *q, const struct resource *res);
void query_free(struct query *q);
void query_copy(struct query *to, const struct query *from); /* deep; `to` is uninitialised */

/*
 * Add the terms of `text`. `today` anchors human dates. currency (may be NULL:
 * "KZT") decides the minor digits of typed amounts. On error nothing is added.
 */
bool query_filter(struct query *q, const char *text, day_t today, const char *currency,
    struct err *e);

/* Drop all terms. */
void query_clear(struct query *q);

/* "check_in", "-check_in"; only F_SORT fields; more than one column is refused with the reason. Drops the cursor. */
bool query_sort(struct query *q, const char *text, struct err *e);

/*
 * Is the last word of a line that is being typed the beginning of a field's name ("stat" of status=), or a field
 * without its value yet? Whoever filters as one types waits then: as a word it would match nothing for a moment.
 */
bool query_unfinished(const struct resource *res, const char *text);

/*
 * The filter as a person would type it; the caller frees. With the same
 * currency, query_filter() of it gives the same terms.
 */
char *query_filter_text(const struct query *q);

/*
 * Opaque printable cursor of a row: its sort value and id. Caller frees. It
 * belongs to its resource and sort: another one's is refused (false).
 */
char *query_cursor(const struct query *q, const char *sort_value, const char *id);
bool query_cursor_parse(const struct query *q, const char *cursor, char **sort_value, char **id);

#endif
