/* The inside of the home screen, shared by home.c (who sees which panel, keys) and home_panels.c (drawing). */
#ifndef SCREENS_HOME_PANELS_H
#define SCREENS_HOME_PANELS_H

#include "screens/answer.h"

enum { HOME_COMPANIES = 12, HOME_PEOPLE = 12 };

enum panel {
	PANEL_ATTENTION, PANEL_TODAY, PANEL_FIGURES, PANEL_MONTHS, PANEL_COMPANIES, PANEL_UNITS, PANEL_CLIENTS,
	PANEL_ARRIVALS, PANEL_DEPARTURES, PANEL_COUNT
};

struct home {
	struct round round;
	struct answer attention, today, now, before, year, top, clients, arrivals, departures, companies;
	struct answer company[HOME_COMPANIES]; /* today of each, in the order of `companies` */
	int ncompanies;             /* as asked */
	day_t day;                  /* today, as asked */
	unsigned seen;              /* bit of each panel that the session may see */
	unsigned shown;             /* … and that there was room for when it was last drawn */
	enum panel pane;
	int back;                   /* pane to come back to once it is shown, counted from 1; 0 = none */
	int cursor[PANEL_COUNT];
	bool tall, named;           /* today's arrivals and departures by name: asked for; there is room for them */
};

/* A line of report.today or report.attention in the user's words. */
const char *home_label(const struct answer *a, int row);
/* ":bk status=hold": what to type from anywhere for (about) these rows. */
void home_line(struct screen *s, const struct answer *a, int row, struct strbuf *out);
int home_figures(struct screen *s); /* how many key figures the session may see */

void home_draw_panel(struct screen *s, enum panel which, struct canvas c);

#endif
