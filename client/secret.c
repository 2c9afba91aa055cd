#include "config.h"

#include "client/secret.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utf8proc.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/private.h"

enum { FORMAT = 1, KEY = 32, NONCE = 12, TAG = 16, HEAD = 1 + NONCE, KEYS_MOST = 64 };

struct code_key {
	int version;
	unsigned char raw[KEY];
};
struct code_keys {
	int n, newest;
	struct code_key key[KEYS_MOST];
};

static bool refuse(struct err *e, enum err_kind kind, const char *remedy, const char *text)
{
	err_set(e, kind, "E-SEAL", NULL, remedy, "%s", text);
	return false;
}

/* ---- the key file ----------------------------------------------------------------------------------------- */

static const unsigned char *key_of(const struct code_keys *k, int version)
{
	for (int i = 0; i < k->n; i++)
		if (k->key[i].version == version)
			return k->key[i].raw;
	return NULL;
}

/* The file's own name of a line is the version of its key. */
static bool take_keys(struct code_keys *k, const struct private_key *key, int n)
{
	for (int i = 0; i < n; i++) {
		char *end;
		long version = strtol(key[i].name, &end, 10);

		if (*end || version < 1 || version > 999999 || key[i].len != KEY || key_of(k, (int)version))
			return false;
		k->key[k->n].version = (int)version;
		memcpy(k->key[k->n++].raw, key[i].raw, KEY);
		k->newest = version > k->newest ? (int)version : k->newest;
	}
	return true;
}

static bool make_key(const char *path, struct err *e)
{
	unsigned char raw[KEY];

	private_random(raw, KEY);
	char *text = base64_text(raw, KEY);
	bool good = private_make(path, text, e);
	OPENSSL_cleanse(raw, sizeof raw);
	code_forget(text);
	return good;
}

struct code_keys *code_keys_read(const char *path, bool make, struct err *e)
{
	struct private_key key[KEYS_MOST];
	struct code_keys *k = NULL;

	if (make && access(path, F_OK) < 0 && !make_key(path, e))
		return NULL;
	int n = private_keys(path, key, KEYS_MOST, e);
	if (n > 0) {
		k = xcalloc(1, sizeof *k);
		if (!take_keys(k, key, n)) {
			private_bad_line(path, e);
			code_keys_free(k);
			k = NULL;
		}
	}
	OPENSSL_cleanse(key, sizeof key);
	return k;
}

void code_keys_free(struct code_keys *k)
{
	if (!k)
		return;
	OPENSSL_cleanse(k, sizeof *k);
	free(k);
}

int code_keys_newest(const struct code_keys *k)
{
	return k->newest;
}

/* ---- sealing ---------------------------------------------------------------------------------------------- */

/* What is authenticated beside the text; allocated. */
static char *place_text(const struct code_place *at)
{
	return xasprintf("domovoi code %d|%s|%s", at->company, at->unit, at->kind);
}

static bool is_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		utf8proc_int32_t cp;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text + i, (utf8proc_ssize_t)(len - i), &cp);
		if (n < 1 || (cp < 32 && cp != '\n' && cp != '\t') || (cp >= 127 && cp < 160))
			return false;
		i += (size_t)n;
	}
	return true;
}

static bool encrypt(EVP_CIPHER_CTX *c, const unsigned char *key, const char *aad, const char *text, int len,
    unsigned char *out)
{
	int n;

	return EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, out + 1) == 1 &&
	    EVP_EncryptUpdate(c, NULL, &n, (const unsigned char *)aad, (int)strlen(aad)) == 1 &&
	    EVP_EncryptUpdate(c, out + HEAD, &n, (const unsigned char *)text, len) == 1 && n == len &&
	    EVP_EncryptFinal_ex(c, out + HEAD + n, &n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, out + HEAD + len) == 1;
}

char *code_seal(const struct code_keys *k, const struct code_place *at, const char *text, struct err *e)
{
	size_t len = strlen(text);
	unsigned char out[HEAD + CODE_MAX + TAG];
	char *sealed = NULL;

	if (len == 0 || len > CODE_MAX) {
		err_set(e, ERR_INVALID, "E-SEAL", "code", NULL, _("a code has 1 to %d bytes"), CODE_MAX);
		return NULL;
	}
	if (!is_text(text, len)) {
		err_set(e, ERR_INVALID, "E-SEAL", "code", NULL, "%s", _("the code has bytes that are no text"));
		return NULL;
	}
	char *aad = place_text(at);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	out[0] = FORMAT;
	if (c && RAND_bytes(out + 1, NONCE) == 1 && encrypt(c, key_of(k, k->newest), aad, text, (int)len, out))
		sealed = base64_text(out, HEAD + len + TAG);
	else
		refuse(e, ERR_FAILED, NULL, _("the code could not be sealed"));
	EVP_CIPHER_CTX_free(c);
	free(aad);
	return sealed;
}

/* ---- opening ---------------------------------------------------------------------------------------------- */

static bool decrypt(EVP_CIPHER_CTX *c, const unsigned char *key, const char *aad, unsigned char *raw, int len,
    unsigned char *out)
{
	int n, rest;

	return EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, raw + 1) == 1 &&
	    EVP_DecryptUpdate(c, NULL, &n, (const unsigned char *)aad, (int)strlen(aad)) == 1 &&
	    EVP_DecryptUpdate(c, out, &n, raw + HEAD, len) == 1 && n == len &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG, raw + HEAD + len) == 1 &&
	    EVP_DecryptFinal_ex(c, out + n, &rest) == 1;
}

static char *open_raw(const unsigned char *key, const struct code_place *at, unsigned char *raw, int n, struct err *e)
{
	char *aad = place_text(at);
	int len = n - HEAD - TAG;
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	unsigned char *text = xcalloc(1, (size_t)len + 1);

	if (!c || !decrypt(c, key, aad, raw, len, text)) {
		OPENSSL_cleanse(text, (size_t)len);
		free(text);
		text = NULL;
		refuse(e, ERR_FAILED, _("Set the code again; ask who keeps the database how it came to be changed"),
		    _("the sealed code was not made here: it is of another place or key, or was changed"));
	}
	EVP_CIPHER_CTX_free(c);
	free(aad);
	return (char *)text;
}

char *code_open(const struct code_keys *k, int version, const struct code_place *at, const char *sealed,
    struct err *e)
{
	size_t len = strlen(sealed);
	unsigned char raw[HEAD + CODE_MAX + TAG + 4];
	const unsigned char *key = key_of(k, version);
	int n = len <= sizeof raw / 3 * 4 ? base64_bytes(sealed, len, raw) : -1;

	if (n < HEAD + TAG + 1 || raw[0] != FORMAT) {
		refuse(e, ERR_FAILED, _("Set the code again, or use the program's newest version"),
		    _("the sealed code is of an unknown form"));
		return NULL;
	}
	if (!key) {
		err_set(e, ERR_FAILED, "E-SEAL", NULL, _("Add that key to the key file"),
		    _("the code was sealed with version %d of the key, which is not here"), version);
		return NULL;
	}
	return open_raw(key, at, raw, n, e);
}

void code_forget(char *text)
{
	if (!text)
		return;
	OPENSSL_cleanse(text, strlen(text));
	free(text);
}
