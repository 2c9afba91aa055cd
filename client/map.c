#include "config.h"

#include "client/map.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/text.h"

#define CODE "E-MAP"

/* ---- dates ------------------------------------------------------------------------------------------------ */

bool map_date_known(const char *written)
{
	const char *d = strstr(written, "dd"), *m = strstr(written, "mm"), *y = strstr(written, "yyyy");

	return d && m && y && strspn(written, "dmy./- ") == strlen(written) && !strstr(d + 1, "dd") &&
	    !strstr(m + 1, "mm") && !strstr(y + 1, "yyyy");
}

/* A number of at most `most` digits at *s; -1 if there is none. */
static int digits(const char **s, int most)
{
	int n = 0, seen = 0;

	for (; seen < most && isdigit((unsigned char)**s); seen++)
		n = n * 10 + *(*s)++ - '0';
	return seen ? n : -1;
}

bool map_date(const char *text, const char *written, char buf[static 16])
{
	int y = -1, m = -1, d = -1;

	buf[0] = '\0';
	if (!*text)
		return true;
	while (*written) {
		if (!strncmp(written, "dd", 2)) {
			d = digits(&text, 2);
			written += 2;
		} else if (!strncmp(written, "mm", 2)) {
			m = digits(&text, 2);
			written += 2;
		} else if (!strncmp(written, "yyyy", 4)) {
			y = digits(&text, 4);
			written += 4;
		} else if (*written++ != *text++) {
			return false;
		}
	}
	day_t day = day_from_ymd(y, m, d);
	if (*text || y < 1000 || day == DAY_NONE)
		return false;
	day_format(day, buf);
	return true;
}

/* ---- the file --------------------------------------------------------------------------------------------- */

static bool bad(const struct map *m, unsigned line, const char *remedy, const char *what, struct err *e)
{
	err_set(e, ERR_INVALID, CODE, NULL, remedy, "%s:%u: %s", m->path, line, what);
	return false;
}

/* Cut off what follows # outside of quotes. */
static void drop_comment(char *s)
{
	bool quoted = false;

	for (char *p = s; *p; p++) {
		if (*p == '"')
			quoted = !quoted;
		if (*p == '#' && !quoted && (p == s || isspace((unsigned char)p[-1]))) {
			*p = '\0';
			return;
		}
	}
}

/* Without the blanks around it, then without the quotes around it. */
static char *word(const char *s, size_t n)
{
	while (n && isspace((unsigned char)*s))
		s++, n--;
	while (n && isspace((unsigned char)s[n - 1]))
		n--;
	if (n >= 2 && s[0] == '"' && s[n - 1] == '"')
		return xstrndup(s + 1, n - 2);
	return xstrndup(s, n);
}

/* The '=' outside of quotes. */
static const char *equals(const char *s)
{
	bool quoted = false;

	for (; *s; s++) {
		if (*s == '"')
			quoted = !quoted;
		if (*s == '=' && !quoted)
			return s;
	}
	return NULL;
}

static bool setting(struct map *m, unsigned line, const char *name, const char *value, struct err *e)
{
	if (!strcmp(name, "@dates") && map_date_known(value)) {
		free(m->dates);
		m->dates = xstrdup(value);
	} else if (!strcmp(name, "@delimiter") && value[0] && !value[1] && strchr(",;", value[0])) {
		m->delimiter = value[0];
	} else if (!strcmp(name, "@delimiter") && !strcmp(value, "tab")) {
		m->delimiter = '\t';
	} else if (!strcmp(name, "@bad-bytes") && (!strcmp(value, "replace") || !strcmp(value, "refuse"))) {
		m->replace_bad_bytes = value[2] == 'p';
	} else {
		return bad(m, line, _("Known: @dates = dd/mm/yyyy, @delimiter = ; or tab, @bad-bytes = replace"),
		    _("unknown setting"), e);
	}
	return true;
}

/* "check_in as dd/mm/yyyy" */
static bool split_dates(struct map *m, struct map_line *l, struct err *e)
{
	char *as = strstr(l->right, " as ");

	if (!as)
		return true;
	*as = '\0';
	l->dates = word(as + 4, strlen(as + 4));
	as = word(l->right, strlen(l->right));
	free(l->right);
	l->right = as;
	return map_date_known(l->dates) ||
	    bad(m, l->line, _("Write it with dd, mm and yyyy, as in dd/mm/yyyy"), _("no way to write dates"), e);
}

