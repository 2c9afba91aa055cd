/*
 * SQLSTATE and recorded refusals as errors; and every sentence of the database's rules is
 * known to the table.
 */
#include "config.h"

#include <glob.h>
#include <stdlib.h>
#include <strings.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "client/pgerr.h"
#include "tests/cunit.h"

static void states_have_kinds(void)
{
	static const struct { const char *code; enum err_kind kind; } cases[] = {
		{ "DM001", ERR_CONFLICT }, { "DM002", ERR_INVALID }, { "DM003", ERR_CONFLICT },
		    { "DM004", ERR_CONFLICT },
		{ "DM005", ERR_DENIED }, { "DM006", ERR_NOT_FOUND }, { "DM007", ERR_INVALID },
		    { "DM008", ERR_CONFLICT },
		{ "DM009", ERR_DENIED }, { "DM010", ERR_CONFLICT }, { "DM011", ERR_CONFLICT },
		{ "23P01", ERR_CONFLICT }, { "23505", ERR_CONFLICT }, { "23502", ERR_INVALID },
		    { "23514", ERR_INVALID },
		{ "22P02", ERR_INVALID }, { "22008", ERR_INVALID }, { "57014", ERR_FAILED },
		    { "42501", ERR_DENIED },
		{ "53300", ERR_UNREACHABLE }, { "08006", ERR_UNREACHABLE }, { "57P01",
		    ERR_UNREACHABLE },
		{ "57P03", ERR_UNREACHABLE }, { "53100", ERR_FAILED }, { "XX000", ERR_FAILED },
		    { "", ERR_FAILED },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e;

		pgerr_from_parts(cases[i].code, NULL, NULL, NULL, NULL, &e);
		CU_ASSERT_EQUAL(e.kind, cases[i].kind);
		CU_ASSERT_TRUE(e.text[0] != '\0' && e.code[0] != '\0');
	}
}

static void detail_shows_only_where_it_is_ours(void)
{
	struct err e;

	pgerr_from_parts("DM004", "unit", "The unit is taken on these dates.", "C001 2026-03-01",
	    "Choose other dates.", &e);
	CU_ASSERT_STRING_EQUAL(e.text, "the unit is taken on these dates: C001 2026-03-01");
	CU_ASSERT_STRING_EQUAL(e.field, "unit");
	CU_ASSERT_STRING_EQUAL(e.remedy, "Choose other dates");
	pgerr_from_parts("23505", NULL, "duplicate key …",
	    "Key (email)=(someone@example.org) already exists.", NULL, &e);
	CU_ASSERT_PTR_NULL(strstr(e.text, "example"));
	pgerr_from_parts("DM007", "kind", "A sentence of tomorrow.", NULL, NULL, &e);
	CU_ASSERT_STRING_EQUAL(e.text, "a sentence of tomorrow");
	CU_ASSERT_EQUAL(e.kind, ERR_INVALID);
}

static void recorded_refusals(void)
{
	json_t *o = json_pack("{s:s,s:s,s:s,s:s}", "status", "rejected", "code", "DM003", "message",
	    "Somebody has changed the record since you read it.", "detail", "version 4");
	struct err e;

	pgerr_from_json(o, &e);
	CU_ASSERT_EQUAL(e.kind, ERR_CONFLICT);
	CU_ASSERT_STRING_EQUAL(e.text,
	    "somebody has changed the record since you read it: version 4");
	json_decref(o);
	o = json_object();
	pgerr_from_json(o, &e);
	CU_ASSERT_EQUAL(e.kind, ERR_FAILED);
	json_decref(o);
}

/* ---- the table against the SQL --------------------------------------------------------------- */

static const char *const table[] = {
#define ERROR(code, kind, text, remedy) code "|" text,
#define HINT(text)
#define N_(s) s
#include "client/errors.def"
};

static bool in_table(const char *code, const char *sentence)
{
	char row[400];

	snprintf(row, sizeof row, "%.5s|%s", code, sentence);
	row[6] |= 0x20; /* no capital */
	if (row[strlen(row) - 1] == '.')
		row[strlen(row) - 1] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (strcmp(table[i], row) == 0)
			return true;
	fprintf(stderr, "not in client/errors.def: %s\n", row);
	return false;
}

/* Of whatever code: a reason that is told before anything is refused. */
static bool is_sentence(const char *sentence)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (strncasecmp(table[i] + 6, sentence, strlen(table[i] + 6)) == 0 &&
		    strchr(".:", sentence[strlen(table[i] + 6)]) != NULL)
			return true;
	fprintf(stderr, "not in client/errors.def: %s\n", sentence);
	return false;
}

static char *slurp(const char *path)
{
	char buf[4096];
	struct strbuf b = { 0 };
	size_t n;
	FILE *f = fopen(path, "r");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while ((n = fread(buf, 1, sizeof buf, f)) > 0)
		strbuf_add(&b, buf, n);
	fclose(f);
	return strbuf_steal(&b);
}

/* fail('DM007', 'A sentence.' … in one file; how many there were. */
static int check_file(const char *path)
{
	char *text = slurp(path), sentence[300];
	int n = 0;

	for (const char *s = text; (s = strstr(s, "fail('DM")) != NULL; s++) {
		if (sscanf(s + 11, "', '%299[^']", sentence) == 1) {
			CU_ASSERT_TRUE(in_table(s + 6, sentence));
			n++;
		}
	}
	for (const char *s = text; (s = strstr(s, " reason := '")) != NULL; s++) {
		if (sscanf(s + 12, "%299[^']", sentence) == 1) {
			CU_ASSERT_TRUE(is_sentence(sentence));
			n++;
		}
	}
	free(text);
	return n;
}

static void told_reasons_are_translated(void)
{
	char buf[120], small[8];

	pgerr_sentence("The unit is taken on these dates: 2026-07-01 - 2026-07-03", buf, sizeof buf);
	CU_ASSERT_STRING_EQUAL(buf, "the unit is taken on these dates: 2026-07-01 - 2026-07-03");
	pgerr_sentence("The unit is archived", buf, sizeof buf);
	CU_ASSERT_STRING_EQUAL(buf, "the unit is archived");
	pgerr_sentence("", buf, sizeof buf);
	CU_ASSERT_STRING_EQUAL(buf, "");
	pgerr_sentence("The unit is archived: x", small, sizeof small);
	CU_ASSERT_STRING_EQUAL(small, "the uni");
}

static void every_sentence_is_known(void)
{
	const char *top = getenv("TOP") != NULL ? getenv("TOP") : getenv("srcdir");
	char pattern[1000];
	glob_t files;
	int n = 0;

	snprintf(pattern, sizeof pattern, "%s/db/migrations/*.sql", top != NULL ? top : ".");
	CU_ASSERT_EQUAL_FATAL(glob(pattern, 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++)
		n += check_file(files.gl_pathv[i]);
	globfree(&files);
	CU_ASSERT_TRUE(n > 20);
}

TESTS("test_pgerr", T(states_have_kinds), T(detail_shows_only_where_it_is_ours),
    T(recorded_refusals), T(told_reasons_are_translated),
    T(every_sentence_is_known))
