/* The pages of analytics: which reports stand on them, and what they can be counted by. */
#include "config.h"

#include "base/i18n.h"
#include "base/mem.h"
#include "screens/analytics.h"

static const struct pane_def OCCUPANCY[] = {
	{ .kind = PANE_GRID, .title = N_("Occupancy, units by days") },
	{ .kind = PANE_TOP, .title = N_("Top 5 units by revenue"), .report = "top", .args = "of=unit by={by} limit=5" },
	{ .kind = PANE_TOP, .title = N_("Top 5 clients by revenue"), .report = "top", .args = "of=client by={by} limit=5" },
	{ .kind = PANE_TABLE, .title = N_("Cancelled, of what was booked"), .report = "cancellations",
	    .args = "group=initiator", .columns = "name cancelled share_bp",
	    .note = N_("who called off, of all that was booked in the period") },
	{ 0 },
};

static const struct pane_def YEAR[] = {
	{ .kind = PANE_WEEKS, .title = N_("Occupancy, weekdays by weeks"), .report = "heatmap",
	    .args = "rows=weekday cell=week", .height = 10, .past_months = 12 },
	{ .kind = PANE_TABLE, .title = N_("By month"), .report = "occupancy", .args = "group=month", .past_months = 12,
	    .columns = "name sold_nights available_nights occupancy_bp revenue_minor adr_minor revpar_minor",
	    .note = N_("nights of all the units; ADR is a night that was sold, RevPAR one that could be") },
	{ 0 },
};

static const struct pane_def MONEY[] = {
	{ .kind = PANE_TABLE, .title = N_("By nights"), .report = "revenue", .args = "basis=nights group={group}",
	    .columns = "name amount_minor", .total = true,
	    .note = N_("by nights: what the nights of the period were sold for, paid or not") },
	{ .kind = PANE_TABLE, .title = N_("By payments"), .report = "revenue", .args = "basis=payments group={group}",
	    .columns = "name amount_minor", .total = true,
	    .note = N_("by payments: what came in during the period, less what was given back") },
	{ .kind = PANE_TABLE, .title = N_("By charges"), .report = "revenue", .args = "basis=charges group={group}",
	    .columns = "name amount_minor", .total = true,
	    .note = N_("by charges: what was billed for the period, rent and services too") },
	{ 0 },
};

static const struct pane_def CANCELLED[] = {
	{ .kind = PANE_TABLE, .title = N_("Cancelled, of what was booked"), .report = "cancellations",
	    .args = "group=none cohort={cohort}", .columns = "name total cancelled share_bp", .height = 4,
	    .note = N_("more than a tenth is much: look at the reasons") },
	{ .kind = PANE_TABLE, .title = N_("By initiator"), .report = "cancellations",
	    .args = "group=initiator cohort={cohort}",
	    .columns = "name cancelled share_bp", .note = N_("the share is of all that was cancelled") },
	{ .kind = PANE_TABLE, .title = N_("By reason"), .report = "cancellations", .args = "group=reason cohort={cohort}",
	    .columns = "name initiator cancelled share_bp", .note = N_("the share is of what the same side cancelled") },
	{ 0 },
};

static const struct pane_def COMPARED[] = {
	{ .kind = PANE_TABLE, .title = N_("Comparison"), .report = "compare", .args = "of={of}",
	    .columns = "name revenue_minor revenue_change_bp sold_nights sold_change_bp occupancy_bp adr_minor adr_change_bp",
	    .note = N_("change against the period before; b: agents, buildings …; Space holds the others against a row") },
	{ .kind = PANE_SIDES, .title = N_("Side by side"), .height = 9 },
	{ 0 },
};

static const struct pane_def FORECAST[] = {
	{ .kind = PANE_TABLE, .title = N_("Vacancy of the months to come"), .report = "forecast", .args = "horizon=6",
	    .columns = "month vacancy_bp low_bp high_bp past_error_bp leases_bp leases_error_bp booked_bp expected_bp note",
	    .note = N_("the past error is the mean of the last six months foretold in the same way (MAPE)") },
	{ .kind = PANE_TABLE, .title = N_("Vacancy of the last 12 months"), .report = "vacancy", .past_months = 12,
	    .columns = "month stock_days used_days vacant_days vacancy_bp",
	    .note = N_("what the line is drawn through") },
	{ 0 },
};

