/* The inside of the palette's parser: words, names and what the first word means. Internal to client/command*.c. */
#ifndef CLIENT_COMMAND_WORDS_H
#define CLIENT_COMMAND_WORDS_H

#include "client/command.h"

struct err;

/* What the first word names; a word may be a resource and a screen at once ("bookings"). */
struct command_head {
	const struct resource *res;
	const struct command_name *screen, *verb;
	char *id;  /* "bk252": owned */
	bool plus; /* "bk+" */
};

/* False: it could be several, `e` says which. All NULL: it names nothing. */
bool command_head(const struct command_env *env, const char *word, struct command_head *h, struct err *e);
void command_head_free(struct command_head *h);
/* `e`: nothing is called so, and what is close. */
void command_unknown(const struct command_env *env, const char *word, struct err *e);

/* By name ("check_in", "check in", "check-in") or label, in any case and layout. */
const struct action *command_find_action(const struct resource *res, const char *text);
bool command_is_edit(const char *text);
/* Does `name` begin with what was typed, in any case or layout? "" begins everything. */
bool command_begins(const char *name, const char *typed);

#endif
