#include "config.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "tests/cunit.h"

static void fills_and_clears(void)
{
	struct err e;

	CU_ASSERT_EQUAL(err_set(&e, ERR_CONFLICT, "DM004", "check_in", "Choose other dates", "taken by %d", 7), ERR_CONFLICT);
	CU_ASSERT_EQUAL(e.kind, ERR_CONFLICT);
	CU_ASSERT_STRING_EQUAL(e.code, "DM004");
	CU_ASSERT_STRING_EQUAL(e.field, "check_in");
	CU_ASSERT_STRING_EQUAL(e.text, "taken by 7");
	CU_ASSERT_STRING_EQUAL(e.remedy, "Choose other dates");
	err_clear(&e);
	CU_ASSERT_EQUAL(e.kind, ERR_NONE);
	CU_ASSERT_STRING_EQUAL(e.text, "");
	CU_ASSERT_EQUAL(err_set(NULL, ERR_USAGE, "E-USAGE", NULL, NULL, "nobody looks"), ERR_USAGE);
}

static void wraps_itself(void)
{
	struct err e = { 0 };

	err_set(&e, ERR_INVALID, "E-VALUE", "a", "r", "inner");
	err_set(&e, ERR_INVALID, e.code, e.field, e.remedy, "line 3: %s", e.text);
	CU_ASSERT_STRING_EQUAL(e.text, "line 3: inner");
	CU_ASSERT_STRING_EQUAL(e.field, "a");
	CU_ASSERT_STRING_EQUAL(e.remedy, "r");
	CU_ASSERT_STRING_EQUAL(e.code, "E-VALUE");
}

static void lines(void)
{
	struct err e;
	char buf[64], tiny[5];

	err_set(&e, ERR_CONFLICT, "DM004", "unit", "Wait", "taken");
	err_line(&e, buf, sizeof buf);
	CU_ASSERT_STRING_EQUAL(buf, "DM004 unit: taken. Wait");
	err_set(&e, ERR_FAILED, "", NULL, NULL, "it broke");
	err_line(&e, buf, sizeof buf);
	CU_ASSERT_STRING_EQUAL(buf, "E-FAIL: it broke");
	err_line(&e, tiny, sizeof tiny);
	CU_ASSERT_STRING_EQUAL(tiny, "E-FA");
	err_line(&e, tiny, 0);
}

/* Cut anywhere, what is left is whole characters. */
static void cuts_between_characters(void)
{
	struct err e;
	char text[800] = "", line[800];

	for (int shift = 0; shift < 4; shift++) {
		memset(text, 'x', 4);
		text[shift] = '\0';
		for (int i = 0; i < 150; i++)
			strcat(text, i % 3 ? "ы" : "😀");
		err_set(&e, ERR_FAILED, "E", text, text, "%s", text);
		const char *parts[] = { e.text, e.field, e.remedy };
		for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
			size_t n = strlen(parts[i]);
			CU_ASSERT(n > 55);
			CU_ASSERT(((unsigned char)text[n] & 0xC0) != 0x80);
			CU_ASSERT_EQUAL(strncmp(parts[i], text, n), 0);
		}
		for (unsigned size = 1; size < 700; size++) {
			err_line(&e, line, size);
			size_t n = strlen(line);
			CU_ASSERT(n < size);
			/* the last character is whole: its lead byte says how long it is */
			size_t start = n;
			while (start > 0 && ((unsigned char)line[start - 1] & 0xC0) == 0x80)
				start--;
			size_t tail = n - start;
			unsigned char lead = start > 0 ? (unsigned char)line[start - 1] : 0;
			CU_ASSERT_EQUAL(tail, lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0);
		}
	}
}

static void string_buffers(void)
{
	struct strbuf b = { 0 };

	CU_ASSERT_STRING_EQUAL(strbuf_str(&b), "");
	strbuf_printf(&b, "%s-%d", "a", 5);
	strbuf_putc(&b, '!');
	strbuf_puts(&b, "");
	strbuf_add(&b, "xyz", 2);
	CU_ASSERT_STRING_EQUAL(b.s, "a-5!xy");
	CU_ASSERT_EQUAL(b.len, 6);
	strbuf_clear(&b);
	CU_ASSERT_STRING_EQUAL(strbuf_str(&b), "");
	for (int i = 0; i < 10000; i++)
		strbuf_printf(&b, "%d,", i);
	CU_ASSERT_EQUAL(b.len, strlen(b.s));
	char *s = strbuf_steal(&b);
	CU_ASSERT_PTR_NULL(b.s);
	CU_ASSERT_EQUAL(strncmp(s, "0,1,2,", 6), 0);
	free(s);
	s = strbuf_steal(&b);
	CU_ASSERT_STRING_EQUAL(s, "");
	free(s);
	strbuf_free(&b);
}

static void memory(void)
{
	char *s = xstrndup("привет", 4);
	CU_ASSERT_STRING_EQUAL(s, "пр");
	free(s);
	CU_ASSERT_PTR_NULL(xstrdup(NULL));
	s = xasprintf("%05d", 42);
	CU_ASSERT_STRING_EQUAL(s, "00042");
	free(s);
	free(xmalloc(0));
	free(xcalloc(0, 8));
	free(xreallocarray(NULL, 0, 8));
}

/* The log is private, and what goes into it cannot move a cursor. */
static void log_lines(void)
{
	char dir[] = "/tmp/domovoi-test.XXXXXX";
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	char *path = xasprintf("%s/log", dir), buf[400];
	struct stat st;

	log_line("before it is open: nowhere");
	CU_ASSERT_TRUE_FATAL(log_open(path));
	log_line("one %s\n\033[2J two", "\xE2\x80\xAE");
	log_close();
	log_line("after it is closed: nowhere");
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);

	FILE *f = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	size_t n = fread(buf, 1, sizeof buf - 1, f);
	buf[n] = '\0';
	fclose(f);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf, "one \xC2\xB7^J^[[2J two\n"));
	CU_ASSERT_PTR_EQUAL(strchr(buf, '\n'), buf + n - 1);

	char *link = xasprintf("%s/link", dir);
	CU_ASSERT_EQUAL(symlink(path, link), 0);
	CU_ASSERT_FALSE(log_open(link));
	CU_ASSERT_FALSE(log_open("/nowhere/at/all"));
	unlink(link);
	unlink(path);
	rmdir(dir);
	free(link);
	free(path);
}

TESTS("err", T(fills_and_clears), T(wraps_itself), T(lines), T(cuts_between_characters), T(string_buffers),
    T(memory), T(log_lines))
