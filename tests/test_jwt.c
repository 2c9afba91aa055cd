/*
 * The guard of access tokens: a corpus of what others have let through (research/api.md T13), each signed with the right
 * key where that makes it worse, and good tokens with bytes changed. None is accepted, and each is refused alike.
 */
#include "config.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "client/private.h"
#include "server/jwt_guard.h"
#include "tests/ringtest.h"

enum { NOW = 1781600000 };
#define USER "00000000-0000-7000-8000-000000000001"
#define LOGIN "00000000-0000-7000-8000-000000000002"
#define JTI "00000000-0000-7000-8000-000000000003"
#define HEAD "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1\"}"
#define TIMES "\"iat\":1781600000,\"nbf\":1781600000,\"exp\":1781600600,\"auth_time\":1781600000"
#define WHO "\"sub\":\"" USER "\",\"sid\":\"" LOGIN "\",\"jti\":\"" JTI "\""
#define FROM "\"iss\":\"" ISSUER "\",\"aud\":\"domovoi-api\",\"use\":\"access\",\"amr\":[\"pwd\"]"
#define BODY "{" FROM "," WHO "," TIMES "}"

static const unsigned char key_a[32] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
	22, 23, 24, 25, 26, 27, 28, 29, 30, 31 };

static struct auth_ring *ring;

static char *part(const char *text, size_t n)
{
	return base64url_text((const unsigned char *)text, n);
}

/* head.body.signature, signed with HMAC of `md` and these bytes, whatever head and body say; caller frees */
static char *sign(const char *head, size_t headlen, const char *body, size_t bodylen, const EVP_MD *md,
    const void *key, int keylen)
{
	char *h = part(head, headlen), *b = part(body, bodylen), *text = xasprintf("%s.%s", h, b);
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	HMAC(md, key, keylen, (const unsigned char *)text, strlen(text), mac, &n);
	char *s = part((const char *)mac, n), *token = xasprintf("%s.%s", text, s);
	free(h);
	free(b);
	free(s);
	free(text);
	return token;
}

static char *token_of(const char *head, const char *body)
{
	return sign(head, strlen(head), body, strlen(body), EVP_sha256(), key_a, sizeof key_a);
}

static enum auth guard_at(const char *token, size_t len, int64_t now)
{
	struct token t;
	enum auth is = jwt_guard(ring, token, len, now, &t);

	CU_ASSERT((is == AUTH_INVALID) == (t.sub[0] == '\0'));
	return is;
}

static void expect(enum auth want, char *token, const char *what)
{
	enum auth is = guard_at(token, strlen(token), NOW);

	if (is != want)
		printf("\n  %s: %d instead of %d\n", what, is, want);
	CU_ASSERT_EQUAL(is, want);
	free(token);
}

static void good_ones(void)
{
	static const char *const bodies[] = { BODY, "{" TIMES "," WHO "," FROM "}", "{" FROM "," WHO "," TIMES ",\"later\":1}",
		" {" FROM ", " WHO ", " TIMES "}\n" };
	struct token t;

	ring = ring_of("k1 " KEY_A "\nk2 " KEY_B "\n", KEY_B);
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
		expect(AUTH_OK, token_of(HEAD, bodies[i]), bodies[i]);
	expect(AUTH_OK, token_of("{\"kid\":\"k1\",\"typ\":\"JWT\",\"alg\":\"HS256\"}", BODY), "another order");
	char *token = token_make(ring, USER, LOGIN, NOW - 100, "pwd otp", NOW);
	CU_ASSERT_EQUAL(jwt_guard(ring, token, strlen(token), NOW + 300, &t), AUTH_OK);
	CU_ASSERT_STRING_EQUAL(t.sub, USER);
	CU_ASSERT_STRING_EQUAL(t.sid, LOGIN);
	CU_ASSERT_STRING_EQUAL(t.amr, "pwd otp");
	CU_ASSERT_EQUAL(t.auth_time, NOW - 100);
	CU_ASSERT_EQUAL(t.exp - t.iat, TOKEN_SECONDS);
	free(token);
	auth_ring_free(ring);
}

