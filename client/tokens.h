/*
 * The login of one person at one API server, remembered between runs: the refresh token, sealed (AES-256-GCM,
 * address and login authenticated with it) in a file of the state directory (client/statedir.h), the key to it in
 * $XDG_RUNTIME_DIR/ domovoi, which must be memory (tmpfs or ramfs) and ours alone. So nothing on the disk opens
 * anything, and a reboot or the last logout ends what was remembered. Without such a place it is kept in this
 * process only, and tokens_trouble() says so. Source: research/api.md §1.3, "Token storage".
 *
 * Several processes share a login: whoever changes the token holds the lock from before it reads the token until the
 * new one is put. Files are small and local; nothing here waits.
 */
#ifndef CLIENT_TOKENS_H
#define CLIENT_TOKENS_H

#include <stdbool.h>

#include "base/err.h"

struct tokens;

/*
 * `url`: the server. `login`: whose; "" = whoever was remembered there last; NULL = in memory only, nothing is asked of
 * the disk. Never fails: see tokens_trouble().
 */
struct tokens *tokens_open(const char *url, const char *login);
void tokens_close(struct tokens *t);

/* Why what is put is forgotten when the process ends; NULL = it is not, or nobody wished it (login NULL). */
const struct err *tokens_trouble(const struct tokens *t);

const char *tokens_login(const struct tokens *t); /* "" = not known */

/* False: another process is changing it; try again in a moment. True at once where nothing is shared. */
bool tokens_lock(struct tokens *t);
void tokens_unlock(struct tokens *t);

/* The newest refresh token; NULL = none (never put, dropped, or somebody has changed the file). tokens_wipe() it. */
char *tokens_get(struct tokens *t);
/* On the disk when it returns true; false: in memory only (tokens_trouble() says why). */
bool tokens_put(struct tokens *t, const char *login, const char *refresh);
void tokens_drop(struct tokens *t); /* the token; the login stays known */

void tokens_wipe(char *secret); /* overwritten and freed; NULL is fine */

#endif
