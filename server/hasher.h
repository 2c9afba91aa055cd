/*
 * Passwords hashed on threads of their own: no more at once in the whole process than there are cores, all but the
 * first of them at a lower priority than those who serve. HASHER_QUEUE more wait, and who comes then is told so. A hash
 * that nobody waits for any more is left out. One request hashes one password at a time.
 */
#ifndef SERVER_HASHER_H
#define SERVER_HASHER_H

#include "server/http.h"

enum { HASHER_QUEUE = 64 };

struct hashed {
	bool right, stale; /* of a check; stale: hash it again */
	const char *hash;  /* of a making; NULL = it failed */
};
/* From the loop of the request, which is still there; not called when the caller has hung up. */
typedef void (*hashed_fn)(struct request *r, const struct hashed *h, void *arg);

/*
 * Is it the password of that hash (db/password.h; NULL: nobody's, at the same cost)? The password is copied and wiped.
 * `arg` must live as long as the request (request_keep). False: too many wait, and 503 has been answered.
 */
bool hasher_check(struct request *r, const char *hash, const char *password, hashed_fn fn, void *arg);
bool hasher_make(struct request *r, const char *password, hashed_fn fn, void *arg);

void hasher_end(void); /* when no worker runs any more */

#endif