static const struct pane_def TOPS[] = {
	{ .kind = PANE_TOP, .title = N_("Units"), .report = "top", .args = "of=unit by={by} limit=5" },
	{ .kind = PANE_TOP, .title = N_("Clients"), .report = "top", .args = "of=client by={by} limit=5" },
	{ .kind = PANE_TOP, .title = N_("Agents"), .report = "top", .args = "of=agent by={by} limit=5" },
	{ .kind = PANE_TOP, .title = N_("Buildings"), .report = "top", .args = "of=building by={by} limit=5" },
	{ .kind = PANE_TOP, .title = N_("Debtors, now"), .report = "top", .args = "of=debtor by=debt limit=5",
	    .until_today = true, .note = N_("what is overdue by the end of the period, at most until today") },
	{ .kind = PANE_TOP, .title = N_("Clients by spend"), .report = "top", .args = "of=client by=spend limit=5",
	    .company = true },
	{ .kind = PANE_TOP, .title = N_("Companies"), .report = "top", .args = "of=company by={by} limit=5",
	    .platform = true },
	{ 0 },
};

static const struct stats_page PAGES[STATS_PAGES] = {
	{ "occupancy", N_("Occupancy"), STATS_ROWS, true, 1, 1, OCCUPANCY },
	{ "year", N_("Year"), STATS_NOTHING, false, 1, 1, YEAR },
	{ "money", N_("Money"), STATS_GROUPS, false, 3, 3, MONEY },
	{ "cancelled", N_("Cancelled"), STATS_COHORTS, false, 1, 1, CANCELLED },
	{ "compare", N_("Compare"), STATS_OF, false, 1, 1, COMPARED },
	{ "forecast", N_("Forecast"), STATS_NOTHING, false, 1, 1, FORECAST },
	{ "top", N_("Top 5"), STATS_NOTHING, true, 3, 2, TOPS },
};

static const struct stats_measure MEASURES[] = {
	{ "revenue", N_("Top 5 units by revenue"), N_("Top 5 clients by revenue") },
	{ "nights", N_("Top 5 units by nights"), N_("Top 5 clients by nights") },
	{ "stays", N_("Top 5 units by stays"), N_("Top 5 clients by stays") },
};

static const char *const GROUPS[] = { "week", "month", "building", "unit", "agent", "district", "none" };
static const char *const OF[] = { "unit", "agent", "building", "district", "class" };
static const char *const COHORTS[] = { "created", "check_in", "event" };

static const struct stats_figure FIGURES[STATS_FIGURES] = {
	{ N_("Sold"), "sold_nights", FT_INT, 9 },
	{ N_("Available"), "available_nights", FT_INT, 12 },
	{ N_("Occupancy"), "occupancy_bp", FT_BP, 11 },
	{ N_("ADR"), "adr_minor", FT_MONEY, 13 },
	{ N_("RevPAR"), "revpar_minor", FT_MONEY, 13 },
	{ N_("Revenue"), "revenue_minor", FT_MONEY, 17 },
};

const struct stats_page *stats_page(int i)
{
	return &PAGES[i];
}

const struct stats_measure *stats_measure(int i)
{
	return &MEASURES[i];
}

const struct stats_figure *stats_figure(int i)
{
	return &FIGURES[i];
}

const char *stats_group(int i)
{
	return GROUPS[i];
}

const char *stats_of(int i)
{
	return OF[i];
}

const char *stats_cohort(int i)
{
	return COHORTS[i];
}

static int count(enum stats_turns which)
{
	switch (which) {
	case STATS_GROUPS:
		return ARRAY_LEN(GROUPS);
	case STATS_OF:
		return ARRAY_LEN(OF);
	case STATS_COHORTS:
		return ARRAY_LEN(COHORTS);
	case STATS_MEASURES:
		return ARRAY_LEN(MEASURES);
	case STATS_NOTHING:
	case STATS_ROWS:
		break;
	}
	return 1;
}

int stats_next(enum stats_turns which, int i)
{
	return (i + 1) % count(which);
}

bool stats_valid(int measure, int group, int of, int cohort)
{
	return measure >= 0 && measure < count(STATS_MEASURES) && group >= 0 && group < count(STATS_GROUPS) && of >= 0 &&
	    of < count(STATS_OF) && cohort >= 0 && cohort < count(STATS_COHORTS);
}
