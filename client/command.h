/*
 * The palette's one line as data (ux.md C.4): what a person typed after ":" becomes one
 * command, or one error that says what was meant. Pure: what screens, verbs and views there
 * are, the caller says; filters are those of query.h, values those of value.h.
 *
 *   bk            list           un status=free -archived    list, filtered
 *   bk252         open           tn 4421                     open by number or phone tail
 *   bk252 >       next state     bk 252 cancel plans_changed action and its arguments
 *   bk252 edit    the form       bk+ C001 1806 3n            new, with what is known already
 *   252           whatever has that number                   @late, ?sort, home, theme light
 *
 * Names are taken in any case, by plural, singular, alias or label, and also when they were
 * typed in the wrong keyboard layout ("ил252"). What could be two things is refused with both.
 */
#ifndef CLIENT_COMMAND_H
#define CLIENT_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/candidates.h"
#include "base/date.h"
#include "base/strbuf.h"
#include "client/resource.h"

/* A screen, a verb or a saved view, as the caller has them. Strings live as long as it says. */
struct command_name {
	const char *name;          /* "portfolio", "theme", "late" */
	const char *title;         /* as shown, translated; a view: its line */
	bool words;                /* may be followed by words */
	const char *const *values; /* known words that may follow; NULL-terminated; NULL = none are known */
	const struct resource *res; /* … or they are a filter of this; may be NULL */
};

struct command_env {
	const struct command_name *screens, *verbs, *views; /* each ends with name NULL; NULL = none */
	day_t today;
	const char *currency; /* of amounts; NULL = KZT */
};

enum command_kind {
	COMMAND_NONE,   /* an empty line */
	COMMAND_SCREEN, /* name; text: what stands behind it */
	COMMAND_LIST,   /* res, text: filter, which parses */
	COMMAND_OPEN,   /* res (NULL = whichever has it), id: number, code, uuid, phone tail or beginning of a name */
	COMMAND_ACTION, /* res, id, action, params (canonical) */
	COMMAND_STEP,   /* res, id, step: +1 to the next state, -1 back */
	COMMAND_EDIT,   /* res, id */
	COMMAND_NEW,    /* res, params (canonical where the type says so) */
	COMMAND_VIEW,   /* name */
	COMMAND_VERB,   /* name, text: its arguments */
	COMMAND_HELP,   /* text: words to look for */
};

enum { COMMAND_MAX_PARAMS = 24 };

struct command {
	enum command_kind kind;
	const struct resource *res;
	const struct command_name *name;
	const struct action *action;
	int step;
	char *id, *text;           /* owned; "" when there is none */
	struct param params[COMMAND_MAX_PARAMS]; /* names from the catalogue, values owned */
	int nparams;
};

/* Always fills `c` (to be freed); false: `e` says what is wrong with the line. */
bool command_parse(struct command *c, const struct command_env *env, const char *line, struct err *e);
void command_free(struct command *c);

/* What Enter will do with it, in words: "Reservations: confirm 252, hold → confirmed". Appended; data is not cleaned. */
void command_words(const struct command *c, const struct command_env *env, struct strbuf *out);

/* What a resource is called in the shortest way: "bk". */
const char *command_code(const struct resource *res);

/* A filter in words: "Status: free; Check-in ≥ 2026-06-16". */
struct query;
void command_filter_words(const struct query *q, struct strbuf *out);

/* ---- completion ---- */

/* What the word at `cursor` may become. */
void command_complete(const struct command_env *env, const char *line, size_t cursor, struct candidates *out);
/* The same inside a filter of `res`. */
void command_complete_filter(const struct resource *res, const char *line, size_t cursor, struct candidates *out);

/* ---- shared by the files of the parser ---- */

struct command_word { const char *start; size_t len; }; /* as typed, quotes included */

/* The words of a line, at most `most`; quotes hold blanks together. */
int command_split(const char *line, struct command_word *words, int most);
char *command_word_text(const struct command_word *w); /* without its quotes; caller frees */
/* Is it, in any case, this name or one of its forms (also with blanks for "_")? */
bool command_is(const char *typed, const char *name);

#endif
