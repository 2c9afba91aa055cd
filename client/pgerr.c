#include "config.h"

#include "client/pgerr.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"

struct known {
	const char *code; /* SQLSTATE, or its class of two characters */
	enum err_kind kind;
	const char *text, *remedy; /* msgids */
	/* the server's MESSAGE is appended; its DETAIL never is: it may show another row */
	bool data;
};

static const struct known dm[] = {
#define ERROR(code, kind, text, remedy) { code, kind, text, remedy, false },
#define HINT(text) /* is in the file for the translators */
#include "client/errors.def"
#undef ERROR
#undef HINT
};

/* Exact states before their classes. */
static const struct known states[] = {
	{ "23P01", ERR_CONFLICT, N_("it collides with another record"),
	    N_("Choose other dates or another unit"), false },
	{ "23505", ERR_CONFLICT, N_("such a record exists already"),
	    N_("Choose another name or number"), false },
	{ "23503", ERR_CONFLICT, N_("another record depends on it, or what it refers to is gone"),
	    "", false },
	{ "40001", ERR_CONFLICT, N_("somebody is changing the same record"), N_("Try again"),
	    false },
	{ "40P01", ERR_CONFLICT, N_("somebody is changing the same record"), N_("Try again"),
	    false },
	{ "55P03", ERR_CONFLICT, N_("somebody is changing the same record"), N_("Try again"),
	    false },
	{ "57014", ERR_FAILED, N_("it took too long and was stopped"),
	    N_("Narrow the period or the filter"), false },
	{ "42501", ERR_DENIED, N_("the database does not permit this"),
	    N_("Ask whoever manages users for it"), false },
	{ "53300", ERR_UNREACHABLE, N_("the database has too many connections"),
	    N_("Try again in a moment"), false },
	{ "53", ERR_FAILED, N_("the server is out of room or memory"),
	    N_("Tell whoever keeps the server"), true },
	{ "08", ERR_UNREACHABLE, N_("the connection to the database broke"),
	    N_("Try again in a moment"), false },
	{ "57P", ERR_UNREACHABLE, N_("the database is stopping or starting"),
	    N_("Try again in a moment"), false },
	{ "28P01", ERR_DENIED, N_("the database refused the password"), N_("Check ~/.pgpass"),
	    false },
	{ "28", ERR_DENIED, N_("the database knows no such login, or does not let it in"),
	    N_("Ask the database's owner: domovoi db user add"), false },
	{ "3D000", ERR_UNREACHABLE, N_("there is no such database"),
	    N_("Check dbname, or run domovoi demo"), false },
	{ "3F000", ERR_FAILED, N_("this database is not Domovoi's, or older than this program"),
	    N_("Its owner runs: domovoi db migrate"), true },
	{ "42P01", ERR_FAILED, N_("this database is not Domovoi's, or older than this program"),
	    N_("Its owner runs: domovoi db migrate"), true },
	{ "42883", ERR_FAILED, N_("this database is not Domovoi's, or older than this program"),
	    N_("Its owner runs: domovoi db migrate"), true },
	{ "42703", ERR_FAILED, N_("this database is not Domovoi's, or older than this program"),
	    N_("Its owner runs: domovoi db migrate"), true },
	{ "25006", ERR_FAILED, N_("this server only answers, it takes no changes"),
	    N_("Connect to the primary"), false },
	{ "22", ERR_INVALID, N_("the value is not valid"), N_("Correct it and try again"), true },
	{ "23", ERR_INVALID, N_("the value is not valid"), N_("Correct it and try again"), true },
	{ "", ERR_FAILED, N_("the database could not do it"),
	    N_("If it stays so, tell whoever keeps the server"), true },
};

/* "The unit is taken." as it is kept here: "the unit is taken". */
static void plain(const char *sentence, char *buf, size_t size)
{
	size_t n = strlen(sentence);

	if (n > 0 && sentence[n - 1] == '.')
		n--;
	snprintf(buf, size, "%.*s", (int)n, sentence);
	buf[0] = (char)tolower((unsigned char)buf[0]);
}

