/*
 * --plain: the same screens for those who hear them, and for terminals that
 * can only print. Drawn where nobody sees it; what changed is said line by
 * line, append-only, without a single escape sequence:
 *
 *   a new screen, question or menu     its breadcrumbs and summary, its text with the choices
 *   another row under the cursor       the row's cells in column order
 *   a message, a prompt, a new state   its words
 *
 * C-l reads the whole screen, M-r the row with its headings, ? the help. Keys
 * come raw from a terminal, else as lines in the grammar of app_script().
 */
#ifndef TUI_PLAIN_H
#define TUI_PLAIN_H

#include "tui/app.h"

enum { PLAIN_WIDTH = 98, PLAIN_HEIGHT = 120 }; /* tall: the help and a card are read out whole */

void plain_open(struct app *a);   /* after the handles; takes stdin */
void plain_close(struct app *a);  /* gives the terminal back */
/* At the end of a turn: says what changed once nothing is in flight. True: a key was taken, another turn is due. */
bool plain_turn(struct app *a);
void plain_read(struct app *a);   /* the whole screen */
void plain_row(struct app *a);    /* the row with its headings */
void plain_say(const char *text); /* one line, cleaned; nothing for "" */

#endif
