/*
 * A list of records straight from the catalogue: window (client/) + list
 * widget (tui/) + filter, sort, columns and marks. The cursor belongs to a
 * record, not to a line: whatever arrives, it stays on the same id and on the
 * same line, and no row moves until the user asks for it (F5, another filter,
 * back to the top). Marks are ids: they survive filter, sort, paging, reload.
 *
 * The state of a screen that uses rows begins with its struct rows; then its
 * key table may take ROWS_KEYS.
 */
#ifndef SCREENS_ROWS_H
#define SCREENS_ROWS_H

#include "base/uuid.h"
#include "client/window.h"
#include "screens/livefilter.h"
#include "screens/marks.h"
#include "screens/pages.h"
#include "screens/screens.h"
#include "screens/unitcodes.h"
#include "tui/list.h"

#define ROWS_MAX_COLUMNS 32

struct rows {
	struct screen *screen;
	void (*moved)(struct screen *s);  /* another record is under the cursor; may be NULL */
	void (*answered)(struct screen *s); /* the rows that were asked for are here; set after rows_open(); may be NULL */
	struct window *window;
	struct query query;
	struct list list;
	struct list_column columns[ROWS_MAX_COLUMNS];
	const struct field *fields[ROWS_MAX_COLUMNS];
	bool remembered;                  /* the columns that were chosen last time were looked up */
	char id[UUID_LEN + 1];            /* under the cursor; "" before there is one */
	bool to_end;                      /* the cursor goes to the last row when it is there */
	int page;
	bool whole;                       /* every field is asked for, not only those that are shown */
	bool narrow;                      /* so little room that dates are short and units are their codes */
	struct codes codes;               /* of the units, once they were needed */

	char label[200];                  /* rows_label() */
	/* What holds before what the user filters for, and is not shown: "unit=…". Set before rows_filter(). */
	char base[240];

	struct marks marks;
	char range[UUID_LEN + 1];         /* where `v` began; "" = no range */
	struct pages all;                 /* "mark all", "invert", an export under way */
	struct exporting *exporting;      /* NULL: none under way */

	struct live_filter filter;
};

/* `r` lives in the screen's state. Ask with rows_filter(), which also starts it. */
void rows_open(struct rows *r, struct screen *s, const struct resource *res, void (*moved)(struct screen *s));
void rows_close(struct rows *r);

/* Replace the whole filter and ask anew. On error nothing changes. */
bool rows_filter(struct rows *r, const char *text, struct err *e);
void rows_sort(struct rows *r, const struct field *f, bool descending);
void rows_reverse(struct rows *r);     /* the same field, the other way round */
void rows_reload(struct rows *r);      /* new values where they stand; what arrived is only told */
void rows_renew(struct rows *r);       /* rows as they are now, the cursor on its record: F5 */
void rows_event(struct rows *r, enum screen_event ev);

/* Show these fields, in this order. */
void rows_show(struct rows *r, const struct field *const *fields, int n);
bool rows_may_show(const struct field *f); /* no secret, nothing of the machine's own */
int rows_width(const struct field *f);     /* the columns of the screen that its cells and its heading ask for */
bool rows_wide(const struct field *f);     /* the column that takes the rest */

bool rows_busy(const struct rows *r);  /* the first rows are still on their way */

enum result rows_move(struct rows *r, int move); /* enum list_move */
void rows_draw(struct rows *r, struct canvas c, bool focused);
/* The line of the filter at the bottom, if there is one to show; returns the room above it. */
struct canvas rows_frame(struct rows *r, struct canvas c);
void rows_summary(const struct rows *r, struct strbuf *out);  /* "Units: 154  3 marked  sort: title" */
void rows_describe(const struct rows *r, struct strbuf *out); /* status line: range, marks and their sum, arrivals */

/* A column of the row under the cursor, "" if there is none. */
const char *rows_get(const struct rows *r, const char *column);
/* The cell of any row as a person reads it; refs by label, money grouped. Appended raw. */
void rows_text(const struct rows *r, int row, const struct field *f, struct strbuf *out);
/* How a person calls the record in this row: number, code, else its name. */
const char *rows_label(struct rows *r, int row); /* until the next call */

/* Hook .subject of a screen: the record under the cursor. */
const char *rows_subject(const struct rows *r, const char **id);

/* ---- marks ---- */

bool rows_in_range(const struct rows *r, int row);
void rows_mark(struct rows *r, int row, bool on);
/* Mark from an answer that is not the window's. */
void rows_mark_answer(struct rows *r, const struct table *rows, int row);
/* The marked records, or the one under the cursor: arrays of *n, to be freed (not their strings). */
void rows_chosen(struct rows *r, const char ***ids, const char ***labels, int *n);

/* ---- places: hooks .place, .keep and .restore of a screen ---- */

void rows_place(const struct rows *r, struct strbuf *out);
void rows_keep(const struct rows *r, struct strbuf *out); /* sort, cursor, marks */
void rows_restore(struct rows *r, const char *kept);

/* ---- keys ---- */

enum rows_key {
	ROWS_FILTER, ROWS_SORT, ROWS_SORT_BACK, ROWS_MARK, ROWS_RANGE, ROWS_ALL, ROWS_INVERT, ROWS_UNMARK, ROWS_DROP_RANGE,
	ROWS_STOP, ROWS_COLUMNS, ROWS_ACTIONS, ROWS_COPY, ROWS_EXPORT, ROWS_IMPORT,
};
enum result rows_key(struct screen *s, int key);

#define ROWS_KEYS ROWS_KEYS_OF(rows_key)
#define ROWS_KEYS_OF(fn) \
	{ "/ F7", "filter", N_("filter"), fn, ROWS_FILTER, B_FOOTER, NULL }, \
	{ "Space", "mark", N_("mark"), fn, ROWS_MARK, B_FOOTER, NULL }, \
	{ "a C-o", "actions", N_("actions"), fn, ROWS_ACTIONS, B_FOOTER, NULL }, \
	{ "v C-v", "range", N_("range"), fn, ROWS_RANGE, B_FOOTER, NULL }, \
	{ "s C-t", "sort", N_("sort"), fn, ROWS_SORT, B_FOOTER, NULL }, \
	{ "S", "sort-reverse", N_("sort the other way round"), fn, ROWS_SORT_BACK, B_HIDDEN, NULL }, \
	{ "c C-k", "columns", N_("columns"), fn, ROWS_COLUMNS, B_FOOTER, NULL }, \
	{ "* C-a", "mark-all", N_("mark all"), fn, ROWS_ALL, B_FOOTER, NULL }, \
	{ "~", "invert", N_("invert marks"), fn, ROWS_INVERT, 0, NULL }, \
	{ "Backspace", "unmark-all", N_("drop all marks"), fn, ROWS_UNMARK, 0, NULL }, \
	{ "y C-y", "copy", N_("copy"), fn, ROWS_COPY, B_FOOTER, NULL }, \
	{ "x C-e", "export", N_("export"), fn, ROWS_EXPORT, B_FOOTER, NULL }, \
	{ "i M-i", "import", N_("import a file"), fn, ROWS_IMPORT, 0, NULL }, \
	{ "Esc", "drop-range", N_("drop the range"), fn, ROWS_DROP_RANGE, B_HIDDEN, NULL }, \
	{ "C-c", "stop", N_("stop marking or exporting"), fn, ROWS_STOP, B_HIDDEN, NULL }

#endif
