/* The terminal layer on a pseudo terminal: a child opens it, the parent reads what comes. */
#include "config.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/strbuf.h"
#include "tests/cunit.h"
#include "tui/rgb.h"
#include "tui/term.h"

static struct strbuf got;

static void open_it(void)
{
	struct err e = { 0 };

	i18n_init("en");
	if (!term_open(&e))
		_exit(9);
}

/* What fn writes, and how it ended. */
static int run(void (*fn)(void), const char *type, const char *colours)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	struct pollfd p;
	int status = -1;
	char buf[4096];
	ssize_t n;
	pid_t pid;

	strbuf_clear(&got);
	strbuf_add(&got, "", 0);
	pid = forkpty(&p.fd, NULL, NULL, &size);
	if (pid == 0) {
		setenv("TERM", type, 1);
		setenv("COLORTERM", colours, 1);
		fn();
		term_close();
		_exit(0);
	}
	p.events = POLLIN;
	while (poll(&p, 1, 20000) > 0 && (n = read(p.fd, buf, sizeof(buf))) > 0)
		strbuf_add(&got, buf, (size_t)n);
	close(p.fd);
	waitpid(pid, &status, 0);
	return status;
}

static bool wrote(const char *bytes)
{
	return strstr(strbuf_str(&got), bytes) != NULL;
}

static void paint(short pair, short fg, short bg)
{
	if (init_pair(pair, fg, bg) != OK)
		_exit(8);
	attrset(COLOR_PAIR(pair));
	addstr("x");
	refresh();
}

static void three_colours(void)
{
	open_it();
	paint(1, term_rgb(0x123456), term_rgb(0xff0080));
	paint(2, 100, 12);
	paint(3, term_rgb(0xff0080), term_rgb(0));
	if (term_rgb(0x123456) > RGB_FIRST + 1 || term_rgb(0x123457) != RGB_FIRST + 3)
		_exit(7);
}

static void true_colours(void)
{
	CU_ASSERT_EQUAL(run(three_colours, "xterm-256color", "truecolor"), 0);
	CU_ASSERT(wrote("\033[38;2;18;52;86m") && wrote("\033[48;2;255;0;128m"));
	CU_ASSERT(wrote("\033[38;5;100m") && wrote("\033[104m"));
	CU_ASSERT(wrote("\033[38;2;255;0;128m") && wrote("\033[48;2;0;0;0m"));
	CU_ASSERT_EQUAL(run(three_colours, "screen-256color", "24bit"), 0);
	CU_ASSERT(wrote("\033[38;2;18;52;86m"));
}

static void too_many(void)
{
	open_it();
	for (unsigned i = 0; i < RGB_MOST; i++)
		if (term_rgb(i) != (short)(RGB_FIRST + i))
			_exit(1);
	_exit(term_rgb(RGB_MOST) == -1 && term_rgb(3) == RGB_FIRST + 3 ? 0 : 2);
}

static void none(void)
{
	open_it();
	_exit(term_rgb(0x123456) == -1 && COLORS <= 256 ? 0 : 1);
}

static void colours_have_an_end(void)
{
	CU_ASSERT_EQUAL(run(too_many, "xterm-256color", "truecolor"), 0);
	CU_ASSERT_EQUAL(run(none, "xterm-256color", ""), 0);
	CU_ASSERT_EQUAL(run(none, "xterm", "truecolor"), 0);
	CU_ASSERT_EQUAL(run(none, "vt100", "truecolor"), 0);
}

static void die_at_once(void)
{
	open_it();
	term_mouse(true);
	addstr("x");
	refresh();
	kill(getpid(), SIGKILL);
}

static void the_guardian_gives_it_back(void)
{
	int status = run(die_at_once, "xterm-256color", "");

	CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CU_ASSERT(wrote("\033[?1049l") && wrote("\033[?2004l") && wrote("\033[?1000l"));
}

static void kinds(void)
{
	static const struct { const char *type; bool plain; } types[] = {
		{ "xterm", false }, { "linux", false }, { "screen", false }, { "vt100", true }, { "vt220", true }, { "dumb", true },
	};

	unsetenv("LC_ALL");
	unsetenv("LC_CTYPE");
	unsetenv("LANG");
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		setenv("TERM", types[i].type, 1);
		CU_ASSERT_EQUAL(term_plain(), types[i].plain);
	}
	setenv("TERM", "xterm", 1);
	setenv("LANG", "ru_RU.KOI8-R", 1);
	CU_ASSERT(term_plain());
	setenv("LANG", "ru_RU.utf8", 1);
	CU_ASSERT(!term_plain());
	setenv("LC_ALL", "C", 1);
	CU_ASSERT(term_plain());
	setenv("LC_ALL", "C.UTF-8", 1);
	CU_ASSERT(!term_plain());
}

TESTS("term", T(true_colours), T(colours_have_an_end), T(the_guardian_gives_it_back), T(kinds))
