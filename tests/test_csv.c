#include "config.h"

#include "base/strbuf.h"
#include "client/csv.h"
#include "client/celltext.h"
#include "client/map.h"
#include "client/resource.h"
#include "tests/cunit.h"

/* Records as text: cells in [], a bad one in {}, the line number in front. */
static const char *read_all(const char *text, size_t n, char delimiter)
{
	static char out[4096];
	FILE *f = fmemopen((char *)(uintptr_t)text, n, "r");
	struct csv *c = csv_new(f, delimiter);
	struct csv_record r;
	struct err e;
	size_t at = 0;
	int got;

	out[0] = '\0';
	while ((got = csv_next(c, &r, &e)) > 0) {
		at += (size_t)snprintf(out + at, sizeof out - at, "%lu:", r.line);
		for (int i = 0; i < r.n; i++)
			at += (size_t)snprintf(out + at, sizeof out - at, r.bad[i] ? "{%s}" : "[%s]", r.cell[i]);
	}
	if (got < 0)
		snprintf(out + at, sizeof out - at, "!%s", e.text);
	csv_free(c);
	fclose(f);
	return out;
}

#define READS(text, want) CU_ASSERT_STRING_EQUAL(read_all(text, sizeof(text) - 1, 0), want)

static void plain(void)
{
	READS("a,b\n1,2\n", "1:[a][b]2:[1][2]");
	READS("a,b\n1,2", "1:[a][b]2:[1][2]");
	READS("a,b\r\n1,\r\n", "1:[a][b]2:[1][]");
	READS("a,b\r1,2\r", "1:[a][b]2:[1][2]");
	READS(",\n", "1:[][]");
	READS("a\n\n\nb\n", "1:[a]4:[b]");
	READS("", "");
}

static void quotes(void)
{
	READS("\"a\",\"b,c\"\n", "1:[a][b,c]");
	READS("\"say \"\"x\"\"\",\"\"\n", "1:[say \"x\"][]");
	READS("a\n\"1\r\n2\"\nb\n", "1:[a]2:[1\n2]4:[b]");
	READS("5\" pipe,x\n", "1:[5\" pipe][x]");
	READS("\"a\"tail,x\n", "1:[atail][x]");
	READS("a,b\n1,\"never\nclosed\n", "1:[a][b]!line 2: a quote is never closed");
}

static void delimiters(void)
{
	READS("a;b;c\n1,5;2;3\n", "1:[a][b][c]2:[1,5][2][3]");
	READS("a\tb\n1,2\t3\n", "1:[a][b]2:[1,2][3]");
	READS("\"x;y;z\",b\n1,2\n", "1:[x;y;z][b]2:[1][2]");
	CU_ASSERT_STRING_EQUAL(read_all("a,b;c\n", 6, ';'), "1:[a,b][c]");
}

static void bytes(void)
{
	READS("\xef\xbb\xbf" "a,b\n", "1:[a][b]");
	READS("ok,b\x81" "d\n", "1:[ok]{b\xef\xbf\xbd" "d}");
	READS("a\0b,c\n", "1:{a\xef\xbf\xbd" "b}[c]");
	READS("\xff\xfe" "a\0", "!the file is UTF-16");
	READS("\xd0\x96,\xf0\x9f\x8f\xa0\n", "1:[\xd0\x96][\xf0\x9f\x8f\xa0]");
}

/* Longer than the buffer, and a record that never ends. */
static void long_texts(void)
{
	size_t n = CSV_MAX_RECORD + 100;
	char *text = malloc(n);
	struct csv_record r;
	struct err e;

	memset(text, 'x', n);
	text[200000] = ',';
	text[300000] = '\n';
	text[300001] = '"';
	FILE *f = fmemopen(text, n, "r");
	struct csv *c = csv_new(f, 0);
	CU_ASSERT_EQUAL(csv_next(c, &r, &e), 1);
	CU_ASSERT_EQUAL(r.n, 2);
	CU_ASSERT_EQUAL(strlen(r.cell[0]), 200000);
	CU_ASSERT_EQUAL(csv_next(c, &r, &e), -1);
	csv_free(c);
	fclose(f);
	free(text);
}

