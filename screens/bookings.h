/*
 * The parts of the booking board: columns along the machine of the stays
 * (staycolumns.c), their cards (staycards.c), the record under the cursor
 * (staydetail.c) and what stands beside it (staybill.c), moves (staymove.c), the screen itself (bookings.c).
 */
#ifndef SCREENS_BOOKINGS_H
#define SCREENS_BOOKINGS_H

#include "base/uuid.h"
#include "client/window.h"
#include "screens/livefilter.h"
#include "screens/marks.h"
#include "screens/screens.h"
#include "screens/timeline.h"
#include "screens/unitcodes.h"
#include "tui/board.h"

enum {
	STAYS_AROUND = 14,  /* days shown before and after today, unless the filter says which */
	STAYS_HURRY = 3 * 3600, /* a hold with less than that left is marked */
	STAYS_OWN_MS = 3000, /* after a change of ours, a change in the database is most likely that one */
};

struct bookings;

struct stay_column {
	struct bookings *board;
	const struct choice *state;
	struct window *window;
	struct query query;
	char id[UUID_LEN + 1]; /* under this column's cursor; "" before there is one */
	int told;              /* arrivals that the user knows of */
	bool to_end;           /* the cursor goes to the last card when it is there */
	bool whole;            /* asked for with its rows; folded ones are asked for their count */
	bool side;             /* nothing but a refusal or the clock leads there: folded, newest first */
};

/* What is known of one record; the last one stays on the screen until all of the next is there. */
struct stay_detail {
	char id[UUID_LEN + 1];       /* asked for: where the cursor rests */
	char next_no[24], next_state[24];
	char no[24], state[24];      /* of `actions` */
	struct table *row, *actions; /* NULL until they came */
	struct table *next_actions;
	bool row_here;          /* the row that was asked for last has come */
	struct err err;
};

enum stay_pane_kind { PANE_TIMELINE, PANE_BILL, PANE_HISTORY, PANE_COUNT };

/* What stands beside the record: Tab turns it over. */
struct stay_pane {
	enum stay_pane_kind which;
	struct table *bill, *history; /* of the record under the cursor; NULL until they came */
	struct err bill_err, history_err;
};

/* What time says about a stay: its state and cells. */
struct stay_time { const char *state, *check_in, *check_out, *hold_until, *reason; };

struct bookings {
	struct screen *screen;
	const struct resource *res;
	struct board board;
	struct stay_column columns[BOARD_MOST];
	struct codes codes;
	struct stay_detail detail;
	struct stay_pane pane;
	struct timeline timeline;
	bool started, roomy;           /* roomy: the record and the timeline stand below */
	bool tight;                    /* three lines a card */
	bool ticking;                  /* a hold is in sight: its time runs */
	uint64_t asked_at, answered_at; /* of the last round of all columns */
	uint64_t own_until;            /* until then a change in the database is most likely ours */

	/* moves */
	char follow[UUID_LEN + 1];     /* the cursor goes where this record turns up … */
	int follow_from;               /* … in another column than this */
	char moved[UUID_LEN + 1];      /* the last record that was moved here … */
	char moved_what[160];          /* … and in which words */
	char written[160];             /* what `u` would take back when the cards were asked for last */
	char picked[UUID_LEN + 1];     /* picked up; "" = none */
	int target;                    /* the column that it would go to */
	struct stay_step {             /* the action that is being asked about */
		const struct action *act;
		char id[UUID_LEN + 1];
		int col;
	} step;

	struct marks marks;

	/* filter */
	struct live_filter filter;
	bool seek;                     /* a new filter: the cursor goes to where there is something */
	bool any_date;                 /* the filter says which days itself */
};

/* ---- staycolumns.c ---- */

