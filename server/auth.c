#include "config.h"

#include "server/auth.h"

#include <string.h>
#include <strings.h>

#include "base/uuid.h"
#include "server/jwt_guard.h"

enum { SECRET = 43 }; /* characters of an API key's secret: 32 bytes */

/* "dk_<id>_<secret>": the id is looked up, the secret's SHA-256 compared by the database. */
static bool cut_key(const char *text, size_t len, struct identity *who, char proof[static 65])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *id = text + 3, *secret = id + UUID_LEN + 1;
	char hash[67];

	if (len != 3 + UUID_LEN + 1 + SECRET || secret[-1] != '_' || strspn(secret, digits) != SECRET)
		return false;
	memcpy(who->key, id, UUID_LEN);
	if (!uuid_valid(who->key)) {
		who->key[0] = '\0';
		return false;
	}
	token_hash(secret, hash);
	memcpy(proof, hash + 2, 65);
	return true;
}

static enum auth cut_token(const struct auth_ring *ring, const char *text, size_t len, int64_t now,
    struct identity *who)
{
	struct token t;
	enum auth is = jwt_guard(ring, text, len, now, &t);

	if (is == AUTH_OK) {
		memcpy(who->user, t.sub, sizeof t.sub);
		memcpy(who->login, t.sid, sizeof t.sid);
		who->auth_time = t.auth_time;
		who->expires = t.exp;
	}
	return is;
}

enum auth auth_bearer(const struct auth_ring *ring, const char *authorization, int64_t now, struct identity *who,
    char proof[static 65])
{
	who->user[0] = who->login[0] = who->key[0] = proof[0] = '\0';
	who->auth_time = who->expires = 0;
	if (!authorization)
		return AUTH_NOBODY;
	if (strncasecmp(authorization, "Bearer ", 7) != 0)
		return AUTH_INVALID;
	const char *text = authorization + 7;
	size_t len = strnlen(text, JWT_MOST + 1);
	if (strncmp(text, "dk_", 3) == 0)
		return cut_key(text, len, who, proof) ? AUTH_OK : AUTH_INVALID;
	return cut_token(ring, text, len, now, who);
}
