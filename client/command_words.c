/* Words of the palette's line: splitting, comparing in any case and layout, and what the first one names. */
#include "config.h"

#include "client/command_words.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/layout.h"
#include "base/mem.h"
#include "base/text.h"

#define BLANKS " \t\r\n"

/* ---- words ----------------------------------------------------------------------------------- */

int command_split(const char *line, struct command_word *words, int most)
{
	int n = 0;

	for (line += strspn(line, BLANKS); *line != '\0'; line += strspn(line, BLANKS)) {
		const char *start = line;
		bool inside = false;

		for (; *line != '\0' && (inside || strchr(BLANKS, *line) == NULL); line++) {
			if (*line == '"')
				inside = !inside;
			else if (inside && *line == '\\' && line[1] != '\0')
				line++;
		}
		if (n < most)
			words[n] = (struct command_word){ start, (size_t)(line - start) };
		n++;
	}
	return n;
}

char *command_word_text(const struct command_word *w)
{
	struct strbuf out = { 0 };
	bool inside = false;

	for (size_t i = 0; i < w->len; i++) {
		char c = w->start[i];

		if (c == '"')
			inside = !inside;
		else if (inside && c == '\\' && i + 1 < w->len)
			strbuf_putc(&out, w->start[++i]);
		else
			strbuf_putc(&out, c);
	}
	return strbuf_steal(&out);
}

/* Lower case, and the separators of names all the same. */
static char *fold(const char *s)
{
	char *folded = text_fold(s);

	for (char *at = folded; *at != '\0'; at++)
		if (*at == '_' || *at == '-' || *at == '\t')
			*at = ' ';
	return folded;
}

/* Times as many bytes as a name that folds to the same may have, and one that the other layouts' letters spell. */
enum { FOLDED_MOST = 3, SPELT_MOST = 2 * FOLDED_MOST };

/* What it begins with, folded: an ASCII character, or UCHAR_MAX for a Cyrillic letter. 0: it takes folding to know. */
static int beginning(const char *s)
{
	unsigned char c = (unsigned char)*s;

	if (c < 0x80)
		return strchr("_-\t", c) != NULL ? ' ' : tolower(c);
	return c >= 0xd0 && c <= 0xd3 ? UCHAR_MAX : 0;
}

bool command_is(const char *typed, const char *name)
{
	int a0 = beginning(typed), b0 = beginning(name);

	/* a word is compared with every name there is, and so is a line that was pasted */
	if ((a0 > 0 && b0 > 0 && a0 != b0) || strlen(typed) > FOLDED_MOST * strlen(name))
		return false;

	char *a = fold(typed), *b = fold(name);
	bool same = *a != '\0' && !strcmp(a, b);

	free(a);
	free(b);
	return same;
}

/* ---- spellings: as typed, and as the same keys read in the other layouts ----------------------- */

enum { SPELLINGS = 4 };

static void spell(const char *typed, char *as[static SPELLINGS])
{
	as[0] = xstrdup(typed);
	as[1] = layout_latin(typed, false);
	as[2] = layout_latin(typed, true);
	as[3] = layout_cyrillic(typed);
}

static void unspell(char *as[static SPELLINGS])
{
	for (int i = 0; i < SPELLINGS; i++)
		free(as[i]);
}

bool command_begins(const char *name, const char *typed)
{
	if (strlen(typed) > SPELT_MOST * strlen(name))
		return false;

	char *as[SPELLINGS], *whole = fold(name);
	bool yes = false;

	spell(typed, as);
	for (int i = 0; i < SPELLINGS && !yes; i++) {
		char *part = fold(as[i]);

		yes = !strncmp(whole, part, strlen(part));
		free(part);
	}
	unspell(as);
	free(whole);
	return yes;
}

bool command_is_edit(const char *text)
{
	char *as[SPELLINGS];
	bool yes = command_is(text, _("edit"));

	spell(text, as);
	for (int i = 0; i < SPELLINGS && !yes; i++)
		yes = command_is(as[i], "edit");
	unspell(as);
	return yes;
}

static const struct action *exact_action(const struct resource *res, const char *text)
{
	for (const struct action *a = res->actions; a != NULL && a->name != NULL; a++)
		if (command_is(text, a->name) || command_is(text, a->label) || command_is(text, _(a->label)))
			return a;
	return NULL;
}

/* "отменить" of "Отменить бронь": the first words of one label only. */
static const struct action *short_action(const struct resource *res, const char *text)
{
	const struct action *found = NULL;
	char *typed = fold(text);
	size_t n = strlen(typed);

	for (const struct action *a = res->actions; a != NULL && a->name != NULL; a++) {
		char *label = fold(_(a->label));
		bool begins = n > 2 && !strncmp(label, typed, n) && label[n] == ' ';

		free(label);
		if (begins && found != NULL) {
			free(typed);
			return NULL;
		}
		found = begins ? a : found;
	}
	free(typed);
	return found;
}

const struct action *command_find_action(const struct resource *res, const char *text)
{
	const struct action *found = NULL;
	char *as[SPELLINGS];

	spell(text, as);
	for (int i = 0; i < SPELLINGS && found == NULL; i++)
		found = exact_action(res, as[i]);
	for (int i = 0; i < SPELLINGS && found == NULL; i++)
		found = short_action(res, as[i]);
	unspell(as);
	return found;
}

/* ---- the first word -------------------------------------------------------------------------- */

