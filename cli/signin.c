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

static char *read_secret(enum client_sign wish, const char *login)
{
	char *prompt = wish == SIGN_CODE ? xstrdup(_("Code of your authenticator, or a recovery code: ")) :
	    wish == SIGN_STEP_UP ? xasprintf(_("This needs proof that it is you. Password or code of %s: "), login) :
	    xasprintf(_("Password for %s: "), login);
	char *secret = askpass(prompt);

	free(prompt);
	return secret;
}

/* One answer of the person, and the server's to it. */
static bool try_once(struct run *r, enum client_sign wish)
{
	const char *known = client_sign_login(r->client);
	char *login = *known ? xstrdup(known) : wish == SIGN_PASSWORD && askpass_terminal() ? read_login() : NULL;
	char *secret = login ? read_secret(wish, login) : NULL;
	struct answer a;
	bool good = secret != NULL;

	if (good) {
		client_sign_in(r->client, login, secret, run_answer, run_ask(&a));
		while (!a.done && !run_interrupted())
			uv_run(&r->loop, UV_RUN_ONCE);
		r->err = a.err;
		run_forget(&a);
	} else {
		err_set(&r->err, ERR_DENIED, "E-LOGIN", NULL, login ? _("Type it, or give it on standard input") :
		    _("Name who signs in: domovoi login LOGIN"), "%s", _("no login or password was given"));
		if (wish == SIGN_STEP_UP)
			client_sign_in(r->client, known, NULL, NULL, NULL);
	}
	askpass_forget(secret);
	free(login);
	return good;
}

bool signin_ask(struct run *r, bool piped)
{
	enum client_sign wish;

	if (!piped && !say_can_ask()) {
		err_set(&r->err, ERR_DENIED, "E-LOGIN", NULL, _("Sign in first: domovoi login"), _("nobody is signed in at %s"),
		    client_target(r->client));
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
