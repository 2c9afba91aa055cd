/*
 * What went wrong is kept: the last errors and warnings with the time and the
 * screen, for the list under "!". app_error() and app_message() with TOK_ERROR
 * or TOK_WARNING keep theirs; alerts_keep() keeps one without a word.
 */
#ifndef TUI_ALERTS_H
#define TUI_ALERTS_H

#include "tui/screen.h"

enum { ALERTS_MOST = 200 };

struct alert {
	uint64_t n;        /* the how-manieth since the start, from 1: stays the same while others come */
	char clock[8];     /* "09:05" */
	char screen[64];   /* the title of the screen that was on top */
	enum token style;  /* TOK_ERROR or TOK_WARNING */
	int times;         /* said as often, one after the other */
	struct err err;    /* code "" = a word of the console itself */
};

void alerts_keep(struct app *a, enum token style, const struct err *e);
int alerts_count(const struct app *a);
const struct alert *alerts_get(const struct app *a, int i);         /* 0 = the newest; NULL past the oldest */
const struct alert *alerts_find(const struct app *a, uint64_t n);   /* NULL = pushed out by newer ones */
int alerts_unread(const struct app *a);
void alerts_read(struct app *a);  /* all of them were looked at */

#endif
