#include "config.h"

#include "server/jwt_guard.h"

#include <jansson.h>
#include <jwt.h>
#include <stdlib.h>
#include <string.h>

#include "base/uuid.h"
#include "client/private.h"
#include "server/keyring.h"

enum { SIGNATURE = 43 }; /* 32 bytes */

struct parts { const char *at[3]; size_t len[3]; };

/* 1. Two dots, three parts, the one alphabet. */
static bool cut(const char *text, size_t len, struct parts *p)
{
	int n = 0;

	*p = (struct parts){ .at = { text } };
	if (!text || len == 0 || len > JWT_MOST)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (c != '.') {
			if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
			    c == '_'))
				return false;
			p->len[n]++;
		} else if (n == 2 || p->len[n] == 0) {
			return false;
		} else {
			p->at[++n] = text + i + 1;
		}
	}
	return n == 2 && p->len[2] == SIGNATURE;
}

static json_t *part(const struct parts *p, int i)
{
	unsigned char raw[JWT_MOST];
	int n = base64url_bytes(p->at[i], p->len[i], raw);
	json_t *json = n > 0 ? json_loadb((const char *)raw, (size_t)n, JSON_REJECT_DUPLICATES, NULL) : NULL;

	if (json_is_object(json))
		return json;
	json_decref(json);
	return NULL;
}

static const char *text_of(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static bool says(const json_t *o, const char *name, const char *want)
{
	const char *s = text_of(o, name);

	return s && strcmp(s, want) == 0;
}

/* 2. and 3. Three members and no more, so that no crit, jku, jwk or x5u is ever looked at; the key by its name. */
static const struct ring_key *key_of(const struct auth_ring *ring, const struct parts *p)
{
	json_t *head = part(p, 0);
	const struct ring_key *key = NULL;

	if (head && json_object_size(head) == 3 && says(head, "alg", "HS256") && says(head, "typ", "JWT") &&
	    text_of(head, "kid"))
		key = ring_key(ring, text_of(head, "kid"));
	json_decref(head);
	return key && key->len >= RING_KEY_LEAST ? key : NULL;
}

/* 5. The signature: libjwt makes its own and compares the texts. It wants an ended string. */
static bool is_signed(const struct ring_key *key, const char *text, size_t len)
{
	char copy[JWT_MOST + 1];
	jwt_t *jwt = NULL;

	memcpy(copy, text, len);
	copy[len] = '\0';
	bool good = jwt_decode(&jwt, copy, key->raw, key->len) == 0 && jwt && jwt_get_alg(jwt) == JWT_ALG_HS256;
	jwt_free(jwt);
	return good;
}

static bool take_uuid(const json_t *claims, const char *name, char to[static 37])
{
	const char *s = text_of(claims, name);

	if (!s || strlen(s) != UUID_LEN || !uuid_valid(s))
		return false;
	memcpy(to, s, UUID_LEN + 1);
	return true;
}

/* Seconds from 2001 to 2100: an integer of JSON, not 1e9 and not "1". */
static bool take_time(const json_t *claims, const char *name, int64_t *to)
{
	const json_t *v = json_object_get(claims, name);

	*to = json_integer_value(v);
	return json_is_integer(v) && *to > 978307200 && *to < 4102444800;
}

static bool take_amr(const json_t *claims, char *to, size_t size)
{
	const json_t *list = json_object_get(claims, "amr"), *word;
	size_t i, used = 0;

	if (!json_is_array(list) || json_array_size(list) == 0)
		return false;
	json_array_foreach(list, i, word) {
		const char *s = json_string_value(word);
		size_t n = s ? strlen(s) : 0;
		if (n == 0 || used + n + 2 > size || strspn(s, "abcdefghijklmnopqrstuvwxyz") != n)
			return false;
		if (used > 0)
			to[used++] = ' ';
		memcpy(to + used, s, n + 1);
		used += n;
	}
	return true;
}

/*
 * 6. The claims, from the text that was signed: what libjwt parsed has already forgotten the first of two of a name,
 * and reads a time that is text as 0.
 */
static bool take_claims(const struct auth_ring *ring, const json_t *claims, struct token *t)
{
	return says(claims, "iss", ring_issuer(ring)) && says(claims, "aud", TOKEN_AUDIENCE) &&
	    says(claims, "use", TOKEN_USE) && take_uuid(claims, "sub", t->sub) && take_uuid(claims, "sid", t->sid) &&
	    take_uuid(claims, "jti", t->jti) && take_time(claims, "iat", &t->iat) && take_time(claims, "nbf", &t->nbf) &&
	    take_time(claims, "exp", &t->exp) && take_time(claims, "auth_time", &t->auth_time) &&
	    take_amr(claims, t->amr, sizeof t->amr) && t->exp > t->iat && t->exp - t->iat <= JWT_LIFE_MOST &&
	    t->auth_time <= t->iat + JWT_SKEW;
}

enum auth jwt_guard(const struct auth_ring *ring, const char *text, size_t len, int64_t now, struct token *t)
{
	const struct ring_key *key;
	struct parts p;
	json_t *claims;
	enum auth is = AUTH_INVALID;

	*t = (struct token){ 0 };
	if (!cut(text, len, &p) || !(key = key_of(ring, &p)) || !is_signed(key, text, len))
		return is;
	claims = part(&p, 1);
	if (claims && take_claims(ring, claims, t) && t->iat <= now + JWT_SKEW && t->nbf <= now + JWT_SKEW)
		is = t->exp + JWT_SKEW > now ? AUTH_OK : AUTH_EXPIRED;
	json_decref(claims);
	if (is == AUTH_INVALID)
		*t = (struct token){ 0 };
	return is;
}
