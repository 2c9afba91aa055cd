#include "config.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "tui/guard.h"
#include "tui/rgb.h"
#include "tui/term.h"

#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
#define MOUSE_ON "\033[?1000h\033[?1006h"   /* presses and the wheel; never motion */
#define MOUSE_OFF "\033[?1006l\033[?1000l"

static const int DEADLY[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT,
};

static struct {
	SCREEN *screen;
	FILE *in, *out;
	bool headless;
	struct termios before;
	struct sigaction old[ARRAY_LEN(DEADLY)];
	char restore[GUARD_BYTES];    /* what the signal handler writes: nothing may be computed there */
	size_t nrestore;
	volatile sig_atomic_t active; /* the terminal is ours */
	bool hooked, mouse;
} term;

/* ---- giving it back ---- */

/* Only async-signal-safe calls. */
static void restore_raw(void)
{
	sigset_t ttou, old;
	ssize_t ignored;

	if (!term.active)
		return;
	term.active = 0;
	sigemptyset(&ttou);
	sigaddset(&ttou, SIGTTOU); /* a background process may still give the terminal back */
	sigprocmask(SIG_BLOCK, &ttou, &old);
	ignored = write(STDOUT_FILENO, term.restore, term.nrestore);
	(void)ignored;
	tcsetattr(STDOUT_FILENO, TCSANOW, &term.before);
	guard_release();
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static void on_deadly(int sig, siginfo_t *info, void *context)
{
	int at = 0;

	(void)context;
	restore_raw();
	while (DEADLY[at] != sig)
		at++;
	sigaction(sig, &term.old[at], NULL);
	/* A fault repeats by itself and meets the old handler with its true address; anything else is raised again. */
	if (info->si_code <= 0 || sig == SIGABRT)
		raise(sig);
}

static void catch_deadly(void)
{
	struct sigaction sa = { .sa_sigaction = on_deadly, .sa_flags = SA_SIGINFO };

	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < ARRAY_LEN(DEADLY); i++) {
		sigaction(DEADLY[i], NULL, &term.old[i]);
		if (term.old[i].sa_handler != SIG_IGN)
			sigaction(DEADLY[i], &sa, NULL);
	}
}

static void release_deadly(void)
{
	for (size_t i = 0; i < ARRAY_LEN(DEADLY); i++)
		sigaction(DEADLY[i], &term.old[i], NULL);
}

static void close_files(void)
{
	if (term.in)
		fclose(term.in);
	if (term.out)
		fclose(term.out);
	term.in = term.out = NULL;
}

void term_write(const char *s, size_t n)
{
	if (term.headless)
		return;
	fwrite(s, 1, n, term.out);
	fflush(term.out);
}

/* What curses knows nothing of: pastes come in brackets, clicks if they are wanted. */
static void extra_modes(bool on)
{
	if (term.mouse)
		term_write(on ? MOUSE_ON : MOUSE_OFF, strlen(on ? MOUSE_ON : MOUSE_OFF));
	term_write(on ? PASTE_ON : PASTE_OFF, strlen(on ? PASTE_ON : PASTE_OFF));
}

void term_close(void)
{
	if (!term.screen)
		return;
	if (term.active)
		extra_modes(false);
	endwin();
	if (!term.headless) {
		tcsetattr(STDOUT_FILENO, TCSANOW, &term.before);
		term.active = 0;
		release_deadly();
		guard_end();
	}
	delscreen(term.screen);
	term.screen = NULL;
	term.mouse = false;
	close_files();
}

/* ---- taking it ---- */

static void add_restore(const char *seq)
{
	size_t n = seq && seq != (const char *)-1 ? strlen(seq) : 0; /* no such capability */

	if (n > 0 && term.nrestore + n <= sizeof(term.restore)) {
		memcpy(term.restore + term.nrestore, seq, n);
		term.nrestore += n;
	}
}

/*
 * From any state, in the middle of a sequence or of a paint. The paste mode is the last: a shell that is back before
 * the guardian has switched it on for itself (guard.h).
 */
static void prepare_restore(void)
{
	bool ecma = change_scroll_region && strncmp(change_scroll_region, "\033[", 2) == 0;

	term.nrestore = 0;
	if (ecma)
		add_restore("\033\\"); /* ends a string (OSC, DCS) that was cut off */
	add_restore(exit_attribute_mode);
	add_restore(orig_pair);
	add_restore(exit_insert_mode);
	add_restore(cursor_normal);
	if (term.mouse)
		add_restore(MOUSE_OFF);
	if (ecma)
		add_restore("\033[r\033[999;1H"); /* all lines scroll; the last one is where a shell goes on */
	add_restore(exit_ca_mode);
	add_restore(PASTE_OFF);
}

/* The terminal is ours as it is now. */
static void hold(void)
{
	struct termios own;

	prepare_restore();
	term.active = 1;
	if (tcgetattr(STDOUT_FILENO, &own) == 0)
		guard_hold(&own, term.restore, term.nrestore, term.nrestore - strlen(PASTE_OFF));
}