/* Whatever is written quoted is read back the same. */
static void round_trip(void)
{
	static const char alphabet[] = "ab\",;\n\t \xd0\x96";
	char cells[6][12], text[512];
	struct csv_record r;
	struct err e;

	for (int i = 0; i < test_count(2000); i++) {
		int n = 1 + (int)test_below(6), at = 0;
		for (int j = 0; j < n; j++) {
			int k = (int)test_below(6), len = 0;
			while (k-- > 0) {
				unsigned pick = test_below(sizeof alphabet - 2);
				cells[j][len++] = alphabet[pick];
				if (alphabet[pick] == '\xd0')
					cells[j][len++] = '\x96';
				if (alphabet[pick] == '\x96')
					cells[j][len - 1] = 'c';
			}
			cells[j][len] = '\0';
			at += sprintf(text + at, "%s\"", j ? "," : "");
			for (const char *p = cells[j]; *p; p++)
				at += sprintf(text + at, *p == '"' ? "\"\"" : "%c", *p);
			at += sprintf(text + at, "\"");
		}
		at += sprintf(text + at, "\n");
		if (n == 1 && !cells[0][0])
			continue;
		FILE *f = fmemopen(text, (size_t)at, "r");
		struct csv *c = csv_new(f, ',');
		CU_ASSERT_EQUAL_FATAL(csv_next(c, &r, &e), 1);
		CU_ASSERT_EQUAL_FATAL(r.n, n);
		for (int j = 0; j < n; j++)
			CU_ASSERT_STRING_EQUAL(r.cell[j], cells[j]);
		CU_ASSERT_EQUAL(csv_next(c, &r, &e), 0);
		csv_free(c);
		fclose(f);
	}
}

static bool read_map(struct map *m, const char *text, struct err *e)
{
	static char path[32]; /* the map keeps it for its messages */

	strcpy(path, "/tmp/domovoi-map.XXXXXX");
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");

	fputs(text, f);
	fclose(f);
	bool good = map_read(m, path, e);
	remove(path);
	return good;
}

/* Any bytes at all: an end comes, lines only grow, every cell is UTF-8 that ends. */
static void noise(void)
{
	static const char alphabet[] = "ab\",;\r\n\t\x00\x81\xef\xbb\xbf\xff=:#@- ";
	char text[300];
	struct csv_record r;
	struct err e;
	struct map m;

	for (int i = 0; i < test_count(3000); i++) {
		size_t n = 1 + test_below(sizeof text - 2);
		unsigned long line = 0;
		int got;
		for (size_t j = 0; j < n; j++)
			text[j] = alphabet[test_below(sizeof alphabet - 1)];
		text[n] = '\0';
		FILE *f = fmemopen(text, n, "r");
		struct csv *c = csv_new(f, 0);
		while ((got = csv_next(c, &r, &e)) > 0) {
			CU_ASSERT_FATAL(r.line > line);
			line = r.line;
			for (int j = 0; j < r.n; j++)
				CU_ASSERT_FATAL(strlen(r.cell[j]) <= 3 * n);
		}
		csv_free(c);
		fclose(f);
		if (i % 20 == 0) {
			read_map(&m, text, &e);
			map_free(&m);
		}
	}
}

static void dates(void)
{
	char buf[16];

	CU_ASSERT(map_date("25/02/2019", "dd/mm/yyyy", buf));
	CU_ASSERT_STRING_EQUAL(buf, "2019-02-25");
	CU_ASSERT(map_date("2.3.2024", "dd.mm.yyyy", buf));
	CU_ASSERT_STRING_EQUAL(buf, "2024-03-02");
	CU_ASSERT(map_date("", "dd.mm.yyyy", buf));
	CU_ASSERT_STRING_EQUAL(buf, "");
	CU_ASSERT_FALSE(map_date("31/02/2019", "dd/mm/yyyy", buf));
	CU_ASSERT_FALSE(map_date("25/02/2019 10:00", "dd/mm/yyyy", buf));
	CU_ASSERT_FALSE(map_date("25/02/19", "dd/mm/yyyy", buf));
	CU_ASSERT_FALSE(map_date("25", "dd/mm/yyyy", buf));
	CU_ASSERT(map_date_known("yyyy-mm-dd"));
	CU_ASSERT_FALSE(map_date_known("dd/mm/yy"));
	CU_ASSERT_FALSE(map_date_known("dd/mm"));
}

/* field<index, with = its constant. */
static const char *match(const char *map, const char *const *headers, int n)
{
	static char out[1024];
	struct map m;
	struct map_column columns[8 + MAP_MAX];
	struct strbuf ignored = { 0 };
	struct err e;
	size_t at = 0;
	const struct resource *units = catalogue_resource("units");

	out[0] = '\0';
	if (!read_map(&m, map, &e)) {
		snprintf(out, sizeof out, "map: %s", strrchr(e.text, ':') + 2);
		map_free(&m);
		return out;
	}
	int count = map_match(&m, units, headers, n, columns, &ignored, &e);
	for (int i = 0; i < count; i++)
		at += (size_t)snprintf(out + at, sizeof out - at, "%s%s%d%s%s", i ? " " : "", columns[i].field,
		    columns[i].index, columns[i].constant ? "=" : "", columns[i].constant ? columns[i].constant : "");
	if (ignored.len)
		snprintf(out + at, sizeof out - at, " ignored %s", ignored.s);
	if (count < 0)
		snprintf(out, sizeof out, "%s", e.text[0] == '/' ? strrchr(e.text, ':') + 2 : e.text);
	strbuf_free(&ignored);
	map_free(&m);
	return out;
}

