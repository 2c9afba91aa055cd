#include "config.h"

#include "screens/signin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/console_self.h"
#include "tui/lineedit.h"
#include "tui/overlay.h"

enum { WIDTH = 66, LABEL = 12, LOGIN_MOST = 64, SECRET_MOST = 512 };
enum row { ROW_LOGIN, ROW_SECRET };

struct signin {
	enum client_sign wish;
	struct lineedit login, secret;
	enum row at;
	bool waiting;
	struct err refused;     /* of the last try */
};

static struct client *client_of(struct screen *s)
{
	return ((struct console *)app_ctx(screen_app(s)))->client;
}

/* ---- answering ---- */

/* The next thing that is wanted, in the same window; or all is done. */
static void go_on(struct screen *s)
{
	struct signin *g = screen_state(s);

	g->wish = client_sign(client_of(s));
	lineedit_free(&g->secret);
	if (g->wish == SIGN_NONE)
		app_close(screen_app(s), screen_id(s));
	app_redraw(screen_app(s));
}

static void on_answer(const struct reply *r, void *arg)
{
	struct app *a = arg;
	struct screen *s = app_screen(a, ((struct console *)app_ctx(a))->signin);
	struct signin *g = s ? screen_state(s) : NULL;

	if (!g)
		return;
	g->waiting = false;
	if (r->err)
		g->refused = *r->err;
	else
		err_clear(&g->refused);
	go_on(s);
}

static enum result submit(struct screen *s, int arg)
{
	struct signin *g = screen_state(s);

	(void)arg;
	if (g->waiting)
		return R_HANDLED;
	if (g->at == ROW_LOGIN && g->wish == SIGN_PASSWORD && g->secret.text.len == 0) {
		g->at = ROW_SECRET;
		return R_REDRAW;
	}
	if (g->secret.text.len == 0)
		return R_HANDLED;
	g->waiting = true;
	err_clear(&g->refused);
	client_sign_in(client_of(s), lineedit_text(&g->login), lineedit_text(&g->secret), on_answer, screen_app(s));
	lineedit_free(&g->secret);
	return R_REDRAW;
}

/* What waits for it is refused; without a login all stays as it was, and :login asks again. */
static enum result give_up(struct screen *s, int arg)
{
	struct signin *g = screen_state(s);

	(void)arg;
	if (g->wish == SIGN_STEP_UP)
		client_sign_in(client_of(s), "", NULL, NULL, NULL);
	else
		app_message(screen_app(s), TOK_WARNING, "%s", _("not signed in: type :login to be asked again"));
	((struct console *)app_ctx(screen_app(s)))->signin_left = true;
	return R_CLOSE;
}

static enum result move(struct screen *s, int step)
{
	struct signin *g = screen_state(s);

	(void)step;
	if (g->wish == SIGN_PASSWORD)
		g->at = g->at == ROW_LOGIN ? ROW_SECRET : ROW_LOGIN;
	return R_REDRAW;
}

/* ---- typing ---- */

static enum result signin_text(struct screen *s, struct key k)
{
	struct signin *g = screen_state(s);

	return lineedit_key(g->at == ROW_LOGIN ? &g->login : &g->secret, k) == LINEEDIT_NONE ? R_NONE : R_REDRAW;
}

static bool signin_wants_text(const struct screen *s)
{
	return !((struct signin *)screen_state((struct screen *)s))->waiting;
}

/* ---- drawing ---- */

static const char *title_of(enum client_sign wish)
{
	return wish == SIGN_CODE ? _("Second step") : wish == SIGN_STEP_UP ? _("Prove that it is you") : _("Sign in");
}

static const char *explained(enum client_sign wish)
{
	return wish == SIGN_CODE ? _("the code of your authenticator, or a recovery code") :
	    wish == SIGN_STEP_UP ? _("this cannot be taken back easily: your password or a code once more") :
	    _("the server wants to know who you are; what you asked for waits");
}

static void draw_row(const struct signin *g, struct canvas c, int y, enum row row, const char *label,
    const struct lineedit *line)
{
	draw_fit(c, y, 1, LABEL - 1, TEXT_LEFT, TOK_DIM, label);
	lineedit_draw(line, canvas_sub(c, y, LABEL + 1, 1, c.w - LABEL - 2), TOK_INPUT, g->at == row && !g->waiting);
}

