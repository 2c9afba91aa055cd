/* The second factor: codes by RFC 6238's own table, each once; sealed secrets, recovery codes, the token between. */
#include "config.h"

#include <ctype.h>

#include "base/mem.h"
#include "client/private.h"
#include "server/mfa.h"
#include "server/totp.h"
#include "tests/ringtest.h"

#define USER "00000000-0000-7000-8000-000000000001"
#define OTHER "00000000-0000-7000-8000-000000000002"

static const unsigned char rfc_secret[] = "12345678901234567890";

/* RFC 6238, appendix B: eight digits there, the last six here. */
static const struct { int64_t at; const char *code; } rfc[] = {
	{ 59, "287082" }, { 1111111109, "081804" }, { 1111111111, "050471" }, { 1234567890, "005924" },
	{ 2000000000, "279037" }, { 20000000000, "353130" },
};

static void rfc_vectors(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rfc); i++) {
		CU_ASSERT_EQUAL(totp_check(rfc_secret, rfc[i].code, rfc[i].at, 0), rfc[i].at / 30);
		CU_ASSERT_EQUAL(totp_check(rfc_secret, rfc[i].code, rfc[i].at + 30, 0), rfc[i].at / 30); /* the step before */
		CU_ASSERT_EQUAL(totp_check(rfc_secret, rfc[i].code, rfc[i].at + 60, 0), -1);
		CU_ASSERT_EQUAL(totp_check(rfc_secret, rfc[i].code, rfc[i].at - 30, 0), -1);
	}
}

static void once(void)
{
	int64_t step = rfc[3].at / 30;

	CU_ASSERT_EQUAL(totp_check(rfc_secret, rfc[3].code, rfc[3].at, step - 1), step);
	CU_ASSERT_EQUAL(totp_check(rfc_secret, rfc[3].code, rfc[3].at, step), -1);
	CU_ASSERT_EQUAL(totp_check(rfc_secret, rfc[3].code, rfc[3].at + 30, step), -1);
}

static void no_codes(void)
{
	static const char *const bad[] = { "", "0", "05924", "0005924", "00592 ", " 05924", "005924\n", "-05924", "0x5924",
		"89005924", "００５９２４" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT_EQUAL(totp_check(rfc_secret, bad[i], rfc[3].at, 0), -1);
}

static void uri(void)
{
	char *text = totp_uri(rfc_secret, "aigerim"), *base32 = totp_base32(rfc_secret);

	CU_ASSERT_STRING_EQUAL(base32, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
	CU_ASSERT_STRING_EQUAL(text, "otpauth://totp/Domovoi:aigerim?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	    "&issuer=Domovoi&algorithm=SHA1&digits=6&period=30");
	free(text);
	free(base32);
}

static void sealing(void)
{
	struct auth_ring *ring = ring_of("k1 " KEY_A "\n", "1 " KEY_A "\n"), *newer, *other;
	unsigned char secret[TOTP_SECRET], back[TOTP_SECRET];

	newer = ring_of("k1 " KEY_A "\n", "1 " KEY_A "\n2 " KEY_B "\n");
	other = ring_of("k1 " KEY_A "\n", "1 " KEY_B "\n");
	totp_secret(secret);
	char *sealed = totp_seal(ring, USER, secret), *fresh = totp_seal(newer, USER, secret);
	CU_ASSERT_TRUE(totp_open(ring, USER, sealed, back));
	CU_ASSERT_EQUAL(memcmp(secret, back, TOTP_SECRET), 0);
	CU_ASSERT_TRUE(totp_open(newer, USER, sealed, back));
	CU_ASSERT_TRUE(totp_open(newer, USER, fresh, back));
	CU_ASSERT_FALSE(totp_open(ring, USER, fresh, back));
	CU_ASSERT_FALSE(totp_open(ring, OTHER, sealed, back));
	CU_ASSERT_FALSE(totp_open(other, USER, sealed, back));
	for (size_t i = 0; sealed[i]; i++) {
		char was = sealed[i];
		sealed[i] = was == '0' ? '1' : '0';
		CU_ASSERT_FALSE(totp_open(ring, USER, sealed, back));
		sealed[i] = was;
	}
	sealed[strlen(sealed) - 2] = '\0';
	CU_ASSERT_FALSE(totp_open(ring, USER, sealed, back));
	free(sealed);
	free(fresh);
	auth_ring_free(ring);
	auth_ring_free(newer);
	auth_ring_free(other);
}

static void recovery(void)
{
	struct auth_ring *ring = ring_of("k1 " KEY_A "\n", "1 " KEY_A "\n2 " KEY_B "\n");
	char *code = recovery_code(), *hash = recovery_hash(ring, USER, code), *all = recovery_hashes(ring, USER, code);
	char loose[32] = " ";

	CU_ASSERT_EQUAL(strlen(code), 11);
	CU_ASSERT_EQUAL(code[5], '-');
	for (size_t i = 0; code[i]; i++)
		loose[1 + i] = (char)(code[i] == '-' ? ' ' : toupper((unsigned char)code[i]));
	char *same = recovery_hash(ring, USER, loose), *other = recovery_hash(ring, OTHER, code);
	CU_ASSERT_STRING_EQUAL(hash, same);
	CU_ASSERT_STRING_NOT_EQUAL(hash, other);
	CU_ASSERT_PTR_NOT_NULL(strstr(all, hash));
	CU_ASSERT_EQUAL(strlen(all), 2 * (strlen(hash) + 3) + 3);
	free(code);
	free(hash);
	free(all);
	free(same);
	free(other);
	auth_ring_free(ring);
}

static void between(void)
{
	struct auth_ring *ring = ring_of("k1 " KEY_A "\n", "1 " KEY_A "\n"), *other = ring_of("k1 " KEY_A "\n", KEY_B);
	char *token = mfa_make(ring, USER, "aigerim", "$2b$12$x", 1000);
	struct mfa m;

	CU_ASSERT_TRUE(mfa_read(ring, token, 1000 + MFA_SECONDS - 1, &m));
	CU_ASSERT_TRUE(mfa_holds(ring, &m, "$2b$12$x"));
	CU_ASSERT_FALSE(mfa_holds(ring, &m, "$2b$12$y"));
	CU_ASSERT_FALSE(mfa_holds(ring, &m, NULL));
	CU_ASSERT_PTR_NULL(strstr(token, "$2b"));
	CU_ASSERT_STRING_EQUAL(m.user, USER);
	CU_ASSERT_STRING_EQUAL(m.login, "aigerim");
	CU_ASSERT_FALSE(mfa_read(ring, token, 1000 + MFA_SECONDS, &m));
	CU_ASSERT_FALSE(mfa_read(other, token, 1000, &m));
	for (size_t i = 0; token[i]; i++) {
		char was = token[i];
		for (int c = 1; c < 256; c++) {
			token[i] = (char)c;
			CU_ASSERT_EQUAL(mfa_read(ring, token, 1000, &m), (char)c == was);
		}
		token[i] = was;
	}
	CU_ASSERT_FALSE(mfa_read(ring, "", 1000, &m));
	free(token);
	char *letters = mfa_make(ring, USER, "a b", "$2b$12$x", 1000);
	CU_ASSERT_TRUE(mfa_read(ring, letters, 1000, &m));
	CU_ASSERT_STRING_EQUAL(m.login, "a b");
	free(letters);
	auth_ring_free(ring);
	auth_ring_free(other);
}

TESTS("test_totp", T(rfc_vectors), T(once), T(no_codes), T(uri), T(sealing), T(recovery), T(between))
