#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tui/guard.h"

#define WRITE_MS 500 /* a terminal that takes no bytes for so long (C-s) gets its settings back without them */

struct message {
	enum state { STARTING, HELD, RELEASED } state;
	struct termios own;
	size_t n, safe;
	char bytes[GUARD_BYTES];
};

static struct { pid_t pid; int fd; } guard = { .fd = -1 };

/* ---- in the child: only calls that are safe after a fork ---- */

static bool same(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
	    a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc)) == 0;
}

static void put(int tty, const char *s, size_t n)
{
	struct pollfd p = { .fd = tty, .events = POLLOUT };

	while (n > 0) {
		ssize_t done = write(tty, s, n);

		if (done < 0 && errno != EAGAIN && errno != EINTR)
			return;
		if (done < 0 && poll(&p, 1, WRITE_MS) == 0)
			return;
		s += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
}

/*
 * Ours if the settings still are, or have been put back by the shell that waited for us, or if that shell is at the
 * terminal already with settings of its own: it puts back settings, but not the screen.
 */
static void give_back(int tty, const struct message *m, const struct termios *before, pid_t launcher)
{
	struct termios now;
	bool ours;

	if (m->state == RELEASED || tcgetattr(tty, &now) != 0)
		return;
	ours = m->state == STARTING || same(&now, &m->own);
	if (ours || same(&now, before))
		put(tty, m->bytes, m->n);
	else if (tcgetpgrp(tty) == launcher)
		put(tty, m->bytes, m->safe);
	if (ours)
		tcsetattr(tty, TCSANOW, before);
}

static void become_small(int *fd, int *tty)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGPIPE, SIGWINCH };
	sigset_t set;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigfillset(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGTTOU); /* it is in the background, and may set the terminal all the same */
	sigprocmask(SIG_BLOCK, &set, NULL);
	setpgid(0, 0);
	prctl(PR_SET_NAME, "tty-guard");
	*fd = dup2(*fd, STDIN_FILENO);
	*tty = dup2(*tty, STDOUT_FILENO);
	close_range(STDOUT_FILENO + 1, ~0u, 0);
	(void)!chdir("/");
}

_Noreturn static void watch(int fd, int tty, const struct termios *before, pid_t launcher)
{
	struct message m = { .state = STARTING };
	ssize_t n;

	become_small(&fd, &tty);
	do
		n = recv(fd, &m, sizeof(m), 0);
	while (n > 0 || (n < 0 && errno == EINTR));
	give_back(tty, &m, before, launcher);
	_exit(0);
}

/* A description of its own: it may not block, and stdout is shared with everybody. */
static int open_tty(void)
{
	char name[256];

	if (ttyname_r(STDOUT_FILENO, name, sizeof(name)) != 0)
		return -1;
	return open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

/* ---- in the console ---- */

void guard_start(const struct termios *before)
{
	pid_t launcher = getpgid(getppid());
	int fds[2], tty = open_tty();
	sigset_t all, old;

	if (tty < 0)
		return;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
		close(tty);
		return;
	}
	sigfillset(&all); /* the console's handlers are nothing for the child */
	sigprocmask(SIG_SETMASK, &all, &old);
	guard.pid = fork();
	if (guard.pid == 0)
		watch(fds[0], tty, before, launcher);
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(fds[0]);
	close(tty);
	guard.fd = fds[1];
	if (guard.pid < 0) {
		close(guard.fd);
		guard.fd = -1;
	}
}

static void tell(const struct message *m)
{
	if (guard.fd >= 0)
		(void)!send(guard.fd, m, sizeof(*m), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void guard_hold(const struct termios *own, const char *bytes, size_t n, size_t safe)
{
	struct message m = { .state = HELD, .own = *own, .n = n < GUARD_BYTES ? n : GUARD_BYTES, .safe = safe };

	memcpy(m.bytes, bytes, m.n);
	tell(&m);
}

void guard_release(void)
{
	tell(&(struct message){ .state = RELEASED });
}

void guard_end(void)
{
	if (guard.fd < 0)
		return;
	kill(guard.pid, SIGKILL); /* also if somebody stopped it */
	close(guard.fd);
	guard.fd = -1;
	while (waitpid(guard.pid, NULL, 0) < 0 && errno == EINTR)
		;
}
