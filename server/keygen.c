/* domovoid keygen DIR: the files of keys that are not there yet. */
#include "config.h"

#include "server/commands.h"
#include "server/keyring.h"

int command_keygen(const struct server_options *o)
{
	struct err e = { 0 };

	return keyring_make(o->argument, &e) ? 0 : command_fails(&e);
}