#define MATCH(map, want, ...) do { \
	const char *const headers_[] = { __VA_ARGS__ }; \
	CU_ASSERT_STRING_EQUAL(match(map, headers_, (int)(sizeof headers_ / sizeof *headers_)), want); \
} while (0)

static void headers(void)
{
	MATCH("", "code0 title1 class2 kind3", "code", "title", "room_type", "kind");
	MATCH("", "code0 title1 class2", " Code ", "TITLE", "Room Type");
	MATCH("", "unknown column \"host\"", "code", "host");
	MATCH("", "a column without a name \"\"", "", "code");
	MATCH("", "code1 title2 ignored id", "id", "code", "title");
	MATCH("", "code0 ignored building_label", "code", "building_label");
	MATCH("", "currency1 price_minor0", "price_minor", "currency");
	MATCH("", "the columns \"title\" and \"name\" are the same field", "title", "name");
}

static void maps(void)
{
	MATCH("= -\nid = code # theirs\nname=title\nhost = -\nkind := apartment\n", "code1 title2 kind-1=apartment",
	    "", "id", "name", "host");
	MATCH("# only a remark\n\n\"a=b\" = code\n", "code0", "a=b");
	MATCH("Nr = code\n", "the file has no column \"Nr\"", "code");
	MATCH("Nr = cod\n", "the map names no field \"cod\"", "Nr");
	MATCH("Nr = id\n", "the map names no field \"id\"", "Nr");
	MATCH("Nr\n", "map: there is no =", "Nr");
	MATCH("Nr =\n", "map: nothing follows the =", "Nr");
	MATCH("Nr = code as dd/mm\n", "map: no way to write dates", "Nr");
	MATCH("@dates = dd.mm.yyyy\n@bad-bytes = replace\n@delimiter = tab\n", "code0", "code");
	MATCH("@date = x\n", "map: unknown setting", "code");
	MATCH("title := \"a # b\"\n", "code0 title-1=a # b", "code");
}

static const char *json_of(enum field_type type, const char *cell)
{
	static char out[256];
	struct strbuf b = { 0 };

	json_cell(&b, type, cell);
	snprintf(out, sizeof out, "%s", strbuf_str(&b));
	strbuf_free(&b);
	return out;
}

static void json(void)
{
	CU_ASSERT_STRING_EQUAL(json_of(FT_TEXT, NULL), "null");
	CU_ASSERT_STRING_EQUAL(json_of(FT_INT, "-12"), "-12");
	CU_ASSERT_STRING_EQUAL(json_of(FT_INT, "012"), "\"012\"");
	CU_ASSERT_STRING_EQUAL(json_of(FT_MONEY, "1e5"), "\"1e5\"");
	CU_ASSERT_STRING_EQUAL(json_of(FT_BOOL, "t"), "true");
	CU_ASSERT_STRING_EQUAL(json_of(FT_TEXT, "t"), "\"t\"");
	CU_ASSERT_STRING_EQUAL(json_of(FT_TIME, "2026-11-20 23:52:12.1+00"), "\"2026-11-20T23:52:12.1+00:00\"");
	CU_ASSERT_STRING_EQUAL(json_of(FT_TIME, "2026-11-20 23:52:12+05:30"), "\"2026-11-20T23:52:12+05:30\"");
	CU_ASSERT_STRING_EQUAL(json_of(FT_TIME, "infinity"), "\"infinity\"");
	CU_ASSERT_STRING_EQUAL(json_of(FT_TEXT, "a\"\\\n\x1b[1m"), "\"a\\\"\\\\\\n\\u001b[1m\"");
	CU_ASSERT_STRING_EQUAL(json_of(FT_TEXT, "\xc2\x9b\x7f\xe2\x80\xae"), "\"\\u009b\\u007f\\u202e\"");
	CU_ASSERT_STRING_EQUAL(json_of(FT_TEXT, "\xf3\xa0\x81\x81"), "\"\\udb40\\udc41\"");
	CU_ASSERT_STRING_EQUAL(json_of(FT_TEXT, "\xff" "ж"), "\"\xef\xbf\xbdж\"");
}

TESTS("csv", T(plain), T(quotes), T(delimiters), T(bytes), T(long_texts), T(round_trip), T(noise), T(dates), T(headers), T(maps),
    T(json))
