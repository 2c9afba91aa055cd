/*
 * Colours beyond the palette. curses numbers its colours; the numbers from 256
 * on are made to mean red, green and blue on terminals that say they can
 * (COLORTERM=truecolor or 24bit, 256 colours, xterm's way of setting them).
 */
#ifndef TUI_RGB_H
#define TUI_RGB_H

#include <stdbool.h>

enum { RGB_FIRST = 256, RGB_MOST = 26 };

/*
 * A copy of the description of the terminal that setupterm() just read, with the new colours in it, as the value of
 * $TERMINFO for newterm(). NULL: this terminal has no such colours. Caller frees.
 */
char *rgb_terminfo(void);
/* After start_color(): did it take? From then on term_rgb() gives numbers. */
void rgb_begin(bool on);

/* The number of the colour 0xRRGGBB for init_pair(); -1 = take one of the palette (also after RGB_MOST others). */
short term_rgb(unsigned rgb);

#endif
