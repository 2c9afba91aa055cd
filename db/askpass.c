#include "config.h"

#include "db/askpass.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"

bool askpass_terminal(void)
{
	return isatty(STDIN_FILENO);
}

static char *read_line(int fd)
{
	char buf[ASKPASS_MOST], *copy = NULL, ch = 0;
	size_t n = 0;

	while (n < sizeof buf && read(fd, &ch, 1) == 1 && ch != '\n' && ch != '\003')
		buf[n++] = ch;
	if (n < sizeof buf && n > 0 && ch != '\003')
		copy = xstrndup(buf, n);
	explicit_bzero(buf, sizeof buf);
	return copy;
}

static char *ask(int tty, const char *prompt)
{
	struct termios old, quiet;
	char *line;

	if (tcgetattr(tty, &old) < 0)
		return NULL;
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG); /* no signal while echo is off: Ctrl-C ends the line instead */
	quiet.c_lflag |= ICANON;
	quiet.c_cc[VEOL] = '\003';
	tcsetattr(tty, TCSAFLUSH, &quiet); /* before the question: who answers at once is neither shown nor unheard */
	dprintf(tty, "%s", prompt);
	line = read_line(tty);
	tcsetattr(tty, TCSAFLUSH, &old);
	dprintf(tty, "\n");
	return line;
}

char *askpass(const char *prompt)
{
	int tty = askpass_terminal() ? open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY) : -1;
	char *line = tty < 0 ? read_line(STDIN_FILENO) : ask(tty, prompt);

	if (tty >= 0)
		close(tty);
	return line;
}

void askpass_forget(char *secret)
{
	if (!secret)
		return;
	explicit_bzero(secret, strlen(secret));
	free(secret);
}
