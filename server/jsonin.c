#include "config.h"

#include "server/jsonin.h"

#include <stdbool.h>
#include <string.h>

static json_t *refuse(struct err *e, const char *why)
{
	err_set(e, ERR_INVALID, "E-JSON", NULL, NULL, "%s", why);
	return NULL;
}

/* Before the parser, which recurses: brackets outside of strings. */
static bool deep(const char *s, size_t n)
{
	int depth = 0;
	bool string = false;

	for (size_t i = 0; i < n; i++) {
		if (string) {
			if (s[i] == '\\')
				i++;
			else if (s[i] == '"')
				string = false;
		} else if (s[i] == '"') {
			string = true;
		} else if (s[i] == '{' || s[i] == '[') {
			if (++depth > JSONIN_DEPTH)
				return true;
		} else if (s[i] == '}' || s[i] == ']') {
			depth--;
		}
	}
	return false;
}

static bool clean_string(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F)
			return false;
		if (c == 0xC2 && i + 1 < n && (unsigned char)s[i + 1] < 0xA0) /* C1 */
			return false;
	}
	return true;
}

static bool clean(const json_t *j)
{
	const char *key;
	json_t *v;
	size_t i;

	if (json_is_string(j))
		return clean_string(json_string_value(j), json_string_length(j));
	json_array_foreach((json_t *)(uintptr_t)j, i, v)
		if (!clean(v))
			return false;
	json_object_foreach((json_t *)(uintptr_t)j, key, v)
		if (!clean_string(key, strlen(key)) || !clean(v))
			return false;
	return true;
}

json_t *jsonin_object(const char *text, size_t n, struct err *e)
{
	json_error_t why;
	json_t *j;

	if (deep(text, n))
		return refuse(e, "It is nested too deeply");
	j = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
	if (j == NULL) {
		err_set(e, ERR_INVALID, "E-JSON", NULL, NULL, "Line %d, column %d: %s", why.line, why.column, why.text);
		return NULL;
	}
	if (json_is_object(j) && clean(j))
		return j;
	bool object = json_is_object(j);
	json_decref(j);
	return refuse(e, object ? "A text has control characters" : "It must be an object");
}
