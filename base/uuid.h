/* UUIDv7 (RFC 9562) as text, made by the client for everything that it creates. */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include <stdbool.h>

#define UUID_LEN 36

/* Strictly increasing within a process, also when the clock stands still or steps back. Any thread. */
void uuid_v7(char out[static UUID_LEN + 1]);
bool uuid_valid(const char *s); /* canonical text form, any case */

#endif
