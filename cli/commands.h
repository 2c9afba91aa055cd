/* The functions behind the table of commands: each runs one command and returns the exit status. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

struct options;

int cmd_demo(const struct options *o);
int cmd_list(const struct options *o);
int cmd_get(const struct options *o);
int cmd_new(const struct options *o);
int cmd_edit(const struct options *o);
int cmd_do(const struct options *o);
int cmd_actions(const struct options *o);
int cmd_report(const struct options *o);
int cmd_show(const struct options *o);
int cmd_import(const struct options *o);
int cmd_whoami(const struct options *o);
int cmd_login(const struct options *o);
int cmd_logout(const struct options *o);
int cmd_describe(const struct options *o);
int cmd_keys(const struct options *o);
int cmd_completion(const struct options *o);
int cmd_db(const struct options *o);
int cmd_help(const struct options *o);

/* What `do` leaves to it: actions about access codes (A_SEALED). */
struct resource;
struct action;
int cmd_code(const struct options *o, const struct resource *res, const struct action *action);

/* No command: the console on a terminal, else the home screen as text. */
int cmd_console(const struct options *o);

#endif
