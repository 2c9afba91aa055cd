/*
 * The writer of exports. With EXPORT_KEEP naming a folder the files stay there, for tests/export.sh to open them with
 * programs that are not ours.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "client/celltext.h"
#include "client/csv.h"
#include "client/export.h"
#include "tests/cunit.h"

static char dir[400];

static const char *in_dir(const char *name)
{
	static char path[sizeof dir + NAME_MAX + 2];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

static const struct choice STATES[] = { { "free", "free" }, { "=odd", "=odd" }, { NULL, NULL } };

static const struct { const char *name; enum field_type type; } COLUMNS[] = {
	{ "text", FT_TEXT }, { "number", FT_INT }, { "sum_minor", FT_MONEY }, { "currency", FT_TEXT }, { "rate_bp", FT_BP },
	{ "day", FT_DATE }, { "at", FT_TIME }, { "yes", FT_BOOL }, { "state", FT_CHOICE },
};
#define NCOLUMNS ((int)ARRAY_LEN(COLUMNS))

static const char *const TEXTS[] = {
	"plain", "=1+1", "+77011234567", "-3", "@SUM(A1)", "\t=1", "\r=1", "\n=2+2", "  =3+3", "＝1+1", "＋1", "－1", "＠x", "'=x",
	"''+y", "'quoted'", "'", "-", "a\"b\"\"c", "a,b;c\td", "two\nlines", "two\r\nlines", "\x1b[31mred\x07", ("\xe2\x80\xae" "abc"),
	"\xe2\x80\x8b=1", "\xef\xb8\x8f=1+1", "_x0041_", "<b>&amp;</b>", "http://example.kz/?a=1", "mailto:a@b.kz", "0012", "1e5",
	"2026-06-16", "TRUE", "{=1}", "😀 🏠 e\xcc\x81", "\xff\xfe broken", " blanks ",
	"Нұрсұлтан Әбішұлы Назарбайұлы ғимаратының екінші қабатындағы үш бөлмелі пәтер", "=HYPERLINK(\"http://x\",\"y\")",
	"=cmd|' /C calc'!A0", "\xc2\xa0=1", "a|b`c`*d*_e_[f](g)\\",
};

static void columns(struct out_columns *c, int n)
{
	for (int i = 0; i < n; i++) {
		struct out_column *col = out_columns_add(c, COLUMNS[i % NCOLUMNS].name, COLUMNS[i % NCOLUMNS].name,
		    COLUMNS[i % NCOLUMNS].type);
		if (i >= NCOLUMNS)
			snprintf(col->name, sizeof col->name, "%s_%d", COLUMNS[i % NCOLUMNS].name, i / NCOLUMNS);
		if (col->type == FT_CHOICE)
			col->choices = STATES;
	}
	for (size_t i = 0; i < c->n; i++)
		c->v[i].heading = c->v[i].name;
	c->title = "A title: with [signs]/and more than 31 letters";
}

static struct table *begin_table(int n, char names[][80])
{
	const char **all = xcalloc((size_t)n, sizeof *all);

	for (int i = 0; i < n; i++) {
		snprintf(names[i], 80, i < NCOLUMNS ? "%s" : "%s_%d", COLUMNS[i % NCOLUMNS].name, i / NCOLUMNS);
		all[i] = names[i];
	}
	struct table *t = table_new(n, all);
	free(all);
	return t;
}

static void add_row(struct table *t, int n, const char *text, int k)
{
	static const char *const SUMS[] = { "0", "-5", "1234567", "999999999999999", "9007199254740993", "-123456789012345678" };
	static const char *const CODES[] = { "KZT", "JPY", "KWD", "USD" };
	static const char *const DAYS[] = { "2026-06-16", "1900-03-01", "1899-12-31", "9999-12-31", "0044-03-15" };
	static const char *const TIMES[] = { "2026-06-16 09:00:00+05", "1999-12-31 23:59:59.75+06", "1850-01-01 00:00:00+00" };

	for (int i = 0; i < n; i++) {
		char number[24];
		const char *cell = text;

		snprintf(number, sizeof number, "%d", k * 7919 % 100003 - 50000);
		switch (i % NCOLUMNS) {
		case 1: cell = k % 11 ? number : "1152921504606846976"; break;
		case 2: cell = SUMS[k % (int)ARRAY_LEN(SUMS)]; break;
		case 3: cell = CODES[k % (int)ARRAY_LEN(CODES)]; break;
		case 4: cell = k % 3 ? "4933" : "-25"; break;
		case 5: cell = DAYS[k % (int)ARRAY_LEN(DAYS)]; break;
		case 6: cell = TIMES[k % (int)ARRAY_LEN(TIMES)]; break;
		case 7: cell = k % 2 ? "t" : "f"; break;
		case 8: cell = k % 4 ? "free" : "=odd"; break;
		}
		if (k % 13 == 12 && i % NCOLUMNS != 3)
			table_add(t, NULL, 0);
		else
			table_add(t, cell, strlen(cell));
	}
}

/* Writes the rows in pages, as they come from the database. */
static bool write_all(const char *name, int ncolumns, int rows, struct err *e)
{
	struct out_columns c = { 0 };
	struct export_spec spec = { .format = export_of_path(name), .path = in_dir(name), .title = "A title: [x]/y", .only_mine = true };
	char (*names)[80] = xcalloc((size_t)ncolumns, sizeof *names);

	columns(&c, ncolumns);
	struct export *x = export_open(&spec, &c, e);
	for (int at = 0; x && at < rows; ) {
		struct table *t = begin_table(ncolumns, names);
		for (int i = 0; i < 500 && at < rows; i++, at++)
			add_row(t, ncolumns, TEXTS[at % (int)ARRAY_LEN(TEXTS)], at);
		export_rows(x, t);
		table_free(t);
	}
	bool good = x && export_count(x) == rows && export_close(x, e);
	out_columns_free(&c);
	free(names);
	return good;
}