static void bad_heads(void)
{
	static const char *const heads[] = {
		"{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"k1\"}", "{\"alg\":\"nOnE\",\"typ\":\"JWT\",\"kid\":\"k1\"}",
		"{\"alg\":\"hs256\",\"typ\":\"JWT\",\"kid\":\"k1\"}", "{\"alg\":\"HS384\",\"typ\":\"JWT\",\"kid\":\"k1\"}",
		"{\"alg\":\"HS512\",\"typ\":\"JWT\",\"kid\":\"k1\"}", "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"k1\"}",
		"{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"k1\"}", "{\"alg\":\"PS256\",\"typ\":\"JWT\",\"kid\":\"k1\"}",
		"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"k1\"}", "{\"alg\":\"\",\"typ\":\"JWT\",\"kid\":\"k1\"}",
		"{\"alg\":null,\"typ\":\"JWT\",\"kid\":\"k1\"}", "{\"alg\":[\"HS256\"],\"typ\":\"JWT\",\"kid\":\"k1\"}",
		"{\"alg\":\"HS256 \",\"typ\":\"JWT\",\"kid\":\"k1\"}", "{\"typ\":\"JWT\",\"kid\":\"k1\"}",
		"{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"k1\"}", "{\"alg\":\"HS256\",\"typ\":\"jwt\",\"kid\":\"k1\"}",
		"{\"alg\":\"HS256\",\"kid\":\"k1\"}", "{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"\"}", "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k9\"}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":1}", "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":null}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"../../dev/null\"}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1' or '1'='1\"}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1\\u0000\"}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"K1\"}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1\",\"crit\":[\"exp\"]}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1\",\"jku\":\"https://example.org/keys\"}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1\",\"x5u\":\"https://example.org/cert\"}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1\",\"b64\":false}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1\",\"cty\":\"JWT\"}",
		"{\"alg\":\"none\",\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1\"}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k9\",\"kid\":\"k1\"}",
		"[\"alg\",\"HS256\"]", "\"HS256\"", "null", "{}", "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1\"",
		(HEAD "x"), (HEAD HEAD), ("\xef\xbb\xbf" HEAD), "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"\xff\"}",
	};

	ring = ring_of("k1 " KEY_A "\n", KEY_B);
	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		expect(AUTH_INVALID, token_of(heads[i], BODY), heads[i]);
	auth_ring_free(ring);
}

