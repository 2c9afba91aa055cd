#include "config.h"

#include "client/xlsx.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "base/date.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/money.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "client/celltext.h"
#include "client/value.h"

#define SHEET_ROWS LXW_ROW_MAX   /* 1 048 576, the heading among them */
#define CELL_MOST 32767          /* UTF-16 units of a text */
#define NAME_MOST 31             /* of a sheet */
#define MOST_FORMATS 24          /* of amounts: a company has one or two currencies */
#define EXACT 999999999999999LL  /* 15 digits: what a spreadsheet keeps of a number and shows again */

struct xlsx {
	char *path, *dir, *sheet_name;
	lxw_workbook *book;
	lxw_worksheet *sheet;
	int sheets;
	lxw_row_t row;             /* next, in the sheet at hand */
	const struct out_columns *c;
	bool codes;
	lxw_format *bold, *date, *time, *percent, *whole;
	struct money { char currency[4]; lxw_format *format; } money[MOST_FORMATS];
	int nmoney;
	unsigned long cut;
	int why;
	struct strbuf text, clean;
};

/* ---- texts ---- */

/* Bytes of s up to `most` UTF-16 units, which is how spreadsheets count. */
static size_t units(const char *s, int most)
{
	const char *at = s, *next = s;
	int cp;

	while ((cp = text_next(&next)) != 0 && (most -= cp > 0xffff ? 2 : 1) >= 0)
		at = next;
	return (size_t)(at - s);
}

static void put_text(struct xlsx *x, lxw_col_t col, const char *cell, lxw_format *format)
{
	strbuf_clear(&x->clean);
	cell_clean(&x->clean, cell, TEXT_MULTILINE);
	if (!x->clean.len)
		return;
	if (units(x->clean.s, CELL_MOST) < x->clean.len) {
		x->clean.len = units(x->clean.s, CELL_MOST - 1);
		x->clean.s[x->clean.len] = '\0';
		strbuf_puts(&x->clean, "…");
		x->cut++;
	}
	worksheet_write_string(x->sheet, x->row, col, x->clean.s, format);
}

/* A name that a sheet may have. */
static char *sheet_named(const char *title, int number)
{
	struct strbuf clean = { 0 }, name = { 0 };
	char tail[16] = "";

	if (number > 1)
		snprintf(tail, sizeof tail, " %d", number);
	text_clean(&clean, title, strlen(title), TEXT_ONE_LINE);
	for (char *p = clean.s; p && *p; p++)
		if (strchr("[]:*?/\\'", *p))
			*p = ' ';
	strbuf_add(&name, strbuf_str(&clean), units(strbuf_str(&clean), NAME_MOST - (int)strlen(tail)));
	strbuf_puts(&name, name.len ? tail : "Sheet");
	strbuf_free(&clean);
	return strbuf_steal(&name);
}

/* ---- numbers ---- */

/*
 * Everywhere else an amount is an int64 of minor units. A workbook knows no number but a double: here alone one is
 * divided. Up to 15 digits the double nearest to the decimal shows and sums as that decimal; what is longer is written
 * as text, digit by digit.
 */
static bool exact(const char *cell, long long *n)
{
	if (!cell_is_number(cell))
		return false;
	*n = strtoll(cell, NULL, 10);
	return *n >= -EXACT && *n <= EXACT;
}

static lxw_format *new_format(struct xlsx *x, const char *as)
{
	lxw_format *f = workbook_add_format(x->book);

	format_set_num_format(f, as);
	return f;
}

static lxw_format *money_as(struct xlsx *x, const char *currency, int digits)
{
	char as[48];

	for (int i = 0; i < x->nmoney; i++)
		if (!strcmp(x->money[i].currency, currency))
			return x->money[i].format;
	if (x->nmoney == MOST_FORMATS)
		return NULL;
	snprintf(as, sizeof as, "#,##0%s%.*s", digits > 0 ? "." : "", digits, "0000");
	if (x->codes)
		snprintf(as + strlen(as), sizeof as - strlen(as), "\\ \"%s\"", currency);
	struct money *m = &x->money[x->nmoney++];
	snprintf(m->currency, sizeof m->currency, "%s", currency);
	return m->format = new_format(x, as);
}