/* What it can mean, taken together over all spellings. */
struct meanings {
	struct command_head h;
	struct strbuf names; /* of everything that it could be */
	int kinds;           /* different ones, where a resource and a screen of one name are one */
};

static bool named(const struct resource *r, const char *word)
{
	bool yes = command_is(word, r->name) || command_is(word, r->singular) || command_is(word, r->label) ||
	    command_is(word, _(r->label));

	for (const char *const *a = r->aliases; !yes && a != NULL && *a != NULL; a++)
		yes = command_is(word, *a);
	return yes;
}

static void mean_resource(struct meanings *m, const struct resource *r, bool plus, const char *id)
{
	if (m->h.res == r && m->h.plus == plus && (m->h.id != NULL) == (id != NULL))
		return;
	strbuf_printf(&m->names, "%s%s", m->names.len > 0 ? ", " : "", r->name);
	m->kinds++;
	if (m->h.res != NULL)
		return;
	m->h.res = r;
	m->h.plus = plus;
	m->h.id = xstrdup(id);
}

static void look_resources(struct meanings *m, const char *word, bool plus, const char *id)
{
	for (const struct resource *const *r = catalogue_resources(); *r != NULL; r++)
		if (named(*r, word))
			mean_resource(m, *r, plus, id);
}

static const struct command_name *look(const struct command_name *names, const char *word)
{
	for (const struct command_name *n = names; n != NULL && n->name != NULL; n++)
		if (command_is(word, n->name) || command_is(word, n->title))
			return n;
	return NULL;
}

static void look_names(struct meanings *m, const struct command_env *env, const char *word)
{
	const struct command_name *screen = look(env->screens, word), *verb = look(env->verbs, word);

	if (screen != NULL && screen != m->h.screen) {
		strbuf_printf(&m->names, "%s%s", m->names.len > 0 ? ", " : "", screen->name);
		m->kinds += m->h.screen != NULL || (m->h.res == NULL && m->h.verb == NULL);
		m->h.screen = m->h.screen != NULL ? m->h.screen : screen;
	}
	if (verb != NULL && verb != m->h.verb && m->h.screen == NULL && m->h.res == NULL) {
		strbuf_printf(&m->names, "%s%s", m->names.len > 0 ? ", " : "", verb->name);
		m->kinds++;
		m->h.verb = m->h.verb != NULL ? m->h.verb : verb;
	}
}

/* "bk252": the name is letters, the number begins with a digit. */
static void look_glued(struct meanings *m, const char *word)
{
	size_t n = strcspn(word, "0123456789");
	char *name;

	if (n == 0 || word[n] == '\0' || strspn(word + n, "0123456789") != strlen(word + n))
		return;
	name = xstrndup(word, n);
	look_resources(m, name, false, word + n);
	free(name);
}

static void look_all(struct meanings *m, const struct command_env *env, const char *word)
{
	size_t n = strlen(word);

	look_resources(m, word, false, NULL);
	look_names(m, env, word);
	if (n > 1 && word[n - 1] == '+') {
		char *name = xstrndup(word, n - 1);

		look_resources(m, name, true, NULL);
		free(name);
	}
	look_glued(m, word);
}

bool command_head(const struct command_env *env, const char *word, struct command_head *h, struct err *e)
{
	struct meanings m = { 0 };
	char *as[SPELLINGS];
	bool ok;

	spell(word, as);
	for (int i = 0; i < SPELLINGS; i++)
		if (i == 0 || strcmp(as[i], as[0]) != 0)
			look_all(&m, env, as[i]);
	unspell(as);
	ok = m.kinds <= 1;
	if (!ok)
		err_set(e, ERR_USAGE, "E-COMMAND", NULL, _("Write one of them"), _("%.60s could be: %s"), word,
		    strbuf_str(&m.names));
	*h = m.h;
	strbuf_free(&m.names);
	return ok;
}

void command_head_free(struct command_head *h)
{
	free(h->id);
	h->id = NULL;
}

/* ---- nothing is called so -------------------------------------------------------------------- */

static void offer(struct strbuf *out, const char *name, const char *word)
{
	size_t n = strlen(word) > 3 ? 3 : strlen(word);
	char *beginning = xstrndup(word, n);

	if (out->len < 120 && (command_begins(name, word) || (n == 3 && command_begins(name, beginning))))
		strbuf_printf(out, "%s%s", out->len > 0 ? ", " : "", name);
	free(beginning);
}

void command_unknown(const struct command_env *env, const char *word, struct err *e)
{
	struct strbuf close = { 0 };
	char *remedy;

	for (const struct resource *const *r = catalogue_resources(); *r != NULL; r++)
		offer(&close, (*r)->name, word);
	for (const struct command_name *n = env->screens; n != NULL && n->name != NULL; n++)
		offer(&close, n->name, word);
	for (const struct command_name *n = env->verbs; n != NULL && n->name != NULL; n++)
		offer(&close, n->name, word);
	remedy = close.len > 0 ? xasprintf(_("Close: %s"), close.s) : xstrdup(_("Tab shows what there is"));
	err_set(e, ERR_USAGE, "E-COMMAND", NULL, remedy, _("%.60s is no target, screen or command"), word);
	free(remedy);
	strbuf_free(&close);
}

const char *command_code(const struct resource *res)
{
	for (const char *const *a = res->aliases; a != NULL && *a != NULL; a++)
		if (strlen(*a) == 2 && isalpha((unsigned char)(*a)[0]) && isalpha((unsigned char)(*a)[1]))
			return *a;
	return res->name;
}
