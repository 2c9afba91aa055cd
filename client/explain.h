/* Second-level text of error codes, from the one table (client/errors.def). */
#ifndef CLIENT_EXPLAIN_H
#define CLIENT_EXPLAIN_H

struct explanation {
	const char *code;          /* "DM004", "23505", or the class "23" */
	const char *cause, *effect; /* msgids */
};

/* The row of exactly this code, else of the longest class that it belongs to; NULL if nothing is known. */
const struct explanation *err_explain(const char *code);

#endif
