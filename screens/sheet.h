/*
 * A form over the catalogue: each field of the form is a field of a resource,
 * read, checked, listed and written as its descriptor says. Shared by the form
 * of any record (edit.c) and the new booking (booking.c).
 */
#ifndef SCREENS_SHEET_H
#define SCREENS_SHEET_H

#include "client/value.h"
#include "screens/screens.h"
#include "tui/calendar.h"
#include "tui/form.h"
#include "tui/pick.h"

enum { SLOT_LOOKUP = 6, SLOT_NAME = 7 }; /* owners of what lists of values and labels of references ask */

struct sheet;
struct sheet_field {
	struct sheet *sheet;
	const struct resource *res;
	const struct field *field;
	char *id;         /* FT_REF: the record that the value names; NULL = what was typed is looked up by the database */
	char *base_id;
};

struct sheet {
	struct screen *screen;
	struct form form;
	struct sheet_field *fields;   /* the form's, in its order */
	char currency[8];             /* of amounts without one of their own; "" = KZT */
	void (*touched)(struct screen *s, int field);  /* a value is another one */
	void (*left)(struct screen *s, int field);     /* … and was checked: drafts, live answers */
	void (*save)(struct screen *s);
	const struct calendar_source *days;            /* what the calendar of date fields shows; ctx is the sheet's screen */
	/* the list of values that is open */
	int asked;
	struct table *found;
	int *matches, nmatches;       /* of choices */
	bool waiting;
	char *words;
	json_t *previous;             /* what C-d takes: the last record saved, by field; NULL until asked */
};

/* `sh` is the first thing in the screen's state. */
void sheet_open(struct sheet *sh, struct screen *s);
void sheet_close(struct sheet *sh);

int sheet_add(struct sheet *sh, const struct resource *res, const struct field *f, bool readonly);
int sheet_field(const struct sheet *sh, const char *name); /* -1 */

/* The value of a record's field as one would type it; "" for NULL. `currency`: the row's. */
void sheet_cell(const struct field *f, const struct table *t, int row, const char *currency, struct strbuf *out);
void sheet_load(struct sheet *sh, int field, const struct table *t, int row, const char *currency); /* value and base */

/* id: FT_REF, may be NULL. As if typed. */
void sheet_set(struct sheet *sh, int field, const char *text, const char *id);
/* A reference by id, code or number: its label comes from the database, and replaces what stands there. */
void sheet_name(struct sheet *sh, int field, const char *key);
/* A new record's form: the currency, and what is known already (struct edit_arg). */
void sheet_preset(struct sheet *sh, const struct param *p, int n);
/* What the database takes for it: the id of a reference, else the text. "" = nothing. */
const char *sheet_value(const struct sheet *sh, int field);

/* The values of `res`: all that are given, or only the dirty ones. False: e says why, and its field has the error. */
bool sheet_values(struct sheet *sh, const struct resource *res, bool dirty_only, struct values *v, struct err *e);

/* An error of the database or a check, under its field if it has one here: the cursor goes there. */
bool sheet_error(struct sheet *sh, const struct err *e);

/* What C-d takes in the next form of this resource. */
void sheet_remember(struct sheet *sh, const struct resource *res);

enum result sheet_do(struct sheet *sh, int what);

/* lookup.c: F4, and letters in a choice or reference. */
void lookup_list(struct sheet *sh, int field, const char *typed);
void lookup_close(struct sheet *sh);

#endif