/* The row of exactly this sentence, else the code's first one. */
static const struct known *find_dm(const char *code, const char *sentence)
{
	const struct known *general = NULL;

	for (size_t i = 0; i < ARRAY_LEN(dm); i++) {
		if (strcmp(dm[i].code, code) != 0)
			continue;
		if (strcmp(dm[i].text, sentence) == 0)
			return &dm[i];
		if (general == NULL)
			general = &dm[i];
	}
	return general;
}

static const struct known *find_state(const char *code)
{
	const struct known *k = states;

	while (strncmp(code, k->code, strlen(k->code)) != 0)
		k++; /* the last one matches all */
	return k;
}

static const char *translated(const char *msgid)
{
	return *msgid != '\0' ? _(msgid) : ""; /* gettext("") is the catalogue's header */
}

/* The database's own hint is about this very case; it is translated if it is a known one. */
static void remedy_of(const struct known *k, const char *hint, char *buf, size_t size)
{
	size_t n = hint != NULL ? strlen(hint) : 0;

	if (n == 0) {
		snprintf(buf, size, "%s", translated(k->remedy));
		return;
	}
	snprintf(buf, size, "%.*s", (int)(hint[n - 1] == '.' ? n - 1 : n), hint);
	char *copy = xstrdup(buf);
	snprintf(buf, size, "%s", translated(copy));
	free(copy);
}

void pgerr_from_parts(const char *code, const char *field, const char *message, const char *detail,
    const char *hint, struct err *e)
{
	char sentence[sizeof e->text] = "", remedy[sizeof e->remedy];
	const struct known *k;
	const char *text, *data;

	if (code == NULL || *code == '\0')
		code = "XX000";
	if (message != NULL)
		plain(message, sentence, sizeof sentence);
	k = find_dm(code, sentence);
	/* a sentence that is not in the table says more than the code's general one */
	if (k != NULL) {
		text = *sentence != '\0' ? _(sentence) : translated(k->text);
		data = detail;
	} else {
		k = find_state(code);
		hint = NULL; /* PostgreSQL's own are for programmers */
		text = translated(k->text);
		data = k->data ? message : NULL;
	}
	remedy_of(k, hint, remedy, sizeof remedy);
	bool more = data != NULL && *data != '\0';
	err_set(e, k->kind, code, field, remedy, "%s%s%s", text, more ? ": " : "", more ? data
	    : "");
}

/* What follows the sentence in the text: "" if nothing does, NULL if the text is another one. */
static const char *data_after(const char *text, const char *sentence)
{
	size_t n = strlen(sentence);

	if (n == 0 || strncmp(text, sentence, n) != 0)
		return NULL;
	if (text[n] == '\0')
		return text + n;
	return strncmp(text + n, ": ", 2) == 0 ? text + n + 2 : NULL;
}

static void dm_from_said(const char *code, const char *field, const char *text, const char *remedy, struct err *e)
{
	const char *data = NULL;

	for (size_t i = 0; i < ARRAY_LEN(dm); i++) { /* the longest: some begin as others end */
		const char *after = strcmp(dm[i].code, code) == 0 ? data_after(text, dm[i].text) : NULL;
		if (after != NULL && (data == NULL || after > data))
			data = after;
	}
	if (data == NULL) /* a sentence of a newer server */
		data = strstr(text, ": ") != NULL ? strstr(text, ": ") + 2 : "";

	size_t n = *data != '\0' ? (size_t)(data - text) - 2 : strlen(text);
	char *sentence = xstrndup(text, n);
	pgerr_from_parts(code, field, sentence, data, remedy, e);
	free(sentence);
}

