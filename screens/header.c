/* What stands in the header: connection, company and role or whose eyes, and of when the screen is. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "screens/console_self.h"
#include "screens/screens.h"

#define STEADY_MS 5000 /* a figure in the header changes no oftener */

/* The figure stays until it is another one worth telling, and never changes while somebody types. */
static int steady_latency(struct console *c, int ms)
{
	uint64_t now = uv_now(&c->loop);
	int off = abs(ms - c->latency_ms), least = c->latency_ms / 5 > 5 ? c->latency_ms / 5 : 5;
	bool first = c->latency_at == 0 || c->latency_ms < 0;

	if (ms < 0 || first || (off >= least && now - c->latency_at >= STEADY_MS && app_rested(c->app) >= 1000)) {
		c->latency_ms = ms;
		c->latency_at = now;
	}
	return c->latency_ms;
}

static void chip_online(struct console *c, const struct client_health *h, struct strbuf *out,
    enum token *style)
{
	const bool readonly = h->readonly || c->opt->see_as;
	const char *word = readonly ? _("READONLY") : h->slow ? _("SLOW") : _("ONLINE");

	*style = readonly ? TOK_CHIP_WARN : TOK_CHIP_OK;
	if (c->headless) { /* a dump is the same twice: no clock, no place, no latency in it */
		strbuf_puts(out, readonly ? word : c->opt->url ? _("ONLINE api") : _("ONLINE pg"));
		return;
	}
	if (h->slow)
		*style = TOK_CHIP_WARN;
	strbuf_printf(out, "%s %s", word, client_target(c->client));
	if (h->latency_ms >= 0)
		strbuf_printf(out, _(" %d ms"), steady_latency(c, h->latency_ms));
	if (!client_live(c->client))
		strbuf_printf(out, " %s", _("polling"));
}

void header_chip(void *ctx, struct strbuf *out, enum token *style)
{
	struct console *c = ctx;
	struct client_health h;

	client_health(c->client, &h);
	switch (client_state(c->client)) {
	case CLIENT_CONNECTING:
		*style = TOK_CHIP_WARN;
		strbuf_puts(out, _("connecting…"));
		return;
	case CLIENT_RECONNECTING:
		*style = TOK_CHIP_WARN;
		strbuf_puts(out, _("reconnecting…"));
		if (h.attempt > 1 && !c->headless)
			strbuf_printf(out, " (%u)", h.attempt);
		break;
	case CLIENT_FAILED:
		*style = TOK_CHIP_BAD;
		strbuf_puts(out, client_sign(c->client) != SIGN_NONE ? _("SIGN IN") : _("REFUSED"));
		return;
	case CLIENT_ONLINE:
		chip_online(c, &h, out, style);
		break;
	}
	if (h.writing > 0 && !c->headless)
		strbuf_printf(out, P_(" · %d being saved", " · %d being saved", h.writing), h.writing);
}

void header_who(void *ctx, struct strbuf *out)
{
	struct console *c = ctx;

	if (!session_role(c->session)[0])
		return;
	if (c->opt->see_as)
		strbuf_printf(out, _("seeing as %s · %s"), session_name(c->session), session_role(c->session));
	else
		strbuf_printf(out, "%s · %s", session_company(c->session) ? session_company_name(c->session) :
		    _("all companies"), session_role(c->session));
}

/* The server's wall clock on the user's zone (over PostgreSQL his own), or the pinned one: "2026-06-16T14:05:00+05:00"
 * -> 14:05. */
static void clock_at(const struct console *c, time_t at, char buf[static 8])
{
	const char *pinned = c->opt->now ? strpbrk(c->opt->now, "T ") : NULL;

	if (pinned)
		snprintf(buf, 8, "%.5s", pinned + 1);
	else
		strftime(buf, 8, "%H:%M", localtime(&at));
}

void header_clock(void *ctx, char buf[static 8])
{
	const struct console *c = ctx;

	clock_at(c, time(NULL) + client_clock_skew_ms(c->client) / 1000, buf);
}

void header_as_of(void *ctx, struct strbuf *out)
{
	struct console *c = ctx;
	char clock[8] = "";

	if (!c->fresh)
		return;
	if (c->opt->as_of) {
		strbuf_printf(out, _("as of %s"), c->opt->as_of);
		return;
	}
	clock_at(c, c->fresh, clock);
	strbuf_printf(out, _("as of %s"), clock);
}
