/*
 * The log goes to a file (0600), never to the screen. Lines are cleaned; a
 * password, token or access code is never passed to it by anyone.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

bool log_open(const char *path); /* appends; false leaves logging off and errno set */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_close(void);

#endif
