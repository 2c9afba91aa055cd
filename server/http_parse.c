/* The target of a request: percent-encoding, path, query. Strict: what is not clear is refused. */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "server/request.h"

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Valid UTF-8 (no surrogates, nothing longer than need be) without control characters. */
static bool clean_text(const unsigned char *s)
{
	while (*s != '\0') {
		unsigned c = *s++;
		int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
		static const unsigned least[] = { 0, 0x80, 0x800, 0x10000 };
		unsigned cp = more == 0 ? c : c & (0x3Fu >> more);

		if (c < 0x20 || c == 0x7F || (c >= 0x80 && c < 0xC2) || c > 0xF4)
			return false;
		for (int i = 0; i < more; i++) {
			if ((*s & 0xC0) != 0x80)
				return false;
			cp = cp << 6 | (*s++ & 0x3Fu);
		}
		if (cp < least[more] || cp > 0x10FFFF || (cp >= 0xD800 && cp < 0xE000) || (cp >= 0x80 && cp < 0xA0))
			return false;
	}
	return true;
}

/* In place; plus: '+' is a space; slash: what an encoded one becomes. NULL = fine, else what is wrong. */
static const char *unescape(char *s, bool plus, char slash)
{
	char *from = s, *to = s;

	for (; *from != '\0'; from++) {
		if (*from == '%') {
			int high = hex(from[1]), low = high < 0 ? -1 : hex(from[2]);

			if (low < 0)
				return "a percent sign is not followed by two hexadecimal digits";
			if (high == 0 && low == 0)
				return "there is a zero byte";
			char c = (char)(high << 4 | low);
			*to++ = c == '/' ? slash : c;
			from += 2;
		} else {
			*to++ = plus && *from == '+' ? ' ' : *from;
		}
	}
	*to = '\0';
	return NULL;
}

static const char *decode(char *s, bool plus)
{
	const char *why = unescape(s, plus, '/');

	return why != NULL || clean_text((const unsigned char *)s) ? why : "it is not clean UTF-8";
}

static bool flawed(struct request *r, const char *why)
{
	r->flaw = why;
	return why == NULL;
}

static bool cut_query(struct request *r, char *query)
{
	for (char *p = query, *next; p != NULL; p = next) {
		char *value;

		next = strchr(p, '&');
		if (next != NULL)
			*next++ = '\0';
		if (*p == '\0')
			continue;
		value = strchr(p, '=');
		if (value != NULL)
			*value++ = '\0';
		else
			value = p + strlen(p);
		if (r->nparams == PARAMS_MAX)
			return flawed(r, "there are too many parameters");
		if (!flawed(r, decode(p, true)) || (*value != '\0' && !flawed(r, decode(value, true))))
			return false;
		r->param[r->nparams++] = (struct query_param){ p, value };
	}
	return true;
}

/* No empty part, no "." and "..": a path has one spelling. A slash within a part, encoded, becomes PATH_SLASH. */
static bool cut_path(struct request *r, char *path)
{
	for (char *p = path; *p == '/';) {
		char *end = p + 1 + strcspn(p + 1, "/"), kept = *end;
		char *part = p + 1;
		const char *why;

		*end = '\0';
		if (*part == '\0' && part != path + 1)
			return flawed(r, "the path has an empty part");
		char *one = xstrdup(part);
		why = decode(one, false);
		if (why == NULL && (strcmp(one, ".") == 0 || strcmp(one, "..") == 0))
			why = "the path has a part that is no name";
		free(one);
		if (why != NULL)
			return flawed(r, why);
		*end = kept;
		p = end;
	}
	return flawed(r, *path != '/' ? "the path does not begin with a slash" : unescape(path, false, PATH_SLASH));
}

bool http_cut(struct request *r)
{
	char *query = strchr(r->raw, '?');

	if (query != NULL)
		*query++ = '\0';
	r->path = r->raw;
	size_t n = strlen(r->path);
	if (n > 1 && r->path[n - 1] == '/') /* the seeds write /bookings/ */
		r->path[n - 1] = '\0';
	return cut_path(r, r->path) && cut_query(r, query);
}
