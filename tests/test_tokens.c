/* The remembered login: what is on the disk opens nothing, damage is no login, several processes take turns. */
#include "config.h"

#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "client/tokens.h"
#include "tests/cunit.h"

#define URL "https://api.example.test"
#define SECRET "r3fr3sh-0123456789abcdefghijklmnopqrstuvwxyz"

static char memory[64], disk[64]; /* $XDG_RUNTIME_DIR, $XDG_STATE_HOME */

static void begin(void)
{
	snprintf(memory, sizeof memory, "/dev/shm/domovoi-tokens.XXXXXX");
	snprintf(disk, sizeof disk, "/tmp/domovoi-tokens.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(memory));
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(disk));
	setenv("XDG_RUNTIME_DIR", memory, 1);
	setenv("XDG_STATE_HOME", disk, 1);
}

static void each(const char *dir, void (*fn)(const char *path, void *arg), void *arg)
{
	static const char *const depth[] = { "/*/*/*/*", "/*/*/*", "/*/*", "/*", "" };

	for (size_t i = 0; i < ARRAY_LEN(depth); i++) {
		char *pattern = xasprintf("%s%s", dir, depth[i]);
		glob_t g = { 0 };

		glob(pattern, 0, NULL, &g);
		for (size_t k = 0; k < g.gl_pathc; k++)
			fn(g.gl_pathv[k], arg);
		globfree(&g);
		free(pattern);
	}
}

static void drop(const char *path, void *arg)
{
	(void)arg;
	if (unlink(path) != 0)
		rmdir(path);
}

static void end(void)
{
	each(memory, drop, NULL);
	each(disk, drop, NULL);
}

static void put(const char *login, const char *secret)
{
	struct tokens *t = tokens_open(URL, login);

	CU_ASSERT_TRUE(tokens_put(t, login, secret));
	CU_ASSERT_PTR_NULL(tokens_trouble(t));
	tokens_close(t);
}

static void expect(const char *url, const char *login, const char *secret)
{
	struct tokens *t = tokens_open(url, login);
	char *got = tokens_get(t);

	CU_ASSERT_EQUAL(got == NULL, secret == NULL);
	if (got != NULL && secret != NULL)
		CU_ASSERT_STRING_EQUAL(got, secret);
	tokens_wipe(got);
	tokens_close(t);
}

static void remembered(void)
{
	begin();
	expect(URL, "aliya", NULL);
	put("aliya", SECRET);
	expect(URL, "aliya", SECRET);
	expect(URL, "", SECRET); /* who was last */
	expect(URL, "erlan", NULL);
	expect("https://other.example.test", "aliya", NULL);
	put("erlan", "another");
	expect(URL, "aliya", SECRET);
	expect(URL, "", "another");
	struct tokens *t = tokens_open(URL, "");
	CU_ASSERT_STRING_EQUAL(tokens_login(t), "erlan");
	tokens_drop(t);
	tokens_close(t);
	expect(URL, "erlan", NULL);
	expect(URL, "aliya", SECRET);
	end();
}

struct find { const char *what; int found, files; };

static void look(const char *path, void *arg)
{
	struct find *f = arg;
	struct stat st;
	char buf[8192];
	int fd;

	CU_ASSERT_EQUAL(lstat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 077, 0);
	fd = S_ISREG(st.st_mode) ? open(path, O_RDONLY) : -1;
	if (fd < 0)
		return;
	ssize_t n = read(fd, buf, sizeof buf);
	close(fd);
	f->files++;
	f->found += n > 0 && memmem(buf, (size_t)n, f->what, strlen(f->what)) != NULL;
}

static void nothing_usable_is_on_the_disk(void)
{
	struct find f = { .what = SECRET };
	char *key = NULL;

	begin();
	put("aliya", SECRET);
	each(disk, look, &f);
	CU_ASSERT_EQUAL(f.found, 0);
	CU_ASSERT_EQUAL(f.files, 2); /* the sealed token, and who was last */
	f = (struct find){ .what = SECRET };
	each(memory, look, &f);
	CU_ASSERT_EQUAL(f.found, 0);
	/* a reboot: the key is gone, and with it what was sealed */
	key = xasprintf("%s/domovoi/tokens.key", memory);
	CU_ASSERT_EQUAL(unlink(key), 0);
	free(key);
	expect(URL, "aliya", NULL);
	put("aliya", SECRET);
	expect(URL, "aliya", SECRET);
	end();
}

