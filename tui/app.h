/*
 * The inside of struct app, shared by app.c (loop, stack), input.c (keys),
 * frame.c (header, status, footer), prompt.c and script.c. Private to tui/.
 */
#ifndef TUI_APP_H
#define TUI_APP_H

#include "base/strbuf.h"
#include "tui/alerts.h"
#include "tui/keydec.h"
#include "tui/keymap.h"
#include "tui/keytable.h"
#include "tui/lineedit.h"
#include "tui/screen.h"

enum { STACK_MAX = 32, SPOTS_MAX = 64, WAITING_MAX = 4096 };
enum { BODY_TOP = 2, SCREEN_MIN_WIDTH = 80, SCREEN_MIN_HEIGHT = 24 };

struct screen {
	const struct screen_class *cls;
	struct app *app;
	uint64_t id;
	struct screen *next;  /* closed screens waiting to be freed */
	bool impatient;       /* C-c: take keys although busy */
	bool painted;         /* was on the screen at least once: a guarded one takes keys from then on */
	max_align_t state[];
};

struct prompt {
	bool active;
	uint64_t screen;
	char *label;
	struct lineedit line;
	const struct prompt_help *help; /* never NULL while active */
	struct strbuf words;            /* what Enter would do */
	bool refused;                   /* … nothing: words say why */
	struct candidates candidates;
	int chosen;                     /* the candidate that stands on the line; -1 = none */
	int back;                       /* how many lines back in history; 0 = what is being typed */
	char *typed;                    /* that, while an earlier line is shown */
	bool moved, edited;             /* since the candidates and the words were made */
	bool searching;                 /* C-r: the line is what to look for, `back` what was found */
	void (*changed)(struct screen *s, const char *text);
	void (*done)(struct screen *s, const char *text);
};

/* A piece of a line of the frame that a click means something on: a binding, or a key. */
struct spot { int y, x, w; const struct binding *row; struct key key; };

/* Handles outlive the app until the loop has closed them. */
struct handles {
	struct app *app;      /* NULL once the app is gone */
	uv_prepare_t turn;
	uv_poll_t input;
	uv_timer_t escape, watchdog, rest;
	uv_signal_t winch, stop, cont;
	int open;
};

struct alerts {
	struct alert ring[ALERTS_MOST];
	uint64_t count, read;     /* ever kept, ever looked at */
};

struct app {
	struct app_config cfg;
	struct handles *handles;
	struct screen *stack[STACK_MAX], *closed;
	int depth;
	uint64_t last_id;
	struct keytable keys;
	bool dirty, quit, running, too_small;
	bool settling; /* a script waits for quiet: the loop must not wait once it is there */

	struct keydec keydec;
	struct key waiting[WAITING_MAX]; /* ring: keys not yet acted on */
	unsigned first, count;
	struct key pending;       /* first key of a sequence */
	bool in_sequence;
	bool pasting;             /* what arrives now is pasted */

	struct prompt prompt;
	struct strbuf message;    /* "" = none */
	enum token message_style;
	bool said_error;          /* an error stood on the status line when the key came */
	struct alerts alerts;

	bool mouse;               /* clicks are wanted */
	struct spot spots[SPOTS_MAX]; /* of the last paint */
	int nspots;
	struct { bool due, waiting; int answers; unsigned wide; uint64_t asked_at; } probe;
	struct plain *plain;      /* --plain: what was said; NULL = no */
	uint64_t key_at;          /* when the last key came */
	struct strbuf words;      /* the status line's words about … */
	uint64_t words_of;        /* … this screen, as long as they stand there; 0 = they do not */
	struct strbuf copied;     /* headless: what went to the clipboard */
};

/* app.c */
struct screen *app_top(const struct app *a);
void app_pop(struct app *a);
bool app_quiet(const struct app *a); /* painted, no key waiting, nothing in flight */
void app_turn(struct app *a);      /* act on waiting keys, then paint if anything changed */
void app_resize(struct app *a, int width, int height); /* headless */
void app_paint(struct app *a);
void app_own(struct handles *all, void *handle); /* it is initialised, and closed with the app */
/* script.c: the keys of app_script()'s grammar; the caller frees them. */
bool script_parse(const char *text, struct key **keys, size_t *n, struct err *e);
/* input.c */
void input_key(struct app *a, struct key k); /* a key arrives; acted on by input_turn() */
bool input_turn(struct app *a);              /* act on what waits; false if a busy screen holds it */
void input_act(struct app *a, struct key k); /* at once, before what waits */
bool input_run(struct app *a, struct screen *s, const struct binding *row); /* false: the row would not have it */
void input_obey(struct app *a, uint64_t screen, enum result r);
void input_status(const struct app *a, struct strbuf *out); /* "g-" or "3 keys waiting" */
/* mouse.c */
void mouse_forget(struct app *a); /* a frame begins: nothing to click on yet */
void mouse_spot(struct app *a, struct canvas line, int x, int w, const struct binding *row, struct key key);
void mouse_act(struct app *a, struct key k);
/* copy.c: OSC 52, for GNU screen in pieces that it hands on */
void copy_sequence(struct strbuf *out, const char *text, bool screen);
/* probe.c: how wide the terminal makes signs of ambiguous width. Never before the first paint, never waited for. */
void probe_prepare(struct app *a);
bool probe_send(struct app *a); /* true: a line has to be painted again */
void probe_answer(struct app *a, struct key report);
/* prompt.c */
void prompt_key(struct app *a, struct key k);
void prompt_close(struct app *a);
void prompt_draw(struct app *a, struct canvas line);      /* also places the cursor */
void prompt_draw_above(struct app *a, struct canvas line); /* the candidates, if there are any */
void prompt_draw_below(struct app *a, struct canvas line); /* what Enter does, or the keys */
/* frame.c */
void frame_draw(struct app *a, struct canvas all);
void frame_crumbs(struct app *a, struct strbuf *out); /* "Portfolio > A-12" */

#endif
