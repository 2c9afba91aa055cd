/* The name of a file, asked at the prompt: Tab completes it from what is on the disk, ~ is the home directory. */
#ifndef SCREENS_PATHASK_H
#define SCREENS_PATHASK_H

#include "tui/screen.h"

/* done(NULL) on Esc; else the path as it was typed, to be read through path_expand(). */
void path_ask(struct screen *s, const char *label, const char *initial,
    void (*done)(struct screen *s, const char *text));

/* ~/x to where it is; the caller frees. */
char *path_expand(const char *path);

#endif
