#include "config.h"

#include "client/private.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"

#define ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* ---- base64 ----------------------------------------------------------------------------------------------- */

char *base64_text(const unsigned char *raw, size_t n)
{
	char *text = xmalloc((n + 2) / 3 * 4 + 1);

	EVP_EncodeBlock((unsigned char *)text, raw, (int)n);
	return text;
}

/* EVP_DecodeBlock counts the padding as bytes. */
int base64_bytes(const char *text, size_t len, unsigned char *raw)
{
	size_t pad = 0;

	if (len == 0 || len % 4 != 0 || strspn(text, ALPHABET "+/=") < len)
		return -1;
	while (pad < 2 && text[len - 1 - pad] == '=')
		pad++;
	if (memchr(text, '=', len - pad))
		return -1;
	int n = EVP_DecodeBlock(raw, (const unsigned char *)text, (int)len);
	return n < 0 ? -1 : n - (int)pad;
}

char *base64url_text(const unsigned char *raw, size_t n)
{
	char *text = base64_text(raw, n);

	for (char *p = text; *p; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
	text[strcspn(text, "=")] = '\0';
	return text;
}

static int sextet(char c)
{
	static const char all[] = ALPHABET "-_";
	const char *at = c ? strchr(all, c) : NULL;

	return at ? (int)(at - all) : -1;
}

int base64url_bytes(const char *text, size_t len, unsigned char *raw)
{
	unsigned bits = 0, have = 0;
	int n = 0;

	if (len == 0 || len % 4 == 1)
		return -1;
	for (size_t i = 0; i < len; i++) {
		int six = sextet(text[i]);
		if (six < 0)
			return -1;
		bits = bits << 6 | (unsigned)six;
		have += 6;
		if (have >= 8) {
			have -= 8;
			raw[n++] = (unsigned char)(bits >> have);
			bits &= (1u << have) - 1;
		}
	}
	return bits == 0 ? n : -1;
}

/* ---- files ------------------------------------------------------------------------------------------------ */

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

/* Unbuffered, so that no copy of a key stays in stdio's memory. */
static FILE *open_private(const char *path, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

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
	setvbuf(f, NULL, _IONBF, 0);
	return f;
}

void private_bad_line(const char *path, struct err *e)
{
	err_set(e, ERR_FAILED, "E-SEAL", NULL, _("A line is 32 random bytes in base64: openssl rand -base64 32"),
	    _("%s has a line that is no key"), path);
}

/* 1 = a key, 0 = nothing on the line, -1 = no key */
static int take_line(struct private_key *key, char *line)
{
	unsigned char raw[256];
	char *text = line + strspn(line, " \t"), *space;
	const char *name = "1";
	int n;

	text[strcspn(text, "\r\n")] = '\0';
	if (!*text || *text == '#')
		return 0;
	if ((space = strchr(text, ' '))) {
		name = text;
		*space = '\0';
		text = space + 1 + strspn(space + 1, " ");
	}
	size_t len = strlen(text);
	n = len <= PRIVATE_KEY / 3 * 4 + 4 && strlen(name) <= PRIVATE_NAME ? base64_bytes(text, len, raw) : -1;
	if (n > 0 && n <= PRIVATE_KEY) {
		snprintf(key->name, sizeof key->name, "%s", name);
		memcpy(key->raw, raw, (size_t)n);
		key->len = (size_t)n;
	}
	OPENSSL_cleanse(raw, sizeof raw);
	return n > 0 && n <= PRIVATE_KEY ? 1 : -1;
}

int private_keys(const char *path, struct private_key *out, int most, struct err *e)
{
	FILE *f = open_private(path, e);
	struct private_key key;
	char line[512];
	int n = 0, got = 0;

	if (!f)
		return 0;
	while (got >= 0 && fgets(line, sizeof line, f)) {
		got = take_line(&key, line);
		if (got > 0 && n < most)
			out[n++] = key;
		else if (got > 0)
			got = -1;
	}
	OPENSSL_cleanse(line, sizeof line);
	OPENSSL_cleanse(&key, sizeof key);
	fclose(f);
	if (got < 0)
		private_bad_line(path, e);
	else if (n == 0)
		err_set(e, ERR_FAILED, "E-SEAL", NULL, _("A line is 32 random bytes in base64: openssl rand -base64 32"),
		    _("%s has no key"), path);
	return got < 0 ? 0 : n;
}

void private_random(unsigned char *raw, size_t n)
{
	if (RAND_bytes(raw, (int)n) != 1)
		die("no random numbers");
}

bool private_make(const char *path, const char *text, struct err *e)
{
	char *fresh = xasprintf("%s.%ld", path, (long)getpid());
	int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool good = fd >= 0 && dprintf(fd, "%s\n", text) == (int)strlen(text) + 1 && fsync(fd) == 0 &&
	    (link(fresh, path) == 0 || errno == EEXIST);

	if (!good)
		err_set(e, ERR_FAILED, "E-SEAL", NULL, NULL, _("the key file %s cannot be made: %s"), path, strerror(errno));
	if (fd >= 0) {
		close(fd);
		unlink(fresh);
	}
	free(fresh);
	return good;
}
