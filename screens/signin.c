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
#include "tui/wrap.h"

enum { WIDTH = 66, HEIGHT = 10, LABEL = 16, LOGIN_MOST = 64, SECRET_MOST = 512 };
enum { AT_ROWS = 3, AT_ANSWER = 6 }; /* lines; what is explained stands above, what is answered below */
enum row { ROW_LOGIN, ROW_SECRET, ROW_AGAIN };

struct signin {
	enum client_sign wish;
	struct lineedit line[3]; /* by row; which are asked, last_of() and first_of() say */
	enum row at;
	bool waiting;
	bool same;              /* changes of this person wait: nobody else is to make them */
	struct err refused;     /* of the last try */
};

static struct client *client_of(struct screen *s)
{
	return ((struct console *)app_ctx(screen_app(s)))->client;
}

/* ---- its rows ---- */

static enum row first_of(const struct signin *g)
{
	return g->wish == SIGN_PASSWORD && !g->same ? ROW_LOGIN : ROW_SECRET;
}

static enum row last_of(enum client_sign wish)
{
	return wish == SIGN_CHANGE ? ROW_AGAIN : ROW_SECRET;
}

static void look_at_wish(struct screen *s)
{
	struct signin *g = screen_state(s);
	const struct console *c = app_ctx(screen_app(s));

	g->wish = client_sign(c->client);
	g->same = writes_unsaved(c->writes) > 0 && client_sign_login(c->client)[0];
}

static void empty_secrets(struct signin *g)
{
	lineedit_free(&g->line[ROW_SECRET]);
	lineedit_free(&g->line[ROW_AGAIN]);
}

/* ---- answering ---- */

/* The next thing that is wanted, in the same window; or all is done. */
static void go_on(struct screen *s)
{
	struct signin *g = screen_state(s);

	look_at_wish(s);
	g->at = ROW_SECRET;
	empty_secrets(g);
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
	for (enum row r = first_of(g); r <= last_of(g->wish); r++) {
		if (g->line[r].text.len == 0) {
			g->at = r;
			return R_REDRAW;
		}
	}
	err_clear(&g->refused);
	if (g->wish == SIGN_CHANGE && strcmp(lineedit_text(&g->line[ROW_SECRET]), lineedit_text(&g->line[ROW_AGAIN])) != 0) {
		err_set(&g->refused, ERR_INVALID, "E-LOGIN", NULL, _("Try again"), "%s", _("the two passwords differ"));
		g->at = ROW_SECRET;
	} else {
		g->waiting = true;
		client_sign_in(client_of(s), lineedit_text(&g->line[ROW_LOGIN]), lineedit_text(&g->line[ROW_SECRET]), on_answer,
		    screen_app(s));
	}
	empty_secrets(g);
	return R_REDRAW;
}

/* What waits for a proof is refused; without a login all stays as it was, and :login asks again, or the next change. */
static enum result give_up(struct screen *s, int arg)
{
	struct console *c = app_ctx(screen_app(s));
	struct signin *g = screen_state(s);

	(void)arg;
	if (g->wish == SIGN_STEP_UP || g->wish == SIGN_CHANGE)
		client_sign_in(client_of(s), "", NULL, NULL, NULL);
	if (g->wish != SIGN_STEP_UP)
		app_message(screen_app(s), TOK_WARNING, "%s", _("not signed in: type :login to be asked again"));
	c->signin_left = true;
	c->signin_unsaved = writes_unsaved(c->writes);
	return R_CLOSE;
}

static enum result move(struct screen *s, int step)
{
	struct signin *g = screen_state(s);

	int rows = (int)last_of(g->wish) - (int)first_of(g) + 1;

	g->at = first_of(g) + (enum row)(((int)g->at - (int)first_of(g) + step + rows) % rows);
	return R_REDRAW;
}

/* ---- typing ---- */

static enum result signin_text(struct screen *s, struct key k)
{
	struct signin *g = screen_state(s);

	return lineedit_key(&g->line[g->at], k) == LINEEDIT_NONE ? R_NONE : R_REDRAW;
}

static bool signin_wants_text(const struct screen *s)
{
	return !((struct signin *)screen_state((struct screen *)s))->waiting;
}

/* ---- drawing ---- */

static const char *title_of(enum client_sign wish)
{
	switch (wish) {
	case SIGN_CODE:
		return _("Second step");
	case SIGN_CHANGE:
		return _("A new password");
	case SIGN_STEP_UP:
		return _("Prove that it is you");
	default:
		return _("Sign in");
	}
}

static const char *explained(const struct console *c, enum client_sign wish)
{
	switch (wish) {
	case SIGN_CODE:
		return _("The code that your authenticator shows now, or one of your recovery codes.");
	case SIGN_CHANGE:
		return _("The password that you were given is good for this once. Choose one that nobody else knows.");
	case SIGN_STEP_UP:
		return client_sign_by_code(c->client) ?
		    _("This cannot be taken back easily. It is done when you type the code that your authenticator shows now.") :
		    _("This cannot be taken back easily. It is done when you type your password once more.");
	default:
		return session_login(c->session)[0] ?
		    _("Your login is over. Sign in, and go on where you were: nothing that you typed is lost.") :
		    _("Sign in to work here.");
	}
}

