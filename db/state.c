#include "config.h"

#include "db/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "db/keeper.h"

#define FORMAT "demo 1" /* another first line is another program's: made anew */

void state_add_login(struct state *s, const char *login)
{
	s->logins = xreallocarray(s->logins, s->nlogins + 1, sizeof *s->logins);
	s->logins[s->nlogins++] = xstrdup(login);
}

void state_free(struct state *s)
{
	for (size_t i = 0; i < s->nlogins; i++)
		free(s->logins[i]);
	free(s->logins);
	*s = (struct state){ 0 };
}

static void read_line(struct state *s, const char *line)
{
	if (strncmp(line, "size ", 5) == 0)
		snprintf(s->size, sizeof s->size, "%.*s", (int)sizeof s->size - 1, line + 5);
	else if (strncmp(line, "digest ", 7) == 0)
		snprintf(s->digest, sizeof s->digest, "%.*s", SQL_CHECKSUM_LEN, line + 7);
	else if (strncmp(line, "login ", 6) == 0)
		state_add_login(s, line + 6);
}

bool state_read(const struct place *p, struct state *s)
{
	char *path = place_path(p, KEEPER_STATE), line[256];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	bool known = false;

	*s = (struct state){ 0 };
	free(path);
	if (f == NULL)
		return false;
	while (fgets(line, sizeof line, f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, FORMAT) == 0)
			known = true;
		else
			read_line(s, line);
	}
	fclose(f);
	if (known && s->size[0] != '\0' && s->nlogins > 0)
		return true;
	state_free(s);
	return false;
}

static bool write_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t n = write(fd, text, left);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			text += n;
			left -= (size_t)n;
		}
	}
	return fsync(fd) == 0;
}

bool file_replace(const char *path, const char *text)
{
	char *fresh = xasprintf("%s.new", path);
	int why, fd;
	bool ok;

	unlink(fresh);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	ok = fd >= 0 && write_all(fd, text);
	why = errno;
	if (fd >= 0)
		close(fd);
	if (ok && rename(fresh, path) < 0) {
		ok = false;
		why = errno;
	}
	if (!ok)
		unlink(fresh);
	free(fresh);
	errno = why;
	return ok;
}

/* The rename itself is to survive a power cut as well. */
static void sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (fsync(fd) < 0)
		errno = 0; /* not every file system can; then it orders renames itself */
	close(fd);
}

bool state_write(const struct place *p, const struct state *s, struct err *e)
{
	char *path = place_path(p, KEEPER_STATE);
	struct strbuf b = { 0 };
	bool ok;

	strbuf_printf(&b, FORMAT "\nsize %s\ndigest %s\n", s->size, s->digest);
	for (size_t i = 0; i < s->nlogins; i++)
		strbuf_printf(&b, "login %s\n", s->logins[i]);
	ok = file_replace(path, strbuf_str(&b));
	if (ok)
		sync_dir(p->dir);
	else
		err_set(e, ERR_FAILED, errno == ENOSPC ? "E-DISK" : "E-DEMO", NULL, NULL,
		    _("cannot write %s: %s"), path, strerror(errno));
	strbuf_free(&b);
	free(path);
	return ok;
}

static const char *find(const struct state *s, const char *login)
{
	for (size_t i = 0; i < s->nlogins; i++)
		if (strcmp(s->logins[i], login) == 0)
			return s->logins[i];
	return NULL;
}

static bool knows_role(const struct state *s, const char *role)
{
	size_t n = strlen(role);

	for (size_t i = 0; i < s->nlogins; i++)
		if (strncmp(s->logins[i], role, n) == 0 && s->logins[i][n] == '_')
			return true;
	return false;
}

/* "superuser, head, …": each role once, in the order of the logins. */
static void list_roles(const struct state *s, struct strbuf *out)
{
	for (size_t i = 0; i < s->nlogins; i++) {
		const char *l = s->logins[i];
		size_t n = strcspn(l, "_");
		bool seen = false;

		for (size_t j = 0; j < i; j++)
			seen |= strcspn(s->logins[j], "_") == n && strncmp(s->logins[j], l, n) == 0;
		if (!seen)
			strbuf_printf(out, "%s%.*s", out->len > 0 ? ", " : "", (int)n, l);
	}
}

const char *state_login(const struct state *s, const char *role, int company, struct err *e)
{
	struct strbuf roles = { 0 };
	char login[64];
	const char *found;
	char *remedy;

	snprintf(login, sizeof login, "%s_%d", role, company);
	found = find(s, login);
	if (found == NULL)
		found = find(s, role);
	if (found != NULL)
		return found;
	if (knows_role(s, role)) {
		err_set(e, ERR_NOT_FOUND, "E-DEMO", "company",
		    _("Take a smaller number, or a larger demo"),
		    _("this demo (%s) has no company %d"), s->size, company);
		return NULL;
	}
	list_roles(s, &roles);
	remedy = xasprintf(_("Roles: %s"), strbuf_str(&roles));
	err_set(e, ERR_USAGE, "E-DEMO", "role", remedy, _("there is no role %s"), role);
	free(remedy);
	strbuf_free(&roles);
	return NULL;
}
