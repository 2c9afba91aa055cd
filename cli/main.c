/* The program: reads the command line, runs one command. */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/say.h"

/* The language of usage errors too: looked for before the command line is read. */
static const char *asked_language(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "--lang=", 7))
			return argv[i] + 7;
		if (!strcmp(argv[i], "--lang") && i + 1 < argc)
			return argv[i + 1];
	}
	return NULL;
}

static int run(const struct options *o)
{
	if (o->help)
		return cmd_help(o);
	if (o->show_version) {
		printf("domovoi %s\n", PACKAGE_VERSION);
		return 0;
	}
	return o->command ? o->command->run(o) : cmd_console(o);
}

/* What stdio still holds counts too: a full disk is a failure, a reader that left is not. */
static int flushed(int status)
{
	struct err e;

	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (errno == EPIPE || status != 0)
		return status;
	errno = errno ? errno : EIO;
	err_set(&e, ERR_FAILED, "E-FILE", "output", NULL, "%s: %s", _("standard output"), strerror(errno));
	return say_err(&e);
}

int main(int argc, char **argv)
{
	struct options o;
	struct err e;
	int status;

	signal(SIGPIPE, SIG_IGN);
	i18n_init(asked_language(argc, argv));
	if (options_parse(&o, argc, argv, &e))
		status = run(&o);
	else
		status = say_err(&e);
	options_free(&o);
	return flushed(status);
}
