/*
 * Errors are values. Every failure that a user can meet is one `struct err`:
 * a kind (which is also the exit status), a stable code, the field it is
 * about, one sentence, and what to do next. There is exactly one mapping from
 * each foreign error space: SQLSTATE (client/pgerr.c), later HTTP and CURLcode.
 *
 * Texts may hold data (names, dates) and are therefore cleaned by whoever
 * prints them, never here.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

/* The numbers are the public exit statuses of the command line (DESIGN §7). */
enum err_kind {
	ERR_NONE = 0,
	ERR_FAILED = 1,      /* anything that is not one of the following */
	ERR_USAGE = 2,       /* the command line or a keymap file is wrong */
	ERR_NOT_FOUND = 3,   /* no such record, or none that this session may see */
	ERR_DENIED = 4,      /* a permission is missing */
	ERR_CONFLICT = 5,    /* version, overlap or state: somebody was first */
	ERR_INVALID = 6,     /* a value is refused */
	ERR_UNREACHABLE = 7, /* no connection, or it broke and stayed broken */
};

struct err {
	enum err_kind kind;
	char code[12];    /* "DM004", "23505", "E-FILTER"; never empty when kind != ERR_NONE */
	char field[64];   /* catalogue field name, or "" */
	char text[320];   /* one sentence, no full stop at the end, in the user's language */
	char remedy[240]; /* what to do, or "" */
};

/* Fill `e` (may be NULL: then only the kind is returned). `field` and `remedy` may be NULL. */
enum err_kind err_set(struct err *e, enum err_kind kind, const char *code, const char *field,
    const char *remedy, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
void err_clear(struct err *e);

/* "DM004 check_in: the unit is taken on these dates. Choose other dates" into buf; never fails. */
void err_line(const struct err *e, char *buf, unsigned size);

#endif
