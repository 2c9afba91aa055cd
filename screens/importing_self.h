/* The screen of an import, for its two halves: importing.c goes through the file, import_view.c shows it. */
#ifndef SCREENS_IMPORTING_SELF_H
#define SCREENS_IMPORTING_SELF_H

#include <stdio.h>
#include <sys/stat.h>

#include "client/importer.h"
#include "screens/importing.h"
#include "screens/undo.h"
#include "screens/write.h"
#include "tui/list.h"

#define SHOWN_GOOD 200  /* rows that pass, shown as they are read */
#define SHOWN_BAD 1000  /* refused rows shown; all of them can be saved */

enum phase { CHECKING, READY, IMPORTING, OVER, HALTED /* the connection is lost */, FAILED };

struct shown {
	unsigned long line;
	enum import_verdict verdict;
	char *text;             /* what is read, or why not */
	char *remedy;
};

struct importing {
	struct screen *screen;
	const struct resource *res;
	char *path, *map;       /* map NULL: by the names */
	enum phase phase;
	struct importer *file;
	struct stat seen;       /* the file, as it was checked */
	struct import_batch batch; /* on its way */
	char id[UUID_LEN + 1];  /* of it, when it is kept */
	bool more, stop;        /* more to read; stop after this batch */
	int64_t read, count[IMPORT_REJECTED + 1];
	struct shown *shown;
	int nshown, good, bad;
	char *done;             /* what was made, as its undo entry says it; NULL = nothing */
	undo_id *ids;           /* batches that made something */
	int nids;
	FILE *rejected;         /* rows that were refused, as a file to be mended; without a name */
	struct strbuf columns;
	struct err why;         /* FAILED, HALTED */
	struct list list;
};

void import_list(struct importing *im); /* sets up the list of rows */
void import_draw(struct screen *s, struct canvas c);
void import_describe(struct screen *s, struct strbuf *out);
void import_summary(struct screen *s, struct strbuf *out);
const char *import_name(const char *path); /* without its folder */

#endif
