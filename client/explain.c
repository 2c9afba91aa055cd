#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/explain.h"

static const struct explanation rows[] = {
#define ERROR(code, kind, text, remedy)
#define HINT(text)
#define EXPLAIN(code, cause, effect) { code, cause, effect },
#include "client/errors.def"
#undef ERROR
#undef HINT
};

/* Classes are SQLSTATE's alone, of two or three characters. */
const struct explanation *err_explain(const char *code)
{
	const struct explanation *best = NULL;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t n = strlen(rows[i].code);

		if (strcmp(code, rows[i].code) == 0)
			return &rows[i];
		if (n <= 3 && strlen(code) == 5 && strncmp(code, rows[i].code, n) == 0 &&
		    (!best || n > strlen(best->code)))
			best = &rows[i];
	}
	return best;
}
