#include "config.h"

#include "screens/pathask.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/candidates.h"
#include "base/i18n.h"
#include "base/mem.h"

#define ENTRIES_MOST 20000 /* of a folder: more are not looked through at a key press */

char *path_expand(const char *path)
{
	const char *home = path[0] == '~' && (path[1] == '/' || !path[1]) ? getenv("HOME") : NULL;

	return home ? xasprintf("%s%s", home, path + 1) : xstrdup(path);
}

static bool is_folder(const char *in, const struct dirent *d)
{
	struct stat st;

	if (d->d_type != DT_UNKNOWN && d->d_type != DT_LNK)
		return d->d_type == DT_DIR;
	char *path = xasprintf("%s/%s", in, d->d_name);
	bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	free(path);
	return folder;
}

static int by_name(const void *a, const void *b)
{
	return strcoll(*(char *const *)a, *(char *const *)b);
}

/* The whole line is one path: a blank in it is part of the name. */
static void complete(struct screen *s, const char *text, size_t cursor, struct candidates *out)
{
	char *typed = xstrndup(text, cursor), *slash = strrchr(typed, '/');
	char *folder = slash ? xstrndup(typed, (size_t)(slash - typed) + 1) : xstrdup("");
	char *in = *folder ? path_expand(folder) : xstrdup(".");
	const char *begun = slash ? slash + 1 : typed;
	char *names[CANDIDATES_MOST];
	int n = 0;
	DIR *dir = opendir(in);
	const struct dirent *d;

	(void)s;
	*out = (struct candidates){ .from = 0, .to = strlen(text) };
	for (int seen = 0; dir && (d = readdir(dir)) && seen < ENTRIES_MOST && n < CANDIDATES_MOST; seen++)
		if (!strncmp(d->d_name, begun, strlen(begun)) && (d->d_name[0] != '.' || begun[0] == '.') &&
		    strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			names[n++] = xasprintf("%s%s%s", folder, d->d_name, is_folder(in, d) ? "/" : "");
	if (dir)
		closedir(dir);
	qsort(names, (size_t)n, sizeof(*names), by_name);
	for (int i = 0; i < n; i++) {
		candidates_add(out, names[i], names[i][strlen(names[i]) - 1] == '/' ? _("folder") : NULL);
		free(names[i]);
	}
	free(in);
	free(folder);
	free(typed);
}

void path_ask(struct screen *s, const char *label, const char *initial,
    void (*done)(struct screen *s, const char *text))
{
	static const struct prompt_help HELP = { NULL, complete, NULL };

	app_prompt_helped(screen_app(s), s, label, initial, &HELP, NULL, done);
}
