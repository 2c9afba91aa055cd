/* What domovoid can be told to do: a command is a row in main.c and a function. */
#ifndef SERVER_COMMANDS_H
#define SERVER_COMMANDS_H

#include <stdbool.h>

#include "server/config.h"
#include "server/workers.h"

struct server_command;

struct server_options {
	const char *config;  /* file, or NULL */
	const char **set;    /* key=value */
	int nset;
	bool check, once, help, man, version;
	const struct server_command *command; /* NULL = serve */
	const char *argument; /* what stands behind the command; NULL = nothing */
};

struct server_command {
	const char *name, *help;
	const char *argument; /* what it must be given, as help names it: "DIR"; NULL = nothing */
	int (*run)(const struct server_options *o); /* the exit status (enum err_kind) */
};

/* Says on standard error why it is not to be done; the exit status. */
int command_fails(const struct err *e);
/* The configuration as the command line and its file have it now; NULL and `e`. arg: struct server_options. */
struct config *command_config(void *arg, struct err *e);

int command_keygen(const struct server_options *o); /* keygen.c */
int command_serve(const struct server_options *o);
int command_openapi(const struct server_options *o);
int command_worker(const struct server_options *o); /* run_worker.c */

#endif
