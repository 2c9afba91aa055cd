/*
 * What the screens share and nothing else may include: how a screen reaches
 * its session, asks, waits a moment, and opens another screen on the rows
 * behind a number. Loop thread only.
 */
#ifndef SCREENS_SCREENS_H
#define SCREENS_SCREENS_H

#include "base/date.h"
#include "base/strbuf.h"
#include "client/client.h"
#include "client/statedir.h"
#include "tui/screen.h"

extern const struct screen_class home_class, portfolio_class, analytics_class, help_class, bookings_class;
extern const struct screen_class tenants_class, payments_class;
extern const struct screen_class moderation_class;
extern const struct screen_class duplicates_class;
extern const struct screen_class rentroll_class;
extern const struct screen_class desk_class, calls_class, refunds_class, chargerun_class;
extern const struct screen_class alerts_class, alert_class; /* what went wrong; one of it (arg: its struct alert) */
extern const struct screen_class reports_class; /* all reports; one of them: report_class */
extern const struct screen_class report_class;  /* opened with an argument, or what stands behind its name */
extern const struct screen_class stays_class, record_class; /* opened with an argument, see below */

/* stays_class: the list of any record type. Strings are copied. */
struct stays_arg {
	const struct resource *res;
	const char *filter;  /* filter language; may be "" or NULL */
	const char *title;   /* said on the breadcrumb line: "C001, Tue 16 Jun" (data: raw); NULL or "" = the record type's */
};

/* record_class: one record. Strings are copied. */
struct record_arg {
	const struct resource *res;
	const char *id;
	const char *title;
};

/* report_class: one report of the catalogue as a table whose rows open what they count. Strings are copied. */
struct report_arg {
	const struct report *rep;
	const struct param *given; /* n of them, values as typed; what is left out has its default */
	int n;
	const char *title;         /* NULL = the report's */
};

/* Every class that has a key table, NULL-terminated; where the user's key file is (caller frees, NULL = nowhere). */
const struct screen_class *const *console_classes(void);
const struct binding *console_everywhere(void); /* … and its own global bindings */
char *console_keyfile(void);
/* It shows what its argument names: nothing to open by name alone. */
bool screen_of_something(const struct screen_class *cls);

struct session *screen_session(struct screen *s);

/*
 * Begin anew with the eyes of this person (login or id), or with one's own again (NULL). Whose eyes they are now;
 * NULL = one's own.
 */
void console_again(struct screen *s, const char *see_as);
const char *screen_seeing(const struct screen *s);

/* The session is known (first answer came): rights, company and today may be asked. */
bool screen_ready(struct screen *s);
bool screen_may(struct screen *s, const char *permission);

/* Something is on its way from the database (or the connection to it). Ends with the patience of the client. */
bool screen_waiting(const struct screen *s);

/* Why there is no session yet although one should have come; NULL = it may still. */
const struct err *screen_trouble(const struct screen *s);

/* What is remembered for this person in this database; NULL while the session is not known, or where nothing may be. */
struct statedir *screen_statedir(struct screen *s);

/* The file of the keys that access codes are sealed with (client/secret.h); NULL = none is named. */
const char *screen_codes_key(const struct screen *s, bool *make);
bool screen_remote(const struct screen *s); /* the data come from an API server */
bool screen_headless(const struct screen *s); /* what is drawn goes into a file, not before somebody's eyes */

/* Today in the company's zone, or the date of --as-of. */
day_t screen_today(struct screen *s);

/* The user's wall clock, or the pinned one: "2026-06-16 14:05". */
void screen_now(const struct screen *s, char buf[static 24]);

/*
 * A screen asks under several owners, so that one kind of question can be
 * taken back without the others. All of them die with the screen.
 */
enum {
	SLOT_MAIN, SLOT_DETAIL, SLOT_CELL, SLOT_ROWS, SLOT_PAGES, SLOT_ACTION, SLOT_CODES, SLOT_EXPORT,
	SLOT_COLUMN, /* from here on: one a column of a board */
	SLOT_GIVERS = 23, /* who can give a permission that a key was refused for */
	SLOT_COUNT = 24,
};
owner_t screen_owner(const struct screen *s, unsigned slot);
void screen_cancel(struct screen *s, unsigned slot);
/* Another number after the user took back what was asked (C-c): answers that were waited for will not come. */
unsigned screen_epoch(const struct screen *s);

/* An answer that is now on the screen: moves "as of". */
void screen_fresh(struct screen *s);

/* Call fn once the user has rested for a moment; asking again moves the moment. Counts as not idle. */
void screen_later(struct screen *s, void (*fn)(struct screen *s));
/* The same after so many milliseconds, behind what is shown. */
void screen_after(struct screen *s, unsigned ms, void (*fn)(struct screen *s));
/* The same for news that are only put off: a script waits for them before it looks. */
void screen_put_off(struct screen *s, unsigned ms, void (*fn)(struct screen *s));
uint64_t screen_clock(const struct screen *s); /* milliseconds of the loop */

#endif
