#include "config.h"

#include "cli/signin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "cli/say.h"
#include "db/askpass.h"

#define TRIES 3

static char *read_login(void)
{
	char buf[80];

	fputs(_("Login: "), stderr);
	if (!fgets(buf, sizeof buf, stdin))
		return NULL;
	buf[strcspn(buf, "\r\n")] = '\0';
	return *buf ? xstrdup(buf) : NULL;
}

static char *prompt_for(const struct run *r, enum client_sign wish, const char *login)
{
	switch (wish) {
	case SIGN_CODE:
		return xstrdup(_("Code of your authenticator, or a recovery code: "));
	case SIGN_CHANGE:
		return xasprintf(_("The password that %s was given is good for this once. A new one: "), login);
	case SIGN_STEP_UP:
		return xasprintf(client_sign_by_code(r->client) ?
		    _("This needs proof that it is you. Code of the authenticator of %s: ") :
		    _("This needs proof that it is you. Password for %s: "), login);
	default:
		return xasprintf(_("Password for %s: "), login);
	}
}

/* NULL: nothing was typed. Typed twice where it is new and nobody sees it: "" with r->err when the two differ. */
static char *read_secret(struct run *r, enum client_sign wish, const char *login)
{
	char *prompt = prompt_for(r, wish, login), *secret = askpass(prompt);

	free(prompt);
	if (secret && wish == SIGN_CHANGE && askpass_terminal()) {
		char *again = askpass(_("Once more: "));
		if (!again || strcmp(secret, again) != 0) {
			err_set(&r->err, ERR_INVALID, "E-LOGIN", NULL, _("Try again"), "%s", _("the two passwords differ"));
			askpass_forget(secret);
			secret = xstrdup("");
		}
		askpass_forget(again);
	}
	return secret;
}

/* One answer of the person, and the server's to it. */
static bool try_once(struct run *r, enum client_sign wish)
{
	const char *known = client_sign_login(r->client);
	char *login = *known ? xstrdup(known) : wish == SIGN_PASSWORD && askpass_terminal() ? read_login() : NULL;
	err_clear(&r->err);
	char *secret = login ? read_secret(r, wish, login) : NULL;
	struct answer a;
	bool good = secret != NULL;

	if (good && *secret) {
		client_sign_in(r->client, login, secret, run_answer, run_ask(&a));
		while (!a.done && !run_interrupted())
			uv_run(&r->loop, UV_RUN_ONCE);
		r->err = a.err;
		run_forget(&a);
	} else if (!good) {
		err_set(&r->err, ERR_DENIED, "E-LOGIN", NULL, login ? _("Type it, or give it on standard input") :
		    _("Name who signs in: domovoi login LOGIN"), "%s", _("no login or password was given"));
		if (wish == SIGN_STEP_UP)
			client_sign_in(r->client, known, NULL, NULL, NULL);
	}
	askpass_forget(secret);
	free(login);
	return good;
}

static void cannot_ask(struct run *r)
{
	if (client_sign(r->client) == SIGN_STEP_UP)
		err_set(&r->err, ERR_DENIED, "E-PROOF", NULL, _("Run it at a terminal, or sign in anew before it: domovoi logout, "
		    "then domovoi login"), "%s", _("it has to be proved first who you are, and nobody can be asked here"));
	else
		err_set(&r->err, ERR_DENIED, "E-LOGIN", NULL, _("Sign in first: domovoi login"), _("nobody is signed in at %s"),
		    client_target(r->client));
}

bool signin_ask(struct run *r, bool piped)
{
	enum client_sign wish;

	if (!piped && !say_can_ask()) {
		cannot_ask(r);
		return false;
	}
	for (int tries = 0; tries < TRIES && (wish = client_sign(r->client)) != SIGN_NONE && !run_interrupted(); tries++) {
		if (!try_once(r, wish))
			return false;
		if (r->err.kind == ERR_NONE)
			tries = -1; /* the next thing that is wanted */
		else if (!askpass_terminal() || r->err.kind == ERR_UNREACHABLE)
			return false;
		else
			say_err(&r->err);
	}
	return client_sign(r->client) == SIGN_NONE;
}
