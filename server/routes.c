#include "config.h"

#include "server/routes.h"

#include <stdbool.h>
#include <string.h>

static const struct route *const tables[] = {
	ops_routes,
	live_routes,
	auth_routes,
	report_routes,
	alias_routes,
	record_routes,
	NULL,
};

const struct route *const *routes_all(void)
{
	return tables;
}

/* How exact the fit is: one bit a part, the first part's the highest, set where it is literal. 0 = no fit. */
static unsigned fit(const char *pattern, const char *path)
{
	unsigned bits = 1;

	while (*pattern == '/' && *path == '/') {
		size_t n = strcspn(++pattern, "/"), m = strcspn(++path, "/");
		bool braces = *pattern == '{';

		if (braces ? m == 0 : n != m || memcmp(pattern, path, n) != 0)
			return 0;
		bits = bits << 1 | !braces;
		pattern += n;
		path += m;
	}
	return *pattern == '\0' && *path == '\0' ? bits : 0;
}

const struct route *routes_find(enum method m, const char *path, unsigned *allowed)
{
	const struct route *found = NULL;
	unsigned best = 0, wanted = m == HEAD ? GET : m;

	*allowed = 0;
	for (const struct route *const *t = tables; *t != NULL; t++) {
		for (const struct route *r = *t; r->pattern != NULL; r++) {
			unsigned bits = fit(r->pattern, path);

			if (bits == 0 || bits < best)
				continue;
			if (bits > best) {
				best = bits;
				*allowed = 0;
				found = NULL;
			}
			*allowed |= r->methods & ~(unsigned)LARGE;
			if (found == NULL && (r->methods & wanted) != 0)
				found = r;
		}
	}
	if ((*allowed & GET) != 0)
		*allowed |= HEAD;
	return found;
}