static void modes(void)
{
	raw(); /* no signals and no flow control from keys: C-c, C-z, C-s, C-q are ours */
	noecho();
	nonl();
	leaveok(stdscr, FALSE);
	scrollok(stdscr, FALSE);
	idlok(stdscr, TRUE);
	start_color();
	use_default_colors();
}

static bool locale_fit(struct err *e)
{
	if (strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ||
	    (setlocale(LC_CTYPE, "C.UTF-8") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0))
		return true;
	err_set(e, ERR_FAILED, "E-LOCALE", NULL, _("Install the locale C.UTF-8"), _("there is no UTF-8 locale"));
	return false;
}

/* Also learns how it may be given more colours (rgb.h). */
static bool known_terminal(char **terminfo, struct err *e)
{
	const char *name = getenv("TERM");
	int why = 1;

	if (name && *name && setupterm((char *)name, STDOUT_FILENO, &why) == OK) {
		bool fit = cursor_address != NULL;

		*terminfo = fit ? rgb_terminfo() : NULL;
		del_curterm(cur_term);
		if (fit)
			return true;
		err_set(e, ERR_FAILED, "E-TERM", NULL, _("Set TERM to what the terminal is, e.g. TERM=xterm-256color"),
		    _("a terminal of type %s cannot place its cursor"), name);
		return false;
	}
	err_set(e, ERR_FAILED, "E-TERM", NULL, _("Set TERM to what the terminal is, e.g. TERM=xterm-256color"),
	    !name || !*name ? _("TERM is not set") :
	    why < 0 ? _("no terminal descriptions are installed (terminfo)") :
	    _("the terminal type \"%s\" is unknown"), name);
	return false;
}

/*
 * A description of its own for reading: it must not block, and O_NONBLOCK is a
 * property that stdin usually shares with stdout and with the shell.
 */
