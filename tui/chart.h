/* Numbers as ink: pure drawing, no colour needed, every glyph with an ASCII twin. */
#ifndef TUI_CHART_H
#define TUI_CHART_H

#include <stdint.h>

#include "tui/draw.h"

#define CHART_NONE INT64_MIN /* no value: a blank */

/* A value between 0 and max as one of eight steps: 1..8; 0 for nothing at all. Something is not nothing: at least 1. */
int chart_step(int64_t value, int64_t max);
/* One column a value, "▁▂▃▄▅▆▇█" or "_.-:=+*#"; max 0 = the largest of them. Returns columns used. */
int chart_spark(struct canvas c, int y, int x, enum token style, const int64_t *values, int n, int64_t max);
/* Columns from zero over the whole height, each `step` wide with its blank; max 0 = the largest. */
void chart_columns(struct canvas c, enum token style, const int64_t *values, int n, int step, int64_t max);
int64_t chart_max(const int64_t *values, int n, int *at); /* 0 if none is positive; *at (may be NULL) untouched then */

#endif
