/*
 * The form: fields with dotted labels that one types into, one under the
 * other, or in two columns where there is room. A value is text; what it means
 * is the screen's business, which is asked through callbacks. Nothing stops the
 * typist: a wrong value is said under its field and the cursor goes on.
 */
#ifndef TUI_FORM_H
#define TUI_FORM_H

#include "base/i18n.h"
#include "tui/lineedit.h"
#include "tui/screen.h"

enum form_kind {
	FORM_TEXT, FORM_NUMBER, FORM_MONEY, FORM_DATE,
	FORM_CHOICE,  /* the value comes from a list: a letter opens it */
	FORM_REF,
	FORM_BOOL,    /* Space turns it round: source.turn */
	FORM_NOTE,    /* as wide as the form */
};

enum { FORM_TWO_COLUMNS = 120 }; /* width of the canvas from which on fields stand in two columns */

struct form_field {
	/* As long-lived as the form: a stable name, which is not shown; msgids; help, for the status line, may be NULL. */
	const char *name, *label, *help;
	enum form_kind kind;
	int width;              /* columns of the value */
	int most;               /* bytes; 0 = LINEEDIT_MOST */
	int fixed;              /* a code of so many characters: typing the last one goes on to the next field; 0 = not one */
	bool required, readonly;
	/* the form's */
	struct lineedit line;
	char *base;             /* the value before anybody typed; what differs is dirty */
	char *aside;            /* after the field: "KZT", "3 nights"; or NULL */
	char *error;            /* under the field, or NULL */
	char *hint;             /* the same, about the key just typed; goes with the next one */
};

struct form_source {
	void (*changed)(void *ctx, int field);              /* a key changed the value; may be NULL */
	void (*leave)(void *ctx, int field);                /* the cursor went on: check it, write it out; may be NULL */
	/* F4, or text typed into a choice or reference (`typed`, else ""): open the list of values. May be NULL. */
	void (*list)(void *ctx, int field, const char *typed);
	void (*turn)(void *ctx, int field);                 /* Space in a FORM_BOOL; may be NULL */
	const char *(*previous)(void *ctx, int field);      /* C-d: what the previous record has, or NULL; may be NULL */
	void (*save)(void *ctx);                            /* F2, C-x: every field was left before */
};

struct form {
	struct form_field *fields; int n, cap;
	int cursor, top;        /* field; first line drawn */
	int lines, page;        /* of the last draw */
	bool readonly;
	const struct form_source *source; void *ctx;
};

enum form_do {
	FORM_NEXT, FORM_PREVIOUS, FORM_UP, FORM_DOWN, FORM_PGUP, FORM_PGDN, FORM_SAVE, FORM_LIST, FORM_CLEAR,
	FORM_DUPLICATE,
};

/* Binding rows: FORM_KEYS(fn) with fn(screen, enum form_do). Letters are text: none is a command here. */
#define FORM_KEYS(fn) FORM_KEYS_THAT(fn, "save", N_("save"))
/* … of a form whose F2 does not save but does what `note` says. */
#define FORM_KEYS_THAT(fn, name, note) \
	{ "F2 C-x", name, note, fn, FORM_SAVE, B_FOOTER, NULL }, \
	{ "Tab Enter", "next-field", N_("next field"), fn, FORM_NEXT, B_FOOTER, NULL }, \
	{ "F4", "list-of-values", N_("list of values"), fn, FORM_LIST, B_FOOTER, NULL }, \
	{ "BackTab", "previous-field", N_("previous field"), fn, FORM_PREVIOUS, B_HIDDEN, NULL }, \
	{ "Up", "field-above", N_("field above"), fn, FORM_UP, B_HIDDEN, NULL }, \
	{ "Down", "field-below", N_("field below"), fn, FORM_DOWN, B_HIDDEN, NULL }, \
	{ "PgUp", "page-up", N_("page up"), fn, FORM_PGUP, B_HIDDEN, NULL }, \
	{ "PgDn", "page-down", N_("page down"), fn, FORM_PGDN, B_HIDDEN, NULL }, \
	{ "C-u", "clear-field", N_("clear"), fn, FORM_CLEAR, B_FOOTER, NULL }, \
	{ "C-d", "duplicate-field", N_("as in the previous record"), fn, FORM_DUPLICATE, 0, NULL }

/* A field more. Its place, which is its number from now on. */
int form_add(struct form *f, const struct form_field *field);
void form_free(struct form *f);
int form_find(const struct form *f, const char *name); /* -1: no such field */

const char *form_value(const struct form *f, int field);
void form_set(struct form *f, int field, const char *value);  /* as if typed: it may be dirty now */
void form_reset(struct form *f, int field, const char *base); /* value and base: clean */
void form_rebase(struct form *f, int field, const char *base); /* the base alone */
void form_aside(struct form *f, int field, const char *text);
void form_error(struct form *f, int field, const char *text); /* NULL = none */
bool form_dirty(const struct form *f, int field);
int form_changes(const struct form *f);                       /* how many are dirty */
int form_first_error(const struct form *f);                   /* -1: none */
void form_go(struct form *f, int field);                      /* without leaving the present one */

/* Text and editing keys; R_NONE: not one of them. For the screen's text hook. */
enum result form_key(struct form *f, struct key k);
enum result form_do(struct form *f, int what);                /* enum form_do */

/* With focus the hardware cursor stands in the value. */
void form_draw(struct form *f, struct canvas c, bool focused);
void form_describe(const struct form *f, struct strbuf *out); /* what the field under the cursor is for */

#endif
