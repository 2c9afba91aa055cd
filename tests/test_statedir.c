#include "config.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "client/statedir.h"
#include "tests/cunit.h"

static char home[64];

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(path);
}

static struct statedir *fresh(const char *place)
{
	if (home[0])
		nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	snprintf(home, sizeof(home), "/tmp/domovoi-state.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(home));
	setenv("XDG_STATE_HOME", home, 1);
	return statedir_open(place, NULL);
}

static bool put(struct statedir *d, const char *name, const char *text)
{
	json_t *doc = json_string(text);
	bool ok = statedir_put(d, name, doc, NULL);

	json_decref(doc);
	return ok;
}

static void check(struct statedir *d, const char *name, const char *text)
{
	json_t *doc = statedir_get(d, name);

	if (text) {
		CU_ASSERT_STRING_EQUAL(json_string_value(doc) ? json_string_value(doc) : "(none)", text);
	} else {
		CU_ASSERT_PTR_NULL(doc);
	}
	json_decref(doc);
}

static void keeps_documents(void)
{
	struct statedir *d = fresh("pg-main anna 1 head");

	check(d, "views", NULL);
	CU_ASSERT(put(d, "views", "one"));
	check(d, "views", "one");
	CU_ASSERT(put(d, "views", "two"));
	check(d, "views", "two");
	statedir_drop(d, "views");
	check(d, "views", NULL);
	statedir_drop(d, "views");
	statedir_close(d);
	statedir_close(NULL);
}

static int mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (int)(st.st_mode & 0777) : -1;
}

static void is_private_whatever_the_umask(void)
{
	static const mode_t masks[] = { 0, 022, 077, 0277 };

	for (size_t i = 0; i < ARRAY_LEN(masks); i++) {
		struct statedir *d = fresh("place");
		char path[128];
		mode_t before = umask(masks[i]);

		snprintf(path, sizeof(path), "%s/domovoi", home);
		if (i == 0)
			CU_ASSERT_EQUAL(mkdir(path, 0777), 0); /* somebody made it too open: closed again */
		if (masks[i] != 0277 || geteuid() == 0)
			CU_ASSERT(put(d, "x", "y"));
		umask(before);
		if (masks[i] != 0277 || geteuid() == 0) {
			CU_ASSERT_EQUAL(mode_of(path), 0700);
			snprintf(path, sizeof(path), "%s/domovoi/place", home);
			CU_ASSERT_EQUAL(mode_of(path), 0700);
			snprintf(path, sizeof(path), "%s/domovoi/place/x.json", home);
			CU_ASSERT_EQUAL(mode_of(path), 0600);
		}
		statedir_close(d);
	}
}

static void sets_a_damaged_file_aside(void)
{
	struct statedir *d = fresh("place");
	char path[128];
	FILE *f;

	CU_ASSERT(put(d, "views", "good"));
	snprintf(path, sizeof(path), "%s/domovoi/place/views.json", home);
	f = fopen(path, "w");
	fputs("{ \"half", f);
	fclose(f);
	check(d, "views", NULL);
	CU_ASSERT_EQUAL(access(path, F_OK), -1);
	snprintf(path, sizeof(path), "%s/domovoi/place/views.bad", home);
	CU_ASSERT_EQUAL(access(path, F_OK), 0);
	CU_ASSERT(put(d, "views", "again"));
	check(d, "views", "again");
	statedir_close(d);
}

static void makes_odd_names_safe(void)
{
	static const char *const names[] = {
		"draft/018f", "../../etc/passwd", ".", "..", ".hidden", "a b", "Наурыз", "%2e", "%", "\x01\x7f", "C:\\x",
		"%zz", "a%", "\xff\xfe",
	};
	struct statedir *d = fresh("../odd place/\xd0\x96\n\"'$(x)");
	char long_name[300], path[128];
	json_t *all;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		CU_ASSERT(put(d, names[i], "here"));
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		check(d, names[i], "here");
	all = statedir_list(d, "");
	CU_ASSERT_EQUAL(json_array_size(all), ARRAY_LEN(names) - 1); /* all but the one that is no text */
	json_decref(all);
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	CU_ASSERT_FALSE(put(d, long_name, "x"));
	CU_ASSERT_FALSE(put(d, "", "x"));
	check(d, long_name, NULL);
	statedir_close(d);
	d = statedir_open(long_name, NULL);
	long_name[298] = 'y';
	struct statedir *other = statedir_open(long_name, NULL);
	CU_ASSERT(put(d, "x", "1"));
	CU_ASSERT(put(other, "x", "2"));
	check(d, "x", "1");
	statedir_close(d);
	statedir_close(other);
	snprintf(path, sizeof(path), "%s/domovoi", home);
	CU_ASSERT_EQUAL(mode_of(path), 0700);
}