static const char *label_of(const struct console *c, enum client_sign wish, enum row row)
{
	if (row == ROW_LOGIN)
		return _("Login");
	if (row == ROW_AGAIN)
		return _("Once more");
	if (wish == SIGN_CHANGE)
		return _("New password");
	return wish == SIGN_CODE || (wish == SIGN_STEP_UP && client_sign_by_code(c->client)) ? _("Code") : _("Password");
}

static void draw_row(const struct console *c, const struct signin *g, struct canvas at, enum row row)
{
	int y = AT_ROWS + (g->wish == SIGN_CHANGE ? (int)row - 1 : (int)row);

	draw_fit(at, y, 1, LABEL - 1, TEXT_LEFT, TOK_DIM, label_of(c, g->wish, row));
	if (row >= first_of(g))
		lineedit_draw(&g->line[row], canvas_sub(at, y, LABEL + 1, 1, at.w - LABEL - 2), TOK_INPUT,
		    g->at == row && !g->waiting);
	else
		draw_text(at, y, LABEL + 1, -1, TOK_TEXT, lineedit_text(&g->line[row]));
}

static void draw_lines(struct canvas c, int y, enum token style, const char *text)
{
	struct strbuf out = { 0 };
	char *rest, *line;

	wrap_text(&out, "", text, c.w - 2);
	rest = strbuf_steal(&out);
	for (char *at = rest; (line = strsep(&at, "\n")) != NULL && *line;)
		draw_text(c, y++, 1, -1, style, line);
	free(rest);
}

static void signin_draw(struct screen *s, struct canvas body)
{
	const struct signin *g = screen_state(s);
	const struct console *c = app_ctx(screen_app(s));
	char *title = xasprintf("%s: %s", title_of(g->wish), client_target(c->client));
	struct canvas at = overlay_frame(body, HEIGHT, WIDTH, title);

	free(title);
	draw_lines(at, 0, TOK_DIM, explained(c, g->wish));
	for (enum row r = g->wish == SIGN_CHANGE ? ROW_SECRET : ROW_LOGIN; r <= last_of(g->wish); r++)
		draw_row(c, g, at, r);
	if (g->waiting) {
		draw_text(at, AT_ANSWER, 1, -1, TOK_DIM, _("asking…"));
	} else if (g->refused.kind) {
		char *why = xasprintf("%s%s%s", g->refused.text, g->refused.remedy[0] ? ". " : "", g->refused.remedy);
		draw_lines(at, AT_ANSWER, TOK_ERROR, why);
		free(why);
	}
}

/* ---- life ---- */

static bool signin_open(struct screen *s, const void *arg)
{
	struct signin *g = screen_state(s);
	const char *login = client_sign_login(client_of(s));

	(void)arg;
	look_at_wish(s);
	g->line[ROW_LOGIN].most = LOGIN_MOST;
	g->line[ROW_SECRET] = g->line[ROW_AGAIN] = (struct lineedit){ .most = SECRET_MOST, .secret = true };
	lineedit_set(&g->line[ROW_LOGIN], login);
	g->at = login[0] ? ROW_SECRET : ROW_LOGIN;
	return true;
}

static void signin_close(struct screen *s)
{
	struct signin *g = screen_state(s);

	lineedit_free(&g->line[ROW_LOGIN]);
	empty_secrets(g);
	((struct console *)app_ctx(screen_app(s)))->signin = 0;
}

static const struct binding KEYS[] = {
	{ "Enter F2", "sign_in", N_("go on"), submit, 0, B_FOOTER, NULL },
	{ "Tab Down", "next", N_("next field"), move, 1, B_FOOTER, NULL },
	{ "S-Tab Up", "previous", N_("previous field"), move, -1, 0, NULL },
	{ "Esc F12", "leave", N_("leave"), give_up, 0, B_FOOTER, NULL },
	{ 0 },
};

static const struct screen_class signin_class = {
	.name = "signin", .title = N_("Sign in"), .state_size = sizeof(struct signin), .keys = KEYS, .overlay = true,
	.unforeseen = true,
	.open = signin_open, .close = signin_close, .draw = signin_draw, .text = signin_text,
	.wants_text = signin_wants_text,
};

void signin_look(struct console *c)
{
	enum client_sign wish = client_sign(c->client);
	struct screen *s;

	if (wish == SIGN_NONE || app_keys_waiting(c->app) > 0 || writes_unsaved(c->writes) > c->signin_unsaved)
		c->signin_left = false;
	s = c->signin ? app_screen(c->app, c->signin) : NULL;
	if (s && !((struct signin *)screen_state(s))->waiting && ((struct signin *)screen_state(s))->wish != wish)
		go_on(s);
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