static void put_money(struct xlsx *x, lxw_col_t col, const char *cell, const char *currency)
{
	int digits;
	long long n;
	double by = 1;

	if (!currency || (digits = money_digits(currency)) < 0) {
		currency = "KZT";
		digits = 2;
	}
	if (!exact(cell, &n)) {
		strbuf_clear(&x->text);
		value_show(&x->text, FT_MONEY, NULL, cell, currency);
		put_text(x, col, strbuf_str(&x->text), NULL);
		return;
	}
	for (int i = 0; i < digits; i++)
		by *= 10;
	worksheet_write_number(x->sheet, x->row, col, (double)n / by, money_as(x, currency, digits));
}

static void put_number(struct xlsx *x, lxw_col_t col, const char *cell, double by, lxw_format *format)
{
	long long n;

	if (exact(cell, &n))
		worksheet_write_number(x->sheet, x->row, col, (double)n / by, format);
	else
		put_text(x, col, cell, NULL);
}

/* Spreadsheets count days from 1900 and miscount its February. An instant's clock is already the company's. */
static bool put_day(struct xlsx *x, lxw_col_t col, const char *cell, bool clock)
{
	char day[11];
	int hour = 0, minute = 0, second = 0;

	snprintf(day, sizeof day, "%s", cell);
	day_t d = strlen(cell) >= 10 ? day_parse(day) : DAY_NONE;
	if (d == DAY_NONE || d < day_from_ymd(1900, 3, 1) || d > day_from_ymd(9999, 12, 31))
		return false;
	if (clock ? sscanf(cell + 10, "%*1[ T]%2d:%2d:%2d", &hour, &minute, &second) != 3 : cell[10] != '\0')
		return false;
	struct ymd ymd = day_to_ymd(d);
	lxw_datetime at = { ymd.y, ymd.m, ymd.d, hour, minute, second };
	worksheet_write_datetime(x->sheet, x->row, col, &at, clock ? x->time : x->date);
	return true;
}

static void put_cell(struct xlsx *x, lxw_col_t col, const struct out_column *c, const char *cell, const char *currency,
    bool priced)
{
	enum field_type type = c->type == FT_MONEY && !priced ? FT_INT : c->type;

	if ((type == FT_DATE || type == FT_TIME) && put_day(x, col, cell, type == FT_TIME))
		return;
	if (type == FT_MONEY) {
		put_money(x, col, cell, currency);
	} else if (type == FT_INT) {
		put_number(x, col, cell, 1, x->whole);
	} else if (type == FT_BP) {
		put_number(x, col, cell, 10000, x->percent);
	} else if (type == FT_BOOL) {
		worksheet_write_boolean(x->sheet, x->row, col, *cell == 't' || *cell == '1', NULL);
	} else {
		strbuf_clear(&x->text);
		value_show(&x->text, type, c->choices, cell, currency);
		put_text(x, col, strbuf_str(&x->text), NULL);
	}
}

/* ---- sheets ---- */

static int width_of(const struct out_column *c)
{
	static const int by_type[] = { [FT_TEXT] = 22, [FT_INT] = 10, [FT_MONEY] = 18, [FT_BP] = 10, [FT_DATE] = 12,
		[FT_TIME] = 17, [FT_BOOL] = 8, [FT_CHOICE] = 14, [FT_REF] = 22, [FT_UUID] = 37 };
	int heading = text_width(_(c->heading)) + 3; /* the filter's arrow */

	return heading > by_type[c->type] ? heading : by_type[c->type];
}

/* The filter reaches over the rows that are there, so it is set when the sheet is full. */
static void end_sheet(struct xlsx *x, lxw_col_t columns)
{
	if (x->sheet && columns > 0)
		worksheet_autofilter(x->sheet, 0, 0, x->row ? x->row - 1 : 0, columns - 1);
}

static lxw_col_t shown_columns(const struct xlsx *x)
{
	lxw_col_t n = 0;

	for (size_t i = 0; i < x->c->n; i++)
		n += x->c->v[i].people;
	return n;
}

