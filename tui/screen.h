/*
 * A screen is one const struct plus statics (STYLE 1). The toolkit keeps a
 * stack of them, gives them keys as actions, and draws once per loop turn:
 * handlers return what should happen, they never draw and never wait.
 */
#ifndef TUI_SCREEN_H
#define TUI_SCREEN_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/candidates.h"
#include "base/err.h"
#include "tui/draw.h"
#include "tui/key.h"

struct app;
struct screen;

/* What a handler asks of the loop; bits. */
enum result {
	R_NONE = 0,      /* not handled: the key goes on to the global bindings */
	R_HANDLED = 1,
	R_REDRAW = 2,    /* implies handled */
	R_CLOSE = 4,     /* pop this screen */
	R_QUIT = 8,
};

enum binding_flags {
	B_FOOTER = 1,    /* shown in the footer, in table order, while it fits */
	B_HIDDEN = 2,    /* an alias: not in the footer, in the help beside its main row */
};

/* Key, note, permission and action in one row (STYLE 4). Several rows may share fn with another arg (STYLE 6). */
struct binding {
	const char *keys;       /* "Enter", "j Down", "g h": alternatives by space; a two-key sequence as "g+h" */
	const char *name;       /* "open": stable; the user's key file, the palette and the manual page call it so */
	const char *note;       /* msgid: what the footer and the help say */
	enum result (*fn)(struct screen *s, int arg);
	int arg;
	unsigned flags;         /* enum binding_flags */
	const char *permission; /* NULL = everyone; else the key says what is missing */
};

enum screen_event {
	EV_DATA,     /* the database changed somewhere: ask again */
	EV_STATE,    /* connection state changed */
	EV_RESUME,   /* became the top screen again */
	EV_LANGUAGE, /* msgids read differently now */
	EV_REFRESH,  /* F5, after EV_DATA: what was only announced comes onto the screen now */
};

struct screen_class {
	const char *name;   /* "portfolio": `show portfolio`, help, scenarios */
	const char *title;  /* msgid */
	const char *tab;    /* msgid: a word of up to six columns where the header is narrow; NULL = the title is short */
	char digit;         /* '2' in the header's tabs and M-2; 0 = not a tab */
	char go;            /* 'p' of "g p"; 0 = none */
	size_t state_size;  /* private state, zeroed, screen_state() */
	/*
	 * Stands over the screen below it, which is drawn first; gets the whole body as canvas and draws its own frame
	 * (overlay_frame()). Takes no part in breadcrumbs unless it has a crumb.
	 */
	bool overlay;
	bool read_out; /* a text: --plain reads all of it when it opens */
	/* A question: keys that were read before it was painted are dropped (and said so), pasted text never answers. */
	bool guarded;
	bool unforeseen; /* stands up by itself: keys that were read before it was painted are dropped (and said so) */
	const struct binding *keys; /* ends with keys NULL */
	bool (*open)(struct screen *s, const void *arg); /* false: not opened, app_error() said why */
	void (*close)(struct screen *s);
	void (*draw)(struct screen *s, struct canvas c); /* the body; header, status and footer are the toolkit's */
	void (*event)(struct screen *s, enum screen_event ev);
	/* Text input goes here while it returns true from wants_text (prompt fields). May be NULL. */
	enum result (*text)(struct screen *s, struct key k);
	bool (*wants_text)(const struct screen *s);
	/* Before its table, for keys that are data (a menu's own letters). R_NONE: not one of them. May be NULL. */
	enum result (*hotkey)(struct screen *s, struct key k);
	/* A click on its canvas; R_NONE = nothing there. May be NULL. */
	enum result (*click)(struct screen *s, int y, int x);
	/*
	 * The permission that this row of its table lacks, where that depends on more than the row: the key says it, the
	 * footer and the help show the row dim. NULL = none. Asked for every row of a frame: cheap. May be NULL.
	 */
	const char *(*lacks)(struct screen *s, const struct binding *b);
	/* The status line in words: what the cursor is on. Appended to out. May be NULL. */
	void (*describe)(struct screen *s, struct strbuf *out);
	/* Right end of the breadcrumb line: "120 objects  sort: title". May be NULL. */
	void (*summary)(struct screen *s, struct strbuf *out);
	/* Its name on the breadcrumb line: "A-12". NULL = the title. */
	void (*crumb)(struct screen *s, struct strbuf *out);
	/*
	 * The record that the cursor is on: the name of its kind, which is returned ("reservations"), and its id. Keys
	 * that work everywhere ask for it (its history). NULL = none now. May be NULL.
	 */
	const char *(*subject)(struct screen *s, const char **id);
	/*
	 * The rows that keys act on are not there yet: keys wait in order, "3 keys waiting" is said, C-c drops
	 * them. True for the first answer only, never for a refresh behind rows that are shown. NULL = never.
	 */
	bool (*busy)(const struct screen *s);
	/*
	 * The palette line that brings the user back here: "un status=free", "bk 252", "portfolio". Appended to out;
	 * nothing appended = not a place. Used by history, saved views and the next start. NULL = its name, if it is a tab.
	 */
	void (*place)(struct screen *s, struct strbuf *out);
	/* Where on it, to be given back to a new screen of the same place: cursor, marks. One line of text. May be NULL. */
	void (*keep)(struct screen *s, struct strbuf *out);
	void (*restore)(struct screen *s, const char *kept);
	/*
	 * What stands behind its name on the palette's line: "portfolio status=free". False: e says what is wrong with
	 * it. NULL = nothing may stand there.
	 */
	bool (*take)(struct screen *s, const char *words, struct err *e);
	const char *filters; /* `take` reads a filter of these records: "units"; NULL = something else */
};