static bool take_line(struct map *m, unsigned line, const char *s, struct err *e)
{
	const char *eq = equals(s);

	if (!eq)
		return bad(m, line, _("Write: their header = our_field"), _("there is no ="), e);
	if (m->n == MAP_MAX)
		return bad(m, line, NULL, _("too many lines"), e);
	struct map_line *l = &m->v[m->n++];
	*l = (struct map_line){ .line = line };
	l->constant = eq > s && eq[-1] == ':';
	l->left = word(s, (size_t)(eq - s) - l->constant);
	l->right = word(eq + 1, strlen(eq + 1));
	if (*l->left == '@') {
		bool good = setting(m, line, l->left, l->right, e);
		free(l->left);
		free(l->right);
		m->n--;
		return good;
	}
	if (!l->constant && !*l->right)
		return bad(m, line, _("Name a field, or - to ignore the column"), _("nothing follows the ="), e);
	return l->constant || split_dates(m, l, e);
}

bool map_read(struct map *m, const char *path, struct err *e)
{
	FILE *f = fopen(path, "re");
	char *buf = NULL;
	size_t size = 0;
	bool good = true;

	*m = (struct map){ .path = path };
	if (!f) {
		err_set(e, ERR_USAGE, CODE, "map", NULL, "%s: %s", path, strerror(errno));
		return false;
	}
	for (unsigned line = 1; good && getline(&buf, &size, f) >= 0; line++) {
		char *s = buf;
		if (line == 1 && !strncmp(s, "\xef\xbb\xbf", 3))
			s += 3;
		drop_comment(s);
		if (s[strspn(s, " \t\r\n")])
			good = take_line(m, line, s, e);
	}
	free(buf);
	fclose(f);
	return good;
}

void map_free(struct map *m)
{
	for (int i = 0; i < m->n; i++) {
		free(m->v[i].left);
		free(m->v[i].right);
		free(m->v[i].dates);
	}
	free(m->dates);
	*m = (struct map){ 0 };
}

/* ---- headers ---------------------------------------------------------------------------------------------- */

/* "Room Type " -> "room_type": how a heading is compared. */
static char *plain(const char *header)
{
	char *trimmed = word(header, strlen(header)), *s = text_fold(trimmed);

	free(trimmed);
	for (char *p = s; *p; p++)
		if (*p == ' ' || *p == '-')
			*p = '_';
	return s;
}

static const struct field *field_of(const struct resource *r, const char *name)
{
	const struct field *f = resource_field(r, name);
	char column[64];

	for (const struct field *g = r->fields; !f && g->name; g++)
		if (!strcmp(field_column(g, column), name))
			f = g;
	return f;
}

/* Field names that an import can set, for the message. */
static char *known_fields(const struct resource *r)
{
	struct strbuf b = { 0 };

	for (const struct field *f = r->fields; f->name; f++)
		if (field_importable(f))
			strbuf_printf(&b, "%s%s", b.len ? " " : "", f->name);
	return strbuf_steal(&b);
}

static bool no_field(const struct resource *r, const char *what, const char *name, struct err *e)
{
	char *known = known_fields(r);
	char *remedy = xasprintf(_("Name it in a --map file, = - ignores it. Fields: %s"), known);

	err_set(e, ERR_INVALID, CODE, NULL, remedy, "%s \"%s\"", what, name);
	free(remedy);
	free(known);
	return false;
}

static const struct map_line *line_of(const struct map *m, const char *header)
{
	for (int i = 0; i < m->n; i++) {
		if (m->v[i].constant)
			continue;
		char *a = plain(m->v[i].left), *b = plain(header);
		bool same = !strcmp(a, b);
		free(a);
		free(b);
		if (same)
			return &m->v[i];
	}
	return NULL;
}

