#include "config.h"

#include "client/tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/statedir.h"

enum { KEY = 32, NONCE = 12, TAG = 16 };

struct tokens {
	char *url, *login;
	bool wanted;            /* to be remembered */
	struct statedir *state; /* NULL = in memory only */
	char *runtime;          /* the directory of key and locks */
	char *memory;           /* the token, while it is nowhere else */
	int lock;               /* of the file that is held, or -1 */
	struct err trouble;
};

void tokens_wipe(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

/* ---- the place of the key ---------------------------------------------------------------------------------- */

static bool refuse(struct tokens *t, const char *path, const char *why)
{
	err_set(&t->trouble, ERR_FAILED, "E-TOKENS", NULL, _("Sign in again next time, or set XDG_RUNTIME_DIR"),
	    _("the login is not remembered: %s: %s"), path, why);
	return false;
}

static bool is_memory(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

static bool is_ours(int fd, mode_t kind)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == kind && st.st_uid == geteuid() && (st.st_mode & 077) == 0;
}

static bool find_runtime(struct tokens *t)
{
	const char *base = getenv("XDG_RUNTIME_DIR");
	int fd;
	bool good;

	if (base == NULL || base[0] != '/')
		return refuse(t, "XDG_RUNTIME_DIR", _("it names no directory"));
	t->runtime = xasprintf("%s/domovoi", base);
	if (mkdir(t->runtime, 0700) != 0 && errno != EEXIST)
		return refuse(t, t->runtime, strerror(errno));
	fd = open(t->runtime, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return refuse(t, t->runtime, strerror(errno));
	if (!is_ours(fd, S_IFDIR))
		good = refuse(t, t->runtime, _("others can reach it"));
	else
		good = is_memory(fd) || refuse(t, t->runtime, _("it is not in memory, but on a disk"));
	close(fd);
	return good;
}

static bool read_key(const char *path, unsigned char key[static KEY])
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	unsigned char more;
	bool good = fd >= 0 && is_ours(fd, S_IFREG) && is_memory(fd) && read(fd, key, KEY) == KEY && read(fd, &more, 1) == 0;

	if (fd >= 0)
		close(fd);
	return good;
}

/* Beside, then linked: of two that make one, both use the first's. */
static bool make_key(const char *path)
{
	char *beside = xasprintf("%s.%ld", path, (long)getpid());
	unsigned char key[KEY];
	int fd;
	bool good;

	unlink(beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	good = fd >= 0 && RAND_bytes(key, KEY) == 1 && fchmod(fd, 0600) == 0 && write(fd, key, KEY) == KEY;
	if (fd >= 0)
		close(fd);
	good = good && (link(beside, path) == 0 || errno == EEXIST);
	unlink(beside);
	OPENSSL_cleanse(key, sizeof key);
	free(beside);
	return good;
}

static bool get_key(struct tokens *t, bool make, unsigned char key[static KEY])
{
	char *path = xasprintf("%s/tokens.key", t->runtime);
	bool good = read_key(path, key) || (make && access(path, F_OK) != 0 && make_key(path) && read_key(path, key));

	if (!good && make)
		refuse(t, path, _("it is not a key of ours"));
	free(path);
	return good;
}

/* ---- sealing ----------------------------------------------------------------------------------------------- */

static char *place_of(const struct tokens *t, const char *login)
{
	return xasprintf("domovoi tokens 1\n%s\n%s", t->url, login);
}

/* nonce, ciphertext, tag: n + NONCE + TAG bytes */
static bool seal(const unsigned char *key, const char *place, const char *text, unsigned char *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n = (int)strlen(text), done = 0;
	bool good = c != NULL && RAND_bytes(out, NONCE) == 1 &&
	    EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, out) == 1 &&
	    EVP_EncryptUpdate(c, NULL, &done, (const unsigned char *)place, (int)strlen(place)) == 1 &&
	    EVP_EncryptUpdate(c, out + NONCE, &done, (const unsigned char *)text, n) == 1 &&
	    EVP_EncryptFinal_ex(c, out + NONCE + done, &done) == 1 &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, out + NONCE + n) == 1;

	EVP_CIPHER_CTX_free(c);
	return good;
}

/* NULL: another key, another place, or changed. */
static char *unseal(const unsigned char *key, const char *place, unsigned char *in, long size)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n = (int)size - NONCE - TAG, done = 0;
	char *text = n > 0 && n < 4096 ? xcalloc((size_t)n + 1, 1) : NULL;
	bool good = text != NULL && c != NULL && EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, in) == 1 &&
	    EVP_DecryptUpdate(c, NULL, &done, (const unsigned char *)place, (int)strlen(place)) == 1 &&
	    EVP_DecryptUpdate(c, (unsigned char *)text, &done, in + NONCE, n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG, in + NONCE + n) == 1 &&
	    EVP_DecryptFinal_ex(c, (unsigned char *)text + done, &done) == 1;

	EVP_CIPHER_CTX_free(c);
	if (good)
		return text;
	if (text != NULL)
		OPENSSL_cleanse(text, (size_t)n);
	free(text);
	return NULL;
}

