#include "config.h"

#include "base/strbuf.h"
#include "tui/chart.h"

enum { STEPS = 8 };

static const char *const SPARKS[2][STEPS + 1] = {
	{ " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }, { " ", "_", ".", "-", ":", "=", "+", "*", "#" },
};

int64_t chart_max(const int64_t *values, int n, int *at)
{
	int64_t max = 0;

	for (int i = 0; i < n; i++) {
		if (values[i] <= max)
			continue;
		max = values[i];
		if (at)
			*at = i;
	}
	return max;
}

/* n of `of` parts of value / max, rounded down; never more than `of`. */
static int64_t share(int64_t value, int64_t max, int64_t of)
{
	if (value <= 0 || max <= 0)
		return 0;
	return value >= max ? of : (int64_t)((__int128)value * of / max);
}

int chart_step(int64_t value, int64_t max)
{
	int64_t step = share(value, max, STEPS);

	return value > 0 && max > 0 && step < 1 ? 1 : (int)step;
}

int chart_spark(struct canvas c, int y, int x, enum token style, const int64_t *values, int n, int64_t max)
{
	struct strbuf line = { 0 };
	int used;

	if (max <= 0)
		max = chart_max(values, n, NULL);
	for (int i = 0; i < n; i++) {
		int step = chart_step(values[i], max);

		strbuf_puts(&line, SPARKS[draw_ascii()][values[i] == 0 && step == 0 ? 1 : step]); /* zero is a value */
	}
	used = draw_text(c, y, x, -1, style, strbuf_str(&line));
	strbuf_free(&line);
	return used;
}

/* One line of a column: how full it is, in eighths (ASCII: in thirds). */
static const char *block(int64_t eighths)
{
	if (eighths < 0)
		eighths = 0;
	if (eighths > STEPS)
		eighths = STEPS;
	if (draw_ascii())
		return eighths > 5 ? "#" : eighths > 2 ? ":" : eighths > 0 ? "." : " ";
	return SPARKS[0][eighths];
}

void chart_columns(struct canvas c, enum token style, const int64_t *values, int n, int step, int64_t max)
{
	struct strbuf line = { 0 };

	if (max <= 0)
		max = chart_max(values, n, NULL);
	for (int y = 0; y < c.h; y++) {
		strbuf_clear(&line);
		for (int i = 0; i < n; i++) {
			int64_t part = share(values[i], max, (int64_t)c.h * STEPS) - (int64_t)(c.h - 1 - y) * STEPS;

			if (y == c.h - 1 && values[i] > 0 && part < 1)
				part = 1; /* something is not nothing */
			for (int k = 0; k < step; k++)
				strbuf_puts(&line, k < step - 1 || step == 1 ? block(part) : " ");
		}
		draw_text(c, y, 0, -1, style, strbuf_str(&line));
	}
	strbuf_free(&line);
}