void *screen_state(struct screen *s);
uint64_t screen_id(const struct screen *s); /* never reused: owner of client requests */
struct app *screen_app(const struct screen *s);
const struct screen_class *screen_kind(const struct screen *s);

/* ---- the application: loop, terminal, stack ---- */

struct app_config {
	uv_loop_t *loop;
	bool headless;           /* no terminal: `show`, tests */
	int width, height;       /* headless size */
	enum colours colours;
	bool ascii;              /* ASCII glyphs only */
	bool plain;              /* said line by line instead of drawn (tui/plain.h) */
	const struct screen_class *const *screens; /* all screens that g, M-digit and `show` reach; NULL-terminated */
	const struct binding *bindings; /* work on every screen, before the toolkit's own; ends with keys NULL; may be NULL */
	/* Hooks that keep tui/ free of client/: all may be NULL. */
	bool (*may)(void *ctx, const char *permission);
	void (*chip)(void *ctx, struct strbuf *out, enum token *style); /* header: "ONLINE pg 12ms" */
	void (*who)(void *ctx, struct strbuf *out);                     /* header: company, role */
	void (*as_of)(void *ctx, struct strbuf *out);                   /* "as of 14:05" */
	void (*clock)(void *ctx, char buf[static 8]);                   /* "14:05": when an alert came; NULL = the clock */
	bool (*idle)(void *ctx);                                        /* nothing in flight */
	int (*unsaved)(void *ctx);                                      /* changes on their way: quitting asks first */
	/* A key was refused for want of a permission; the status line said so in short, and this says it to be kept. */
	void (*denied)(void *ctx, struct screen *s, const char *permission);
	void (*cancel)(void *ctx, uint64_t owner);                      /* screen closed, or C-c: cancel its requests */
	const char *keyfile;                                            /* the user's own keys (tui/keyfile.h); NULL = none */
	void (*language)(void *ctx);                                    /* L: the next language; NULL = no such key */
	void (*painted)(void *ctx);                                     /* a frame was drawn: where the user is may be noted */
	void *ctx;
};

struct app *app_new(const struct app_config *cfg, struct err *e);
void app_free(struct app *a);             /* restores the terminal; run the loop once more to let handles close */
void *app_ctx(const struct app *a);       /* cfg->ctx */
bool app_ascii(const struct app *a);

struct screen *app_push(struct app *a, const struct screen_class *cls, const void *arg);
/* Replace the stack above the root. With arg NULL a screen of cls that is already there comes back as it was left. */
void app_go(struct app *a, const struct screen_class *cls, const void *arg);
/*
 * Every key that works on `s`: its own table, then the global one, in table order. The class "help", if registered,
 * is pushed by ? with the screen it is about as its `arg`.
 */