static void bad_claims(void)
{
#define AT(iat, nbf, exp) "{" FROM "," WHO ",\"iat\":" iat ",\"nbf\":" nbf ",\"exp\":" exp ",\"auth_time\":1781600000}"
#define IN "1781600000"
#define OUT "1781600600"
	static const char *const bodies[] = {
		AT(IN, IN, "\"1781600600\""), AT(IN, IN, "1781600600.0"), AT(IN, IN, "1.7816006e9"), AT(IN, IN, "1e300"),
		AT(IN, IN, "-1"), AT(IN, IN, "0"), AT(IN, IN, "null"), AT(IN, IN, "true"), AT(IN, IN, "[1781600600]"),
		AT(IN, IN, "99999999999999999999"), AT(IN, IN, "9223372036854775807"), AT(IN, IN, "1781600901"),
		AT(IN, IN, "1781600000"), AT(IN, IN, "1781599999"), AT("\"1781600000\"", IN, OUT), AT("1781600000.5", IN, OUT),
		AT("-5", IN, OUT), AT("1781600031", IN, OUT), AT(IN, "\"1781600000\"", OUT), AT(IN, "1781600031", OUT),
		AT(IN, "1e9", OUT), AT("0", "0", "1"),
		"{" FROM "," WHO ",\"nbf\":" IN ",\"exp\":" OUT ",\"auth_time\":" IN "}",
		"{" FROM "," WHO ",\"iat\":" IN ",\"exp\":" OUT ",\"auth_time\":" IN "}",
		"{" FROM "," WHO ",\"iat\":" IN ",\"nbf\":" IN ",\"auth_time\":" IN "}",
		"{" FROM "," WHO ",\"iat\":" IN ",\"nbf\":" IN ",\"exp\":" OUT "}",
		"{" FROM "," WHO ",\"iat\":" IN ",\"nbf\":" IN ",\"exp\":" OUT ",\"auth_time\":1781600100}",
		"{" FROM ",\"sid\":\"" LOGIN "\",\"jti\":\"" JTI "\"," TIMES "}",
		"{" FROM ",\"sub\":\"" USER "\",\"jti\":\"" JTI "\"," TIMES "}",
		"{" FROM ",\"sub\":\"" USER "\",\"sid\":\"" LOGIN "\"," TIMES "}",
		"{" FROM ",\"sub\":\"1\",\"sid\":\"" LOGIN "\",\"jti\":\"" JTI "\"," TIMES "}",
		"{" FROM ",\"sub\":\"" USER "' \",\"sid\":\"" LOGIN "\",\"jti\":\"" JTI "\"," TIMES "}",
		"{" FROM ",\"sub\":1,\"sid\":\"" LOGIN "\",\"jti\":\"" JTI "\"," TIMES "}",
		"{\"aud\":\"domovoi-api\",\"use\":\"access\",\"amr\":[\"pwd\"]," WHO "," TIMES "}",
		"{\"iss\":\"" ISSUER "\",\"use\":\"access\",\"amr\":[\"pwd\"]," WHO "," TIMES "}",
		"{\"iss\":\"" ISSUER "\",\"aud\":\"domovoi-api\",\"amr\":[\"pwd\"]," WHO "," TIMES "}",
		"{\"iss\":\"" ISSUER "\",\"aud\":\"domovoi-api\",\"use\":\"access\"," WHO "," TIMES "}",
		"{\"iss\":\"" ISSUER "/\",\"aud\":\"domovoi-api\",\"use\":\"access\",\"amr\":[\"pwd\"]," WHO "," TIMES "}",
		"{\"iss\":\"" ISSUER "\",\"aud\":\"other\",\"use\":\"access\",\"amr\":[\"pwd\"]," WHO "," TIMES "}",
		"{\"iss\":\"" ISSUER "\",\"aud\":[\"domovoi-api\"],\"use\":\"access\",\"amr\":[\"pwd\"]," WHO "," TIMES "}",
		"{\"iss\":\"" ISSUER "\",\"aud\":\"domovoi-api\",\"use\":\"mfa\",\"amr\":[\"pwd\"]," WHO "," TIMES "}",
		"{\"iss\":\"" ISSUER "\",\"aud\":\"domovoi-api\",\"use\":\"refresh\",\"amr\":[\"pwd\"]," WHO "," TIMES "}",
		"{\"iss\":\"" ISSUER "\",\"aud\":\"domovoi-api\",\"use\":\"access\",\"amr\":\"pwd\"," WHO "," TIMES "}",
		"{\"iss\":\"" ISSUER "\",\"aud\":\"domovoi-api\",\"use\":\"access\",\"amr\":[]," WHO "," TIMES "}",
		"{\"exp\":1781600601," FROM "," WHO "," TIMES "}", "{\"sub\":\"" JTI "\"," FROM "," WHO "," TIMES "}",
		"{" FROM "," WHO "," TIMES ",\"iss\":\"" ISSUER "\"}", BODY "x", BODY BODY, "[]", "null", "{}",
		"{" FROM "," WHO "," TIMES ",\"x\":\"\\u0000\"}", "{" FROM "," WHO "," TIMES ",\"x\":\"\xc3\x28\"}",
	};

	ring = ring_of("k1 " KEY_A "\n", KEY_B);
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
		expect(AUTH_INVALID, token_of(HEAD, bodies[i]), bodies[i]);
	auth_ring_free(ring);
}