void stays_open(struct bookings *b, struct screen *s);
void stays_close(struct bookings *b);
bool stays_filter(struct bookings *b, const char *text, struct err *e); /* asks all columns anew */
void stays_reload(struct screen *s);  /* rows as they are now: after a change of ours, or on demand */
void stays_refresh(struct screen *s); /* somebody changed something: no card comes, goes or moves */
void stays_unfolded(struct bookings *b); /* after folding or unfolding: what is open has its rows */
bool stays_busy(const struct bookings *b);
int64_t stays_count(const struct bookings *b, bool *more); /* cards of the open columns */
void stays_remember(struct bookings *b);  /* after the cursor moved */
enum result stays_end(struct bookings *b, int move); /* Home and End, over the whole column */
void stays_arm(struct bookings *b);       /* after drawing: the next minute, if a hold is in sight */

/* ---- staycards.c ---- */

extern const struct board_source stays_source;
/* The record under the cursor, "" if there is none. */
const char *stays_id(const struct bookings *b);
const char *stays_get(const struct bookings *b, const char *column);
const char *stays_state(const struct bookings *b); /* of the column under the cursor */
const char *stays_state_label(const struct bookings *b, const char *state); /* "" for none */
int stays_column(const struct bookings *b, const char *state); /* -1 = none */
void stays_label(const struct bookings *b, struct strbuf *out);  /* "289 E04-1" */
void stays_dates(struct strbuf *out, const char *check_in, const char *check_out); /* 18–21 Jun */
/* "expires 17:00" and "2:55 !", "D-1", "OUT today", why it ended; false if there is nothing to say. */
bool stays_timing(struct bookings *b, const struct stay_time *t, struct strbuf *out, struct strbuf *left,
    enum token *style);
/* Why it needs somebody, in words: "not paid, guest booked twice"; `list` as the record has it. */
void stays_attention(const struct bookings *b, const char *list, struct strbuf *out);
struct stay_time stays_time(const struct bookings *b, int col, int card);

/* ---- staydetail.c ---- */

void detail_follow(struct screen *s);  /* the cursor rests */
void detail_refresh(struct bookings *b);
void detail_close(struct bookings *b);
void detail_draw(struct bookings *b, struct canvas c);      /* roomy: fields, machine, allowed, blocked */
void detail_draw_brief(struct bookings *b, struct canvas c); /* two lines */
void detail_words(struct bookings *b, struct strbuf *out);  /* the card in words */

/* ---- staybill.c ---- */

void bill_load(struct bookings *b);    /* with the record: what the pane beside it shows, and its money */
void bill_close(struct bookings *b);
void bill_money(const struct bookings *b, struct strbuf *out); /* "Charged 186 000, Paid 0, Left to pay 186 000" */
void bill_pane_draw(struct bookings *b, struct canvas c);
enum result bill_pane_turn(struct screen *s, int step);

/* ---- staymove.c ---- */

bool stays_none(struct bookings *b);                  /* no card under the cursor: says so */
enum result move_forward(struct screen *s, int arg);
/* The same on its own card: `row` is the stay as it was read, `label` what the list of changes calls it. */
void move_record(struct screen *s, const struct table *row, const char *label);
enum result move_back(struct screen *s, int arg);
enum result move_cancel(struct screen *s, int arg);
enum result move_extend(struct screen *s, int arg);
enum result move_menu(struct screen *s, int arg);
enum result move_edit(struct screen *s, int arg);
enum result move_new(struct screen *s, int arg);
enum result move_change(struct screen *s, int arg);    /* other dates, another unit */
enum result move_readiness(struct screen *s, int arg); /* the checklist */
enum result move_next_needing(struct screen *s, int arg); /* to the next card that needs somebody */
enum result move_pick(struct screen *s, int arg);    /* Space: up or down */
bool move_picked(struct bookings *b, int move);      /* h and l while something is picked up */
void move_taken_back(struct bookings *b);            /* data changed: was it our last move, by u? */
bool move_unpick(struct bookings *b);                /* Esc: back where it was; false: nothing was up */
/* The action that leads on from a state: not destructive, to another state. NULL at the end of the way. */
const struct action *move_onward(const struct resource *res, const char *state);
/* What the role lacks to move any card on; NULL = nothing. */
const char *move_lacking(struct screen *s);

#endif
