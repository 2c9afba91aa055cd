#include "config.h"

#include "cli/profiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"

#define LINE_MAX_BYTES 4096

static char *profiles_path(void)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (xdg && *xdg == '/')
		return xasprintf("%s/domovoi/profiles", xdg);
	return home && *home ? xasprintf("%s/.config/domovoi/profiles", home) : NULL;
}

static char *trim(char *s)
{
	s += strspn(s, " \t");
	size_t n = strlen(s);
	while (n && strchr(" \t\r\n", s[n - 1]))
		s[--n] = '\0';
	return s;
}

static bool profile_error(struct err *e, const char *path, unsigned line, const char *remedy, const char *what)
{
	err_set(e, ERR_USAGE, "E-PROF", NULL, remedy, "%s:%u: %s", path, line, what);
	return false;
}

static bool profile_key(struct profile *p, const char *key, const char *value)
{
	struct { const char *name; char **to; } texts[] = {
		{ "dsn", &p->dsn }, { "url", &p->url }, { "login", &p->login }, { "ca", &p->ca }, { "lang", &p->lang },
		{ "theme", &p->theme }, { "as", &p->role }, { "codes_key", &p->codes_key },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (strcmp(key, texts[i].name))
			continue;
		free(*texts[i].to);
		*texts[i].to = xstrdup(value);
		return true;
	}
	if (strcmp(key, "company"))
		return false;
	p->company = atoi(value);
	return p->company > 0;
}

/* The lines of one section. *found says whether it is there. */
static bool read_section(struct profile *p, FILE *f, const char *path, const char *name, bool *found, struct err *e)
{
	char buf[LINE_MAX_BYTES];
	bool inside = false;

	*found = false;
	for (unsigned line = 1; fgets(buf, sizeof buf, f); line++) {
		char *s = trim(buf), *end = strchr(s, ']'), *eq = strchr(s, '=');
		if (!*s || *s == '#' || *s == ';')
			continue;
		if (*s == '[' && end) {
			*end = '\0';
			inside = !strcmp(trim(s + 1), name);
			*found = *found || inside;
			continue;
		}
		if (!eq)
			return profile_error(e, path, line, NULL, _("neither [section] nor key = value"));
		if (!inside)
			continue;
		*eq = '\0';
		if (!profile_key(p, trim(s), trim(eq + 1)))
			return profile_error(e, path, line, _("Known keys: dsn, url, login, ca, lang, theme, as, company, codes_key"),
			    _("unknown key or bad value"));
	}
	return true;
}

/* Nobody else may say where the data are. NULL without an error: there is no file. */
static FILE *open_profiles(const char *path, struct err *e)
{
	FILE *f = path ? fopen(path, "re") : NULL;
	struct stat st;

	if (f && fstat(fileno(f), &st) == 0 && (st.st_mode & 022)) {
		profile_error(e, path, 1, _("chmod 600 the file"), _("others may write the profiles file"));
		fclose(f);
		return NULL;
	}
	return f;
}

bool profile_read(const char *name, struct profile *p, struct err *e)
{
	char *path = profiles_path();
	bool good, found = false;

	*p = (struct profile){ 0 };
	err_clear(e);
	FILE *f = open_profiles(path, e);
	good = f ? read_section(p, f, path, name ? name : "default", &found, e) : e->kind == ERR_NONE;
	if (good && name && (!found || (!p->dsn && !p->url))) {
		char *remedy = xasprintf(_("Write a section [%s] with dsn = … or url = … into %s"), name, path ? path : "profiles");
		err_set(e, ERR_USAGE, "E-PROF", NULL, remedy, _("there is no profile %s"), name);
		free(remedy);
		good = false;
	} else if (good && p->dsn && p->url) {
		err_set(e, ERR_USAGE, "E-PROF", NULL, _("Leave one of them out"), _("a profile is a dsn or a url, not both"));
		good = false;
	}
	if (f)
		fclose(f);
	free(path);
	if (!good)
		profile_free(p);
	return good;
}

void profile_free(struct profile *p)
{
	free(p->dsn);
	free(p->url);
	free(p->login);
	free(p->ca);
	free(p->lang);
	free(p->theme);
	free(p->role);
	free(p->codes_key);
	*p = (struct profile){ 0 };
}

/* ---- keeping ---------------------------------------------------------------------------------------------- */

static bool append(const char *path, const char *text, struct err *e)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	size_t n = strlen(text);
	bool good = fd >= 0 && write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;

	if (!good)
		err_set(e, ERR_FAILED, "E-PROF", NULL, NULL, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return good;
}

static void make_folder(const char *path)
{
	char *folder = xstrndup(path, (size_t)(strrchr(path, '/') - path)), *above = xstrdup(folder);

	*strrchr(above, '/') = '\0';
	mkdir(above, 0700);
	mkdir(folder, 0700);
	free(above);
	free(folder);
}

bool profile_keep(const char *name, const char *url, const char *login, const char *ca, struct err *e)
{
	struct profile p;
	struct strbuf text = { 0 };
	char *path = profiles_path();
	bool good = path && profile_read(NULL, &p, e);

	if (!good) {
		free(path);
		return false;
	}
	profile_free(&p);
	if (profile_read(name, &p, e)) { /* there is such a section */
		good = p.url && !strcmp(p.url, url) && p.login && !strcmp(p.login, login);
		if (!good)
			err_set(e, ERR_USAGE, "E-PROF", NULL, _("Choose another name, or edit the file"),
			    _("the profile %s is there already, with other data"), name);
		profile_free(&p);
	} else {
		err_clear(e);
		make_folder(path);
		strbuf_printf(&text, "\n[%s]\nurl = %s\nlogin = %s\n", name, url, login);
		if (ca)
			strbuf_printf(&text, "ca = %s\n", ca);
		good = append(path, strbuf_str(&text), e);
	}
	strbuf_free(&text);
	free(path);
	return good;
}
