/*
 * How the columns of a file become fields: by name, or as a map file says
 * (its grammar is in the help of `import`). Pure but for reading the file.
 */
#ifndef CLIENT_MAP_H
#define CLIENT_MAP_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "client/resource.h"

#define MAP_MAX 256

/* A column of our own files of rejected rows: never imported, never in the way. */
#define IMPORT_ERROR "import_error"

struct map_line {
	unsigned line;
	bool constant;             /* `field := text` */
	char *left;                /* their header, or for a constant our field */
	char *right;               /* our field or "-", or the constant's text */
	char *dates;               /* "dd/mm/yyyy" or NULL */
};

struct map {
	const char *path;          /* for messages; the caller's */
	int n;
	struct map_line v[MAP_MAX];
	char *dates;               /* how all dates are written, or NULL */
	char delimiter;            /* 0 = find out */
	bool replace_bad_bytes;
};

/* What one column of the file is. */
struct map_column {
	char field[72];            /* our name, also as price_minor */
	const char *header;        /* theirs, as it stands in the file; "" for a constant */
	const char *dates;         /* how its dates are written, or NULL = ISO */
	const char *constant;      /* of a constant, else NULL */
	int index;                 /* in the record; -1 for a constant */
};

bool map_read(struct map *m, const char *path, struct err *e); /* map_free() it in either case */
void map_free(struct map *m);

/*
 * Match the file's headers. `out` (room for n + MAP_MAX) gets the columns that
 * count, constants last, the currency before everything else; strings point
 * into m and headers. Fields that are ours but not an import's to set (id,
 * version, unit_label: our own exports have them) are left out and named in
 * `ignored`. Returns the number of columns, -1 with `e` for a header that means
 * nothing and a field that is meant twice.
 */
int map_match(const struct map *m, const struct resource *r, const char *const *headers, int n, struct map_column *out,
    struct strbuf *ignored, struct err *e);

/* "25/02/2019" written as "dd/mm/yyyy" -> "2019-02-25" in buf. false: it is not written so. "" stays "". */
bool map_date(const char *text, const char *written, char buf[static 16]);
/* Whether `written` is a way to write dates: dd, mm and yyyy once each, with anything between. */
bool map_date_known(const char *written);

#endif
