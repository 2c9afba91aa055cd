/*
 * What a frame says to those who hear it: widgets tell the text of the focus
 * while they draw, when somebody listens (tui/plain.c). Nothing is kept and
 * nothing is made otherwise.
 */
#ifndef TUI_SPEAK_H
#define TUI_SPEAK_H

#include <stdbool.h>

#include "tui/draw.h"

void speak_listen(bool on);
bool speak_wanted(void);
void speak_begin(void);  /* a frame begins */

/* The whole line of the focus, cells in column order; and the same with their headings. The last call wins. */
void speak_focus(const char *text, const char *with_headings);
const char *speak_focus_text(bool with_headings); /* "" = no widget said anything */

/* What stands over the rest: only this is read out. Forgets the focus below it. */
void speak_over(struct canvas inside, const char *title);
bool speak_is_over(struct canvas *inside);
const char *speak_title(void); /* of what stands over the rest */

#endif