static void lists_the_newest_first(void)
{
	struct statedir *d = fresh("place");
	json_t *all = statedir_list(d, "draft/");
	char path[128];

	CU_ASSERT_EQUAL(json_array_size(all), 0);
	json_decref(all);
	put(d, "draft/a", "1");
	put(d, "draft/b", "2");
	put(d, "views", "3");
	snprintf(path, sizeof(path), "%s/domovoi/place/draft%%2fb.json", home);
	struct timespec when[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	CU_ASSERT_EQUAL(utimensat(AT_FDCWD, path, when, 0), 0);
	all = statedir_list(d, "draft/");
	CU_ASSERT_EQUAL_FATAL(json_array_size(all), 2);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(all, 0)), "draft/a");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(all, 1)), "draft/b");
	json_decref(all);
	statedir_close(d);
}

/* Two programs write and a third reads: never anything but one of the two documents, whole. */
static void survives_two_writers(void)
{
	struct statedir *d = fresh("place");
	int rounds = test_count(60), status, bad = 0;
	pid_t writers[2];

	CU_ASSERT(put(d, "session", "0000000000"));
	for (int w = 0; w < 2; w++) {
		writers[w] = fork();
		if (writers[w] == 0) {
			char text[2000];

			memset(text, 'a' + w, sizeof(text) - 1);
			text[sizeof(text) - 1] = '\0';
			for (int i = 0; i < rounds; i++)
				if (!put(d, "session", text))
					_exit(1);
			_exit(0);
		}
	}
	for (int i = 0; i < rounds * 4; i++) {
		json_t *doc = statedir_get(d, "session");
		const char *s = doc ? json_string_value(doc) : NULL;

		bad += !s || strspn(s, (char[]){ s[0], 0 }) != strlen(s) || (s[0] != '0' && strlen(s) != 1999);
		json_decref(doc);
	}
	for (int w = 0; w < 2; w++) {
		CU_ASSERT_EQUAL(waitpid(writers[w], &status, 0), writers[w]);
		CU_ASSERT_EQUAL(status, 0);
	}
	CU_ASSERT_EQUAL(bad, 0);
	json_t *all = statedir_list(d, "");
	CU_ASSERT_EQUAL(json_array_size(all), 1);
	json_decref(all);
	statedir_close(d);
}

static void says_why_it_cannot(void)
{
	struct statedir *d = fresh("place");
	struct err e = { 0 };
	json_t *doc = json_object();
	char path[128];

	snprintf(path, sizeof(path), "%s/domovoi", home);
	fclose(fopen(path, "w"));
	CU_ASSERT_FALSE(statedir_put(d, "x", doc, &e));
	CU_ASSERT_EQUAL(e.kind, ERR_FAILED);
	CU_ASSERT(strstr(e.text, path) != NULL);
	statedir_close(d);
	unlink(path);
	setenv("XDG_STATE_HOME", "relative", 1);
	char *kept = xstrdup(getenv("HOME"));
	unsetenv("HOME");
	CU_ASSERT_PTR_NULL(statedir_open("place", &e));
	if (kept)
		setenv("HOME", kept, 1);
	free(kept);
	json_decref(doc);
	nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

TESTS("test_statedir", T(keeps_documents), T(is_private_whatever_the_umask), T(sets_a_damaged_file_aside),
    T(makes_odd_names_safe), T(lists_the_newest_first), T(survives_two_writers), T(says_why_it_cannot))