void app_each_binding(struct app *a, const struct screen *s,
    void (*fn)(void *ctx, const struct binding *b, bool global), void *ctx);
struct screen *app_screen(struct app *a, uint64_t id); /* NULL once closed: completions look their screen up */
const struct screen_class *app_class(const struct app *a, const char *name);
/* Close it, and what stands over it: for a completion that ends its screen. Handlers return R_CLOSE. */
void app_close(struct app *a, uint64_t id);

/*
 * Hand text to the clipboard of the user's terminal (OSC 52) and say so: whether it took it nobody can know. False:
 * too long, and that is said. Control characters other than tabs and line ends are left out.
 */
bool app_copy(struct app *a, const char *text);
const char *app_copied(const struct app *a); /* headless: what went there last */
struct screen *app_at(const struct app *a, int i); /* the stack from its root, 0 first; NULL above the top */
bool app_prompting(const struct app *a);             /* a line is being typed at the prompt */
unsigned app_keys_waiting(const struct app *a);      /* for a busy screen, not acted on yet */
struct screen *app_place(const struct app *a);     /* the topmost that is no overlay; NULL before the first */
/* The permission for want of which its key would do nothing on `s`; NULL = it works. */
const char *app_lacks(struct screen *s, const struct binding *b);
/* As its key would: with the check of its permission. The names of app_each_binding() are the palette's verbs. */
void app_run_binding(struct screen *s, const struct binding *b);
void app_quit(struct app *a);

/*
 * Milliseconds since the last key. What only follows the cursor (detail, the words of the status line, figures of the
 * header) waits until the keys rest, so that a held key on a slow line paints nothing but the cursor.
 */
enum { APP_REST_MS = 100 };
uint64_t app_rested(const struct app *a);

void app_redraw(struct app *a);                      /* once, at the end of this loop turn */
void app_event(struct app *a, enum screen_event ev); /* to every screen on the stack */
void app_message(struct app *a, enum token style, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* On the status line, and nothing more: not kept under "!". */
void app_say(struct app *a, enum token style, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void app_error(struct app *a, const struct err *e);  /* status line, kept until the next key */

bool app_mouse(struct app *a, bool on); /* are clicks wanted? Says what is; false: this terminal has none */

/* Read the user's key file again. What cannot be used is kept under "!". */
void app_reload_keys(struct app *a);

/* Other colours at once; on failure they stay. The menu asks which, over `s`. */
bool app_theme(struct app *a, const char *name, struct err *e);
void app_theme_menu(struct screen *s);

/* One-line prompt at the bottom; done(NULL) on Esc. `changed` (may be NULL) runs after each keystroke. */
void app_prompt(struct app *a, struct screen *s, const char *label, const char *initial,
    void (*changed)(struct screen *s, const char *text), void (*done)(struct screen *s, const char *text));

/* What helps at a prompt; every hook may be NULL. Static. */
struct prompt_help {
	/* In words what Enter would do with this text; false: it would be refused, and out says why. */
	bool (*words)(struct screen *s, const char *text, struct strbuf *out);
	/* What the word at `cursor` may become. */
	void (*complete)(struct screen *s, const char *text, size_t cursor, struct candidates *out);
	/* The i-th newest line that was entered here before; NULL: there are no more. Valid until the next call. */
	const char *(*history)(struct screen *s, int i);
};
/*
 * The same with help: Tab and S-Tab take a candidate (Enter never does), Up and Down bring earlier lines back, C-r
 * searches them; the candidates stand above the line and the words below it.
 */
void app_prompt_helped(struct app *a, struct screen *s, const char *label, const char *initial,
    const struct prompt_help *help, void (*changed)(struct screen *s, const char *text),
    void (*done)(struct screen *s, const char *text));

/* Run until quit. Returns the exit status. */
int app_run(struct app *a);
/*
 * Scripted: feed `keys` ("j j Enter g+s /ann<Enter>", see key_parse; other words are typed as text), each only
 * once idle, then stop with the screen painted. app_dump: exactly height lines, one \n each, trailing blanks kept out.
 */
int app_script(struct app *a, const char *keys, struct err *e);
void app_dump(struct app *a, struct strbuf *out);
/* The same with attributes, one token letter a cell: for scenario tests of themes. */
void app_dump_attrs(struct app *a, struct strbuf *out);

#endif