/* The name to set a field by: an amount's own is kept, because price_minor is not price. */
static void set_field(struct map_column *out, const struct field *f, const char *name)
{
	char column[64];
	bool minor = f->type == FT_MONEY && !strcmp(field_column(f, column), name);

	snprintf(out->field, sizeof out->field, "%s", minor ? column : f->name);
}

/* A column of our own exports that is only shown: unit_label. */
static bool is_label(const struct resource *r, const char *name)
{
	size_t n = strlen(name);
	char *ref = n > 6 && !strcmp(name + n - 6, "_label") ? xstrndup(name, n - 6) : NULL;
	const struct field *f = ref ? resource_field(r, ref) : NULL;

	free(ref);
	return f && f->type == FT_REF;
}

static bool match_one(const struct map *m, const struct resource *r, const char *header, struct map_column *out,
    struct strbuf *ignored, struct err *e)
{
	const struct map_line *l = line_of(m, header);
	char *name = l ? xstrdup(l->right) : plain(header);
	const struct field *f = field_of(r, name);
	bool good = true;

	*out = (struct map_column){ .header = header, .dates = l && l->dates ? l->dates : m->dates };
	if (l && !strcmp(name, "-"))
		out->field[0] = '\0';
	else if (f && field_importable(f))
		set_field(out, f, name);
	else if (!l && (f || is_label(r, name) || !strcmp(name, IMPORT_ERROR)))
		strbuf_printf(ignored, "%s%s", ignored->len ? ", " : "", header);
	else if (l)
		good = no_field(r, _("the map names no field"), name, e);
	else
		good = no_field(r, *name ? _("unknown column") : _("a column without a name"), header, e);
	free(name);
	return good;
}

static bool constants(const struct map *m, const struct resource *r, struct map_column *out, int *n, struct err *e)
{
	for (int i = 0; i < m->n; i++) {
		const struct map_line *l = &m->v[i];
		const struct field *f = l->constant ? field_of(r, l->left) : NULL;
		if (!l->constant)
			continue;
		if (!f || !field_importable(f))
			return no_field(r, _("the map names no field"), l->left, e);
		out[*n] = (struct map_column){ .header = "", .constant = l->right, .index = -1 };
		set_field(&out[(*n)++], f, l->left);
	}
	return true;
}

/* A line of the map that no header answers to is a slip of the pen. */
static bool all_used(const struct map *m, const char *const *headers, int n, struct err *e)
{
	for (int i = 0; i < m->n; i++) {
		bool used = m->v[i].constant;
		for (int j = 0; j < n && !used; j++)
			used = line_of(m, headers[j]) == &m->v[i];
		if (!used) {
			char *what = xasprintf(_("the file has no column \"%s\""), m->v[i].left);
			bad(m, m->v[i].line, _("Correct the header's name, or take the line out"), what, e);
			free(what);
			return false;
		}
	}
	return true;
}

/* No field twice; the currency comes to the front, because amounts are read in it. */
static bool arrange(const struct resource *r, struct map_column *out, int n, struct err *e)
{
	for (int i = 0; i < n; i++) {
		for (int j = 0; j < i; j++) {
			if (field_of(r, out[i].field) != field_of(r, out[j].field))
				continue;
			err_set(e, ERR_INVALID, CODE, out[i].field, _("Ignore one of them in a --map file: Header = -"),
			    _("the columns \"%s\" and \"%s\" are the same field"), out[j].header, out[i].header);
			return false;
		}
	}
	for (int i = 1; i < n; i++) {
		if (strcmp(out[i].field, "currency"))
			continue;
		struct map_column currency = out[i];
		memmove(out + 1, out, (size_t)i * sizeof *out);
		out[0] = currency;
	}
	return true;
}

int map_match(const struct map *m, const struct resource *r, const char *const *headers, int n, struct map_column *out,
    struct strbuf *ignored, struct err *e)
{
	int count = 0;

	if (!all_used(m, headers, n, e))
		return -1;
	for (int i = 0; i < n; i++) {
		if (!match_one(m, r, headers[i], &out[count], ignored, e))
			return -1;
		out[count].index = i;
		count += out[count].field[0] != '\0';
	}
	if (!constants(m, r, out, &count, e) || !arrange(r, out, count, e))
		return -1;
	return count;
}
