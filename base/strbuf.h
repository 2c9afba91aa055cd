/* A growing byte string, always NUL-terminated once anything was appended. Zero-initialise it. */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stddef.h>

struct strbuf {
	char *s; /* NULL until the first append; owned */
	size_t len, cap;
};

void strbuf_add(struct strbuf *b, const char *s, size_t n);
void strbuf_puts(struct strbuf *b, const char *s);
void strbuf_putc(struct strbuf *b, char c);
void strbuf_printf(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_clear(struct strbuf *b);       /* keeps the memory */
void strbuf_free(struct strbuf *b);
char *strbuf_steal(struct strbuf *b);      /* "" if empty; the caller frees */
const char *strbuf_str(const struct strbuf *b); /* "" if empty */

#endif