static void every_format(void)
{
	static const char *const FILES[] = { "hostile.csv", "hostile.tsv", "hostile.json", "hostile.jsonl", "hostile.md", "hostile.xlsx" };
	struct err e = { 0 };
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(FILES); i++) {
		CU_ASSERT(write_all(FILES[i], NCOLUMNS, 2 * (int)ARRAY_LEN(TEXTS), &e));
		CU_ASSERT(stat(in_dir(FILES[i]), &st) == 0 && st.st_size > 1000);
		CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	}
	CU_ASSERT(write_all("none.csv", NCOLUMNS, 0, &e) && write_all("none.xlsx", NCOLUMNS, 0, &e));
	CU_ASSERT(write_all("wide.csv", 50, 120, &e) && write_all("wide.xlsx", 50, 120, &e));
	CU_ASSERT(write_all("many.csv", NCOLUMNS, 20000, &e) && write_all("many.xlsx", NCOLUMNS, 20000, &e));
}

/* What csv and tsv hold is what an import reads again; nothing in them begins like a formula. */
static void comes_back(void)
{
	struct strbuf clean = { 0 }, line = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++) {
		struct csv_record r;
		struct err e;

		strbuf_clear(&line);
		strbuf_clear(&clean);
		csv_cell(&clean, FT_UUID, TEXTS[i], true);
		csv_cell(&line, FT_TEXT, TEXTS[i], false);
		FILE *f = fmemopen(line.s, line.len, "r");
		struct csv *c = csv_new(f, ',');
		CU_ASSERT_EQUAL(csv_next(c, &r, &e), 1);
		char first = r.cell[0][strspn(r.cell[0], " \n")];
		CU_ASSERT_TRUE(!first || !strchr("=+-@\t\r", first));
		char *read = xstrdup(cell_unguarded(r.cell[0]));
		csv_free(c);
		fclose(f);
		f = fmemopen(clean.s, clean.len, "r");
		c = csv_new(f, ',');
		CU_ASSERT_EQUAL(csv_next(c, &r, &e), 1);
		CU_ASSERT_STRING_EQUAL(read, r.cell[0]);
		free(read);
		csv_free(c);
		fclose(f);
	}
	strbuf_free(&clean);
	strbuf_free(&line);
	CU_ASSERT_STRING_EQUAL(cell_unguarded("'+7701"), "+7701");
	CU_ASSERT_STRING_EQUAL(cell_unguarded("''=x"), "'=x");
	CU_ASSERT_STRING_EQUAL(cell_unguarded("'quoted'"), "'quoted'");
	CU_ASSERT_FALSE(cell_formula(FT_INT, "-5"));
	CU_ASSERT_TRUE(cell_formula(FT_INT, "-5+1"));
	CU_ASSERT_TRUE(cell_formula(FT_TEXT, "-5"));
}