/* Bodies as they would be sent, not made of parts. */
static void bad_forms(void)
{
	ring = ring_of("k1 " KEY_A "\n", KEY_B);
	char *good = token_of(HEAD, BODY), *dot1 = strchr(good, '.'), *dot2 = strrchr(good, '.');
	int head = (int)(dot1 - good), body = (int)(dot2 - good);
	char *bad[] = { xstrdup(""), xstrdup("."), xstrdup(".."), xstrdup("..."), xstrdup("a.b.c"),
		xasprintf("%.*s", body, good), xasprintf("%.*s.", body, good), xasprintf("%s.", good), xasprintf(".%s", good),
		xasprintf("%s.x", good), xasprintf("%s.x.y", good), xasprintf("%.*s..%s", head, good, dot2 + 1),
		xasprintf(".%.*s%s", body - head - 1, dot1 + 1, dot2), xasprintf("%s=", good), xasprintf("%s==", good),
		xasprintf("%.*s=%s", head, good, dot1), xasprintf("%s ", good), xasprintf(" %s", good),
		xasprintf("%s\n", good), xasprintf("%s\t", good), xasprintf("%s%%00", good), xasprintf("%sA", good),
		xasprintf("%sAAAA", good), xasprintf("%.*s", (int)strlen(good) - 1, good),
		xasprintf("%.*s", (int)strlen(good) - 22, good), xasprintf("%.*s.A", body, good),
		xasprintf("%.*s.%043d", body, good, 0), xasprintf("%.*s+%s", body, good, dot2 + 1),
		xasprintf("Bearer %s", good), xasprintf("%s,%s", good, good), xasprintf("\"%s\"", good),
		sign(HEAD, strlen(HEAD), BODY, strlen(BODY), EVP_sha256(), "", 0),
		sign(HEAD, strlen(HEAD), BODY, strlen(BODY), EVP_sha256(), key_a, 31),
		sign(HEAD, strlen(HEAD), BODY, strlen(BODY), EVP_sha384(), key_a, 32),
		sign(HEAD, strlen(HEAD), BODY, strlen(BODY), EVP_sha512(), key_a, 32),
		sign(HEAD, strlen(HEAD), BODY, strlen(BODY), EVP_sha1(), key_a, 32),
		sign(HEAD, strlen(HEAD), BODY, strlen(BODY), EVP_sha256(), KEY_A, strlen(KEY_A)),
		sign(HEAD "\0", strlen(HEAD) + 1, BODY, strlen(BODY), EVP_sha256(), key_a, 32),
		sign(HEAD, strlen(HEAD), BODY "\0", strlen(BODY) + 1, EVP_sha256(), key_a, 32) };

	CU_ASSERT_EQUAL(guard_at(good, strlen(good), NOW), AUTH_OK);
	CU_ASSERT_EQUAL(guard_at(good, strlen(good) + 1, NOW), AUTH_INVALID); /* the NUL counts */
	CU_ASSERT_EQUAL(guard_at(NULL, 0, NOW), AUTH_INVALID);
	free(good);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		expect(AUTH_INVALID, bad[i], "a form");
	auth_ring_free(ring);
}

/* Signed as it should be, and one byte too long, or nine million (libjwt 1.10 alone overruns its stack). */
static void too_long(void)
{
	ring = ring_of("k1 " KEY_A "\n", KEY_B);
	for (size_t pad = 2500; pad < 2700; pad++) {
		char *body = xasprintf("{" FROM "," WHO "," TIMES ",\"x\":\"%0*d\"}", (int)pad, 0);
		char *token = token_of(HEAD, body);
		CU_ASSERT_EQUAL(guard_at(token, strlen(token), NOW), strlen(token) <= JWT_MOST ? AUTH_OK : AUTH_INVALID);
		free(token);
		free(body);
	}
	size_t n = 9 << 20;
	char *huge = xmalloc(n);
	memset(huge, 'A', n);
	CU_ASSERT_EQUAL(guard_at(huge, n, NOW), AUTH_INVALID);
	huge[20] = huge[n - 44] = '.';
	CU_ASSERT_EQUAL(guard_at(huge, n, NOW), AUTH_INVALID);
	free(huge);
	auth_ring_free(ring);
}

static void times(void)
{
	ring = ring_of("k1 " KEY_A "\n", KEY_B);
	char *t = token_make(ring, USER, LOGIN, NOW, "pwd", NOW);
	size_t n = strlen(t);

	CU_ASSERT_EQUAL(guard_at(t, n, NOW - JWT_SKEW), AUTH_OK);
	CU_ASSERT_EQUAL(guard_at(t, n, NOW - JWT_SKEW - 1), AUTH_INVALID);
	CU_ASSERT_EQUAL(guard_at(t, n, NOW + TOKEN_SECONDS + JWT_SKEW - 1), AUTH_OK);
	CU_ASSERT_EQUAL(guard_at(t, n, NOW + TOKEN_SECONDS + JWT_SKEW), AUTH_EXPIRED);
	CU_ASSERT_EQUAL(guard_at(t, n, NOW + 100 * 86400), AUTH_EXPIRED);
	t[n - 1] = t[n - 1] == 'A' ? 'E' : 'A';
	CU_ASSERT_EQUAL(guard_at(t, n, NOW + 100 * 86400), AUTH_INVALID);
	free(t);
	auth_ring_free(ring);
}

