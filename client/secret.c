#include "config.h"

#include "client/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utf8proc.h>

#include "base/i18n.h"
#include "base/mem.h"

enum { FORMAT = 1, KEY = 32, KEY_TEXT = 44, NONCE = 12, TAG = 16, HEAD = 1 + NONCE, KEYS_MOST = 64 };

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

/* ---- base64 ------------------------------------------------------------------------------------------------- */

static char *to_base64(const unsigned char *raw, size_t n)
{
	char *text = xmalloc((n + 2) / 3 * 4 + 1);

	EVP_EncodeBlock((unsigned char *)text, raw, (int)n);
	return text;
}

/* Bytes, or -1; `raw` holds at least 3/4 of the text. EVP_DecodeBlock counts the padding as bytes. */
static int from_base64(const char *text, size_t len, unsigned char *raw)
{
	size_t pad = 0;

	if (len == 0 || len % 4 != 0 || strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") < len)
		return -1;
	while (pad < 2 && text[len - 1 - pad] == '=')
		pad++;
	if (memchr(text, '=', len - pad))
		return -1;
	int n = EVP_DecodeBlock(raw, (const unsigned char *)text, (int)len);
	return n < 0 ? -1 : n - (int)pad;
}

/* ---- the key file --------------------------------------------------------------------------------------------- */

static bool is_private(const char *path, const struct stat *st, mode_t want, struct err *e)
{
	char remedy[240];

	if ((st->st_uid == geteuid() || st->st_uid == 0 || geteuid() == 0) && !(st->st_mode & 077))
		return true;
	snprintf(remedy, sizeof remedy, "chmod %03o %s", (unsigned)want, path);
	err_set(e, ERR_FAILED, "E-SEAL", NULL, remedy, _("others can read %s, where keys are"), path);
	return false;
}

static bool directory_is_private(const char *path, struct err *e)
{
	char *copy = xstrdup(path), *dir = dirname(copy);
	struct stat st;
	bool good = stat(dir, &st) == 0;

	if (good)
		good = is_private(dir, &st, 0700, e);
	else
		err_set(e, ERR_FAILED, "E-SEAL", NULL, NULL, "%s: %s", dir, strerror(errno));
	free(copy);
	return good;
}

/* "BASE64" or "N BASE64" */
static bool take_line(struct code_keys *k, char *line)
{
	char *end, *text = line + strspn(line, " \t");
	unsigned char raw[KEY + 1];
	long version = 1;

	text[strcspn(text, "\r\n")] = '\0';
	if (!*text || *text == '#')
		return true;
	if (strchr(text, ' ')) {
		version = strtol(text, &end, 10);
		if (end == text || *end != ' ' || version < 1 || version > 999999)
			return false;
		text = end + strspn(end, " ");
	}
	bool good = k->n < KEYS_MOST && strlen(text) == KEY_TEXT && from_base64(text, KEY_TEXT, raw) == KEY;
	for (int i = 0; i < k->n; i++)
		good = good && k->key[i].version != version;
	if (good) {
		k->key[k->n].version = (int)version;
		memcpy(k->key[k->n++].raw, raw, KEY);
		k->newest = version > k->newest ? (int)version : k->newest;
	}
	OPENSSL_cleanse(raw, sizeof raw);
	return good;
}

static bool take_file(struct code_keys *k, FILE *f, const char *path, struct err *e)
{
	char line[256];
	bool good = true;
	int n = 0;

	setvbuf(f, NULL, _IONBF, 0); /* else a copy of the key stays in stdio's memory */
	while (good && fgets(line, sizeof line, f)) {
		n++;
		good = take_line(k, line);
	}
	OPENSSL_cleanse(line, sizeof line);
	if (good && k->n > 0)
		return true;
	err_set(e, ERR_FAILED, "E-SEAL", NULL, _("A line is 32 random bytes in base64: openssl rand -base64 32"),
	    n == 0 ? _("%s has no key") : _("%s has a line that is no key"), path);
	return false;
}

/* Whole or not at all: linked under its name when it is written, and only if nobody was faster. */
static bool make_file(const char *path, struct err *e)
{
	char *fresh = xasprintf("%s.%ld", path, (long)getpid()), *text = NULL;
	unsigned char raw[KEY];
	bool good = RAND_bytes(raw, KEY) == 1;
	int fd = good ? open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;

	good = fd >= 0;
	if (good) {
		text = to_base64(raw, KEY);
		good = dprintf(fd, "%s\n", text) == KEY_TEXT + 1 && fsync(fd) == 0 &&
		    (link(fresh, path) == 0 || errno == EEXIST);
	}
	if (!good)
		err_set(e, ERR_FAILED, "E-SEAL", NULL, NULL, _("the key file %s cannot be made: %s"), path, strerror(errno));
	if (fd >= 0) {
		close(fd);
		unlink(fresh);
	}
	OPENSSL_cleanse(raw, sizeof raw);
	code_forget(text);
	free(fresh);
	return good;
}

struct code_keys *code_keys_read(const char *path, bool make, struct err *e)
{
	struct code_keys *k;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno == ENOENT && make && make_file(path, e))
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	else if (fd < 0 && errno == ENOENT && make)
		return NULL;
	if (fd < 0) {
		err_set(e, ERR_FAILED, "E-SEAL", NULL, _("Make one: (umask 077; openssl rand -base64 32 >FILE)"),
		    _("the key file %s cannot be read: %s"), path, strerror(errno));
		return NULL;
	}
	if (fstat(fd, &st) < 0 || !is_private(path, &st, 0600, e) || !directory_is_private(path, e)) {
		close(fd);
		return NULL;
	}
	FILE *f = fdopen(fd, "r");
	k = xcalloc(1, sizeof *k);
	if (!take_file(k, f, path, e)) {
		code_keys_free(k);
		k = NULL;
	}
	fclose(f);
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

static const unsigned char *key_of(const struct code_keys *k, int version)
{
	for (int i = 0; i < k->n; i++)
		if (k->key[i].version == version)
			return k->key[i].raw;
	return NULL;
}

/* ---- sealing ------------------------------------------------------------------------------------------------------ */

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
		sealed = to_base64(out, HEAD + len + TAG);
	else
		refuse(e, ERR_FAILED, NULL, _("the code could not be sealed"));
	EVP_CIPHER_CTX_free(c);
	free(aad);
	return sealed;
}

/* ---- opening ------------------------------------------------------------------------------------------------------ */

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
	int n = len <= sizeof raw / 3 * 4 ? from_base64(sealed, len, raw) : -1;

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