static void long_texts(void)
{
	struct out_columns c = { 0 };
	struct export_spec spec = { .format = EXPORT_XLSX, .path = in_dir("long.xlsx"), .title = "" };
	struct strbuf text = { 0 };
	const char *name = "text";
	struct table *t = table_new(1, &name);
	struct err e = { 0 };

	columns(&c, 1);
	for (int i = 0; i < 32767; i++)
		strbuf_putc(&text, 'x');
	table_add(t, text.s, text.len);           /* as much as a cell holds */
	table_add(t, text.s, text.len - 1);
	strbuf_putc(&text, 'y');
	table_add(t, text.s, text.len);           /* one too many */
	strbuf_clear(&text);
	for (int i = 0; i < 16384; i++)
		strbuf_puts(&text, "😀");          /* two units each: one too many */
	table_add(t, text.s, text.len);
	struct export *x = export_open(&spec, &c, &e);
	export_rows(x, t);
	CU_ASSERT_EQUAL(export_cut(x), 2);
	CU_ASSERT_TRUE(export_close(x, &e));
	table_free(t);
	out_columns_free(&c);
	strbuf_free(&text);
}

static int entries(void)
{
	DIR *d = opendir(dir);
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void complete_or_not_at_all(void)
{
	struct out_columns c = { 0 };
	struct export_spec spec = { .path = in_dir("left.csv"), .only_mine = true };
	struct err e = { 0 };
	int before = entries();

	columns(&c, 3);
	for (enum export_format f = 0; f < EXPORT_FORMATS; f++) {
		spec.format = f;
		struct export *x = export_open(&spec, &c, &e);
		CU_ASSERT_EQUAL(entries(), before + 1);
		export_abort(x);
		CU_ASSERT_EQUAL(entries(), before);
	}
	CU_ASSERT_EQUAL(access(in_dir("left.csv"), F_OK), -1);
	CU_ASSERT_FALSE(write_all("no/such/folder.csv", 3, 1, &e));
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "No such file"));
	CU_ASSERT_STRING_NOT_EQUAL(e.remedy, "");
	CU_ASSERT_FALSE(write_all("no/such/folder.xlsx", 3, 1, &e));
	CU_ASSERT_EQUAL(mkdir(in_dir("folder.csv"), 0700), 0);
	CU_ASSERT_FALSE(write_all("folder.csv", 3, 1, &e));
	CU_ASSERT_EQUAL(rmdir(in_dir("folder.csv")), 0);
	CU_ASSERT_EQUAL(symlink("/dev/full", in_dir("full.csv")), 0);
	CU_ASSERT_FALSE(write_all("full.csv", 3, 1, &e));
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "No space"));
	CU_ASSERT_EQUAL(unlink(in_dir("full.csv")), 0);
	CU_ASSERT_EQUAL(entries(), before);
	out_columns_free(&c);
}

static void markdown(void)
{
	struct strbuf b = { 0 };

	markdown_cell(&b, "a|b\n<i> & `c` =1", false);
	CU_ASSERT_STRING_EQUAL(b.s, "a\\|b<br>&lt;i> &amp; \\`c\\` =1");
	strbuf_clear(&b);
	markdown_cell(&b, "=1", false);
	CU_ASSERT_STRING_EQUAL(b.s, "'=1");
	strbuf_clear(&b);
	markdown_cell(&b, "=1", true);
	CU_ASSERT_STRING_EQUAL(b.s, "=1");
	strbuf_free(&b);
}

static void begins(void)
{
	const char *keep = getenv("EXPORT_KEEP");

	snprintf(dir, sizeof dir, "%s", keep ? keep : "/tmp/domovoi-export.XXXXXX");
	CU_ASSERT_TRUE_FATAL(keep || mkdtemp(dir) != NULL);
}

static void ends(void)
{
	DIR *d = getenv("EXPORT_KEEP") ? NULL : opendir(dir);
	const struct dirent *f;

	while (d && (f = readdir(d)))
		if (f->d_name[0] != '.')
			unlink(in_dir(f->d_name));
	if (d)
		closedir(d);
	CU_ASSERT_TRUE(!d || rmdir(dir) == 0);
}

TESTS("export", T(begins), T(every_format), T(comes_back), T(long_texts), T(complete_or_not_at_all), T(markdown), T(ends))
