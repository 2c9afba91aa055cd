/*
 * The console: the one place that knows both the toolkit and the data. It owns
 * the loop, the client, the session and the application, and hands keys and
 * data to the screens. Everything else in screens/ is private to it.
 */
#ifndef SCREENS_CONSOLE_H
#define SCREENS_CONSOLE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/strbuf.h"

struct console_options {
	const char *dsn;      /* libpq connection string; or … */
	const char *url;      /* … of an API server */
	const char *login;    /* url: whose remembered login to use; "" = the last one's */
	const char *ca;       /* url: certificates to trust instead of the system's; NULL = the system's */
	const char *lang;     /* "en", "ru", "kk"; NULL = as the environment says */
	const char *theme;    /* name or path; NULL = built in */
	const char *now;      /* ISO instant: domovoi.now() of demo and test databases; NULL = the clock */
	const char *as_of;    /* ISO date that stands for today in periods; NULL = the company's today */
	const char *role;     /* membership role code; NULL = the default membership */
	const char *see_as;   /* login or id of whose eyes to look through, read only; NULL = one's own */
	int company;          /* 0 = the default membership */
	int colours;          /* -1 = what the terminal can, else 0 (mono), 8, 16, 256 */
	const char *codes_key; /* the file that access codes are sealed with; NULL = none is named */
	bool codes_make;      /* … which is made if there is none yet */
	bool ascii;           /* ASCII glyphs only */
	bool plain;           /* said line by line: screen readers, terminals that can only print */
	bool attrs;           /* console_show: token letters instead of text (scenario tests of themes) */
};

/* Interactive, until the user leaves. Returns the exit status (an err_kind); a failure was printed to stderr. */
int console_run(const struct console_options *o);

/*
 * Headless: open `screen`, feed `keys` (NULL = none; app_script() grammar), each only once nothing is in
 * flight, and append exactly h lines of text to out. Returns ERR_NONE or the kind of `e`.
 */
int console_show(const struct console_options *o, const char *screen, int w, int h, const char *keys,
    struct strbuf *out, struct err *e);

/* Names that console_show() takes, NULL-terminated: the screens, and the lists of all record types. */
const char *const *console_screens(void);

/* Names of the themes that are built in, NULL-terminated. */
const char *const *console_themes(void);

/* One key binding of the console. Texts are msgids where they are for people. */
struct console_key {
	const char *screen;     /* "portfolio"; NULL = everywhere */
	const char *title;      /* msgid: of the screen */
	const char *action, *note, *permission; /* permission NULL = everyone */
	const char *keys;       /* "Down j", "g+p M-2" */
	bool changed;           /* by the user's key file */
};

/*
 * Every binding in table order, the global ones last. `own`: with the user's key file over it; its faults go to
 * `fault` (may be NULL). Needs neither terminal nor database.
 */
void console_keys(bool own, void (*each)(void *ctx, const struct console_key *k),
    void (*fault)(void *ctx, const struct err *e), void *ctx);

#endif