static void signin_draw(struct screen *s, struct canvas body)
{
	const struct signin *g = screen_state(s);
	char *title = xasprintf("%s: %s", title_of(g->wish), client_target(client_of(s)));
	struct canvas c = overlay_frame(body, 6, WIDTH, title);

	free(title);
	draw_text(c, 0, 1, -1, TOK_DIM, explained(g->wish));
	if (g->wish == SIGN_PASSWORD)
		draw_row(g, c, 2, ROW_LOGIN, _("Login"), &g->login);
	else
		draw_text(c, 2, 1, -1, TOK_TEXT, lineedit_text(&g->login));
	draw_row(g, c, 3, ROW_SECRET, g->wish == SIGN_CODE ? _("Code") : _("Password"), &g->secret);
	if (g->waiting)
		draw_text(c, 5, 1, -1, TOK_DIM, _("asking…"));
	else if (g->refused.kind)
		draw_text(c, 5, 1, -1, TOK_ERROR, g->refused.text);
}

/* ---- life ---- */

static bool signin_open(struct screen *s, const void *arg)
{
	struct signin *g = screen_state(s);
	const char *login = client_sign_login(client_of(s));

	(void)arg;
	g->wish = client_sign(client_of(s));
	g->login.most = LOGIN_MOST;
	g->secret = (struct lineedit){ .most = SECRET_MOST, .secret = true };
	lineedit_set(&g->login, login);
	g->at = g->wish == SIGN_PASSWORD && !login[0] ? ROW_LOGIN : ROW_SECRET;
	return true;
}

static void signin_close(struct screen *s)
{
	struct signin *g = screen_state(s);

	lineedit_free(&g->login);
	lineedit_free(&g->secret);
	((struct console *)app_ctx(screen_app(s)))->signin = 0;
}

static const struct binding KEYS[] = {
	{ "Enter F2", "sign_in", N_("sign in"), submit, 0, B_FOOTER, NULL },
	{ "Tab Down", "next", N_("next field"), move, 1, B_FOOTER, NULL },
	{ "S-Tab Up", "previous", N_("previous field"), move, -1, 0, NULL },
	{ "Esc F12", "leave", N_("leave"), give_up, 0, B_FOOTER, NULL },
	{ 0 },
};

static const struct screen_class signin_class = {
	.name = "signin", .title = N_("Sign in"), .state_size = sizeof(struct signin), .keys = KEYS, .overlay = true,
	.open = signin_open, .close = signin_close, .draw = signin_draw, .text = signin_text,
	.wants_text = signin_wants_text,
};

void signin_look(struct console *c)
{
	enum client_sign wish = client_sign(c->client);
	struct screen *s;

	if (wish == SIGN_NONE)
		c->signin_left = false;
	if (wish == SIGN_NONE || c->signin || c->signin_left || app_prompting(c->app) || !app_at(c->app, 0))
		return;
	s = app_push(c->app, &signin_class, NULL);
	c->signin = s ? screen_id(s) : 0;
}

bool signin_verb(struct screen *s, const char *words, struct err *e)
{
	struct console *c = app_ctx(screen_app(s));

	(void)words;
	c->signin_left = false;
	if (client_sign(c->client) != SIGN_NONE) {
		signin_look(c);
		return true;
	}
	err_set(e, ERR_USAGE, "E-LOGIN", NULL, NULL, "%s", _("nobody asks who you are"));
	return false;
}

static void on_out(const struct reply *r, void *arg)
{
	struct app *a = arg;

	if (r->err)
		app_error(a, r->err);
}

bool signout_verb(struct screen *s, const char *words, struct err *e)
{
	struct console *c = app_ctx(screen_app(s));

	(void)words;
	if (writes_unsaved(c->writes) > 0) {
		err_set(e, ERR_CONFLICT, "E-LOGIN", NULL, _("Wait a moment, and try again"), "%s",
		    _("a change is still being saved"));
		return false;
	}
	c->signin_left = false;
	client_sign_out(c->client, on_out, c->app);
	return true;
}
