/* The inside of the console, for console.c and what the header says (header.c). */
#ifndef SCREENS_CONSOLE_SELF_H
#define SCREENS_CONSOLE_SELF_H

#include <time.h>
#include <uv.h>

#include "client/client.h"
#include "screens/console.h"
#include "screens/palette.h"
#include "screens/write.h"

#define LATER_MOST 8

struct console {
	const struct console_options *opt;
	bool headless;
	uv_loop_t loop;
	struct client *client;
	struct session *session;
	struct app *app;
	const char *keyfile;
	struct statedir *state;  /* opened on the first use after the session is known */
	int state_company;       /* … whose it is */
	struct writes *writes;
	uint64_t first_screen;   /* of an interactive start, until the drafts were announced there */
	struct palette *palette;
	time_t fresh;            /* when the newest data on the screen came; 0 = none yet */
	struct later {
		uv_timer_t timer;
		struct console *console;
		uint64_t screen;     /* 0 = nobody waits */
		void (*fn)(struct screen *);
		bool seen;           /* the user waits for it: not idle until then */
	} later[LATER_MOST];
	unsigned epoch;          /* grows with every cancel */
	uint64_t signin;         /* the screen that asks who is there; 0 = nobody asks */
	bool signin_left;        /* it was left without an answer: not again before something more waits for it */
	int signin_unsaved;      /* … than these changes */
	bool again;              /* leave, and begin anew … */
	char *see_as;            /* … with these eyes; NULL = one's own */
	int latency_ms;          /* as the header says … */
	uint64_t latency_at;     /* … since then */
};

/* app_config.chip, .who, .clock, .as_of */
void header_chip(void *ctx, struct strbuf *out, enum token *style);
void header_who(void *ctx, struct strbuf *out);
void header_clock(void *ctx, char buf[static 8]);
void header_as_of(void *ctx, struct strbuf *out);

#endif