static void spoil(const char *path, void *arg)
{
	char buf[8192], *sealed;
	int fd = open(path, O_RDWR);
	ssize_t n = fd >= 0 ? read(fd, buf, sizeof buf - 1) : 0;

	buf[n > 0 ? n : 0] = '\0';
	sealed = n > 0 ? strstr(buf, "\"sealed\":\"") : NULL;
	if (sealed != NULL) {
		sealed += 10 + *(int *)arg;
		*sealed = *sealed == '0' ? '1' : '0';
		CU_ASSERT_EQUAL(pwrite(fd, buf, (size_t)n, 0), n);
	}
	if (fd >= 0)
		close(fd);
}

static void damage_is_no_login(void)
{
	/* nonce, text, tag: each digit of the sealed token counts */
	for (int at = 0; at < 60; at += 3) {
		begin();
		put("aliya", SECRET);
		each(disk, spoil, &at);
		expect(URL, "aliya", NULL);
		end();
	}
}

static void no_place_for_the_key(void)
{
	static const char *const places[] = { "", "relative", "/nonexistent/place", NULL /* a disk */ };

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		begin();
		setenv("XDG_RUNTIME_DIR", places[i] != NULL ? places[i] : disk, 1);
		struct tokens *t = tokens_open(URL, "aliya");
		CU_ASSERT_PTR_NOT_NULL(tokens_trouble(t));
		CU_ASSERT_FALSE(tokens_put(t, "aliya", SECRET));
		CU_ASSERT_PTR_NOT_NULL(tokens_trouble(t)); /* said, not silently otherwise */
		char *got = tokens_get(t);
		CU_ASSERT_STRING_EQUAL(got, SECRET);
		tokens_wipe(got);
		tokens_close(t);
		expect(URL, "aliya", NULL);
		struct find f = { .what = SECRET };
		each(disk, look, &f);
		CU_ASSERT_EQUAL(f.found, 0);
		end();
	}
}

static void a_place_that_others_can_reach(void)
{
	char *dir, *key;

	begin();
	dir = xasprintf("%s/domovoi", memory);
	key = xasprintf("%s/tokens.key", dir);
	CU_ASSERT_EQUAL(mkdir(dir, 0700), 0);
	CU_ASSERT_EQUAL(chmod(dir, 0755), 0);
	struct tokens *t = tokens_open(URL, "aliya");
	CU_ASSERT_PTR_NOT_NULL(tokens_trouble(t));
	tokens_close(t);
	/* a key that somebody else laid there is not used */
	CU_ASSERT_EQUAL(chmod(dir, 0700), 0);
	CU_ASSERT_EQUAL(symlink("/etc/hostname", key), 0);
	t = tokens_open(URL, "aliya");
	CU_ASSERT_FALSE(tokens_put(t, "aliya", SECRET));
	CU_ASSERT_PTR_NOT_NULL(tokens_trouble(t));
	tokens_close(t);
	unlink(key);
	put("aliya", SECRET);
	CU_ASSERT_EQUAL(chmod(key, 0644), 0);
	expect(URL, "aliya", NULL);
	free(dir);
	free(key);
	end();
}

static void in_memory_only(void)
{
	begin();
	struct tokens *t = tokens_open(URL, NULL);
	CU_ASSERT_TRUE(tokens_lock(t));
	CU_ASSERT_FALSE(tokens_put(t, "aliya", SECRET));
	CU_ASSERT_PTR_NULL(tokens_trouble(t)); /* nobody wished it otherwise */
	tokens_close(t);
	expect(URL, "aliya", NULL);
	end();
}

/* As refreshes do: whoever holds the lock reads the newest token, and puts the next before it lets go. */
static void take_turns(int times)
{
	struct tokens *t = tokens_open(URL, "aliya");

	for (int i = 0; i < times; i++) {
		char next[16], *now;

		while (!tokens_lock(t))
			sched_yield();
		now = tokens_get(t);
		snprintf(next, sizeof next, "%d", atoi(now != NULL ? now : "0") + 1);
		tokens_wipe(now);
		tokens_put(t, "aliya", next);
		tokens_unlock(t);
	}
	tokens_close(t);
	_exit(0);
}

static void several_processes(void)
{
	enum { PROCESSES = 6, TIMES = 25 };
	char want[16];
	int status;

	begin();
	fflush(NULL);
	for (int i = 0; i < PROCESSES; i++)
		if (fork() == 0)
			take_turns(TIMES);
	for (int i = 0; i < PROCESSES; i++) {
		CU_ASSERT_TRUE(wait(&status) > 0);
		CU_ASSERT_EQUAL(status, 0);
	}
	snprintf(want, sizeof want, "%d", PROCESSES * TIMES);
	expect(URL, "aliya", want);
	end();
}

TESTS("test_tokens", T(remembered), T(nothing_usable_is_on_the_disk), T(damage_is_no_login), T(no_place_for_the_key),
    T(a_place_that_others_can_reach), T(in_memory_only), T(several_processes))
