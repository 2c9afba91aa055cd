/*
 * The user's own keys: a text file that the program reads and never writes.
 *
 *     # comment
 *     portfolio.filter = F7 M-f       an action of a screen: these keys instead of its own
 *     refresh = C-r F5                an action that works everywhere
 *     go-home =                       no key at all
 *     keys.layout = auto | us | ru | kz
 *
 * Screens and actions are named as `domovoi keys` prints them, keys as in the
 * help; "g+p" is a sequence. keyfile_parse() is pure; what the names mean is
 * found out by keytable_apply().
 */
#ifndef TUI_KEYFILE_H
#define TUI_KEYFILE_H

#include <stdbool.h>

#include "base/err.h"
#include "tui/key.h"

struct keyfile_line {
	int line;
	char *screen;  /* NULL = everywhere */
	char *action, *keys;
};

struct keyfile {
	char *origin;               /* how errors call the file */
	struct keyfile_line *lines;
	int n;
	enum key_layout layout;
	bool layout_given;
};

typedef void (*keyfile_fault)(void *ctx, const struct err *e);

/* Every line that cannot be read is told to `fault` (may be NULL) and left out. Free with keyfile_free(). */
void keyfile_parse(struct keyfile *f, const char *text, const char *origin, keyfile_fault fault, void *ctx);
/* The same from a file; one that is not there is empty. */
void keyfile_read(struct keyfile *f, const char *path, keyfile_fault fault, void *ctx);
void keyfile_free(struct keyfile *f);

/* One fault of line `line`: "keys:3: …" with code E-KEY. `remedy` may be NULL. */
void keyfile_fault_at(const struct keyfile *f, int line, const char *remedy, keyfile_fault fault, void *ctx,
    const char *fmt, ...) __attribute__((format(printf, 6, 7)));

#endif
