/*
 * The guardian: a child process that does nothing until the console dies by what it cannot catch (kill -9, the
 * kernel short of memory) and then gives the terminal back. It knows of the death by the end of a socket whose other
 * end only the console holds. What somebody else has made of the terminal by then stays as it is.
 */
#ifndef TUI_GUARD_H
#define TUI_GUARD_H

#include <stddef.h>
#include <termios.h>

enum { GUARD_BYTES = 160 };

/* Before the first change to the terminal of stdout. Without a process to spare the console goes unguarded. */
void guard_start(const struct termios *before);
/*
 * From now on the terminal is ours: `own` is how, the n `bytes` (at most GUARD_BYTES) undo what we switched on. Those
 * from `safe` on are left out if a shell is at the terminal again, with settings of its own.
 */
void guard_hold(const struct termios *own, const char *bytes, size_t n, size_t safe);
/* Given back for a while (suspended): nothing to do if we die. Async-signal-safe. */
void guard_release(void);
void guard_end(void); /* given back for good: the guardian goes */

#endif
