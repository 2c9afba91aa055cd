/*
 * The terminal: opening, giving back, size, bytes. Whatever ends the program
 * (exit, die(), a signal) finds the terminal as it was. One at a time.
 */
#ifndef TUI_TERM_H
#define TUI_TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "tui/keydec.h"

/* The terminal of stdin and stdout. */
bool term_open(struct err *e);
/* No terminal: drawing goes nowhere and can be read back (draw_dump). */
bool term_open_headless(int width, int height, struct err *e);
void term_close(void); /* any number of times; also run by exit() and die() */

/* Input: a descriptor of its own (non-blocking, so that stdout need not be); -1 when headless. */
int term_fd(void);
/* Up to n bytes; 0 = nothing now, -1 = the terminal is gone. */
int term_read(unsigned char *buf, int n);
void term_learn(struct keydec *d); /* what this terminal's keys send */

/* Bytes that are not of the picture (a question, the clipboard); nowhere when headless. */
void term_write(const char *s, size_t n);
bool term_mouse(bool on);  /* clicks and the wheel come as keys; off at the start */
bool term_plain(void);     /* shows ASCII only, by its type or the user's locale */
bool term_reports(void);   /* tells where its cursor is (CSI 6n) */

void term_fit(void);                        /* take the size that the terminal has now */
void term_set_size(int width, int height);  /* headless */
void term_suspend(void); /* C-z: give it back, stop, and take it again when continued */
void term_resume(void);  /* after a stop that came from outside: take it again, as if it were new */

#endif
