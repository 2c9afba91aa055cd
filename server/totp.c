#include "config.h"

#include "server/totp.h"

#include <ctype.h>
#include <liboath/oath.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "client/private.h"
#include "client/secret.h"

enum { FORMAT = 1, NONCE = 12, TAG = 16, START = 3 + NONCE, SEALED = START + TOTP_SECRET + TAG };

static void begin_oath(void)
{
	if (oath_init() != OATH_OK)
		die("liboath does not start");
}

static void need_oath(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, begin_oath);
}

/* ---- codes ------------------------------------------------------------------------------------------------ */

void totp_secret(unsigned char secret[static TOTP_SECRET])
{
	private_random(secret, TOTP_SECRET);
}

char *totp_base32(const unsigned char secret[static TOTP_SECRET])
{
	char *text = NULL;

	need_oath();
	if (oath_base32_encode((const char *)secret, TOTP_SECRET, &text, NULL) != OATH_OK)
		die("liboath cannot write base32");
	return text;
}

char *totp_uri(const unsigned char secret[static TOTP_SECRET], const char *login)
{
	char *text = totp_base32(secret), *uri = xasprintf(
	    "otpauth://totp/Domovoi:%s?secret=%s&issuer=Domovoi&algorithm=SHA1&digits=%d&period=%d", login, text,
	    TOTP_DIGITS, TOTP_STEP);

	code_forget(text);
	return uri;
}

int64_t totp_check(const unsigned char secret[static TOTP_SECRET], const char *code, int64_t now, int64_t last)
{
	int64_t present = now / TOTP_STEP, found = -1;
	char want[TOTP_DIGITS + 1];

	need_oath();
	if (strlen(code) != TOTP_DIGITS || strspn(code, "0123456789") != TOTP_DIGITS)
		return -1;
	for (int64_t step = present; step >= present - 1; step--) {
		if (oath_totp_generate((const char *)secret, TOTP_SECRET, (time_t)(step * TOTP_STEP), TOTP_STEP,
		    OATH_TOTP_DEFAULT_START_TIME, TOTP_DIGITS, want) != OATH_OK)
			die("liboath cannot make a code");
		if (CRYPTO_memcmp(want, code, TOTP_DIGITS) == 0 && step > last && found < 0)
			found = step;
	}
	explicit_bzero(want, sizeof want);
	return found;
}

/* ---- sealing ---------------------------------------------------------------------------------------------- */

static char *to_hex(const unsigned char *raw, size_t n)
{
	char *text = xmalloc(2 * n + 3);

	memcpy(text, "\\x", 3);
	for (size_t i = 0; i < n; i++)
		snprintf(text + 2 + 2 * i, 3, "%02x", raw[i]);
	return text;
}

static bool from_hex(const char *text, unsigned char *raw, size_t n)
{
	if (strncmp(text, "\\x", 2) != 0 || strlen(text) != 2 + 2 * n || strspn(text + 2, "0123456789abcdef") != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char pair[3] = { text[2 + 2 * i], text[3 + 2 * i], '\0' };
		raw[i] = (unsigned char)strtoul(pair, NULL, 16);
	}
	return true;
}

static char *place_of(const char *user)
{
	return xasprintf("domovoi totp %s", user);
}

char *totp_seal(const struct auth_ring *ring, const char *user, const unsigned char secret[static TOTP_SECRET])
{
	int version = pepper_newest(ring_pepper(ring)), n;
	unsigned char key[32], out[SEALED] = { FORMAT, (unsigned char)(version >> 8), (unsigned char)version };
	char *aad = place_of(user);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();

	private_random(out + 3, NONCE);
	if (!c || !ring_derive(ring, version, "totp", key) ||
	    EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, out + 3) != 1 ||
	    EVP_EncryptUpdate(c, NULL, &n, (const unsigned char *)aad, (int)strlen(aad)) != 1 ||
	    EVP_EncryptUpdate(c, out + START, &n, secret, TOTP_SECRET) != 1 ||
	    EVP_EncryptFinal_ex(c, out + START + n, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, out + START + TOTP_SECRET) != 1)
		die("a secret could not be sealed");
	EVP_CIPHER_CTX_free(c);
	explicit_bzero(key, sizeof key);
	free(aad);
	return to_hex(out, sizeof out);
}

bool totp_open(const struct auth_ring *ring, const char *user, const char *sealed,
    unsigned char secret[static TOTP_SECRET])
{
	unsigned char key[32], raw[SEALED];
	int n;

	if (!from_hex(sealed, raw, SEALED) || raw[0] != FORMAT || !ring_derive(ring, raw[1] << 8 | raw[2], "totp", key))
		return false;
	char *aad = place_of(user);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	bool good = c && EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, raw + 3) == 1 &&
	    EVP_DecryptUpdate(c, NULL, &n, (const unsigned char *)aad, (int)strlen(aad)) == 1 &&
	    EVP_DecryptUpdate(c, secret, &n, raw + START, TOTP_SECRET) == 1 &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG, raw + START + TOTP_SECRET) == 1 &&
	    EVP_DecryptFinal_ex(c, secret + n, &n) == 1;
	EVP_CIPHER_CTX_free(c);
	free(aad);
	explicit_bzero(key, sizeof key);
	if (!good)
		explicit_bzero(secret, TOTP_SECRET);
	return good;
}

/* ---- recovery codes --------------------------------------------------------------------------------------- */

char *recovery_code(void)
{
	char *made = password_invent(); /* groups of five; two of them are a code */

	explicit_bzero(made + 11, strlen(made + 11));
	return made;
}

static char *hash_under(const struct auth_ring *ring, int version, const char *user, const char *code)
{
	unsigned char mac[32];
	struct strbuf text = { 0 };
	char *hex = NULL;

	strbuf_printf(&text, "recovery %s ", user);
	for (const char *p = code; *p && text.len < 200; p++)
		if (*p != '-' && *p != ' ')
			strbuf_putc(&text, (char)tolower((unsigned char)*p));
	if (pepper_mac(ring_pepper(ring), version, strbuf_str(&text), mac))
		hex = to_hex(mac, sizeof mac);
	explicit_bzero(text.s, text.len);
	strbuf_free(&text);
	return hex;
}

char *recovery_hash(const struct auth_ring *ring, const char *user, const char *code)
{
	return hash_under(ring, pepper_newest(ring_pepper(ring)), user, code);
}

char *recovery_hashes(const struct auth_ring *ring, const char *user, const char *code)
{
	const struct pepper *p = ring_pepper(ring);
	struct strbuf all = { 0 };

	for (int i = 0; i < pepper_count(p); i++) {
		char *hex = hash_under(ring, pepper_version(p, i), user, code);
		strbuf_printf(&all, "%s\"\\%s\"", i > 0 ? "," : "{", hex); /* a backslash of an array is written twice */
		free(hex);
	}
	strbuf_putc(&all, '}');
	return strbuf_steal(&all);
}