bool pgerr_from_said(const char *code, const char *field, const char *text, const char *remedy, struct err *e)
{
	if (strncmp(code, "DM", 2) == 0) {
		dm_from_said(code, field, text, remedy, e);
		return true;
	}
	if (strlen(code) != 5 || strspn(code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 5)
		return false;
	pgerr_from_parts(code, field, data_after(text, find_state(code)->text), NULL, NULL, e);
	return true;
}

void pgerr_sentence(const char *said, char *buf, size_t size)
{
	const char *data = strstr(said, ": ");
	char *sentence = xasprintf("%.*s", data != NULL ? (int)(data - said) : (int)strlen(said),
	    said);
	char known[200];

	plain(sentence, known, sizeof known);
	snprintf(buf, size, "%s%s", translated(known), data != NULL ? data : "");
	free(sentence);
}

void pgerr_from_result(const PGresult *res, struct err *e)
{
	pgerr_from_parts(PQresultErrorField(res, PG_DIAG_SQLSTATE), PQresultErrorField(res,
	    PG_DIAG_COLUMN_NAME),
	    PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY), PQresultErrorField(res,
	    PG_DIAG_MESSAGE_DETAIL),
	    PQresultErrorField(res, PG_DIAG_MESSAGE_HINT), e);
}

static const char *string_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

void pgerr_from_json(const json_t *rejected, struct err *e)
{
	pgerr_from_parts(string_of(rejected, "code"), string_of(rejected, "field"),
	    string_of(rejected, "message"),
	    string_of(rejected, "detail"), string_of(rejected, "remedy"), e);
}

/* ---- connections ----------------------------------------------------------------------------- */

void pgerr_unreachable(struct err *e, const char *detail)
{
	bool more = detail != NULL && *detail != '\0';

	err_set(e, ERR_UNREACHABLE, "E-CONN", NULL,
	    _("Check that it runs and that the address is right"), "%s%s%s",
	    _("the database does not answer"), more ? ": " : "", more ? detail : "");
}

/*
 * With PQERRORS_SQLSTATE a refusal's line ends in the bare SQLSTATE. The last one counts: of
 * several hosts.
 */
static bool find_sqlstate(const char *msg, char code[static 6])
{
	bool found = false;

	for (const char *line = msg; *line != '\0'; line += strspn(line, "\n")) {
		size_t n = strcspn(line, "\n");
		const char *s = n >= 7 ? line + n - 5 : "      ";
		bool digit = false, other = n < 7 || s[-1] != ' ';

		for (int i = 0; i < 5; i++) {
			digit |= isdigit((unsigned char)s[i]) != 0;
			other |= !isdigit((unsigned char)s[i]) && !isupper((unsigned char)s[i]);
		}
		if (digit && !other) {
			memcpy(code, s, 5);
			code[5] = '\0';
			found = true;
		}
		line += n;
	}
	return found;
}

void pgerr_from_conn(const PGconn *pg, struct err *e)
{
	const char *msg = pg != NULL ? PQerrorMessage(pg) : "";
	char code[6], line[200];

	if (pg != NULL && PQconnectionNeedsPassword(pg)) {
		err_set(e, ERR_DENIED, "E-LOGIN", NULL, _("Put it into ~/.pgpass"), "%s",
		    _("the database asks for a password and none was found"));
		return;
	}
	if (find_sqlstate(msg, code)) {
		pgerr_from_parts(code, NULL, NULL, NULL, NULL, e);
		return;
	}
	snprintf(line, sizeof line, "%.*s", (int)strcspn(msg, "\n"), msg);
	pgerr_unreachable(e, line);
}

bool pgerr_for_good(const struct err *e)
{
	static const char *const codes[] = { "28", "3D000", "42501", "E-LOGIN", "DM009", "3F000",
	    "42883" };

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (strncmp(e->code, codes[i], strlen(codes[i])) == 0)
			return true;
	return false;
}

bool pgerr_lost(const char *sqlstate)
{
	return sqlstate != NULL && (strncmp(sqlstate, "57P", 3) == 0 || strncmp(sqlstate, "08",
	    2) == 0);
}