static char *name_of(const char *login)
{
	return xasprintf("login/%s", login);
}

static bool write_sealed(struct tokens *t, const char *refresh)
{
	unsigned char key[KEY], *out = xmalloc(strlen(refresh) + NONCE + TAG);
	char *place = place_of(t, t->login), *name = name_of(t->login), *hex = NULL;
	bool good = get_key(t, true, key);

	if (good && !seal(key, place, refresh, out))
		good = refuse(t, t->runtime, _("it cannot be sealed"));
	if (good)
		hex = OPENSSL_buf2hexstr(out, (long)strlen(refresh) + NONCE + TAG);
	json_t *doc = json_pack("{s:s, s:s}", "login", t->login, "sealed", hex != NULL ? hex : "");
	json_t *last = json_pack("{s:s}", "login", t->login);
	good = good && doc != NULL && statedir_put(t->state, name, doc, &t->trouble) &&
	    statedir_put(t->state, "last", last, &t->trouble);
	json_decref(doc);
	json_decref(last);
	OPENSSL_cleanse(key, sizeof key);
	OPENSSL_free(hex);
	free(out);
	free(place);
	free(name);
	return good;
}

static char *read_sealed(struct tokens *t)
{
	char *place = place_of(t, t->login), *name = name_of(t->login), *text = NULL;
	json_t *doc = statedir_get(t->state, name);
	const char *hex = json_string_value(json_object_get(doc, "sealed"));
	unsigned char key[KEY];
	long size = 0;
	unsigned char *in = hex != NULL ? OPENSSL_hexstr2buf(hex, &size) : NULL;

	if (in != NULL && get_key(t, false, key))
		text = unseal(key, place, in, size);
	OPENSSL_cleanse(key, sizeof key);
	OPENSSL_free(in);
	json_decref(doc);
	free(place);
	free(name);
	return text;
}

/* ---- what is offered --------------------------------------------------------------------------------------- */

struct tokens *tokens_open(const char *url, const char *login)
{
	struct tokens *t = xcalloc(1, sizeof *t);
	char *place;

	*t = (struct tokens){ .url = xstrdup(url), .login = xstrdup(login != NULL ? login : ""), .wanted = login != NULL,
		.lock = -1 };
	if (login == NULL || !find_runtime(t))
		return t;
	place = xasprintf("api %s", url);
	t->state = statedir_open(place, &t->trouble);
	free(place);
	if (t->state != NULL && *login == '\0') {
		json_t *last = statedir_get(t->state, "last");
		const char *known = json_string_value(json_object_get(last, "login"));
		free(t->login);
		t->login = xstrdup(known != NULL ? known : "");
		json_decref(last);
	}
	return t;
}

void tokens_close(struct tokens *t)
{
	if (t == NULL)
		return;
	tokens_unlock(t);
	tokens_wipe(t->memory);
	statedir_close(t->state);
	free(t->runtime);
	free(t->login);
	free(t->url);
	free(t);
}

const struct err *tokens_trouble(const struct tokens *t)
{
	return t->wanted && t->trouble.kind != ERR_NONE ? &t->trouble : NULL;
}

const char *tokens_login(const struct tokens *t)
{
	return t->login;
}

/* One lock for all logins of a machine's user: a refresh takes milliseconds, and comes every few minutes. */
bool tokens_lock(struct tokens *t)
{
	char *path;

	if (t->state == NULL || t->lock >= 0)
		return true;
	path = xasprintf("%s/tokens.lock", t->runtime);
	t->lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	free(path);
	if (t->lock < 0)
		return true; /* where no lock can be, none of the others has one */
	if (flock(t->lock, LOCK_EX | LOCK_NB) == 0)
		return true;
	close(t->lock);
	t->lock = -1;
	return false;
}

void tokens_unlock(struct tokens *t)
{
	if (t->lock >= 0)
		close(t->lock);
	t->lock = -1;
}

char *tokens_get(struct tokens *t)
{
	if (t->memory != NULL || t->state == NULL || *t->login == '\0')
		return xstrdup(t->memory);
	return read_sealed(t);
}

bool tokens_put(struct tokens *t, const char *login, const char *refresh)
{
	char *old = t->memory;

	if (strcmp(t->login, login) != 0) {
		free(t->login);
		t->login = xstrdup(login);
	}
	t->memory = NULL;
	if (t->state != NULL)
		err_clear(&t->trouble);
	bool kept = t->state != NULL && write_sealed(t, refresh);
	if (!kept) {
		tokens_drop(t); /* an older one, used again, would look stolen */
		t->memory = xstrdup(refresh);
	}
	tokens_wipe(old);
	return kept;
}

void tokens_drop(struct tokens *t)
{
	char *name = name_of(t->login);

	tokens_wipe(t->memory);
	t->memory = NULL;
	if (t->state != NULL && *t->login != '\0')
		statedir_drop(t->state, name);
	free(name);
}
