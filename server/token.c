#include "config.h"

#include "server/token.h"

#include <jansson.h>
#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/uuid.h"
#include "client/private.h"
#include "client/secret.h"
#include "server/keyring.h"

static json_t *words(const char *text)
{
	json_t *list = json_array();

	for (const char *p = text + strspn(text, " "); *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		json_array_append_new(list, json_stringn(p, n));
		p += n;
	}
	return list;
}

char *token_make(const struct auth_ring *ring, const char *user, const char *login, int64_t auth_time, const char *amr,
    int64_t now)
{
	const struct ring_key *key = ring_signer(ring);
	char jti[UUID_LEN + 1], *token = NULL;
	jwt_t *jwt = NULL;

	uuid_v7(jti);
	json_t *claims = json_pack("{ss ss ss ss ss ss sI sI sI sI so}", "iss", ring_issuer(ring), "aud", TOKEN_AUDIENCE,
	    "use", TOKEN_USE, "sub", user, "sid", login, "jti", jti, "iat", (json_int_t)now, "nbf", (json_int_t)now,
	    "exp", (json_int_t)now + TOKEN_SECONDS, "auth_time", (json_int_t)auth_time, "amr", words(amr));
	char *text = json_dumps(claims, JSON_COMPACT);

	if (!text || jwt_new(&jwt) != 0 || jwt_add_grants_json(jwt, text) != 0 ||
	    jwt_set_alg(jwt, JWT_ALG_HS256, key->raw, key->len) != 0 || jwt_add_header(jwt, "kid", key->kid) != 0)
		die("a token could not be made");
	if (!(token = jwt_encode_str(jwt)))
		die("a token could not be made");
	jwt_free(jwt);
	free(text);
	json_decref(claims);
	return token;
}

void token_hash(const char *text, char hash[static 67])
{
	unsigned char sum[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)text, strlen(text), sum);
	memcpy(hash, "\\x", 2);
	for (size_t i = 0; i < sizeof sum; i++)
		snprintf(hash + 2 + 2 * i, 3, "%02x", sum[i]);
}

void token_opaque(char text[static 44], char hash[static 67])
{
	unsigned char raw[32];

	private_random(raw, sizeof raw);
	char *made = base64url_text(raw, sizeof raw);
	snprintf(text, 44, "%s", made);
	token_hash(text, hash);
	code_forget(made);
	explicit_bzero(raw, sizeof raw);
}
