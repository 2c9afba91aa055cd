#include "config.h"

#include "base/i18n.h"
#include "screens/answer.h"
#include "screens/format.h"

void round_start(struct round *r)
{
	if (!screen_ready(r->screen))
		return;
	screen_cancel(r->screen, r->slot);
	r->waiting = 0;
	r->again = false;
	r->epoch = screen_epoch(r->screen);
	r->begun = screen_clock(r->screen);
	r->ask(r->screen);
}

void round_change(struct round *r)
{
	uint64_t now = screen_clock(r->screen), pause = 4 * (r->ended > r->begun ? r->ended - r->begun : 0);

	if (r->waiting > 0 && r->epoch == screen_epoch(r->screen))
		r->again = true;
	else if (r->again_fn && now < r->ended + pause)
		screen_put_off(r->screen, (unsigned)(r->ended + pause - now), r->again_fn);
	else
		round_start(r);
}

static void on_answer(const struct reply *reply, void *arg)
{
	struct answer *a = arg;
	struct round *r = a->round;

	err_clear(&a->err);
	if (reply->err) {
		a->err = *reply->err;
	} else {
		table_free(a->rows);
		a->rows = table_ref(reply->rows);
		screen_fresh(r->screen);
	}
	app_redraw(screen_app(r->screen));
	if (--r->waiting > 0)
		return;
	r->ended = screen_clock(r->screen);
	if (r->again)
		round_change(r);
}

bool answer_refused(struct screen *s, const char *permission, struct err *e)
{
	if (!permission || screen_may(s, permission))
		return false;
	err_set(e, ERR_DENIED, "DM005", NULL, NULL, _("not for your role: %s"), permission);
	return true;
}

static bool refused(struct answer *a, const char *permission)
{
	if (!answer_refused(a->round->screen, permission, &a->err))
		return false;
	table_free(a->rows);
	a->rows = NULL;
	return true;
}

void answer_report(struct answer *a, struct round *r, const char *report, const struct param *args, int nargs)
{
	const struct report *rep = catalogue_report(report);

	a->round = r;
	a->report = rep;
	if (!rep) {
		err_set(&a->err, ERR_NOT_FOUND, "E-REPORT", NULL, NULL, _("there is no report %s"), report);
		return;
	}
	if (refused(a, rep->permission))
		return;
	r->waiting++;
	client_report_most(screen_session(r->screen), rep, args, nargs, a->most, screen_owner(r->screen, r->slot),
	    on_answer, a);
}

void answer_list(struct answer *a, struct round *r, const char *resource, const char *filter, const char *sort,
    unsigned limit)
{
	const struct resource *res = catalogue_resource(resource);
	struct query q;

	a->round = r;
	if (!res || refused(a, res->read))
		return;
	query_init(&q, res);
	q.limit = limit;
	if (query_filter(&q, filter, screen_today(r->screen), NULL, &a->err) && query_sort(&q, sort, &a->err)) {
		r->waiting++;
		client_list(screen_session(r->screen), &q, screen_owner(r->screen, r->slot), on_answer, a);
	}
	query_free(&q);
}

void answer_free(struct answer *a)
{
	table_free(a->rows);
	a->rows = NULL;
}

const char *answer_text(const struct answer *a, int row, const char *column)
{
	return row < table_rows(a->rows) ? table_get(a->rows, row, column) : "";
}

int64_t answer_number(const struct answer *a, int row, const char *column)
{
	return format_number(answer_text(a, row, column));
}

void answer_draw_loading(const struct screen *s, struct canvas c)
{
	const struct err *why = screen_trouble(s);

	draw_text(c, 0, 1, -1, why ? TOK_ERROR : TOK_DIM, why ? why->text : _("loading…"));
	if (why)
		draw_text(c, 1, 1, -1, TOK_DIM, why->remedy);
}

bool answer_draw_missing(struct screen *s, const struct answer *a, struct canvas c)
{
	if (a->err.kind) {
		enum token style = a->err.kind == ERR_DENIED ? TOK_DIM : TOK_ERROR;

		draw_text(c, 0, 1, -1, style, a->err.text);
		draw_text(c, 1, 1, -1, TOK_DIM, a->err.remedy);
		return true;
	}
	if (a->rows)
		return false;
	answer_draw_loading(s, c);
	return true;
}