static int open_input(void)
{
	char name[256];
	int fd = -1;

	if (ttyname_r(STDIN_FILENO, name, sizeof(name)) == 0)
		fd = open(name, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 ? fd : open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

static bool open_files(void)
{
	int in = open_input(), out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

	if (in >= 0)
		term.in = fdopen(in, "r");
	if (out >= 0)
		term.out = fdopen(out, "w");
	return term.in && term.out;
}

static void hook_once(void)
{
	if (!term.hooked)
		atexit(term_close);
	die_set_hook(term_close);
	term.hooked = true;
}

/* newterm() with another description for as long as it reads it. */
static SCREEN *new_described(const char *terminfo)
{
	const char *was = getenv("TERMINFO");
	char *old = was ? xstrdup(was) : NULL;
	SCREEN *screen;

	setenv("TERMINFO", terminfo, 1);
	screen = newterm(NULL, term.out, term.in);
	if (old)
		setenv("TERMINFO", old, 1);
	else
		unsetenv("TERMINFO");
	free(old);
	return screen;
}

static bool new_screen(const char *type, const char *terminfo, struct err *e)
{
	term.screen = terminfo ? new_described(terminfo) : NULL;
	if (!term.screen)
		term.screen = newterm(type, term.out, term.in);
	if (!term.screen) {
		close_files();
		err_set(e, ERR_FAILED, "E-TERM", NULL, NULL, _("the terminal cannot be opened"));
		return false;
	}
	typeahead(-1); /* a waiting key must not cut a paint short */
	modes();
	rgb_begin(terminfo != NULL);
	return true;
}

bool term_open(struct err *e)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, stop;
	char *terminfo = NULL;
	bool opened;

	if (!locale_fit(e) || !known_terminal(&terminfo, e))
		return false;
	if (tcgetattr(STDOUT_FILENO, &term.before) != 0 || !open_files()) {
		free(terminfo);
		close_files();
		err_set(e, ERR_FAILED, "E-TERM", NULL, _("Run it in a terminal, or see domovoi show --help"),
		    _("standard input and output are not a terminal"));
		return false;
	}
	term.headless = false;
	guard_start(&term.before);
	catch_deadly(); /* before curses, which leaves handlers alone that are not the default */
	sigaction(SIGTSTP, &ignore, &stop);
	opened = new_screen(NULL, terminfo, e);
	free(terminfo);
	if (!opened) {
		release_deadly();
		guard_end();
		return false;
	}
	sigaction(SIGTSTP, &stop, NULL);
	hook_once();
	hold();
	term_fit();
	extra_modes(true);
	return true;
}

bool term_open_headless(int width, int height, struct err *e)
{
	static const char *const types[] = { "xterm-256color", "xterm", "vt100", "ansi", "dumb" };
	int why;

	if (!locale_fit(e))
		return false;
	term.headless = true;
	term.in = fopen("/dev/null", "re");
	term.out = fopen("/dev/null", "we");
	for (size_t i = 0; term.in && term.out && i < ARRAY_LEN(types); i++) {
		if (setupterm((char *)types[i], fileno(term.out), &why) != OK)
			continue;
		del_curterm(cur_term);
		if (!new_screen(types[i], NULL, e))
			return false;
		term_set_size(width, height);
		hook_once();
		return true;
	}
	close_files();
	err_set(e, ERR_FAILED, "E-TERM", NULL, NULL, _("no terminal descriptions are installed (terminfo)"));
	return false;
}

/* ---- what kind of terminal ---- */

static const char *locale_name(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (getenv(names[i]) && *getenv(names[i]))
			return getenv(names[i]);
	return NULL;
}

/* A locale that is named and is not UTF-8 tells of the terminal; with none named nothing is known. */
bool term_plain(void)
{
	static const char *const types[] = { "vt", "ansi", "cons", "sun", "wy", "dumb" };
	const char *type = getenv("TERM"), *locale = locale_name();

	for (size_t i = 0; type && i < ARRAY_LEN(types); i++)
		if (strncmp(type, types[i], strlen(types[i])) == 0)
			return true;
	return locale && !strcasestr(locale, "UTF-8") && !strcasestr(locale, "utf8");
}

bool term_reports(void)
{
	const char *ask = tigetstr("u7"), *answer = tigetstr("u6");

	return !term.headless && ask && ask != (char *)-1 && strcmp(ask, "\033[6n") == 0 &&
	    answer && answer != (char *)-1 && strcmp(answer, "\033[%i%d;%dR") == 0;
}

/* ---- use ---- */

bool term_mouse(bool on)
{
	if (term.headless || on == term.mouse)
		return on;
	if (!on)
		term_write(MOUSE_OFF, strlen(MOUSE_OFF));
	term.mouse = on;
	hold();
	if (on)
		term_write(MOUSE_ON, strlen(MOUSE_ON));
	return on;
}

int term_fd(void)
{
	return term.in && !term.headless ? fileno(term.in) : -1;
}

int term_read(unsigned char *buf, int n)
{
	struct pollfd p = { .fd = term_fd(), .events = POLLIN };
	ssize_t got = read(p.fd, buf, (size_t)n);

	if (got > 0)
		return (int)got;
	if (got < 0 && (errno == EAGAIN || errno == EINTR) && poll(&p, 1, 0) >= 0 &&
	    !(p.revents & (POLLHUP | POLLERR | POLLNVAL)))
		return 0;
	return -1;
}

void term_learn(struct keydec *d)
{
	static const struct { const char *cap; uint32_t code; } caps[] = {
		{ "kcuu1", KEYCODE_UP }, { "kcud1", KEYCODE_DOWN }, { "kcub1", KEYCODE_LEFT }, { "kcuf1", KEYCODE_RIGHT },
		{ "kpp", KEYCODE_PGUP }, { "knp", KEYCODE_PGDN }, { "khome", KEYCODE_HOME }, { "kend", KEYCODE_END },
		{ "kich1", KEYCODE_INSERT }, { "kdch1", KEYCODE_DELETE }, { "kcbt", KEYCODE_BACKTAB },
		{ "kf1", KEYCODE_F1 }, { "kf2", KEYCODE_F1 + 1 }, { "kf3", KEYCODE_F1 + 2 }, { "kf4", KEYCODE_F1 + 3 },
		{ "kf5", KEYCODE_F1 + 4 }, { "kf6", KEYCODE_F1 + 5 }, { "kf7", KEYCODE_F1 + 6 }, { "kf8", KEYCODE_F1 + 7 },
		{ "kf9", KEYCODE_F1 + 8 }, { "kf10", KEYCODE_F1 + 9 }, { "kf11", KEYCODE_F1 + 10 }, { "kf12", KEYCODE_F12 },
	};

	for (size_t i = 0; i < ARRAY_LEN(caps); i++) {
		const char *seq = tigetstr((char *)caps[i].cap);

		if (seq && seq != (const char *)-1)
			keydec_learn(d, seq, (struct key){ caps[i].code, 0 });
	}
}

void term_fit(void)
{
	struct winsize ws;

	if (!term.headless && ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row > 0 && ws.ws_col > 0)
		resize_term(ws.ws_row, ws.ws_col);
}

void term_set_size(int width, int height)
{
	resize_term(height, width);
}

void term_resume(void)
{
	if (term.headless)
		return;
	reset_prog_mode();
	hold();
	extra_modes(true);
	term_fit();
	clearok(curscr, TRUE);
}

void term_suspend(void)
{
	struct sigaction plain = { .sa_handler = SIG_DFL }, ignore = { .sa_handler = SIG_IGN }, old, interrupt, quit;

	if (term.headless)
		return;
	sigaction(SIGINT, &ignore, &interrupt); /* C-c right behind C-z is meant for who comes next */
	sigaction(SIGQUIT, &ignore, &quit);
	extra_modes(false);
	def_prog_mode();
	endwin();
	term.active = 0;
	guard_release();
	sigaction(SIGTSTP, &plain, &old);
	kill(0, SIGTSTP); /* the whole job, as the terminal driver would: a wrapping shell must stop too */
	sigaction(SIGTSTP, &old, NULL);
	term_resume();
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGQUIT, &quit, NULL);
}