static void new_sheet(struct xlsx *x)
{
	char *name = sheet_named(x->sheet_name, ++x->sheets);
	lxw_col_t col = 0;

	end_sheet(x, shown_columns(x));
	x->sheet = workbook_add_worksheet(x->book, name);
	free(name);
	if (!x->sheet) {
		x->why = x->why ? x->why : errno ? errno : EIO;
		return;
	}
	x->row = 0;
	for (size_t i = 0; i < x->c->n; i++) {
		if (!x->c->v[i].people)
			continue;
		worksheet_set_column(x->sheet, col, col, width_of(&x->c->v[i]), NULL);
		put_text(x, col++, _(x->c->v[i].heading), x->bold);
	}
	worksheet_freeze_panes(x->sheet, 1, 0);
	x->row = 1;
}

struct xlsx *xlsx_new(const char *path, const char *sheet, const struct out_columns *c, bool codes)
{
	struct xlsx *x = xcalloc(1, sizeof *x);
	const char *slash = strrchr(path, '/');

	x->path = xstrdup(path);
	x->dir = slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
	x->sheet_name = xstrdup(sheet);
	x->c = c;
	x->codes = codes;
	lxw_workbook_options options = { .constant_memory = LXW_TRUE, .tmpdir = x->dir };
	x->book = workbook_new_opt(path, &options);
	if (!x->book) {
		x->why = ENOMEM;
		return x;
	}
	x->bold = workbook_add_format(x->book);
	format_set_bold(x->bold);
	x->date = new_format(x, "yyyy-mm-dd");
	x->time = new_format(x, "yyyy-mm-dd hh:mm");
	x->percent = new_format(x, "0.0%");
	x->whole = new_format(x, "0");
	new_sheet(x);
	return x;
}

void xlsx_row(struct xlsx *x, const struct table *t, int row, const int *source, int currency)
{
	const char *code = table_cell(t, row, currency);
	lxw_col_t col = 0;

	if (!x->why && x->row == SHEET_ROWS)
		new_sheet(x);
	if (x->why)
		return;
	for (size_t i = 0; i < x->c->n; i++) {
		const char *cell = table_cell(t, row, source[i]);
		if (!x->c->v[i].people)
			continue;
		/* a ranking's value is money by one measure and a count by another: then no currency is there */
		if (cell && *cell)
			put_cell(x, col, &x->c->v[i], cell, code, currency < 0 || (code && *code));
		col++;
	}
	x->row++;
	/* the library does not look whether its writes went through */
	if (x->sheet->optimize_tmpfile && ferror(x->sheet->optimize_tmpfile))
		x->why = errno ? errno : EIO;
}

int xlsx_failed(const struct xlsx *x)
{
	return x->why;
}

unsigned long xlsx_cut(const struct xlsx *x)
{
	return x->cut;
}

/*
 * Closing copies the sheets once more and packs them, again without looking at writes, so that a full disk would make
 * a file that only looks whole. The room for both is asked for first.
 */
static int find_room(struct xlsx *x)
{
	lxw_worksheet *s;
	off_t need = 1 << 16;

	STAILQ_FOREACH(s, x->book->worksheets, list_pointers) {
		if (s->optimize_tmpfile && fflush(s->optimize_tmpfile) != 0)
			return errno ? errno : EIO;
		if (s->optimize_tmpfile)
			need += 2 * ftello(s->optimize_tmpfile);
	}
	int fd = open(x->path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	int why = posix_fallocate(fd, 0, need);
	if (ftruncate(fd, 0) != 0 && !why)
		why = errno;
	close(fd);
	return why;
}

/* What the library says of a file that it could not write. */
static int errno_of(lxw_error error)
{
	if (error == LXW_NO_ERROR)
		return 0;
	return error == LXW_ERROR_CREATING_XLSX_FILE || error == LXW_ERROR_CREATING_TMPFILE ? (errno ? errno : EIO) : EIO;
}

int xlsx_close(struct xlsx *x)
{
	if (!x->why)
		end_sheet(x, shown_columns(x));
	if (!x->why)
		x->why = find_room(x);
	if (!x->why) {
		x->why = errno_of(workbook_close(x->book)); /* frees, also when it fails */
		x->book = NULL;
	}
	int why = x->why;
	xlsx_abort(x);
	return why;
}

void xlsx_abort(struct xlsx *x)
{
	if (x->book)
		lxw_workbook_free(x->book);
	free(x->path);
	free(x->dir);
	free(x->sheet_name);
	strbuf_free(&x->text);
	strbuf_free(&x->clean);
	free(x);
}
