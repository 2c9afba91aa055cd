#include "config.h"

#include "db/password.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/private.h"

enum { PEPPERS = 16, MAC = 32, KEY_LEAST = 32 };

struct pepper {
	int n, newest;
	struct private_key key[PEPPERS];
	int version[PEPPERS];
};

/* ---- the pepper ------------------------------------------------------------------------------------------- */

static int find(const struct pepper *p, int version)
{
	for (int i = 0; i < p->n; i++)
		if (p->version[i] == version)
			return i;
	return -1;
}

struct pepper *pepper_read(const char *path, struct err *e)
{
	struct pepper *p = xcalloc(1, sizeof *p);
	int n = private_keys(path, p->key, PEPPERS, e);

	for (; p->n < n; p->n++) {
		char *end;
		long version = strtol(p->key[p->n].name, &end, 10);

		if (*end || version < 1 || version > 9999 || p->key[p->n].len < KEY_LEAST || find(p, (int)version) >= 0) {
			private_bad_line(path, e);
			break;
		}
		p->version[p->n] = (int)version;
		p->newest = version > p->newest ? (int)version : p->newest;
	}
	if (n > 0 && p->n == n)
		return p;
	pepper_free(p);
	return NULL;
}

void pepper_free(struct pepper *p)
{
	if (!p)
		return;
	OPENSSL_cleanse(p, sizeof *p);
	free(p);
}

int pepper_newest(const struct pepper *p)
{
	return p->newest;
}

struct pepper *pepper_copy(const struct pepper *p)
{
	struct pepper *copy = xmalloc(sizeof *copy);

	*copy = *p;
	return copy;
}

int pepper_count(const struct pepper *p)
{
	return p->n;
}

int pepper_version(const struct pepper *p, int i)
{
	return p->version[i];
}

bool pepper_mac(const struct pepper *p, int version, const char *text, unsigned char out[static 32])
{
	int i = find(p, version);
	unsigned n = MAC;

	return i >= 0 && HMAC(EVP_sha256(), p->key[i].raw, (int)p->key[i].len, (const unsigned char *)text, strlen(text),
	    out, &n) != NULL;
}

/* ---- bcrypt ----------------------------------------------------------------------------------------------- */

/* crypt(3) of the peppered password under `setting`, into *out; NULL when it cannot. */
static const char *bcrypt(const struct pepper *p, int version, const char *password, const char *setting,
    struct crypt_data *work)
{
	unsigned char mac[MAC];
	const char *made = NULL;

	if (pepper_mac(p, version, password, mac)) {
		char *text = base64_text(mac, sizeof mac);
		made = crypt_rn(text, setting, work, sizeof *work);
		explicit_bzero(text, strlen(text));
		free(text);
	}
	explicit_bzero(mac, sizeof mac);
	return made;
}

char *password_hash(const struct pepper *p, const char *password, struct err *e)
{
	struct crypt_data *work = xcalloc(1, sizeof *work);
	char setting[CRYPT_GENSALT_OUTPUT_SIZE], *hash = NULL;
	const char *made = NULL;

	if (crypt_gensalt_rn("$2b$", PASSWORD_COST, NULL, 0, setting, sizeof setting))
		made = bcrypt(p, p->newest, password, setting, work);
	if (made)
		hash = xstrdup(made);
	else
		err_set(e, ERR_FAILED, "E-CRYPT", NULL, NULL, "%s", _("the password could not be hashed"));
	explicit_bzero(work, sizeof *work);
	free(work);
	return hash;
}

/* What nobody's password is compared with: as dear as a real one, and nothing has this hash. */
#define DUMMY "$2b$12$abcdefghijklmnopqrstuuAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/* Under one pepper: the whole work is done, whatever the hash is. */
static bool is_right(const struct pepper *p, int version, const char *hash, const char *password)
{
	struct crypt_data *work = xcalloc(1, sizeof *work);
	const char *want = hash && strncmp(hash, "$2", 2) == 0 ? hash : DUMMY;
	const char *made = bcrypt(p, version, password, want, work);
	bool same = made && hash && strlen(made) == strlen(want) && CRYPTO_memcmp(made, want, strlen(want)) == 0;

	explicit_bzero(work, sizeof *work);
	free(work);
	return same;
}

bool password_check(const struct pepper *p, const char *hash, const char *password, bool *stale)
{
	char current[16];
	int found = is_right(p, p->newest, hash, password) ? p->newest : 0;

	for (int i = 0; i < p->n && found == 0; i++)
		if (p->version[i] != p->newest && is_right(p, p->version[i], hash, password))
			found = p->version[i];
	snprintf(current, sizeof current, "$2b$%02d$", PASSWORD_COST);
	if (stale)
		*stale = found > 0 && (found != p->newest || strncmp(hash, current, strlen(current)) != 0);
	return found > 0;
}

/* ---- new ones --------------------------------------------------------------------------------------------- */

bool password_acceptable(const char *password, struct err *e)
{
	size_t len = strlen(password), i = 0;
	int n = 0;

	while (i < len && len <= PASSWORD_BYTES) {
		utf8proc_int32_t cp;
		utf8proc_ssize_t took = utf8proc_iterate((const utf8proc_uint8_t *)password + i,
		    (utf8proc_ssize_t)(len - i), &cp);
		if (took < 1 || cp < 32 || (cp >= 127 && cp < 160)) {
			err_set(e, ERR_INVALID, "E-PASSWORD", "new", NULL, "%s", _("the password has bytes that are no text"));
			return false;
		}
		i += (size_t)took;
		n++;
	}
	if (len <= PASSWORD_BYTES && n >= PASSWORD_LEAST && n <= PASSWORD_MOST)
		return true;
	err_set(e, ERR_INVALID, "E-PASSWORD", "new", _("A few words in a row are easy to remember"),
	    _("a password has %d to %d characters"), PASSWORD_LEAST, PASSWORD_MOST);
	return false;
}

char *password_invent(void)
{
	static const char letters[32] = "abcdefghijkmnpqrstuvwxyz23456789"; /* none that is taken for another */
	unsigned char raw[20];
	char *text = xmalloc(24), *to = text;

	private_random(raw, sizeof raw);
	for (size_t i = 0; i < sizeof raw; i++) {
		if (i > 0 && i % 5 == 0)
			*to++ = '-';
		*to++ = letters[raw[i] & 31];
	}
	*to = '\0';
	explicit_bzero(raw, sizeof raw);
	return text;
}