static void rotation(void)
{
	ring = ring_of("k1 " KEY_A "\n", KEY_B);
	char *old = token_make(ring, USER, LOGIN, NOW, "pwd", NOW);
	auth_ring_free(ring);
	ring = ring_of("# two phases\nk2 " KEY_B "\n\nk1 " KEY_A "\n", KEY_B);
	CU_ASSERT_EQUAL(guard_at(old, strlen(old), NOW), AUTH_OK);
	char *fresh = token_make(ring, USER, LOGIN, NOW, "pwd", NOW);
	auth_ring_free(ring);
	ring = ring_of("k2 " KEY_B "\n", KEY_B);
	CU_ASSERT_EQUAL(guard_at(old, strlen(old), NOW), AUTH_INVALID);
	CU_ASSERT_EQUAL(guard_at(fresh, strlen(fresh), NOW), AUTH_OK);
	auth_ring_free(ring);
	ring = ring_of("k2 " KEY_A "\n", KEY_B); /* the name alone is not enough */
	CU_ASSERT_EQUAL(guard_at(fresh, strlen(fresh), NOW), AUTH_INVALID);
	auth_ring_free(ring);
	free(old);
	free(fresh);
}

/* Every byte of a good token, changed: refused. */
static void one_byte(void)
{
	ring = ring_of("k1 " KEY_A "\n", KEY_B);
	char *t = token_make(ring, USER, LOGIN, NOW, "pwd", NOW);
	size_t n = strlen(t);
	int accepted = 0;

	for (size_t i = 0; i < n; i++) {
		char was = t[i];
		for (int c = 0; c < 256; c++)
			if ((char)c != was) {
				t[i] = (char)c;
				accepted += guard_at(t, n, NOW) != AUTH_INVALID;
			}
		t[i] = was;
	}
	CU_ASSERT_EQUAL(accepted, 0);
	CU_ASSERT_EQUAL(guard_at(t, n, NOW), AUTH_OK);
	free(t);
	auth_ring_free(ring);
}

static void mutate(char *t, size_t *n)
{
	size_t at = test_below((uint32_t)*n), some = 1 + test_below(8);

	switch (test_below(4)) {
	case 0: /* lose some */
		some = some > *n - at ? *n - at : some;
		memmove(t + at, t + at + some, *n - at - some);
		*n -= some;
		break;
	case 1: /* twice */
		some = some > *n - at ? *n - at : some;
		memmove(t + at + some, t + at, *n - at);
		*n += some;
		break;
	case 2: /* one for another */
		t[at] = (char)(t[at] ^ (1 + test_below(255)));
		break;
	default: /* two changed about */ {
		size_t with = test_below((uint32_t)*n);
		char c = t[at];
		t[at] = t[with];
		t[with] = c;
	}
	}
}

static void mutations(void)
{
	ring = ring_of("k1 " KEY_A "\n", KEY_B);
	char *good = token_make(ring, USER, LOGIN, NOW, "pwd", NOW), *t = xmalloc(JWT_MOST);

	for (int i = 0; i < test_count(20000); i++) {
		size_t n = strlen(good);
		memcpy(t, good, n);
		for (uint32_t k = 1 + test_below(3); k > 0 && n > 0; k--)
			mutate(t, &n);
		bool same = n == strlen(good) && memcmp(t, good, n) == 0;
		CU_ASSERT_EQUAL(guard_at(t, n, NOW), same ? AUTH_OK : AUTH_INVALID);
	}
	free(t);
	free(good);
	auth_ring_free(ring);
}

