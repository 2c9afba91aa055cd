#include "config.h"

#include "client/resterr.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "client/pgerr.h"

/* ---- the connection ---------------------------------------------------------------------------------------- */

enum trouble { TROUBLE_CONN, TROUBLE_TLS, TROUBLE_API };

struct known {
	CURLcode curl;
	enum trouble trouble;
	const char *text, *remedy; /* msgids */
};

static const struct known codes[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, TROUBLE_CONN, N_("nobody knows the server's name"),
		N_("Check the address and the network") },
	{ CURLE_COULDNT_RESOLVE_PROXY, TROUBLE_CONN, N_("nobody knows the proxy's name"), N_("Check https_proxy") },
	{ CURLE_COULDNT_CONNECT, TROUBLE_CONN, N_("the server cannot be reached"),
		N_("Check that it runs and that the address is right") },
	{ CURLE_OPERATION_TIMEDOUT, TROUBLE_CONN, N_("the server does not answer"),
		N_("Check that it runs and that the address is right") },
	{ CURLE_PEER_FAILED_VERIFICATION, TROUBLE_TLS, N_("the server's certificate is not to be trusted"),
		N_("Check the address; name a file of your own authority's certificates with --ca FILE") },
	{ CURLE_SSL_CACERT_BADFILE, TROUBLE_TLS, N_("the file of trusted certificates cannot be read"),
		N_("Check --ca FILE, or ca = FILE of the profile") },
	{ CURLE_SSL_CONNECT_ERROR, TROUBLE_TLS, N_("no encrypted connection can be agreed on"),
		N_("Check the port; the server must speak TLS 1.2 or newer") },
	{ CURLE_SSL_CERTPROBLEM, TROUBLE_TLS, N_("no encrypted connection can be agreed on"), "" },
	{ CURLE_SSL_CIPHER, TROUBLE_TLS, N_("no encrypted connection can be agreed on"), "" },
	{ CURLE_SSL_ISSUER_ERROR, TROUBLE_TLS, N_("the server's certificate is not to be trusted"), "" },
	{ CURLE_UNSUPPORTED_PROTOCOL, TROUBLE_API, N_("it is no API server of Domovoi that answers"),
		N_("Check the address") },
	{ CURLE_WEIRD_SERVER_REPLY, TROUBLE_API, N_("it is no API server of Domovoi that answers"), N_("Check the address") },
	{ CURLE_OK, TROUBLE_CONN, N_("the connection to the server broke"), N_("Try again in a moment") }, /* all others */
};

void resterr_from_curl(int code, const char *target, const char *why, struct err *e)
{
	static const char *const names[] = { [TROUBLE_CONN] = "E-CONN", [TROUBLE_TLS] = "E-TLS", [TROUBLE_API] = "E-API" };
	const struct known *k = codes;

	while (k->curl != CURLE_OK && (int)k->curl != code)
		k++;
	bool more = k->trouble == TROUBLE_TLS && *why != '\0'; /* only there curl's own words say what to do */
	err_set(e, ERR_UNREACHABLE, names[k->trouble], NULL, *k->remedy != '\0' ? _(k->remedy) : NULL, "%s: %s%s%.120s%s",
	    _(k->text), target, more ? " (" : "", more ? why : "", more ? ")" : "");
}

void resterr_too_much(struct err *e)
{
	err_set(e, ERR_FAILED, "E-API", NULL, _("Narrow the period or the filter"), "%s", _("the answer is too large"));
}

void resterr_unreachable(struct err *e, const char *target)
{
	resterr_from_curl((int)CURLE_OPERATION_TIMEDOUT, target, "", e);
}

/* ---- documents --------------------------------------------------------------------------------------------- */

static bool is_json(const char *type)
{
	static const char *const types[] = { "application/json", "application/problem+json" };

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		size_t n = strlen(types[i]);
		if (strncasecmp(type, types[i], n) == 0 && (type[n] == '\0' || type[n] == ';' || type[n] == ' '))
			return true;
	}
	return false;
}

static void not_ours(struct err *e)
{
	err_set(e, ERR_UNREACHABLE, "E-API", NULL, _("Check the address; a network may want a login of its own first"), "%s",
	    _("it is no API server of Domovoi that answers"));
}

json_t *resterr_json(const char *type, const char *body, size_t length, struct err *e)
{
	json_t *doc;

	if (!is_json(type)) {
		not_ours(e);
		return NULL;
	}
	doc = json_loadb(body, length, JSON_REJECT_DUPLICATES, NULL);
	if (doc == NULL)
		err_set(e, ERR_FAILED, "E-API", NULL, _("If it stays so, tell whoever keeps the server"), "%s",
		    _("the server's answer cannot be read"));
	return doc;
}

/* ---- problems ---------------------------------------------------------------------------------------------- */

static enum err_kind kind_of(int status)
{
	switch (status) {
	case 400: case 413: case 414: case 415: case 422: case 428: case 431:
		return ERR_INVALID;
	case 401: case 403: case 429:
		return ERR_DENIED;
	case 404: case 410:
		return ERR_NOT_FOUND;
	case 409: case 412:
		return ERR_CONFLICT;
	case 502: case 503: case 504:
		return ERR_UNREACHABLE;
	default:
		return ERR_FAILED;
	}
}

static const char *string_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

static const char *in_our_words(const char *text)
{
	return *text != '\0' ? _(text) : "";
}

/* Known whole, or up to what is data. */
static char *translated(const char *text)
{
	const char *whole = in_our_words(text), *data = strstr(text, ": ");

	if (whole != text || data == NULL)
		return xstrdup(whole);
	char *sentence = xstrndup(text, (size_t)(data - text));
	char *both = xasprintf("%s%s", in_our_words(sentence), data);
	free(sentence);
	return both;
}

static void from_said(enum err_kind kind, const char *code, const char *field, const char *text, const char *remedy,
    struct err *e)
{
	char *ours;

	if (pgerr_from_said(code, field, text, remedy, e))
		return;
	ours = translated(*text != '\0' ? text : N_("the server could not do it"));
	err_set(e, kind, *code != '\0' ? code : "E-API", field, in_our_words(remedy), "%s", ours);
	free(ours);
}

void resterr_from_refusal(const json_t *o, struct err *e)
{
	const char *text = string_of(o, "message");

	from_said(ERR_FAILED, string_of(o, "code"), string_of(o, "field"), *text != '\0' ? text : string_of(o, "reason"),
	    string_of(o, "remedy"), e);
}

void resterr_from_answer(int status, const char *type, const char *body, size_t length, char code[static RESTERR_CODE],
    struct err *e)
{
	json_t *doc = resterr_json(type, body, length, e);
	const char *text = string_of(doc, "detail");

	code[0] = '\0';
	if (doc != NULL && *string_of(doc, "code") != '\0') {
		snprintf(code, RESTERR_CODE, "%s", string_of(doc, "code"));
		from_said(kind_of(status), string_of(doc, "dm"), string_of(doc, "field"),
		    *text != '\0' ? text : string_of(doc, "title"), string_of(doc, "remedy"), e);
	} else if (doc != NULL || (status >= 300 && status < 500)) {
		not_ours(e);
	} else {
		err_set(e, kind_of(status), "E-API", NULL, _("Try again in a moment"), "%s (%d)", _("the server could not do it"),
		    status);
	}
	json_decref(doc);
}