static void bearers(void)
{
#define SECRET "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP-"
	static const char *const bad[] = { "", "Bearer", "Bearer ", "Basic YTpi", "bearer  x", "Bearer dk_", "Bearer dk_x_y",
		"Bearer dk_" USER "_" SECRET "x", "Bearer dk_" USER "_" "short", "Bearer dk_" USER "-" SECRET,
		"Bearer dk_00000000-0000-7000-8000-00000000000g_" SECRET, "Bearer DK_" USER "_" SECRET,
		"Bearer dk_" USER "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP=", "Token dk_" USER "_" SECRET };
	struct identity who = { .company = 3 };
	char proof[65];

	ring = ring_of("k1 " KEY_A "\n", KEY_B);
	CU_ASSERT_EQUAL(auth_bearer(ring, NULL, NOW, &who, proof), AUTH_NOBODY);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CU_ASSERT_EQUAL(auth_bearer(ring, bad[i], NOW, &who, proof), AUTH_INVALID);
		CU_ASSERT(!who.user[0] && !who.login[0] && !who.key[0] && !proof[0] && who.auth_time == 0);
	}
	CU_ASSERT_EQUAL(auth_bearer(ring, "Bearer dk_" USER "_" SECRET, NOW, &who, proof), AUTH_OK);
	CU_ASSERT_STRING_EQUAL(who.key, USER);
	CU_ASSERT_STRING_EQUAL(who.user, "");
	/* printf %s SECRET | sha256sum */
	CU_ASSERT_STRING_EQUAL(proof, "47859fa8dd21f43894d7bd01f6dacc81d3ed74e2fdaf50edd38a68df86722016");
	char *t = token_make(ring, USER, LOGIN, NOW, "pwd", NOW), *header = xasprintf("bearer %s", t);
	CU_ASSERT_EQUAL(auth_bearer(ring, header, NOW, &who, proof), AUTH_OK);
	CU_ASSERT_STRING_EQUAL(who.user, USER);
	CU_ASSERT_STRING_EQUAL(who.login, LOGIN);
	CU_ASSERT_STRING_EQUAL(who.key, "");
	CU_ASSERT_EQUAL(who.auth_time, NOW);
	CU_ASSERT_EQUAL(who.company, 3);
	CU_ASSERT_EQUAL(auth_bearer(ring, header, NOW + 3600, &who, proof), AUTH_EXPIRED);
	CU_ASSERT_STRING_EQUAL(who.user, "");
	free(header);
	free(t);
	auth_ring_free(ring);
}

static void rings(void)
{
	static const char *const bad[] = { "", "# nothing\n", "k1 AAAA\n", "k1 " KEY_A "\nk1 " KEY_B "\n", "k/1 " KEY_A "\n",
		"k1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==\n", "k1 " KEY_A "x\n", "k1\n" };
	unsigned char a[32], b[32], c[32];
	struct err e = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CU_ASSERT_PTR_NULL(ring_try(bad[i], KEY_A, &e));
		CU_ASSERT_EQUAL(e.kind, ERR_FAILED);
		CU_ASSERT_PTR_NULL(strstr(e.text, "AAEC"));
	}
	CU_ASSERT_PTR_NULL(ring_try("k1 " KEY_A, "AAAA", &e));
	ring = ring_of("k1 " KEY_A "\n", KEY_B);
	auth_ring_derive(ring, "cursor", a);
	auth_ring_derive(ring, "totp", b);
	CU_ASSERT_NOT_EQUAL(memcmp(a, b, 32), 0);
	auth_ring_free(ring);
	ring = ring_of("k7 " KEY_B "\n", "2 " KEY_A "\n1 " KEY_B "\n"); /* not of the JWT keys, of the pepper's version */
	CU_ASSERT_TRUE(ring_derive(ring, 1, "cursor", c));
	CU_ASSERT_EQUAL(memcmp(a, c, 32), 0);
	auth_ring_derive(ring, "cursor", c);
	CU_ASSERT_NOT_EQUAL(memcmp(a, c, 32), 0);
	CU_ASSERT_FALSE(ring_derive(ring, 3, "cursor", c));
	auth_ring_free(ring);
}

TESTS("test_jwt", T(good_ones), T(bad_heads), T(bad_claims), T(bad_forms), T(too_long), T(times), T(rotation),
    T(one_byte), T(mutations), T(bearers), T(rings))
